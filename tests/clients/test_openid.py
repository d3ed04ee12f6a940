"""Signing in at a real OpenID Connect provider, a process of its own, as a browser goes back and forth."""

import subprocess
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.environments import environment
from tests.server import Server, free_port
from tests.speaking import LIST, cli, member, refused

LOGIN = "/api/openid/login/"
SECONDS = 30


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A provider that knows whoever is told to it."""
    port = free_port()
    command = [
        environment("oidc-provider-mock"),
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    log = tmp_path_factory.mktemp("provider") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                httpx.get(f"{url}/.well-known/openid-configuration", trust_env=False).raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(SECONDS)


@pytest.fixture(scope="module")
def server(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose people sign in at the provider."""
    settings = {
        "openid_issuer": issuer, "openid_client_id": "midspan", "openid_client_secret": "s3cret-of-the-test",
        "openid_name": "Example", "openid_domains": "example.com, @Example.org", "openid_role": "member",
    }  # fmt: skip
    with Server(tmp_path_factory.mktemp("openid") / "data", settings=settings) as running:
        running.settings["public_url"] = running.url
        yield running.start()
        assert "Traceback" not in running.log, running.log
        assert "s3cret-of-the-test" not in running.log


def known(issuer: str, **claims: Any) -> str:
    """Somebody whom the provider knows; returns the subject."""
    subject = uuid.uuid4().hex
    httpx.put(f"{issuer}/users/{subject}", json=claims, trust_env=False).raise_for_status()
    return subject


