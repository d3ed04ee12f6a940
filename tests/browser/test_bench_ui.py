"""What the bench measures in a browser is what happened there: delays that are made on purpose are in its figures."""

import importlib
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.environments import ROOT
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

DELAY_MS = 400
STALL_MS = 250
STALLING = f"""
addEventListener("scroll", () => {{
  if (window.stalled) return;
  window.stalled = true;
  setTimeout(() => {{
    const end = performance.now() + {STALL_MS};
    while (performance.now() < end);
  }}, 100);
}}, true);
"""
"""Has the page stand still for a while, a moment after the list has begun to move."""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The bench's own module that drives a browser."""
    monkeypatch.syspath_prepend(ROOT / "bench")
    return importlib.import_module("browser")


@pytest.fixture
def visitor(bench: Any, browser: Browser) -> Any:
    """Somebody with an empty cache."""
    with bench.Browser(browser).visitor() as visitor:
        yield visitor


def test_an_opening_is_timed_from_navigation_to_the_answer_to_a_key(
    bench: Any, visitor: Any, ui_server: Server
) -> None:
    """An answer that comes late is in every figure; files are in the first load and not in a click's."""
    listed = bench.Wanted(rows=True, key="j")

    def late(route: Route) -> None:
        time.sleep(DELAY_MS / 1000)
        route.continue_()

    with visitor.tab(listed) as tab:
        tab.page.route("**/api/request-logs/list/**", late)
        cold = tab.open(f"{ui_server.url}/spans?range=7d")
        taken = tab.memory()
    with visitor.tab(bench.Wanted()) as tab:
        tab.open(f"{ui_server.url}/spans/nothing/here?range=30d")
        clicked = tab.follow("Spans", listed)
        pages = tab.links()

    assert cold["isSettled"]
    assert DELAY_MS < cold["rows"] < cold["interactive"] <= cold["settled"]
    assert (cold["alerts"], cold["charts"]) == ([], cold["figures"])
    assert cold["shown"] > 10
    (answer,) = (request for request in cold["requests"] if "/list/" in request["address"])
    assert answer["end"] < cold["rows"]
    assert sum(request["bytes"] for request in cold["requests"] if request["type"] != "fetch") > 50_000
    assert taken["nodes"] > 100 < taken["process_mb"]

    assert clicked["isSettled"]
    assert 0 < clicked["rows"] < clicked["interactive"]
    # The code of what one may open next is fetched meanwhile; nothing of the first load is.
    assert not [request for request in clicked["requests"] if "/assets/index-" in request["address"]]
    assert pages["Spans"] == "/spans"


def test_blank_rows_and_late_frames_are_seen_while_a_list_is_scrolled(
    bench: Any, visitor: Any, ui_server: Server
) -> None:
    """A page that stands still while the wheel turns shows rows that are not drawn, and one long frame."""
    with visitor.tab(bench.Wanted(rows=True, key="j")) as tab:
        tab.page.add_init_script(STALLING)
        tab.open(f"{ui_server.url}/spans?range=7d")
        seen = tab.scroll(6000, 0.4)

    assert seen["pixels"] > 1500
    assert seen["longest"] > STALL_MS - 50
    assert seen["very_late"] >= 1
    assert seen["blank"] >= 1
    assert seen["blank_rows"] > 3
    assert seen["cpu_ms"] > STALL_MS - 50
