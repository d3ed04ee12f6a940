"""Chromium under measurement: tabs with `probe.js` in them, with an empty cache or a filled one."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import process

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import BrowserContext, Page

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDTH, HEIGHT = 1280, 800
PROBE = (Path(__file__).parent / "probe.js").read_text()
BRAND = "Midspan"
"""The link that leads home, which is to the spans."""

TIMEOUT_MS = 90_000
"""Longer than the probe waits for a page."""

Seen = dict[str, Any]
"""What the probe reports of one page: times in milliseconds since its navigation."""


class Missing(Exception):
    """There is no browser, or nothing to drive it with; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """What a page has when it is there."""

    rows: bool = False
    """A list of rows."""
    key: str = ""
    """What moves in it; pressed from the first rows on until something has moved."""

    @property
    def json(self) -> str:
        """As the probe takes it."""
        return json.dumps({"rows": self.rows, "key": self.key})


@dataclass
class Tab:
    """One tab, and the page in it."""

    page: "Page"
    chromium: "Chromium"

    def open(self, url: str) -> Seen:
        """Load the document at this address; returns when nothing has changed for half a second."""
        self.page.goto(url, wait_until="commit")
        return self._opened()

    def follow(self, name: str, wanted: Wanted) -> Seen:
        """A click on a link of the rail, the pointer going there first, as a hand does."""
        self.page.evaluate(f"midspanProbe.arm({wanted.json})")
        self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
        return self._opened()

    def links(self) -> dict[str, str]:
        """The pages in the rail: names and paths."""
        rail = self.page.get_by_role("navigation", name="Pages").get_by_role("link")
        links: list[tuple[str, str]] = rail.evaluate_all(
            "links => links.map(link => [link.innerText.trim(), link.pathname])"
        )
        return {name: path for name, path in links if name != BRAND}

    def scroll(self, pixels_per_second: int, seconds: float) -> Seen:
        """Turn the wheel over the list, by the browser's own hand, at a steady speed."""
        at = self.page.evaluate("midspanProbe.beginScroll()")
        session = self.page.context.new_cdp_session(self.page)
        gesture = {"yDistance": -round(pixels_per_second * seconds), "speed": pixels_per_second}
        cpu = self._cpu_seconds()
        session.send("Input.synthesizeScrollGesture", {**at, **gesture, "gestureSourceType": "mouse"})
        cpu = self._cpu_seconds() - cpu
        session.detach()
        found: Seen = self.page.evaluate("midspanProbe.endScroll()")
        return {**found, "cpu_ms": 1000 * cpu}

    def memory(self) -> dict[str, int]:
        """After a collection of garbage: megabytes of the script's heap and of the process, nodes of the document."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        session.send("Performance.enable")
        said = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        session.detach()
        heap, nodes = said["JSHeapUsedSize"], said["Nodes"]
        return {"heap_mb": round(heap / 1e6), "process_mb": round(self._process_bytes() / 1e6), "nodes": int(nodes)}

    def _process_bytes(self) -> int:
        """Resident memory of the tab's process: the largest one, for a spare one may wait for the next tab."""
        return max(process.memory_bytes(one["id"]) for one in self._processes() if one["type"] == "renderer")

    def _cpu_seconds(self) -> float:
        """What all of the browser has worked so far."""
        return sum(float(one["cpuTime"]) for one in self._processes())

    def _processes(self) -> list[dict[str, Any]]:
        session = self.chromium.new_browser_cdp_session()
        found: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        return found

    def _opened(self) -> Seen:
        found: Seen = self.page.evaluate("midspanProbe.opened()")
        return found


@dataclass
class Browser:
    """A running Chromium."""

    chromium: "Chromium"

    @property
    def version(self) -> str:
        return f"Chromium {self.chromium.version}"

    @contextmanager
    def visitor(self) -> Iterator["Visitor"]:
        """Somebody whose tabs share a cache, that is empty at first."""
        context = self.chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.set_default_timeout(TIMEOUT_MS)
        try:
            yield Visitor(context, self.chromium)
        finally:
            context.close()


@dataclass
class Visitor:
    """Somebody with a browser's cache of their own."""

    context: "BrowserContext"
    chromium: "Chromium"

    @contextmanager
    def tab(self, wanted: Wanted) -> Iterator[Tab]:
        """A new tab, closed in the end."""
        page = self.context.new_page()
        page.add_init_script(f"window.midspanWanted = {wanted.json};\n{PROBE}")
        try:
            yield Tab(page, self.chromium)
        finally:
            page.close()


@contextmanager
def launched() -> Iterator[Browser]:
    """The machine's Chromium, or the one that Playwright keeps. Raises `Missing` without either."""
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - only tests and this need it
    except ModuleNotFoundError as error:
        raise Missing("Playwright is not installed: `make check` installs it.") from error
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        except Error as error:
            said = str(error).splitlines()[0]
            raise Missing(f"Chromium did not start; Debian's package is chromium-headless-shell. {said}") from error
        try:
            yield Browser(chromium)
        finally:
            chromium.close()
