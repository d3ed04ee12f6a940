"""The routes of one trace: the trace with its tree of spans, with a key or by its public link, and sharing it."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.errors import Invalid, NotFound
from midspan.http import parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import JSON, Json
from midspan.http.limits import Limits
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.traces import ID, Traces
from midspan.search import reading, span_tree, traces
from midspan.search.span_tree import Shown, TreeNode, TreeRow
from midspan.search.traces import Payload, ReadTrace, Trace
from midspan.store.store import Store

SPANS_MAX = 50_000
"""Spans that a tree shows; of a longer trace the first ones, and `is_cut` says so."""
WHOLE_BYTES = 1 << 20
"""Inputs and outputs of a trace that are shown whole without being asked for."""
ASKED_BYTES = 32 << 20
"""The same when `include_fields` asks for them."""
WHOLE_SPANS = 5_000
"""Spans up to which inputs and outputs are measured at all; of more, previews are shown."""
STREAMED_SPANS = 500
"""Spans from which on an answer is sent in pieces."""
PUBLIC_REQUESTS = 20.0
"""Requests a second that an organization's public links answer."""
ID_LENGTH_MAX = 2000

_row = msgspec.json.Decoder(TreeRow)


class TraceTree(ReadTrace):
    """A trace with the tree of its spans."""

    is_cut: bool
    """The trace has more spans than a tree shows; the list of spans, filtered by its id, has them all."""
    span_tree: list[TreeNode]
    """What has no parent; the others are below, in `children`."""


class ShareBody(msgspec.Struct):
    """Whether anybody who has the link may read the trace."""

    is_public: bool


class Shared(msgspec.Struct):
    """The sharing record of a trace."""

    id: str
    trace_unique_id: str
    is_public: bool
    public_url: str | None
    """The link that needs no key; null while the trace is not shared."""


class _Payload(msgspec.Struct):
    id: str
    input: str
    output: str


_payload = msgspec.json.Decoder(_Payload)


@dataclass(frozen=True, kw_only=True)
class TraceTrees:
    """The handlers of these routes, and what they need."""

    store: Store
    control: Control
    bodies: Bodies
    limits: Limits
    traces: Traces

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One trace with its spans."""
        body = await questions.read_object(self.bodies, request)
        given = questions.read_parameters(request, body, NAMES)
        questions.check_environment(given, principal)
        for name in ("timestamp", "start_time", "end_time"):
            questions.read_time(given, name)
        return await self._answer(principal, questions.path_id(request), given, is_public=False)

    async def retrieve_public(self, request: Request, principal: Principal) -> Response:
        """One shared trace, for whoever has the link. `principal` is nobody; the share says whose trace it is."""
        organization, trace = request.path_params["unique_organization_id"], questions.path_id(request)
        owner = msgspec.structs.replace(
            principal, key_id=f"public {organization[:32]}", requests_per_second=PUBLIC_REQUESTS
        )
        self.limits.take(owner, requests=1)
        share = await asyncio.to_thread(self.control.shares.find, organization, trace)
        if share is None:
            raise not_found()
        owner = msgspec.structs.replace(owner, organization_id=share.organization_id, environment=share.environment)
        return await self._answer(owner, trace, request.query_params, is_public=True)

    async def share(self, request: Request, principal: Principal) -> Response:
        """Share a trace, or end that; whether there is such a trace is not asked."""
        trace = questions.path_id(request)
        body = await questions.read_object(self.bodies, request)
        questions.check_environment(request.query_params, principal)
        is_public = body.get("is_public")
        if not isinstance(is_public, bool):
            raise Invalid("is_public is true or false.", errors={"is_public": ["is true or false"]})
        if not 0 < len(trace) <= ID_LENGTH_MAX:
            raise Invalid(f"The id of a trace has 1 to {ID_LENGTH_MAX} characters.", errors={"id": ["length"]})
        shares = self.control.shares
        if is_public:
            await asyncio.to_thread(shares.share, principal.tenant, trace)
        else:
            await asyncio.to_thread(shares.withdraw, principal.tenant, [trace])
        url = public_url(request, principal.organization_id, trace) if is_public else None
        return Json(msgspec.json.encode(Shared(trace, trace, is_public, url)))

    async def _answer(self, principal: Principal, trace: str, given: Mapping[str, str], *, is_public: bool) -> Response:
        skeleton = given.get("skeleton", "").lower() in ("true", "1")
        found = await self.traces.read(principal, [trace])
        if not found:
            raise not_found()
        sizes = not skeleton and found[0].span_count <= WHOLE_SPANS
        columns = span_tree.columns(skeleton=skeleton, sizes=sizes)
        lines = await self.store.query(principal.tenant, *traces.tree_spans(trace, columns, SPANS_MAX))
        spans = [_row.decode(line) for line in lines.splitlines()]
        payloads = await self._payloads(principal, trace, spans, given) if sizes else None
        root = _root(found[0], spans, payloads)
        if root is None:
            root = (await self.traces.payloads(principal, found, reading.INLINE_BYTES)).get(found[0].root_id)
        names = reading.Names(None if is_public else principal.organization_name)
        head = traces.read(found[0], root, names, principal.environment, principal.organization_id)
        shown = Shown(trace, principal.organization_id, principal.environment, skeleton, is_public, payloads)
        pieces = _pieces(head, spans, shown, is_cut=found[0].span_count > len(spans))
        if len(spans) < STREAMED_SPANS:
            return Json(b"".join(pieces))
        return StreamingResponse(_in_turn(pieces), media_type=JSON)

    async def _payloads(
        self, principal: Principal, trace: str, spans: list[TreeRow], given: Mapping[str, str]
    ) -> dict[str, tuple[str, str]] | None:
        """Every input and output where they are few enough, None where previews have to do."""
        asked = {name.strip() for name in given.get("include_fields", "").split(",")}
        most = ASKED_BYTES if asked & {"input", "output"} else WHOLE_BYTES
        if sum(span.input_bytes + span.output_bytes for span in spans) > most:
            return None
        lines = await self.store.query(principal.tenant, *traces.tree_payloads(trace))
        found = map(_payload.decode, lines.splitlines())
        return {payload.id: (payload.input, payload.output) for payload in found}


def not_found() -> NotFound:
    """The answer for a trace that is not there, not this key's, or not shared: never told apart."""
    fault = NotFound("There is no such trace.")
    fault.error = "Trace not found"
    return fault


