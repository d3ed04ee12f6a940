"""The page of spans: by filter and facet, completion, views, the live tail, exports, and what is there at first."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import FAILED, SPANS, Opener, Watch, serious
from tests.server import Server, Starter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


def asked(page: Page) -> str:
    """The filter in the address."""
    return parse_qs(urlsplit(page.url).query).get("query", [""])[0]


def spans_shown(page: Page, count: int) -> None:
    """Wait until so many spans match."""
    expect(page.locator("figcaption").get_by_text(f"{count} span", exact=False)).to_be_visible()


def test_the_failed_calls_of_one_customer_are_two_clicks_away(open_page: Opener) -> None:
    """A click on a facet adds to the filter, a second one takes it back; Alt leaves out; chips and history undo."""
    page = open_page("/spans", size="desktop")
    facets = page.get_by_role("complementary", name="Facets")
    facets.get_by_role("button", name="failed", exact=False).first.click()
    expect(page.get_by_role("button", name="Edit status:failed")).to_be_visible()
    spans_shown(page, FAILED)
    expect(page.get_by_text("Spans where status is")).to_be_visible()
    customer = facets.get_by_title("user-", exact=False).first
    name = (customer.get_attribute("title") or "").splitlines()[0]
    customer.click()
    expect(page.get_by_role("button", name=f"Edit customer_identifier:{name}")).to_be_visible()
    assert asked(page) == f"status:failed customer_identifier:{name}"
    expect(page.locator("[class*=stale]")).to_have_count(0)
    assert serious(page) == []

    page.get_by_role("button", name="Not status:failed").click()
    expect(page.get_by_role("button", name="Not status:failed")).to_have_attribute("aria-pressed", "true")
    assert asked(page) == f"-status:failed customer_identifier:{name}"
    page.get_by_role("button", name=f"Remove customer_identifier:{name}").click()
    spans_shown(page, SPANS - FAILED)
    page.get_by_role("button", name="Edit -status:failed").click()
    page.get_by_role("option", name="success", exact=False).first.click()
    expect(page.get_by_role("combobox")).to_have_value("-status:success ")
    page.keyboard.press("Enter")
    spans_shown(page, FAILED)
    page.go_back()
    page.go_back()
    page.go_back()
    expect(page.get_by_role("button", name="Not status:failed")).to_have_attribute("aria-pressed", "false")
    page.go_forward()
    expect(page.get_by_role("button", name="Not status:failed")).to_have_attribute("aria-pressed", "true")

    facets.get_by_title("gpt-5\n", exact=False).click(modifiers=["Alt"])
    expect(page.get_by_role("button", name="Not model:gpt-5")).to_have_attribute("aria-pressed", "true")


def test_a_filter_is_completed_by_keyboard_from_what_there_is(open_page: Opener) -> None:
    """Fields, real values with their counts, and what it means; nothing but keys."""
    page = open_page("/spans")
    spans_shown(page, SPANS)
    page.keyboard.press("/")
    bar = page.get_by_role("combobox", name="Filter spans")
    page.keyboard.type("mod")
    expect(page.get_by_role("option", name="model The model asked for.")).to_be_visible()
    page.keyboard.press("Tab")
    expect(bar).to_have_value("model:")
    expect(page.get_by_role("option", name="claude-sonnet-4-5")).to_be_visible()
    page.keyboard.type("gpt-4")
    expect(page.get_by_role("option")).to_have_count(1)
    assert serious(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("gpt-4o-mini")
    page.keyboard.press("Enter")
    expect(bar).to_have_value("model:gpt-4o-mini ")
    page.keyboard.type("trace.sta")
    page.keyboard.press("Tab")
    expect(bar).to_have_value("model:gpt-4o-mini trace.status:")
    expect(page.get_by_role("option", name=f"failed {FAILED}")).to_be_visible()
    page.keyboard.type("failed")
    expect(page.get_by_text("in its trace there is a span where status is")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans?query=*")
    assert asked(page) == "model:gpt-4o-mini trace.status:failed"

    page.get_by_role("button", name="Look again").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Tab")  # past the filter, which stays as it is
    expect(page.get_by_role("button", name="Clear the filter")).to_be_focused()
    expect(bar).to_have_value("model:gpt-4o-mini trace.status:failed")

    page.get_by_role("button", name="Clear the filter").click()
    page.keyboard.press("/")
    expect(page.get_by_role("option").nth(20)).to_be_attached()
    page.keyboard.press("Tab")  # past the list, long as it is
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Live", exact=True)).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_contain_text("model:gpt-4o-mini trace.status:failed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit trace.status:failed")).to_be_visible()


def test_a_fault_is_shown_where_it_is_and_mended_by_one_click(open_page: Opener, watch: Watch) -> None:
    """The server's own sentence, the place underlined, and what was probably meant."""
    watch.expected.append("400 (Bad Request)")
    page = open_page("/spans?query=modle:gpt-5")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean 'model'?")
    expect(page.get_by_role("combobox", name="Filter spans")).to_have_attribute("aria-invalid", "true")
    assert serious(page) == []
    page.get_by_role("button", name="Use “model”").click()

    expect(page.get_by_role("button", name="Edit model:gpt-5")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert asked(page) == "model:gpt-5"


def test_a_view_is_saved_shared_and_opened_by_somebody_else(open_page: Opener) -> None:
    """Filter, columns, sorting and range under a name; what is changed since is said; it can be renamed and deleted."""
    page = open_page("/spans?query=status:failed&columns=timestamp,cost&range=7d")
    spans_shown(page, FAILED)
    page.get_by_role("button", name="All spans").click()
    page.get_by_role("button", name="Save as a view").click()
    assert serious(page) == []
    page.get_by_label("Name", exact=True).fill("Failures")
    page.get_by_label("Everybody in the organization sees it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Failures", exact=True)).to_be_visible()

    other = open_page("/spans")
    other.get_by_role("button", name="All spans").click()
    expect(other.get_by_text("shared", exact=True)).to_be_visible()
    assert serious(other) == []
    other.get_by_role("button", name="Failures shared").click()
    spans_shown(other, FAILED)
    assert other.get_by_role("columnheader").all_inner_texts() == ["", "Time", "Cost"]
    other.get_by_role("button", name="Last 7 days").press("Enter")
    ranges = other.get_by_role("dialog", name="Time range")
    expect(ranges.get_by_role("button", name="Last 7 days")).to_be_focused()
    other.keyboard.press("Escape")

    other.get_by_role("button", name="Remove status:failed").click()
    other.get_by_role("button", name="Failures changed").click()
    other.get_by_role("button", name="Update “Failures”").click()
    expect(other.get_by_role("button", name="Failures", exact=True)).to_be_visible()
    other.get_by_role("button", name="Failures", exact=True).click()
    other.get_by_role("button", name="Delete Failures").click()
    other.get_by_role("button", name="Delete the view").click()
    expect(other.get_by_role("button", name="All spans")).to_be_visible()


