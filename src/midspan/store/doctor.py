"""What `midspan doctor` looks at: the data directory, the journal and the store.

A running server holds the directory, so it makes the report itself and hands it over a socket in the directory, which
only its own user can open. Without a server the command opens the directory and makes the report.
"""

import asyncio
import contextlib
import os
import socket
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from midspan.store import sizes
from midspan.store.engine import Engine, EngineError, inspected
from midspan.store.home import Home
from midspan.store.migrate import files
from midspan.store.segment import LINES_MAX, segment_files

OK, WARNING, FAILED = "ok", "warning", "failed"
PIECE = 3_000_000
"""How many spans are looked for at a time."""

NAMED_MAX = 1000
"""How many lost spans of a piece are counted."""

TABLES = ("spans", "span_keys", "superseded", "trace_times", "marks", "scores", "answers")


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    status: str
    detail: str


def examine(home: Home, engine: Engine) -> Iterator[Finding]:
    """Look at everything. Blocks for as long as it takes to read the store once."""
    yield from examine_files(home)
    for check in (_schema, set_aside, _parts):
        try:
            yield check(engine)
        except EngineError as error:
            yield Finding(check.__name__.strip("_"), FAILED, str(error)[:300])
    try:
        yield _lost(home, engine)
    except EngineError as error:
        yield Finding("lost spans", FAILED, str(error)[:300])
    for table in TABLES:
        yield _table(engine, table)


def examine_files(home: Home) -> Iterator[Finding]:
    """Look at what can be seen without the engine."""
    yield _directory(home)
    yield _disk(home)
    yield from _journal(home)
    yield _rejected(home)
    yield _control(home)


def _directory(home: Home) -> Finding:
    mode = stat.S_IMODE(home.root.stat().st_mode)
    if mode & 0o077:
        return Finding("directory", WARNING, f"{home.root} can be read by others (mode {mode:o}); chmod 700 it")
    return Finding("directory", OK, f"{home.root}, store {home.store_id}")


def _disk(home: Home) -> Finding:
    free, size = sizes.disk(home)
    status = OK if free > size // 20 else WARNING
    return Finding("disk", status, f"{free / 1e9:.1f} GB of {size / 1e9:.1f} GB free")


def _journal(home: Home) -> Iterator[Finding]:
    segments = sorted(home.journal.glob("*.ndjson"))
    size = sum(path.stat().st_size for path in segments)
    yield Finding("journal", OK, f"{len(segments)} segments, {size} bytes on their way to the engine")
    try:
        number = int((home.journal / "next").read_bytes())
    except FileNotFoundError:
        yield Finding("journal numbers", OK, "none given out yet")
    except ValueError:
        yield Finding("journal numbers", FAILED, f"{home.journal / 'next'} is damaged; restore it from a backup")
    else:
        behind = [path.name for path in segments if path.stem.isdigit() and int(path.stem) >= number]
        if behind:
            yield Finding("journal numbers", FAILED, f"{', '.join(behind)} lie beyond the reserved numbers ({number})")
        else:
            yield Finding("journal numbers", OK, f"reserved up to {number}")


def _rejected(home: Home) -> Finding:
    names = sorted(path.name for path in home.rejected.glob("*.json"))
    if names:
        return Finding(
            "rejected rows",
            WARNING,
            f"{len(names)} rows were refused by the engine; {home.rejected / names[0]} says why",
        )
    return Finding("rejected rows", OK, "none")


def _control(home: Home) -> Finding:
    """Organizations, keys, prices: without them no span can be asked for."""
    path = home.root / "control.db"
    if not path.exists():
        if (home.journal / "next").exists():
            return Finding("control data", FAILED, f"{path} is not there; restore it from a backup")
        return Finding("control data", OK, "none yet")
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as database:
            said = [row[0] for row in database.execute("PRAGMA integrity_check(3)")]
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                said = ["it is empty"]
    except sqlite3.DatabaseError as error:
        said = [str(error)]
    if said != ["ok"]:
        return Finding("control data", FAILED, f"{path} is damaged, restore it from a backup: {'; '.join(said)[:300]}")
    return Finding("control data", OK, "whole")