def public_url(request: Request, organization: str, trace: str) -> str:
    """The absolute address of a shared trace."""
    # A slash or a dot as the whole id would lead elsewhere.
    is_plain = "/" not in trace and trace not in ("_", ".", "..")
    path = f"/api/{organization}/traces/{quote(trace, safe='')}/" if is_plain else f"/api/{organization}/traces/_/"
    return str(request.url.replace(path=path, query="" if is_plain else f"id={quote(trace, safe='')}"))


def _root(trace: Trace, spans: list[TreeRow], payloads: dict[str, tuple[str, str]] | None) -> Payload | None:
    """What the root was given and gave, where it is known already."""
    span = next((span for span in spans if span.id == trace.root_id), None)
    if span is None or payloads is None or span.id not in payloads:
        return None
    return Payload(span.id, *payloads[span.id], span.input_preview, span.output_preview, span.status)


def _pieces(head: ReadTrace, spans: list[TreeRow], shown: Shown, *, is_cut: bool) -> Iterator[bytes]:
    yield reading.encode_page(head)[:-1] + b',"is_cut":' + (b"true" if is_cut else b"false") + b',"span_tree":'
    yield from span_tree.pieces(spans, shown)
    yield b"}"


async def _in_turn(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made one at a time, others being answered between them."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


TREE = (
    Parameter(
        "skeleton",
        "query",
        str,
        "`true`: ids, parents, names, times, status, type, model, tokens and cost of each span, and nothing longer.",
        "true",
    ),
    Parameter(
        "include_fields",
        "query",
        str,
        f"`input,output`: whole payloads up to {ASKED_BYTES >> 20} MB together instead of {WHOLE_BYTES >> 20} MB, of "
        f"at most {WHOLE_SPANS:,} spans.",
        "input,output",
    ),
)
HINTS = tuple(
    Parameter(name, "query", str, "Taken and not needed: a trace is found by its id, and is always whole.")
    for name in ("timestamp", "start_time", "end_time")
)
NAMES = frozenset(parameter.name for parameter in (*TREE, *HINTS, *parameters.ENVIRONMENTS))
ORGANIZATION = Parameter(
    "unique_organization_id", "path", str, "The organization's id.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f"
)
_HELP = (
    "The trace's sums, and every span once, children under their parents by when they began. A span whose parent never "
    "came stands at the top (`is_orphan`), and so does the first span of a circle of parents (`is_cycle`). Inputs and "
    "outputs are whole where all of them together are short and the spans few, else previews (`is_truncated`). Below "
    f"level {span_tree.LEVELS_MAX} of `children` deeper spans stand beside each other; `depth` and `span_parent_id` "
    f"tell where they belong. Of more than {SPANS_MAX:,} spans the first are shown (`is_cut`)."
)


def operations(handlers: TraceTrees) -> list[Operation]:
    """The routes of one trace."""
    return [
        *(
            Operation(
                method=method,
                path="/api/traces/{id}/",
                name=name,
                handler=handlers.retrieve,
                right="read",
                tag="Traces",
                summary=summary,
                help=_HELP,
                parameters=(ID, *TREE, *HINTS, *parameters.ENVIRONMENTS),
                answers={200: Answer("The trace with its spans.", TraceTree)},
            )
            for method, name, summary in (
                ("GET", "retrieveTrace", "Get a trace"),
                ("POST", "retrieveTraceByPost", "Get a trace by POST"),
            )
        ),
        Operation(
            method="PATCH",
            path="/api/traces/{id}/",
            name="shareTrace",
            handler=handlers.share,
            right="ingest",
            tag="Traces",
            summary="Share a trace",
            help="Makes the public link of a trace, or with `false` ends it at once. 200 whether or not the trace is "
            "there already. Deleting the trace ends it, too.",
            parameters=(ID, parameters.ENVIRONMENT),
            body=ShareBody,
            body_example={"is_public": True},
            answers={200: Answer("The sharing record.", Shared)},
        ),
        Operation(
            method="GET",
            path="/api/{unique_organization_id}/traces/{id}/",
            name="retrievePublicTrace",
            handler=handlers.retrieve_public,
            right="",
            tag="Traces",
            summary="Get a shared trace",
            help="Without a key: a shared trace as its owner reads it, but for the names of the organization "
            "and its keys. 404 for any other.",
            parameters=(ORGANIZATION, ID, *TREE),
            answers={200: Answer("The trace with its spans.", TraceTree)},
        ),
    ]
