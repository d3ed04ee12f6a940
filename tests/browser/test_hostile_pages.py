"""What strangers wrote, in every field that takes a text, does nothing on any page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from midspan.ingest.body import FIELDS
from scripts import build_ui
from tests.browser.conftest import Opener, Watch
from tests.browser.spans import GIF
from tests.browser.test_signing_in import printed
from tests.environments import ROOT
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = (
    f"{SCRIPT}\"'><svg onload=alert(3)> [a](javascript:alert(4)) ![b](https://pictures.example/b.png) ![c]({GIF})"
    " {{7*7}} ${alert(5)} <details open ontoggle=alert(6)> invoice\u202egnp.exe \u2066isolated\u0007 \u200b\x00 "
    "Z\u0351\u036b\u0343A\u0321\u034a \U000e0041 \ufdfd https://harmless.example"
)
EVE = {"email": "eve@example.com", "name": SCRIPT, "password": "does no harm here"}
LARGE = "The quick brown fox. " * 500_000
VALUES: dict[str, Any] = {
    "text": HOSTILE,
    "name": HOSTILE,
    "customer": HOSTILE[:250],
    "warnings": HOSTILE,
    "stop": [HOSTILE],
    "response_format": {"type": HOSTILE, SCRIPT: HOSTILE},
    "text_or_object": HOSTILE,
    "any": HOSTILE,
    "json": {SCRIPT: HOSTILE, "summary": HOSTILE, "type": HOSTILE},
    "object": {SCRIPT: HOSTILE, "role": SCRIPT, "content": HOSTILE, "name": HOSTILE},
    "object_or_list": {SCRIPT: HOSTILE},
    "list": [{SCRIPT: HOSTILE, "role": SCRIPT, "content": HOSTILE}, HOSTILE],
    "objects": [{SCRIPT: HOSTILE, "role": SCRIPT, "content": HOSTILE, "type": SCRIPT, "function": {"name": SCRIPT}}],
    "metadata": {SCRIPT: HOSTILE, "region": HOSTILE},
}
"""For each kind of field that can hold a text."""
BODY = {
    field.name: VALUES[field.kind]
    for field in FIELDS.values()
    if field.kind in VALUES and not field.alias_of and field.group != "Controls"
}
TURNED = """() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { data, parentElement: at } = walk.currentNode;
    if (data.includes("\\u202e") && at.tagName !== "TEXTAREA") found.push(at.outerHTML.slice(0, 200));
  }
  return found;
}"""
"""Where a character that turns the direction of writing is drawn; what is typed into is left as it is."""
PAGES = [
    "/spans?columns=timestamp,model,span_name,input,output,customer,thread,metadata.region,metadata.{script}",
    "/spans?query=input:alert",
    "/spans/{id}",
    "/spans/{id}?show=cost",
    "/spans/{id}?show=details",
    "/spans/{id}?show=raw",
    "/spans/{id}?show=feedback",
    "/spans/{id}?compare=before",
    "/spans/{large}",
    "/spans/{wide}",
    "/traces",
    "/traces/_?id={hostile}",
    "/traces/_?id={hostile}&view=transcript",
    "/traces/_?id={hostile}&find=alert",
    "/threads",
    "/threads/_?id={hostile}",
    "/customers",
    "/customers/_?id={customer}",
    "/customers/_?id={customer}&tab=spans",
    "/customers/_?id={customer}&tab=threads",
    "/dashboard",
    "/dashboard?by=customer_identifier",
    "/dashboard?by=prompt_name",
    "/dashboard?by=metadata.region",
    "/sql?query=SELECT+model,input,output,metadata,error_message+FROM+spans",
    "/sql?query=SELECT+model,count()+AS+calls+FROM+spans+GROUP+BY+model&as=chart",
    "/settings/account",
    "/settings/views",
    "/settings/keys",
    "/settings/prices",
    "/settings/members",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose admin is called by a script."""
    build_ui.build(ROOT)
    with Server(tmp_path_factory.mktemp("hostile") / "data") as started:
        started.start()
        started.client_of(None).post("/api/welcome/", json={"token": printed(started), **EVE}).raise_for_status()
        yield started
        assert started.stop() == 0, started.log


