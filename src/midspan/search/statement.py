"""SQL that users write, made safe: parsed, judged node by node against what is allowed, and written anew.

Never the user's text is run. sqlglot parses it, every node must be of a kind listed here, tables are the views of
`search.views` and nothing else, functions are those of `search.functions`, and the statement that the engine gets is
rendered from the tree: names in quotes, texts without a character that could end one. What the walls of
`docs/sql.md` stop, each by itself, is tested one by one.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import SqlglotError
from sqlglot.generators.clickhouse import ClickHouseGenerator
from sqlglot.tokenizer_core import Token, TokenType

from midspan.errors import BadRequest
from midspan.search.bounds import SQL_MAX
from midspan.search.functions import ALLOWED
from midspan.search.views import VIEWS

DEPTH_MAX = 100
"""Levels of nesting in the tree."""

_NODES: tuple[type[exp.Expr], ...] = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.TableAlias, exp.Table,
    exp.From, exp.Join, exp.Where, exp.PreWhere, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset,
    exp.Qualify, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter, exp.IgnoreNulls, exp.RespectNulls,
    exp.Cube, exp.Rollup, exp.GroupingSets, exp.WithFill,
    exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Null, exp.Boolean, exp.Placeholder,
    exp.Paren, exp.Tuple, exp.Array, exp.Bracket, exp.Slice, exp.Dot, exp.Lambda, exp.Case, exp.If, exp.Cast,
    exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.In, exp.Between, exp.Like, exp.ILike, exp.Is,
    exp.And, exp.Or, exp.Xor, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Exists, exp.Func,
)  # fmt: skip
"""Kinds of nodes. A function passes here by its kind and is judged by its name in the rendered text."""

_SELECT = "with_ expressions distinct from_ joins where prewhere group having qualify windows order limit offset"
_ARGUMENTS: dict[type, frozenset[str]] = {
    exp.Select: frozenset(_SELECT.split()),
    exp.Table: frozenset({"this", "alias"}),
    exp.Star: frozenset({"except_"}),
    exp.With: frozenset({"expressions"}),
    exp.In: frozenset({"this", "expressions", "query", "is_global"}),
    exp.Join: frozenset({"this", "side", "kind", "on", "using", "method", "global_"}),
}
"""What of a node may be set, where its kind alone does not say enough: no SETTINGS, FORMAT, FINAL, SAMPLE, no
`IN a_table`, no recursion."""

_REFUSED = {
    "settings": "SETTINGS are the server's", "format": "FORMAT is chosen by `format` beside the query",
    "into": "INTO is not answered", "sample": "SAMPLE is not answered", "recursive": "WITH RECURSIVE is not answered",
    "db": "a table is named without a database", "catalog": "a table is named without a database",
    "field": "IN takes a list or a subquery: `IN (SELECT …)`",
}  # fmt: skip

_TYPES = frozenset({
    exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128,
    exp.DType.INT256, exp.DType.UTINYINT, exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT, exp.DType.UINT128,
    exp.DType.UINT256, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.DECIMAL32, exp.DType.DECIMAL64,
    exp.DType.DECIMAL128, exp.DType.DECIMAL256, exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.FIXEDSTRING,
    exp.DType.DATE, exp.DType.DATE32,
    exp.DType.DATETIME, exp.DType.DATETIME64, exp.DType.UUID, exp.DType.ARRAY, exp.DType.MAP, exp.DType.STRUCT,
    exp.DType.LOWCARDINALITY,
})  # fmt: skip

_VARS = frozenset({
    "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "MILLISECOND", "MICROSECOND",
    "GLOBAL", "ROWS", "RANGE",
})  # fmt: skip
_IDENTIFIER = re.compile(r"[\w][\w .,%()/:+*=<>-]{0,127}")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|0x[0-9a-fA-F]+|\.[0-9]+")
_SHORT_WHOLE = re.compile(r"[0-9]{1,18}")
_WORD = re.compile(r"[A-Za-z_]\w*")
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;/+-*%()[]<>=!?#~|&^$")
_PLAIN_TEXT = [chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in range(256)]

_SYNTAX_WORDS = """
select from where prewhere having qualify and or not in as on using over by when then else case between like ilike
exists union all intersect except distinct join with limit offset is global any semi anti asof inner left right full
outer cross partition filter order group values interval cube rollup sets
nullable array map tuple decimal fixedstring lowcardinality datetime datetime64
"""
_SYNTAX = frozenset(_SYNTAX_WORDS.split())
"""Words that stand before a parenthesis and are no function."""


_STUMBLES = (SqlglotError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What sqlglot raises, reading and writing, where a function it knows is called as it does not expect: `map(1)`."""

logging.getLogger("sqlglot").setLevel("ERROR")  # it warns of what is refused here anyway


class Statement(NamedTuple):
    """What the engine is to run. `sql` has the tokens of the store and the placeholders of `parameters`."""

    sql: str
    parameters: dict[str, str | int]


