"""One walk through every page: nothing for axe to find in either theme, nothing from elsewhere, no error, no sideways
scrolling on any screen; and a picture of each in `build/screens/`, for people to look at. `make screens` takes them.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from scripts import build_ui
from tests.browser.conftest import REPORTS, SIZES, Watch, serious
from tests.browser.screens import INSIDE, OUTSIDE, Album, Places, Screen, places
from tests.browser.test_signing_in import ADA, printed
from tests.environments import ROOT
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SPANS = 1500
OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules of axe that may judge one theme otherwise than the other."""

BESIDE = """[...document.querySelectorAll(":popover-open")].filter((one) => {
  const { left, right } = one.getBoundingClientRect();
  return left < 0 || right > innerWidth;
}).length"""
"""How many of the things that lie over the page are partly out of sight."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an admin, colleagues, a month of the demo, and something in every part of the settings."""
    build_ui.build(ROOT)
    with Server(tmp_path_factory.mktemp("screens") / "data") as started:
        started.start()
        started.client.post("/api/demo/", json={"spans": SPANS}).raise_for_status()
        started.client_of(None).post("/api/welcome/", json={"token": printed(started), **ADA}).raise_for_status()
        while started.client.get("/api/demo/").json()["state"] != "ready":
            time.sleep(0.05)
        yield started
        assert started.stop() == 0, started.log


@pytest.fixture(scope="module")
def found(server: Server) -> Places:
    """Where things are; beside them a shared trace, keys, a price, views and an invitation."""
    admin = server.client_of(None)
    given = {"email": ADA["email"], "password": ADA["password"]}
    admin.post("/api/session/", json=given).raise_for_status()
    admin.headers["Midspan-Environment"] = "demo"
    invited = {"role": "viewer", "email": "vic@example.com"}
    link = admin.post("/api/invitations/", json=invited).raise_for_status().json()["link"]
    for name, environment in (("checkout service", "prod"), ("nightly evaluation", "demo")):
        key = {"name": name, "environment": environment, "rights": ["ingest", "read"], "requests_per_second": 50}
        admin.post("/api/keys/", json=key).raise_for_status()
    price = {"model": "gpt-4o-mini", "input_price": 0.12, "output_price": 0.5}
    admin.post("/api/prices/", json=price).raise_for_status()
    for name, page, state, is_shared in (
        ("Failed, dearest first", "spans", "query=status%3Afailed&sort=-cost&range=30d", True),
        ("Slow answers", "spans", "query=latency%3A%3E5&range=7d", False),
    ):
        view = {"name": name, "page": page, "state": state, "is_shared": is_shared}
        admin.post("/api/views/", json=view).raise_for_status()
    made = places(admin, invitation=link.partition("#")[2])
    shared = admin.patch(f"/api/traces/{made.trace}/", json={"is_public": True})
    shared.raise_for_status()
    return made


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    """The pictures of this run."""
    made = Album()
    yield made
    made.bind()


@pytest.fixture(scope="module")
def watch(server: Server) -> Watch:
    """What the page must not have done."""
    return Watch(urlsplit(server.url).netloc)


class Tab:
    """One tab for the whole walk, and what it still waits for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.is_fresh = True
        self._asked: set[Request] = set()
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)

    def _on_request(self, request: Request) -> None:
        if "/tail/" not in request.url:  # which has no end
            self._asked.add(request)

    def _on_end(self, request: Request) -> None:
        self._asked.discard(request)

    def open(self, path: str) -> None:
        """Go there: as a click would, unless something is open that a click would not close."""
        if self.is_fresh:
            self.page.goto("about:blank")  # or an address that differs behind `#` alone would not be opened
            self.page.goto(path)
        else:
            self.page.evaluate("(path) => history.pushState(null, '', path)", path)
        self.is_fresh = False

    def resize(self, size: str) -> None:
        """Make the window another one."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is still to come, and what is there has been drawn."""
        frame = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        self.page.evaluate(frame)
        deadline = time.monotonic() + 10
        while self._asked:
            assert time.monotonic() < deadline, [request.url for request in self._asked]
            self.page.wait_for_timeout(10)
        expect(self.page.locator("[class*=bone]")).to_have_count(0)
        self.page.evaluate(frame)

    @property
    def wider(self) -> int:
        """By how much the page can be scrolled sideways."""
        found: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return found


@pytest.fixture(scope="module")
def tab(browser: Browser, server: Server, watch: Watch) -> Iterator[Tab]:
    """The tab, of nobody."""
    width, height = SIZES["laptop"]
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": height},
        color_scheme="light",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    context.add_init_script(REPORTS)
    context.set_default_timeout(10_000)
    page = context.new_page()
    watch.on(page)
    yield Tab(page)
    context.close()


@pytest.fixture(scope="module")
def inside(tab: Tab) -> Tab:
    """The same, signed in."""
    assert tab.page.request.post("/api/session/", data={"email": ADA["email"], "password": ADA["password"]}).ok
    tab.is_fresh = True
    return tab


@pytest.mark.parametrize("screen", OUTSIDE, ids=str)
def test_who_is_not_signed_in_sees(tab: Tab, screen: Screen, found: Places, watch: Watch, album: Album) -> None:
    """Each page that is open to everybody."""
    tab.is_fresh = True
    look(tab, screen, found, watch, album)


@pytest.mark.parametrize("screen", INSIDE, ids=str)
def test_who_is_signed_in_sees(inside: Tab, screen: Screen, found: Places, watch: Watch, album: Album) -> None:
    """Each page, and each state of it worth a look."""
    look(inside, screen, found, watch, album)


def look(tab: Tab, screen: Screen, found: Places, watch: Watch, album: Album) -> None:
    """Open it, judge it, take its pictures. What failed or is open over the page is not there for the next one."""
    page = tab.page
    watch.expected = [screen.complains] if screen.complains else []
    watch.complaints.clear()
    try:
        if screen.before:
            screen.before(page)
        tab.open(screen.path.format(**asdict(found)))
        expect(page.locator(screen.shows).first).to_be_visible()
        tab.settle()
        if screen.act:
            screen.act(page)
        pictures(tab, screen, album)
    except BaseException:
        tab.is_fresh = True
        raise
    finally:
        tab.is_fresh = tab.is_fresh or screen.act is not None or screen.before is not None
        page.unroute_all()
        page.context.set_offline(False)
        page.emulate_media(color_scheme="light")
        tab.resize("laptop")
    assert watch.complaints == []


def pictures(tab: Tab, screen: Screen, album: Album) -> None:
    """The page as it is now, in two widths and themes, and in the width of a phone."""
    page = tab.page
    tab.settle()
    album.take(page, f"{screen.name}-1280-light")
    assert page.get_by_role("heading").count() > 0
    assert page.get_by_role("heading", level=1).count() <= 1
    assert page.title().endswith(" · Midspan")
    assert screen.fades or serious(page) == []
    assert tab.wider == 0
    page.emulate_media(color_scheme="dark")
    tab.settle()
    album.take(page, f"{screen.name}-1280-dark")
    assert screen.fades or serious(page, OF_COLOUR) == []
    tab.resize("desktop")
    album.take(page, f"{screen.name}-1920-dark")
    assert tab.wider == 0
    page.emulate_media(color_scheme="light")
    tab.settle()
    album.take(page, f"{screen.name}-1920-light")
    tab.resize("phone")
    assert page.evaluate(BESIDE) == 0
    if screen.phone:
        album.take(page, f"{screen.name}-390-light")
    assert tab.wider == 0
