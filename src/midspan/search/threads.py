"""Threads: the spans of one conversation, across traces.

Many SDKs put the thread on one span of a trace only, such as the outermost. So a span that names none belongs to the
thread that its trace has: the first that one of its spans names, the root's before all others.
"""

from decimal import Decimal

import msgspec

from midspan.domain.span import MESSAGE_LOG_TYPES
from midspan.search.catalogue import Field
from midspan.search.moments import moment
from midspan.search.predicates import OWNER, TENANT, Query
from midspan.search.rollups import BEGAN, ENDED, Rollup, Source, array, first, totals

_OWN = (
    Field(name="thread_identifier", kind="text", group="Place", help="The thread's id.", sql="thread_identifier", aliases=("id", "thread", "thread_id"), values="distinct"),
    Field(name="log_count", kind="integer", group="Kind", help="How many spans it has.", sql="count()", sort="log_count", aliases=("span_count",), example="10"),
    Field(name="trace_count", kind="integer", group="Kind", help="How many traces it runs through.", sql="uniqExact(trace_unique_id)", sort="trace_count", example="2"),
    *totals(),
    Field(name="customer_identifier", kind="text", group="People", help="Whose it is.", sql=first("customer_identifier"), aliases=("customer", "user", "customer_id"), values="distinct", example="customer-1"),
)  # fmt: skip


def _in_threads(traces: str, spans: str = "1") -> str:
    """The tenant's spans of a condition, each with the thread that it belongs to, given which traces name theirs."""
    of_traces = (
        f"SELECT trace_unique_id, {first('thread_identifier')} AS thread FROM spans @final "
        f"WHERE {TENANT} AND {traces} AND thread_identifier != '' GROUP BY trace_unique_id"
    )
    return (
        "(SELECT spans.* REPLACE (if(spans.thread_identifier = '', named.thread, spans.thread_identifier) "
        f"AS thread_identifier) FROM spans @final ANY LEFT JOIN ({of_traces}) AS named "
        f"ON spans.trace_unique_id = named.trace_unique_id WHERE {TENANT} AND {spans}) AS spans"
    )


def _whole(traces: str) -> str:
    """The condition that a span is of one of the traces, as a range of the sorting key: all of their spans."""
    known = f"FROM trace_times WHERE {OWNER} AND trace_unique_id IN ({traces})"
    bounds = f"SELECT if(count() = 0, {_NEVER}, min(first_key_time)) {known}"
    return f"spans.key_time >= ({bounds}) AND trace_unique_id IN ({traces})"


_NEVER = "toDateTime64('2299-12-31', 6, 'UTC')"

IN_THREADS = _in_threads("trace_unique_id != ''")
"""A tenant's spans, each with the thread that it belongs to."""

_UNNAMED = (
    f"SELECT trace_unique_id FROM spans @final WHERE {TENANT} AND trace_unique_id != '' AND thread_identifier = '' "
    "AND spans.timestamp >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')"
)
_LATEST = _in_threads(_whole(_UNNAMED))
"""The same, right for spans from `start` on."""

THREADS = Rollup("Threads", "thread_identifier", _OWN, source=Source(IN_THREADS, _LATEST))

_NAMED = "thread_identifier IN {threads:Array(String)}"
_OF_SOME = _in_threads(
    _whole("SELECT arrayJoin({traces:Array(String)})"),
    f"(spans.{_NAMED} OR spans.thread_identifier = '' AND spans.trace_unique_id IN {{traces:Array(String)}})",
)
"""Spans that are of these threads by their own word, and those that name none of the traces."""


_SPEAKING = tuple(sorted(MESSAGE_LOG_TYPES))


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
    """Of the last span that holds messages, or of the last span where none does."""
    output_preview: str | None
    """Of the same span."""


_APART = frozenset({"start_time", "end_time", "input_preview", "output_preview"})


def traces_with_unnamed(ids: list[str]) -> Query:
    """The traces of these threads in which some spans name no thread, as `{"trace_unique_id"}`."""
    naming = f"SELECT trace_unique_id FROM spans @final WHERE {TENANT} AND trace_unique_id != '' AND {_NAMED}"
    sql = (
        f"SELECT DISTINCT trace_unique_id FROM spans @final WHERE {TENANT} AND thread_identifier = '' "
        f"AND trace_unique_id IN ({naming})"
    )
    return sql, {"threads": array(ids)}


def read_threads(ids: list[str], traces: list[str]) -> Query:
    """The threads of these ids, in no order, as `Thread`; `traces` are their `traces_with_unnamed`."""
    sums = ", ".join(
        f"{THREADS.catalogue.find(name).sql} AS {name}" for name in Thread.__struct_fields__ if name not in _APART
    )
    # What was said last: the workflow around a call ends after it, and holds the same in a shape of its own.
    place = f"(spans.log_type IN {_SPEAKING}, spans.timestamp, id)"
    last = ", ".join(f"argMax(spans.{name}, {place}) AS {name}" for name in ("input_preview", "output_preview"))
    # Most threads are named by all of their spans, which are then read as they are, for half the cost.
    there = f"{_OF_SOME} WHERE" if traces else f"spans @final WHERE {TENANT} AND"
    sql = (
        f"SELECT {sums}, toUnixTimestamp64Micro(min({BEGAN})) AS start_time, "
        f"toUnixTimestamp64Micro({ENDED}) AS end_time, {last} FROM {there} {_NAMED} GROUP BY thread_identifier"
    )
    return sql, {"threads": array(ids), **({"traces": array(traces)} if traces else {})}


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
