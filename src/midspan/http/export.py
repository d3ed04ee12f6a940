"""The export: every span that a filter selects, as a stream of JSON Lines, CSV or Parquet."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Unavailable
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.spans import Spans, by_span
from midspan.http.streams import Stream, Streams
from midspan.search import export, reading, scores
from midspan.search.export import BEGINNING, Part, Place, Scope
from midspan.search.exported import Choice, to_row
from midspan.search.formats import Csv, JsonLines, Parquet, Writer
from midspan.store.rows import from_lines
from midspan.store.store import Store

FORMATS = ("jsonl", "csv", "parquet")
PATIENCE_SECONDS = 60
"""How long a page is waited for that cannot be read now, before the answer is cut."""

OWN = frozenset({"format", "fields", "limit", "inert"})
"""Parameters of this route that are no filters."""
NAMES = OWN | filters.RESERVED - {"filters", "operator"}

_place = msgspec.json.Decoder(Place)


@dataclass
class Asked:
    """One export that was asked for."""

    principal: Principal
    scope: Scope
    writer: Writer
    after: Place
    left: int | None
    """Rows still to send; None for all."""


@dataclass(frozen=True, kw_only=True)
class Exports:
    """The handler of the export, and what it needs."""

    store: Store
    spans: Spans
    bodies: Bodies
    streams: Streams
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One page of one export at a time: lists and sums keep the engine's other readers."""

    async def export(self, request: Request, principal: Principal) -> Response:
        """The stream. The first page is read before it begins, so that a bad question is refused in the usual shape."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        form = given.get("format") or "jsonl"
        if form not in FORMATS:
            raise BadRequest(f"format is one of {', '.join(FORMATS)}; not {form[:60]!r}.")
        name = "fields" if given.get("fields") else "include_fields"
        window = questions.read_bounds(given)
        scope = Scope(
            start=window[0],
            end=window[1],
            filter=await filters.asked(request, body, reserved=OWN),
            choice=Choice.read(given.get(name, ""), name),
        )
        asked = Asked(
            principal=principal,
            scope=scope,
            writer=await asyncio.to_thread(_writer, form, scope.choice, given),
            after=await self._after(principal, given.get("cursor", "")),
            left=questions.read_whole(given, "limit", 0, 1 << 53) or None,
        )
        part = await self._part(asked)
        first = await self._page(asked, part)
        headers = {
            "Content-Type": asked.writer.media_type,
            "Content-Disposition": f'attachment; filename="spans.{form}"',
            "X-Accel-Buffering": "no",
        }
        return Stream(self._pieces(asked, part, first), self.streams, headers)

    async def _after(self, principal: Principal, cursor: str) -> Place:
        if not cursor:
            return BEGINNING
        (line,) = (await self.store.query(principal.tenant, *export.place_of(cursor.lower()))).splitlines()
        place = _place.decode(line)
        if not place.size:
            raise BadRequest("cursor is the id of the last span that you have, and there is no such span.")
        return place

    async def _pieces(self, asked: Asked, part: Part, page: bytes) -> AsyncGenerator[bytes, None]:
        yield asked.writer.begin() + page
        while part.more and asked.left != 0:
            part, page = await self._patiently(asked)
            yield page
        yield await asyncio.to_thread(asked.writer.end)

    async def _part(self, asked: Asked) -> Part:
        async with self._turn:
            lines = await self.store.query(asked.principal.tenant, *export.places(asked.scope, asked.after))
        found = [_place.decode(line) for line in lines.splitlines()]
        part = export.part(found)
        if asked.left is not None and len(part.places) >= asked.left:
            return Part(part.places[: asked.left], False)
        return part

    async def _patiently(self, asked: Asked) -> tuple[Part, bytes]:
        """The next part and its page; where the store cannot answer now, later."""
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                part = await self._part(asked)
                return part, await self._page(asked, part)
            except Unavailable as fault:
                if asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(fault.retry_after or 1)

    async def _page(self, asked: Asked, part: Part) -> bytes:
        if not part.places:
            return b""
        async with self._turn:
            lines = await self.store.query(asked.principal.tenant, *export.page(asked.scope, part.places))
            scored = b""
            if "scores" in asked.scope.choice.fields:
                ids = [place.id for place in part.places]
                scored = await self.store.query(asked.principal.tenant, *scores.scores_of(ids))
        asked.after = part.places[-1]
        if asked.left is not None:
            asked.left -= len(part.places)
        return await asyncio.to_thread(self._written, asked, lines, scored)

    def _written(self, asked: Asked, lines: bytes, scored: bytes) -> bytes:
        found = by_span(scored)
        choice, principal = asked.scope.choice, asked.principal
        rows = [
            to_row(span, choice, self.spans.names(span, principal), found.get(span.id, reading.NO_SCORES))
            for span in from_lines(lines)
        ]
        return asked.writer.page(rows) if rows else b""


def _writer(form: str, choice: Choice, given: Mapping[str, str]) -> Writer:
    if form == "csv":
        inert = given.get("inert", "").lower() in ("true", "1")
        return Csv(choice, header=not given.get("cursor"), inert=inert)
    return Parquet(choice) if form == "parquet" else JsonLines()


PARAMETERS = (
    Parameter("format", "query", Literal[FORMATS], "`jsonl` by default.", "jsonl"),
    Parameter(
        "fields",
        "query",
        str,
        "Comma-separated fields of a span, in order; also as `include_fields`. Every stored field by default, "
        "with whole payloads.",
        "id,timestamp,model,cost",
    ),
    Parameter(
        "start_time", "query", str, "Earliest `timestamp`, inclusive. No bound by default.", "2026-01-31T00:00:00Z"
    ),
    parameters.WINDOW[1],
    Parameter(
        "cursor",
        "query",
        str,
        "Go on after this span: the `id` of the last row that you have. CSV comes without its line of names then.",
    ),
    Parameter("limit", "query", Annotated[int, Meta(ge=1)], "Rows at most; all by default.", 1000),
    Parameter(
        "inert",
        "query",
        bool,
        "CSV only: put a `'` before texts that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`).",
    ),
    *filters.PARAMETERS,
    *parameters.ENVIRONMENTS,
)


class ExportBody(msgspec.Struct):
    """The body of an export by POST; every parameter may stand in it, too."""

    filters: dict[str, Any] | None = None


def operations(exports: Exports) -> list[Operation]:
    """The export, by GET and by POST."""
    return [
        Operation(
            method=method,
            path="/api/request-logs/export/",
            name=name,
            handler=exports.export,
            right="read",
            tag="Export and follow",
            summary=summary,
            help="Streams every span that the filter selects, its newest version once, in a steady order and in "
            "bounded memory. An answer that fails on the way ends without its last chunk: go on with `cursor`.",
            bare=True,
            parameters=PARAMETERS,
            body=ExportBody if method == "POST" else None,
            body_required=False,
            answers={
                200: Answer(
                    "The rows, as a file.",
                    media=(JsonLines.media_type, "text/csv", Parquet.media_type),
                )
            },
        )
        for method, name, summary in (
            ("GET", "exportSpans", "Export spans"),
            ("POST", "exportSpansByPost", "Export spans by POST"),
        )
    ]
