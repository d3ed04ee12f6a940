"""Settings: keys, members and prices by an admin, what a viewer sees of it, and how storing goes."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, Watch, serious
from tests.browser.test_signing_in import ADA, printed
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

VIC = {"email": "vic@example.com", "name": "Vic Viewer", "password": "only here to look"}

As = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an admin, a viewer, and spans of two models."""
    with Server(tmp_path_factory.mktemp("settings") / "data") as started:
        started.start()
        admin = started.client_of(None)
        admin.post("/api/welcome/", json={"token": printed(started), **ADA}).raise_for_status()
        link = admin.post("/api/invitations/", json={"role": "viewer", "email": VIC["email"]}).json()["link"]
        viewer = started.client_of(None)
        token = link.partition("#")[2]
        viewer.post("/api/welcome/", json={"token": token, **VIC}).raise_for_status()
        used = {"prompt_tokens": 1000, "completion_tokens": 10, "input": "x", "output": "y"}
        logs = [{"model": model, **used} for model in ("gpt-4o", "gpt-4o", "own-model-7b")]
        started.client.post("/api/request-logs/batch/create/", json={"logs": logs}).raise_for_status()
        yield started


@pytest.fixture
def open_as(open_page: Opener, server: Server, watch: Watch) -> As:
    """Opens an address as somebody who is signed in: `open_as(ADA, "/settings/keys")`."""
    watch.host = urlsplit(server.url).netloc

    def opened(who: dict[str, str], path: str, **options: str) -> Page:
        visitor = server.client_of(None)
        given = {"email": who["email"], "password": who["password"]}
        visitor.post("/api/session/", json=given).raise_for_status()
        cookies = [{"name": name, "value": value, "url": server.url} for name, value in visitor.cookies.items()]
        return open_page(path, url=server.url, cookies=cookies, **options)

    return opened


