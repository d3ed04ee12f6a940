"""The first five minutes: from the link that the server prints to a failure that is understood, and the demo."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opener, Watch, serious
from tests.browser.spans import panel
from tests.browser.test_signing_in import ADA, printed
from tests.corpus.catalogue import ENVIRONMENTS
from tests.corpus.provider import provider
from tests.environments import environment, node_modules
from tests.faults.load import wait_until
from tests.server import Server, Starter

pytestmark = [pytest.mark.browser, pytest.mark.debian("curl", "node", "npm"), pytest.mark.timeout(120)]

TABS = ["curl", "Python", "JavaScript", "OpenTelemetry"]
PAINTED = """(canvas, [red, green, blue]) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found += 1;
  }
  return found;
}"""
"""How many pixels of a canvas have a colour: `--series-count` in the light theme."""


def welcomed(server: Server, open_page: Opener, watch: Watch) -> Page:
    """The page that a newcomer sees who has opened the printed link and made the account."""
    watch.host = urlsplit(server.url).netloc
    page = open_page(f"/welcome#{printed(server)}", url=server.url)
    page.get_by_label("Name").fill(ADA["name"])
    page.get_by_label("Email").fill(ADA["email"])
    page.get_by_label("Password", exact=True).fill(ADA["password"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans")
    return page


def shown(page: Page, tab: str) -> tuple[str, str]:
    """The code of a tab, and the lines for the shell that stand before it."""
    page.get_by_role("tab", name=tab, exact=True).click()
    blocks = page.get_by_label("The call").locator("pre").all_inner_texts()
    return blocks[-1], "\n".join(blocks[:-1])


def run(tab: str, code: str, before: str, folder: Path) -> None:
    """Do what the page says, with the packages that it names, and a provider on loopback in the place of OpenAI's."""
    if tab == "curl":
        command = code.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
    elif tab == "JavaScript":
        (folder / "node_modules").symlink_to(node_modules("opentelemetry-js", ENVIRONMENTS))
        (folder / "first.mjs").write_text(code)
        command = "node first.mjs"
    else:
        (folder / "first.py").write_text(code)
        exports = "\n".join(re.findall(r"^export .*$", before, flags=re.MULTILINE))
        command = f"{exports}\n{environment('traceloop', ENVIRONMENTS)} first.py"
    with provider() as models:
        variables = {"OPENAI_API_KEY": "sk-any", "OPENAI_BASE_URL": f"{models.url}/v1", "no_proxy": "*"}
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            ["sh", "-ec", command], cwd=folder, env=inherited | variables, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, f"{tab}: {done.stdout}{done.stderr}"


def test_what_the_first_page_shows_works_and_a_failure_is_three_clicks_away(
    start_server: Starter, open_page: Opener, watch: Watch, tmp_path: Path
) -> None:
    """Each of the four ways, as printed, stores a span. With the first one the page becomes the list. Then a call
    fails: one click shows the failed, one opens it, and the panel says why.
    """
    server = start_server()
    page = welcomed(server, open_page, watch)
    page.get_by_role("button", name="Create a key for prod").click()
    key = page.get_by_label("The key").locator("code").inner_text()
    snippets = {tab: shown(page, tab) for tab in TABS}
    assert all(key in code + before and server.url in code + before for code, before in snippets.values())

    run("curl", *snippets["curl"], tmp_path)
    expect(page.get_by_role("grid", name="Spans").get_by_role("gridcell", name="gpt-4o-mini").first).to_be_visible()
    expect(page.get_by_role("figure", name="Spans over time")).to_be_visible()
    canvas = page.locator("canvas")
    wait_until(lambda: canvas.evaluate(PAINTED, [93, 155, 167]) > 0)  # the newest bucket is drawn, too
    for tab in TABS[1:]:
        run(tab, *snippets[tab], tmp_path)
    failed = {"model": "gpt-4o-mini", "input": "Hi", "status_code": 429, "error_message": "Rate limit reached"}
    httpx.post(
        f"{server.url}/api/request-logs/", json=failed, headers={"Authorization": f"Bearer {key}"}
    ).raise_for_status()
    page.keyboard.press("r")
    expect(page.get_by_text("5 spans")).to_be_visible()

    page.get_by_role("link", name="1 failed").click()
    expect(page).to_have_url(re.compile("status"))
    page.get_by_role("row").filter(has_text="429").click()
    expect(panel(page).get_by_text("Rate limit reached").first).to_be_visible()
    page.close()  # before its server goes


def test_the_demo_is_filled_and_removed_by_a_click_each(start_server: Starter, open_page: Opener, watch: Watch) -> None:
    """It opens by itself when there is something to see, what still runs with it; the settings remove it, and nobody
    stays where it was.
    """
    server = start_server(settings={"authentication": False})
    watch.host = urlsplit(server.url).netloc
    page = open_page("/spans", url=server.url)

    still = {"state": "filling", "progress": 0.4}

    def hold_back(route: Route) -> None:
        """Fewer spans than usual, and some of them still to come, whatever the server says."""
        few = {"spans": 500} if route.request.method == "POST" else None
        answer = route.fetch(post_data=few)
        state = answer.json()
        route.fulfill(response=answer, json=state | (still if state["spans"] else {}))

    page.route("**/api/demo/", hold_back)
    page.get_by_role("button", name="Fill it with demo data").click()
    page.wait_for_url("**/spans?env=demo&range=30d")
    expect(page.get_by_role("gridcell").first).to_be_visible()
    expect(page.get_by_text("40 % are there")).to_be_visible()
    still.clear()
    expect(page.get_by_text("are there")).to_have_count(0)
    page.unroute("**/api/demo/", hold_back)

    page.get_by_role("link", name="Traces", exact=True).click()
    expect(page.get_by_role("gridcell", name="running").first).to_be_visible()
    page.get_by_role("button", name="Environment: demo").click()
    page.get_by_role("menuitem", name="Environments …").click()
    card = page.get_by_role("region", name="Demo")
    expect(card).to_contain_text("spans of the last month")
    assert serious(page) == []
    card.get_by_role("button", name="Remove the demo").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the demo").click()
    expect(card.get_by_role("button", name="Fill the demo")).to_be_visible()
    expect(page.get_by_role("button", name="Environment: prod")).to_be_visible()
    expect(page.get_by_role("row", name="demo")).to_have_count(0)
    page.get_by_role("link", name="Spans", exact=True).click()
    expect(page.get_by_text("Send the first span")).to_be_visible()
    page.close()  # before its server goes
