"""respan-api: every call that reads, and what changes users and traces; sync and async, with each answer judged."""
# mypy: ignore-errors
# ruff: noqa: T201

import asyncio
import datetime
import inspect
import json
import os
import sys

import httpx
import pydantic
from respan import (
    AsyncRespanClient,
    Filters,
    FilterValue,
    RespanClient,
    TraceBulkDeleteFilters,
    TraceFilterCondition,
)
from respan.core.api_error import ApiError

base_url, organization, key = *sys.argv[1:], os.environ["RESPAN_API_KEY"]
noon = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)
window = {"start_time": noon, "end_time": noon + datetime.timedelta(hours=1)}
texts = []
judged = {}
called = set()


def record(response):
    texts.append(response.read().decode())


async def record_async(response):
    texts.append((await response.aread()).decode())


def lacks(model, path=""):
    """The documented keys that an answer does not have, in it and in what is inside."""
    found = [f"{path}{name}" for name in type(model).model_fields if name not in model.model_fields_set]
    for name in model.model_fields_set:
        value = getattr(model, name)
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for each in inside:
            found += lacks(each, f"{path}{name}.") if isinstance(each, pydantic.BaseModel) else []
    return sorted(set(found))


def judge(name, answer):
    """Keep an answer, what it lacks, and what a reader that converts nothing has against its text."""
    said = {"data": None, "lacks": [], "strict": []}
    judged.setdefault(name, []).append(said)
    model = getattr(answer, "response", answer)  # of a page
    if model is not None:
        said |= {"data": model.model_dump(mode="json"), "lacks": lacks(model)}
        try:
            type(model).model_validate_json(texts[-1], strict=True)
        except pydantic.ValidationError as error:
            # Times are told apart by their text only.
            said["strict"] = [
                f"{each['loc']}: {each['msg']}" for each in error.errors() if each["type"] != "datetime_type"
            ]
    return answer


client = RespanClient(
    base_url=base_url,
    authorization=f"Bearer {key}",
    httpx_client=httpx.Client(event_hooks={"response": [record]}),
)
nobody = RespanClient(
    base_url=base_url, authorization="", httpx_client=httpx.Client(event_hooks={"response": [record]})
)


def call(method, *arguments, under="", **options):
    called.add(method.__name__)
    return judge(under or method.__name__, method(*arguments, **options))


# Spans.
every = call(client.spans.list_spans, page_size=2, sort_by="timestamp", environment="prod", **window)
rows = list(every)
failed = Filters(
    status=FilterValue(operator="", value=["failed"]),
    latency=FilterValue(operator="gte", value=[0.5]),
    metadata__plan=FilterValue(operator="not", value=["free"]),
)
call(client.spans.list_spans, filters=failed, include_fields="input,output,tools", under="failed", **window)
both = {"cost": [{"operator": "gt", "value": [0]}, {"operator": "lt", "value": [1]}]}
call(client.spans.list_spans, filters=both, log_type="chat", sort_by="-scores__tone", under="range", **window)
call(client.spans.list_spans, under="empty")
for row in rows:
    alone = call(client.spans.retrieve_span, row["id"])
    texts.append(json.dumps(row))
    judge("row of a list", type(alone).model_validate(row))
call(client.spans.get_spans_summary, environment="prod", **window)
call(client.spans.get_spans_summary, filters=failed, under="failed summary", **window)
call(client.spans.get_spans_summary, under="empty summary")
for group in (
    "model", "provider_id", "organization_key_id", "prompt_id", "deployment_id", "deployment_name",
    "custom_identifier", "customer_identifier", "trace", "thread",
):  # fmt: skip
    options = {"group_by": group, "sort_by": "-total_cost", "environment": "prod", "page": 1, "page_size": 10, **window}
    listed = call(client.spans.request_logs_groups_list, under=f"by {group}", **options)
    only = {"status": {"operator": "", "value": ["failed"]}}
    call(client.spans.request_logs_groups_filter, filters=only, under=f"failed by {group}", **options)
call(client.spans.request_logs_groups_list, group_by="model", under="no groups")

