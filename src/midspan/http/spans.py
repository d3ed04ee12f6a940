"""The reading routes of spans: parameters and filters in, spans out."""

import asyncio
import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, Span
from midspan.errors import BadRequest, NotFound
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.search import latest, queries, reading, scores, snippets
from midspan.search.chosen import Chosen
from midspan.search.fields import SPANS
from midspan.search.quantities import read_relative
from midspan.search.queries import SCORE_SORT, SORTS, Cursor, Page
from midspan.search.tree import Filter
from midspan.store.rows import from_lines
from midspan.store.store import Store

SORT_LENGTH_MAX = 300

NO_LOG = "Log not found"
"""What the routes that change a span say of one that is not there."""


class SpanPage(msgspec.Struct):
    """A page of spans."""

    count: int | None
    """All matches, not only this page's. Null with `count=false`."""
    next: str | None
    previous: str | None
    next_cursor: str | None
    current_filters: dict[str, Any]
    """The `filters` of the body, as they came."""
    results: list[reading.ReadSpan]
    """With `fields`, each holds these fields alone."""


class FilterBody(msgspec.Struct):
    """What a request filters by. All of it holds together."""

    filters: Annotated[
        dict[str, Any] | None, Meta(description="Field to condition, or to a list of them: the JSON filters.")
    ] = None
    operator: Annotated[str | None, Meta(description="`AND`, or `OR` where one of the filters is enough.")] = None
    query: Annotated[str | None, Meta(description="A filter in the query language.")] = None


EXAMPLE = {"filters": {"model": {"operator": "", "value": ["gpt-4o-mini"]}, "latency": {"operator": "gt", "value": 2}}}


