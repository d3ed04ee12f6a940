"""The dashboard: what it all comes to, against the period before, and the way from a number to its spans."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, Watch, fill, serious
from tests.browser.test_screens import OF_COLOUR
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

PAGE = "/dashboard?env=sums&range=7d"
LOOPS = 40
QUIET = 42  # in each of the two weeks
CENTS = 75


def spans() -> list[dict[str, Any]]:
    """Two quiet weeks, and yesterday a customer whose agent ran in a circle."""
    now = datetime.now(UTC)
    yesterday = (now - timedelta(hours=26)).replace(minute=10)
    quiet = [
        {
            "timestamp": (now - timedelta(hours=4 * number + 1)).isoformat(),
            "model": ["gpt-5", "gpt-4o-mini"][number % 2],
            "cost": 0.01,
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "latency": 1.5,
            "time_to_first_token": 0.4,
            "customer_identifier": f"shop-{number % 12}",
            "metadata": {"region": ["eu", "us"][number % 2]},
            "input": "Where is my parcel?",
            "output": "On its way.",
        }
        for number in range(2 * QUIET)
    ]
    loop = [
        {
            "timestamp": (yesterday + timedelta(seconds=number)).isoformat(),
            "span_name": "update product",
            "model": "gpt-5",
            "cost": CENTS / 100,
            "prompt_tokens": 40_000,
            "completion_tokens": 100,
            "latency": 6.0,
            "customer_identifier": "trailhead",
            "metadata": {"region": "eu"},
            "input": "Update the product.",
            **({"status_code": 409, "error_message": "The product has changed"} if number % 2 else {"output": "Again"}),
        }
        for number in range(LOOPS)
    ]
    return quiet + loop


@pytest.fixture(scope="module", autouse=True)
def seeded(ui_server: Server) -> None:
    """These spans, in an environment of their own."""
    fill(ui_server, "sums", spans())


def whole(page: Page) -> None:
    """Wait until the overview and the breakdown are there."""
    expect(page.get_by_role("figure", name="Cost", exact=True)).to_be_visible()
    expect(page.get_by_role("figure", name="over time")).to_be_visible()


def asked(page: Page) -> dict[str, str]:
    """The parameters of the page's address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_why_was_yesterday_expensive(open_page: Opener) -> None:
    """Three clicks: the cost is up, by customer it is one of them, and these are its spans, the dearest first."""
    page = open_page(PAGE)
    whole(page)
    cost = page.get_by_role("figure", name="Cost", exact=True)
    expect(cost).to_contain_text("$30.42")
    expect(cost).to_contain_text("from $0.42")
    page.get_by_label("Break down by").select_option(label="By customer")
    expect(page.get_by_role("heading", name="Cost by customer")).to_be_visible()
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("trailhead")
    expect(first).to_contain_text("99 %")
    expect(page.get_by_role("row").last).to_contain_text("Other (6)")

    first.get_by_role("link", name="trailhead").click()
    page.wait_for_url("**/spans?*")
    assert asked(page) == {
        "env": "sums",
        "range": "7d",
        "query": "customer_identifier:=trailhead",
        "sort": "-cost",
    }
    expect(page.get_by_text(f"{LOOPS} spans")).to_be_visible()
    expect(page.get_by_text("The product has changed").first).to_be_visible()


def test_a_moment_of_a_chart_opens_its_spans_with_keys_alone(open_page: Opener) -> None:
    """Behind each chart is a table, and each of its times leads to the spans of that time; back leads back."""
    page = open_page(PAGE)
    whole(page)
    errors = page.get_by_role("figure", name="Error rate")
    errors.get_by_role("button", name="Show as table").focus()
    page.keyboard.press("Enter")
    row = errors.get_by_role("row").filter(has_text=re.compile(r"4\d %"))
    row.get_by_role("button").focus()
    page.keyboard.press("Enter")

    page.wait_for_url("**/spans?*")
    found = asked(page)
    assert found["query"] == "status:failed"
    assert {"from", "to"} <= found.keys()
    expect(page.get_by_text(f"{LOOPS // 2} spans")).to_be_visible()
    page.go_back()
    whole(page)


def test_a_bar_opens_its_spans_and_a_stretch_narrows_the_range(open_page: Opener) -> None:
    """A click is a question about a moment, a stretch drawn one about some time."""
    page = open_page(PAGE)
    whole(page)
    plot = page.get_by_role("figure", name="Requests").locator(".u-over")
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url("**/dashboard?env=sums&from=*&to=*")
    whole(page)

    plot.click(position={"x": 40, "y": 40})
    page.wait_for_url("**/spans?*")
    assert {"from", "to", "env"} == asked(page).keys()


def test_what_is_looked_at_is_in_the_address(open_page: Opener) -> None:
    """Field, measure, comparison and filter come back with the link, and go back step by step."""
    page = open_page(f"{PAGE}&by=metadata.region&measure=tokens&compare=off")
    whole(page)
    expect(page.get_by_role("heading", name="Tokens by metadata: region")).to_be_visible()
    expect(page.get_by_text("Before", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Compare with the period before").click()
    expect(page.get_by_text("Before", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Only eu").click()
    page.wait_for_url("**query=metadata.region**")
    requests = page.get_by_role("figure", name="Requests")
    expect(requests.locator("strong")).to_have_text("61")

    page.get_by_role("group", name="Measure").get_by_role("button", name="Latency").click()
    expect(page.get_by_role("heading", name="Latency by metadata: region")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Tokens by metadata: region")).to_be_visible()
    page.go_back()
    expect(requests.locator("strong")).to_have_text("82")


def test_two_questions_are_asked_for_all_of_it(open_page: Opener) -> None:
    """The overview is one question to the server and the breakdown one, whatever is shown."""
    page = open_page("/threads?env=sums&range=30d")
    longer = page.get_by_role("main").get_by_role("button", name="Last 30 days")
    expect(page.get_by_text("No threads in this range")).to_be_visible()
    expect(longer).to_have_count(0)  # it would change nothing
    page.goto("/threads?env=sums")
    expect(longer).to_be_visible()
    questions: list[str] = []
    page.on("request", lambda request: questions.append(request.url) if "/metrics/" in request.url else None)
    expect(page.get_by_text("No threads in this range")).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    whole(page)
    page.wait_for_load_state("networkidle")

    assert len(questions) == 2


def test_a_filter_that_is_not_understood_is_said_once(open_page: Opener, watch: Watch) -> None:
    """The server's sentence stands in the place of the charts, and nothing else is in the way."""
    watch.expected.append("400 (Bad Request)")
    page = open_page(f"{PAGE}&query=modle:x")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'model'?")
    expect(page.get_by_role("figure")).to_have_count(0)


def test_axe_finds_nothing_serious_in_tables_and_comparisons(open_page: Opener) -> None:
    """With a table behind a chart and every line drawn, in both themes."""
    page = open_page(PAGE)
    whole(page)
    page.get_by_role("figure", name="Tokens", exact=True).get_by_role("button", name="Show as table").click()

    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    assert serious(page, OF_COLOUR) == []
