"""One span: beside the table, on a phone over it; what was said, what it cost, what people add to it."""

import json
import shlex
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, Response, expect

from tests.browser.conftest import Opener, Watch, serious
from tests.browser.spans import GIF, LONG_AGO, keep, panel
from tests.browser.test_screens import OF_COLOUR
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

SYSTEM = {"role": "system", "content": "Be *brief*."}
QUESTION = {"role": "user", "content": "Where is order **7**?"}
CALL = {"id": "call_7", "type": "function", "function": {"name": "find_order", "arguments": '{"order": 7}'}}
ASKED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
FOUND = {"role": "tool", "tool_call_id": "call_7", "content": '{"state": "delivered", "days": 12}'}
ANSWER = {
    "role": "assistant",
    "reasoning_content": "Twelve days are less than thirty.",
    "content": "It was delivered. Run:\n\n```python\nrefund(7)\n```\n\n[The rules](https://shop.example/rules)",
}
SEEN = {
    "role": "user",
    "content": [
        {"type": "text", "text": "Like these:"},
        {"type": "image_url", "image_url": {"url": GIF}},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/seam.jpg"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ],
}
TOOL = {
    "type": "function",
    "function": {"name": "find_order", "description": "Finds it.", "parameters": {"type": "object"}},
}
USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "prompt_tokens_details": {"cached_tokens": 400}}


@pytest.fixture(scope="module")
def turns(ui_server: Server) -> list[str]:
    """Three calls of one thread, the oldest first."""
    shared = {
        "model": "gpt-5",
        "span_name": "answer",
        "customer_identifier": 'Ada "A" & Co',
        "thread_identifier": "turns",
        "tools": [TOOL],
        "temperature": 0.2,
        "metadata": {"region": "eu", "build number": "7"},
        "usage": USAGE,
        "latency": 2,
        "time_to_first_token": 0.5,
    }
    inputs: list[list[Any]] = [
        [SYSTEM, QUESTION],
        [SYSTEM, QUESTION, ASKED, FOUND],
        [SYSTEM, QUESTION, ASKED, FOUND, ANSWER, SEEN],
    ]
    outputs = [ASKED, ANSWER, {"role": "assistant", "content": "I see."}]
    return [
        keep(ui_server, **shared, input=said, output=answer, timestamp=(LONG_AGO + timedelta(minutes=at)).isoformat())
        for at, (said, answer) in enumerate(zip(inputs, outputs, strict=True))
    ]