def test_what_is_filtered_is_a_download(open_page: Opener) -> None:
    """The browser keeps the file as it comes, in each format: every span of the filter, and no other."""
    page = open_page("/spans?query=status:failed")
    spans_shown(page, FAILED)
    page.get_by_role("button", name="Export").click()
    files: dict[str, bytes] = {}
    for kind in ("JSON Lines", "CSV exact", "Parquet"):  # the menu stays open
        with page.expect_download(timeout=30_000) as download:
            page.get_by_role("menuitem", name=kind).click(no_wait_after=True)
        files[download.value.suggested_filename] = download.value.path().read_bytes()

    assert list(files) == ["spans.jsonl", "spans.csv", "spans.parquet"]
    rows = [json.loads(line) for line in files["spans.jsonl"].splitlines()]
    assert [row["status"] for row in rows] == ["failed"] * FAILED
    assert files["spans.csv"].startswith(b"organization_id,environment,id,")
    assert files["spans.parquet"][:4] == files["spans.parquet"][-4:] == b"PAR1"


def test_a_bucket_of_the_histogram_is_opened_by_pointer_and_by_keyboard(open_page: Opener) -> None:
    """A click looks into one bucket; behind the chart is a table whose times do the same."""
    page = open_page("/spans")
    spans_shown(page, SPANS)
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    page.wait_for_url("**/spans?from=*&to=*")

    page.go_back()
    spans_shown(page, SPANS)
    page.get_by_role("button", name="Show as table").click()
    page.get_by_role("rowheader").nth(4).get_by_role("button").press("Enter")
    page.wait_for_url("**/spans?from=*&to=*")


