"""The web UI in a browser, on a large store: how soon pages are there, how lists scroll, what a tab takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import large_trace
import process
from browser import Browser, Seen, Wanted
from driver import percentile
from questions import END, START
from servers import Midspan, moment
from stores import Stored
from trial import Record, Results, Trial

LISTS = ("Spans", "Traces", "Threads", "Customers")
"""Pages that are a list of rows in which `j` moves. The others are there when nothing changes any more."""

LIST = Wanted(rows=True, key="j")
PAGE = Wanted()
NOWHERE = "/spans/nothing/here"
"""An address without a page: the shell, and no question about spans."""

TRACE = "One trace"
JUDGED = ("Spans", "Dashboard", TRACE)
"""Pages with goals, which are opened more often."""

SPEEDS = (3000, 12_000)
"""Pixels a second: a wheel that is turned fast, and a flick."""

TIMES = ("contentful", "rows", "interactive", "settled", "blocked", "longest", "asking")


@dataclass(frozen=True)
class Pace:
    """How much of everything."""

    opens: int = 20
    """How often a page with a goal is opened in each way."""
    opens_others: int = 10
    """The same of the other pages."""
    opens_min: int = 5
    seconds: float = 45
    """After so long a page is opened no more often in a way, once it was `opens_min` times."""
    scroll_seconds: float = 6
    trace_spans: int = 30_000
    calm_seconds: float = 5
    """Between writing the large trace and opening it."""


@dataclass
class Visits:
    """The measurements of one store."""

    results: Results
    size: int
    server: Midspan
    browser: Browser
    pace: Pace
    asked: int = 0
    base: str = field(init=False)

    def __post_init__(self) -> None:
        self.base = f"http://127.0.0.1:{self.server.port}"

    def all(self) -> None:
        """Every page of the rail, and the list of spans in motion."""
        with self.browser.visitor() as visitor, visitor.tab(PAGE) as tab:
            tab.open(self._address(NOWHERE))
            pages = tab.links()
        if not pages:
            raise RuntimeError(f"there is no UI at {self.base}")
        for name, path in pages.items():
            wanted = LIST if name in LISTS else PAGE
            if self._is_there(name, path, wanted):
                self._cold(name, path, wanted)
                self._warm(name, path, wanted)
                self._followed(name, wanted)
        self._scrolled("Spans", "/spans", LIST)

    def trace(self) -> None:
        """A trace of many thousands of spans, that was written before."""
        path = f"/traces/{large_trace.TRACE}"
        if self._is_there(TRACE, path, LIST):
            self._cold(TRACE, path, LIST)
            self._warm(TRACE, path, LIST)
            self._scrolled(TRACE, path, LIST)

    def _is_there(self, name: str, path: str, wanted: Wanted) -> bool:
        """Opens it once, which is the server's own first time and counts nowhere."""
        seen = self._open_cold(path, wanted)
        if not _is_missing(seen, wanted):
            return True
        self._add("absent", page=name, alerts=seen["alerts"][:3], shown=seen["shown"], settled=seen["isSettled"])
        return False

    def _address(self, path: str) -> str:
        """The page over the 30 days of the store, and each time over some seconds more, so that no answer is known."""
        self.asked += 1
        return f"{self.base}{path}?{urlencode({'from': START, 'to': moment(END + self.asked)})}"

    def _cold(self, name: str, path: str, wanted: Wanted) -> None:
        """A new document for somebody who was never here."""
        self._opened(name, "cold", wanted, lambda: self._open_cold(path, wanted))

    def _open_cold(self, path: str, wanted: Wanted) -> Seen:
        with self.browser.visitor() as stranger, stranger.tab(wanted) as tab:
            return tab.open(self._address(path))

    def _warm(self, name: str, path: str, wanted: Wanted) -> None:
        """A new document, its files in the browser's cache."""
        with self.browser.visitor() as visitor:

            def open_() -> Seen:
                with visitor.tab(wanted) as tab:
                    return tab.open(self._address(path))

            open_()
            self._opened(name, "warm", wanted, open_)
            with visitor.tab(wanted) as tab:
                tab.open(self._address(path))
                self._add("tab", page=name, after="opening", **tab.memory())

    def _followed(self, name: str, wanted: Wanted) -> None:
        """From one page to another, by a click in the rail."""
        with self.browser.visitor() as visitor:

            def follow() -> Seen:
                with visitor.tab(PAGE) as tab:
                    tab.open(self._address(NOWHERE))
                    return tab.follow(name, wanted)

            follow()
            self._opened(name, "in the app", wanted, follow)

    def _scrolled(self, name: str, path: str, wanted: Wanted) -> None:
        with self.browser.visitor() as visitor, visitor.tab(wanted) as tab:
            for speed in SPEEDS:
                if _is_missing(tab.open(self._address(path)), wanted):
                    return  # which was said before
                seen = tab.scroll(speed, self.pace.scroll_seconds)
                self._add("scroll", page=name, speed=speed, **{key: _rounded(value) for key, value in seen.items()})
            self._add("tab", page=name, after="scrolling", **tab.memory())

    def _opened(self, name: str, way: str, wanted: Wanted, once: Callable[[], Seen]) -> None:
        """Opens it as often as there is time for, and writes down what that took."""
        wished = self.pace.opens if name in JUDGED else min(self.pace.opens, self.pace.opens_others)
        end = time.perf_counter() + self.pace.seconds
        cpu = process.cpu_seconds(self.server.pid)
        seen: list[Seen] = []
        while len(seen) < wished and (len(seen) < self.pace.opens_min or time.perf_counter() < end):
            seen.append(once())
        cpu = (process.cpu_seconds(self.server.pid) - cpu) / len(seen)
        said = {"page": name, "way": way, "times": len(seen), "server_cpu_ms": round(1000 * cpu)}
        self._add("opened", **said, **opened(seen, wanted, self.base))

    def _add(self, kind: str, **figures: object) -> Record:
        return self.results.add(kind, stored=self.size, **figures)


