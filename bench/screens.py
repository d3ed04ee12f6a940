"""The records of the web UI as tables in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from reading import no_room
from report import Goal, Record, Records, goal_cells, least, most, number, table

HEADING = "## The web UI"
INTRODUCTION = """\
`make bench ARGS=--ui` opens the pages in Chromium on a store of a million spans, `ARGS="--ui 1M 10M"` on ten million
too. How is said below, under "How the UI is measured".
"""
FILES_KB = 300
FRAMES = 60
SPEED = 3000
"""Pixels a second at which scrolling is judged; the faster one is shown."""


@dataclass(frozen=True)
class Timed:
    """A goal for how soon something is there."""

    work: str
    page: str
    way: str
    name: str
    """Which of the times."""
    wanted_ms: float


SPANS, TRACE, DASHBOARD = "Spans", "One trace", "Dashboard"
FIRST_LOAD = Timed("first load → interactive", SPANS, "cold", "interactive_ms", 1000)
TABLE = Timed("click → table of spans", SPANS, "in the app", "rows_ms", 300)
TREE = Timed("address → tree", TRACE, "warm", "rows_ms", 2000)
CHARTS = Timed("address → dashboard of 30 days, whole", DASHBOARD, "warm", "settled_ms", 1000)


def markdown(found: Sequence[Record]) -> str:
    """The section on the UI; empty where nothing was opened."""
    records = Records(found)
    sizes = sorted({record["stored"] for record in records.all if record["kind"] in ("opened", "absent")})
    if not sizes:
        return ""
    judged = map(goal_cells, goals(records, sizes))
    parts = [*no_room(records), table(("goal of the UI", "figure", "goal", "met"), judged)]
    for size in sizes:
        parts += [f"### The UI on {size:,} spans", _origin(records, size), _opened(records, size)]
        parts += [_scrolled(records, size), _loaded(records, size), _asked(records, size)]
    return "\n\n".join(part for part in parts if part) + "\n"


def page(found: Sequence[Record]) -> str:
    """The section of the page: what is measured, then the tables."""
    return f"{INTRODUCTION}\n{markdown(found)}"


def goals(records: Records, sizes: Sequence[int]) -> list[Goal]:
    """Times are judged by p95; whoever comes for the first time has nothing cached, the others have the files."""
    found = []
    if first := records.first("opened", page=SPANS, way="cold"):  # the same files whatever the store
        found.append(most("files of the first load, compressed", first["files_kb"], FILES_KB, "kB"))
        found.append(most("… from other hosts", first["foreign"], 0, "requests"))
    for size in sizes:
        on = f"{size:,} spans"
        found += [*_time(records, size, FIRST_LOAD, on), *_time(records, size, TABLE, on)]
        found += _scroll_goals(records, size, SPANS, f"list of spans, {on}")
        if trace := records.first("trace", stored=size):
            name = f"of {trace['spans']:,} spans among {size:,}"
            found += [*_time(records, size, TREE, name), *_scroll_goals(records, size, TRACE, f"tree {name}")]
        found += _time(records, size, CHARTS, on)
    return found


def _time(records: Records, size: int, timed: Timed, on: str) -> list[Goal]:
    work = f"{timed.work}, {on}, p95"
    opened = records.first("opened", stored=size, page=timed.page, way=timed.way)
    if opened and timed.name in opened and not opened["missing"]:
        return [most(work, opened[timed.name][1], timed.wanted_ms, "ms")]
    if opened or records.first("absent", stored=size, page=timed.page):
        return [Goal(work, "did not come", f"≤ {number(timed.wanted_ms)} ms", met=False)]
    return []


def _scroll_goals(records: Records, size: int, page: str, name: str) -> list[Goal]:
    scroll = records.first("scroll", stored=size, page=page, speed=SPEED)
    if scroll is None:
        return []
    return [
        least(f"scrolling, {name}", round(frames(scroll)), FRAMES, "frames/s"),
        most("… blank rows at once, at most", scroll["blank_rows"], 0, "rows"),
    ]


def frames(scroll: Record) -> float:
    """Frames a second."""
    return float(scroll["frames"] / scroll["seconds"]) if scroll["seconds"] else 0.0


def faults(found: Sequence[Record]) -> list[str]:
    """Pages that did not come, and requests to other hosts."""
    wrong = [
        f"{r['page']} did not come on {r['stored']:,} spans: {r['alerts']}" for r in found if r["kind"] == "absent"
    ]
    for opened in (r for r in found if r["kind"] == "opened"):
        name = f"{opened['page']}, {opened['way']}, {opened['stored']:,} spans"
        if opened["missing"]:
            wrong.append(f"{name}: {opened['missing']} of {opened['times']} did not come: {opened['alerts']}")
        if opened["foreign"]:
            wrong.append(f"{name}: {opened['foreign']} requests to other hosts")
    return wrong


def _opened(records: Records, size: int) -> str:
    heads = (
        "opened",
        "way",
        "first rows",
        "a key answered",
        "whole",
        "waiting for the API",
        "longest task",
        "server's CPU",
        "times",
    )
    rows = [
        (
            opened["page"],
            opened["way"],
            _ms(opened, "rows_ms"),
            _ms(opened, "interactive_ms"),
            _ms(opened, "settled_ms"),
            _ms(opened, "asking_ms"),
            _ms(opened, "longest_ms"),
            number(opened["server_cpu_ms"]),
            str(opened["times"]),
        )
        for opened in records.of("opened", stored=size)
    ]
    return f"Each cell: p50 / p95 in ms; of the server's CPU time, the mean.\n\n{table(heads, rows)}" if rows else ""


def _ms(record: Record, name: str) -> str:
    return " / ".join(map(number, record[name])) if name in record else ""


def _scrolled(records: Records, size: int) -> str:
    heads = (
        "scrolled",
        "pixels/s",
        "frames/s",
        "later than 16.7 ms",
        "than 33.3 ms",
        "longest ms",
        "browser's CPU a frame, ms",
        "frames with blank rows",
        "blank rows at most",
        "frames at the end of what was loaded",
    )
    rows = [
        (
            scroll["page"],
            f"{scroll['speed']:,}",
            number(frames(scroll)),
            _share(scroll["late"], scroll["frames"]),
            _share(scroll["very_late"], scroll["frames"]),
            number(scroll["longest"]),
            number(scroll["cpu_ms"] / max(1, scroll["frames"])),
            f"{scroll['blank']:,} of {scroll['events']:,}",
            number(scroll["blank_rows"]),
            f"{scroll['waited']:,} of {scroll['frames']:,}",
        )
        for scroll in records.of("scroll", stored=size)
    ]
    return table(heads, rows)


def _share(part: int, whole: int) -> str:
    return f"{number(100 * part / whole)} %" if whole else ""


def _loaded(records: Records, size: int) -> str:
    """What a page loads and what its tab takes."""
    heads = ("page", "files", "answers of the API", "tab: script's heap", "process", "nodes of the document")
    rows = []
    for opened in records.of("opened", stored=size, way="cold"):
        tabs = records.of("tab", stored=size, page=opened["page"])
        rows.append(
            (
                opened["page"],
                f"{opened['files']}, {number(opened['files_kb'])} kB",
                f"{opened['answers']}, {number(opened['answers_kb'])} kB",
                *(", ".join(f"{number(tab[name])} after {tab['after']}" for tab in tabs) for name in _TAB),
            )
        )
    return table(heads, rows)


_TAB = ("heap_mb", "process_mb", "nodes")


def _asked(records: Records, size: int) -> str:
    """The requests of the middle opening: when each was sent, and when its answer was whole."""
    rows = []
    for opened in records.of("opened", stored=size):
        if opened["way"] == "warm" and opened["asked"]:
            said = [f"{path} {sent} → {end}" for path, sent, _, end in opened["asked"]]
            rows.append((opened["page"], "; ".join(said)))
    return table(("page, warm", "asked of the API: sent → answered, ms since the navigation"), rows)


def _origin(records: Records, size: int) -> str:
    run = records.first("run", stored=size)
    if run is None:
        return ""
    return (
        f"{run['date']}, commit {run['commit']}, {run['options']}: {run['browser']}, {run['screen']}, "
        f"drawn without a graphics card; {run['cores']} cores ({run['processor']}), {run['memory_gb']} GB, "
        f"Linux {run['kernel']}, Python {run['python']}, chDB {run['chdb']}; the load was {run['load']} at the start. "
        "The browser and the server share these cores, so each figure has the work of both in it."
    )
