"""What pages ask the API: early, once, and no more than is looked at."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

FIRST = {
    "/spans": "/api/request-logs/list/",
    "/traces": "/api/traces/list/",
    "/threads": "/api/log_threads/",
    "/customers": "/api/users/list/",
    "/dashboard": "/api/metrics/query/",
}
ASIDE = "/settings/about"
"""A page that asks for no spans."""


def asked(page: Page) -> list[Request]:
    """Everything that is asked of the API from now on, as it is asked."""
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request) if "/api/" in request.url else None)
    return requests


def pages_of(requests: list[Request]) -> list[str]:
    """The questions for rows of threads; how many there are is asked beside them."""
    return [request.url for request in requests if "/api/log_threads/" in request.url and "page=" in request.url]


def paths(requests: list[Request]) -> list[str]:
    """Where they were sent."""
    return [urlsplit(request.url).path for request in requests]


@pytest.mark.parametrize("path", FIRST)
def test_a_page_asks_before_its_code_is_there_and_nothing_twice(open_page: Opener, path: str) -> None:
    """The first answer is on its way while the page is still loaded, and the page takes that one."""
    page = open_page(ASIDE)
    requests = asked(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assets/Page-*.js", hold)
    with page.expect_request(lambda request: urlsplit(request.url).path == FIRST[path]):
        page.goto(f"{path}?range=7d")
    page.unroute("**/assets/Page-*.js", hold)  # which lets go what was held
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("main").get_by_role("figure" if path == "/dashboard" else "row").nth(1)).to_be_visible()
    sent = [(request.method, request.url, request.post_data) for request in requests]
    assert sorted(map(str, sent)) == sorted(map(str, set(sent)))


def test_a_page_that_is_come_to_by_a_link_asks_nothing_twice(open_page: Opener) -> None:
    """What is asked while it is drawn is what it shows."""
    page = open_page(f"{ASIDE}?range=7d")
    requests = asked(page)
    page.get_by_role("link", name="Traces", exact=True).click()
    expect(page.get_by_role("grid", name="Traces").get_by_role("row").nth(1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert paths(requests).count("/api/traces/list/") == 1
    assert paths(requests).count("/api/traces/summary/") == 1


def test_the_second_page_of_a_list_is_asked_for_once_when_somebody_scrolls(open_page: Opener) -> None:
    """Who only opens a list of sixty threads loads fifty; who comes near their end gets the others."""
    page = open_page(ASIDE)
    requests = asked(page)
    page.goto("/threads?range=7d")
    grid = page.get_by_role("grid", name="Threads")
    expect(grid.get_by_role("row").nth(5)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(pages_of(requests)) == 1
    grid.hover()
    for _ in range(6):
        page.mouse.wheel(0, 400)
    expect(grid).to_have_attribute("aria-rowcount", "61")
    page.wait_for_load_state("networkidle")
    assert [parse_qs(urlsplit(url).query)["page"] for url in pages_of(requests)] == [["1"], ["2"]]
