"""Traces: what can be asked of them, and the questions that read them.

A trace is all spans that share a `trace_unique_id`. Its `timestamp` is when its last span ended, and decides which
window it belongs to. What only some spans say (customer, session, metadata …) is the trace's, too: the first that is
not empty, the root's before all others.
"""

from decimal import Decimal

import msgspec

from midspan.search.catalogue import Field
from midspan.search.moments import moment
from midspan.search.predicates import OWNER, TENANT, Query, within
from midspan.search.reading import INLINE_BYTES, Names
from midspan.search.rollups import BEGAN, ENDED, ROOT_FIRST, Rollup, RowPage, array, first, over, totals

_NAME = "multiIf(trace_name != '', trace_name, span_workflow_name != '', span_workflow_name, span_name)"
NAME = f"argMinIf({_NAME}, (trace_name = '', {ROOT_FIRST}), {_NAME} != '')"
"""The name that a sender gave the trace; else the workflow's, else the span's, the root's before all others."""

_METADATA_ORDER = f"metadata[@key] = '', {ROOT_FIRST}"

_OWN = (
    Field(name="trace_unique_id", kind="text", group="Place", help="The trace's id.", sql="trace_unique_id", aliases=("id", "unique_id", "trace_id", "trace")),
    Field(name="name", kind="text", group="Place", help="The trace's name: that of its workflow, else of its root.", sql=NAME, values="distinct", example="support"),
    Field(name="root_span_unique_id", kind="text", group="Place", help="The `span_unique_id` of its root.", sql=f"argMin(span_unique_id, ({ROOT_FIRST}))", aliases=("root_span_id",)),
    Field(name="span_count", kind="integer", group="Kind", help="How many spans it has.", sql="count()", sort="span_count", example="10"),
    *totals(),
    Field(name="customer_identifier", kind="text", group="People", help="Whose it is.", sql=first("customer_identifier"), aliases=("customer", "user", "customer_id"), values="distinct", example="customer-1"),
    Field(name="session_identifier", kind="text", group="People", help="The session.", sql=first("session_identifier"), aliases=("session", "session_id"), values="distinct"),
    Field(name="trace_group_identifier", kind="text", group="People", help="The group of traces.", sql=first("trace_group_identifier"), aliases=("trace_group",), values="distinct"),
    Field(name="organization_key_id", kind="text", group="People", help="The API key that sent it.", sql=first("organization_key_id"), aliases=("key", "key_id", "api_key"), values="distinct"),
    Field(name="unique_organization_id", kind="text", group="People", help="The key's organization.", sql="any(organization_id)", aliases=("organization_id",)),
    Field(name="metadata.<key>", kind="text", group="Metadata and scores", help="The metadata under a key, as text.", sql=f"argMinIf(metadata[@key], ({_METADATA_ORDER}), mapContains(metadata, @key))", present="(countIf(mapContains(metadata, @key)) > 0)", is_family=True, values="distinct", example="metadata.region"),
)  # fmt: skip

TRACES = Rollup("Traces", "trace_unique_id", _OWN, "trace_times")

_METADATA = (
    "mapApply((key, value) -> (key, value.6), "
    f"minMap(mapApply((key, value) -> (key, (value = '', {ROOT_FIRST}, id, value)), spans.metadata)))"
)


_TIMES = f"FROM trace_times WHERE {OWNER} AND trace_unique_id IN {{traces:Array(String)}}"
_HERE = (
    f"{TENANT} AND spans.key_time >= (SELECT min(first_key_time) {_TIMES}) "
    f"AND spans.key_time <= (SELECT max(last_key_time) {_TIMES}) AND trace_unique_id IN {{traces:Array(String)}}"
)
"""The spans of some traces, as one range of the sorting key."""


class Trace(msgspec.Struct, kw_only=True):
    """One trace as the engine gives it. Times are microseconds since 1970."""

    trace_unique_id: str
    name: str
    root_span_unique_id: str
    root_id: str
    root_key_time: int
    start_time: int
    end_time: int
    span_count: int
    llm_call_count: int
    error_count: int
    total_cost: Decimal
    total_prompt_tokens: int
    total_completion_tokens: int
    total_tokens: int
    customer_identifier: str
    session_identifier: str
    thread_identifier: str
    trace_group_identifier: str
    organization_key_id: str
    model: str
    metadata: dict[str, str]


class Payload(msgspec.Struct):
    """What the root of a trace was given and gave."""

    id: str
    input: str
    output: str
    input_preview: str
    output_preview: str
    status: str