def _schema(engine: Engine) -> Finding:
    numbers = {row["number"] for row in inspected(engine, "SELECT number FROM schema_files")}
    missing = [name for number, (name, _) in files().items() if number not in numbers]
    if missing:
        return Finding("schema", FAILED, f"not applied: {', '.join(missing)}; start the server to apply them")
    return Finding("schema", OK, f"up to date ({len(numbers)} files)")


def set_aside(engine: Engine) -> Finding:
    """Parts that the engine set aside because they are damaged: their rows are missing from every answer."""
    rows = inspected(
        engine,
        "SELECT table, count() AS parts, any(name) AS example FROM system.detached_parts "
        "WHERE database = currentDatabase() GROUP BY table",
    )
    if rows:
        told = "; ".join(f"{row['table']}: {row['parts']} parts, for example {row['example']}" for row in rows)
        return Finding("damaged parts", FAILED, f"set aside by the engine, their rows are not answered: {told}")
    return Finding("damaged parts", OK, "none")


def _parts(engine: Engine) -> Finding:
    found = sizes.tables(engine)
    told = "; ".join(f"{t.name}: {t.rows} rows, {t.parts} parts, {t.bytes / 1e6:.1f} MB" for t in found)
    most = max((table.parts for table in found), default=0)
    return Finding("tables", WARNING if most > 1000 else OK, told or "empty")


def _lost(home: Home, engine: Engine) -> Finding:
    """Spans whose keys are known and that no part holds: a part that is gone leaves no other trace."""
    count = inspected(engine, "SELECT count() AS n FROM span_keys")[0]["n"]
    pieces = count // PIECE + 1
    lost = 0
    for piece in range(pieces):
        missing = _missing(engine, f"cityHash64(id) % {pieces} = {piece}")
        # What is on its way may be in one table and not in the other; once its segment's file is gone it is in both.
        coming = {int(path.stem) for path in segment_files(home.journal)}
        ids = ", ".join(
            f"unhex('{row['id'].encode().hex()}')" for row in missing if row["newest"] // LINES_MAX not in coming
        )
        if ids:
            lost += len(_missing(engine, f"id IN ({ids})"))
    if lost:
        more = " or more" if lost >= NAMED_MAX else ""
        return Finding("lost spans", FAILED, f"{lost}{more} spans were stored and are in no part; restore a backup")
    return Finding("lost spans", OK, "none")


def _missing(engine: Engine, some: str) -> list[dict[str, Any]]:
    """The first of these spans whose newest version is not stored."""
    return inspected(
        engine,
        "SELECT id, newest FROM "
        f"(SELECT id, max(version) AS newest FROM span_keys WHERE {some} GROUP BY id, organization_id, environment) "
        f"WHERE newest NOT IN (SELECT version FROM spans WHERE {some}) ORDER BY newest LIMIT {NAMED_MAX} "
        "SETTINGS optimize_aggregation_in_order = 1",
    )


def _table(engine: Engine, table: str) -> Finding:
    """Every checksum of a table, which is every byte of it."""
    try:
        faults = [
            row for row in inspected(engine, f"CHECK TABLE {table}") if not row.get("is_passed", row.get("result"))
        ]
    except EngineError as error:
        return Finding(f"checksums of {table}", FAILED, str(error)[:300])
    if faults:
        return Finding(f"checksums of {table}", FAILED, f"{len(faults)} damaged parts: {faults[0]}")
    return Finding(f"checksums of {table}", OK, "all parts are whole")


# ---- between the command and a running server


async def answer_doctor(home: Home, engine: Engine) -> asyncio.Server:
    """Listen on the directory's socket and answer everyone who connects with a report. Close it with the server."""

    async def report(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        findings = await asyncio.to_thread(lambda: list(examine(home, engine)))
        writer.write(msgspec.json.encode(findings))
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    home.socket.unlink(missing_ok=True)
    with _short(home.socket) as path:
        server = await asyncio.start_unix_server(report, path)
    home.socket.chmod(0o600)
    return server


def ask_running(home_socket: Path) -> list[Finding] | None:
    """The report of the server that runs on a directory; None where none does."""
    with socket.socket(socket.AF_UNIX) as connection, _short(home_socket) as path:
        try:
            connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        pieces = []
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return msgspec.json.decode(b"".join(pieces), type=list[Finding])


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A socket's path in at most 107 bytes, however deep its directory lies."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
