"""Threads: conversations across traces, each turn with what is new in it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, fill, serious
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

LONG = 150
PROMPT = {"role": "system", "content": "You answer for the shop."}
HOSTILE = "<img src=x onerror=alert(1)> ![seen](https://tracker.example/p.png)"


def _said(role: str, content: str | None, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def spans() -> list[dict[str, Any]]:
    """A conversation over two traces with a tool in it, of which only the first span names the thread; a long one."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    call = {"id": "call_1", "type": "function", "function": {"name": "lookup_order", "arguments": '{"order": 7}'}}
    ask = _said("user", "Where is order 7?")
    asked = _said("assistant", None, tool_calls=[call])
    came = _said("tool", '{"state": "shipped"}', tool_call_id="call_1")
    answer = _said("assistant", f"It is shipped. {HOSTILE}")
    thanks = _said("user", "And order 8?")

    def made(trace: str, seconds: int, **fields: Any) -> dict[str, Any]:
        at = now + timedelta(seconds=seconds)
        return {"timestamp": at.isoformat(), "trace_unique_id": trace, "log_type": "chat", "latency": 1.25, **fields}

    chat = [
        made("1" * 32, 1, span_name="plan", model="gpt-5", input=[PROMPT, ask], output=asked, cost=0.002,
             thread_identifier="order 7", customer_identifier="ada"),
        made("1" * 32, 2, span_name="lookup_order", log_type="tool", input='{"order": 7}', output="shipped"),
        made("1" * 32, 3, span_name="answer", model="gpt-5", cost=0.003,
             input=[PROMPT, ask, asked, came], output=answer),
        made("2" * 32, 60, span_name="answer", model="gpt-5", thread_identifier="order 7", status_code=429,
             error_message="Rate limit reached", input=[PROMPT, ask, asked, came, answer, thanks]),
    ]  # fmt: skip
    long = [
        made(f"{number:032x}", 100 + number, span_name="answer", model="gpt-5", thread_identifier="long",
             input=[PROMPT, _said("user", f"Question {number}")], output=_said("assistant", f"Answer {number}"))
        for number in range(LONG)
    ]  # fmt: skip
    return chat + long


@pytest.fixture(scope="module", autouse=True)
def seeded(ui_server: Server) -> None:
    """These spans, in an environment of their own."""
    fill(ui_server, "talks", spans())


def turns(page: Page) -> Any:
    """The turns of the thread."""
    return page.get_by_role("list", name="Turns").locator("> li")


def test_a_thread_is_a_chat_with_what_is_new_in_each_turn(open_page: Opener) -> None:
    """The history that each call repeats is shown once, tools are folded, and failures are said."""
    page = open_page("/threads?env=talks")
    grid = page.get_by_role("grid", name="Threads")
    expect(grid).to_contain_text("Answer 149")
    row = grid.get_by_role("row").filter(has_text="order 7")
    expect(row).to_contain_text("ada")
    expect(row).to_contain_text("$0.005")
    row.click()
    page.wait_for_url("**/threads/order%207?env=talks")
    expect(turns(page)).to_have_count(3)
    assert page.get_by_text("Where is order 7?").count() == 1
    expect(turns(page).nth(2)).to_contain_text("And order 8?")
    expect(turns(page).nth(2)).to_contain_text("Rate limit reached")
    expect(turns(page).nth(0)).to_contain_text("$0.002")
    expect(turns(page).nth(0)).to_contain_text("1.25 s")

    tool = turns(page).nth(0).get_by_role("button", name="lookup_order")
    expect(tool).to_have_attribute("aria-expanded", "false")
    tool.click()
    expect(turns(page).nth(0)).to_contain_text('"shipped"')
    trace = turns(page).nth(2).get_by_role("link", name="Trace 22222222")
    expect(trace).to_have_attribute("href", f"/traces/{'2' * 32}?env=talks")
    # What models say is text: no picture from elsewhere, no element of theirs. `watch` would have heard of either.
    expect(turns(page).nth(1)).to_contain_text("<img src=x")


def test_turns_are_walked_and_opened_with_keys_alone(open_page: Opener) -> None:
    """`j` goes from turn to turn, Enter opens the span beside, Escape closes it; the address has it."""
    page = open_page("/threads/order%207?env=talks")
    expect(turns(page)).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(turns(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**span=*")
    expect(page.get_by_role("tab", name="Messages")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="Span")).to_contain_text("Rate limit reached")
    page.get_by_role("button", name="Span before").click()
    expect(page.get_by_role("complementary", name="Span")).to_contain_text("It is shipped.")

    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Messages")).to_be_hidden()
    assert "span=" not in page.url


def test_a_long_thread_comes_page_by_page(open_page: Opener) -> None:
    """The beginning is there at once; going on brings the rest until the last turn."""
    page = open_page("/threads/long?env=talks")
    expect(turns(page).first).to_contain_text("Question 0")
    assert turns(page).count() < LONG
    last = page.get_by_text(f"Answer {LONG - 1}", exact=True)
    for _ in range(10):
        page.keyboard.press("End")
        turns(page).last.scroll_into_view_if_needed()
        if last.count():
            break
        page.wait_for_load_state("networkidle")

    expect(turns(page)).to_have_count(LONG)
    expect(page.get_by_role("button", name="Later turns")).to_have_count(0)


def test_a_thread_that_is_not_there_and_a_list_that_is_empty_are_said(open_page: Opener) -> None:
    """Each empty state has its words and its way on."""
    page = open_page("/threads/nothing?env=talks")
    expect(page.get_by_text("There is no such thread")).to_be_visible()
    page.goto("/threads?env=talks&query=customer:nobody")
    expect(page.get_by_text("Nothing matches the filter.")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    expect(page.get_by_role("grid", name="Threads")).to_contain_text("order 7")


def test_later_turns_that_do_not_come_can_be_asked_for_again(open_page: Opener, watch: Any) -> None:
    """What is there stays, and the failure stands at the end of it."""
    watch.expected.append("status of 500")
    page = open_page("/threads?env=talks")
    expect(page.get_by_role("grid", name="Threads")).to_contain_text("order 7")
    body = json.dumps({"detail": "Reference: 12ab.", "error": "x", "code": "internal_error"})
    page.route("**/api/request-logs/list/**cursor=**", lambda route: route.fulfill(status=500, body=body))
    page.goto("/threads/long?env=talks")
    expect(turns(page).first).to_contain_text("Question 0")
    turns(page).last.scroll_into_view_if_needed()
    expect(page.get_by_role("alert")).to_contain_text("Reference: 12ab.")
    first = turns(page).count()
    page.unroute("**/api/request-logs/list/**cursor=**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    assert turns(page).count() > first
