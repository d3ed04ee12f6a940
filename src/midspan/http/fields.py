"""What filters can name: the catalogue with its operators, real values for completion, and a filter in English."""

import asyncio
import time
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest, NotFound
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.search import bounds, facets
from midspan.search.catalogue import Catalogue, Field
from midspan.search.customers import CUSTOMERS
from midspan.search.explain import explain, warnings
from midspan.search.fields import SPANS
from midspan.search.json_written import write_filters
from midspan.search.operators import OPERATORS, Kind
from midspan.search.threads import THREADS
from midspan.search.traces import TRACES
from midspan.search.written import form, write_query
from midspan.store.store import Store

VALUES_LIMIT = 20
CATALOGUES = {"spans": SPANS, "traces": TRACES.catalogue, "threads": THREADS.catalogue, "customers": CUSTOMERS}
"""What is listed → what filters on it can name."""

WINDOW = 7 * 24 * questions.HOUR
"""How far back values are looked for unless a window is given, in microseconds."""


class FilterOperator(msgspec.Struct):
    """An operator of filters."""

    name: str
    """What JSON filters call it."""
    form: str
    """The shortest way to type it in the query language."""
    help: str
    takes: str
    """`none`, `one` or `many` values."""


class FilterField(msgspec.Struct):
    """A field that filters can name."""

    name: str
    """Of a family, with `<key>` in the place of the key."""
    kind: Kind
    group: str
    help: str
    unit: str
    aliases: tuple[str, ...]
    operators: tuple[str, ...]
    sort_by: str | None
    """The name to sort lists by it."""
    example: str
    values: str
    """`fixed` where it has only the `fixed` ones, `distinct` where `/api/fields/{name}/values/` lists real ones, or
    `none`.
    """
    fixed: tuple[str, ...]
    keys: tuple[str, ...] | None
    """Of a family: keys that the newest spans have, the most frequent first."""


class FilterBounds(msgspec.Struct):
    """How much one filter may ask."""

    query_characters: int = bounds.TEXT_MAX
    filters_bytes: int = bounds.JSON_BYTES_MAX
    depth: int = bounds.NESTING_MAX
    conditions: int = bounds.TESTS_MAX
    values: int = bounds.VALUES_MAX


class FieldsAnswer(msgspec.Struct):
    """Everything that filters can name."""

    fields: list[FilterField]
    operators: list[FilterOperator]
    bounds: FilterBounds


class ValueCount(msgspec.Struct):
    """A value, and how many spans of the window have it."""

    value: str
    count: int


class ValuesAnswer(msgspec.Struct):
    """Values of a field, the most frequent first."""

    field: str
    is_exact: bool
    """Every span of the window was counted, not only the newest of them."""
    values: list[ValueCount]


class ExplainBody(msgspec.Struct):
    """A filter, as lists take it."""

    filters: dict[str, Any] | None = None
    query: str | None = None
    operator: str = "AND"


class ExplainAnswer(msgspec.Struct):
    """A filter in English, and written anew in both languages."""

    explanation: str
    query: str
    filters: dict[str, Any]
    warnings: list[str]
    """What was probably not meant, a sentence each."""


class _Key(msgspec.Struct):
    key: str


_keys = msgspec.json.Decoder(_Key)
_values = msgspec.json.Decoder(ValueCount)

