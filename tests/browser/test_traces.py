"""Traces: the list, one as a timeline and as a transcript, thirty thousand spans, and what who has a link sees."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener, Watch, fill, serious
from tests.faults.load import wait_until
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]

ENVIRONMENT = "traces"
AT = f"?env={ENVIRONMENT}"
NOW = datetime.now(UTC) - timedelta(hours=1)
MANY = 30_000
QUESTION = {"role": "user", "content": "Where is my parcel?"}
ASKED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}}],
}
TOLD = {"role": "tool", "tool_call_id": "1", "content": "lost at the depot"}
LATER = "\u203a"
"""Where a bar would be that lies after the time that is shown."""
ANSWER = {"role": "assistant", "content": "It was **lost**; here is your money."}


def span(trace: str, name: str, parent: str | None, begin: float, end: float, **fields: Any) -> dict[str, Any]:
    """A span of a trace, with its seconds."""
    place = {"span_parent_id": f"{trace} {parent}"} if parent else {}
    return {
        "trace_unique_id": trace,
        "span_unique_id": f"{trace} {name}",
        "span_name": name,
        "start_time": (NOW + timedelta(seconds=begin)).isoformat(),
        "timestamp": (NOW + timedelta(seconds=end)).isoformat(),
        "log_type": "task",
        **place,
        **fields,
    }


def ticket(trace: str) -> list[dict[str, Any]]:
    """A workflow in which a tool fails, whose gateway's parent never came."""
    chat = {"log_type": "chat", "model": "gpt-5", "prompt_tokens": 100, "completion_tokens": 20}
    dear = {"prompt_tokens": 4000}
    failed = {"status_code": 504, "error_message": "upstream timed out"}
    return [
        span(trace, "handle ticket", None, 0, 10, log_type="workflow", customer_identifier="globex"),
        span(trace, "agent", "handle ticket", 1, 9, log_type="agent"),
        span(trace, "decide", "agent", 1, 3, input=[QUESTION], output=ASKED, **chat | dear),
        span(trace, "look_up", "agent", 3, 5, log_type="tool", **failed),
        span(trace, "connect", "look_up", 3.5, 6),
        span(trace, "answer", "agent", 6, 9, input=[QUESTION, ASKED, TOLD], output=ANSWER, **chat),
        span(trace, "forward", "gateway", 4, 5),
    ]


