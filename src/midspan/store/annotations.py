"""Annotations: what is added to spans that are stored. Marks change a span, deletions take it away, scores judge it,
prices give it a new cost.

They are lines of a segment beside the spans, `{"kind":…}`, and are applied after the segment's spans, in order. A mark
is merged into what was marked before (table `marks`) and put over the newest version of its span as a new version; a
span that is sent again is stored with its marks. A deletion is a version too, after which nothing of the span is read;
its marks and scores go with it. A price is put over the newest version as a mark is, where that is what it was computed
from, and is not kept: a span that is sent again is priced as it comes (ADR 8). Applying a segment once more changes
nothing: each statement leaves out what is there, and a mark whose version is not higher than the one in `marks` has
been merged.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from midspan.domain.cost import Cost, Repriced
from midspan.domain.mark import Changes, Mark
from midspan.domain.score import Score
from midspan.store import insertion, rows
from midspan.store.engine import Engine, Place
from midspan.store.insertion import file_of
from midspan.store.segment import ANNOTATED, KIND, Segment, Tenant

PLACES = "id String, organization_id String, environment String, key_time Int64, version UInt64"
_STATES = f"{PLACES}, state String"
_KEYS = "organization_id, environment, fromUnixTimestamp64Micro(key_time, 'UTC') AS key_time, id"


class _Line(msgspec.Struct, tag_field="kind", omit_defaults=True):
    organization_id: str
    environment: str
    id: str
    key_time: int
    version: int = 0


class MarkLine(_Line, tag="mark", kw_only=True):
    changes: Changes


class DeleteLine(_Line, tag="delete"):
    pass


class ScoreLine(_Line, tag="score", kw_only=True):
    score: Score


class PriceLine(_Line, tag="price", kw_only=True):
    cost: Cost
    basis: int


Line = MarkLine | DeleteLine | ScoreLine | PriceLine

_encoder = msgspec.json.Encoder()
_line = msgspec.json.Decoder(Line)
_changes = msgspec.json.Decoder(Changes)
_place = msgspec.json.Decoder(Place)
_NAMES = Changes.__struct_fields__


class _State(msgspec.Struct):
    id: str
    state: str
    version: int


class _Newest(msgspec.Struct):
    id: str
    version: int
    is_deleted: int


def mark_line(tenant: Tenant, mark: Mark) -> bytes:
    """A mark as the journal takes it."""
    changes = Changes(**{name: getattr(mark, name) for name in _NAMES})
    return _journal_line(MarkLine(*tenant, mark.id, mark.key_time, changes=changes))


def delete_line(tenant: Tenant, span_id: str, key_time: int) -> bytes:
    """A deletion as the journal takes it."""
    return _journal_line(DeleteLine(*tenant, span_id, key_time))


def score_line(tenant: Tenant, score: Score) -> bytes:
    """A score as the journal takes it."""
    return _journal_line(ScoreLine(*tenant, score.log_id, score.key_time, score=score))


def price_line(tenant: Tenant, price: Repriced) -> bytes:
    """A new cost as the journal takes it."""
    cost = Cost(**{name: getattr(price, name) for name in Cost.__struct_fields__})
    return _journal_line(PriceLine(*tenant, price.id, price.key_time, cost=cost, basis=price.basis))


def _journal_line(line: Line) -> bytes:
    return _encoder.encode(line)[:-1] + b',"version":'


def is_annotation(line: bytes) -> bool:
    """Whether a line of a segment is no span."""
    return line.startswith(KIND)


def read(line: bytes) -> Line:
    """Raises `msgspec.MsgspecError` or `UnicodeDecodeError` for a damaged line."""
    found: Line = _line.decode(line)
    return found


class Annotations:
    """Puts annotations into the engine. Used by the drain's thread alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def marked(self, path: Path, places: Mapping[str, Place], but: Iterable[str]) -> Iterator[bytes]:
        """Lines of `rows.KNOWN_STRUCTURE` for spans that are sent again, with what people added to them.

        `but` are the ids of spans that are deleted in the same segment: what comes after that is new.
        """
        states = self._states(path, places.values()) if places else {}
        gone = set(but)
        for place in places.values():
            state = states.get(place.id)
            changes = _changes.decode(state.state) if state and state.state and place.id not in gone else Changes()
            yield _known_line(place, changes)

    def apply(self, segment: Segment, lines: list[Line]) -> Path | None:
        """Put the annotations of a segment into the engine. Raises `EngineError`.

        Returns a file of `rows.KNOWN_STRUCTURE` with the spans of which older versions are superseded now, or None.
        """
        path = segment.path.with_suffix(".notes")
        try:
            places = self._places(path, lines)
            deleted = [line for line in lines if isinstance(line, DeleteLine) and line.id in places]
            self._delete(path, deleted, places)
            newest = self._newest(path, places.values())
            self._score(path, _standing(lines, newest, {line.id: line.version for line in deleted}))
            marked = [line for line in lines if isinstance(line, MarkLine) and line.id in places]
            priced = {line.id: line for line in lines if isinstance(line, PriceLine) and line.id in places}
            marking: list[MarkLine | DeleteLine] = sorted([*deleted, *marked], key=lambda line: line.version)
            self._mark(path, marking, priced, places, newest)
        finally:
            path.unlink(missing_ok=True)
        changed = {line.id: places[line.id] for line in (*deleted, *marked, *priced.values())}
        if not changed:
            return None
        known = segment.path.with_suffix(".known")
        # Which of its versions were listed before is not asked: all that are stored are.
        _write(known, (msgspec.structs.replace(place, version=0) for place in changed.values()))
        return known

    def _places(self, path: Path, lines: list[Line]) -> dict[str, Place]:
        wanted = {line.id: (line.organization_id, line.environment) for line in lines}
        _write(path, ({"id": id_} for id_ in wanted))
        found = self._engine.places(path).values()
        return {each.id: each for each in found if (each.organization_id, each.environment) == wanted[each.id]}

    def _states(self, path: Path, places: Iterable[Place]) -> dict[str, _State]:
        with _listed(path, places) as listed:
            lines = self._engine.command(
                "SELECT id, argMax(marks.state, marks.version) AS state, max(marks.version) AS version FROM marks "
                f"WHERE id IN (SELECT id FROM {listed}) GROUP BY id"
            )
        return {row.id: row for row in map(_STATE.decode, lines.splitlines())}

    def _newest(self, path: Path, places: Iterable[Place]) -> dict[str, _Newest]:
        with _listed(path, places) as listed:
            lines = self._engine.command(
                "SELECT id, argMax(spans.is_deleted, spans.version) AS is_deleted, max(spans.version) AS version "
                f"FROM spans WHERE (organization_id, environment, key_time, id) IN (SELECT {_KEYS} FROM {listed}) "
                "GROUP BY id"
            )
        return {row.id: row for row in map(_NEWEST.decode, lines.splitlines())}

    def _score(self, path: Path, lines: list[ScoreLine]) -> None:
        if not lines:
            return
        names = (*Score.__struct_fields__, "version")
        structure = ", ".join(f"{name} {kind}" for name, kind in rows.SCORE_TYPES.items())
        size = _write(path, ({**msgspec.to_builtins(line.score), "version": line.version} for line in lines))
        times = ("created_at", "key_time")
        selected = ", ".join(
            f"fromUnixTimestamp64Micro({name}, 'UTC') AS {name}" if name in times else name for name in names
        )
        self._engine.write(
            f"INSERT INTO scores ({', '.join(names)}) SELECT {selected} FROM {file_of(path, structure)}", size
        )

    def _delete(self, path: Path, lines: list[DeleteLine], places: Mapping[str, Place]) -> None:
        if not lines:
            return
        last = {line.id: line.version for line in lines}
        size = _write(path, (msgspec.structs.replace(places[id_], version=last[id_]) for id_ in last))
        gone = file_of(path, PLACES)
        keys = f"SELECT {_KEYS} FROM {gone}"
        self._engine.write(
            "INSERT INTO spans (organization_id, environment, key_time, id, is_deleted, version) "
            f"SELECT organization_id, environment, fromUnixTimestamp64Micro(key_time, 'UTC'), id, 1, version "
            f"FROM {gone} WHERE version NOT IN (SELECT version FROM spans "
            f"WHERE (organization_id, environment, key_time, id) IN ({keys})) SETTINGS insert_deduplicate = 0",
            size,
        )
        names = ", ".join(f"score.{name}" for name in Score.__struct_fields__ if name != "is_deleted")
        self._engine.write(
            f"INSERT INTO scores ({names.replace('score.', '')}, is_deleted, version) SELECT {names}, 1, gone.version "
            "FROM (SELECT * FROM scores FINAL WHERE (organization_id, environment, log_id) IN "
            f"(SELECT organization_id, environment, id FROM {gone})) AS score INNER JOIN {gone} AS gone "
            "ON score.log_id = gone.id WHERE score.version < gone.version",
            size,
        )

    def _mark(
        self,
        path: Path,
        lines: list[MarkLine | DeleteLine],
        priced: Mapping[str, PriceLine],
        places: Mapping[str, Place],
        newest: Mapping[str, _Newest],
    ) -> None:
        """Merge marks in order, put them and new costs over the newest versions, then keep the merged states."""
        states = self._states(path, [places[line.id] for line in lines]) if lines else {}
        merged: dict[str, tuple[Changes | None, int]] = {}
        for line in lines:
            stored = states.get(line.id)
            if stored is not None and line.version <= stored.version:
                continue
            before = merged.get(line.id, (_changes.decode(stored.state) if stored and stored.state else None, 0))[0]
            after = (before or Changes()).then(line.changes) if isinstance(line, MarkLine) else None
            merged[line.id] = after, line.version
        there = {id_ for id_ in (*merged, *priced) if id_ in newest and not newest[id_].is_deleted}
        overlaid = []
        for id_ in dict.fromkeys((*merged, *priced)):
            changes, version = merged.get(id_, (None, 0))
            price = priced.get(id_)
            if id_ in there and (changes is not None or price is not None):
                version = max(version, price.version if price else 0) + ANNOTATED
                place = msgspec.structs.replace(places[id_], version=version)
                overlaid.append(_overlaid_line(place, changes, price))
        self._remark(path, overlaid)
        kept = []
        for id_, (changes, version) in merged.items():
            state = "" if changes is None or id_ not in there else _encoder.encode(changes).decode()
            kept.append({**msgspec.structs.asdict(places[id_]), "version": version, "state": state})
        size = _write(path, kept)
        if kept:
            self._engine.write(
                "INSERT INTO marks (id, organization_id, environment, key_time, state, version) SELECT id, "
                "organization_id, environment, fromUnixTimestamp64Micro(key_time, 'UTC'), state, version "
                f"FROM {file_of(path, _STATES)}",
                size,
            )

    def _remark(self, path: Path, overlaid: list[bytes]) -> None:
        """Lay lines of `rows.OVERLAID_STRUCTURE` over the newest versions: what people added in any case, a cost only
        where the span is what it was computed from.
        """
        if not overlaid:
            return
        path.write_bytes(b"".join(overlaid))
        listed = file_of(path, rows.OVERLAID_STRUCTURE)
        self._engine.write(
            f"INSERT INTO spans ({', '.join(rows.COLUMNS)}) SELECT {rows.remarking()} "
            f"FROM (SELECT *, {rows.basis('spans')} AS basis FROM spans "
            f"WHERE (organization_id, environment, key_time, id) IN (SELECT {_KEYS} FROM {listed}) "
            f"ORDER BY version DESC LIMIT 1 BY id) AS line INNER JOIN {listed} AS known ON line.id = known.id "
            "WHERE line.is_deleted = 0 AND line.version < known.version "
            "AND (known.is_marked OR known.basis = line.basis) "
            f"SETTINGS insert_deduplicate = 0, {insertion.ONE_BLOCK}",
            sum(map(len, overlaid)),
        )


