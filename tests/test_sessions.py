"""Signing in: the first account, invitations, sessions and their ends, and whose pages may write."""

import re
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import argon2
import httpx
import pytest

from midspan.control.control import Control
from midspan.control.identities import Admission, Identity
from midspan.control.invitations import Acceptance
from midspan.control.sessions import Lifetime
from midspan.errors import Unauthorized
from midspan.http.cookies import Cookies
from midspan.http.operation import Operation
from tests.server import Server, Starter
from tests.speaking import CREATE, LIST, PASSWORD, cli, create, declared, listed, member, new_key, refused

SESSION = "/api/session/"
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://[bad"},
]
"""What browsers say of a request that another site's page sends."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own: what is tried elsewhere must not use up how often somebody may sign in."""
    with Server(tmp_path_factory.mktemp("sessions") / "data") as running:
        yield running.start()
        assert "Traceback" not in running.log, running.log


@pytest.fixture(scope="module")
def admin(server: Server) -> httpx.Client:
    return member(server)


def who(client: httpx.Client) -> dict[str, Any]:
    """What the server says of who is signed in."""
    answer = client.get(SESSION)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD, **options: Any) -> httpx.Response:
    return client.post(SESSION, json={"email": email, "password": password}, **options)


def second(server: Server, client: httpx.Client) -> httpx.Client:
    """Another browser of the same member."""
    other = server.client_of(None)
    assert sign_in(other, who(client)["member"]["email"]).status_code == 200
    return other


def test_the_first_start_prints_a_link_that_makes_the_first_admin(start_server: Starter) -> None:
    """Until there is an account each start prints a link of its own; the first account is an admin's, and signed in."""
    server = start_server()
    first = re.findall(r"http://\S+/welcome#(\S+)", server.log)
    server.restart()
    first, token = re.findall(r"http://\S+/welcome#(\S+)", server.log)
    client = server.client_of(None)
    assert (who(client)["needs_setup"], who(client)["authenticated"]) == (True, False)
    assert client.post("/api/welcome/link/", json={"token": token}).json()["kind"] == "welcome"
    account = {"email": "ada@example.com", "name": "Ada", "password": PASSWORD}
    refused(client.post("/api/welcome/", json={"token": first, **account}), 404, "link_ended")

    answer = client.post("/api/welcome/", json={"token": token, **account})

    assert answer.json()["member"] | {"id": ""} == {
        "id": "", "email": "ada@example.com", "name": "Ada", "role": "admin", "has_password": True,
    }  # fmt: skip
    assert (who(client)["needs_setup"], who(client)["authenticated"]) == (False, True)
    assert client.get(LIST).status_code == 200
    refused(client.post("/api/welcome/", json={"token": token, **account}), 404, "link_ended")
    before = server.log.count("/welcome#")
    server.restart()
    assert server.log.count("/welcome#") == before
    assert who(client)["member"]["name"] == "Ada", "sessions outlive a restart"
    for file in (path for path in server.data.rglob("control.db*") if path.is_file()):
        content = file.read_bytes()
        assert client.cookies[f"midspan_session_{server.port}"].encode() not in content
        assert PASSWORD.encode() not in content


def test_a_session_cookie_is_kept_from_scripts_and_other_sites(server: Server, admin: httpx.Client) -> None:
    """HttpOnly and SameSite=Strict always; Secure and a name that binds it to the host where people speak HTTPS."""
    email = who(admin)["member"]["email"]
    client = server.client_of(None)

    plain = sign_in(client, email).headers["set-cookie"]
    behind = sign_in(client, email, headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]
    also = sign_in(client, email, headers={"Forwarded": 'for=192.0.2.1;proto="https"'}).headers["set-cookie"]

    assert re.fullmatch(
        rf"midspan_session_{server.port}=[\w-]{{43}}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict", plain
    )
    for secure in (behind, also):
        assert secure.startswith(f"__Host-midspan_session_{server.port}=")
        assert secure.endswith("; HttpOnly; SameSite=Strict; Secure")
    token = behind.partition("=")[2].partition(";")[0]
    cookie = {"Cookie": f"other=1; __Host-midspan_session_{server.port}={token}"}
    assert client.get(SESSION, headers={**cookie, "X-Forwarded-Proto": "https"}).json()["authenticated"]
    assert not server.client_of(None).get(SESSION, headers=cookie).json()["authenticated"]