def heading(page: Page, text: str) -> None:
    """Wait for the title of a part."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()


def test_a_key_is_made_shown_once_used_and_revoked(open_as: As, server: Server, watch: Watch) -> None:
    """The key that the page shows opens the API in its environment, until it is revoked."""
    watch.expected.append("422 (Unprocessable")
    page = open_as(ADA, "/settings/keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the key").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Name").fill("checkout")
    dialog.get_by_label("Environment", exact=True).select_option("test")
    dialog.get_by_label("Requests per second").fill("fifty")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("A number, or nothing for no limit.")).to_be_visible()
    assert serious(page) == []
    dialog.get_by_label("Requests per second").fill("50")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("the only time that the key is shown")).to_be_visible()
    assert serious(page) == []
    secret = dialog.locator("code").first.inner_text()
    assert f'"Authorization: Bearer {secret}"' in dialog.inner_text()
    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(dialog).to_be_visible()  # what is shown once is not lost by a slip

    sent = server.client_of(secret).post("/api/request-logs/create/", json={"model": "gpt-4o", "input": "x"})
    assert sent.status_code == 201
    dialog.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("row", name="checkout")
    expect(row).to_contain_text("50 requests/s")
    assert secret not in page.content()
    page.reload()
    expect(row).to_contain_text(re.compile(r"now|\d s ago"))  # when it was used

    page.get_by_role("button", name="More of checkout").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Show 1 closed").click()
    expect(row).to_contain_text("revoked")
    assert server.client_of(secret).get("/api/request-logs/list/").status_code == 401


def test_a_key_can_be_renamed_and_limited(open_as: As) -> None:
    """What is not touched stays."""
    page = open_as(ADA, "/settings/keys")
    page.get_by_role("button", name="More of bootstrap test").click()
    page.get_by_role("menuitem", name="Change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("renamed")
    dialog.get_by_label("Spans per second").fill("2000")
    dialog.get_by_role("checkbox", name="admin").uncheck()
    dialog.get_by_role("button", name="Keep the changes").click()

    row = page.get_by_role("row", name="renamed")
    expect(row).to_contain_text("2000 spans/s")
    expect(row).to_contain_text("ingest, read")


def test_somebody_is_invited_by_link_and_joins(open_as: As, open_page: Opener, server: Server) -> None:
    """The link carries role and email; who follows it is in, and the admin sees them."""
    page = open_as(ADA, "/settings/members")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email").fill("grace@example.com")
    page.get_by_role("button", name="Make the link").click()
    dialog = page.get_by_role("dialog")
    link = dialog.locator("code").inner_text()
    assert serious(page) == []
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("region", name="Open links")).to_contain_text("grace@example.com")

    guest = open_page(link, url=server.url)
    expect(guest.get_by_text("You have been invited as a member")).to_be_visible()
    assert serious(guest) == []
    guest.get_by_label("Name").fill("Grace")
    guest.get_by_label("Password", exact=True).fill("ships of the line")
    guest.get_by_role("button", name="Join").click()
    guest.wait_for_url("**/spans")

    page.reload()
    role = page.get_by_label("Role of grace@example.com")
    role.select_option("viewer")
    expect(page.get_by_text("Grace is viewer now.")).to_be_visible()
    page.get_by_role("button", name="More of grace@example.com").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove the member").click()
    expect(role).to_be_hidden()


def test_a_forgotten_password_is_set_anew_by_link(open_as: As, open_page: Opener, server: Server) -> None:
    """The admin hands a link over and learns no password; who follows it is in."""
    page = open_as(ADA, "/settings/members")
    page.get_by_role("button", name="More of vic@example.com").click()
    page.get_by_role("menuitem", name="Link for a new password").click()
    link = page.get_by_role("dialog", name="A new password for Vic Viewer").locator("code").inner_text()

    guest = open_page(link, url=server.url)
    expect(guest.get_by_role("heading", name="Set a new password")).to_be_visible()
    assert guest.get_by_label("Email").input_value() == VIC["email"]
    guest.get_by_label("New password", exact=True).fill(VIC["password"])
    guest.get_by_role("button", name="Set the password").click()
    expect(guest.get_by_role("button", name="Member: Vic Viewer")).to_be_visible()


def test_the_last_admin_stays(open_as: As) -> None:
    """There is no control that would leave nobody in charge."""
    page = open_as(ADA, "/settings/members")
    expect(page.get_by_role("row", name="ada@example.com")).to_contain_text("the last one")
    expect(page.get_by_label("Role of vic@example.com")).to_be_visible()
    expect(page.get_by_label("Role of ada@example.com")).to_be_hidden()
    page.get_by_role("button", name="More of ada@example.com").click()

    expect(page.get_by_role("menuitem", name="Link for a new password")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Remove")).to_be_hidden()


def test_a_viewer_sees_what_they_may_and_is_told_whom_to_ask(open_as: As, server: Server, watch: Watch) -> None:
    """Nothing is offered that the server would refuse; no question is asked that it would; judgements are seen."""
    page = open_as(VIC, "/settings")
    heading(page, "Account")
    for part, title in (("keys", "API keys"), ("storage", "Storage"), ("prices", "Prices"), ("members", "Members")):
        page.goto(f"/settings/{part}")
        heading(page, title)
        expect(page.get_by_text("Ask Ada Lovelace.")).to_be_visible()
        assert page.get_by_role("button", name="New").count() == 0
    expect(page.get_by_role("row", name="ada@example.com")).to_be_visible()
    assert page.get_by_role("button", name="Invite").count() == 0
    span = server.client.get("/api/request-logs/list/").json()["results"][0]["id"]
    judged = {"positive_feedback": False, "is_pinned": True}
    server.client.patch(f"/api/request-logs/{span}/", json=judged).raise_for_status()
    page.goto(f"/spans/{span}")
    beside = page.get_by_role("complementary", name="Span")
    expect(beside.get_by_text("bad", exact=True)).to_be_visible()
    expect(beside.get_by_text("pinned", exact=True)).to_be_visible()
    assert beside.get_by_role("button", name="Pin").count() == 0
    assert watch.complaints == []  # a 403 would stand there


def test_an_environment_is_made_and_can_be_chosen(open_as: As, watch: Watch) -> None:
    """It is in the switch at once; a name that will not do is told what does."""
    watch.expected.append("422 (Unprocessable")
    page = open_as(ADA, "/settings/environments")
    page.get_by_role("button", name="New environment").click()
    page.get_by_label("Name").fill("Staging!")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.get_by_label("Name").fill("staging")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="staging")).to_be_visible()

    page.get_by_role("button", name="Environment: prod").click()
    page.get_by_role("menuitemradio", name="staging").click()
    page.wait_for_url("**/settings/environments?env=staging")


def test_a_model_without_a_price_is_named_and_gets_one(open_as: As) -> None:
    """The dialog says which models a pattern is for, and the price is in the list until it is deleted."""
    page = open_as(ADA, "/settings/prices")
    expect(page.get_by_role("row", name="own-model-7b")).to_contain_text("none")
    page.get_by_role("button", name="Set a price for own-model-7b").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Matches own-model-7b: 1 span in")
    dialog.get_by_label("Model", exact=True).fill("own-*")
    dialog.get_by_label("Input").fill("0.25")
    dialog.get_by_role("button", name="Set the price").click()
    expect(dialog.get_by_role("alert")).to_contain_text("An amount")
    dialog.get_by_label("Output").fill("1.5")
    assert serious(page) == []
    page.keyboard.press("Enter")

    own = page.get_by_role("group", name="Your own prices")
    expect(own.get_by_role("row", name="own-*")).to_contain_text("$0.25")
    expect(page.get_by_role("row", name="own-model-7b")).to_contain_text("your own")
    page.get_by_role("button", name="Delete the price of own-*").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the price").click()
    expect(own).to_be_hidden()


def test_stored_spans_are_priced_anew_after_a_look_at_what_changes(open_as: As) -> None:
    """Nothing is changed before it was shown how many spans and how much; then the page tells how it went."""
    page = open_as(ADA, "/settings/prices")
    price = {"model": "gpt-4o", "input_price": 100, "output_price": 100}
    assert page.request.post("/api/prices/", data=price).ok
    page.get_by_role("button", name="Price stored spans anew").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("That match").fill("model:gpt-4o")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("2 of 2 spans would change")
    expect(dialog.get_by_role("row", name="gpt-4o")).to_contain_text("$0.101")
    assert serious(page) == []
    dialog.get_by_role("button", name="Price 2 spans anew").click()

    expect(page.get_by_text(re.compile("Spans were priced anew.*: 2 of 2 changed"))).to_be_visible()
    spans = page.request.get("/api/request-logs/list/?query=model:gpt-4o").json()["results"]
    assert [span["cost"] for span in spans] == [0.101, 0.101]


def test_a_view_is_shared_renamed_and_deleted(open_as: As) -> None:
    """Its name leads to the page as it was saved."""
    page = open_as(ADA, "/settings/about")
    made = {"name": "Failures", "page": "spans", "state": "query=status%3Afailed&range=7d"}
    view = page.request.post("/api/views/", data=made).json()["id"]
    page.goto("/settings/views?env=test")
    link = page.get_by_role("link", name="Failures")
    assert link.get_attribute("href") == f"/spans?query=status%3Afailed&range=7d&env=test&view={view}"
    page.get_by_role("button", name="More of Failures").click()
    page.get_by_role("menuitem", name="Share with everybody").click()
    expect(page.get_by_role("row", name="Failures")).to_contain_text("everybody")
    page.get_by_role("button", name="More of Failures").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Failed last week")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="More of Failed last week").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the view").click()
    expect(page.get_by_text("No view is saved")).to_be_visible()


def test_storage_says_in_words_how_it_goes(open_as: As, server: Server) -> None:
    """What is well is one sentence; what is not is named, from the same numbers."""
    page = open_as(ADA, "/settings/storage")
    expect(page.get_by_role("meter", name="Disk used")).to_be_visible()
    expect(page.get_by_role("row", name="spans")).to_be_visible()
    told = page.request.get("/api/storage/").json()
    told["disk"] |= {"free_bytes": 100_000_000, "free_bytes_min": 500_000_000}
    page.route("**/api/storage/", lambda route: route.fulfill(json=told))
    page.get_by_role("button", name="Look again").click()

    expect(page.get_by_role("alert")).to_contain_text("The disk is full: 100 MB are free")


def test_preferences_follow_a_member_to_another_computer(open_as: As) -> None:
    """What one likes is kept by the server; what one searched in a browser is nobody else's business."""
    page = open_as(VIC, "/spans", size="desktop")
    page.get_by_role("combobox", name="Filter spans").fill("model:gpt-4o")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit model:gpt-4o")).to_be_visible()
    with page.expect_request(lambda request: request.method == "PUT" and "/api/preferences/" in request.url) as kept:
        page.get_by_role("button", name="Facets", pressed=True).click()
    assert kept.value.response().ok  # type: ignore[union-attr]

    other = open_as(VIC, "/spans", size="desktop")
    expect(other.get_by_role("button", name="Facets", pressed=False)).to_be_visible()
    other.get_by_role("combobox", name="Filter spans").click()
    expect(other.get_by_role("option", name="model:gpt-4o")).to_be_visible()
    given = {"email": ADA["email"], "password": ADA["password"]}
    assert other.request.post("/api/session/", data=given).ok
    other.goto("/spans?range=7d")
    other.get_by_role("combobox", name="Filter spans").click()
    expect(other.get_by_role("option").first).to_be_visible()
    expect(other.get_by_role("option", name="model:gpt-4o")).to_have_count(0)
