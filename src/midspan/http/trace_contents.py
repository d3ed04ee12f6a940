"""The routes of what spans of one trace were given and gave, whole: for who has its skeleton and reads on."""

from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest
from midspan.http import parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json as JsonAnswer
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.trace_trees import ORGANIZATION, TraceTrees
from midspan.http.traces import ID
from midspan.search import traces
from midspan.search.reading import Json
from midspan.store.store import Store

SPANS_MAX = 100
"""Spans that one request asks for."""
BYTES_MAX = 16 << 20
"""Length of inputs and outputs together after which further spans wait for another request."""


class SpanContent(msgspec.Struct):
    """What a span was given and gave, and whose it is."""

    id: str
    input: str | None
    output: str | None
    reasoning: Json
    tool_calls: Json
    completion_messages: Json
    customer_identifier: str | None
    thread_identifier: str | None
    session_identifier: str | None
    metadata: dict[str, str]


class ContentPage(msgspec.Struct):
    """Contents of spans, in the order asked for."""

    results: list[SpanContent]
    left: list[str]
    """Ids of those that would have made the answer too long: ask for them again."""


class _Row(msgspec.Struct):
    id: str
    input: str
    output: str
    reasoning: str
    tool_calls: str
    completion_messages: str
    customer_identifier: str
    thread_identifier: str
    session_identifier: str
    metadata: dict[str, str]


class _Size(msgspec.Struct):
    id: str
    bytes: int


_size = msgspec.json.Decoder(_Size)
_row = msgspec.json.Decoder(_Row)


@dataclass(frozen=True, kw_only=True)
class TraceContents:
    """The handlers of these routes, and what they need."""

    store: Store
    bodies: Bodies
    trees: TraceTrees

    async def list_contents(self, request: Request, principal: Principal) -> Response:
        """Contents of spans of a trace."""
        _body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        return await self._answer(principal, questions.path_id(request), given.get("ids", ""))

    async def list_public(self, request: Request, principal: Principal) -> Response:
        """Contents of spans of a shared trace, for whoever has the link."""
        trace = questions.path_id(request)
        owner = await self.trees.owner(request, principal, trace)
        return await self._answer(owner, trace, request.query_params.get("ids", ""))

    async def _answer(self, principal: Principal, trace: str, text: str) -> Response:
        asked = list(dict.fromkeys(filter(None, (one.strip() for one in text.split(",")))))
        if len(asked) > SPANS_MAX:
            raise BadRequest(f"ids takes the ids of at most {SPANS_MAX} spans, separated by commas; not {len(asked)}.")
        lines = await self.store.query(principal.tenant, *traces.content_sizes(trace, asked))
        sizes = {size.id: size.bytes for size in map(_size.decode, lines.splitlines())}
        there = [one for one in asked if one in sizes]
        total, now = 0, 0
        for one in there:
            total += sizes[one]
            if now and total > BYTES_MAX:
                break
            now += 1
        lines = await self.store.query(principal.tenant, *traces.contents(trace, there[:now])) if now else b""
        found = {row.id: _shown(row) for row in map(_row.decode, lines.splitlines())}
        page = ContentPage([found[one] for one in there[:now] if one in found], there[now:])
        return JsonAnswer(msgspec.json.encode(page))


def _shown(row: _Row) -> SpanContent:
    return SpanContent(
        id=row.id,
        input=row.input or None,
        output=row.output or None,
        reasoning=_json(row.reasoning),
        tool_calls=_json(row.tool_calls),
        completion_messages=_json(row.completion_messages),
        customer_identifier=row.customer_identifier or None,
        thread_identifier=row.thread_identifier or None,
        session_identifier=row.session_identifier or None,
        metadata={key: value for key, value in row.metadata.items() if not key.startswith("_")},
    )


def _json(text: str) -> msgspec.Raw | None:
    return msgspec.Raw(text.encode()) if text else None


IDS = Parameter("ids", "query", str, f"Ids of at most {SPANS_MAX} spans, separated by commas.", "0198f3c2,0198f3c3")
NAMES = frozenset(("ids", "id", *(parameter.name for parameter in parameters.ENVIRONMENTS)))
_HELP = (
    "Inputs and outputs at any length, what of an answer stands in fields of its own, customer, thread, session and "
    "metadata, in the order of `ids`; ids that are no span of the trace are left out. What would make the answer "
    f"longer than {BYTES_MAX >> 20} MB is in `left`. A tree with `skeleton=true` gives the ids."
)


def operations(handlers: TraceContents) -> list[Operation]:
    """The routes of what spans of one trace were given and gave."""
    answers = {200: Answer("The contents.", ContentPage)}
    return [
        Operation(
            method="GET",
            path="/api/traces/{id}/contents/",
            name="listTraceContents",
            handler=handlers.list_contents,
            right="read",
            tag="Traces",
            summary="Read contents of a trace",
            help=_HELP,
            parameters=(ID, IDS, *parameters.ENVIRONMENTS),
            answers=answers,
        ),
        Operation(
            method="GET",
            path="/api/{unique_organization_id}/traces/{id}/contents/",
            name="listPublicTraceContents",
            handler=handlers.list_public,
            right="",
            tag="Traces",
            summary="Read contents of a shared trace",
            help=f"Without a key, while the trace is shared; 404 for any other. {_HELP}",
            parameters=(ORGANIZATION, ID, IDS),
            answers=answers,
        ),
    ]