def test_a_wrong_email_and_a_wrong_password_are_told_alike(server: Server, admin: httpx.Client) -> None:
    """The same 401, in the same words: nobody learns who has an account."""
    email = who(admin)["member"]["email"]
    client = server.client_of(None)
    answers = [
        sign_in(client, email, "not the right password"),
        sign_in(client, f"{uuid.uuid4().hex}@example.com"),
        sign_in(client, "no email"),
        sign_in(client, email, "\u0000"),
    ]

    bodies = [refused(answer, 401, "wrong_credentials") for answer in answers]

    assert all(body == bodies[0] for body in bodies)
    assert not client.cookies


def test_an_unknown_email_costs_what_a_known_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash of the same parameters, whether there is such an account, one without a password, or none."""
    control = Control(tmp_path / "data")
    _, link = control.invitations.create("viewer")
    control.invitations.accept(link, Acceptance(email="ada@example.com", name="Ada", password=PASSWORD))
    admission = Admission(frozenset({"example.com"}), "viewer")
    control.identities.member(Identity("issuer", "1", "bob@example.com", "Bob"), admission)
    hashes: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(hasher: argon2.PasswordHasher, stored: str, password: bytes) -> bool:
        hashes.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(hasher, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    for email in ("ada@example.com", "bob@example.com", "nobody@example.com"):
        with pytest.raises(Unauthorized):
            control.members.sign_in(email, "the password of no account")
    control.close()

    assert len(hashes) == 3
    assert len(set(hashes)) == 1


def test_an_email_is_known_in_any_case(server: Server, admin: httpx.Client) -> None:
    """Letters' case and blanks around it mean nothing, and no second account differs by them alone."""
    email = who(admin)["member"]["email"]

    assert sign_in(server.client_of(None), f" {email.upper()} ").status_code == 200
    refused(admin.post("/api/invitations/", json={"role": "viewer", "email": email.upper()}), 409, "email_taken")


def test_signing_in_is_limited(server: Server) -> None:
    """After five wrong passwords for one email 429 says when to try again, to nobody else."""
    client = server.client_of(None)
    victim, other = (who(member(server, "viewer"))["member"]["email"] for _ in range(2))
    for _ in range(5):
        refused(sign_in(client, victim, "not the right password"), 401)

    answer = sign_in(client, victim)

    body = refused(answer, 429, "rate_limited")
    assert 0 < body["retry_after"] <= 12
    assert sign_in(client, other).status_code == 200
    for _ in range(8):
        assert sign_in(client, other).status_code == 200, "good attempts are not counted"


def test_signing_out_ends_a_session_at_once(server: Server) -> None:
    """The cookie is taken away, and its token opens nothing; other sessions go on; without one it is 204, too."""
    client = member(server, "viewer")
    other = second(server, client)
    token = dict(client.cookies)

    answer = client.delete(SESSION)

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    refused(server.client_of(None, cookies=token).get(LIST), 401, "session_ended")
    assert not who(server.client_of(None, cookies=token))["authenticated"]
    assert other.get(LIST).status_code == 200
    stranger = server.client_of(None)
    assert stranger.delete(SESSION).status_code == 204
    made_up = {"Cookie": f"midspan_session_{server.port}={'0' * 43}"}
    assert stranger.delete(SESSION, headers=made_up).status_code == 204


def test_signing_out_everywhere_ends_every_session(server: Server) -> None:
    """Those of all the member's browsers, and nobody else's."""
    client, other = member(server, "viewer"), member(server, "viewer")
    third = second(server, client)

    assert client.delete("/api/sessions/").status_code == 204

    refused(third.get(LIST), 401, "session_ended")
    assert other.get(LIST).status_code == 200