class ReadTrace(msgspec.Struct):
    """A trace as clients read it. Times end in `Z` and have microseconds; durations are seconds; money is USD."""

    id: str
    trace_unique_id: str
    root_span_unique_id: str | None
    organization_id: str
    unique_organization_id: str
    organization_name: str | None
    organization_key_id: str | None
    environment: str
    customer_identifier: str | None
    timestamp: str
    start_time: str
    end_time: str
    duration: float
    span_count: int
    llm_call_count: int
    error_count: int
    total_cost: Decimal
    total_prompt_tokens: int
    total_completion_tokens: int
    total_tokens: int
    total_request_tokens: int
    name: str | None
    input: str | None
    output: str | None
    input_preview: str | None
    output_preview: str | None
    status: str | None
    metadata: dict[str, str]
    trace_group_identifier: str | None
    session_identifier: str | None
    thread_identifier: str | None
    model: str | None
    storage_object_key: str | None


PAYLOAD = frozenset({"input", "output"})

FIELDS = frozenset(ReadTrace.__struct_fields__)


def read_traces(ids: list[str]) -> Query:
    """The traces of these ids, in no order, as `Trace`."""
    sums = ", ".join(
        f"{field.sql} AS {field.name}"
        for field in (TRACES.catalogue.find(name) for name in Trace.__struct_fields__ if _is_plain(name))
    )
    sql = (
        f"SELECT {sums}, toUnixTimestamp64Micro(min({BEGAN})) AS start_time, "
        f"toUnixTimestamp64Micro({ENDED}) AS end_time, "
        f"argMin((spans.key_time, id), ({ROOT_FIRST})) AS root, root.2 AS root_id, "
        f"toUnixTimestamp64Micro(root.1) AS root_key_time, {first('model')} AS model, "
        f"{first('thread_identifier')} AS thread_identifier, {_METADATA} AS metadata "
        f"FROM spans @final WHERE {_HERE} GROUP BY trace_unique_id"
    )
    return sql, {"traces": array(ids)}


def _is_plain(name: str) -> bool:
    return name not in {"start_time", "end_time", "root_id", "root_key_time", "model", "thread_identifier", "metadata"}


def read_payloads(traces: list[Trace], inline: int = INLINE_BYTES, excluded: frozenset[str] = frozenset()) -> Query:
    """What the roots of the traces were given and gave, up to `inline` bytes each, as `Payload`. What is `excluded`
    stays empty.
    """
    columns = ", ".join(
        f"'' AS {name}" if name in excluded else f"if(length({name}) <= {inline:d}, {name}, '') AS {name}"
        for name in sorted(PAYLOAD)
    )
    sql = (
        f"SELECT id, {columns}, input_preview, output_preview, status FROM spans @final WHERE {TENANT} AND "
        # A subquery: for an array that is made of a parameter the sorting key is not used.
        "spans.key_time IN (SELECT fromUnixTimestamp64Micro(arrayJoin({times:Array(Int64)}), 'UTC')) "
        "AND id IN {ids:Array(String)}"
    )
    times = f"[{','.join(str(trace.root_key_time) for trace in traces)}]"
    return sql, {"ids": array([trace.root_id for trace in traces]), "times": times}


def read(trace: Trace, payload: Payload | None, names: Names, environment: str, organization: str) -> ReadTrace:
    """The trace in its read shape. `names` None hides whose key sent it."""
    return ReadTrace(
        id=trace.trace_unique_id,
        trace_unique_id=trace.trace_unique_id,
        root_span_unique_id=trace.root_span_unique_id or None,
        organization_id=organization,
        unique_organization_id=organization,
        organization_name=names.organization,
        organization_key_id=(trace.organization_key_id or None) if names.organization else None,
        environment=environment,
        customer_identifier=trace.customer_identifier or None,
        timestamp=moment(trace.end_time),
        start_time=moment(trace.start_time),
        end_time=moment(trace.end_time),
        duration=max(0, trace.end_time - trace.start_time) / 1e6,
        span_count=trace.span_count,
        llm_call_count=trace.llm_call_count,
        error_count=trace.error_count,
        total_cost=trace.total_cost.normalize(),
        total_prompt_tokens=trace.total_prompt_tokens,
        total_completion_tokens=trace.total_completion_tokens,
        total_tokens=trace.total_tokens,
        total_request_tokens=trace.total_tokens,
        name=trace.name or None,
        input=(payload and payload.input) or None,
        output=(payload and payload.output) or None,
        input_preview=(payload and payload.input_preview) or None,
        output_preview=(payload and payload.output_preview) or None,
        status=(payload and payload.status) or None,
        metadata={key: value for key, value in trace.metadata.items() if not key.startswith("_")},
        trace_group_identifier=trace.trace_group_identifier or None,
        session_identifier=trace.session_identifier or None,
        thread_identifier=trace.thread_identifier or None,
        model=trace.model or None,
        storage_object_key=None,
    )