@pytest.fixture(scope="module")
def places(server: Server) -> dict[str, str]:
    """Spans with such texts in every field, a message of 10 MB, JSON of 5,000 keys; and all that people can name."""
    client = server.client

    def sent(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(path, json=body)
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made

    now = datetime.now(UTC).isoformat()
    together = {"trace_unique_id": HOSTILE, "thread_identifier": HOSTILE, "timestamp": now}
    span = sent("/api/request-logs/", {**BODY, "timestamp": now})["id"]
    sent(
        "/api/request-logs/",
        {
            **BODY,
            **together,
            "span_unique_id": "child",
            "span_parent_id": HOSTILE,
            "log_type": "tool",
            "status_code": 500,
        },
    )
    said = [{"role": "user", "content": HOSTILE}, {"role": SCRIPT, "content": [{"type": SCRIPT, SCRIPT: HOSTILE}]}]
    answer = {"role": "assistant", "content": HOSTILE, "tool_calls": [{"id": "1", "function": {"name": SCRIPT}}]}
    chat = {"model": SCRIPT, "log_type": "chat", "input": said, "output": answer, "span_unique_id": "chat"}
    sent("/api/request-logs/", {**together, **chat})
    named(server, span)
    wide = {f"{SCRIPT}{at}": {"n": at} for at in range(5000)}
    return {
        "id": span,
        "large": sent("/api/request-logs/", {"model": "gpt-5", "input": LARGE, "output": "ok", **together})["id"],
        "wide": sent("/api/request-logs/", {"model": "x", "log_type": "task", "input": wide, **together})["id"],
        "hostile": quote(HOSTILE, safe=""),
        "customer": quote(HOSTILE[:250], safe=""),
        "script": quote(SCRIPT.replace("%", "%25").replace(",", "%2C"), safe=""),
    }


def named(server: Server, span: str) -> None:
    """Give such names to keys, views, prices, scores and a customer."""
    with httpx.Client(base_url=server.url) as admin:
        signed = admin.post("/api/session/", json={"email": EVE["email"], "password": EVE["password"]})
        signed.raise_for_status()
        for path, body in (
            ("/api/keys/", {"name": SCRIPT, "environment": "prod", "rights": ["read"]}),
            ("/api/views/", {"name": SCRIPT, "page": "spans", "state": "query=" + quote(SCRIPT), "is_shared": True}),
            ("/api/views/", {"name": SCRIPT, "page": "sql", "state": "query=" + quote(SCRIPT)}),
            ("/api/prices/", {"model": SCRIPT, "input_price": 1, "output_price": 1}),
            ("/api/scores/", {"log_id": span, "evaluator_slug": SCRIPT, "string_value": HOSTILE}),
        ):
            answer = admin.post(path, json=body)
            assert answer.is_success, answer.text


@pytest.fixture
def guest(open_page: Opener, server: Server, watch: Watch) -> Page:
    """Somebody who is signed in there."""
    watch.host = urlsplit(server.url).netloc
    page = open_page("/welcome", url=server.url)
    assert page.request.post("/api/session/", data={"email": EVE["email"], "password": EVE["password"]}).ok
    return page


def test_every_field_that_holds_a_text_is_tried() -> None:
    """No kind of field is forgotten: the others hold numbers, times and fixed words."""
    others = {field.kind for field in FIELDS.values()} - VALUES.keys()
    assert others == {
        "whole", "count", "status_code", "number", "duration", "money", "price", "flag", "time", "log_type", "status",
    }  # fmt: skip
    assert len(BODY) > 40


def test_no_page_runs_or_fetches_what_a_text_says(guest: Page, places: dict[str, str], watch: Watch) -> None:
    """No dialog, no report of the policy, no request to another host, no error: `watch` says so. No page has an
    element that a text asked for, or a character that turns the direction of writing.
    """
    for path in PAGES:
        guest.goto(path.format(**places))
        expect(guest.get_by_role("main")).to_be_visible()
        expect(guest.locator("[class*=bone]")).to_have_count(0)
        guest.wait_for_load_state("networkidle")
        assert guest.get_by_role("alert").filter(has_text="has failed").count() == 0, path
        made = guest.locator("main :is(script, iframe, object, embed, [onload], [onerror], [ontoggle])")
        assert made.count() == 0, path
        sources = guest.locator("main img").evaluate_all("(found) => found.map((one) => one.getAttribute('src'))")
        assert set(sources) <= {GIF}, path
        assert guest.evaluate(TURNED) == [], path

    guest.goto("/spans")
    expect(guest.get_by_role("gridcell").first).to_be_visible()
    guest.get_by_role("combobox", name="Filter spans").click()
    watch.expected.append("400 (Bad Request)")  # what is half typed is no filter
    guest.keyboard.type("model:<")
    expect(guest.get_by_role("option").first).to_be_visible()
    guest.keyboard.press("Escape")
    guest.keyboard.press("Control+k")
    expect(guest.get_by_role("option", name=SCRIPT).first).to_be_visible()
