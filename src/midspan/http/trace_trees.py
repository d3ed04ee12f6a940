"""The routes of one trace: the trace with its tree of spans, with a key or by its public link, and sharing it."""

import asyncio
import zlib
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
GZIP_LEVEL = 1
"""Of 12 MB it leaves a fifth in less time than a gigabit takes for all of it."""
GZIP_WINDOW = 31
"""zlib's number for its largest window within gzip."""


class TraceTree(ReadTrace):
    """A trace with the tree of its spans."""

    is_cut: bool
    """The trace has more spans than a tree shows; the list of spans, filtered by its id, has them all."""
    is_public: bool
    """Anybody who has the link may read it."""
    page_url: str | None
    """The page that shows it to people without a key; null while the trace is not shared."""
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
    """The API's address of the trace that needs no key; null while it is not shared."""
    page_url: str | None
    """The page that shows it to people without a key; null while it is not shared."""


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
    public_url: str
    """The setting: where people reach the server, "" where it is not said."""

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One trace with its spans."""
        _body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        for name in ("timestamp", "start_time", "end_time"):
            questions.read_time(given, name)
        trace = questions.path_id(request)
        is_public = await asyncio.to_thread(self.control.shares.has, principal.tenant, trace)
        page = page_url(self._base(request), principal.organization_id, trace) if is_public else None
        return await self._answer(request, principal, trace, given, page)

    async def retrieve_public(self, request: Request, principal: Principal) -> Response:
        """One shared trace, for whoever has the link. `principal` is nobody; the share says whose trace it is."""
        trace = questions.path_id(request)
        owner = await self.owner(request, principal, trace)
        page = page_url(self._base(request), owner.organization_id, trace)
        return await self._answer(request, owner, trace, request.query_params, page)

    async def owner(self, request: Request, nobody: Principal, trace: str) -> Principal:
        """Who shared the trace of a public address, limited as its visitors are. 404 where nobody has."""
        organization = request.path_params["unique_organization_id"]
        owner = msgspec.structs.replace(
            nobody, key_id=f"public {organization[:32]}", requests_per_second=PUBLIC_REQUESTS
        )
        self.limits.take(owner, requests=1)
        share = await asyncio.to_thread(self.control.shares.find, organization, trace)
        if share is None:
            raise not_found()
        return msgspec.structs.replace(owner, organization_id=share.organization_id, environment=share.environment)

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
        base, organization = self._base(request), principal.organization_id
        url = public_url(base, organization, trace) if is_public else None
        page = page_url(base, organization, trace) if is_public else None
        return Json(msgspec.json.encode(Shared(trace, trace, is_public, url, page)))

    def _base(self, request: Request) -> str:
        return self.public_url.rstrip("/") or str(request.url.replace(path="", query=""))

    async def _answer(
        self, request: Request, principal: Principal, trace: str, given: Mapping[str, str], page: str | None
    ) -> Response:
        is_public = "unique_organization_id" in request.path_params
        skeleton = given.get("skeleton", "").lower() in ("true", "1")
        payloads = None
        if skeleton:
            # Neither needs the other, and each takes a while for a large trace.
            (found, root), spans = await asyncio.gather(
                self._head(principal, trace), self._spans(principal, trace, skeleton=True, sizes=False)
            )
        else:
            found = await self._found(principal, trace)
            sizes = found.span_count <= WHOLE_SPANS
            spans = await self._spans(principal, trace, skeleton=False, sizes=sizes)
            payloads = await self._payloads(principal, trace, spans, given) if sizes else None
            root = _root(found, spans, payloads) or await self._root_payload(principal, found)
        names = reading.Names(None if is_public else principal.organization_name)
        head = traces.read(found, root, names, principal.environment, principal.organization_id)
        shown = Shown(trace, principal.organization_id, principal.environment, skeleton, is_public, payloads)
        more = {"is_cut": found.span_count > len(spans), "is_public": page is not None, "page_url": page}
        pieces = _pieces(head, more, spans, shown)
        if len(spans) < STREAMED_SPANS:
            return Json(b"".join(pieces))
        headers = {"Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            pieces, headers = _compressed(pieces), headers | {"Content-Encoding": "gzip"}
        return StreamingResponse(_in_turn(pieces), headers=headers, media_type=JSON)

    async def _found(self, principal: Principal, trace: str) -> Trace:
        found = await self.traces.read(principal, [trace])
        if not found:
            raise not_found()
        return found[0]

    async def _head(self, principal: Principal, trace: str) -> tuple[Trace, Payload | None]:
        found = await self._found(principal, trace)
        return found, await self._root_payload(principal, found)

    async def _root_payload(self, principal: Principal, trace: Trace) -> Payload | None:
        return (await self.traces.payloads(principal, [trace], reading.INLINE_BYTES)).get(trace.root_id)

    async def _spans(self, principal: Principal, trace: str, *, skeleton: bool, sizes: bool) -> list[TreeRow]:
        columns = span_tree.columns(skeleton=skeleton, sizes=sizes)
        return _row.decode_lines(
            await self.store.query(principal.tenant, *traces.tree_spans(trace, columns, SPANS_MAX), form=span_tree.FORM)
        )

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


def public_url(base: str, organization: str, trace: str) -> str:
    """Where the API shows a shared trace; `base` is where the server is reached."""
    place, query = _placed(trace)
    return f"{base}/api/{organization}/traces/{place}/{query}"


def page_url(base: str, organization: str, trace: str) -> str:
    """The page that shows a shared trace to people."""
    place, query = _placed(trace)
    return f"{base}/shared/{organization}/{place}{query}"


def _placed(trace: str) -> tuple[str, str]:
    """An id as a part of a path, and the query string that it needs beside it."""
    # A slash or a dot as the whole id would lead elsewhere.
    if "/" in trace or trace in ("_", ".", ".."):
        return "_", f"?id={quote(trace, safe='')}"
    return quote(trace, safe=""), ""


def _root(trace: Trace, spans: list[TreeRow], payloads: dict[str, tuple[str, str]] | None) -> Payload | None:
    """What the root was given and gave, where it is known already."""
    span = next((span for span in spans if span.id == trace.root_id), None)
    if span is None or payloads is None or span.id not in payloads:
        return None
    return Payload(span.id, *payloads[span.id], span.input_preview, span.output_preview, span.status)


def _pieces(head: ReadTrace, more: Mapping[str, object], spans: list[TreeRow], shown: Shown) -> Iterator[bytes]:
    yield reading.encode_page(head)[:-1] + b"," + msgspec.json.encode(more)[1:-1] + b',"span_tree":'
    yield from span_tree.pieces(spans, shown)
    yield b"}"


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same, as gzip, a piece as soon as there is enough for one."""
    gzip = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WINDOW)
    for piece in pieces:
        yield gzip.compress(piece)
    yield gzip.flush()


async def _in_turn(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces made one at a time, others being answered between them."""
    for piece in pieces:
        if piece:
            yield piece
        await asyncio.sleep(0)


TREE = (
    Parameter(
        "skeleton",
        "query",
        str,
        "`true`: ids, parents, names, times, status, type, model, tokens and cost of each span, and nothing longer; "
        "what has no value is left out.",
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
