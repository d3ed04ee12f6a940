"""Customers: who costs what, one of them whole, and what people set of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, Watch, fill, serious
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

SLASHED = "team/ada & co?"


def spans() -> list[dict[str, Any]]:
    """Three customers in the last day, and a fourth who came a month ago."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    made: list[dict[str, Any]] = []
    for place, customer in enumerate(["acme", SLASHED, "doomed"]):
        made += [
            {
                "timestamp": (now - timedelta(hours=2 * number)).isoformat(),
                "model": "gpt-5",
                "cost": 1.0 / (place + 1),
                "latency": 1.0,
                "prompt_tokens": 100,
                "completion_tokens": 10,
                "customer_identifier": customer,
                "thread_identifier": f"thread-{place}",
                "input": f"Question {number}",
                "output": f"Answer {number} to {customer}",
                **({"status_code": 500, "error_message": "Broken"} if number == 3 else {}),
            }
            for number in range(6)
        ]
    month = (now - timedelta(days=29)).isoformat()
    made.append({"timestamp": month, "model": "gpt-5", "customer_identifier": "acme", "input": "First", "output": "Hi"})
    made.append({"timestamp": month, "model": "gpt-5", "customer_identifier": "old", "input": "First", "output": "Hi"})
    return made


@pytest.fixture(scope="module", autouse=True)
def seeded(ui_server: Server) -> None:
    """These spans, in an environment of their own."""
    fill(ui_server, "shops", spans())


def rows(page: Page, count: int) -> None:
    """Wait until the list has so many customers."""
    expect(page.get_by_role("grid", name="Customers").locator("[role=row]")).to_have_count(count + 1)


def test_the_list_says_who_costs_what_and_asks_once_for_all_sparklines(open_page: Opener) -> None:
    """The dearest first, with everything over the range and the first and last time ever."""
    page = open_page("/dashboard?env=shops")
    expect(page.get_by_role("figure", name="Cost", exact=True)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    questions: list[str] = []
    page.on("request", lambda request: questions.append(request.url) if "/metrics/" in request.url else None)
    page.get_by_role("link", name="Customers").click()
    rows(page, 3)
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("acme")
    expect(first).to_contain_text("$6.00")
    expect(first).to_contain_text("29 d ago")
    expect(first.get_by_role("img", name="6 requests over time")).to_be_visible()
    assert len(questions) == 1

    page.get_by_role("button", name="Requests").click()
    page.wait_for_url("**sort=-number_of_requests**")
    page.keyboard.press("/")
    page.keyboard.type("doom")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    rows(page, 1)

    page.get_by_role("button", name="All customers").click()
    page.get_by_role("button", name="Save as a view").click()
    page.get_by_label("Name", exact=True).fill("Doomed ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Doomed ones", exact=True)).to_be_visible()
    assert serious(page) == []
    for other in ("Traces", "Threads"):
        page.get_by_role("link", name=other, exact=True).click()
        page.get_by_role("button", name=f"All {other.lower()}").click()
        expect(page.get_by_text("A view keeps filter")).to_be_visible()  # it is of another page
        page.keyboard.press("Escape")
    page.get_by_role("link", name="Customers", exact=True).click()
    rows(page, 3)
    page.get_by_role("button", name="All customers").click()
    page.get_by_role("button", name="Doomed ones", exact=True).click()
    rows(page, 1)
    assert "sort=-number_of_requests" in page.url
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Move Requests to the left").click()
    expect(page.get_by_role("columnheader").nth(1)).to_have_accessible_name("Requests")


def test_a_customer_is_opened_and_left_with_keys_alone(open_page: Opener) -> None:
    """`j` and Enter open it, its tabs are walked with arrows, and back leads to the list."""
    page = open_page("/customers?env=shops")
    rows(page, 3)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/acme?env=shops")
    expect(page.get_by_role("figure", name="Cost", exact=True)).to_contain_text("$6.00")
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("grid", name="Spans of the customer")).to_contain_text("Answer 0 to acme")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("grid", name="Threads of the customer")).to_contain_text("Answer 0 to acme")
    assert "tab=threads" in page.url

    page.go_back()
    rows(page, 3)


def test_name_and_budget_are_set_and_seen_everywhere(open_page: Opener) -> None:
    """What is wrong is said at its field; what is saved is on the page, in the list and after a reload."""
    page = open_page("/customers/acme?env=shops")
    expect(page.get_by_text("No budget is set.")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Name").fill("Acme & Sons")
    page.get_by_label("Budget in all, USD").fill("lots")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("An amount such as 200")
    assert serious(page) == []
    page.get_by_label("Budget in all, USD").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("heading", name="Acme & Sons")).to_be_visible()
    expect(page.get_by_text("over budget")).to_be_visible()
    expect(page.get_by_text("$6.00 of $5.00")).to_be_visible()

    page.reload()
    expect(page.get_by_text("over budget")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Customers").click()
    expect(page.get_by_text("Acme & Sons")).to_be_visible()


def test_an_id_that_holds_anything_has_an_address(open_page: Opener) -> None:
    """Slashes, spaces and question marks survive the way into the address and back."""
    page = open_page("/customers?env=shops")
    rows(page, 3)
    page.get_by_text(SLASHED).click()
    expect(page.get_by_role("heading", name=SLASHED)).to_be_visible()
    page.reload()
    expect(page.get_by_role("figure", name="Cost", exact=True)).to_contain_text("$3.00")


def test_deleting_is_asked_for_and_takes_it_off_the_list(open_page: Opener) -> None:
    """The question says what goes and what stays."""
    page = open_page("/customers/doomed?env=shops")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its spans stay.")
    assert serious(page) == []
    dialog.get_by_role("button", name="Delete the customer").click()
    page.wait_for_url("**/customers?env=shops")
    rows(page, 2)


def test_who_may_only_read_is_offered_nothing_else(open_page: Opener) -> None:
    """Without the rights there are no buttons for editing and deleting."""
    page = open_page("/customers?env=shops")
    session = page.request.get("/api/session/").json()
    page.route("**/api/session/", lambda route: route.fulfill(json={**session, "rights": ["read"]}))
    page.goto("/customers/acme?env=shops")
    expect(page.get_by_text("Active days")).to_be_visible()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_failures_and_nobody_are_said(open_page: Opener, watch: Watch) -> None:
    """An unknown customer, an empty list, and a server that fails each have their words."""
    watch.expected += ["404 (Not Found)", "status of 500"]
    page = open_page("/customers/nobody?env=shops")
    expect(page.get_by_role("alert")).to_contain_text("There is no such customer.")
    page.goto("/customers?env=shops&query=name:nobody")
    expect(page.get_by_text("Nobody matches the filter.")).to_be_visible()

    body = json.dumps({"detail": "Reference: 12ab.", "error": "x", "code": "internal_error"})
    page.route("**/api/users/list/**", lambda route: route.fulfill(status=500, body=body))
    page.goto("/customers?env=shops")
    expect(page.get_by_role("alert")).to_contain_text("Reference: 12ab.")
    page.unroute("**/api/users/list/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("grid", name="Customers")).to_contain_text("$6.00")