def read_statement(text: str, parameters: Mapping[str, Any], limit: int) -> Statement:
    """One SELECT of a user's, rewritten. It answers at most `limit` rows.

    Raises `BadRequest` (code `bad_sql`) with a sentence that names what is not allowed and what is.
    """
    if len(text) > SQL_MAX:
        raise _bad(f"The query has {len(text)} characters; {SQL_MAX} are the most.")
    try:
        tree = _parse(text)
        _judge(tree)
        names = _own_names(tree)
        limited = _limited(tree, limit)
        _judge_functions(_Writer(names, {}).generate(limited))
        sql = _Writer(names, {name: view.sql for name, view in VIEWS.items()}).generate(limited)
    except RecursionError:
        raise _bad("The query is nested too deeply.") from None
    except _STUMBLES:
        raise _bad(
            "The query cannot be read as SQL: it calls a function with arguments that it does not take."
        ) from None
    return Statement(sql, _bound(tree, parameters))


def _bad(detail: str) -> BadRequest:
    return BadRequest(detail, code="bad_sql")


def _parse(text: str) -> exp.Query:
    try:
        parsed = sqlglot.parse(text, read="clickhouse")
        trees = [tree for tree in parsed if tree is not None and not isinstance(tree, exp.Semicolon)]
    except SqlglotError as error:
        raise _bad(_fault_of(error)) from None
    if len(trees) != 1:
        raise _bad(f"Send one SELECT; there are {len(trees)} statements." if trees else "The query is empty.")
    tree = trees[0]
    while isinstance(tree, exp.Subquery) and not tree.alias:
        tree = tree.this
    if not isinstance(tree, exp.Select | exp.SetOperation):
        said = (tree.name if isinstance(tree, exp.Command) else tree.key).upper()[:60]
        hint = " GET /api/sql/schema/ lists tables, columns and functions." * (said in {"SHOW", "DESCRIBE"})
        raise _bad(f"Only SELECT is answered, not {said}.{hint}")
    if not tree.selects:
        raise _bad("SELECT names nothing to answer with.")
    for node in list(tree.find_all(exp.JSONExtractScalar)):
        _call_plainly(node)
    return tree


def _call_plainly(node: exp.JSONExtractScalar) -> None:
    """Take the parser's path of keys for what it was: arguments of a function."""
    if not isinstance(node.expression, exp.JSONPath):
        return
    steps: list[exp.Expr] = []
    for part in node.expression.expressions:
        if isinstance(part, exp.JSONPathKey):
            steps.append(exp.Literal.string(part.name))
        elif isinstance(part, exp.JSONPathSubscript) and isinstance(part.this, int):
            steps.append(exp.Literal.number(part.this + 1))
        elif not isinstance(part, exp.JSONPathRoot):
            raise _bad("JSONExtractString takes names of keys and numbers of items.")
    node.replace(exp.Anonymous(this="JSONExtractString", expressions=[node.this, *steps]))


def _fault_of(error: SqlglotError) -> str:
    first: Mapping[str, Any] = next(iter(getattr(error, "errors", [])), {})
    if not first.get("line"):
        return "The query cannot be read as SQL."
    found = str(first.get("highlight") or "")[:60]
    where = f"line {first['line']}, column {first['col']}"
    return f"The query cannot be read as SQL at {where}" + (f", near {found!r}." if found else ".")


# ---- what is allowed


def _judge(tree: exp.Query) -> None:
    names = _own_names(tree)
    if taken := names & VIEWS.keys():
        raise _bad(f"WITH {min(taken)} hides the table of that name; choose another.")
    for node, depth in _walk(tree):
        if depth > DEPTH_MAX:
            raise _bad(f"The query is nested more than {DEPTH_MAX} levels deep.")
        if not isinstance(node, _NODES) or isinstance(node, exp.Final | exp.Command):
            raise _bad(_refusal(node))
        allowed = _ARGUMENTS.get(type(node))
        for name, value in node.args.items():
            if allowed is not None and name not in allowed and value not in (None, [], False):
                raise _bad(f"{_REFUSED.get(name, f'{name.upper()} is not answered here')}; leave it out.")
        if check := _CHECKS.get(type(node)):
            check(node, names)


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_expressions()]


def _own_names(tree: exp.Expr) -> frozenset[str]:
    return frozenset(cte.alias for cte in tree.find_all(exp.CTE))


def _refusal(node: exp.Expr) -> str:
    if isinstance(node, exp.Final):
        return "FINAL is not needed: every table holds the newest version of a span only; leave it out."
    if isinstance(node, exp.Aliases):  # what `unknown(1)(x)` parses as
        return _unknown_function(str(node.this.name or node.this.key))
    return f"{node.key.upper()} is not answered in this SQL."


def _unknown_function(name: str) -> str:
    near = get_close_matches(name.lower(), ALLOWED, 1, 0.8)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"The function {name[:60]} is not answered in this SQL.{hint}"


