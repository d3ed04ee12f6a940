"""Signing in: the printed link, passwords, sessions that end, and the identity provider's button."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener, Watch, serious
from tests.server import Server, Starter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

ADA = {"email": "ada@example.com", "name": "Ada Lovelace", "password": "four words make one"}


def printed(server: Server) -> str:
    """What stands behind `#` in the link that the server printed."""
    found = re.findall(r"/welcome#(\S+)", server.log)
    assert found, server.log
    return str(found[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that people sign in to, with Ada as its admin."""
    with Server(tmp_path_factory.mktemp("signing") / "data") as started:
        started.start()
        anybody = started.client_of(None)
        anybody.post("/api/welcome/", json={"token": printed(started), **ADA}).raise_for_status()
        yield started


@pytest.fixture
def sign_in_page(open_page: Opener, server: Server, watch: Watch) -> Page:
    """The page to sign in at, on the way to some spans."""
    watch.host = urlsplit(server.url).netloc
    page = open_page("/spans?query=model:x", url=server.url)
    page.wait_for_url("**/sign-in?next=%2Fspans%3Fquery%3Dmodel%3Ax")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    return page


def fill(page: Page, password: str = ADA["password"], email: str = ADA["email"]) -> None:
    """Type email and password."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)


def test_the_printed_link_leads_to_the_spans(start_server: Starter, open_page: Opener, watch: Watch) -> None:
    """A newcomer opens the link, says who they are, and is in; faults stand at the fields, and the link works once."""
    watch.expected.append("422 (Unprocessable")
    server = start_server()
    watch.host = urlsplit(server.url).netloc
    page = open_page("/", url=server.url)
    page.wait_for_url("**/welcome")
    expect(page.get_by_text("Nobody has an account yet.")).to_be_visible()
    assert serious(page) == []

    page.goto(f"/welcome#{printed(server)}")
    expect(page.get_by_role("heading", name="Make the first account")).to_be_visible()
    page.get_by_label("Name").fill(ADA["name"])
    fill(page, password="short", email="ada")
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("alert")).to_have_count(2)
    assert page.get_by_label("Email").get_attribute("aria-invalid") == "true"
    assert serious(page) == []

    fill(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans")
    expect(page.get_by_role("button", name="Member: Ada Lovelace")).to_be_visible()
    used = page.request.post("/api/welcome/link/", data={"token": printed(server)})
    assert used.status == 404


def test_a_link_that_was_used_says_so(open_page: Opener, server: Server, watch: Watch) -> None:
    """Who comes too late learns what to do, not a number."""
    watch.expected.append("404 (Not Found)")
    watch.host = urlsplit(server.url).netloc
    page = open_page(f"/welcome#{printed(server)}", url=server.url)

    expect(page.get_by_role("heading", name="This link opens nothing any more")).to_be_visible()
    assert serious(page) == []


def test_the_keyboard_alone_signs_in_and_leads_back(sign_in_page: Page) -> None:
    """The cursor stands in the email; Tab and Enter do the rest, and the page that was wanted opens."""
    page = sign_in_page
    page.keyboard.type(ADA["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(ADA["password"])
    page.keyboard.press("Enter")

    page.wait_for_url("**/spans?query=model:x")
    expect(page.get_by_role("button", name="Member: Ada Lovelace")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_hidden()


def test_a_wrong_password_says_the_same_as_an_unknown_email(sign_in_page: Page, watch: Watch) -> None:
    """Nobody learns here whether an email has an account."""
    watch.expected.append("401 (Unauthorized)")
    page = sign_in_page
    said = []
    for email in (ADA["email"], "nobody@example.com"):
        fill(page, password="not the right one", email=email)
        page.get_by_role("button", name="Sign in").click()
        alert = page.get_by_role("alert")
        expect(alert).to_be_visible()
        said.append(alert.inner_text())
        assert serious(page) == []
        page.reload()

    assert said[0] == said[1] != ""


def test_too_many_tries_are_told_when_to_try_again(sign_in_page: Page, watch: Watch) -> None:
    """The answer counts down, and the button waits with it."""
    watch.expected += ["401 (Unauthorized)", "429 (Too Many"]
    page = sign_in_page
    for _ in range(6):
        page.request.post("/api/session/", data={"email": "eve@example.com", "password": "guessed it is"})
    fill(page, password="guessed again", email="eve@example.com")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"try again in \d+ s"))
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()


def test_signing_out_is_said_and_shows_nothing_to_the_next(sign_in_page: Page) -> None:
    """After signing out, the way back is closed."""
    page = sign_in_page
    fill(page)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Member: Ada Lovelace").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_session_that_was_ended_elsewhere_leads_back_after_signing_in(sign_in_page: Page, watch: Watch) -> None:
    """Signing out everywhere ends this one too; what is open says so with its next question, and comes back."""
    watch.expected.append("401 (Unauthorized)")
    page = sign_in_page
    fill(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans?query=model:x")
    expect(page.get_by_role("button", name="Member: Ada Lovelace")).to_be_visible()
    assert page.request.delete("/api/sessions/").status == 204
    page.keyboard.press("r")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()

    fill(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans?query=model:x")


def test_the_password_is_changed_and_everywhere_is_signed_out(sign_in_page: Page, watch: Watch) -> None:
    """The present one is asked for; faults stand at their field."""
    watch.expected.append("422 (Unprocessable")
    page = sign_in_page
    fill(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/spans?query=model:x")
    page.goto("/settings/account")
    page.get_by_label("Present password", exact=True).fill("not this one")
    page.get_by_label("New password", exact=True).fill("five words make it better")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Present password", exact=True).get_attribute("aria-invalid") == "true"

    page.get_by_label("Present password", exact=True).fill(ADA["password"])
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    back = {"current_password": "five words make it better", "password": ADA["password"]}
    assert page.request.post("/api/session/password/", data=back).status == 204

    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("You are signed out, here and everywhere else.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_provider_has_a_button_and_its_refusals_are_said(
    open_page: Opener, server: Server, watch: Watch, theme: str
) -> None:
    """Where the session names a provider, one may sign in there, and comes back to the wanted page."""
    watch.host = urlsplit(server.url).netloc
    page = open_page("/welcome", url=server.url, theme=theme)
    told = {**page.request.get("/api/session/").json(), "openid": {"name": "Example"}}
    page.route("**/api/session/", lambda route: route.fulfill(json=told))
    page.goto("/sign-in?next=%2Ftraces&openid_error=not_invited")

    expect(page.get_by_role("alert")).to_contain_text("nobody has invited you")
    link = page.get_by_role("link", name="Sign in with Example")
    assert link.get_attribute("href") == "/api/openid/login/?next=%2Ftraces"
    assert serious(page) == []
