"""Which versions no read may show, and how a query is asked so that it sees each span once.

FINAL finds the newest version of each span while it reads, at several times the cost of a plain read. A plain read that
leaves out the versions listed in the table `superseded` (all but the newest of each span, and deletions) sees the same
rows, as long as the table is up to date. While it is not, FINAL is used: an insert that replaces rows says so
beforehand, and a plain read during which that happened is asked again.
"""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from midspan.store import rows
from midspan.store.engine import Engine, EngineError
from midspan.store.insertion import file_of
from midspan.store.segment import Tenant

log = logging.getLogger("midspan.superseded")

FINAL = ("FINAL", "1")
PLAIN = ("", "1")
_NOT_LISTED = (
    "spans.version NOT IN (SELECT version FROM superseded WHERE organization_id = {organization_id:String} "
    "AND environment = {environment:String})"
)
EXCLUDING = ("", _NOT_LISTED)
"""What stands for `@final` and `@newest`."""

EXCLUDED_MIN = 100_000
EXCLUDED_SHARE = 3
"""FINAL is the cheaper way where more than so many versions of a tenant, and every third row, are superseded."""

_LISTED = "organization_id String, environment String, version UInt64"
_ROW_BYTES = 20
"""More than a row of the list takes on disk."""

Run = Callable[[str, str], bytes]
"""Runs a query, given what stands for `@final` and `@newest`."""


class _Row(msgspec.Struct):
    organization_id: str
    environment: str
    count: int = 1


_row = msgspec.json.Decoder(_Row)


