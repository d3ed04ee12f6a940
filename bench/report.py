"""The records of a run as tables in Markdown: the goals first, then every figure."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]
HEADING = "## Figures"
EXPORTS = {"otlp": "OTLP protobuf", "otlp-json": "OTLP JSON", "otlp-grpc": "OTLP over gRPC"}
WRITES = ("write", "small", *EXPORTS)


@dataclass(frozen=True)
class Goal:
    """One line of the table of goals. `met` is None where there is nothing to judge."""

    work: str
    figure: str
    wanted: str
    met: bool | None


class Records:
    """Looks records up by kind and by what they say."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.all = list(records)

    def of(self, kind: str, **said: Any) -> list[Record]:
        found = [record for record in self.all if record["kind"] == kind]
        return [record for record in found if all(record.get(name) == value for name, value in said.items())]

    def middle(self, kind: str, by: str, **said: Any) -> Record | None:
        """The record with the median of `by`: one real run, not a mixture."""
        found = sorted((record for record in self.of(kind, **said) if by in record), key=lambda record: record[by])
        return found[(len(found) - 1) // 2] if found else None

    def first(self, kind: str, **said: Any) -> Record | None:
        return next(iter(self.of(kind, **said)), None)


def markdown(found: Sequence[Record]) -> str:
    """The whole report."""
    records = Records(found)
    parts = [origin(records), table(("work", "figure", "goal", "met"), map(goal_cells, goals(records)))]
    parts += [_writes(records), _others(records), _checks(records)]
    return "\n\n".join(part for part in parts if part) + "\n"


def goals(records: Records) -> list[Goal]:
    return [
        *_batch_goals(records),
        *_create_goals(records),
        *_export_goals(records),
        *_read_goals(records),
        *_resource_goals(records),
    ]


def _batch_goals(records: Records) -> list[Goal]:
    batch = records.middle("write", "spans_per_second", size=100)
    if batch is None:
        return []
    rate = batch["spans_per_second"]
    found = [least(f"batches of 100, {batch['body_kb']:.1f} kB a span", rate, 12_000, "spans/s")]
    if engine := records.first("engine"):
        share = 100 * rate / engine["spans_per_second"]
        found.append(least(f"… of the bare engine's {engine['spans_per_second']:,} spans/s", share, 70, "%"))
    if phoenix := records.first("phoenix"):
        times = rate / phoenix["stored_per_second"]
        found.append(
            least(f"… to the {phoenix['stored_per_second']:,.0f} spans/s that Phoenix stores", times, 100, "times")
        )
    return found


def _export_goals(records: Records) -> list[Goal]:
    exported = records.middle("otlp", "spans_per_second", size=100)
    if exported is None:
        return []
    name = f"OTLP protobuf, 100 a request, {exported['body_kb']:.1f} kB a span"
    found = [least(name, exported["spans_per_second"], 8000, "spans/s")]
    if phoenix := records.first("phoenix"):
        times = exported["spans_per_second"] / phoenix["stored_per_second"]
        stored = f"{phoenix['stored_per_second']:,.0f} spans/s"
        found.append(least(f"… to the {stored} that Phoenix stores of the same bodies", times, 1, "times"))
    return found


def _create_goals(records: Records) -> list[Goal]:
    found = []
    if one := records.middle("write", "p50_ms", size=1, connections=1):
        found.append(most("single creates, 1 connection, p50", one["p50_ms"], 1.5, "ms"))
    if many := records.middle("write", "spans_per_second", size=1, connections=16):
        found += [
            least(
                f"single creates, 16 connections, {many['body_kb']:.1f} kB", many["spans_per_second"], 5000, "spans/s"
            ),
            most("… p50", many["p50_ms"], 5, "ms"),
            most("… p99", many["p99_ms"], 50, "ms"),
        ]
    if (fair := records.first("fairness")) and fair["creates"]:
        work = f"single creates while another client sends bodies of {fair['body_mb']} MB, p99"
        found.append(most(work, fair["p99_ms"], 300, "ms"))
    return found


def _read_goals(records: Records) -> list[Goal]:
    found = []
    for seen in records.of("visible"):
        busy = seen["load"] != "none"
        label = f"acknowledged → in a list, p95, {'under ' + seen['load'] if busy else 'idle'}"
        found.append(most(label, seen["p95_ms"], 150, "ms"))
        share = 100 * seen["in_next_answer"] / seen["times"]
        found.append(least("… in the next answer", share, 100, "%"))
    return found + [
        most(f"{read['query']} of {read['stored']:,}, p95", read["p95_ms"], 80, "ms")
        for read in records.of("read")
        if "p95_ms" in read
    ]


def _resource_goals(records: Records) -> list[Goal]:
    found = []
    if idle := records.first("idle"):
        found.append(most(f"memory, idle on {idle['stored']:,} spans", idle["memory_mb"], 450, "MB"))
    found += [
        most(f"memory, peak during {high['during']}", high["memory_mb"], 1500, "MB") for high in records.of("peak")
    ]
    if disk := records.first("disk"):
        found.append(most(f"disk for {disk['sent_mb']:,} MB of JSON", 100 * disk["share"], 35, "%"))
    if start := records.first("start"):
        seconds = statistics.median(start["seconds"])
        found.append(most(f"start on {start['stored']:,} spans", seconds, 3, "s"))
    if crashes := records.of("crash"):
        settled = [record for record in records.of("settled") if record["during"] == "kill -9"]
        lost = sum(record["lost"] + record["duplicates"] for record in settled)
        spans = sum(record["acknowledged"] for record in crashes)
        found.append(most(f"kill -9 under load, {len(crashes)} times: lost or doubled of {spans:,}", lost, 0, "spans"))
    return found


def least(work: str, figure: float, wanted: float, unit: str) -> Goal:
    return Goal(work, f"{number(figure)} {unit}", f"≥ {number(wanted)} {unit}", figure >= wanted)


def most(work: str, figure: float, wanted: float, unit: str) -> Goal:
    return Goal(work, f"{number(figure)} {unit}", f"≤ {number(wanted)} {unit}", figure <= wanted)


def goal_cells(goal: Goal) -> tuple[str, ...]:
    return goal.work, goal.figure, goal.wanted, "yes" if goal.met else "**no**"


def _writes(records: Records) -> str:
    shapes = dict.fromkeys((r["kind"], r["size"], r["connections"]) for r in records.all if r["kind"] in WRITES)
    heads = (
        "writing",
        "connections",
        "kB a span",
        "spans/s",
        "until read",
        "p50 / p99 ms",
        "server µs",
        "driver µs",
        "resent",
    )
    return table(heads, [_write_cells(records, *shape) for shape in shapes])


def _write_cells(records: Records, kind: str, size: int, connections: int) -> tuple[str, ...]:
    said = {"size": size, "connections": connections}
    run = records.middle(kind, "spans_per_second", **said)
    assert run
    rates = sorted(record["spans_per_second"] for record in records.of(kind, **said))
    spread = f" ({rates[0]:,} to {rates[-1]:,})" if len(rates) > 1 else ""
    half, most = run.get("p50_ms", 0), run.get("p99_ms", 0)
    name = "single creates" if size == 1 else f"batches of {size}"
    return (
        f"{EXPORTS[kind]}, {size} a request" if kind in EXPORTS else name,
        str(connections),
        f"{run['body_kb']:.1f}",
        f"{run['spans_per_second']:,}{spread}",
        f"{run['read_per_second']:,}",
        f"{half:,} / {most:,}",
        f"{run['server_us']:,}",
        f"{run['driver_us']:,}",
        f"{run['resent']:,}",
    )


def _others(records: Records) -> str:
    lines = []
    if engine := records.first("engine"):
        said = f"{engine['spans_per_second']:,} spans/s, {engine['us']} µs and {engine['cpu_us']} µs of CPU a span"
        lines.append((f"bare engine, {engine['segments']} segments of {engine['segment_mb']} MB", said))
    for seen in records.of("visible"):
        said = f"{latency(seen)}; {seen['in_next_answer']} of {seen['times']} in the next answer"
        lines.append((f"acknowledged → in a list, load: {seen['load']}", said))
    lines += [
        (f"{read['query']} of {read['stored']:,}", latency(read)) for read in records.of("read") if "p95_ms" in read
    ]
    if (fair := records.first("fairness")) and fair["creates"]:
        beside = f"{fair['creates']:,} creates beside {fair['bodies']} bodies of p50 {fair['body_p50_ms']:,} ms"
        lines.append(("creates beside large bodies", f"{latency(fair)}; {beside}"))
    for crash in records.of("crash"):
        cut = f"{crash['acknowledged']:,} spans acknowledged, {crash['cut_off']} requests cut off"
        lines.append(("kill -9 under load", f"{cut}, ready again after {crash['restart_seconds']} s"))
    if start := records.first("start"):
        lines.append((f"starts on {start['stored']:,} spans", ", ".join(f"{s} s" for s in start["seconds"])))
    if phoenix := records.first("phoenix"):
        lines.append((f"Phoenix {phoenix['version']}, {phoenix['spans']:,} spans in batches of 100", _phoenix(phoenix)))
    return table(("other figures", ""), lines)


def _phoenix(record: Record) -> str:
    said = (
        f"{record['acknowledged_per_second']:,} spans/s acknowledged",
        f"{record['stored_per_second']:,} spans/s stored",
        f"all readable {record['readable_after_seconds']} s after the last answer",
        f"{record['server_us']:,} µs of CPU a span",
        f"memory {record['memory_peak_mb']} MB",
        f"newest 50 {latency(record['newest_50'])}",
        f"start {record['start_seconds']} s",
    )
    return "; ".join(said)


def _checks(records: Records) -> str:
    lines = [
        (
            record["during"],
            f"{record['acknowledged']:,}",
            str(record["lost"]),
            str(record["duplicates"]),
            str(record["stored_unacknowledged"]),
        )
        for record in records.of("settled")
    ]
    heads = ("store compared id by id after", "acknowledged", "lost", "doubled", "stored, not acknowledged")
    return table(heads, lines)


def faults(found: Sequence[Record]) -> list[str]:
    """What must never be: spans lost, doubled or not counted, requests refused for good."""
    records = Records(found)
    wrong = [
        f"spans were not counted or requests failed: {r}" for r in records.all if r.get("missing") or r.get("faults")
    ]
    wrong += [f"spans were lost or doubled: {r}" for r in records.of("settled") if r["lost"] or r["duplicates"]]
    return wrong


def origin(records: Records) -> str:
    run = records.first("run")
    if run is None:
        return ""
    return (
        f"{run['date']}, commit {run['commit']}, {run['options']}: {run['cores']} cores ({run['processor']}), "
        f"{run['memory_gb']} GB, Linux {run['kernel']}, Python {run['python']}, chDB {run['chdb']}; the load was "
        f"{run['load']} at the start. The driver ran on the same cores. Rates are the median run (lowest to highest)."
    )


def write_section(page: Path, heading: str, content: str) -> None:
    """Replace a section of the page, up to the next heading of its level."""
    text = page.read_text()
    before, found, after = text.partition(f"{heading}\n")
    if not found:
        raise ValueError(f"{page} has no heading '{heading}'")
    rest = after.find("\n## ")
    tail = after[rest:] if rest >= 0 else ""
    page.write_text(f"{before}{found}\n{content}{tail}")


def latency(record: Record) -> str:
    return f"p50 {record['p50_ms']:,} ms, p95 {record['p95_ms']:,} ms, p99 {record['p99_ms']:,} ms"


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *rows]) if rows else ""


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")
