"""The records of reading as tables in Markdown: one for each store, and one beside other servers."""

from collections.abc import Sequence
from typing import Any

from report import Goal, Record, Records, goal_cells, least, most, number, origin, table

HEADING = "## Reading"
INTRODUCTION = """\
`make bench ARGS=--queries` asks these questions of a store of a million spans, `ARGS="--queries 1M 10M"` of ten million
too, `ARGS=--beside` asks Midspan and Arize Phoenix the same on 100,000. How is said below, under "How reading is
measured".
"""
LARGER_TIMES = 3
START_SECONDS = 3
MEMORY_MB = 450


def markdown(found: Sequence[Record]) -> str:
    """The section on reading; empty where nothing was asked."""
    records = Records(found)
    sizes = _sizes(records)
    if not sizes and not records.of("beside"):
        return ""
    parts = [origin(records), *no_room(records)]
    parts.append(table(("goal of reading", "figure", "goal", "met"), map(goal_cells, goals(records))))
    for size in sizes:
        parts += [f"### {size:,} spans", _questions(records, size, sizes[0]), _others(records, size)]
    parts += _beside(records)
    return "\n\n".join(part for part in parts if part) + "\n"


def page(found: Sequence[Record]) -> str:
    """The section of the page: what is measured, then the tables."""
    return f"{INTRODUCTION}\n{markdown(found)}"


def goals(records: Records) -> list[Goal]:
    """Latencies are judged warm and alone; a larger store by how much slower it is."""
    found = []
    for size in (sizes := _sizes(records)):
        for asked in records.of("question", stored=size, cache="warm", load="alone"):
            if not asked["goal_ms"]:
                continue
            work = f"{asked['question']}, {size:,} spans, p95"
            if "p95_ms" not in asked:
                found.append(Goal(work, _refused(asked), f"≤ {asked['goal_ms']} ms", met=False))
            elif size == sizes[0]:
                found.append(most(work, asked["p95_ms"], asked["goal_ms"], "ms"))
            elif ratio := _ratio(records, asked, sizes[0]):
                found.append(most(f"{work}, to {sizes[0]:,}", ratio, LARGER_TIMES, "times"))
        if start := records.first("start", stored=size, cache="warm"):
            found.append(most(f"start on {size:,} spans", start["seconds"], START_SECONDS, "s"))
        if idle := records.first("idle", stored=size):
            found.append(most(f"memory, idle on {size:,} spans", idle["memory_mb"], MEMORY_MB, "MB"))
    for peer in _peers(records):
        found += [_against(records, asked) for asked in records.of("beside", server=peer) if "p95_ms" in asked]
    return found


def _against(records: Records, asked: Record) -> Goal:
    """Faster than another server on the same question."""
    work = f"{asked['question']}, {asked['stored']:,} spans, times as fast as {asked['server']}, p95"
    own = records.first("beside", server="Midspan", question=asked["question"])
    if own is None or "p95_ms" not in own:
        return Goal(work, _refused(own or {}), "≥ 1 times", met=False)
    return least(work, asked["p95_ms"] / own["p95_ms"], 1, "times")


def faults(found: Sequence[Record]) -> list[str]:
    """Wrong answers, failures of the server, events that never came."""
    wrong = [f"{r['question']} found {r['found']}, which is wrong" for r in found if r.get("wrong")]
    wrong += [
        f"{r['question']} was answered {r['status']}: {r['said']}"
        for r in found
        if r["kind"] == "question" and (r["status"] == 0 or r["status"] >= 500)
    ]
    return wrong + [
        f"events of the live tail are missing: {r}" for r in found if r["kind"] == "tail" and r.get("missing")
    ]


def _sizes(records: Records) -> list[int]:
    return sorted({record["stored"] for record in records.of("question")})


def _peers(records: Records) -> list[str]:
    return [name for name in dict.fromkeys(r["server"] for r in records.of("beside")) if name != "Midspan"]


def no_room(records: Records) -> list[str]:
    """A sentence for each store that was smaller than it was wished."""
    return [
        f"**{r['wanted']:,} spans do not fit on this disk** ({r['free_gb']} GB free, {r['bytes_a_span']:,} bytes a "
        f"span): {r['stored']:,} instead."
        for r in records.of("no_room")
    ]


def _ratio(records: Records, asked: Record, base: int) -> float | None:
    """How many times slower than on the smallest store, by p95."""
    said = {name: asked[name] for name in ("question", "cache", "load")}
    small = records.first("question", stored=base, **said)
    if small is None or "p95_ms" not in small or "p95_ms" not in asked:
        return None
    return float(asked["p95_ms"]) / max(0.01, float(small["p95_ms"]))


