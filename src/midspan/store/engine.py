"""The columnar engine: SQL in, bytes out. Threads and handles of the engine live only here.

`Engine` is what the rest of Midspan knows. `ChdbEngine` is the ClickHouse engine inside this process; the same SQL and
the same schema go to a ClickHouse server. Facts about chDB that shape it: one process owns a data directory; one handle
runs one query at a time, so there is a small pool of read-only ones; limits belong to a handle; the GIL is free while a
query runs; the process must never fork after the first handle is open.
"""

import contextlib
import logging
import os
import queue
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from midspan.store import insertion
from midspan.store.failed_writes import FailedWrites

log = logging.getLogger("midspan.engine")

TIMEOUT = 159
MEMORY_LIMIT = 241
NO_SPACE = 243
LOST_WRITE = 75
_CODE = re.compile(r"Code: (\d+)")
_DDL = re.compile(r"\s*(?:ALTER|CREATE)\b(?:[\w ]*? IF NOT EXISTS (?P<already>\w+))?")

# A line that is not what the table takes: parse errors, values out of range, wrong types.
_DATA_CODES = frozenset({6, 25, 26, 27, 28, 32, 33, 34, 38, 41, 53, 69, 70, 72, 117, 130, 131, 321, 349, 407, 441, 467})

SPACE_BYTES = 4 << 20
"""Free disk that an insert must leave. The engine itself asks for a MiB, three times, and takes what it gets."""

FILE_CODES = frozenset({0, 5, 33, 40, 48, 74, 75, 76, 77, 79, 88, 107, 218, 226, 228, 243, 246, 1000, 1001, 1002})
"""Codes that may speak of what is on disk and not of the question."""

GUARDED_READERS = 2
GUARDED_RESULT_BYTES = 64 << 20
"""The most that a query of users may answer with."""

_GUARDED = {
    "max_result_rows": 1_000_002,
    "max_result_bytes": GUARDED_RESULT_BYTES,
    "result_overflow_mode": "throw",
    "max_ast_depth": 500,
    "max_ast_elements": 50_000,
    "max_expanded_ast_elements": 200_000,
    "max_subquery_depth": 30,
    "max_threads": 1,  # others keep a core
    "allow_introspection_functions": 0,
    "allow_ddl": 0,
}
"""What bounds SQL of users, beside the limits of every reader. One block more than is asked for may be read."""

_FORMAT = {
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_decimals": 1,
    "output_format_json_escape_forward_slashes": 0,
}


class EngineError(Exception):
    """The engine refused or failed. `code` is ClickHouse's error code, 0 when it gave none."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        found = _CODE.search(message)
        self.code = int(found[1]) if found else 0

    @property
    def is_of_the_data(self) -> bool:
        """Whether the rows are at fault, so that trying the same rows again cannot help."""
        return self.code in _DATA_CODES


class Engine(Protocol):
    """What the store needs of an engine. Every method blocks; call it from a worker thread."""

    def query(
        self,
        sql: str,
        parameters: Mapping[str, str | int] | None = None,
        form: str = "JSONEachRow",
        *,
        guarded: bool = False,
    ) -> bytes:
        """Run one SELECT on a read-only handle and answer in the output format `form`. Raises `EngineError`.

        `{name:Type}` in the SQL are bound. `guarded` is for what users wrote: fewer handles, less memory, and bounds on
        what is answered.
        """
        ...

    def insert(
        self, segment: Path, token: str, known: Path | None = None, again: tuple[int, int] | None = None
    ) -> None:
        """Take every line of a segment into `spans`, once for each token however often it is called.

        When it returns, the rows are whole on disk. Where a write failed it raises `EngineError`, and the token counts
        no more: then, and whenever something of the segment may be stored already, `again` is to be the first and last
        version that it may have, and what is stored is not taken once more.

        `known` holds lines of `rows.KNOWN_STRUCTURE`: spans that are stored already, and what people added to them.
        """
        ...

    def places(self, ids: Path) -> dict[str, "Place"]:
        """Id → where its span lies, for those of a file's lines `{"id"}` that are stored already."""
        ...

    def write(self, sql: str, size: int) -> None:
        """Run one INSERT of about so many bytes; when it returns, the rows are whole on disk. Raises `EngineError`."""
        ...

    def command(self, sql: str, parameters: Mapping[str, str | int] | None = None) -> bytes:
        """Run one statement that writes, on the writer's handle."""
        ...

    def inspect(self, sql: str) -> bytes:
        """Run one statement that looks at the engine itself, without limits, beside everything else."""
        ...

    def tend(self) -> None:
        """Find and undo what failed writes have damaged, merges included. Costs little; call it every few seconds."""
        ...

    @property
    def era(self) -> str:
        """Another one before and after damage is undone: where it stays the same, no part has come back meanwhile."""
        ...

    def close(self) -> None: ...


