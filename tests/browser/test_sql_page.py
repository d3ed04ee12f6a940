"""The SQL page: asking, what went wrong, the answer as table, chart and file, and queries that are kept."""

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FAILED, SPANS, Opener, Watch, fill, serious, spans
from tests.environments import ROOT
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

BY_MODEL = "SELECT model, count() AS calls, sum(cost) AS cost FROM spans GROUP BY model ORDER BY calls DESC"
BY_HOUR = "SELECT toStartOfHour(timestamp) AS hour, model, count() AS calls FROM spans GROUP BY hour, model"


@pytest.fixture(scope="module", autouse=True)
def _an_environment_of_its_own(ui_server: Server) -> None:
    """Its spans are counted, and other tests add to those of the shared one."""
    fill(ui_server, "sheets", spans())


def ask(page: Page, query: str) -> None:
    """Type a query over what is there, and run it with the keyboard."""
    page.get_by_label("SQL query").fill(query)
    page.keyboard.press("Control+Enter")


def test_a_query_is_run_and_is_in_the_address(open_page: Opener) -> None:
    """Ctrl-Enter answers; a link asks the same; back and forward walk the queries."""
    page = open_page("/sql?env=sheets")
    expect(page.get_by_role("heading", name="Ask your spans anything")).to_be_visible()
    ask(page, "SELECT count() AS spans FROM spans")
    table = page.get_by_role("grid", name="Answer")
    expect(table.get_by_role("gridcell")).to_have_text(str(SPANS))
    expect(page.get_by_role("status").filter(has_text="row in")).to_have_text(re.compile(r"^1 row in [\d.]+ m?s$"))
    first = page.url
    ask(page, "SELECT countIf(status = 'failed') AS failed FROM spans")
    expect(table.get_by_role("gridcell")).to_have_text(str(FAILED))

    page.go_back()
    expect(table.get_by_role("gridcell")).to_have_text(str(SPANS))
    assert page.url == first
    expect(page.get_by_label("SQL query")).to_have_value("SELECT count() AS spans FROM spans")
    page.reload()
    expect(table.get_by_role("gridcell")).to_have_text(str(SPANS))