def to_provider(client: httpx.Client, **parameters: str) -> str:
    """The address to which a browser is sent."""
    answer = client.get(LOGIN, params=parameters)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def consent(address: str, subject: str, **form: str) -> str:
    """The address to which the provider sends a browser back."""
    answer = httpx.post(address, data={"sub": subject, **form}, trust_env=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def sign_in(client: httpx.Client, subject: str, **parameters: str) -> httpx.Response:
    """There and back again."""
    return client.get(consent(to_provider(client, **parameters), subject))


def who(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/session/").json()
    return found


def refusal(answer: httpx.Response) -> str:
    """The code with which somebody is sent back to the page for signing in."""
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert address.path == "/sign-in"
    assert "session" not in answer.headers.get("set-cookie", "")
    return parse_qs(address.query)["openid_error"][0]


def email(domain: str = "example.com") -> str:
    return f"{uuid.uuid4().hex}@{domain}"


def test_a_new_colleague_signs_in(server: Server, issuer: str) -> None:
    """Who has a verified email of an allowed domain gets an account with the role of the setting, and their page."""
    client = server.client_of(None)
    assert who(client)["openid"] == {"name": "Example"}
    theirs = email("EXAMPLE.org")
    subject = known(issuer, email=theirs, email_verified=True, name="Grace Hopper")

    address = to_provider(client, next="/traces?range=7d")
    answer = client.get(consent(address, subject))

    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{issuer}/oauth2/authorize?")
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{server.url}/api/openid/callback/"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert "client_secret" not in asked
    assert (answer.status_code, answer.headers["location"]) == (303, f"{server.url}/traces?range=7d")
    told = who(client)["member"]
    assert told == {
        "id": told["id"], "email": theirs, "name": "Grace Hopper", "role": "member", "has_password": False,
    }  # fmt: skip
    assert client.get(LIST).status_code == 200
    # The same person again, with another email by now, is the same member.
    httpx.put(f"{issuer}/users/{subject}", json={"email": "other@elsewhere.example"}, trust_env=False)
    again = server.client_of(None)
    sign_in(again, subject)
    assert who(again)["member"] == told


def test_an_invitation_admits(server: Server, issuer: str) -> None:
    """Of any domain, with the invitation's role, which is used up; without one there is no way in."""
    theirs = email("elsewhere.example")
    subject = known(issuer, email=theirs.upper(), email_verified=True)
    assert refusal(sign_in(server.client_of(None), subject)) == "not_invited"
    token = cli(server, "members", "invite", "--role", "admin", "--email", theirs)["token"]
    client = server.client_of(None)

    sign_in(client, subject)

    assert who(client)["member"]["role"] == "admin"
    refused(client.post("/api/welcome/link/", json={"token": token}), 404, "link_ended")


def test_an_account_is_its_emails_owners(server: Server, issuer: str) -> None:
    """Who has an account with a password signs in to it; an email that is not verified opens nothing."""
    owner = member(server, "viewer")
    theirs = who(owner)["member"]["email"]
    for claims in (
        {"email": theirs},
        {"email": theirs, "email_verified": False},
        {"name": "Nobody"},
        {"email": [theirs]},
    ):
        impostor = server.client_of(None)
        assert refusal(sign_in(impostor, known(issuer, **claims))) == "email_unverified"
        assert not who(impostor)["authenticated"]
    client = server.client_of(None)

    sign_in(client, known(issuer, email=theirs, email_verified=True))

    assert who(client)["member"] == who(owner)["member"]


def test_a_removed_member_comes_back_as_somebody_new(server: Server, issuer: str) -> None:
    """The identity goes with the account."""
    client, admin = server.client_of(None), member(server)
    subject = known(issuer, email=email(), email_verified=True)
    sign_in(client, subject)
    first = who(client)["member"]["id"]
    assert admin.delete(f"/api/members/{first}/").status_code == 204
    refused(client.get(LIST), 401, "session_ended")
    sign_in(client, subject)
    assert who(client)["member"]["id"] != first


def test_only_the_browser_that_went_comes_back(server: Server, issuer: str) -> None:
    """A stolen way back signs nobody in, nor does one that was made up, or used before."""
    subject = known(issuer, email=email(), email_verified=True)
    victim, thief = server.client_of(None), server.client_of(None)
    back = consent(to_provider(thief), subject)
    assert refusal(victim.get(back)) == "expired"
    assert refusal(thief.get(back)) == "expired", "it was tried once"
    back = consent(to_provider(thief), subject)
    thief.get(back)
    assert refusal(thief.get(back)) == "expired"
    for made_up in ("", "?state=x&code=y", "?code=y", "?state="):
        assert refusal(victim.get(f"/api/openid/callback/{made_up}")) == "expired"


def test_what_the_provider_refuses_is_told(server: Server, issuer: str) -> None:
    """Who says no there comes back to the page for signing in; a code that it did not give is not believed."""
    subject = known(issuer, email=email(), email_verified=True)
    client = server.client_of(None)
    state = parse_qs(urlsplit(to_provider(client)).query)["state"][0]
    answer = client.get("/api/openid/callback/", params={"state": state, "error": "access_denied"})
    assert refusal(answer) == "denied"
    back = consent(to_provider(client), subject)
    state = parse_qs(urlsplit(back).query)["state"][0]
    answer = client.get("/api/openid/callback/", params={"state": state, "code": "made-up"})
    assert refusal(answer) == "provider_failed"
    assert not who(client)["authenticated"]


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a b", "/x" * 2000, "javascript:1"]
)
def test_nobody_is_led_elsewhere(server: Server, issuer: str, wanted: str) -> None:
    """Where to go afterwards is an address of this server, or its first page."""
    client = server.client_of(None)
    answer = sign_in(client, known(issuer, email=email(), email_verified=True), next=wanted)
    assert answer.headers["location"] == f"{server.url}/"


def test_a_provider_that_is_away_costs_nobody_the_page(start_server: Any) -> None:
    """The way there leads back to signing in, and says why; passwords go on working. Without one there is no way."""
    away = {
        "openid_issuer": f"http://127.0.0.1:{free_port()}",
        "openid_client_id": "x",
        "public_url": "http://x.example",
    }
    server = start_server(settings=away)
    client = server.client_of(None)
    answer = client.get(LOGIN)
    assert answer.headers["location"] == "http://x.example/sign-in?openid_error=provider_failed"
    member(server, "viewer")
    for name in away:
        del server.settings[name]
    server.restart()
    assert who(client)["openid"] is None
    refused(client.get(LOGIN), 404, "not_found")
    refused(client.get("/api/openid/callback/?state=x"), 404, "not_found")
