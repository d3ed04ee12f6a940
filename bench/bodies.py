"""Rendered spans, kept in `bench/out/bodies`, and the requests made of them.

Rendering is slow and must not share the cores with what is measured, so it is done once. Each run asks for the bodies
under a number of its own, which takes the place of the tag in every id.
"""

import hashlib
import mmap
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import workload
from workload import Span

OUT = Path(__file__).parent / "out"
BYTES_MEAN_SAMPLE = 4000
RUNS_MAX = 0xFFFF

Pair = tuple[str, str]
"""Trace id and span id."""


@dataclass(frozen=True)
class Corpus:
    """The JSON objects of some spans, all under the tag."""

    name: str
    rows: Sequence[bytes]
    pairs: Sequence[Pair]

    @property
    def bytes_mean(self) -> float:
        return sum(map(len, self.rows)) / len(self.rows)

    def numbered(self, run: int, start: int = 0, count: int | None = None) -> "Corpus":
        """A part of the corpus with the ids of run `run` (1 to 65,535)."""
        if not 0 < run <= RUNS_MAX:
            raise ValueError(f"run {run} does not fit into four hexadecimal digits")
        part = slice(start, None if count is None else start + count)
        old, new = f'"{workload.TAG}'.encode(), f'"{run:04x}'.encode()
        rows = [row.replace(old, new) for row in self.rows[part]]
        tag = new[1:].decode()
        pairs = [(tag + trace[4:], tag + span[4:]) for trace, span in self.pairs[part]]
        return Corpus(f"{self.name}#{run}", rows, pairs)


def corpus(n: int, bytes_mean: int, seed: int = 1, only_models: bool = False) -> Corpus:
    """`n` spans whose JSON is about `bytes_mean` long on average; `only_models` leaves out spans without a model."""
    name = f"{'calls' if only_models else 'spans'}-{n}-{bytes_mean}-{seed}-{_generator()}"
    path = OUT / "bodies" / f"{name}.ndjson"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        keep: Callable[[Span], bool] = (lambda span: bool(span.model)) if only_models else (lambda span: True)
        _render(path, n, seed, scale(bytes_mean, seed, keep), keep)
    return _read(path)


def _generator() -> str:
    """Names the code that makes the spans: what other code made is rendered again."""
    code = b"".join((Path(__file__).parent / f"{module}.py").read_bytes() for module in ("workload", "vocabulary"))
    return hashlib.sha256(code).hexdigest()[:8]


def scale(bytes_mean: int, seed: int, keep: Callable[[Span], bool]) -> float:
    """The scale that gives the mean: texts are stretched, the rest of a span is not."""

    def mean(stretch: float) -> float:
        sizes = [len(workload.request_log(s)) for s in workload.spans(BYTES_MEAN_SAMPLE, seed, stretch) if keep(s)]
        return sum(sizes) / len(sizes)

    low, high = mean(1.0), mean(2.0)
    return max(0.05, 1.0 + (bytes_mean - low) / (high - low))


def _render(path: Path, n: int, seed: int, scale: float, keep: Callable[[Span], bool]) -> None:
    lengths = array("I")
    pairs: list[str] = []
    partial = path.with_suffix(".partial")
    source = (span for span in workload.spans(n * 4, seed, scale) if keep(span))
    with partial.open("wb") as file:
        for _, span in zip(range(n), source, strict=False):
            row = workload.request_log(span)
            file.write(row)
            lengths.append(len(row))
            pairs.append(span.trace_id + span.span_id)
    path.with_suffix(".lengths").write_bytes(lengths.tobytes())
    path.with_suffix(".ids").write_text("\n".join(pairs))
    partial.rename(path)


def _read(path: Path) -> Corpus:
    lengths = array("I")
    lengths.frombytes(path.with_suffix(".lengths").read_bytes())
    pairs = [(line[:32], line[32:]) for line in path.with_suffix(".ids").read_text().split("\n")]
    rows: list[bytes] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        at = 0
        for length in lengths:
            rows.append(view[at : at + length])
            at += length
    return Corpus(path.stem, rows, pairs)


@dataclass(frozen=True)
class Load:
    """Requests ready to be written to a socket, and what each of them carries."""

    requests: Sequence[bytes]
    pairs: Sequence[Sequence[Pair]]
    payload_bytes: int

    @property
    def spans(self) -> int:
        return sum(map(len, self.pairs))


def request(path: str, body: bytes, headers: Sequence[str], method: str = "POST") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def singles(spans: Corpus, path: str, headers: Sequence[str]) -> Load:
    """One request for each span."""
    requests = [request(path, row, headers) for row in spans.rows]
    return Load(requests, [[pair] for pair in spans.pairs], sum(map(len, spans.rows)))


def batches(spans: Corpus, size: int, path: str, headers: Sequence[str]) -> Load:
    """One request for `size` spans, as `{"logs": […]}`."""
    parts = [slice(start, start + size) for start in range(0, len(spans.rows), size)]
    requests = [request(path, b'{"logs":[' + b",".join(spans.rows[part]) + b"]}", headers) for part in parts]
    return Load(requests, [spans.pairs[part] for part in parts], sum(map(len, spans.rows)))
