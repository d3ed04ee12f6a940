"""The tables that SQL of users reads: one's own spans and what is made from them, each bound to the tenant.

Each view reads the newest version of a span only. `docs/sql.md` lists the columns, `/api/sql/schema/` tells them.
"""

from typing import NamedTuple

from midspan.domain.span import Span
from midspan.search.queries import TENANT

_HIDDEN = {"organization_id", "key_time", "has_client_ids", "is_deleted", "idempotency_key", "body_hash", "answer"}
_LLM = "('chat', 'completion', 'text', 'response', 'embedding', 'generation')"
_BEGAN = "ifNull(row.start_time, row.timestamp)"


class View(NamedTuple):
    """A table as users see it."""

    help: str
    columns: dict[str, str]
    """Name → SQL over the rows of its source."""
    source: str
    group: str = ""

    @property
    def sql(self) -> str:
        """The subquery that stands in the place of the table."""
        columns = ", ".join(name if name == text else f"{text} AS {name}" for name, text in self.columns.items())
        return f"SELECT {columns} FROM {self.source}{self.group and f' GROUP BY {self.group}'}"


def _first(name: str) -> str:
    """The value of the earliest span that has one, the root's before all others."""
    return f"argMinIf(row.{name}, (row.span_parent_id != '', {_BEGAN}), row.{name} != '')"


_SUMS = {
    "total_cost": "sum(row.cost)",
    "prompt_tokens": "sum(row.prompt_tokens)",
    "completion_tokens": "sum(row.completion_tokens)",
    "total_tokens": "sum(row.total_request_tokens)",
}
_ERRORS = {"error_count": "countIf(row.status = 'failed')"}
_SPANS = f"(SELECT * FROM spans @final WHERE {TENANT}) AS row"
# The prefix keeps a column apart from what is made of it under the same name.

VIEWS = {
    "spans": View(
        "One row a span, as it is now.",
        {name: name for name in Span.__struct_fields__ if name not in _HIDDEN},
        f"spans @final WHERE {TENANT}",
    ),
    "traces": View(
        "One row a trace: what its spans say together.",
        {
            "trace_unique_id": "row.trace_unique_id",
            "name": "argMin(if(row.span_workflow_name != '', row.span_workflow_name, row.span_name), "
            f"(row.span_parent_id != '', {_BEGAN}))",
            "start_time": f"min({_BEGAN})",
            "end_time": "max(row.timestamp)",
            "duration": f"dateDiff('microsecond', min({_BEGAN}), max(row.timestamp)) / 1e6",
            "span_count": "count()",
            "llm_call_count": f"countIf(row.log_type IN {_LLM})",
            **_ERRORS,
            **_SUMS,
            "customer_identifier": _first("customer_identifier"),
            "thread_identifier": _first("thread_identifier"),
            "session_identifier": _first("session_identifier"),
        },
        _SPANS,
        "row.trace_unique_id",
    ),
    "threads": View(
        "One row a thread: the spans that name the same `thread_identifier`.",
        {
            "thread_identifier": "row.thread_identifier",
            "start_time": f"min({_BEGAN})",
            "end_time": "max(row.timestamp)",
            "span_count": "count()",
            "trace_count": "uniqExact(row.trace_unique_id)",
            **_ERRORS,
            **_SUMS,
            "customer_identifier": _first("customer_identifier"),
        },
        f"{_SPANS} WHERE row.thread_identifier != ''",
        "row.thread_identifier",
    ),
    "customers": View(
        "One row a customer: the spans that name the same `customer_identifier`.",
        {
            "customer_identifier": "row.customer_identifier",
            "first_seen": "min(row.timestamp)",
            "last_seen": "max(row.timestamp)",
            "active_days": "uniqExact(toDate(row.timestamp))",
            "number_of_requests": "count()",
            **_ERRORS,
            **_SUMS,
            "average_latency": "avg(row.latency)",
        },
        f"{_SPANS} WHERE row.customer_identifier != ''",
        "row.customer_identifier",
    ),
    "scores": View(
        "One row a score of a span.",
        {
            name: name
            for name in (
                "id", "log_id", "evaluator_id", "evaluator_slug", "type", "numerical_value", "boolean_value",
                "string_value", "categorical_value", "is_passed", "created_at",
            )
        },
        "scores FINAL WHERE organization_id = {organization_id:String} AND environment = {environment:String}",
    ),
}  # fmt: skip