def opened(seen: Sequence[Seen], wanted: Wanted, base: str) -> Record:
    """What many openings of one page have in common: p50 and p95 of every time in milliseconds, the requests of one."""
    for one in seen:
        one["asking"] = asking(one)
    times = {}
    for name in TIMES:
        values = [one[name] for one in seen if one[name] is not None]
        if values:
            times[f"{name}_ms"] = [_rounded(percentile(values, share)) for share in (0.5, 0.95)]
    middle = sorted(seen, key=lambda one: float(one["settled"]))[(len(seen) - 1) // 2]
    files = [request for request in middle["requests"] if not _is_api(request)]
    answers = [request for request in middle["requests"] if _is_api(request)]
    return {
        **times,
        "missing": sum(_is_missing(one, wanted) for one in seen),
        "alerts": sorted({alert for one in seen for alert in one["alerts"]})[:3],
        "foreign": sum(not request["address"].startswith(f"{base}/") for one in seen for request in one["requests"]),
        "shown": middle["shown"],
        "figures": middle["figures"],
        "charts": middle["charts"],
        "files": len(files),
        "files_kb": round(sum(request["bytes"] for request in files) / 1000, 1),
        "sent_kb": round(sum(request["wire"] for request in files) / 1000, 1),
        "answers": len(answers),
        "answers_kb": round(sum(request["bytes"] for request in answers) / 1000, 1),
        "asked": [
            [urlsplit(one["address"]).path, round(one["start"]), round(one["first"]), round(one["end"])]
            for one in answers
        ],
    }


def asking(seen: Seen) -> float:
    """For how many milliseconds at least one answer of the API was waited for."""
    total, until = 0.0, 0.0
    for request in sorted(filter(_is_api, seen["requests"]), key=lambda one: float(one["start"])):
        total += max(0.0, request["end"] - max(until, request["start"]))
        until = max(until, request["end"])
    return total


def _is_missing(seen: Seen, wanted: Wanted) -> bool:
    """It has failed, still changes after a minute, or has no row in which a key moves."""
    has_list = seen["rows"] is not None and (not wanted.key or seen["interactive"] is not None)
    return bool(seen["alerts"]) or not seen["isSettled"] or (wanted.rows and not has_list)


def _is_api(request: Seen) -> bool:
    return bool(request["type"] == "fetch")


def _rounded(value: object) -> object:
    return round(value, 1) if isinstance(value, float) else value


def measure(results: Results, stored: Stored, browser: Browser, pace: Pace) -> None:
    """The pages on a clone of the store, and a large trace in it."""
    server = stored.open("ui")
    server.authentication = False
    began = time.perf_counter()
    try:
        server.start()
        visits = Visits(results, stored.size, server, browser, pace)
        visits.all()
        large_trace.write(Trial(server, results), pace.trace_spans)
        results.add("trace", stored=stored.size, spans=pace.trace_spans)
        time.sleep(pace.calm_seconds)
        visits.trace()
    finally:
        server.discard()
    results.add("took", stored=stored.size, seconds=round(time.perf_counter() - began))