OPERATOR_LIST = [
    FilterOperator(operator.name, form(operator.name), operator.help, operator.arity) for operator in OPERATORS.values()
]


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The handlers of what filters can name, and what they need."""

    store: Store
    bodies: Bodies

    async def list_fields(self, request: Request, principal: Principal) -> Response:
        """The catalogue, with the keys that the newest spans have."""
        questions.check_environment(request.query_params, principal)
        catalogue = _catalogue(request.query_params.get("of", "spans"))
        heads = [field.name.partition(".")[0] for field in catalogue.fields if field.is_family]
        found = await asyncio.gather(*(self._keys(head, principal) for head in heads))
        keys = dict(zip(heads, found, strict=True))
        fields = [described(field, keys.get(field.name.partition(".")[0])) for field in catalogue.fields]
        return Json(msgspec.json.encode(FieldsAnswer(fields, OPERATOR_LIST, FilterBounds())))

    async def _keys(self, family: str, principal: Principal) -> tuple[str, ...]:
        query = facets.keys_of(family)
        if query is None:
            return ()
        lines = await self.store.query(principal.tenant, *query)
        return tuple(row.key for row in _keys.decode_lines(lines))

    async def list_values(self, request: Request, principal: Principal) -> Response:
        """The most frequent values of a field."""
        given = request.query_params
        questions.check_environment(given, principal)
        name = questions.path_id(request, "name")
        if not name:
            raise BadRequest("Name the field: /api/fields/_/values/?name=model.")
        if not SPANS.knows(name):
            raise NotFound(f"There is no field {name[:60]!r}. GET /api/fields/ lists them.")
        field = SPANS.find(name)
        window = questions.read_window(given, time.time_ns() // 1000, WINDOW)
        limit = questions.read_whole(given, "limit", VALUES_LIMIT, facets.LIMIT_MAX)
        prefix = given.get("prefix", "")
        query = facets.values_of(field, start=window.start, end=window.end, prefix=prefix, limit=limit)
        found = _values.decode_lines(await self.store.query(principal.tenant, *query))
        seen = {row.value for row in found}
        begins = prefix.lower()
        found += [
            ValueCount(value, 0)
            for value in facets.fixed_values(field)
            if value not in seen and value.startswith(begins)
        ]
        return Json(msgspec.json.encode(ValuesAnswer(field.name, facets.is_exact(field), found[:limit])))

    async def explain(self, request: Request, principal: Principal) -> Response:
        """What a filter means."""
        questions.check_environment(request.query_params, principal)
        body = await questions.read_object(self.bodies, request)
        catalogue = _catalogue(request.query_params.get("of", "spans"))
        tree = await filters.asked(request, body, catalogue, reserved={"of"})
        answer = {
            "explanation": explain(tree, catalogue),
            "query": write_query(tree, catalogue),
            "filters": write_filters(tree, catalogue),
            "warnings": warnings(tree, catalogue),
        }
        return Json(msgspec.json.encode(answer))


def _catalogue(of: str) -> Catalogue:
    if of not in CATALOGUES:
        raise BadRequest(f"of is one of {', '.join(CATALOGUES)}; not {of[:60]!r}.")
    return CATALOGUES[of]


def described(field: Field, keys: tuple[str, ...] | None) -> FilterField:
    """A field of the catalogue as clients read it."""
    return FilterField(
        name=field.name,
        kind=field.kind,
        group=field.group,
        help=field.help,
        unit=field.unit,
        aliases=field.aliases,
        operators=field.operators,
        sort_by=field.sort or None,
        example=field.example,
        values=_values_of(field),
        fixed=tuple(facets.fixed_values(field)),
        keys=keys if field.is_family else None,
    )


def _values_of(field: Field) -> str:
    if field.kind == "boolean":
        return "fixed"
    # Real values are those of spans.
    return "none" if field.values == "distinct" and not SPANS.knows(field.name) else field.values


OF = Parameter("of", "query", str, f"What is filtered: {', '.join(CATALOGUES)}; spans by default.", "traces")
VALUES_PARAMETERS = (
    Parameter("name", "path", str, "A field, with its key where it has one.", "model"),
    Parameter("name", "query", str, "The field, where the path has `_`.", "metadata.region"),
    Parameter("prefix", "query", str, "What values begin with, in any case of letters.", "gpt"),
    Parameter(
        "limit",
        "query",
        Annotated[int, Meta(ge=1, le=facets.LIMIT_MAX)],
        f"How many; {VALUES_LIMIT} by default.",
        VALUES_LIMIT,
    ),
    Parameter(
        "start_time",
        "query",
        str,
        "Earliest `timestamp`, inclusive. A week before `end_time` (or now) by default.",
        "2026-01-31T00:00:00Z",
    ),
    parameters.WINDOW[1],
    *parameters.ENVIRONMENTS,
)


def operations(fields: Fields) -> list[Operation]:
    """The routes of what filters can name."""
    return [
        Operation(
            method="GET",
            path="/api/fields/",
            name="listFields",
            handler=fields.list_fields,
            right="read",
            tag="Filters",
            summary="List fields",
            help="Every field that filters on spans, or on traces, threads or customers, can name, with its operators; "
            f"and of metadata, properties and scores the keys that the newest {facets.NEWEST:,} spans have.",
            parameters=(OF, *parameters.ENVIRONMENTS),
            answers={200: Answer("The catalogue.", FieldsAnswer)},
        ),
        Operation(
            method="GET",
            path="/api/fields/{name}/values/",
            name="listFieldValues",
            handler=fields.list_values,
            right="read",
            tag="Filters",
            summary="List values of a field",
            help="Real values of a field in a window of time, the most frequent first. `_` in the place of the name "
            f"takes it from the query string. Values under keys are those of the newest {facets.SAMPLE:,} spans in it.",
            parameters=VALUES_PARAMETERS,
            answers={200: Answer("The values.", ValuesAnswer)},
        ),
        Operation(
            method="POST",
            path="/api/request-logs/explain/",
            name="explainFilter",
            handler=fields.explain,
            right="read",
            tag="Filters",
            summary="Explain a filter",
            help="Says in English what a filter means, and writes it anew in both languages. It takes what lists take; "
            "with `of` what the lists of traces, threads or customers take.",
            bare=True,
            parameters=(OF, *filters.PARAMETERS, *parameters.ENVIRONMENTS),
            body=ExplainBody,
            body_required=False,
            body_example={"query": "model:gpt-* latency:>2 -status:failed"},
            answers={200: Answer("The explanation.", ExplainAnswer)},
        ),
    ]
