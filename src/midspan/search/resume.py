"""What a follower missed while he was away, from the engine: the rows between two positions, in order."""

from collections.abc import Container

from midspan.search.predicates import OWNER, TENANT, Query
from midspan.search.reading import INLINE_BYTES, list_columns, whole
from midspan.search.tree import Filter
from midspan.search.where import where
from midspan.store.position import Position
from midspan.store.rows import selection
from midspan.store.segment import LINES_MAX

PAGE_ROWS = 200


def between(have: Position, target: Position, after: int, tree: Filter, include: Container[str]) -> Query:
    """The newest versions of spans that a follower at `have` lacks and one at `target` has, above `after`."""
    found = where(tree)
    parameters: dict[str, str | int] = {**found.parameters, "top": target.version, "after": after}
    lacks = _within(have, "low", parameters)
    still = "".join(f" AND NOT ({_segment(f'gap{i}', start, parameters)})" for i, start in enumerate(target.missing))
    columns = list_columns(include)
    texts = [
        f"if(length(found.{name}) <= {INLINE_BYTES} OR {int(name in whole(include))}, found.{name}, '') AS {name}"
        for name in ("input", "output")
    ]
    inner = ", ".join(
        dict.fromkeys([*columns, "organization_id", "environment", "key_time", "input", "output", "has_client_ids"])
    )
    sql = (
        f"SELECT {selection(columns)}, has_client_ids, {', '.join(texts)}, found.row AS version "
        f"FROM (SELECT {inner}, version AS row FROM spans @final WHERE {TENANT} AND ({lacks}) "
        f"AND spans.version <= {{top:UInt64}} AND spans.version > {{after:UInt64}}{still} AND {found.sql} "
        f"ORDER BY spans.version LIMIT {PAGE_ROWS}) AS found ORDER BY found.row"
    )
    return sql, parameters


def _within(have: Position, name: str, parameters: dict[str, str | int]) -> str:
    parts = []
    for i, (low, high) in enumerate(have.ranges()):
        parameters[f"{name}{i}"] = low
        part = f"spans.version >= {{{name}{i}:UInt64}}"
        if high is not None:
            parameters[f"{name}{i}e"] = high
            part += f" AND spans.version < {{{name}{i}e:UInt64}}"
        parts.append(f"({part})")
    return " OR ".join(parts)


def _segment(name: str, start: int, parameters: dict[str, str | int]) -> str:
    parameters[name] = start
    parameters[f"{name}e"] = (start // LINES_MAX + 1) * LINES_MAX
    return f"spans.version >= {{{name}:UInt64}} AND spans.version < {{{name}e:UInt64}}"


def reached(have: Position, target: Position, version: int) -> Position:
    """Where a follower stands on the way from one position to the other, after the row of this version."""
    top = max(have.version, version)
    rest = {start // LINES_MAX: start for start in have.missing if version < start <= top}
    if version <= have.version:
        rest[version // LINES_MAX] = version + 1
    rest |= {start // LINES_MAX: start for start in target.missing if start <= top}
    return Position(top, tuple(rest.values()))


def sent_before(ids: list[str]) -> Query:
    """Those of the spans of which an older version is still there."""
    quoted = ",".join(f"'{span_id}'" for span_id in ids)  # hex digits
    sql = (
        f"SELECT id FROM spans WHERE {OWNER} AND spans.key_time IN "
        f"(SELECT key_time FROM span_keys WHERE {OWNER} AND id IN ({{ids:Array(String)}})) "
        "AND id IN ({ids:Array(String)}) GROUP BY id HAVING count() > 1"
    )
    return sql, {"ids": f"[{quoted}]"}