class Superseded:
    """The table `superseded`, and how many versions of each tenant are in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._counts: Counter[Tenant] = Counter()
        self._changing: set[Tenant | None] = set()
        self._changes: Counter[Tenant | None] = Counter()
        self.rows = 0
        """Of the table `spans`, near enough."""

    def load(self) -> None:
        """Count what is there. Raises `EngineError`."""
        lines = self._engine.query(
            "SELECT organization_id, environment, count() AS count FROM superseded "
            "GROUP BY organization_id, environment"
        )
        self.rows = _row.decode(
            self._engine.query("SELECT '' AS organization_id, '' AS environment, count() AS count FROM spans")
        ).count
        with self._lock:
            self._counts = Counter(
                {(row.organization_id, row.environment): row.count for row in map(_row.decode, lines.splitlines())}
            )

    def read(self, tenant: Tenant, run: Run) -> bytes:
        """The answer to a query of the tenant's. It may run twice."""
        before = self._state(tenant)
        if before is None:
            return run(*FINAL)
        count = before[0]
        if self._are_many(count):
            return run(*FINAL)
        answer = run(*(EXCLUDING if count else PLAIN))
        return answer if self._state(tenant) == before else run(*FINAL)

    def reads_final(self, tenant: Tenant) -> bool:
        """Whether queries of the tenant's are asked with FINAL, as long as nothing is written."""
        with self._lock:
            return self._are_many(self._counts[tenant])

    def _are_many(self, count: int) -> bool:
        return count > max(EXCLUDED_MIN, self.rows // EXCLUDED_SHARE)

    def _state(self, tenant: Tenant) -> tuple[int, int] | None:
        """How many versions are superseded, and how often that has changed; None while it changes."""
        with self._lock:
            if tenant in self._changing or None in self._changing:
                return None
            return self._counts[tenant], self._changes[tenant] + self._changes[None]

    @contextlib.contextmanager
    def changing(self, tenants: Iterable[Tenant] | None) -> Iterator[None]:
        """Rows of these tenants (None: anybody's) are being replaced. Where that fails, it is so until it succeeds."""
        concerned: set[Tenant | None] = {None} if tenants is None else set(tenants)
        with self._lock:
            self._changing |= concerned
            self._changes.update(concerned)
        yield
        with self._lock:
            self._changing -= concerned

    @property
    def count(self) -> int:
        """How many versions are listed, of everybody's."""
        with self._lock:
            return self._counts.total()

    def settle(self, known: Path) -> None:
        """List what rows that were just inserted have superseded. Raises `EngineError`.

        `known` holds lines of `rows.KNOWN_STRUCTURE`: spans that were replaced, and the lowest version from which on
        it is not listed yet which of theirs are superseded.
        """
        spans = file_of(known, rows.KNOWN_STRUCTURE)
        lines = self._engine.command(
            "SELECT organization_id, environment, version FROM (SELECT stored.*, known.version AS since, "
            "max(stored.version) OVER (PARTITION BY stored.id) AS newest FROM ("
            "SELECT organization_id, environment, id, is_deleted, version FROM spans "
            "WHERE (organization_id, environment, key_time, id) IN (SELECT organization_id, environment, "
            f"fromUnixTimestamp64Micro(key_time, 'UTC'), id FROM {spans})) AS stored "
            f"INNER JOIN {spans} AS known ON stored.id = known.id) "
            "WHERE version >= since AND (version < newest OR is_deleted)"
        )
        if not lines:
            return
        path = known.with_suffix(".superseded")
        path.write_bytes(lines)
        try:
            self._engine.write(
                "INSERT INTO superseded (organization_id, environment, version) "
                f"SELECT organization_id, environment, version FROM {file_of(path, _LISTED)}",
                len(lines),
            )
        finally:
            path.unlink(missing_ok=True)
        found = map(_row.decode, lines.splitlines())
        with self._lock:
            self._counts.update((row.organization_id, row.environment) for row in found)

    def take_off(self, gone: Path) -> None:
        """Take versions off the list that are stored nowhere any more, and never will be. Raises `EngineError`.

        `gone` holds lines `{"version"}`. What stays is written anew, whole and durably, before the parts that hold all
        are dropped: a failure or a power cut in between leaves more in the list, never less.
        """
        versions = f"(SELECT version FROM {file_of(gone, 'version UInt64')})"
        with self._unmerged() as parts:
            old = f"_part IN ({', '.join(parts)})" if parts else "0"
            stays = f"{old} AND version NOT IN {versions}"
            lines = self._engine.command(
                f"SELECT DISTINCT organization_id, environment FROM superseded WHERE {old} AND version IN {versions}"
            )
            self._engine.write(
                "INSERT INTO superseded (organization_id, environment, version) "
                f"SELECT organization_id, environment, version FROM superseded WHERE {stays}",
                _ROW_BYTES * self.count,
            )
            whole = self._engine.command(
                f"SELECT groupBitmapIf(version, {stays}) = groupBitmapIf(version, NOT {old}) AS whole FROM superseded"
            )
            if not msgspec.json.decode(whole)["whole"]:
                raise EngineError("what stays in the list was not written whole")
            with self.changing((row.organization_id, row.environment) for row in map(_row.decode, lines.splitlines())):
                self._drop(parts)

    def _drop(self, parts: list[str]) -> None:
        """Whatever fails, what is listed and counted then is enough: more than what is stored."""
        try:
            if parts:
                self._engine.command(f"ALTER TABLE superseded {', '.join(f'DROP PART {part}' for part in parts)}")
            self.load()
        except EngineError as error:
            log.warning("versions that may leave the list are in it still: %s", str(error)[:300])

    @contextlib.contextmanager
    def _unmerged(self) -> Iterator[list[str]]:
        """The names of the list's parts, quoted, while none of them is merged."""
        self._engine.command("SYSTEM STOP MERGES superseded")
        try:
            lines = self._engine.command(
                "SELECT name FROM system.parts WHERE database = currentDatabase() AND table = 'superseded' AND active"
            )
            yield [f"'{msgspec.json.decode(line)['name']}'" for line in lines.splitlines()]
        finally:
            self._engine.command("SYSTEM START MERGES superseded")