def test_any_key_of_metadata_can_be_a_column(open_page: Opener, ui_server: Server) -> None:
    """What clients send beside the span stands in the table, in the address, and among the facets."""
    span = {"model": "gpt-5", "metadata": {"region": "eu-north"}, "timestamp": "2026-02-02T03:04:05Z"}
    ui_server.client.post("/api/request-logs/", json=span).raise_for_status()
    page = open_page("/spans?from=2026-02-02T03:00:00Z&to=2026-02-02T04:00:00Z")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Find a column").fill("regi")
    page.get_by_role("checkbox", name="region").check()

    expect(page.get_by_role("gridcell", name="eu-north")).to_be_visible()
    assert "metadata.region" in page.url
    page.keyboard.press("Escape")
    facets = page.get_by_role("complementary", name="Facets")
    expect(facets).to_be_hidden()  # on a small window they lie over the table, when somebody wants them
    page.get_by_role("button", name="Facets").click()
    facets.get_by_role("button", name="region", exact=True).click()
    facets.get_by_title("eu-north\n", exact=False).click()
    expect(page.get_by_role("button", name="Edit metadata.region:eu-north")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(facets).to_be_hidden()


def the_list_answers_late(page: Page, send: Callable[[str], None]) -> None:
    """While the tail is paused, what the list has already is not counted as new."""
    page.get_by_role("button", name="Pause").click()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/request-logs/list/**", hold)
    page.keyboard.press("r")
    send("the fourth")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    page.unroute("**/api/request-logs/list/**", hold)  # which lets go what was held
    expect(page.get_by_role("gridcell", name="the fourth").first).to_be_visible()
    expect(page.get_by_role("button", name="1 new")).to_have_count(0)
    assert held


def a_key_is_found_by_its_name(page: Page) -> None:
    """A facet, a chip, its sentence and the completion show what the key is called; the filter has its id."""
    page.get_by_role("button", name="Facets").click()
    facets = page.get_by_role("complementary", name="Facets")
    facets.get_by_role("button", name="API key", exact=True).click()
    facets.get_by_role("button", name="Quick start 3", exact=True).click()
    chip = page.get_by_role("button", name="Edit organization_key_id:Quick start")
    expect(chip).to_have_text("organization_key_id:Quick start")
    expect(chip).to_have_attribute("title", f"Edit {asked(page)}")
    expect(page.get_by_text('organization_key_id is "Quick start"')).to_be_attached()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("key:start")
    page.get_by_role("option", name="Quick start").click()
    expect(page.get_by_role("combobox")).to_have_value(f"key:{asked(page).partition(':')[2]} ")


def test_from_nothing_to_spans_that_arrive_while_one_looks(
    open_page: Opener, start_server: Starter, watch: Watch
) -> None:
    """A key in one click, a call with it, and the page is the list; live, paused, and what came is deleted again.

    Every other page leads to where that begins, and fills by itself.
    """
    server = start_server(settings={"authentication": False})
    watch.host = urlsplit(server.url).netloc
    sums = open_page("/dashboard", url=server.url)
    expect(sums.get_by_text("There is nothing in prod yet")).to_be_visible()
    page = open_page("/customers", url=server.url)
    page.get_by_role("link", name="Send the first span").click()
    expect(page.get_by_text("Waiting for the first span")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Create a key for prod").click()
    key = page.get_by_label("The key").locator("code").inner_text()
    expect(page.get_by_label("The call").locator("pre")).to_contain_text(f"{server.url}/api/request-logs/")
    expect(page.get_by_label("The call").locator("pre")).to_contain_text(key)
    page.get_by_role("tab", name="OpenTelemetry").click()
    expect(page.get_by_label("The call").locator("pre").first).to_contain_text(f"Bearer%20{key}")

    def send(name: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        body = {"model": "gpt-4o-mini", "input": name, "span_name": name}
        httpx.post(f"{server.url}/api/request-logs/", json=body, headers=headers).raise_for_status()

    send("the first")
    expect(page.get_by_role("gridcell", name="the first").first).to_be_visible()
    expect(sums.get_by_role("figure", name="Requests").locator("strong")).to_have_text("1")
    sums.close()
    page.keyboard.press("l")
    expect(page.get_by_text("Spans are shown as they arrive.")).to_be_attached()
    assert "live=on" in page.url
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    send("the second")
    expect(page.get_by_role("gridcell", name="the second").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    send("the third")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(page.get_by_role("gridcell", name="the third")).to_have_count(0)
    assert serious(page) == []
    page.get_by_role("button", name="1 new").click()
    expect(page.get_by_role("gridcell", name="the third").first).to_be_visible()

    the_list_answers_late(page, send)
    page.get_by_role("button", name="Live", exact=True).click()

    page.get_by_label("Choose all rows that are loaded").check()
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned: 4 spans.")).to_be_visible()
    page.get_by_label("Choose this row").first.check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 1 span").click()
    spans_shown(page, 3)
    a_key_is_found_by_its_name(page)
    page.close()  # before its server goes


def test_a_tail_that_is_refused_says_why_and_what_a_filter_selects_is_deleted(
    open_page: Opener, start_server: Starter, watch: Watch
) -> None:
    """Another try connects again. By filter all goes, also what is not loaded."""
    server = start_server(settings={"authentication": False})
    watch.host = urlsplit(server.url).netloc
    watch.expected.append("status of 429")
    logs = [{"model": "many", "input": str(number)} for number in range(120)]
    server.client.post("/api/request-logs/batch/create/", json={"logs": logs}).raise_for_status()
    page = open_page("/spans?query=model:many", url=server.url)
    spans_shown(page, 120)
    refused = json.dumps({"detail": "10 live tails are open already.", "error": "x", "code": "too_many_tails"})
    page.route("**/tail/**", lambda route: route.fulfill(status=429, body=refused))
    page.keyboard.press("l")
    expect(page.get_by_title("10 live tails are open already.").first).to_be_visible()
    page.unroute("**/tail/**")
    page.get_by_role("button", name="Ended; try again").click()
    expect(page.get_by_text("Spans are shown as they arrive.")).to_be_attached()
    page.keyboard.press("l")

    page.get_by_label("Choose all rows that are loaded").check()
    page.get_by_role("button", name="Choose all 120 of the filter").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 120 spans").click()
    expect(page.get_by_text("Nothing matches the filter.")).to_be_visible()
    page.close()  # before its server goes


def test_the_demo_is_one_click_away(open_page: Opener, watch: Watch) -> None:
    """An empty environment offers one full of traffic, and leads there."""
    watch.expected.append("403 (Forbidden)")  # this server has none
    page = open_page("/spans?env=test")
    expect(page.get_by_text("Or look around first")).to_be_visible()
    demo = {"environment": "demo", "spans": 500, "expected": 500, "progress": 1, "detail": None}
    page.route("**/api/demo/", lambda route: route.fulfill(json=demo | {"state": "ready"}))
    page.get_by_role("button", name="Fill it with demo data").click()
    page.wait_for_url("**/spans?env=demo&range=30d")