class Place(msgspec.Struct, frozen=True):
    """Where a span lies: its tenant, its key_time in microseconds, and the newest version of it."""

    id: str
    organization_id: str
    environment: str
    key_time: int
    version: int = 0


_place = msgspec.json.Decoder(Place)
_row = msgspec.json.Decoder(dict[str, Any])


class Literal(str):
    """A parameter that is written as the engine reads it already."""

    __slots__ = ()


def bind(value: str | int) -> str:
    """A parameter as the engine reads it: like a field of a tab-separated file."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Literal):
        return value
    for plain, escaped in (("\\", "\\\\"), ("\0", "\\0"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return value


def memory_bytes(setting: int) -> int:
    """Memory the engine may take: the setting, or a quarter of the machine's between 512 MiB and 8 GiB."""
    if setting:
        return setting
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(8 << 30, max(512 << 20, machine // 4))


def inspected(engine: Engine, sql: str) -> list[dict[str, Any]]:
    """What `inspect` answers, row by row. Raises `EngineError`."""
    return _row.decode_lines(engine.inspect(sql))


class ChdbEngine:
    """chDB on a directory. The first handle starts the engine in this process, the last one closed stops it."""

    def __init__(self, directory: Path, *, memory: int, readers: int, query_seconds: float) -> None:
        import chdb  # noqa: PLC0415  (half a second and 200 MB; `midspan keys` does without)

        self._connect: Any = chdb.connect
        cache = max(16 << 20, memory // 16)
        server = {
            "max_server_memory_usage": memory,
            "mark_cache_size": cache,
            "primary_index_cache_size": cache,
            "index_mark_cache_size": cache,
            "query_condition_cache_size": cache // 4,
        }
        self._path = str(directory)
        # Named by its descriptor: the engine takes no notice of a file whose path holds odd characters.
        self._settings = Path(__file__).with_suffix(".xml").open("rb")
        self._writer = self._open({**server, **_FORMAT, "config-file": f"/dev/fd/{self._settings.fileno()}"})
        self._writing = threading.Lock()
        limits = {
            "max_execution_time": query_seconds,
            "max_memory_usage": memory // 2,
            "max_result_bytes": 1 << 30,
            "max_ast_depth": 1000,
            "use_skip_indexes_if_final_exact_mode": 1,
            "do_not_merge_across_partitions_select_final": 1,
            "enable_shared_storage_snapshot_in_query": 1,  # what a question counts and takes away is of one state
            "readonly": 1,
        }
        self._readers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._all = [self._writer]
        for _ in range(readers):
            reader = self._open({**_FORMAT, **limits})
            self._all.append(reader)
            self._readers.put(reader)
        self._reader_count = readers
        self._guarded: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(GUARDED_READERS):
            reader = self._open({**_FORMAT, **limits, **_GUARDED, "max_memory_usage": memory // 4})
            self._all.append(reader)
            self._guarded.put(reader)
        self._failed_writes = FailedWrites(lambda sql: _run(self._writer, sql, None))
        self._restore()
        # The engine knows the tokens of parts that it has set aside, and would take their rows for stored.
        self._era = secrets.token_hex(8) if self._failed_writes.was_set_aside() else ""

    def _open(self, options: Mapping[str, object]) -> Any:
        return self._connect(f"{quote(self._path)}?{'&'.join(f'{name}={value}' for name, value in options.items())}")

    @contextmanager
    def _reader(self, *, guarded: bool = False) -> Iterator[Any]:
        readers = self._guarded if guarded else self._readers
        reader = readers.get()
        try:
            yield reader
        finally:
            readers.put(reader)

    def query(
        self,
        sql: str,
        parameters: Mapping[str, str | int] | None = None,
        form: str = "JSONEachRow",
        *,
        guarded: bool = False,
    ) -> bytes:
        return self._mending(lambda: self._read(sql, parameters, form, guarded=guarded), guarded=guarded)

    def _read(self, sql: str, parameters: Mapping[str, str | int] | None, form: str, *, guarded: bool) -> bytes:
        with self._reader(guarded=guarded) as reader:
            return _run(reader, sql, parameters, form)

    def command(self, sql: str, parameters: Mapping[str, str | int] | None = None) -> bytes:
        with self._writing:
            if (made := _DDL.match(sql)) and not self._is_made(made["already"]):
                self._refuse_without_space(0)  # of a table's declaration nothing would be left, and no start after it
            return _run(self._writer, sql, parameters)

    def _is_made(self, table: str | None) -> bool:
        """Whether a table stands that was to be made only where it does not."""
        return table is not None and _run(self._writer, f"EXISTS {table}", None) == b'{"result":1}\n'

    def insert(
        self, segment: Path, token: str, known: Path | None = None, again: tuple[int, int] | None = None
    ) -> None:
        size = segment.stat().st_size
        with self._whole(size):
            _run(self._writer, insertion.of(segment, token + self._era, known, again), None)
        if again is not None:
            for view in self.command(insertion.VIEWS).split(b"\n")[:-1]:
                self.write(insertion.feed(view, again), size)

    def write(self, sql: str, size: int) -> None:
        with self._whole(size):
            _run(self._writer, sql, None)

    @contextmanager
    def _whole(self, size: int) -> Iterator[None]:
        """Around an insert of so many bytes: it is whole on disk at the end, or `EngineError` is raised."""
        with self._writing:
            self._tend()  # or the engine would count rows of a damaged part as stored
            self._refuse_without_space(size)
            failed = None
            try:
                yield
            except EngineError as error:
                failed = error
            if self._tend():
                raise EngineError(
                    f"Code: {LOST_WRITE}. A write of the engine failed, so nothing of it counts"
                ) from failed
            if failed is not None:
                raise failed

    def _refuse_without_space(self, size: int) -> None:
        """What is not begun cannot fail half way; rows are safe in the journal meanwhile."""
        disk = os.statvfs(self._path)
        free, needed = disk.f_bavail * disk.f_frsize, SPACE_BYTES + size
        if free < needed:
            raise EngineError(f"Code: {NO_SPACE}. {free} bytes of the disk are free, and the engine needs {needed}")

    def places(self, ids: Path) -> dict[str, Place]:
        sql = (
            "SELECT id, organization_id, environment, toUnixTimestamp64Micro(min(key_time)) AS key_time, "
            "max(version) AS version FROM span_keys "
            f"WHERE id IN (SELECT id FROM {insertion.file_of(ids, 'id String')}) "
            "GROUP BY id, organization_id, environment"
        )
        lines = self._mending(lambda: self.command(sql))
        return {place.id: place for place in map(_place.decode, lines.split(b"\n")[:-1])}

    def tend(self) -> None:
        with self._writing:
            self._tend()

    @property
    def era(self) -> str:
        return self._era

    def _tend(self) -> bool:
        """Undo damage. Returns whether there was reason to; raises `EngineError` when it is to be tried again."""
        try:
            if not self._failed_writes.suspected():
                return False
            self._era = secrets.token_hex(8)  # the tokens of what is set aside are known to the engine
            self._failed_writes.keep()
            with ExitStack() as stack:
                for _ in range(self._reader_count):
                    stack.enter_context(self._reader())  # readers wait for a moment instead of finding no table
                for _ in range(GUARDED_READERS):
                    stack.enter_context(self._reader(guarded=True))
                self._failed_writes.undo()
            self._era = secrets.token_hex(8)  # another one than while it was undone
            self._restore()
        except EngineError as error:
            raise EngineError(f"Code: {LOST_WRITE}. Damaged parts could not be set aside: {error}") from error
        return True

    def _restore(self) -> None:
        """A projection that stays broken costs time and no row: on a full disk the next start tries again."""
        try:
            self._failed_writes.restore()
        except EngineError as error:
            log.warning("broken projections were not made anew: %s", str(error)[:300])

    def _mending(self, read: Callable[[], bytes], *, guarded: bool = False) -> bytes:
        """What is read; a second time when the first met damage that could be undone."""
        era = self._era
        try:
            return read()
        except EngineError as error:
            if error.code in (TIMEOUT, MEMORY_LIMIT) or (guarded and error.code not in FILE_CODES):
                raise  # users' mistakes wait for no insert
            self.tend()
            if self._era == era:
                raise
        return read()

    def inspect(self, sql: str) -> bytes:
        handle = self._open(_FORMAT)
        try:
            return _run(handle, sql, None)
        finally:
            handle.close()

    def close(self) -> None:
        for handle in reversed(self._all):
            handle.close()
        self._settings.close()


def _run(handle: Any, sql: str, parameters: Mapping[str, str | int] | None, form: str = "JSONEachRow") -> bytes:
    try:
        result = handle.query(sql, form, params={k: bind(v) for k, v in (parameters or {}).items()})
    except RuntimeError as error:
        _forget(handle)
        raise EngineError(str(error)) from error
    return bytes(result.bytes())


def _forget(handle: Any) -> None:
    """Have a handle give away what a query that failed half way had found.

    chDB keeps that, and would put it before the answer to the handle's next question, which may be another tenant's.
    """
    for _ in range(3):
        with contextlib.suppress(RuntimeError):
            if bytes(handle.query("SELECT 1", "TSV").bytes()) == b"1\n":
                return
    raise RuntimeError("a handle of the engine does not forget a query that failed")
