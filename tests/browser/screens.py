"""Every page of the UI and every state worth a look: where it is, and what is on it; and its pictures."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, Route

from tests.environments import ROOT

FOLDER = ROOT / "build" / "screens"
GRID = 'role=grid[name="{}"] >> role=row >> nth=2'
"""Says that a list has rows."""
DEMO = "env=demo&range=30d"
BY_MODEL = (
    "SELECT+model,count()+AS+calls,sum(cost)+AS+cost+FROM+spans+WHERE+model+!=+''+GROUP+BY+model+ORDER+BY+calls+DESC"
)

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Screen:
    """One picture: an address, and what is done there before it is taken."""

    name: str
    path: str
    """With the places of `Places` in braces."""
    shows: str
    """A selector of what is there when all of it is."""
    act: Act | None = None
    before: Act | None = None
    """What is done before the address is opened."""
    phone: bool = False
    """Whether there is a picture of it on a phone, too."""
    complains: str = ""
    """A part of what the console says of a fault that is provoked here."""

    fades: bool = False
    """What is old is paler than it may be, while nothing newer can be had."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Places:
    """What the addresses need to know of the store."""

    organization: str
    span: str
    failed: str
    trace: str
    thread: str
    customer: str
    invitation: str


def places(client: httpx.Client, invitation: str) -> Places:
    """The most telling of each kind. The client sees the demo."""
    month = {"start_time": "-31d"}

    def first(path: str, **params: str) -> dict[str, Any]:
        answer = client.get(path, params={**month, "page_size": "1", **params})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()["results"][0]
        return found

    span = first("/api/request-logs/list/", query="log_type:chat status:success tools:*")
    thread = client.post("/api/log_threads/", params={**month, "sort_by": "-total_cost"}, json={})
    thread.raise_for_status()
    return Places(
        organization=span["organization_id"],
        span=span["id"],
        failed=first("/api/request-logs/list/", query="status:failed log_type:chat")["id"],
        trace=first("/api/traces/list/", sort_by="-span_count", query="span_count:<60 error_count:>0")[
            "trace_unique_id"
        ],
        thread=thread.json()["results"][0]["thread_identifier"],
        customer=first("/api/users/list/", sort_by="-total_cost")["customer_identifier"],
        invitation=invitation,
    )


def _press(keys: str) -> Act:
    return lambda page: page.keyboard.press(keys)


def _click(name: str, role: Any = "button") -> Act:
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()


def _type(text: str) -> Act:
    def typed(page: Page) -> None:
        page.keyboard.press("/")
        page.keyboard.type(text)

    return typed


def _answer(pattern: str, status: int, **body: Any) -> Act:
    """Let the server answer the next question of this kind otherwise."""

    def answered(route: Route) -> None:
        route.fulfill(status=status, content_type="application/json", body=json.dumps(body))

    return lambda page: page.route(pattern, answered)


