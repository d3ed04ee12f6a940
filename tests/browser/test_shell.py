"""What is around every page: ranges, keys, commands, themes, prefixes, and a server that goes away."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FAILED, SPANS, Opener, Watch, serious
from tests.server import Server, Starter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


def grid(page: Page) -> None:
    """Wait until the table has its first rows."""
    expect(page.get_by_role("row").nth(3)).to_be_visible()


def test_the_root_is_the_spans_with_what_they_come_to(open_page: Opener) -> None:
    """Who opens the server's address sees what happened in the last day."""
    page = open_page("/")
    grid(page)

    assert urlsplit(page.url).path == "/spans"
    assert page.title() == "Spans · Midspan"
    expect(page.get_by_text(f"{SPANS} spans")).to_be_visible()
    expect(page.get_by_text(f"{FAILED} failed")).to_be_visible()


def test_the_range_is_in_the_address_and_back_and_forward_walk_it(open_page: Opener) -> None:
    """A chosen range can be linked to, and the browser's buttons go through the ranges that were looked at."""
    page = open_page("/spans")
    grid(page)
    page.get_by_role("button", name="Last 24 hours").click()
    page.get_by_role("button", name="Last hour").click()
    expect(page.get_by_role("button", name="Last hour")).to_be_visible()
    assert urlsplit(page.url).query == "range=1h"

    page.go_back()
    expect(page.get_by_role("button", name="Last 24 hours")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("button", name="Last hour")).to_be_visible()


def test_a_typed_range_that_cannot_be_read_says_what_can(open_page: Opener) -> None:
    """A fault is shown at its field."""
    page = open_page("/spans")
    page.get_by_role("button", name="Last 24 hours").click()
    page.get_by_label("From").fill("yesterday")
    page.get_by_role("button", name="Show this range").click()
    expect(page.get_by_role("alert")).to_contain_text("such as 2026-11-28 14:00")

    page.get_by_label("From").fill("2026-01-02 03:04")
    page.get_by_label("To", exact=True).fill("2026-01-02 05:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No spans in this range")).to_be_visible()
    assert urlsplit(page.url).query == "from=2026-01-02T02%3A04%3A00.000Z&to=2026-01-02T04%3A00%3A00.000Z"


def test_a_stretch_drawn_on_the_chart_becomes_the_range(open_page: Opener) -> None:
    """A look at one hour is one move of the pointer."""
    page = open_page("/spans")
    grid(page)
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 100, box["y"] + 20, steps=4)
    page.mouse.up()

    page.wait_for_url("**/spans?from=*&to=*")
    expect(page.get_by_text(f"{SPANS} spans")).to_be_hidden()


def test_behind_the_chart_is_a_table(open_page: Opener) -> None:
    """Who does not see a canvas reads its numbers."""
    page = open_page("/spans")
    grid(page)
    page.get_by_role("button", name="Show as table").click()

    expect(page.get_by_role("columnheader", name="Succeeded")).to_be_visible()
    assert serious(page) == []


def test_the_filter_is_the_query_language_and_its_faults_are_said(open_page: Opener, watch: Watch) -> None:
    """`/` leads to the filter, Enter applies it, and what is not understood is explained."""
    page = open_page("/spans")
    grid(page)
    page.keyboard.press("/")
    page.keyboard.type("-status:success")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{FAILED} spans")).to_be_visible()
    assert "query=-status%3Asuccess" in page.url

    watch.expected.append("400 (Bad Request)")
    page.get_by_label("Filter spans").fill("modle:x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'model'?")


