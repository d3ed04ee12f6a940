"""SQL of users: one SELECT on one's own spans, and the tables it may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest
from midspan.http import questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.fields import CATALOGUES
from midspan.http.glossary import meaning
from midspan.http.operation import Answer, Operation
from midspan.search.bounds import SQL_MAX
from midspan.search.functions import LISTED
from midspan.search.views import VIEWS
from midspan.store.engine import GUARDED_RESULT_BYTES
from midspan.store.store import Store

if TYPE_CHECKING:
    from midspan.search.statement import Statement

ROWS = 10_000
ROWS_MAX = 1_000_000

FORMATS = {
    "json": ("JSONCompact", "application/json"),
    "jsonl": ("JSONEachRow", "application/x-ndjson"),
    "csv": ("CSVWithNames", "text/csv; charset=utf-8; header=present"),
    "arrow": ("ArrowStream", "application/vnd.apache.arrow.stream"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}
"""What `format` may say → the engine's name for it, and the content type."""

EXAMPLE = {
    "query": "SELECT model, count() AS calls, sum(cost) AS cost FROM spans "
    "WHERE timestamp > now() - INTERVAL 7 DAY AND customer_identifier = {customer:String} "
    "GROUP BY model ORDER BY cost DESC",
    "parameters": {"customer": "user-42"},
}


class SqlBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question in SQL."""

    query: Annotated[str, Meta(min_length=1, max_length=SQL_MAX)]
    """One SELECT. The tables are those of `/api/sql/schema/`."""
    parameters: dict[str, str | int | float] = {}
    """Values for the `{name:Type}` in the query."""
    format: Literal["json", "jsonl", "csv", "arrow", "parquet"] = "json"
    limit: Annotated[int, Meta(ge=1, le=ROWS_MAX)] = ROWS
    """The most rows to answer with."""


class Column(msgspec.Struct):
    """A column of an answer. `type` is ClickHouse's name for it."""

    name: str
    type: str


class SqlAnswer(msgspec.Struct):
    """What a query found."""

    columns: list[Column]
    rows: Annotated[list[msgspec.Raw], Meta(extra={"json": list[list[Any]]})]
    """Each a list of values, in the order of the columns."""
    row_count: int
    is_truncated: bool
    """There are more rows than `limit` let through."""


class TableColumn(Column):
    """A column of a table."""

    help: str
    """What is in it; empty where its name says so."""


class Table(msgspec.Struct):
    """A table that SQL may name."""

    name: str
    help: str
    columns: list[TableColumn]


class SqlLimits(msgspec.Struct):
    """What ends a query, or its answer."""

    seconds: float
    """The setting `query_seconds_max`."""
    result_bytes: int
    rows: int
    """The most that `limit` takes."""
    query_characters: int


class Schema(msgspec.Struct):
    """What SQL may name, and how much it may ask for."""

    tables: list[Table]
    functions: dict[str, tuple[str, ...]]
    limits: SqlLimits


class _Found(msgspec.Struct):
    meta: list[Column]
    data: list[msgspec.Raw]


_body = msgspec.json.Decoder(SqlBody)
_found = msgspec.json.Decoder(_Found)


def _read_statement(text: str, parameters: Mapping[str, Any], limit: int) -> "Statement":
    # The parser takes longer to load than anything else here but the engine, and no start is to wait for it.
    from midspan.search.statement import read_statement  # noqa: PLC0415

    return read_statement(text, parameters, limit)


@dataclass(frozen=True, kw_only=True)
class Sql:
    """The handlers of SQL, and what they need."""

    store: Store
    bodies: Bodies

    async def query(self, request: Request, principal: Principal) -> Response:
        """One SELECT."""
        questions.check_environment(request.query_params, principal)
        asked = await self._read(request)
        as_json = asked.format == "json"
        # Parsing the longest query takes a sixth of a second; others are answered meanwhile.
        statement = await run_in_threadpool(
            _read_statement, asked.query, asked.parameters, asked.limit + 1 if as_json else asked.limit
        )
        form, content_type = FORMATS[asked.format]
        content = await self.store.query(principal.tenant, statement.sql, statement.parameters, form=form, guarded=True)
        if not as_json:
            return Response(content, headers={"content-type": content_type})
        found = _found.decode(content)
        rows = found.data[: asked.limit]
        answer = SqlAnswer(found.meta, rows, len(rows), len(found.data) > asked.limit)
        return Json(msgspec.json.encode(answer))

    async def schema(self, request: Request, principal: Principal) -> Response:
        """The tables and their columns, with the engine's types."""
        questions.check_environment(request.query_params, principal)
        tables = []
        for name, view in VIEWS.items():
            statement = _read_statement(f"SELECT * FROM {name}", {}, 0)
            content = await self.store.query(principal.tenant, statement.sql, {}, form="JSONCompact", guarded=True)
            found = _found.decode(content).meta
            columns = [TableColumn(one.name, one.type, meaning_of(name, one.name)) for one in found]
            tables.append(Table(name, view.help, columns))
        limits = SqlLimits(self.store.settings.query_seconds_max, GUARDED_RESULT_BYTES, ROWS_MAX, SQL_MAX)
        return Json(msgspec.json.encode(Schema(tables, LISTED, limits)))

    async def _read(self, request: Request) -> SqlBody:
        async with self.bodies.read(request, questions.BODY_BYTES_MAX) as body:
            try:
                return _body.decode(body)
            except msgspec.ValidationError as error:
                raise BadRequest(f"The body is not a question in SQL: {error}.", code="bad_sql") from None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise BadRequest('The body is not JSON; send {"query": "SELECT …"}.') from None


def meaning_of(table: str, column: str) -> str:
    """What is in a column: what filters say of the field of its name, or what readers of spans are told."""
    field = CATALOGUES[table].find(column) if table in CATALOGUES and CATALOGUES[table].knows(column) else None
    if field is not None and field.name == column:
        return f"{field.help} In {field.unit}." if field.unit else field.help
    return meaning(column) if table == "spans" else ""


def operations(sql: Sql) -> list[Operation]:
    """The routes of SQL."""
    return [
        Operation(
            method="POST",
            path="/api/sql/",
            name="querySql",
            handler=sql.query,
            right="read",
            tag="SQL",
            summary="Ask in SQL",
            help="One SELECT, in ClickHouse's dialect, on one's own spans and on the traces, threads, customers and "
            "scores made from them. It reads nothing else, writes nothing, and has limits on time, memory, rows and "
            "bytes. With `format` other than `json` the answer is the rows alone, in that format.",
            body=SqlBody,
            body_example=EXAMPLE,
            answers={200: Answer("The rows.", SqlAnswer)},
        ),
        Operation(
            method="GET",
            path="/api/sql/schema/",
            name="describeSql",
            handler=sql.schema,
            right="read",
            tag="SQL",
            summary="What SQL may name",
            help="The tables with their columns and types, the functions, and the limits.",
            answers={200: Answer("Tables, functions and limits.", Schema)},
        ),
    ]