def _questions(records: Records, size: int, base: int) -> str:
    heads = ["question", "matches", "goal, p95", "cold", "warm", "beside writing", "calls"]
    if size != base:
        heads.append(f"warm p95, to {base:,}")
    names = dict.fromkeys(r["question"] for r in records.of("question", stored=size))
    return "Each cell: p50 / p95 in ms.\n\n" + table(heads, [_cells(records, size, base, name) for name in names])


def _cells(records: Records, size: int, base: int, name: str) -> list[str]:
    ways = (("cold", "alone"), ("warm", "alone"), ("warm", "writing"))
    asked = [records.first("question", stored=size, question=name, cache=cache, load=load) for cache, load in ways]
    warm: dict[str, Any] = asked[1] or {}
    matches, goal = warm.get("found"), warm.get("goal_ms")
    cells = [name, "" if matches is None else f"{matches:,}", f"{goal} ms" if goal else ""]
    cells += [_latency(one) for one in asked]
    cells.append(" / ".join(str(one["calls"]) if one else "0" for one in asked))
    if size != base:
        ratio = _ratio(records, warm, base) if warm else None
        cells.append(f"{number(ratio)} times" if ratio else "")
    return cells


def _latency(asked: Record | None) -> str:
    if asked is None:
        return "not asked"
    if "p95_ms" not in asked:
        return _refused(asked)
    return f"{number(asked['p50_ms'])} / {number(asked['p95_ms'])}"


def _refused(asked: Record) -> str:
    return f"not answered ({asked['status']})" if asked.get("status", 200) != 200 else "not measured"


def _others(records: Records, size: int) -> str:
    lines: list[tuple[str, str]] = []
    if made := records.first("store", stored=size):
        lines.append(("the store", _made(made)))
    lines += [(f"start, {start['cache']}", f"{start['seconds']} s") for start in records.of("start", stored=size)]
    lines += [(f"export, {export['load']}", _export(export)) for export in records.of("export", stored=size)]
    lines += [
        (f"acknowledged → event of the live tail, {tail['load']}", _tail(tail))
        for tail in records.of("tail", stored=size)
    ]
    lines += [
        (f"writing 1,000 spans/s, beside {writing['beside']}", _writing(writing))
        for writing in records.of("writing", stored=size)
    ]
    return table(("other figures", ""), lines)


def _made(made: Record) -> str:
    ways = f"{made['base']:,} spans over HTTP, {made['copies']} times copied offline"
    return f"{ways}; {made['disk_mb']:,} MB, {made['parts']} parts of the table of spans"


def _writing(writing: Record) -> str:
    if "p50_ms" not in writing:
        return "nothing was acknowledged"
    return (
        f"{writing['spans_per_second']:,} spans/s acknowledged; p50 {writing['p50_ms']} ms, p95 {writing['p95_ms']} "
        f"ms, p99 {writing['p99_ms']} ms from when a batch was due; {writing['refused']} refused at first"
    )


def _export(export: Record) -> str:
    if export["status"] != 200:
        return f"not answered ({export['status']})"
    part = "all" if export["is_whole"] else f"the first {export['seconds']} s"
    return (
        f"{export['spans_per_second']:,} spans/s, {export['mb_per_second']} MB/s ({part}); memory "
        f"{export['memory_before_mb']:,} MB before, at most {export['memory_peak_mb']:,} MB"
    )


def _tail(tail: Record) -> str:
    if tail["status"] != 200:
        return f"not answered ({tail['status']})"
    if "p95_ms" not in tail:
        return f"none of {tail['probes']} came"
    came = f"{tail['probes'] - tail['missing']} of {tail['probes']} came"
    return f"p50 {tail['p50_ms']} ms, p95 {tail['p95_ms']} ms; {came}"


def _beside(records: Records) -> list[str]:
    asked = records.of("beside")
    if not asked:
        return []
    servers = ["Midspan", *_peers(records)]
    names = dict.fromkeys(r["question"] for r in asked)
    rows = [
        [name, *(_latency(records.first("beside", question=name, server=server)) for server in servers)]
        for name in names
    ]
    return [
        "### Beside other servers",
        f"{asked[0]['stored']:,} spans each, warm: p50 / p95 in ms.",
        table(["question", *servers], rows),
    ]