def test_a_new_password_ends_the_other_sessions(server: Server) -> None:
    """The session that changed it goes on; the old password opens nothing, the new one does."""
    client = member(server, "viewer")
    other = second(server, client)
    email, fresh = who(client)["member"]["email"], "five words make it better"
    path = "/api/session/password/"
    for current, password, field in (
        ("not the right password", fresh, "current_password"),
        (PASSWORD, "short", "password"),
        (PASSWORD, email.upper(), "password"),
        (PASSWORD, "aaaaaaaaaaaaab", "password"),
    ):
        answer = client.post(path, json={"current_password": current, "password": password})
        assert list(refused(answer, 422, "invalid")["errors"]) == [field]
    assert other.get(LIST).status_code == 200

    assert client.post(path, json={"current_password": PASSWORD, "password": fresh}).status_code == 204

    assert client.get(LIST).status_code == 200
    refused(other.get(LIST), 401, "session_ended")
    refused(sign_in(other, email), 401, "wrong_credentials")
    assert sign_in(other, email, fresh).status_code == 200


def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that it lay unused, and after its whole time; use puts off the first, written down or not."""
    control = Control(tmp_path / "data", Lifetime(idle=100, most=250))
    _, link = control.invitations.create("viewer")
    ada = control.invitations.accept(link, Acceptance(email="ada@example.com", name="Ada", password=PASSWORD))
    start = time.time_ns()

    def at(seconds: float) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: start + int(seconds * 1e9))

    at(0)
    token, idle = (control.sessions.start(ada).encode() for _ in range(2))
    for seconds in (99, 190, 249):
        at(seconds)
        assert control.sessions.find(token).member.name == "Ada"
        if seconds == 190:
            control.sessions.store_uses()
        else:
            control.forget()
    at(101)
    with pytest.raises(Unauthorized, match="session has ended"):
        control.sessions.find(idle)
    at(251)
    for _ in range(2):
        with pytest.raises(Unauthorized, match="session has ended"):
            control.sessions.find(token)
    assert control.members.entries()[0].last_seen_at == (start + 190 * 10**9) // 1000
    control.close()


def test_sessions_last_as_long_as_the_settings_say(start_server: Starter) -> None:
    """The cookie is kept for as long as the session may last, and the session says when it ends."""
    server = start_server(settings={"session_seconds_max": 2})
    (cookie,) = member(server, "viewer").cookies.jar
    # A browser would let go of it by itself.
    client = server.client_of(None, cookies={cookie.name: cookie.value or ""})
    assert cookie.expires is not None
    assert 0 < cookie.expires - time.time() <= 2

    deadline = time.monotonic() + 10
    while (told := who(client))["authenticated"]:
        assert told["expires_at"] > datetime.now(UTC).isoformat()[:19]
        assert time.monotonic() < deadline
        time.sleep(0.02)

    refused(client.get(LIST), 401, "session_ended")


def test_a_cookie_stays_below_the_public_address() -> None:
    """Where people reach the server below a path, over HTTPS, the setting says so and the request need not."""
    cookies = Cookies("https://example.com/midspan/")
    scope = {"headers": [(b"host", b"127.0.0.1:8400")], "scheme": "http"}

    given = cookies.given(scope, "t0ken", 60)["Set-Cookie"]

    assert given == (
        "__Secure-midspan_session_8400=t0ken; Path=/midspan/; Max-Age=60; HttpOnly; SameSite=Strict; Secure"
    )
    sent = {**scope, "headers": [*scope["headers"], (b"cookie", given.split(";", 1)[0].encode())]}
    assert cookies.read(sent) == b"t0ken"


def test_rights_follow_the_role(server: Server, admin: httpx.Client) -> None:
    """A viewer reads, a member writes and changes, an admin may everything; the refusal names the right."""
    span = create(server.client)
    address = f"{CREATE}{span['id']}/"
    expected = {"viewer": (200, 403, 403, 403), "member": (200, 201, 200, 403), "admin": (200, 201, 200, 204)}
    for role, statuses in expected.items():
        client = member(server, role)
        answers = (
            client.get(address),
            client.post(CREATE, json={"model": "m"}),
            client.patch(address, json={"note": role}),
            client.delete(f"{CREATE}{create(server.client)['id']}/"),
        )
        assert tuple(answer.status_code for answer in answers) == statuses, role
        for answer in answers:
            if answer.status_code == 403:
                assert "Your role lacks the right" in refused(answer, 403, "forbidden")["detail"]
    assert who(admin)["rights"] == ["ingest", "read", "admin"]


def test_a_member_chooses_the_environment(server: Server, admin: httpx.Client) -> None:
    """By header, or by parameter where no header can be set; `prod` by default; another one is 403, never ignored."""
    span = create(server.client_of(server.test_key), input="in test")
    path = f"{CREATE}{span['id']}/"

    refused(admin.get(path), 404)
    assert admin.get(path, headers={"Midspan-Environment": "test"}).json()["environment"] == "test"
    assert admin.get(path, params={"midspan_environment": "test"}).status_code == 200
    found = admin.get(LIST, params={"midspan_environment": "test", "id": span["id"]}).json()
    assert [row["id"] for row in found["results"]] == [span["id"]]
    with admin.stream("GET", "/api/request-logs/tail/", params={"midspan_environment": "test"}) as tail:
        assert tail.status_code == 200
    for name in ("staging", "PROD", "test\u00e9"):
        refused(admin.get(path, params={"midspan_environment": name}), 403, "environment_not_allowed")
    both: dict[str, Any] = {"headers": {"Midspan-Environment": "test"}, "params": {"midspan_environment": "prod"}}
    refused(admin.get(path, **both), 403, "environment_not_allowed")
    refused(admin.get(path, params={"environment": "test"}), 403, "environment_not_allowed")
    made = admin.post(CREATE, json={"model": "m"}, headers={"Midspan-Environment": "test"}).json()
    assert (made["environment"], made["organization_key_name"]) == ("test", None)


@pytest.mark.parametrize(
    "operation",
    [pytest.param(o, id=o.name) for o in declared() if o.method == "GET" and o.right and "{" not in o.path],
)
def test_every_question_takes_the_environment_as_a_parameter(
    server: Server, admin: httpx.Client, operation: Operation
) -> None:
    """Whatever else its address may hold: the parameter is no filter, and `next` keeps it."""
    with admin.stream("GET", operation.path, params={"midspan_environment": "test"}) as answer:
        assert answer.status_code == 200, answer.read()


def test_the_next_page_is_of_the_same_environment(server: Server, admin: httpx.Client) -> None:
    """Who goes on from a page of `test` by its links stays there."""
    for _ in range(2):
        create(server.client_of(server.test_key))
    page = admin.get(LIST, params={"midspan_environment": "test", "page_size": 1}).json()
    assert {row["environment"] for row in admin.get(page["next"]).json()["results"]} == {"test"}


def test_a_key_names_no_other_environment(server: Server) -> None:
    """A key's own environment may be named; another is 403."""
    for options in ({"headers": {"Midspan-Environment": "test"}}, {"params": {"midspan_environment": "test"}}):
        refused(server.client.get(LIST, **options), 403, "environment_not_allowed")  # type: ignore[arg-type]
        assert server.client_of(server.test_key).get(LIST, **options).status_code == 200  # type: ignore[arg-type]