@pytest.fixture(scope="module", autouse=True)
def traces(ui_server: Server) -> Iterator[httpx.Client]:
    """Two small traces and a large one, in an environment of their own."""
    fill(ui_server, ENVIRONMENT, [*ticket("small"), *ticket("team/a b"), *ticket("shared")])
    with httpx.Client(base_url=ui_server.url, headers={"Midspan-Environment": ENVIRONMENT}, timeout=60) as client:
        rows = [span("large", "0", None, 0, MANY)]
        rows += [span("large", str(at), str((at - 1) // 10), at, at + 1) for at in range(1, MANY)]
        rows[20_000] |= {"status_code": 500}
        for at in range(0, MANY, 5_000):
            client.post("/api/request-logs/batch/create/", json={"logs": rows[at : at + 5_000]}).raise_for_status()
        yield client


def grid(page: Page) -> Locator:
    return page.get_by_role("treegrid", name="Spans of the trace")


def row(page: Page, name: str) -> Locator:
    return grid(page).get_by_role("row").filter(has=page.get_by_text(name, exact=True))


def expect_active(page: Page, name: str) -> None:
    """Wait until the keys move from the row of this name."""
    found = row(page, name).get_attribute("id")
    expect(grid(page)).to_have_attribute("aria-activedescendant", str(found))


def test_the_list_leads_to_a_trace_and_back(open_page: Opener) -> None:
    """What all come to stands above; a filter asks of spans too; a row opens the trace, and back leads to the list."""
    page = open_page(f"/traces{AT}")
    expect(page.get_by_text("4 traces")).to_be_visible()
    expect(page.get_by_role("grid", name="Traces")).to_contain_text("1 failed")
    page.keyboard.press("/")
    page.keyboard.type("error_count:>0 span_count:<10")
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 traces")).to_be_visible()
    assert serious(page) == []

    page.get_by_role("row").filter(has_text="handle ticket").first.click()
    page.wait_for_url("**/traces/*")
    expect(page.get_by_role("heading", name="handle ticket")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("3 traces")).to_be_visible()


def test_a_trace_is_a_tree_on_a_time_axis(open_page: Opener) -> None:
    """Sums go up the tree; orphans stand below who is missing; what sticks out of its parent is marked."""
    page = open_page(f"/traces/small{AT}")
    expect(row(page, "handle ticket")).to_contain_text("4,140")
    levels = [one.get_attribute("aria-level") for one in grid(page).get_by_role("row").all()[1:]]
    assert levels == ["1", "2", "3", "3", "4", "3", "1", "2"]
    expect(grid(page).get_by_text("Missing parent")).to_be_visible()
    expect(row(page, "look_up").get_by_role("img", name="Failed")).to_be_visible()
    expect(row(page, "connect").get_by_role("img", name="Outside of its parent's time")).to_be_visible()
    assert serious(page) == []


def test_the_keys_of_a_tree(open_page: Opener) -> None:
    """Arrows fold and move; `e` finds what failed, also where it is folded away; Enter opens it, Escape closes."""
    page = open_page(f"/traces/small{AT}")
    expect(row(page, "agent")).to_be_visible()
    grid(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(row(page, "decide")).to_be_hidden()
    expect(row(page, "agent")).to_contain_text("1 failed")
    assert row(page, "agent").get_attribute("aria-expanded") == "false"

    page.keyboard.press("e")
    expect(row(page, "look_up")).to_be_visible()
    expect_active(page, "look_up")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Span")).to_contain_text("upstream timed out")
    assert "span=" in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Span")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect_active(page, "agent")
    page.keyboard.press("[")
    expect(grid(page)).to_have_attribute("aria-rowcount", "3")
    grid(page).press("Home")
    page.keyboard.press("ArrowRight")
    expect(grid(page)).to_have_attribute("aria-rowcount", "4")
    page.reload()  # as who gets the link
    expect(grid(page)).to_have_attribute("aria-rowcount", "4")
    expect(row(page, "decide")).to_be_hidden()
    grid(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("]")
    expect(grid(page)).to_have_attribute("aria-rowcount", "9")
    page.keyboard.press("$")
    expect_active(page, "decide")
    page.keyboard.press("l")
    expect_active(page, "answer")


def test_the_row_that_one_comes_to_is_in_sight(open_page: Opener) -> None:
    """By keys, by a jump, and while a span is open beside, which leaves the tree less room; arrows walk there, too."""
    page = open_page(f"/traces/large{AT}")
    expect(grid(page)).to_have_attribute("aria-rowcount", str(MANY + 1), timeout=10_000)
    frame = "[role=treegrid]"

    def beneath() -> tuple[float, float]:
        """How far the active row is below the head, and above the end of what is seen."""
        above, below = page.evaluate(
            """(frame) => {
              const grid = document.querySelector(frame);
              const row = document.getElementById(grid.getAttribute("aria-activedescendant"))?.getBoundingClientRect();
              const head = grid.querySelector("[role=row]").getBoundingClientRect();
              return row ? [row.top - head.bottom, grid.parentElement.getBoundingClientRect().bottom - row.bottom]
                : [-1, -1];
            }""",
            frame,
        )
        return above, below

    def expect_in_sight() -> None:
        wait_until(lambda: min(beneath()) >= 0)

    for _ in range(40):
        page.keyboard.press("j")
    expect_in_sight()
    for _ in range(39):
        page.keyboard.press("k")
    expect_in_sight()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="Span").get_by_role("tabpanel")).to_be_visible()
    page.keyboard.press("e")
    expect(grid(page).get_by_role("row", selected=True)).to_contain_text("20000")
    expect_in_sight()
    assert beneath()[1] > 100  # in the midst, with what is around it

    page.reload()
    expect(grid(page).get_by_role("row", selected=True)).to_contain_text("20000")
    expect_in_sight()
    page.keyboard.press("ArrowDown")
    expect(grid(page).get_by_role("row", selected=True)).to_contain_text("20001")


def test_a_search_finds_names_and_what_was_said(open_page: Opener) -> None:
    """Enter goes from one to the next; words in inputs and outputs count."""
    page = open_page(f"/traces/small{AT}")
    expect(row(page, "forward")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("forward")
    expect(page.get_by_role("status").filter(has_text="1")).to_be_visible()
    page.keyboard.press("Enter")
    expect_active(page, "forward")
    page.get_by_label("Find in the trace").fill("depot")
    expect(row(page, "answer")).to_have_class(re.compile("found"))
    page.keyboard.press("Enter")
    expect_active(page, "answer")
    assert "find=depot" in page.url


def test_a_stretch_of_time_is_shown_and_linked_to(open_page: Opener) -> None:
    """`z` shows the time of a row, a stretch drawn on the axis less of it, and `Z` all again."""
    page = open_page(f"/traces/small{AT}")
    row(page, "look_up").click()
    page.wait_for_url("**span=*")
    page.keyboard.press("z")
    page.wait_for_url("**zoom=2900-5100*")
    expect(row(page, "answer")).to_contain_text(LATER)
    page.keyboard.press("Z")
    box = grid(page).get_by_role("columnheader", name="Time").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"], box["y"] + 40, steps=3)
    page.mouse.up()
    page.wait_for_url("**zoom=5*")
    page.get_by_role("button", name="All of the time").click()
    expect(row(page, "answer")).not_to_contain_text(LATER)
    page.go_back()
    page.wait_for_url("**zoom=5*")
    expect(page.get_by_role("button", name="All of the time")).to_be_visible()


def test_the_transcript_reads_as_the_conversation_did(open_page: Opener) -> None:
    """Each turn says what is new; a tool stands folded where it was called, with what came back."""
    page = open_page(f"/traces/small{AT}&view=transcript")
    transcript = page.get_by_role("list", name="Transcript")
    expect(transcript.get_by_text("here is your money")).to_be_visible()
    expect(transcript.get_by_text("Where is my parcel?")).to_have_count(1)
    expect(transcript.get_by_role("button", name="look_up")).to_contain_text('{"order":7} → lost at the depot')
    transcript.get_by_role("button", name="look_up").click()
    expect(transcript.get_by_text("lost at the depot", exact=True)).to_be_visible()
    assert serious(page) == []
    transcript.get_by_role("button", name="answer").click()
    expect(page.get_by_role("complementary", name="Span")).to_contain_text("gpt-5")


def test_thirty_thousand_spans(open_page: Opener) -> None:
    """They are there soon, wherever one scrolls to there are rows, and the one that failed is one key away."""
    page = open_page(f"/traces/large{AT}")
    expect(grid(page)).to_have_attribute("aria-rowcount", str(MANY + 1), timeout=10_000)
    blank = page.evaluate(
        """async () => {
          const grid = document.querySelector("[role=treegrid]");
          const frame = grid.parentElement;
          let blank = 0;
          for (let step = 1; step <= 40; step++) {
            frame.scrollTop = (frame.scrollHeight / 40) * step;
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            const box = frame.getBoundingClientRect();
            for (const y of [box.top + 70, box.top + box.height / 2, box.bottom - 40]) {
              if (!document.elementFromPoint(box.left + 60, y)?.closest("[aria-level]")) blank += 1;
            }
          }
          return blank;
        }"""
    )
    assert blank == 0
    assert page.get_by_role("row").count() < 150
    page.keyboard.press("e")
    expect(grid(page).get_by_role("img", name="Failed")).to_be_visible()


def test_who_has_the_link_reads_and_nobody_else(open_page: Opener, traces: httpx.Client, watch: Watch) -> None:
    """Sharing makes a page without signing in, rail or button that changes anything; ending it closes the page."""
    page = open_page(f"/traces/shared{AT}")
    page.get_by_role("button", name="Share").click()
    assert serious(page) == []
    page.get_by_role("button", name="Make a public link").click()
    link = page.get_by_label("Public link").input_value()
    assert urlsplit(link).path.startswith("/shared/")

    reader = open_page(link)
    row(reader, "answer").click()
    expect(reader.get_by_role("complementary", name="Span")).to_contain_text("here is your money")
    expect(reader.get_by_role("navigation", name="Pages")).to_be_hidden()
    assert reader.get_by_role("button", name="Delete the trace").count() == 0
    assert serious(reader) == []

    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Make a public link")).to_be_visible()
    watch.expected.append("404 (Not Found)")
    reader.reload()
    expect(reader.get_by_role("alert")).to_contain_text("There is no such trace")
    assert traces.get("/api/traces/shared/").json()["is_public"] is False


def test_a_trace_is_deleted_after_a_question(open_page: Opener, traces: httpx.Client) -> None:
    """With an id that no path can hold, too; the list does not have it afterwards."""
    page = open_page(f"/traces/_{AT}&id=team%2Fa%20b")
    page.get_by_role("button", name="Delete the trace").click()
    expect(page.get_by_role("dialog")).to_contain_text("All 7 spans of it will be gone")
    page.get_by_role("dialog").get_by_role("button", name="Delete the trace").click()
    page.wait_for_url(f"**/traces{AT}")
    expect(page.get_by_text("3 traces")).to_be_visible()
    assert traces.get("/api/traces/_/", params={"id": "team/a b"}).status_code == 404


def test_a_trace_that_is_not_there_says_so(open_page: Opener, watch: Watch) -> None:
    """A link to what was deleted leads to a sentence; one that names another environment, to where the trace is."""
    watch.expected.append("404 (Not Found)")
    page = open_page(f"/traces/nothing{AT}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such trace")
    page.goto("/traces/small")
    page.get_by_role("alert").get_by_role("link", name=f"Look in {ENVIRONMENT}").click()
    expect(page.get_by_role("heading", name="handle ticket")).to_be_visible()
