"""Large stores to read from: built once, kept in `.cache/bench`, handed out as clones.

Up to `BASE` spans are written over HTTP, one in fifty of them a second time with other values; `multiply.py` makes the
rest of them offline. A store is built anew when the workload, the schema or the way of building it has changed.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bodies
import process
from bodies import Corpus
from driver import Outcome, sender
from servers import ROOT, Midspan, accepted
from trial import Record, Results, Trial

KEPT = ROOT / ".cache" / "bench"
SCHEMA = ROOT / "src" / "midspan" / "store" / "schema"
BASE = 100_000
RARE = "quixotry"
"""A word that one prompt in ten thousand has; none of its letters is exchanged when spans are multiplied."""

RARE_ONE_IN = 10_000
RESENT_ONE_IN = 50
CHANNELS = ("stable", "beta", "canary")
SPARE_BYTES = 6 << 30
MERGING_TIMES = 1.6
"""A store takes so many times its size while it is made: parts stay for a while after they were merged."""

CALM_SECONDS = {1_000_000: 30.0, 10_000_000: 180.0}

_LATENCY = re.compile(rb'"latency":[0-9.e-]+')


@dataclass(frozen=True)
class Stored:
    """A store that is kept: where, how many spans, and what was written over HTTP."""

    path: Path
    size: int
    sent: Corpus

    @property
    def rare(self) -> int | None:
        """How many spans have the rare word; None where only part of the last copy was taken."""
        base = len(self.sent.rows)
        return self.size // base * len(rare_rows(self.sent.rows)) if self.size % base == 0 else None

    def open(self, purpose: str) -> Midspan:
        """A server, not started, on a clone of the store."""
        server = Midspan(purpose)
        clone(self.path, server.data)
        return server


def stored(results: Results, size: int, bytes_mean: int, kept: Path = KEPT) -> Stored:
    """The store of `size` spans, or the largest that the disk takes; built where it is not kept yet."""
    count = BASE if size >= BASE else max(1, size // 2)
    spans = corpus(count, bytes_mean)
    base = _place(kept, "base", count, bytes_mean)
    began = time.perf_counter()
    if not base.exists():
        _write_base(base, spans)
    path = _place(kept, "spans", size, bytes_mean)
    if not path.exists():
        size = _fitting(results, base, count, size)
        if size <= count:
            return Stored(base, count, spans)
        path = _place(kept, "spans", size, bytes_mean)
    is_kept = path.exists()
    made = json.loads((path / "made.json").read_text()) if is_kept else _multiply(base, path, size)
    results.add(
        "store",
        stored=size,
        is_kept=is_kept,
        seconds=round(time.perf_counter() - began, 1),
        **{name: value for name, value in made.items() if name != "seconds"},
        disk_mb=round(process.disk_bytes(path) / 1e6),
    )
    return Stored(path, size, spans)


def _place(kept: Path, kind: str, count: int, bytes_mean: int) -> Path:
    return kept / f"{kind}-{count}-{bytes_mean}-{_maker()}"


def _maker() -> str:
    """Names what makes a store."""
    files = [Path(__file__).parent / f"{name}.py" for name in ("workload", "vocabulary", "stores", "multiply")]
    content = b"".join(path.read_bytes() for path in (*files, *sorted(SCHEMA.glob("*.sql"))))
    return hashlib.sha256(content).hexdigest()[:8]


def corpus(count: int, bytes_mean: int) -> Corpus:
    """The spans of the bench with `properties`, and the rare word in a few prompts."""
    plain = bodies.corpus(count, bytes_mean)
    spans = [row[:-1] + _properties(index) for index, row in enumerate(plain.rows)]
    for index in rare_rows(spans):
        spans[index] = spans[index].replace(b'"content":"', b'"content":"%s ' % RARE.encode(), 1)
    return Corpus(plain.name, spans, plain.pairs)


def rare_rows(spans: Sequence[bytes]) -> list[int]:
    """Where the rare word goes: the first prompt of a chat after each ten thousandth row."""
    found = []
    for start in range(0, len(spans), RARE_ONE_IN):
        rows = range(start, min(start + RARE_ONE_IN, len(spans)))
        found += [index for index in rows if b'"input":[{"role":"system","content":"' in spans[index]][:1]
    return found


def _properties(index: int) -> bytes:
    scattered = index * 7919
    value = {
        "user": {"tier": scattered % 5 + 1, "is_trial": scattered % 7 == 0},
        "build": {"number": scattered % 1000, "channel": CHANNELS[scattered % len(CHANNELS)]},
    }
    return b',"properties":' + json.dumps(value).encode() + b"}"


def _write_base(path: Path, spans: Corpus) -> None:
    """Through the door: batches of 100, then one span in fifty again with another latency."""
    print(f"writing {len(spans.rows):,} spans over HTTP …", file=sys.stderr, flush=True)
    server = Midspan("base")
    trial = Trial(server, Results(server.home / "records.jsonl"))
    try:
        server.start()
        numbered = trial.numbered(spans)
        again = range(0, len(spans.rows), RESENT_ONE_IN)
        rows = [_LATENCY.sub(b'"latency":9.75', numbered.rows[index]) for index in again]
        for part in (numbered, Corpus("again", rows, [numbered.pairs[index] for index in again])):
            load, outcome = server.load(part, 100), Outcome()
            indices = iter(range(len(load.requests)))
            trial.drive([sender(indices, load.requests, outcome, accepted) for _ in range(4)])
            if outcome.faults:
                raise RuntimeError(f"spans were refused: {outcome.faults.most_common(1)}")
        if (count := server.count()) != len(spans.rows):
            raise RuntimeError(f"{len(spans.rows)} spans were sent and {count} are there")
        server.stop()
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(server.data, path)
    finally:
        server.discard()


def _fitting(results: Results, base: Path, count: int, size: int) -> int:
    """`size`, or what the disk has room for, in whole copies of the base."""
    each = process.disk_bytes(base) / count
    room = shutil.disk_usage(base).free - SPARE_BYTES
    if size * each * MERGING_TIMES <= room or size <= count:
        return size
    fits = max(count, int(room / each / MERGING_TIMES) // count * count)
    results.add("no_room", wanted=size, stored=fits, free_gb=round(room / 1e9, 1), bytes_a_span=round(each))
    return fits


def _multiply(base: Path, path: Path, size: int) -> Record:
    print(f"making {size:,} spans of them …", file=sys.stderr, flush=True)
    partial = path.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    clone(base, partial)
    calm = next((seconds for most, seconds in CALM_SECONDS.items() if size <= most), max(CALM_SECONDS.values()))
    script = Path(__file__).parent / "multiply.py"
    command = [sys.executable, str(script), str(partial / "engine"), "--to", str(size), "--calm-seconds", str(calm)]
    made: Record = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    (partial / "made.json").write_text(json.dumps(made))
    partial.rename(path)
    return made


def clone(source: Path, target: Path) -> None:
    """A copy that shares what never changes: the files of the engine's parts."""
    for folder, folders, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        is_part = "checksums.txt" in names
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            file = Path(folder) / name
            if file.is_symlink():
                _link(file, there / name, source, target)
            elif not (is_part and not name.endswith(".txt") and _share(file, there / name)):
                shutil.copy2(file, there / name)


def _share(file: Path, there: Path) -> bool:
    """One file under two names; False where the two places are not on one disk."""
    try:
        os.link(file, there)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def _link(link: Path, there: Path, source: Path, target: Path) -> None:
    """The same link; into the copy where it names a place in the source."""
    to = os.readlink(link)
    there.symlink_to(str(target) + to[len(str(source)) :] if to.startswith(f"{source}/") else to)