def test_with_a_key_no_cookie_is_looked_at(server: Server, admin: httpx.Client) -> None:
    """A bad key beside a good cookie is 401; a good one is the key's, with its rights and environment."""
    refused(admin.get(LIST, headers={"Authorization": "Bearer nobody-knows-this-key"}), 401, "unauthorized")
    refused(admin.get(LIST, headers={"Authorization": "nonsense"}), 401, "unauthorized")
    reader = new_key(server, "--environment", "test", "--rights", "read")["key"]
    headers = {"Authorization": f"Bearer {reader}"}
    refused(admin.post(CREATE, json={"model": "m"}, headers=headers), 403, "forbidden")
    assert not admin.get(SESSION, headers=headers).json()["authenticated"]


@pytest.mark.parametrize("headers", FOREIGN)
def test_other_sites_pages_cannot_write(server: Server, admin: httpx.Client, headers: dict[str, str]) -> None:
    """Every method that may change something is 403 with a cookie, signing in and out as well; a key is no cookie."""
    body = {"model": "m", "input": "from elsewhere 5c1f"}
    email = who(admin)["member"]["email"]
    for answer in (
        admin.post(CREATE, json=body, headers=headers),
        admin.patch(f"{CREATE}{'0' * 32}/", json={"note": "x"}, headers=headers),
        admin.delete(f"{CREATE}{'0' * 32}/", headers=headers),
        admin.delete(SESSION, headers=headers),
        sign_in(server.client_of(None), email, headers=headers),
        server.client_of(None).post("/api/welcome/", json={"token": "x", "password": "x"}, headers=headers),
    ):
        refused(answer, 403, "cross_site")
    assert who(admin)["authenticated"]
    assert admin.get(LIST, headers=headers).status_code == 200, "reading changes nothing, and its answer stays unread"
    assert server.client.post(CREATE, json={"model": "m"}, headers=headers).status_code == 201
    assert not [row for row in listed(server.client) if "5c1f" in str(row["input"])]


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "HERE"}]
)
def test_ones_own_pages_write(server: Server, admin: httpx.Client, headers: dict[str, str]) -> None:
    """What this server's own page sends passes, and so does a program that keeps cookies."""
    headers = {name: value.replace("HERE", server.url) for name, value in headers.items()}
    assert admin.post(CREATE, json={"model": "m"}, headers=headers).status_code == 201


