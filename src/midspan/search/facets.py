"""What values a field really has, and what keys a family has: the questions behind completion.

They read one column, of the spans in a window; of maps and JSON text, in the newest of them.
"""

from collections.abc import Sequence
from typing import Final

from midspan.errors import BadRequest
from midspan.search.catalogue import Field
from midspan.search.predicates import OWNER, TENANT, Query, within
from midspan.search.where import Binder, placed

LIMIT_MAX: Final = 1000
KEYS_MAX: Final = 200
"""Keys of one family."""
NEWEST: Final = 10_000
"""Spans in which keys are looked for."""
SAMPLE: Final = 100_000
"""Spans in which values inside maps and JSON text are counted: the newest of the window."""

_NEWEST_FIRST: Final = "ORDER BY organization_id DESC, environment DESC, spans.key_time DESC"

_SCORE: Final = (
    "multiIf(string_value != '', string_value, categorical_value NOT IN ('', '[]'), categorical_value, "
    "boolean_value IS NOT NULL, if(boolean_value, 'true', 'false'), ifNull(toString(numerical_value), ''))"
)


def values_of(field: Field, *, start: int, end: int | None, prefix: str, limit: int) -> Query:
    """The most frequent values of a field in a window that begin with a prefix, in any case of letters: rows
    `{"value", "count"}`. Raises `BadRequest` for a field whose values are not listed.
    """
    if not is_listed(field):
        raise BadRequest(f"The values of {field.name} are not listed; they are too long or too many.", code="no_values")
    bind = Binder("f")
    conditions, bounds = within("spans.timestamp", start, end)
    window = " AND ".join(conditions)
    if field.kind == "score":
        place = bind(field.key)
        rows = (
            f"SELECT {_SCORE} AS value FROM scores FINAL WHERE {OWNER} AND is_deleted = 0 "
            f"AND (evaluator_id = {place} OR evaluator_slug = {place}) AND log_id IN "
            f"(SELECT id FROM spans @final WHERE {TENANT} AND {window})"
        )
    else:
        rows = f"SELECT {_value(field, bind)} AS value FROM spans @final WHERE {TENANT} AND {window}"
        if not is_exact(field):
            rows += f" {_NEWEST_FIRST} LIMIT {SAMPLE}"
    begins = "value != ''"
    if prefix:
        begins += f" AND startsWith(lowerUTF8(value), lowerUTF8({bind(prefix)}))"
    sql = (
        f"SELECT value, count() AS count FROM ({rows}) WHERE {begins} "
        f"GROUP BY value ORDER BY count DESC, value LIMIT {{limit:UInt32}}"
    )
    return sql, {**bounds, "limit": limit, **bind.parameters}


def is_listed(field: Field) -> bool:
    """Whether the values of a field are listed."""
    return field.values != "none" or field.kind == "boolean"


def is_exact(field: Field) -> bool:
    """Whether the values are counted in every span of the window."""
    return not field.path and "JSON" not in field.sql


def fixed_values(field: Field) -> Sequence[str]:
    """Values that a field can have although no span has them."""
    return ("true", "false") if field.kind == "boolean" else field.fixed


def _value(field: Field, bind: Binder) -> str:
    """The value as a text, "" where there is none."""
    expression, _ = placed(field, bind)
    if field.kind == "json":
        text = expression
        return f"if(startsWith({text}, '\"'), JSONExtractString({text}), if({text} = 'null', '', {text}))"
    if field.kind == "boolean":
        expression = f"if({expression}, 'true', 'false')" if not field.is_nullable else _nullable_boolean(expression)
    return expression if field.kind in ("text", "boolean") else f"ifNull(toString({expression}), '')"


def _nullable_boolean(expression: str) -> str:
    return f"multiIf(isNull({expression}), '', assumeNotNull({expression}), 'true', 'false')"


def keys_of(family: str) -> Query | None:
    """The keys of a family in the newest spans, the most frequent first: rows `{"key"}`."""
    if family == "scores":
        sql = (
            f"SELECT if(evaluator_slug = '', evaluator_id, evaluator_slug) AS key FROM scores FINAL "
            f"WHERE {OWNER} AND is_deleted = 0 AND key != '' GROUP BY key ORDER BY count() DESC, key "
            f"LIMIT {{limit:UInt32}}"
        )
        return sql, {"limit": KEYS_MAX}
    if family not in _KEYS:
        return None
    sql = (
        f"SELECT arrayJoin({_KEYS[family]}) AS key FROM (SELECT {family} FROM spans @final WHERE {TENANT} "
        f"{_NEWEST_FIRST} LIMIT {NEWEST}) "
        f"WHERE key != '' AND NOT startsWith(key, '_') GROUP BY key ORDER BY count() DESC, key "
        f"LIMIT {{limit:UInt32}}"
    )
    return sql, {"limit": KEYS_MAX}


def _json_keys(column: str) -> str:
    """The keys of JSON text, and those one level below with a dot between them."""
    below = (
        f"arrayFlatten(arrayMap(pair -> arrayMap(inner -> concat(pair.1, '.', inner), JSONExtractKeys(pair.2)), "
        f"arrayFilter(pair -> startsWith(pair.2, '{{'), JSONExtractKeysAndValuesRaw({column}))))"
    )
    return f"arrayConcat(JSONExtractKeys({column}), {below})"


_KEYS: Final = {
    "metadata": "mapKeys(metadata)",
    "properties": _json_keys("properties"),
    "extra": _json_keys("extra"),
}