class Summary(msgspec.Struct, kw_only=True):
    """Sums over traces. Durations are seconds; money is USD."""

    total_count: int
    """Traces."""
    failed_count: int
    """Traces in which a span failed."""
    error_rate: float
    """`failed_count` by `total_count`; 0 without traces."""
    span_count: int
    llm_call_count: int
    error_count: int
    """Spans that failed."""
    total_cost: Decimal
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    avg_cost: float
    avg_tokens: float
    avg_span_count: float
    avg_duration: float
    p50_duration: float
    p90_duration: float
    p99_duration: float


_SUMMED = ("span_count", "llm_call_count", "error_count", "total_cost", "total_tokens", "total_prompt_tokens",
           "total_completion_tokens", "duration")  # fmt: skip


def summary(page: RowPage) -> Query:
    """Sums over every trace of the window that passes the filter, as one `Summary`."""
    columns = {f"trace_{name}": TRACES.catalogue.find(name).sql for name in _SUMMED}
    sums = {
        "total_count": "count()",
        "failed_count": "countIf(trace_error_count > 0)",
        "error_rate": "failed_count / greatest(total_count, 1)",
        **{name: f"sum(trace_{name})" for name in _SUMMED if name != "duration"},
        "avg_cost": "toFloat64(total_cost) / greatest(total_count, 1)",
        "avg_tokens": "total_tokens / greatest(total_count, 1)",
        "avg_span_count": "span_count / greatest(total_count, 1)",
        "avg_duration": "sum(trace_duration) / greatest(total_count, 1)",
        **{
            f"p{part}_duration": f"if(total_count = 0, 0, quantileExact(0.{part})(trace_duration))"
            for part in (50, 90, 99)
        },
    }
    return over(TRACES, page, columns, sums)


class Place(msgspec.Struct, frozen=True):
    """Where a span lies; `key_time` in microseconds since 1970."""

    id: str
    key_time: int


NOWHERE = Place("", -(1 << 62))
"""Before every span."""


def doomed(ids: list[str], window: tuple[int | None, int | None], before: int, after: Place, most: int) -> Query:
    """Up to `most` of the traces' spans, in order after a place, as `Place`: those that came before a time, and whose
    `timestamp` lies in the window, as far as it has bounds.
    """
    key_time = "toUnixTimestamp64Micro(spans.key_time)"
    sql = (
        f"SELECT id, {key_time} AS key_time FROM spans @final WHERE {_HERE} "
        "AND spans.received_at <= fromUnixTimestamp64Micro({before:Int64}, 'UTC') "
        f"AND ({key_time}, id) > ({{after_time:Int64}}, {{after_id:String}})"
    )
    parameters: dict[str, str | int] = {
        "traces": array(ids), "before": before, "after_time": after.key_time, "after_id": after.id, "most": most,
    }  # fmt: skip
    conditions, bounds = within("spans.timestamp", *window)
    return f"{' AND '.join((sql, *conditions))} ORDER BY key_time, id LIMIT {{most:UInt32}}", parameters | bounds


def tree_spans(trace: str, columns: str, most: int) -> Query:
    """The first `most` spans of a trace, by when they began."""
    sql = f"SELECT {columns} FROM spans @final WHERE {_HERE} ORDER BY {BEGAN}, id LIMIT {{most:UInt32}}"
    return sql, {"traces": array([trace]), "most": most}


def tree_payloads(trace: str) -> Query:
    """What each span of a trace was given and gave, whole, as `{"id","input","output"}`."""
    return f"SELECT id, input, output FROM spans @final WHERE {_HERE}", {"traces": array([trace])}


CONTENT = ("input", "output", "reasoning", "tool_calls", "completion_messages")
"""What a span was given and gave; some keep parts of the answer in fields of their own."""


def content_sizes(trace: str, ids: list[str]) -> Query:
    """How long what spans of a trace were given and gave is together, as `{"id","bytes"}`."""
    lengths = " + ".join(f"length({name})" for name in CONTENT)
    sql = f"SELECT id, {lengths} AS bytes FROM spans @final WHERE {_HERE} AND id IN {{ids:Array(String)}}"
    return sql, {"traces": array([trace]), "ids": array(ids)}


def contents(trace: str, ids: list[str]) -> Query:
    """What spans of a trace were given and gave, whole, and whose they are: texts, empty where there is none."""
    sql = (
        f"SELECT id, {', '.join(CONTENT)}, customer_identifier, thread_identifier, session_identifier, metadata "
        f"FROM spans @final WHERE {_HERE} AND id IN {{ids:Array(String)}}"
    )
    return sql, {"traces": array([trace]), "ids": array(ids)}