def test_a_tail_ends_with_its_session(server: Server) -> None:
    """Who signs out hears nothing more."""
    client = member(server, "viewer")
    other = second(server, client)
    with client.stream("GET", "/api/request-logs/tail/") as tail:
        lines = tail.iter_lines()
        next(lines)
        threading.Timer(0.2, lambda: other.delete("/api/sessions/")).start()
        deadline = time.monotonic() + 10
        for line in lines:
            assert time.monotonic() < deadline
            if line == "event: end":
                break
        else:
            pytest.fail("it was cut")


def test_a_stranger_learns_nothing(server: Server, admin: httpx.Client) -> None:
    """Without a session the server tells how to sign in, and no name of anybody or anything."""
    stranger = server.client_of(None)
    assert who(stranger) == {
        "authenticated": False, "authentication": "on", "needs_setup": False, "member": None, "organization": None,
        "environments": [], "rights": [], "expires_at": None, "openid": None, "version": who(stranger)["version"],
    }  # fmt: skip
    told = who(admin)
    for bad in ("", "x", "0" * 43, "\u00e9" * 20, "x" * 5000):
        cookie = {b"Cookie": f"midspan_session_{server.port}={bad}".encode("latin-1")}
        assert not stranger.get(SESSION, headers=cookie).json()["authenticated"]
        answer = stranger.get(LIST, headers=cookie)
        refused(answer, 401)
        assert told["organization"]["id"] not in answer.text


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("open") / "data", settings={"authentication": False}) as running:
        yield running.start()


def test_without_authentication_everybody_is_an_admin(open_server: Server) -> None:
    """No session is needed, the environment can be chosen, and no link is printed; other sites' pages do not write."""
    client = open_server.client_of(None)
    told = who(client)
    assert (told["authenticated"], told["authentication"], told["member"]) == (True, "off", None)
    assert (told["environments"], told["rights"]) == (["prod", "test"], ["ingest", "read", "admin"])
    assert "/welcome#" not in open_server.log
    span = client.post(CREATE, json={"model": "m"}, headers={"Midspan-Environment": "test"}).json()
    assert span["environment"] == "test"
    assert client.get(f"{CREATE}{span['id']}/", params={"midspan_environment": "test"}).json()["environment"] == "test"
    refused(client.get(LIST, params={"midspan_environment": "staging"}), 403, "environment_not_allowed")
    for headers in FOREIGN:
        refused(client.post(CREATE, json={"model": "m"}, headers=headers), 403, "cross_site")
    assert client.get("/api/members/").json() == {"results": []}
    refused(client.delete("/api/sessions/"), 409, "not_signed_in")
    cli(open_server, "members", "invite")