def _check_table(node: exp.Expr, names: frozenset[str]) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise _bad("FROM takes tables, not table functions; the tables are " + ", ".join(VIEWS) + ".")
    if node.name not in names and node.name not in VIEWS:
        near = get_close_matches(node.name, [*VIEWS, *names], 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise _bad(f"There is no table {node.name[:60]!r}; the tables are {', '.join(VIEWS)}.{hint}")


def _check_identifier(node: exp.Expr, _names: frozenset[str]) -> None:
    if not _IDENTIFIER.fullmatch(node.name):
        raise _bad(f"The name {node.name[:60]!r} has characters that a name may not have.")


def _check_literal(node: exp.Expr, _names: frozenset[str]) -> None:
    if not node.args["is_string"] and not _NUMBER.fullmatch(node.name):
        raise _bad(f"{node.name[:60]!r} is no number.")


def _check_type(node: exp.Expr, _names: frozenset[str]) -> None:
    if node.this not in _TYPES:
        raise _bad(f"The type {node.sql(dialect='clickhouse')[:60]} is not answered in this SQL.")


def _check_in(node: exp.Expr, _names: frozenset[str]) -> None:
    # `x IN (name)` would read the table of that name, whoever's rows it holds.
    if any(isinstance(value.unnest(), exp.Column) for value in node.expressions):
        raise _bad("IN takes values or a subquery, `IN (SELECT …)`, but no name of a column or a table.")


def _check_var(node: exp.Expr, _names: frozenset[str]) -> None:
    word = node.name.upper()
    if word in _VARS or (isinstance(node.parent, exp.Placeholder) and _WORD.fullmatch(node.name)):
        return
    if isinstance(node.parent, exp.Interval) and word.removesuffix("S") in _VARS:
        node.set("this", word.removesuffix("S"))  # INTERVAL '7 days', as other dialects have it
    else:
        raise _bad(f"{node.name[:60]!r} is not understood there.")


def _check_placeholder(node: exp.Expr, _names: frozenset[str]) -> None:
    if not isinstance(node.args.get("kind"), exp.DataType):
        raise _bad("A parameter is written {name:Type}, for example {customer:String}.")


_CHECKS: dict[type, Callable[[exp.Expr, frozenset[str]], None]] = {
    exp.Table: _check_table,
    exp.Identifier: _check_identifier,
    exp.Literal: _check_literal,
    exp.DataType: _check_type,
    exp.In: _check_in,
    exp.Var: _check_var,
    exp.Placeholder: _check_placeholder,
}


def _judge_functions(sql: str) -> None:
    """Every name before a parenthesis in the rendered text is syntax or a function of the list."""
    tokens: list[Token] = ClickHouse().tokenize(sql)
    for token, following in pairwise(tokens):
        if following.token_type != TokenType.L_PAREN or token.token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        for word in token.text.lower().split():
            if _WORD.fullmatch(word) and word not in ALLOWED and word not in _SYNTAX:
                raise _bad(_unknown_function(token.text))


# ---- written anew


def _limited(tree: exp.Query, limit: int) -> exp.Query:
    """The query with a LIMIT, where its own is not as low."""
    given = tree.args.get("limit")
    own = given.expression if isinstance(given, exp.Limit) and not given.expressions else None
    if isinstance(own, exp.Literal) and not own.is_string and _is_at_most(limit, own.name):
        return tree
    if given is None and isinstance(tree, exp.Select):
        return tree.limit(limit)
    return exp.select("*").from_(tree.subquery("answer")).limit(limit)


def _is_at_most(limit: int, text: str) -> bool:
    return _SHORT_WHOLE.fullmatch(text) is not None and int(text) <= limit


def _bound(tree: exp.Query, given: Mapping[str, Any]) -> dict[str, str | int]:
    names = {node.name for node in tree.find_all(exp.Placeholder)}
    if missing := names - given.keys():
        raise _bad(f"The query names the parameter {min(missing)!r}; send its value in `parameters`.")
    if spare := given.keys() - names:
        raise _bad(f"`parameters` has {min(spare)[:60]!r}, which the query does not name.")
    bound: dict[str, str | int] = {}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise _bad(f"The parameter {name!r} is a text or a number.")
        bound[f"given_{name}"] = value if isinstance(value, str | int) else repr(value)
    return bound


class _Writer(ClickHouseGenerator):
    """Writes a judged tree: names quoted, texts in plain characters, views in the place of tables."""

    def __init__(self, own_names: frozenset[str], tables: Mapping[str, str]) -> None:
        super().__init__(dialect=ClickHouse(), identify=True, comments=False)
        self._tables = {name: sql for name, sql in tables.items() if name not in own_names}

    def literal_sql(self, expression: exp.Literal) -> str:
        if not expression.is_string:
            return str(expression.name)
        return "'" + "".join(map(_PLAIN_TEXT.__getitem__, expression.name.encode("utf-8", "replace"))) + "'"

    def table_sql(self, expression: exp.Table, sep: str = " AS ") -> str:
        if expression.name not in self._tables:
            return str(super().table_sql(expression, sep))
        return f'({self._tables[expression.name]}) AS "{expression.alias or expression.name}"'

    def placeholder_sql(self, expression: exp.Placeholder) -> str:
        return f"{{given_{expression.name}:{self.sql(expression, 'kind')}}}"
