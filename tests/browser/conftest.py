"""A real browser on a real server: the UI as people have it."""

import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from scripts import build_ui
from tests.environments import ROOT
from tests.server import Server

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SIZES = {"laptop": (1280, 800), "desktop": (1920, 1080), "phone": (390, 844)}
REPORTS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
SLOW = "SLOW"
"""A variable: with SLOW=900 each question of a page waits up to 900 ms, which shows what a test does not wait for."""
LATE = """
const ask = window.fetch;
window.fetch = async (...question) => {
  await new Promise((done) => setTimeout(done, Math.random() * %f));
  return ask(...question);
};
"""
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
SPANS = 300
FAILED = 12

expect.set_options(timeout=15_000)  # two cores at work on other tests, too


@pytest.fixture(scope="session")
def ui_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the UI of this checkout, that lets everybody in, and a day of spans."""
    build_ui.build(ROOT)
    with Server(tmp_path_factory.mktemp("ui") / "data", settings={"authentication": False}) as server:
        server.start()
        server.client.post("/api/request-logs/batch/create/", json={"logs": spans()}).raise_for_status()
        yield server
        assert server.stop() == 0, server.log


def spans() -> list[dict[str, Any]]:
    """A day of spans, the same each time but for the day."""
    draw = random.Random(5)
    now = datetime.now(UTC)
    made: list[dict[str, Any]] = []
    for number in range(SPANS):
        span: dict[str, Any] = {
            "timestamp": (now - timedelta(minutes=4.5 * number + 1)).isoformat(),
            "span_name": draw.choice(["answer question", "plan", "summarise thread"]),
            "model": draw.choice(["gpt-5", "gpt-4o-mini", "claude-sonnet-4-5"]),
            "input": [{"role": "user", "content": f"Question {number}: how do I get a refund?"}],
            "prompt_tokens": draw.randint(20, 9000),
            "completion_tokens": draw.randint(5, 900),
            "latency": round(draw.lognormvariate(0.2, 0.8), 3),
            "customer_identifier": f"user-{draw.randint(1, 20)}",
            "thread_identifier": f"thread-{draw.randint(1, 60)}",
        }
        if number % (SPANS // FAILED) == 0:
            span |= {"status_code": 429, "error_message": "Rate limit reached"}
        else:
            span["output"] = {"role": "assistant", "content": "Within thirty days, from the page of the order."}
        made.append(span)
    return made


def fill(server: Server, environment: str, logs: list[dict[str, Any]]) -> None:
    """Make an environment with these spans in it, for tests that count."""
    with httpx.Client(base_url=server.url) as client:
        client.post("/api/environments/", json={"name": environment}).raise_for_status()
        headers = {"Midspan-Environment": environment}
        client.post("/api/request-logs/batch/create/", json={"logs": logs}, headers=headers).raise_for_status()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Chromium, for one module: while Playwright runs, no other test in the process could have an event loop."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        yield launched
        launched.close()


@dataclass
class Watch:
    """What a page did that it must not do."""

    host: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Parts of what this test provokes on purpose."""

    def on(self, page: Page) -> None:
        """Write down what the page says and asks for."""
        page.on("console", lambda message: self._say(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._say(f"thrown: {error}"))
        page.on("dialog", lambda dialog: self._say(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != self.host:
            self._say(f"asked another host: {url}")

    def _say(self, what: str) -> None:
        if not any(part in what for part in self.expected):
            self.complaints.append(what)


Opener = Callable[..., Page]


@pytest.fixture
def watch(ui_server: Server) -> Iterator[Watch]:
    """Fails the test when a page logged an error, broke the policy, or asked another host for anything."""
    watching = Watch(urlsplit(ui_server.url).netloc)
    yield watching
    assert watching.complaints == []


@pytest.fixture
def open_page(browser: Browser, ui_server: Server, watch: Watch) -> Iterator[Opener]:
    """Opens an address: `open_page("/spans", theme="dark", size="phone")`."""
    contexts = []

    def opened(
        path: str, *, theme: Any = "light", size: str = "laptop", url: str = "", cookies: Sequence[Any] = ()
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=url or ui_server.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            has_touch=size == "phone",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_init_script(REPORTS)
        if SLOW in os.environ:
            context.add_init_script(LATE % float(os.environ[SLOW]))
        context.add_cookies(cookies)
        context.set_default_timeout(10_000)
        page = context.new_page()
        watch.on(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def serious(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds on the page, from "serious" up; by all its rules unless some are named.

    Rows of the question before are pale until the answer comes, so that is waited for.
    """
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    # By the debugger, not as a script of the page: the policy lets no page do that.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = list(rules)
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{one['id']} ({one['impact']}): {json.dumps([node['html'][:200] for node in one['nodes'][:3]])}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