_STATE = msgspec.json.Decoder(_State)
_NEWEST = msgspec.json.Decoder(_Newest)


def _standing(lines: list[Line], newest: Mapping[str, _Newest], deleted: Mapping[str, int]) -> list[ScoreLine]:
    """The scores of spans that are there, and were not deleted after they were scored."""
    return [
        line
        for line in lines
        if isinstance(line, ScoreLine)
        and line.id in newest
        and not newest[line.id].is_deleted
        and line.version > deleted.get(line.id, 0)
    ]


def _overlaid_line(place: Place, changes: Changes | None, price: PriceLine | None) -> bytes:
    fields = {**msgspec.structs.asdict(place), **_added(changes or Changes()), "is_marked": changes is not None}
    if price is not None:
        fields |= {**msgspec.structs.asdict(price.cost), "basis": price.basis}
    return _encoder.encode(fields) + b"\n"


def _known_line(place: Place, changes: Changes) -> bytes:
    return _encoder.encode({**msgspec.structs.asdict(place), **_added(changes)}) + b"\n"


def _added(changes: Changes) -> dict[str, Any]:
    """What people added, as `rows.KNOWN_STRUCTURE` names it."""
    found = {name: getattr(changes, name) for name in _NAMES if getattr(changes, name) is not msgspec.UNSET}
    if "positive_feedback" in found:
        found["has_positive_feedback"] = True
    return found


def _write(path: Path, items: Iterable[object]) -> int:
    return path.write_bytes(b"".join(_encoder.encode(item) + b"\n" for item in items))


@contextlib.contextmanager
def _listed(path: Path, places: Iterable[Place]) -> Iterator[str]:
    beside = path.with_suffix(".places")
    _write(beside, places)
    try:
        yield file_of(beside, PLACES)
    finally:
        beside.unlink(missing_ok=True)
