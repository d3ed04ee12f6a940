"""Threads: the spans that name the same `thread_identifier`, as one conversation."""

from decimal import Decimal

import msgspec

from midspan.search.catalogue import Field
from midspan.search.moments import moment
from midspan.search.predicates import TENANT, Query
from midspan.search.rollups import BEGAN, ENDED, Rollup, array, first, totals

_OWN = (
    Field(name="thread_identifier", kind="text", group="Place", help="The thread's id.", sql="thread_identifier", aliases=("id", "thread", "thread_id"), values="distinct"),
    Field(name="log_count", kind="integer", group="Kind", help="How many spans it has.", sql="count()", sort="log_count", aliases=("span_count",), example="10"),
    Field(name="trace_count", kind="integer", group="Kind", help="How many traces it runs through.", sql="uniqExact(trace_unique_id)", sort="trace_count", example="2"),
    *totals(),
    Field(name="customer_identifier", kind="text", group="People", help="Whose it is.", sql=first("customer_identifier"), aliases=("customer", "user", "customer_id"), values="distinct", example="customer-1"),
)  # fmt: skip

THREADS = Rollup("Threads", "thread_identifier", _OWN)


class Thread(msgspec.Struct, kw_only=True):
    """One thread as the engine gives it. Times are microseconds since 1970."""

    thread_identifier: str
    log_count: int
    trace_count: int
    error_count: int
    llm_call_count: int
    total_cost: Decimal
    total_prompt_tokens: int
    total_completion_tokens: int
    total_tokens: int
    customer_identifier: str
    start_time: int
    end_time: int
    input_preview: str
    output_preview: str


class ReadThread(msgspec.Struct, kw_only=True):
    """A thread as clients read it. Times end in `Z` and have microseconds; durations are seconds; money is USD."""

    thread_identifier: str
    environment: str
    log_count: int
    """Spans."""
    trace_count: int
    llm_call_count: int
    error_count: int
    total_cost: Decimal
    total_prompt_tokens: int
    total_completion_tokens: int
    total_tokens: int
    customer_identifier: str | None
    timestamp: str
    start_time: str
    end_time: str
    duration: float
    input_preview: str | None
    """Of the last span."""
    output_preview: str | None
    """Of the last span."""


_APART = frozenset({"start_time", "end_time", "input_preview", "output_preview"})


def read_threads(ids: list[str]) -> Query:
    """The threads of these ids, in no order, as `Thread`."""
    sums = ", ".join(
        f"{THREADS.catalogue.find(name).sql} AS {name}" for name in Thread.__struct_fields__ if name not in _APART
    )
    last = ", ".join(
        f"argMax(spans.{name}, (spans.timestamp, id)) AS {name}" for name in ("input_preview", "output_preview")
    )
    sql = (
        f"SELECT {sums}, toUnixTimestamp64Micro(min({BEGAN})) AS start_time, "
        f"toUnixTimestamp64Micro({ENDED}) AS end_time, {last} FROM spans @final WHERE {TENANT} "
        "AND thread_identifier IN {threads:Array(String)} GROUP BY thread_identifier"
    )
    return sql, {"threads": array(ids)}


def read(thread: Thread, environment: str) -> ReadThread:
    """The thread in its read shape."""
    return ReadThread(
        thread_identifier=thread.thread_identifier,
        environment=environment,
        log_count=thread.log_count,
        trace_count=thread.trace_count,
        llm_call_count=thread.llm_call_count,
        error_count=thread.error_count,
        total_cost=thread.total_cost.normalize(),
        total_prompt_tokens=thread.total_prompt_tokens,
        total_completion_tokens=thread.total_completion_tokens,
        total_tokens=thread.total_tokens,
        customer_identifier=thread.customer_identifier or None,
        timestamp=moment(thread.end_time),
        start_time=moment(thread.start_time),
        end_time=moment(thread.end_time),
        duration=max(0, thread.end_time - thread.start_time) / 1e6,
        input_preview=thread.input_preview or None,
        output_preview=thread.output_preview or None,
    )
