"""The tables that SQL of users reads: one's own spans and what is made from them, each bound to the tenant.

Each view reads the newest version of a span only. `docs/sql.md` lists the columns, `/api/sql/schema/` tells them.
"""

from typing import NamedTuple

from midspan.domain.span import Span
from midspan.search.predicates import OWNER, TENANT
from midspan.search.rollups import BEGAN, ENDED, LLM_LOG_TYPES, first
from midspan.search.threads import IN_THREADS
from midspan.search.traces import NAME

_HIDDEN = {"organization_id", "key_time", "has_client_ids", "is_deleted", "idempotency_key", "body_hash", "answer"}


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


_SUMS = {
    "total_cost": "sum(spans.cost)",
    "prompt_tokens": "sum(spans.prompt_tokens)",
    "completion_tokens": "sum(spans.completion_tokens)",
    "total_tokens": "sum(spans.total_request_tokens)",
}
_ERRORS = {"error_count": "countIf(spans.status = 'failed')"}
_SPANS = f"(SELECT * FROM spans @final WHERE {TENANT}) AS spans"
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
            "trace_unique_id": "spans.trace_unique_id",
            "name": NAME,
            "start_time": f"min({BEGAN})",
            "end_time": ENDED,
            "duration": f"greatest(dateDiff('microsecond', min({BEGAN}), {ENDED}), 0) / 1e6",
            "span_count": "count()",
            "llm_call_count": f"countIf(spans.log_type IN {LLM_LOG_TYPES})",
            **_ERRORS,
            **_SUMS,
            "customer_identifier": first("customer_identifier"),
            "thread_identifier": first("thread_identifier"),
            "session_identifier": first("session_identifier"),
        },
        _SPANS,
        "spans.trace_unique_id",
    ),
    "threads": View(
        "One row a thread: the spans that name the same `thread_identifier`, or whose trace does.",
        {
            "thread_identifier": "spans.thread_identifier",
            "start_time": f"min({BEGAN})",
            "end_time": ENDED,
            "span_count": "count()",
            "trace_count": "uniqExact(spans.trace_unique_id)",
            **_ERRORS,
            **_SUMS,
            "customer_identifier": first("customer_identifier"),
        },
        f"{IN_THREADS} WHERE spans.thread_identifier != ''",
        "spans.thread_identifier",
    ),
    "customers": View(
        "One row a customer: the spans that name the same `customer_identifier`.",
        {
            "customer_identifier": "spans.customer_identifier",
            "first_seen": "min(spans.timestamp)",
            "last_seen": ENDED,
            "active_days": "uniqExact(toDate32(spans.timestamp))",
            "number_of_requests": "count()",
            **_ERRORS,
            **_SUMS,
            "average_latency": "avg(spans.latency)",
        },
        f"{_SPANS} WHERE spans.customer_identifier != ''",
        "spans.customer_identifier",
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
        f"scores FINAL WHERE {OWNER}",
    ),
}  # fmt: skip