def test_a_span_opens_beside_the_table_and_the_list_is_walked(open_page: Opener) -> None:
    """A click opens it, the address says so, keys walk on, Escape closes, and one step back is the table."""
    page = open_page("/spans?query=-status:success")
    asked = set()

    def is_ahead(request: Request) -> bool:
        if "exclude_fields" in request.url:
            asked.add(request.url)
        return len(asked) == 2

    with page.expect_request(is_ahead):  # the next one, too, before anybody goes there
        page.get_by_role("row").nth(2).click()
    page.wait_for_url(lambda address: urlsplit(address).path.startswith("/spans/"))
    assert urlsplit(page.url).query == "query=-status:success"
    first = urlsplit(page.url).path
    expect(panel(page).get_by_text("Rate limit reached")).to_be_visible()
    expect(panel(page).get_by_text("failed 429")).to_be_visible()
    expect(page.locator("[role=row][aria-selected=true]")).to_have_attribute("aria-rowindex", "3")

    page.keyboard.press("j")
    expect(page.locator("[role=row][aria-selected=true]")).to_have_attribute("aria-rowindex", "4")
    assert urlsplit(page.url).path != first
    page.get_by_role("tab", name="Details").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=row][aria-selected=true]")).to_have_attribute("aria-rowindex", "2")
    expect(page.get_by_role("tab", name="Details")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    assert urlsplit(page.url).path == "/spans"

    page.get_by_role("row").nth(1).click()
    expect(panel(page)).to_be_visible()
    page.go_back()
    expect(panel(page)).to_be_hidden()
    page.go_forward()
    expect(panel(page)).to_be_visible()


def test_a_conversation_is_read_as_one(open_page: Opener, turns: list[str]) -> None:
    """Roles, Markdown, code, results with their calls, thoughts folded, pictures that nobody elsewhere is asked for."""
    page = open_page(f"/spans/{turns[2]}")
    said = panel(page)
    expect(said.get_by_role("article")).to_have_count(6)
    expect(said.locator("strong", has_text="7").first).to_be_visible()
    call = said.get_by_role("region", name="Call of find_order")
    expect(call).to_contain_text('state: "delivered"')
    expect(said.locator("figure")).to_contain_text("refund(7)")
    expect(said.get_by_text("Twelve days are less")).to_be_hidden()
    said.get_by_role("button", name="Reasoning").click()
    expect(said.get_by_text("Twelve days are less")).to_be_visible()
    expect(said.locator("img")).to_have_attribute("src", GIF)
    picture = said.get_by_role("link", name="Image on pictures.example")
    assert picture.get_attribute("rel") == "noreferrer noopener nofollow"
    assert picture.get_attribute("target") == "_blank"
    expect(said.get_by_text("wav · 3 B")).to_be_visible()

    said.get_by_role("button", name="As sent").click()
    expect(said.get_by_text("Where is order **7**?")).to_be_visible()
    assert "as=text" in page.url


def test_what_is_new_in_a_turn(open_page: Opener, turns: list[str]) -> None:
    """The input stands against the call before, whose answer is in the history now; the first call has none before."""
    page = open_page(f"/spans/{turns[2]}?compare=before")
    said = panel(page)
    expect(said.get_by_role("button", name="5 messages as before")).to_be_visible()
    expect(said.get_by_role("article").first).to_contain_text("new")
    said.get_by_role("link", name="answer").click()
    expect(said.get_by_role("button", name="3 messages as before")).to_be_visible()
    assert urlsplit(page.url).path == f"/spans/{turns[1]}"

    page.goto(f"/spans/{turns[0]}?compare=before")
    expect(said.get_by_text("This is the first call of its thread")).to_be_visible()


def test_why_it_cost_what_it_cost(open_page: Opener, turns: list[str], ui_server: Server) -> None:
    """Tokens times price for each part, with date and origin of the price; where there is none, the reason."""
    page = open_page(f"/spans/{turns[2]}?show=cost")
    expect(panel(page).get_by_role("row", name="Input 600 $1.250 $0.00075")).to_be_visible()
    expect(panel(page).get_by_role("row", name="Read from cache 400 $0.125 $0.00005")).to_be_visible()
    expect(panel(page).get_by_role("row", name="Output 200 $10.000 $0.00200")).to_be_visible()
    expect(panel(page).get_by_role("row", name="Together 1,200 $0.00280")).to_be_visible()
    expect(panel(page).get_by_text("genai-prices")).to_be_visible()
    expect(panel(page).get_by_role("img", name="500 ms to the first token, 2 s in all")).to_be_visible()

    unpriced = keep(ui_server, model="from-the-cellar", input="Hi", output="Hi", prompt_tokens=1, completion_tokens=1)
    page.goto(f"/spans/{unpriced}?show=cost")
    expect(panel(page).get_by_text("No price is known for the model from-the-cellar.")).to_be_visible()


def changed(field: str) -> Callable[[Response], bool]:
    """Whether an answer is the one to a change of this field."""
    return lambda answer: answer.request.method == "PATCH" and field in (answer.request.post_data or "")


def test_what_people_add_is_kept(open_page: Opener, ui_server: Server) -> None:
    """Thumbs, pin and note are a click each, are there after a reload, and scores stand beside them. A note that is
    begun is there after a look at the messages.
    """
    span = keep(ui_server, model="gpt-5", input="Hi", output="Hi")
    score = {"evaluator_slug": "helpful", "numerical_value": 4.5, "is_passed": True, "string_value": "Answers it."}
    ui_server.client.post(f"/api/logs/{span}/scores/", json=score).raise_for_status()
    page = open_page(f"/spans/{span}?show=feedback")
    expect(panel(page).get_by_role("article")).to_contain_text("helpful4.5passed")
    with page.expect_response(changed("positive_feedback")):
        panel(page).get_by_role("button", name="Bad", exact=True).click()
    with page.expect_response(changed("is_pinned")):
        panel(page).get_by_role("button", name="Pin", exact=True).click()
    note = panel(page).get_by_role("textbox", name="Note")
    note.fill("Refused.")
    panel(page).get_by_role("tab", name="Messages").click()
    panel(page).get_by_role("tab", name="Feedback").click()
    expect(note).to_have_value("Refused.")
    note.focus()
    with page.expect_response(changed("note")):
        page.keyboard.press("Control+Enter")

    page.reload()
    expect(panel(page).get_by_role("button", name="Take back: bad")).to_have_attribute("aria-pressed", "true")
    expect(panel(page).get_by_role("button", name="Unpin")).to_be_visible()
    expect(panel(page).get_by_role("textbox", name="Note")).to_have_value("Refused.")
    stored = ui_server.client.get(f"/api/request-logs/{span}/").json()
    assert (stored["positive_feedback"], stored["is_pinned"], stored["note"]) == (False, True, "Refused.")


def test_a_change_that_is_refused_is_taken_back_and_said(open_page: Opener, ui_server: Server, watch: Watch) -> None:
    """Nobody believes in a thumb that is not stored, and no note has to be written twice."""
    page = open_page(f"/spans/{keep(ui_server, model='gpt-5', input='Hi', output='Hi')}?show=feedback")
    watch.expected.append("503")
    refusal = {"detail": "The disk is full.", "error": "The disk is full.", "code": "cannot_store"}
    page.route(
        "**/api/request-logs/*/",
        lambda route: route.fulfill(status=503, json=refusal) if route.request.method == "PATCH" else route.continue_(),
    )
    panel(page).get_by_role("button", name="Good", exact=True).click()

    expect(page.get_by_text("Not saved: The disk is full.")).to_be_visible()
    expect(panel(page).get_by_role("button", name="Good", exact=True)).to_have_attribute("aria-pressed", "false")

    panel(page).get_by_role("textbox", name="Note").fill("Refused.")
    with page.expect_response(changed("note")):
        panel(page).get_by_role("button", name="Save the note").click()
    expect(panel(page).get_by_role("button", name="Save the note")).to_be_enabled()
    expect(panel(page).get_by_role("textbox", name="Note")).to_have_value("Refused.")


class Recorder:
    """Stands for OpenAI's client, and for all that is read of its answers; keeps what it is asked."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked

    def __getattr__(self, name: str) -> "Recorder":
        return self

    def __getitem__(self, place: int) -> "Recorder":
        return self

    def create(self, **given: Any) -> "Recorder":
        """Make the call."""
        self.asked.update(given)
        return self


def test_a_call_is_copied_to_be_made_again(open_page: Opener, turns: list[str]) -> None:
    """As curl for a shell, as a program in Python, as JSON: each holds the very messages."""
    page = open_page(f"/spans/{turns[1]}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def copied(name: str) -> str:
        panel(page).get_by_role("button", name="Copy …").click()
        page.get_by_role("menuitem", name=name).click()
        expect(page.get_by_text("Copied").last).to_be_visible()
        page.get_by_role("button", name="Dismiss").last.click()
        return str(page.evaluate("navigator.clipboard.readText()"))

    words = shlex.split(copied("As curl"))
    body = json.loads(words[words.index("-d") + 1])
    assert words[1].endswith("/chat/completions")
    assert body["messages"] == [SYSTEM, QUESTION, ASKED, FOUND]
    assert (body["tools"], body["temperature"]) == ([TOOL], 0.2)

    program = copied("As an OpenAI call in Python").removeprefix("from openai import OpenAI\n")
    asked: dict[str, Any] = {}
    exec(compile(program, "copied", "exec"), {"OpenAI": lambda: Recorder(asked), "print": lambda *_: None})
    assert asked == body

    whole = json.loads(copied("The whole span as JSON"))
    assert whole["prompt_messages"] == [SYSTEM, QUESTION, ASKED, FOUND]


def test_a_value_leads_to_the_spans_that_share_it(open_page: Opener, turns: list[str]) -> None:
    """From a span to all of its customer, or of a metadata value, whatever characters they hold."""
    page = open_page(f"/spans/{turns[0]}?show=details")
    panel(page).get_by_role("link", name="Spans with this build number").click()
    expect(page.get_by_text("3 spans")).to_be_visible()
    assert "from=" in page.url, "the range of the page does not hold a span of twenty days ago"

    page.go_back()
    panel(page).get_by_role("link", name="All spans of this customer").click()
    expect(page.get_by_text("3 spans")).to_be_visible()

    page.go_back()
    panel(page).get_by_role("link", name='Ada "A" & Co').click()
    assert urlsplit(page.url).path == "/customers/Ada%20%22A%22%20%26%20Co"
    page.go_back()
    panel(page).get_by_role("link", name="turns").click()
    assert urlsplit(page.url).path == "/threads/turns"


def test_details_and_raw_hold_the_rest(open_page: Opener, ui_server: Server) -> None:
    """Parameters, tools with folded schemas, metadata, properties, events; the request and response as they went.

    A branch of JSON is copied with its whole numbers as they were sent, and so is its path; with the keyboard, too.
    """
    span = keep(
        ui_server,
        model="gpt-5",
        input=[QUESTION],
        output=ANSWER,
        tools=[TOOL],
        temperature=0.2,
        properties={
            "attempt": 2,
            "parent": {"id": 12345678901234567890},
            "otel.events": [{"name": "retried", "time": LONG_AGO.isoformat()}],
        },
        full_request={"model": "gpt-5", "messages": [QUESTION], "seed": 11},
        warnings="The prompt was cut.",
    )
    page = open_page(f"/spans/{span}?show=details")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(panel(page).get_by_text("temperature")).to_be_visible()
    expect(panel(page).get_by_text("attempt:")).to_be_visible()
    panel(page).get_by_text("12345678901234567890").hover()
    panel(page).get_by_role("button", name="Path", exact=True).click()
    expect(panel(page).get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "parent.id"
    panel(page).get_by_role("button", name="Close parent").focus()
    panel(page).get_by_role("button", name="Value", exact=True).click()
    expect(panel(page).get_by_role("button", name="Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == {"id": 12345678901234567890}
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    expect(panel(page).get_by_role("group", name="parent.id: 12345678901234567890")).to_be_focused()
    page.keyboard.press("c")
    expect(panel(page).get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "12345678901234567890"
    page.keyboard.press("ArrowUp")
    expect(panel(page).get_by_role("button", name="Close parent")).to_be_focused()
    page.keyboard.press("Control+c")
    expect(panel(page).get_by_role("button", name="Copied")).to_be_visible()
    assert "id" in json.loads(page.evaluate("navigator.clipboard.readText()"))
    page.keyboard.press("?")
    expect(page.get_by_text("Copy the line")).to_be_visible()
    page.keyboard.press("Escape")
    panel(page).get_by_role("button", name="find_order").click()
    expect(panel(page).get_by_text('type: "object"')).to_be_visible()
    expect(panel(page).get_by_role("button", name="retried")).to_be_visible()
    expect(panel(page).get_by_text("The prompt was cut.")).to_be_visible()
    panel(page).get_by_role("tab", name="Raw").click()
    expect(panel(page).get_by_text("seed:")).to_be_visible()
    expect(panel(page).get_by_text("The raw response was not sent.")).to_be_visible()


def test_a_span_that_is_not_there_says_so(open_page: Opener, watch: Watch) -> None:
    """A wrong link leaves the table as it is, and the filter readable beside it."""
    watch.expected.append("404 (Not Found)")
    page = open_page("/spans/0123456789abcdef0123456789abcdef?query=status:failed+latency:<900+-model:nothing")
    expect(panel(page).get_by_text("There is no such span.")).to_be_visible()
    expect(panel(page).get_by_role("link", name="Look in test")).to_be_visible()
    for text in ("status:failed", "latency:<900", "-model:nothing"):
        box = page.get_by_role("button", name=f"Edit {text}", exact=True).bounding_box()
        assert box is not None
        assert box["width"] > 6 * len(text), text
    panel(page).get_by_role("button", name="Close the span").click()
    expect(page.get_by_role("grid", name="Spans")).to_be_visible()
    assert urlsplit(page.url).path == "/spans"


def test_axe_finds_nothing_serious(open_page: Opener, turns: list[str]) -> None:
    """Every tab of the panel, in both themes."""
    page = open_page(f"/spans/{turns[2]}")
    expect(panel(page).get_by_role("article")).to_have_count(6)
    for tab in ("Messages", "Cost and time", "Details", "Raw", "Feedback"):
        panel(page).get_by_role("tab", name=tab).click()
        expect(panel(page).get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
        assert serious(page) == [], tab
        page.emulate_media(color_scheme="dark")
        assert serious(page, OF_COLOUR) == [], tab
        page.emulate_media(color_scheme="light")


MIDDLES = """(all) => all.map((one) => {
  const { top, height } = one.getBoundingClientRect();
  return Math.round(top + height / 2);
})"""


def test_a_phone_shows_it_over_the_table(open_page: Opener, turns: list[str]) -> None:
    """On a phone the span has the whole screen, and nothing scrolls sideways; the bar has one line above the filter."""
    page = open_page(f"/spans/{turns[2]}", size="phone")
    expect(panel(page).get_by_role("article")).to_have_count(6)
    box = panel(page).bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert serious(page) == []

    page.goto("/spans?range=15m")
    buttons = page.get_by_role("banner").get_by_role("button")
    expect(buttons).to_have_count(5)
    assert len(set(buttons.evaluate_all(MIDDLES))) == 1