def test_what_is_typed_and_not_run_is_not_lost(open_page: Opener) -> None:
    """A reload leaves it, and so does a look at another page; what was run is nobody's draft any more."""
    page = open_page("/sql?env=sheets")
    query = page.get_by_label("SQL query")
    query.fill("SELECT 1")
    page.reload()
    expect(query).to_have_value("SELECT 1")
    page.get_by_role("link", name="Spans", exact=True).click()
    expect(page.get_by_role("grid", name="Spans")).to_be_visible()
    page.go_back()
    expect(query).to_have_value("SELECT 1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("grid", name="Answer").get_by_role("gridcell")).to_have_text("1")
    page.go_back()
    expect(query).to_have_value("")
    page.go_forward()
    expect(query).to_have_value("SELECT 1")


def test_a_fault_is_said_in_the_servers_words(open_page: Opener, watch: Watch) -> None:
    """What is wrong and what was meant stands where the answer would be; the query stays to be mended."""
    watch.expected.append("400 (Bad Request)")
    page = open_page("/sql?env=sheets")
    ask(page, "SELECT modle FROM spans")
    expect(page.get_by_role("alert")).to_contain_text("Maybe you meant: ['model']")
    assert serious(page) == []
    ask(page, "DROP TABLE spans")
    expect(page.get_by_role("alert")).to_contain_text("Only SELECT is answered")

    expect(page.get_by_label("SQL query")).to_have_value("DROP TABLE spans")


def test_tables_and_columns_are_found_and_put_into_the_query(open_page: Opener) -> None:
    """A click types the name where the cursor stands; searching shows what columns mean; limits are stated."""
    page = open_page("/sql?env=sheets")
    tables = page.get_by_role("complementary", name="Tables")
    expect(tables).to_contain_text("A query ends after 10 s")
    page.get_by_label("SQL query").fill("SELECT ")
    tables.get_by_label("Search tables and columns").fill("how long it took")
    expect(tables.get_by_role("button", name="latency").first).to_contain_text("How long it took. In seconds.")
    tables.get_by_role("button", name="latency").first.click()
    expect(page.get_by_label("SQL query")).to_have_value("SELECT latency")

    page.keyboard.press("Control+z")
    expect(page.get_by_label("SQL query")).to_have_value("SELECT ")


def test_names_are_completed_by_the_keyboard(open_page: Opener) -> None:
    """Columns, functions with their brackets, tables, keys of metadata and values; Escape closes, Tab leads on then."""
    page = open_page("/sql?env=sheets")
    query = page.get_by_label("SQL query")
    offers = page.get_by_role("listbox", name="Completions")
    expect(page.get_by_role("complementary", name="Tables")).to_contain_text("latency")
    query.click()
    page.keyboard.type("SELECT uniqE")
    expect(offers.get_by_role("option").first).to_have_accessible_name("uniqExact Function Aggregates")
    page.keyboard.press("Tab")
    page.keyboard.type("late")
    expect(offers.get_by_role("option").first).to_contain_text("Float64")
    expect(offers.locator("..")).to_contain_text("How long it took. In seconds.")
    assert serious(page) == []
    page.keyboard.press("ArrowDown")
    expect(query).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    page.keyboard.press("Enter")
    expect(query).to_have_value("SELECT uniqExact(latency)")
    page.keyboard.press("End")
    page.keyboard.type(" AS slow FROM ")
    expect(offers.get_by_role("option").first).to_have_accessible_name("spans Table")
    page.keyboard.press("Tab")
    page.keyboard.type(" WHERE model = 'mini")
    expect(offers).to_be_visible()
    page.keyboard.press("Tab")
    expect(query).to_have_value("SELECT uniqExact(latency) AS slow FROM spans WHERE model = 'gpt-4o-mini'")
    page.keyboard.type(" AND st")
    expect(offers).to_be_visible()
    page.keyboard.press("Escape")
    expect(offers).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_focused()


def test_times_are_drawn_over_time_and_texts_as_bars(open_page: Opener) -> None:
    """A chart is drawn where the columns make one, of the numbers that are chosen; the address says which.

    In the table, ids of spans and traces lead to them.
    """
    page = open_page("/sql?env=sheets")
    ask(page, BY_HOUR)
    page.get_by_role("button", name="Chart", exact=True).click()
    drawn = page.get_by_role("figure", name="calls")
    expect(drawn).to_contain_text("gpt-4o-mini")
    drawn.get_by_role("button", name="Show as table").click()
    expect(drawn.get_by_role("columnheader", name="claude-sonnet-4-5")).to_be_visible()

    ask(page, BY_MODEL)
    bars = page.get_by_role("table", name="calls by model")
    expect(bars.get_by_role("row")).to_have_count(4)
    page.get_by_label("What the chart shows").select_option("cost")
    expect(page.get_by_role("table", name="cost by model")).to_be_visible()
    assert page.url.endswith("&as=chart&value=cost")
    ask(page, "SELECT count() FROM spans")
    expect(page.get_by_text("These columns make no chart")).to_be_visible()
    ask(page, "SELECT id, 'team/a b' AS trace_unique_id FROM spans LIMIT 1")
    page.get_by_role("button", name="Table", exact=True).click()
    span, trace = page.get_by_role("grid", name="Answer").get_by_role("link").all()
    assert trace.get_attribute("href") == "/traces/_?env=sheets&id=team%2Fa+b"
    span.click()
    expect(page.get_by_role("complementary", name="Span")).to_be_visible()


def test_a_row_is_shown_whole_and_all_are_saved_as_a_file(open_page: Opener, tmp_path: Path) -> None:
    """Long values are cut in the table, and whole beside it; the file has them all."""
    page = open_page("/sql?env=sheets")
    ask(page, "SELECT 'say \"hi\", ' || input_preview AS said, count() AS n FROM spans GROUP BY said ORDER BY n, said")
    page.get_by_role("gridcell").first.click()
    row = page.get_by_role("complementary", name="Row")
    expect(row.get_by_role("heading", name="Row 1")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(row).to_be_hidden()

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    path = tmp_path / "answer.csv"
    download.value.save_as(path)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["said", "n"]
    assert len(rows) == SPANS + 1
    assert rows[1][0].startswith('say "hi", Question')


def test_more_rows_than_were_asked_for_are_admitted(open_page: Opener) -> None:
    """The answer says that there are more, and how many may come is chosen beside the button."""
    page = open_page("/sql?env=sheets")
    ask(page, "SELECT a.id FROM spans AS a CROSS JOIN (SELECT id FROM spans LIMIT 10) AS b")
    expect(page.get_by_text("1,000 rows in")).to_contain_text("there are more")
    page.get_by_label("The most rows to answer with").select_option("10000")
    expect(page.get_by_text("3,000 rows in")).not_to_contain_text("there are more")
    assert "limit=10000" in page.url


def test_a_query_that_runs_can_be_stopped(open_page: Opener) -> None:
    """Nobody waits for what they do not want any more."""
    page = open_page("/sql?env=sheets")
    page.route("**/api/sql/", lambda _: None)  # it never answers
    ask(page, BY_MODEL)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Stopped.")).to_be_visible()

    page.unroute("**/api/sql/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("grid", name="Answer")).to_contain_text("gpt-5")


def test_queries_are_saved_shared_and_remembered(open_page: Opener) -> None:
    """What was run is under Recent, what has a name under Saved, with its chart."""
    page = open_page("/sql?env=sheets&as=chart")
    ask(page, BY_MODEL)
    expect(page.get_by_role("table", name="calls by model")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("Calls by model")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Calls by model is saved.")).to_be_visible()

    page.goto("/sql?env=sheets")
    page.get_by_role("button", name="Recent").click()
    expect(page.get_by_role("menuitem", name=re.compile("SELECT model, count"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("menuitem", name="Calls by model").click()
    expect(page.get_by_role("table", name="calls by model")).to_be_visible()


def test_every_example_is_answered(open_page: Opener) -> None:
    """Whoever begins with an example does not begin with a fault."""
    page = open_page("/sql?env=sheets")
    source = (ROOT / "web" / "src" / "pages" / "Sql" / "examples.ts").read_text()
    examples = re.findall(r"query: `([^`]+)`", source)
    expect(page.get_by_role("listitem").filter(has_text="SELECT")).to_have_count(len(examples))
    for query in examples:
        answer = page.request.post("/api/sql/", data=json.dumps({"query": query}))
        assert answer.ok, answer.text()
