"""Inputs found by coverage for the decoders of OTLP and all that comes after them, up to the line of the journal.

    make fuzz ARGS="-runs=1000000"

The first byte says which encoding the rest is in. Anything that is raised but a `Fault` is a finding, and atheris keeps
the input. The words of the dictionary and the first inputs are the vendors' own, from `tests/vendors.py`.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # it is in an environment of its own

with atheris.instrument_imports(include=["midspan"]):
    from midspan.errors import Fault
    from midspan.ingest.context import Context
    from midspan.ingest.intake import Intake
    from midspan.ingest.otel import otlp_dropped, otlp_json, otlp_protobuf
    from midspan.ingest.otel.otlp import Sent
    from midspan.ingest.price import PriceBook
    from midspan.store.rows import row

from tests import instrumentations, vendors
from tests.exporting import END, START, body, json_body, json_span, span

READERS: dict[int, Callable[[bytes], list[Sent] | int]] = {
    ord("P"): otlp_protobuf.spans,
    ord("J"): otlp_json.spans,
    ord("M"): otlp_dropped.metrics_in_protobuf,
    ord("m"): otlp_dropped.metrics_in_json,
    ord("L"): otlp_dropped.logs_in_protobuf,
    ord("l"): otlp_dropped.logs_in_json,
}
CONTEXT = Context(
    organization_id="o", environment="prod", key_id="k", received_at=END // 1000, log_method="tracing_integration"
)
INTAKE = Intake(PriceBook().apply, 20_000_000)


def feed(given: bytes) -> None:
    """One input, all the way."""
    read = READERS.get(given[0]) if given else None
    if read is None:
        return
    try:
        found = read(given[1:])
    except Fault:
        return
    if isinstance(found, int):
        return
    for sent in found:
        try:
            stored = INTAKE.exported(sent, CONTEXT)
        except Fault:
            continue
        json.loads(row(stored).line + b"0}")


def seed(directory: Path) -> Path:
    """Fill a directory with the vendors' spans; returns the file of words."""
    words = set()
    for number, case in enumerate((vendors.CASES | instrumentations.CASES).values()):
        words |= set(case.attributes)
        in_protobuf = span(case.attributes, name=case.name)
        in_json = json_span(case.attributes, name=case.name, startTimeUnixNano=str(START))
        (directory / f"{number}.pb").write_bytes(b"P" + body(in_protobuf))
        (directory / f"{number}.json").write_bytes(b"J" + json_body(in_json))
    for letter, key in (("M", "resourceMetrics"), ("L", "resourceLogs")):
        (directory / letter).write_bytes(letter.encode() + b"\x0a\x00")
        (directory / f"{letter}.json").write_bytes(letter.lower().encode() + json.dumps({key: [{}]}).encode())
    file = directory.parent / "words"
    file.write_text("".join(f'"{word}"\n' for word in sorted(words) if word.isascii() and '"' not in word))
    return file


def main() -> None:
    """Run with the arguments of libFuzzer."""
    with tempfile.TemporaryDirectory() as made:
        seeds = Path(made) / "seeds"
        seeds.mkdir()
        words = seed(seeds)
        atheris.Setup([*sys.argv, f"-dict={words}", "-max_len=4096", str(seeds)], feed)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