class Place(msgspec.Struct):
    """Where a span lies, and how large the text of its metadata is, where that is asked."""

    id: str
    place: int
    """Its `key_time`, in microseconds."""
    trace_unique_id: str
    metadata_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Spans:
    """The handlers of the reading routes of spans, and what they need."""

    store: Store
    control: Control
    bodies: Bodies
    _key_names: dict[str, str] = field(default_factory=dict)

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One span, whole."""
        span_id = questions.path_id(request)
        questions.check_environment(request.query_params, principal)
        excluded = questions.read_names(request.query_params, "exclude_fields", reading.LARGE)
        found = await self.whole(principal, span_id.lower(), excluded)
        if found is None:
            raise NotFound("There is no such span.")
        return Json(found)

    async def whole(self, principal: Principal, span_id: str, excluded: Container[str] = ()) -> bytes | None:
        """The span in its read shape, as JSON, with its scores; None where it is not there."""
        lines, scored = await asyncio.gather(
            self.store.query(principal.tenant, *queries.one_span(span_id)),
            self.store.query(principal.tenant, *scores.scores_of([span_id])),
        )
        if not lines:
            return None
        (span,) = from_lines(lines)
        found = by_span(scored).get(span_id, reading.NO_SCORES)
        return reading.encode(span, self.names(span, principal), found, excluded)

    async def places(self, principal: Principal, ids: Sequence[str]) -> dict[str, Place]:
        """Where those of the spans lie that are there, by their ids."""
        ids = list(dict.fromkeys(span_id for span_id in ids if queries.is_id(span_id)))
        return read_places(await self.store.query(principal.tenant, *queries.places(ids))) if ids else {}

    async def list_spans(self, request: Request, principal: Principal) -> Response:
        """A page of spans."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        asked = await filters.asked(request, body, SPANS, NAMES)
        page = _page(given, time.time_ns() // 1000, asked)
        count, lines = await (self._found if page.is_counted else self._found_alone)(page, principal)
        results = await self._rows(page, lines, principal)
        is_last = count is not None and page.cursor is None and page.offset + page.size >= count
        more = len(results) == page.size and not is_last
        cursor = _next_cursor(page, lines) if more else None
        if page.cursor is None and count is not None:
            part = questions.Part(page.offset // page.size + 1, page.size)
            questions.check_part(part, count)
            following, previous = questions.links(request, part, count)
        else:
            following, previous = questions.page_url(request, cursor=cursor) if cursor else None, None
        answer = SpanPage(
            count=count,
            next=following,
            previous=previous,
            next_cursor=cursor,
            current_filters=body.get("filters") or {},
            results=results,
        )
        return Json(reading.encode_page(answer))

    async def _found_alone(self, page: Page, principal: Principal) -> tuple[None, bytes]:
        """The page's rows as the engine writes them."""
        if page.sort != latest.SORT:
            # What rows are sorted by is found while they are counted.
            return None, (await self._found(page, principal))[1]
        lines = b""
        for narrowed in queries.from_the_end(page, time.time_ns() // 1000):
            lines = await self.store.query(principal.tenant, *queries.list_spans(narrowed))
            if lines.count(b"\n") == page.size:
                break
        return None, lines

    async def _found(self, page: Page, principal: Principal) -> tuple[int, bytes]:
        """How many spans match, and the page's rows as the engine writes them."""
        tenant = principal.tenant
        counted = _counted.decode(await self.store.query(tenant, *queries.count_spans(page)))
        if not counted.count:
            return 0, b""
        lines = await self.store.query(tenant, *queries.list_spans(page, counted.last))
        wanted = page.size if page.cursor is not None else min(page.size, counted.count - page.offset)
        if counted.last is not None and lines.count(b"\n") < wanted:
            # Nothing is left, or rows went while it was asked, and others took their places.
            lines = await self.store.query(tenant, *queries.list_spans(page))
        return counted.count, lines

    async def _rows(self, page: Page, lines: bytes, principal: Principal) -> list[reading.ReadSpan]:
        """The rows of a page, with their scores, and with snippets where words were looked for."""
        spans = from_lines(lines)
        if not spans:
            return []
        scored: dict[str, reading.Scores] = {}
        if page.holds("scores"):
            scored = by_span(await self.store.query(principal.tenant, *scores.scores_of([span.id for span in spans])))
        wanted = page.snippets
        pieces: list[dict[str, str] | msgspec.UnsetType] = [msgspec.UNSET] * len(spans)
        if wanted:
            pieces = [snippets.read(line, wanted) for line in lines.splitlines()]
        rows = [
            reading.read(span, self.names(span, principal), page.include, scored.get(span.id, reading.NO_SCORES), piece)
            for span, piece in zip(spans, pieces, strict=True)
        ]
        return rows if page.chosen is None else [page.chosen.narrow(row) for row in rows]

    def names(self, span: Span, principal: Principal) -> reading.Names:
        """What the control data calls the span's organization and key."""
        key_id = span.organization_key_id
        if key_id and key_id == principal.key_id:
            return reading.Names(principal.organization_name, principal.key_name)
        if key_id and key_id not in self._key_names:
            self._key_names.update((key.id, key.name) for key in self.control.keys.entries(principal.organization_name))
        return reading.Names(principal.organization_name, self._key_names.get(key_id))


class _Counted(msgspec.Struct):
    count: int
    last: int | float | None


_counted = msgspec.json.Decoder(_Counted)


def read_places(lines: bytes) -> dict[str, Place]:
    """Id → place, in the order of the lines."""
    return {place.id: place for place in map(_place.decode, lines.splitlines())}


_place = msgspec.json.Decoder(Place)


def by_span(lines: bytes) -> dict[str, reading.Scores]:
    """Span's id → evaluator's id → score."""
    found: dict[str, reading.Scores] = {}
    for score in scores.from_lines(lines):
        found.setdefault(score.log_id, {})[score.evaluator_id] = scores.read(score)
    return found


def _page(asked: Mapping[str, str], now: int, tree: Filter) -> Page:
    """The page that the parameters ask for. Raises `BadRequest` with the parameter and the fix."""
    part = questions.read_part(asked)
    window = questions.read_window(asked, now)
    sort = _sort(asked)
    log_type = _log_type(asked)
    cursor = None
    if text := asked.get("cursor"):
        if "page" in asked:
            raise BadRequest("page and cursor exclude each other; send one of them.")
        cursor = Cursor.read(text, sort, queries.fingerprint(tree, log_type))
        since = asked.get("start_time")
        if cursor.start is not None and (not since or read_relative(since, now) is not None):
            window = window._replace(start=cursor.start)
    include = read_include(asked)
    chosen = Chosen.read(asked.get("fields", ""), include)
    return Page(
        start=window.start,
        end=window.end,
        sort=sort,
        size=part.size,
        offset=part.offset,
        cursor=cursor,
        log_type=log_type,
        is_counted=questions.is_counted(asked),
        include=include if chosen is None else chosen.names,
        chosen=chosen,
        filter=tree,
    )


def _sort(asked: Mapping[str, str]) -> str:
    sort = asked.get("sort_by", "")
    if sort.removeprefix("-").startswith(SCORE_SORT) and len(SCORE_SORT) < len(sort.removeprefix("-")):
        if len(sort) > SORT_LENGTH_MAX:
            raise BadRequest(f"sort_by has at most {SORT_LENGTH_MAX} characters.")
        return sort
    return questions.read_sort(asked, "-timestamp", (*SORTS, f"{SCORE_SORT}<evaluator>"))


def _log_type(parameters: Mapping[str, str]) -> str | None:
    text = parameters.get("log_type", "").lower()
    if not text:
        return None
    text = LOG_TYPE_ALIASES.get(text, text)
    if text not in LOG_TYPES:
        raise BadRequest(f"log_type is one of {', '.join(LOG_TYPES)}; not {text[:60]!r}.")
    return text


def read_include(parameters: Mapping[str, str]) -> frozenset[str]:
    """The fields in `include_fields`. Raises `BadRequest`."""
    return questions.read_names(parameters, "include_fields", reading.FIELDS, "a span")


class _SortValue(msgspec.Struct):
    id: str
    sort_value: str | int | float | None


def _next_cursor(page: Page, lines: bytes) -> str:
    last = msgspec.json.decode(lines.rstrip(b"\n").rpartition(b"\n")[2], type=_SortValue)
    return Cursor(
        page.sort, last.sort_value, last.id, queries.fingerprint(page.filter, page.log_type), page.start
    ).text()


SORT_BY = Parameter(
    "sort_by",
    "query",
    Annotated[str, Meta(pattern=f"^-?({'|'.join(SORTS)}|{SCORE_SORT}.+)$")],
    f"What to sort by: {', '.join(f'`{name}`' for name in SORTS)}, or `{SCORE_SORT}` and an evaluator's id or "
    "slug; `-` before it for descending. Spans without the number come below every number.",
    "-timestamp",
)
_OWN_PARAMETERS = (
    *parameters.PAGING,
    parameters.CURSOR,
    parameters.COUNT,
    SORT_BY,
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    Parameter("log_type", "query", str, "Only spans of this log type.", "chat"),
    Parameter(
        "include_fields",
        "query",
        str,
        "Comma-separated fields that a list leaves out unless asked: messages, tools, raw request and response, "
        "long inputs and outputs.",
        "prompt_messages,completion_message",
    ),
    Parameter(
        "fields",
        "query",
        str,
        "Comma-separated fields of a span that rows hold beside `id`, whole, and no others; a key of the metadata as "
        "`metadata.<key>`. The fewer, the quicker: only what they are made of is read.",
        "timestamp,model,cost,metadata.plan",
    ),
    Parameter("fetch_filters", "query", str, "Taken from older clients, and of no effect.", "false"),
)
LIST_PARAMETERS = (*_OWN_PARAMETERS, *filters.PARAMETERS)
NAMES = frozenset(parameter.name for parameter in _OWN_PARAMETERS)
"""Every other name in the address is a filter."""

SPAN_ID = Parameter(
    "id", "path", str, "The span's `id`. `_` takes it from `?id=` instead.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f"
)

EXCLUDE_FIELDS = Parameter(
    "exclude_fields",
    "query",
    str,
    "Comma-separated fields to leave null: messages, tools, input and output, raw request and response. For payloads "
    "of megabytes, which several fields hold.",
    "prompt_messages,messages,full_request,full_response",
)


def operations(spans: Spans) -> list[Operation]:
    """The reading routes of spans."""
    return [
        *(
            Operation(
                method=method,
                path=path,
                name=name,
                handler=spans.list_spans,
                right="read",
                tag="Reading",
                summary=summary,
                help="Spans of the key's environment in a window of time that match the filters, newest first. "
                "Whatever had a 2xx before this request is in the answer. Parameters may stand in a body as well; "
                "those in the address win.",
                bare=True,
                parameters=LIST_PARAMETERS,
                body=FilterBody if method == "POST" else None,
                body_required=False,
                body_example=EXAMPLE if method == "POST" else None,
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
            handler=spans.retrieve,
            right="read",
            tag="Reading",
            summary="Get a span",
            help="The whole span, with its scores, messages, tools and the raw request and response.",
            bare=True,
            parameters=(SPAN_ID, EXCLUDE_FIELDS, parameters.ENVIRONMENT),
            answers={200: Answer("The span.", reading.ReadSpan)},
        ),
    ]