def test_keys_move_in_the_table_and_are_listed(open_page: Opener) -> None:
    """`j` and `k` walk the rows, and `?` says so."""
    page = open_page("/spans")
    grid(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    table = page.get_by_role("grid", name="Spans")
    active = table.get_attribute("aria-activedescendant")
    assert active is not None
    assert page.locator(f'[id="{active}"]').get_attribute("aria-rowindex") == "2"

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next row")
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_every_span_is_reached_by_scrolling(open_page: Opener) -> None:
    """Only what is seen is drawn, and the end brings the next page until there is none."""
    page = open_page("/spans")
    grid(page)
    table = page.get_by_role("grid", name="Spans")
    last = page.locator(f'[aria-rowindex="{SPANS + 1}"]')
    for _ in range(20):
        table.focus()
        page.keyboard.press("End")
        if last.count():
            break
        page.wait_for_timeout(50)

    expect(last).to_be_visible()
    assert page.get_by_role("row").count() < 80


def test_the_command_menu_finds_what_can_be_done(open_page: Opener) -> None:
    """A few letters and Enter: another theme, which is there after a reload too. An id opens what has it."""
    page = open_page("/spans", theme="light")
    grid(page)
    page.get_by_role("button", name="Columns").focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("dark")
    assert serious(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.reload()
    grid(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(12, 15, 17)"

    page.keyboard.press("Control+k")
    page.keyboard.type("user-12")
    page.get_by_role("option", name="Open the customer “user-12”").click()
    expect(page.get_by_role("heading", level=1, name="user-12")).to_be_visible()


def test_columns_can_be_left_out_and_moved(open_page: Opener) -> None:
    """Which columns there are is in the address; a link shows the same table."""
    page = open_page("/spans?columns=timestamp,model,cost")
    grid(page)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Move Cost to the left").click()
    page.get_by_role("checkbox", name="Customer").check()

    page.wait_for_url("**/spans?columns=timestamp%2Ccost%2Cmodel%2Ccustomer")
    titles = page.get_by_role("columnheader").all_inner_texts()
    assert titles == ["", "Time", "Cost", "Model", "Customer"]  # the first is for choosing rows
    assert serious(page) == []


def test_columns_are_made_wider_with_keys_and_stay_so(open_page: Opener) -> None:
    """The edge of a column is a separator: arrows, Home, and Enter for as wide as what is in it."""
    page = open_page("/spans?columns=timestamp,model,customer")
    grid(page)
    edge = page.get_by_role("separator", name="Width of Model")
    head = page.get_by_role("columnheader", name="Model", exact=True)
    edge.press("Home")
    expect(edge).to_have_attribute("aria-valuenow", "48")
    edge.press("Shift+ArrowRight")
    edge.press("ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", "96")
    assert head.evaluate("head => head.offsetWidth") == 96
    assert serious(page) == []
    edge.press("Enter")
    models = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).length"
    assert page.locator("[role=gridcell]:nth-child(3)").evaluate_all(models) == 0
    fitting = head.evaluate("head => head.offsetWidth")
    assert 96 < fitting < 200

    page.reload()
    grid(page)
    assert head.evaluate("head => head.offsetWidth") == fitting
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Reset columns").click()
    assert "columns=" not in page.url
    assert head.evaluate("head => head.offsetWidth") < fitting


def test_another_environment_is_one_choice_away_and_stays_in_links(open_page: Opener) -> None:
    """The test environment has spans of its own: here none."""
    page = open_page("/spans")
    grid(page)
    page.get_by_role("button", name="Environment: prod").click()
    assert serious(page) == []
    page.get_by_role("menuitemradio", name="test").click()

    expect(page.get_by_text("Send the first span")).to_be_visible()
    assert "env=test" in page.url
    link = page.get_by_role("link", name="Spans", exact=True).get_attribute("href")
    assert link == "/spans?env=test"


class _Prefix(BaseHTTPRequestHandler):
    """A proxy that shows a server below `/tools/midspan`."""

    target = ""

    def do_GET(self) -> None:
        """Pass on, without the prefix; the browser's Host stays, as behind most proxies."""
        self._pass(None)

    def do_POST(self) -> None:
        """The same with a body."""
        self._pass(self.rfile.read(int(self.headers["Content-Length"])))

    def _pass(self, body: bytes | None) -> None:
        if not self.path.startswith("/tools/midspan/"):
            self.send_error(404)
            return
        connection = http.client.HTTPConnection(self.target)
        connection.request(self.command, self.path.removeprefix("/tools/midspan"), body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(ui_server: Server) -> Iterator[str]:
    """The address of such a proxy before the server."""
    handler = type("Handler", (_Prefix,), {"target": urlsplit(ui_server.url).netloc})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_it_works_below_a_prefix_that_only_the_proxy_knows(open_page: Opener, proxy: str, watch: Watch) -> None:
    """Files, API and links are found below the path under which the page was opened."""
    watch.host = urlsplit(proxy).netloc
    page = open_page("/tools/midspan/", url=proxy)
    grid(page)

    assert urlsplit(page.url).path == "/tools/midspan/spans"
    link = page.get_by_role("link", name="Spans", exact=True).get_attribute("href")
    assert link == "/tools/midspan/spans"
    page.close()  # before its server goes


def test_a_server_that_goes_away_is_waited_for(
    open_page: Opener, start_server: Starter, watch: Watch, ui_server: Server
) -> None:
    """While it is away the page says so and stays; when it is back, the page goes on by itself."""
    server = start_server(settings={"authentication": False})
    watch.host = urlsplit(server.url).netloc
    watch.expected += [
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_SOCKET_NOT_CONNECTED",
        "ERR_EMPTY_RESPONSE",
    ]
    page = open_page("/spans", url=server.url)
    expect(page.get_by_text("Send the first span")).to_be_visible()
    server.kill()
    page.keyboard.press("r")
    expect(page.get_by_text("Midspan cannot be reached. What is shown")).to_be_visible()

    server.start()
    expect(page.get_by_text("Midspan cannot be reached. What is shown")).to_be_hidden()
    expect(page.get_by_text("Send the first span")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "code", "title"),
    [(403, "forbidden", "You may not see this"), (500, "internal_error", "The server has failed")],
)
def test_a_refusal_says_what_the_server_said_and_lets_one_try_again(
    open_page: Opener, watch: Watch, status: int, code: str, title: str
) -> None:
    """What failed is drawn where it would have been, with the server's own sentence; the rest of the page works."""
    watch.expected.append(f"status of {status}")
    page = open_page("/sql")
    body = json.dumps({"detail": "Reference: 12ab.", "error": "x", "code": code})
    page.route("**/api/request-logs/list/**", lambda route: route.fulfill(status=status, body=body))
    page.get_by_role("link", name="Spans", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(title)
    expect(alert).to_contain_text("Reference: 12ab.")

    page.unroute("**/api/request-logs/list/**")
    alert.get_by_role("button", name="Try again").click()
    grid(page)
    expect(alert).to_be_hidden()


def test_a_session_that_ends_leads_to_signing_in_and_remembers_the_page(open_page: Opener, watch: Watch) -> None:
    """The first refusal of the API sends one to sign in; the address says where to come back to."""
    watch.expected.append("status of 401")
    page = open_page("/spans?query=model:gpt-5")
    grid(page)
    ended = {**page.request.get("/api/session/").json(), "authenticated": False, "authentication": "on"}
    page.route("**/api/session/", lambda route: route.fulfill(json=ended))
    body = json.dumps({"detail": "No session.", "error": "x", "code": "unauthorized"})
    page.route("**/api/request-logs/list/**", lambda route: route.fulfill(status=401, body=body))
    page.keyboard.press("r")

    page.wait_for_url("**/sign-in?next=%2Fspans%3Fquery%3Dmodel%3Agpt-5")
