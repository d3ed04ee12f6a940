"""The table of operations: every route of the API, what it takes, and what it answers."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from midspan.http import (
    accounts,
    changes,
    customers,
    deletions,
    demo,
    export,
    fields,
    imports,
    measures,
    otlp,
    scores,
    spans,
    sql,
    sums,
    tail,
    threads,
    trace_contents,
    trace_trees,
    traces,
)
from midspan.http.accounts import Accounts
from midspan.http.changes import Changes
from midspan.http.customers import Customers
from midspan.http.deletions import Deletions
from midspan.http.demo import Demo
from midspan.http.export import Exports
from midspan.http.fields import Fields
from midspan.http.imports import Imports
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
from midspan.http.measures import Measures
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.otlp import Otlp
from midspan.http.scores import Scores
from midspan.http.spans import Spans
from midspan.http.sql import Sql
from midspan.http.sums import Sums
from midspan.http.tail import Tails
from midspan.http.threads import Threads
from midspan.http.trace_contents import TraceContents
from midspan.http.trace_trees import TraceTrees
from midspan.http.traces import Traces
from midspan.ingest.body import LogBody
from midspan.search.reading import ReadSpan

IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "header",
    Annotated[str, Meta(min_length=1, max_length=KEY_LENGTH_MAX)],
    "Makes the request safe to repeat for 24 hours: the same key with the same body gets the first answer again.",
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


EXAMPLE = {
    "model": "gpt-4o-mini",
    "input": [{"role": "user", "content": "What is a span?"}],
    "output": {"role": "assistant", "content": "One timed operation."},
    "prompt_tokens": 12,
    "completion_tokens": 5,
    "latency": 0.8,
    "customer_identifier": "user-42",
}


@dataclass(frozen=True, kw_only=True)
class Handlers:
    """The handlers of every route."""

    ingest: Ingest
    otlp: Otlp
    spans: Spans
    changes: Changes
    deletions: Deletions
    scores: Scores
    traces: Traces
    trace_trees: TraceTrees
    trace_contents: TraceContents
    threads: Threads
    sums: Sums
    measures: Measures
    customers: Customers
    sql: Sql
    fields: Fields
    exports: Exports
    tails: Tails
    imports: Imports
    accounts: Accounts
    demo: Demo


def operations(handlers: Handlers) -> list[Operation]:
    """Every operation, the busiest first."""
    return [
        *_creating(handlers.ingest),
        *_lists_of_rows(handlers.ingest),
        *otlp.operations(handlers.otlp),
        *spans.operations(handlers.spans),
        *changes.operations(handlers.changes),
        *deletions.operations(handlers.deletions),
        *scores.operations(handlers.scores),
        *traces.operations(handlers.traces),
        *trace_trees.operations(handlers.trace_trees),
        *trace_contents.operations(handlers.trace_contents),
        *threads.operations(handlers.threads),
        *export.operations(handlers.exports),
        *tail.operations(handlers.tails),
        *imports.operations(handlers.imports),
        *sums.operations(handlers.sums),
        *measures.operations(handlers.measures),
        *customers.operations(handlers.customers),
        *sql.operations(handlers.sql),
        *fields.operations(handlers.fields),
        *accounts.operations(handlers.accounts),
        *demo.operations(handlers.demo),
    ]


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
            help="Each row stands for itself: what can be repaired is repaired and noted in the span's `warnings` "
            "and the answer's; a row that cannot be is refused alone. 400 with the same body when no row was stored.",
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
