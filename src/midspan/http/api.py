"""The table of operations: every route of the API, what it takes, and what it answers."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from midspan.http.ingest import (
    BATCH_ROWS_MAX,
    BULK_ROWS_MAX,
    KEY_LENGTH_MAX,
    BatchAnswer,
    BulkAnswer,
    CreatedSpan,
    Ingest,
    IngestAnswer,
)
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.search import PAGE_SIZE, PAGE_SIZE_MAX, Search, SpanPage
from midspan.ingest.body import LogBody
from midspan.search.queries import SORTS
from midspan.search.reading import ReadSpan

IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "header",
    Annotated[str, Meta(min_length=1, max_length=KEY_LENGTH_MAX)],
    "Makes the request safe to repeat for 24 hours: the same key with the same body gets the first answer again.",
)
ENVIRONMENT = Parameter(
    "environment", "query", str, "The key's own environment; another one is refused with 403.", "prod"
)
SortBy: Any = Literal[tuple(sign + name for sign in ("-", "") for name in SORTS)]
LIST_PARAMETERS = (
    Parameter("page", "query", Annotated[int, Meta(ge=1)], "Page number, from 1.", 1),
    Parameter(
        "page_size", "query", Annotated[int, Meta(ge=1, le=PAGE_SIZE_MAX)], f"Spans a page; {PAGE_SIZE} by default.", 50
    ),
    Parameter(
        "cursor", "query", str, "Where the page before ended (its `next_cursor`); instead of `page`, and steady."
    ),
    Parameter("sort_by", "query", SortBy, "What to sort by; `-` before it for descending.", "-timestamp"),
    Parameter(
        "start_time",
        "query",
        str,
        "Earliest `timestamp`, inclusive. An hour before `end_time` (or now) by default.",
        "2026-01-31T00:00:00Z",
    ),
    Parameter("end_time", "query", str, "Latest `timestamp`, inclusive. No bound by default.", "2026-01-31T23:59:59Z"),
    ENVIRONMENT,
    Parameter("is_test", "query", str, "Older form of `environment`: `true` means `test`.", "false"),
    Parameter("all_envs", "query", str, "`true` is refused with 403: a key reads its own environment.", "false"),
    Parameter("log_type", "query", str, "Only spans of this log type.", "chat"),
    Parameter(
        "include_fields",
        "query",
        str,
        "Comma-separated fields that a list leaves out unless asked: messages, tools, raw request and response, "
        "long inputs and outputs.",
        "prompt_messages,completion_message",
    ),
)


Row = dict[str, Any]


class BulkBody(msgspec.Struct):
    """A list of spans; each is a body of the create operation, read leniently."""

    logs: Annotated[list[Row], Meta(min_length=1, max_length=BULK_ROWS_MAX)]


class BatchBody(msgspec.Struct):
    """A list of spans; each is a body of the create operation, read leniently."""

    logs: Annotated[list[Row], Meta(min_length=1, max_length=BATCH_ROWS_MAX)]


class TraceBody(msgspec.Struct):
    """A list of spans, under `logs` just as well; each is a body of the create operation, read leniently."""

    data: Annotated[list[Row], Meta(min_length=1)]


class ListBody(msgspec.Struct):
    """The body of a list by POST."""

    filters: Annotated[dict[str, Any], Meta(max_length=0)] | None = None


EXAMPLE = {
    "model": "gpt-4o-mini",
    "input": [{"role": "user", "content": "What is a span?"}],
    "output": {"role": "assistant", "content": "One timed operation."},
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "latency": 0.8,
    "customer_identifier": "user-42",
}


def operations(ingest: Ingest, search: Search) -> list[Operation]:
    """Every operation, the busiest first."""
    return [*_creating(ingest), *_lists_of_rows(ingest), *_reading(search)]


def _creating(ingest: Ingest) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path="/api/request-logs/",
            name="createSpan",
            handler=ingest.create,
            right="ingest",
            tag="Writing",
            summary="Create a span",
            help="Stores one span and answers with it. A 201 means: on disk, and returned by every later read. "
            "The body is checked strictly: 422 names every fault at once, and nothing is stored.",
            bare=True,
            parameters=(IDEMPOTENCY,),
            body=LogBody,
            body_example=EXAMPLE,
            answers={201: Answer("The stored span.", ReadSpan)},
        ),
        Operation(
            method="POST",
            path="/api/request-logs/create/",
            name="createSpanAlias",
            deprecated=True,
            handler=ingest.create_alias,
            right="ingest",
            tag="Writing",
            summary="Create a span (older address)",
            help='The same as creating a span; the answer also has `"message": "log successful"`.',
            bare=True,
            parameters=(IDEMPOTENCY,),
            body=LogBody,
            body_example=EXAMPLE,
            answers={201: Answer("The stored span, and `message`.", CreatedSpan)},
        ),
    ]


def _lists_of_rows(ingest: Ingest) -> list[Operation]:
    return [
        Operation(
            method="POST",
            path="/api/request-logs/bulk/",
            name="createSpansBulk",
            handler=ingest.bulk,
            right="ingest",
            tag="Writing",
            summary=f"Create up to {BULK_ROWS_MAX} spans",
            help="Each row stands for itself: what can be repaired is repaired and noted in the span's `warnings`; "
            "a row that cannot be is refused alone. 400 with the same body when no row was stored.",
            bare=True,
            parameters=(IDEMPOTENCY,),
            body=BulkBody,
            body_example={"logs": [EXAMPLE]},
            answers={201: Answer("What became of the rows; at least one was stored.", BulkAnswer)},
        ),
        Operation(
            method="POST",
            path="/api/request-logs/batch/create/",
            name="createSpansBatch",
            handler=ingest.batch,
            right="ingest",
            tag="Writing",
            summary=f"Create up to {BATCH_ROWS_MAX} spans",
            help="Like bulk, with one result for each row, in order.",
            bare=True,
            parameters=(IDEMPOTENCY,),
            body=BatchBody,
            body_example={"logs": [EXAMPLE]},
            answers={201: Answer("A result for each row; at least one was stored.", BatchAnswer)},
        ),
        Operation(
            method="POST",
            path="/api/v1/traces/ingest",
            name="ingestTraces",
            handler=ingest.ingest,
            right="ingest",
            tag="Writing",
            summary="Ingest spans of traces",
            help="An array of spans, or an object that holds one under `data` or `logs`. Children may come before "
            "their parents, and a trace may be spread over many requests.",
            bare=True,
            aliases=("/api/traces/ingest", "/api/openai/v1/traces/ingest", "/api/integrations/v1/traces/ingest"),
            parameters=(IDEMPOTENCY,),
            body=Annotated[list[Row], Meta(min_length=1)] | TraceBody,
            body_example=[{**EXAMPLE, "trace_unique_id": "7f9c24e8", "span_unique_id": "b1d4"}],
            answers={200: Answer("What became of the rows; at least one was stored.", IngestAnswer)},
        ),
    ]


def _reading(search: Search) -> list[Operation]:
    return [
        *(
            Operation(
                method=method,
                path=path,
                name=name,
                handler=search.list_spans,
                right="read",
                tag="Reading",
                summary=summary,
                help="Spans of the key's environment in a window of time, newest first. Whatever had a 2xx before "
                "this request is in the answer.",
                bare=True,
                parameters=LIST_PARAMETERS,
                body=ListBody if method == "POST" else None,
                body_required=False,
                deprecated=name == "listSpansLegacy",
                answers={200: Answer("A page of spans.", SpanPage)},
            )
            for method, path, name, summary in (
                ("GET", "/api/request-logs/list/", "listSpans", "List spans"),
                ("POST", "/api/request-logs/list/", "listSpansByPost", "List spans by POST"),
                ("GET", "/api/request-logs/", "listSpansLegacy", "List spans (older address)"),
            )
        ),
        Operation(
            method="GET",
            path="/api/request-logs/{id}/",
            name="retrieveSpan",
            handler=search.retrieve,
            right="read",
            tag="Reading",
            summary="Get a span",
            help="The whole span, with messages, tools and the raw request and response.",
            bare=True,
            parameters=(
                Parameter(
                    "id",
                    "path",
                    str,
                    "The span's `id`. `_` takes it from `?id=` instead.",
                    "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f",
                ),
                ENVIRONMENT,
            ),
            answers={200: Answer("The span.", ReadSpan)},
        ),
    ]