# Traces.
call(client.traces.list_traces, page=1, page_size=1, sort_by="-total_cost", environment="prod", **window)
call(client.traces.list_traces, filters=failed, under="failed traces", **window)
tree = call(client.traces.retrieve_trace, "trace-1")
call(client.traces.share_trace, "trace-1", is_public=True)
called.add("retrieve_public_trace")
judge("retrieve_public_trace", nobody.traces.retrieve_public_trace(organization, "trace-1"))
call(client.traces.share_trace, "trace-1", is_public=False)
call(client.traces.delete_trace, "trace-2", **window)
texts_asked = {
    "trace_unique_id": "trace-3",
    "unique_organization_id": organization,
    "environment": "prod",
    "customer_identifier": "bob",
}
amounts = [name for name in TraceBulkDeleteFilters.model_fields if name.endswith(("_count", "_tokens", "_cost"))]
doomed = TraceBulkDeleteFilters(
    **{name: TraceFilterCondition(operator="", value=[text]) for name, text in texts_asked.items()},
    **{name: TraceFilterCondition(operator="gte", value=[0]) for name in amounts},
    **{name: TraceFilterCondition(operator="gte", value=[noon.isoformat()]) for name in ("start_time", "end_time")},
)
call(client.traces.bulk_delete_traces, filters=doomed, environment="prod", **window)
call(client.traces.list_traces, under="traces left", **window)

# Users.
call(client.users.list_customers, page=1, page_size=1, sort_by="-total_cost", environment="prod")
users = [user.customer_identifier for user in client.users.list_customers(page_size=1, sort_by="customer_identifier")]
dear = Filters(total_cost=FilterValue(operator="gt", value=[0]), active_days=FilterValue(operator="gte", value=[1]))
call(client.users.list_customers, filters=dear, under="dear users")
call(client.users.retrieve_user, "ada", environment="prod")
call(
    client.users.update_user,
    "ada",
    environment="prod",
    email="ada@example.com",
    name="Ada",
    metadata={"tier": 2, "tags": ["a"]},
    period_budget=200.0,
    budget_duration="monthly",
    total_budget=1000.5,
    period_start=noon,
    period_end=noon + datetime.timedelta(days=30),
    markup_percentage=12.5,
)
call(client.users.retrieve_user, "ada", under="updated user")
call(client.users.delete_user, "ada", environment="prod")
try:
    client.users.retrieve_user("ada")
except ApiError as error:
    gone = [type(error).__name__, error.status_code]


# Async: the same requests by another implementation.
async def again():
    other = AsyncRespanClient(
        base_url=base_url,
        authorization=f"Bearer {key}",
        httpx_client=httpx.AsyncClient(event_hooks={"response": [record_async]}),
    )
    spans, traces, people = other.spans, other.traces, other.users
    met = [row["id"] async for row in await spans.list_spans(page_size=2, sort_by="timestamp", **window)]
    for name, asked in (
        ("list_spans", spans.list_spans(filters=failed, **window)),
        ("retrieve_span", spans.retrieve_span(rows[0]["id"])),
        ("get_spans_summary", spans.get_spans_summary(filters=failed, **window)),
        ("request_logs_groups_list", spans.request_logs_groups_list(group_by="customer_identifier", **window)),
        ("request_logs_groups_filter", spans.request_logs_groups_filter(group_by="trace", filters=only, **window)),
        ("list_traces", traces.list_traces(filters=failed, **window)),
        ("retrieve_trace", traces.retrieve_trace("trace-1")),
        ("share_trace", traces.share_trace("trace-1", is_public=True)),
        ("retrieve_public_trace", traces.retrieve_public_trace(organization, "trace-1")),
        ("delete_trace", traces.delete_trace("trace-1")),
        ("bulk_delete_traces", traces.bulk_delete_traces(filters=doomed, **window)),
        ("list_customers", people.list_customers(filters=dear)),
        ("retrieve_user", people.retrieve_user("bob")),
        ("update_user", people.update_user("bob", name="Bob")),
        ("delete_user", people.delete_user("bob")),
    ):
        judge(f"async {name}", await asked)
    return met


# The addresses that the SDK asks by POST alone, asked by GET, answer what its models read.
for path, of in (
    ("request-logs/list/", every.response),
    ("request-logs/summary/", client.spans.get_spans_summary(**window)),
    ("traces/list/", client.traces.list_traces(**window)),
    ("users/list/", client.users.list_customers().response),
):
    times = {name: time.isoformat() for name, time in window.items() if "users" not in path}
    got = httpx.get(f"{base_url}/api/{path}", params=times, headers={"Authorization": f"Bearer {key}"})
    texts.append(got.text)
    judge(f"GET {path}", type(of).model_validate_json(got.text))

met = asyncio.run(again())
offered = [
    {name for name, method in inspect.getmembers(type(part), inspect.isfunction) if not name.startswith("_")}
    for part in (client.spans, client.traces, client.users)
]
print(
    json.dumps(
        {
            "judged": judged,
            "ids": [row["id"] for row in rows],
            "met": met,
            "users": users,
            "gone": gone,
            "called": sorted(called),
            "not_called": sorted(set().union(*offered) - called),
        }
    )
)