def _choose(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")


def _open_row(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name="Span").get_by_role("tabpanel").wait_for()


def _away(page: Page) -> None:
    page.context.set_offline(True)
    page.keyboard.press("r")


LIST = "**/api/request-logs/list/**"
FIRST = {
    "kind": "welcome",
    "email": None,
    "organization": "Midspan",
    "role": "admin",
    "expires_at": "2030-01-01T00:00:00Z",
}
HEADING = 'role=heading[level=1] >> text="{}"'

OUTSIDE = [
    Screen("sign-in", "/sign-in", HEADING.format("Sign in"), phone=True),
    Screen("sign-in-refused", "/sign-in?openid_error=not_invited", "role=alert"),
    Screen(
        "welcome-first", "/welcome#any", HEADING.format("Make the first account"),
        before=_answer("**/api/welcome/link/", 200, **FIRST),
    ),
    Screen("welcome-invited", "/welcome#{invitation}", "text=You have been invited"),
    Screen("welcome-used", "/welcome#used", "text=This link opens nothing", complains="404 (Not Found)"),
    Screen("shared-trace", "/shared/{organization}/{trace}", "role=treegrid >> role=row >> nth=2", phone=True),
    Screen(
        "shared-withdrawn", "/shared/{organization}/nothing", "text=There is no such trace", complains="404 (Not Found)"
    ),
]  # fmt: skip
"""For who is not signed in."""

INSIDE = [
    Screen("first-run", "/spans?env=test", "text=Send the first span", phone=True),
    Screen(
        "first-run-opentelemetry", "/spans?env=test", "text=Send the first span", act=_click("OpenTelemetry", "tab"),
    ),
    Screen("spans", f"/spans?{DEMO}", GRID.format("Spans"), phone=True),
    Screen("spans-filtered", f"/spans?{DEMO}&query=status:failed+-model:gpt-5+latency:>1", GRID.format("Spans")),
    Screen("spans-chosen", f"/spans?{DEMO}", GRID.format("Spans"), act=_choose),
    Screen("spans-offers", f"/spans?{DEMO}", GRID.format("Spans"), act=_type("model:g")),
    Screen("spans-columns", f"/spans?{DEMO}", GRID.format("Spans"), act=_click("Columns")),
    Screen("spans-views", f"/spans?{DEMO}", GRID.format("Spans"), act=_click("All spans")),
    Screen("spans-range", f"/spans?{DEMO}", GRID.format("Spans"), act=_click("Last 30 days"), phone=True),
    Screen("spans-live", f"/spans?{DEMO}&live=on", GRID.format("Spans")),
    Screen("spans-nothing", f"/spans?{DEMO}&query=model:nothing", "text=Nothing matches the filter."),
    Screen(
        "spans-unread", f"/spans?{DEMO}&query=modle:x", "text=The filter cannot be read", complains="400 (Bad Request)",
    ),
    Screen("span", f"/spans/{{span}}?{DEMO}", "role=complementary[name='Span'] >> role=article >> nth=0", phone=True),
    Screen("span-failed", f"/spans/{{failed}}?{DEMO}", "role=complementary[name='Span'] >> role=tabpanel"),
    Screen("span-cost", f"/spans/{{span}}?{DEMO}&show=cost", "role=complementary[name='Span'] >> role=tabpanel"),
    Screen("span-details", f"/spans/{{span}}?{DEMO}&show=details", "role=complementary[name='Span'] >> role=tabpanel"),
    Screen(
        "span-feedback", f"/spans/{{span}}?{DEMO}&show=feedback", "role=complementary[name='Span'] >> role=tabpanel",
    ),
    Screen("traces", f"/traces?{DEMO}", GRID.format("Traces"), phone=True),
    Screen("traces-empty", "/traces?env=test", "text=There is nothing in test yet"),
    Screen("trace", f"/traces/{{trace}}?{DEMO}", "role=treegrid >> role=row >> nth=2", phone=True),
    Screen("trace-span", f"/traces/{{trace}}?{DEMO}", "role=treegrid >> role=row >> nth=2", act=_open_row),
    Screen(
        "trace-transcript", f"/traces/{{trace}}?{DEMO}&view=transcript", "role=main >> role=article >> nth=0",
        phone=True,
    ),
    Screen("threads", f"/threads?{DEMO}", GRID.format("Threads"), phone=True),
    Screen("threads-empty", "/threads?env=test", "text=There is nothing in test yet"),
    Screen("thread", f"/threads/{{thread}}?{DEMO}", "role=main >> role=article >> nth=0", phone=True),
    Screen("customers", f"/customers?{DEMO}", GRID.format("Customers"), phone=True),
    Screen("customers-empty", "/customers?env=test", "text=There is nothing in test yet"),
    Screen("customer", f"/customers/{{customer}}?{DEMO}", "role=figure >> nth=5", phone=True),
    Screen("customer-spans", f"/customers/{{customer}}?{DEMO}&tab=spans", "role=grid >> role=row >> nth=2"),
    Screen("dashboard", f"/dashboard?{DEMO}", 'role=figure[name="Cost over time"]', phone=True),
    Screen(
        "dashboard-customers", f"/dashboard?{DEMO}&by=customer_identifier&measure=latency",
        'role=figure[name="Latency over time"]',
    ),
    Screen("dashboard-empty", "/dashboard?env=test", "text=There is nothing in test yet", phone=True),
    Screen("sql", f"/sql?{DEMO}", "text=What did each day cost, by model?", phone=True),
    Screen("sql-answer", f"/sql?{DEMO}&query={BY_MODEL}", GRID.format("Answer"), phone=True),
    Screen("sql-chart", f"/sql?{DEMO}&query={BY_MODEL}&as=chart", "text=calls by model"),
    Screen(
        "sql-fault", f"/sql?{DEMO}&query=SELECT+modle+FROM+spans", "role=alert", complains="400 (Bad Request)"
    ),
    *(
        Screen(f"settings-{section}", f"/settings/{section}?{DEMO}", "role=heading[level=1]", phone=True)
        for section in (
            "account", "preferences", "views", "keys", "environments", "prices", "members", "storage", "about"
        )
    ),
    Screen("settings-new-key", f"/settings/keys?{DEMO}", "role=heading[level=1]", act=_click("New key")),
    Screen("settings-new-price", f"/settings/prices?{DEMO}", "role=heading[level=1]", act=_click("New price")),
    Screen(
        "settings-reprice", f"/settings/prices?{DEMO}", "role=heading[level=1]", act=_click("Price stored spans anew"),
    ),
    Screen("settings-invite", f"/settings/members?{DEMO}", "role=heading[level=1]", act=_click("Invite")),
    Screen("commands", f"/spans?{DEMO}", GRID.format("Spans"), act=_press("Control+k"), phone=True),
    Screen("keys", f"/spans?{DEMO}", GRID.format("Spans"), act=_press("?")),
    Screen("member", f"/spans?{DEMO}", GRID.format("Spans"), act=_click("Member: Ada Lovelace")),
    Screen(
        "environment-unknown", "/spans?env=nowhere", "text=There is no environment nowhere", complains="403 (Forbidden)"
    ),
    Screen("nowhere", "/spnas", "text=There is no page at this address", complains="404 (Not Found)", phone=True),
    Screen(
        "forbidden", f"/spans?{DEMO}&query=model:one", "text=You may not see this", complains="403 (Forbidden)",
        before=_answer(LIST, 403, detail="This key may not read.", error="x", code="forbidden"),
    ),
    Screen(
        "broken", f"/spans?{DEMO}&query=model:two", "text=The server has failed", complains="500 (Internal",
        before=_answer(LIST, 500, detail="Something is broken. Reference: 12ab.", error="x", code="internal_error"),
    ),
    Screen(
        "away", f"/spans?{DEMO}", GRID.format("Spans"), act=_away, complains="ERR_INTERNET_DISCONNECTED", fades=True
    ),
]  # fmt: skip
"""For the admin who is signed in."""

ALBUM = """<!doctype html>
<meta charset="utf-8">
<title>Screens</title>
<style>
  body {{ margin: 0; display: grid; grid-template-columns: 260px 1fr; height: 100vh; font: 13px/1.6 sans-serif; }}
  nav {{ overflow: auto; padding: 12px; background: #eee; }}
  nav a {{ display: block; color: #222; text-decoration: none; }}
  nav a.here {{ font-weight: bold; }}
  main {{ overflow: auto; padding: 12px; background: #888; }}
  img {{ max-width: 100%; }}
</style>
<nav></nav>
<main><img alt=""></main>
<script>
  const names = {names};
  const nav = document.querySelector("nav");
  nav.innerHTML = names.map((name) => `<a href="#${{name}}">${{name}}</a>`).join("");
  const at = () => Math.max(0, names.indexOf(location.hash.slice(1)));
  function show() {{
    document.querySelector("img").src = names[at()];
    document.querySelectorAll("a").forEach((link, place) => link.classList.toggle("here", place === at()));
    document.querySelector("a.here").scrollIntoView({{ block: "nearest" }});
  }}
  addEventListener("hashchange", show);
  addEventListener("keydown", ({{ key }}) => {{
    const step = {{ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }}[key];
    if (step) location.hash = names[(at() + step + names.length) % names.length];
  }});
  show();
</script>
"""


class Album:
    """The pictures of one run, and a page to leaf through them with the arrow keys. Where the variable SCREENS is not
    set nobody looks, so there are none: they take as long as all the rest.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.is_wanted = bool(os.environ.get("SCREENS"))
        if self.is_wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    def take(self, page: Page, name: str) -> None:
        """What is seen of the page now."""
        if self.is_wanted:
            page.screenshot(path=self.folder / f"{name}.png", animations="allow", caret="initial")

    def bind(self) -> None:
        """Write the page that shows them."""
        if not self.is_wanted:
            return
        names = sorted(path.name for path in self.folder.glob("*.png"))
        (self.folder / "index.html").write_text(ALBUM.format(names=json.dumps(names)))
