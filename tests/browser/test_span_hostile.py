"""What models and users wrote does nothing to who looks at a span, however hostile or large it is."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.spans import GIF, keep, panel
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
HOSTILE = "\n\n".join(
    [
        SCRIPT,
        "[a](javascript:alert(3)) [b](data:text/html,<script>alert(4)</script>) <https://harmless.example>",
        "![c](https://pictures.example/c.png) ![d](//pictures.example/d.png) ![e](/api/session/) " + f"![f]({GIF})",
        '<details open ontoggle="alert(5)"><svg onload=alert(6)>',
        f"```html\n{SCRIPT}\n```",
        "invoice\u202egnp.exe \u2066isolated \u0007bell \u200bnothing \U000e0041tag",
        ">" * 2000 + "deep",
    ]
)


def test_hostile_content_does_nothing(open_page: Opener, ui_server: Server) -> None:
    """Scripts, HTML, links that run, pictures from elsewhere, characters that turn the writing: in every field, on each
    tab. The page runs nothing and asks nobody (`watch` says so), and shows what it was sent.
    """
    span = keep(
        ui_server,
        model=SCRIPT[:60],
        span_name=HOSTILE[:200],
        log_type="chat",
        input=[
            {"role": SCRIPT, "content": HOSTILE, "name": SCRIPT},
            {
                "role": "user",
                "content": [
                    {"type": SCRIPT, SCRIPT: 1},
                    {"type": "image_url", "image_url": {"url": "javascript:alert(7)"}},
                ],
            },
            {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": "data:image/svg+xml,<svg onload=alert(8)>"}}],
            },
            {"role": "user", "content": "invoice\u202egnp.exe \u2066isolated \u0007bell \u200bnothing \U000e0041tag"},
        ],
        output={
            "role": "assistant",
            "content": HOSTILE,
            "tool_calls": [{"id": SCRIPT, "function": {"name": SCRIPT, "arguments": SCRIPT}}],
        },
        tools=[{"type": "function", "function": {"name": SCRIPT, "description": HOSTILE}}],
        metadata={SCRIPT: HOSTILE},
        properties={SCRIPT: HOSTILE, "otel.events": [{"name": SCRIPT, "time": SCRIPT}]},
        customer_identifier=SCRIPT,
        customer_name="ada\u202eada",
        thread_identifier=SCRIPT,
        error_message=HOSTILE,
        note=HOSTILE,
        warnings=HOSTILE,
        full_request={SCRIPT: HOSTILE},
    )
    page = open_page(f"/spans/{span}")
    said = panel(page)
    for code in ("U+202E", "U+2066", "U+0007", "U+200B", "U+E0041"):
        expect(said.get_by_role("article").get_by_text(code).first).to_be_visible()
    expect(said.get_by_text("deep").last).to_be_attached()
    assert said.locator("script, svg[onload], details[ontoggle], iframe, object").count() == 0
    for address in said.locator("a[href]").all():
        assert urlsplit(address.get_attribute("href") or "").scheme in ("", "https"), address
    sources = [picture.get_attribute("src") or "" for picture in said.locator("img").all()]
    assert all(source == GIF for source in sources), sources
    for tab in ("Cost and time", "Details", "Raw", "Feedback"):
        said.get_by_role("tab", name=tab).click()
        expect(said.get_by_role("tabpanel").get_by_role("heading").first).to_be_visible()
    said.get_by_role("tab", name="Messages").click()
    said.get_by_role("button", name="What is new in this turn").click()
    expect(said.get_by_text("This is the first call of its thread")).to_be_visible()
    said.get_by_role("button", name="As sent").click()
    expect(said.get_by_text("[a](javascript:alert(3))").first).to_be_visible()
    assert "\u202e" not in said.inner_text()


LONG_TASKS = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
}).observe({ type: "longtask", buffered: true });
"""


def test_megabytes_do_not_freeze_the_page(open_page: Opener, ui_server: Server) -> None:
    """A message of ten megabytes comes in pieces, and JSON of five thousand keys in branches; both can be searched."""
    message = "The quick brown fox. " * 500_000
    large = keep(
        ui_server,
        model="gpt-5",
        input=[{"role": "user", "content": message}],
        output={"role": "assistant", "content": "ok"},
    )
    wide = keep(
        ui_server, log_type="task", model="none", input={f"key_{n}": {"n": n} for n in range(5000)}, output="ok"
    )
    page = open_page("/spans?range=15m&query=model:none")
    page.add_init_script(LONG_TASKS)
    page.goto(f"/spans/{large}?range=15m")
    more = panel(page).get_by_role("button", name="more characters")
    expect(more).to_be_attached(timeout=20_000)
    panel(page).get_by_role("button", name="Show all of it").click()
    more.click()
    expect(more).to_have_text(f"Show 200,000 of {len(message) - 220_000:,} more characters")
    assert page.evaluate("window.longest") < 1500

    page.goto(f"/spans/{wide}?range=15m")
    expect(panel(page).get_by_text("key_99:")).to_be_attached()
    panel(page).get_by_label("Find in the input").fill("key_4711")
    expect(panel(page).get_by_text("key_4711")).to_be_visible()
    assert page.evaluate("window.longest") < 1500
