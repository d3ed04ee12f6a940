"""Members and invitations: who may ask whom in, what links do, and what is left when somebody goes."""

import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import argon2
import httpx
import pytest

from midspan import cli as command
from midspan.control import passwords
from midspan.control.control import Control
from midspan.control.invitations import Acceptance, link
from midspan.control.keys import Wish
from midspan.errors import Conflict, Invalid, NotFound, TooMany, Unauthorized
from midspan.http.attempts import Attempts
from tests.server import Server
from tests.speaking import LIST, PASSWORD, cli, member, new_key, refused

MEMBERS = "/api/members/"
INVITATIONS = "/api/invitations/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own: of the shared one nobody may count the members."""
    with Server(tmp_path_factory.mktemp("members") / "data") as running:
        yield running.start()
        assert "Traceback" not in running.log, running.log


@pytest.fixture(scope="module")
def admin(server: Server) -> httpx.Client:
    return member(server)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "data")
    yield opened
    opened.close()


def invite(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(INVITATIONS, json={"role": "member", **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return {**made, "token": made["link"].partition("#")[2]}


def follow(server: Server, token: str, **fields: Any) -> httpx.Response:
    account = {"name": "Grace", "email": f"{uuid.uuid4().hex}@example.com", "password": PASSWORD, **fields}
    return server.client_of(None).post("/api/welcome/", json={"token": token, **account})


def own_id(client: httpx.Client) -> str:
    found: str = client.get("/api/session/").json()["member"]["id"]
    return found


def test_an_invitation_works_once(server: Server, admin: httpx.Client) -> None:
    """The link tells whom it is for, makes the account with the role, and is gone; nobody can read it again."""
    email = f"{uuid.uuid4().hex}@example.com"
    made = invite(admin, email=email)
    assert made["link"] == f"{server.url}/welcome#{made['token']}"
    listed = admin.get(INVITATIONS).json()["results"]
    assert [one["email"] for one in listed if one["id"] == made["id"]] == [email]
    assert made["token"] not in str(listed)

    look = server.client_of(None).post("/api/welcome/link/", json={"token": made["token"]}).json()
    answer = follow(server, made["token"], email="")

    assert look == {
        "kind": "invitation", "organization": "Default", "email": email, "role": "member",
        "expires_at": made["expires_at"],
    }  # fmt: skip
    assert answer.json()["member"]["email"] == email
    assert answer.json()["member"]["role"] == "member"
    refused(follow(server, made["token"]), 404, "link_ended")
    refused(server.client_of(None).post("/api/welcome/link/", json={"token": made["token"]}), 404, "link_ended")
    assert made["id"] not in str(admin.get(INVITATIONS).json())


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"email": "", "name": " ", "password": "short"}, {"email", "name", "password"}),
        ({"email": "no email"}, {"email"}),
        ({"email": "a@b\n.example"}, {"email"}),
        ({"name": "a\tb"}, {"name"}),
        ({"name": "x" * 201}, {"name"}),
        ({"password": "x" * 5}, {"password"}),
        ({"password": " " * 20}, {"password"}),
        ({"password": "x" * 257}, {"password"}),
        ({"password": None}, {"password"}),
        ({"pasword": "x"}, {"pasword"}),
    ],
)
def test_every_fault_of_an_account_is_named(
    server: Server, admin: httpx.Client, fields: dict[str, Any], faults: set[str]
) -> None:
    """422 names each field, and the link stays good."""
    token = invite(admin)["token"]
    assert set(refused(follow(server, token, **fields), 422, "invalid")["errors"]) == faults
    assert follow(server, token).status_code == 200


def test_an_invitation_is_for_whom_it_names(server: Server, admin: httpx.Client) -> None:
    """Another email is refused; an email that has an account is not invited, nor does it take an open link."""
    made = invite(admin, email="Grace.Hopper@example.com")
    assert set(refused(follow(server, made["token"]), 422)["errors"]) == {"email"}
    assert follow(server, made["token"], email="grace.hopper@EXAMPLE.com").status_code == 200
    refused(admin.post(INVITATIONS, json={"role": "viewer", "email": "GRACE.hopper@example.com"}), 409, "email_taken")
    refused(follow(server, invite(admin)["token"], email="grace.Hopper@example.com"), 409, "email_taken")


def test_a_revoked_invitation_opens_nothing(server: Server, admin: httpx.Client) -> None:
    """From the next moment on; revoking twice is 404."""
    made = invite(admin)
    assert admin.delete(f"{INVITATIONS}{made['id']}/").status_code == 204
    refused(follow(server, made["token"]), 404, "link_ended")
    refused(admin.delete(f"{INVITATIONS}{made['id']}/"), 404)
    for role, seconds in (("owner", 60), ("member", 59), ("member", 1e9), ("member", "soon")):
        refused(admin.post(INVITATIONS, json={"role": role, "expires_in": seconds}), 422, "invalid")


def test_the_printed_link_ends_with_the_first_admin(control: Control) -> None:
    """By whichever link they came: nobody makes a second one with what a log may still hold."""
    printed = control.invitations.welcome()
    assert printed is not None
    for role, email in (("viewer", "v@example.com"), ("admin", "a@example.com")):
        assert control.invitations.find(printed).kind == "welcome"
        _, token = control.invitations.create(role)
        control.invitations.accept(token, Acceptance(email=email, name="A", password=PASSWORD))
    with pytest.raises(NotFound):
        control.invitations.accept(printed, Acceptance(email="b@example.com", name="B", password=PASSWORD))
    assert control.invitations.welcome() is None


def test_links_end_by_themselves(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """After their time they open nothing and are not listed; a newer link for the first admin ends an older one."""
    first = control.invitations.welcome()
    assert first is not None
    assert control.invitations.welcome() != first
    with pytest.raises(NotFound):
        control.invitations.find(first)
    made, token = control.invitations.create("viewer", seconds=60)
    start = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: start + 59 * 10**9)
    assert control.invitations.find(token).id == made.id
    monkeypatch.setattr(time, "time_ns", lambda: start + 61 * 10**9)
    with pytest.raises(NotFound, match="has expired"):
        control.invitations.accept(token, Acceptance(email="a@example.com", name="A", password=PASSWORD))
    assert made.id not in [one.id for one in control.invitations.entries(made.organization_id)]
    assert link("https://example.com/midspan/", "t0ken") == "https://example.com/midspan/welcome#t0ken"


def test_a_role_holds_from_the_next_request_on(server: Server, admin: httpx.Client) -> None:
    """An admin makes a viewer of a member and renames them; what is unknown or not a role is 422."""
    client = member(server, "member")
    address = f"{MEMBERS}{own_id(client)}/"
    assert client.post("/api/request-logs/", json={"model": "m"}).status_code == 201

    changed = admin.patch(address, json={"role": "viewer", "name": "A guest"})

    assert (changed.json()["role"], changed.json()["name"]) == ("viewer", "A guest")
    refused(client.post("/api/request-logs/", json={"model": "m"}), 403, "forbidden")
    assert client.get("/api/session/").json()["member"]["name"] == "A guest"
    for body in ({"role": "owner"}, {"name": ""}, {"email": "x@example.com"}, {"role": None}):
        refused(admin.patch(address, json=body), 422, "invalid")
    refused(admin.patch(f"{MEMBERS}{'0' * 32}/", json={"role": "viewer"}), 404, "not_found")
    assert admin.patch(address, json={}).json()["role"] == "viewer"


def test_a_removed_member_is_gone_at_once(server: Server, admin: httpx.Client) -> None:
    """Sessions end; private views go, shared ones stay with nobody's name; the email may be invited anew."""
    client = member(server, "member")
    email = client.get("/api/session/").json()["member"]["email"]
    view = {"name": "Mine", "page": "spans", "state": ""}
    for is_shared in (True, False):
        assert client.post("/api/views/", json={**view, "is_shared": is_shared}).status_code == 201
    client.put("/api/preferences/", json={"theme": "dark"})

    assert admin.delete(f"{MEMBERS}{own_id(client)}/").status_code == 204

    refused(client.get(LIST), 401, "session_ended")
    refused(server.client_of(None).post("/api/session/", json={"email": email, "password": PASSWORD}), 401)
    (left,) = admin.get("/api/views/").json()["results"]
    assert (left["is_shared"], left["owner_name"]) == (True, None)
    assert email not in admin.get(MEMBERS).text
    assert invite(admin, email=email)["email"] == email


def test_the_last_admin_stays(server: Server) -> None:
    """Neither removed nor made less, by anybody; with a second one both can be done."""
    cli(server, "organizations", "create", "Of one")
    first = member(server, organization="Of one")
    address = f"{MEMBERS}{own_id(first)}/"
    refused(first.delete(address), 409, "last_admin")
    refused(first.patch(address, json={"role": "member"}), 409, "last_admin")
    second = member(server, organization="Of one")
    assert first.patch(address, json={"role": "member"}).status_code == 200
    refused(second.delete(f"{MEMBERS}{own_id(second)}/"), 409, "last_admin")
    refused(first.delete(address), 403, "forbidden")


def test_only_admins_manage_members(server: Server) -> None:
    """Others see who there is, and change nothing; a key, even one with all rights, may not at all."""
    for role in ("viewer", "member"):
        client = member(server, role)
        assert client.get(MEMBERS).status_code == 200
        for answer in (
            client.get(INVITATIONS),
            client.post(INVITATIONS, json={"role": "admin"}),
            client.patch(f"{MEMBERS}{own_id(client)}/", json={"role": "admin"}),
            client.post(f"{MEMBERS}{own_id(client)}/reset/"),
            client.delete(f"{MEMBERS}{own_id(client)}/"),
        ):
            refused(answer, 403, "forbidden")
    refused(server.client.get(MEMBERS), 403, "members_only")
    refused(server.client.post(INVITATIONS, json={"role": "admin"}), 403, "members_only")


def test_another_organizations_members_are_not_there(server: Server, admin: httpx.Client) -> None:
    """Not in the list, not to be changed, removed, reset or invited past; 404 as for nobody."""
    cli(server, "organizations", "create", "Elsewhere")
    other = member(server, organization="Elsewhere")
    stranger = f"{MEMBERS}{own_id(other)}/"
    open_link = invite(other)
    assert [one["id"] for one in other.get(MEMBERS).json()["results"]] == [own_id(other)]
    assert own_id(other) not in admin.get(MEMBERS).text
    nobody = admin.delete(f"{MEMBERS}{'0' * 32}/").json()
    for answer in (
        admin.patch(stranger, json={"role": "viewer"}), admin.delete(stranger), admin.post(f"{stranger}reset/"),
    ):  # fmt: skip
        assert refused(answer, 404, "not_found") == nobody
    refused(admin.delete(f"{INVITATIONS}{open_link['id']}/"), 404)
    assert open_link["id"] not in admin.get(INVITATIONS).text
    assert other.get(LIST).json()["count"] == 0


def test_a_reset_sets_a_password_and_ends_sessions(server: Server, admin: httpx.Client) -> None:
    """Until the link is used nothing changes; then the old password and every session are gone, and a newer link
    ends an older one.
    """
    client = member(server, "viewer")
    email = client.get("/api/session/").json()["member"]["email"]
    older, newer = (admin.post(f"{MEMBERS}{own_id(client)}/reset/").json()["link"].partition("#")[2] for _ in "12")
    refused(follow(server, older), 404, "link_ended")
    assert client.get(LIST).status_code == 200

    answer = follow(server, newer, password="another good one", email="", name="")

    assert answer.json()["member"]["email"] == email
    refused(client.get(LIST), 401, "session_ended")
    assert client.post("/api/session/", json={"email": email, "password": "another good one"}).status_code == 200
    refused(client.post("/api/session/", json={"email": email, "password": PASSWORD}), 401)


def test_the_command_helps_who_is_locked_out(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`members` invites, lists, resets and removes while the server runs, which hears of it within a second."""
    monkeypatch.setenv("MIDSPAN_PUBLIC_URL", "https://midspan.example")
    place = ("--data-dir", str(server.data))
    client = member(server, "viewer")
    email = client.get("/api/session/").json()["member"]["email"]

    assert command.main(["members", "invite", "--role", "admin", "--expires", "2h", *place]) == 0
    said = capsys.readouterr().out
    assert command.main(["members", "list", *place]) == 0
    listed = capsys.readouterr().out
    assert command.main(["members", "remove", email.upper(), *place]) == 0

    (token,) = re.findall(r"^  https://midspan\.example/welcome#(\S{43})$", said, flags=re.MULTILINE)
    assert email in listed
    deadline = time.monotonic() + 5
    while client.get(LIST).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    refused(client.get(LIST), 401, "session_ended")
    assert follow(server, token).json()["member"]["role"] == "admin"
    assert command.main(["members", "reset", "nobody@example.com", *place]) == 2
    assert "There is no member" in capsys.readouterr().err


def test_a_password_is_stored_as_argon2id(control: Control) -> None:
    """One of the parameters that OWASP recommends; a hash of others is made anew when its owner signs in."""
    _, token = control.invitations.create("admin")
    control.invitations.accept(token, Acceptance(email="a@example.com", name="A", password=PASSWORD))
    with control.database.write() as connection:
        (stored,) = connection.exec_driver_sql("SELECT password_hash FROM members").scalars()
        assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
        weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        connection.exec_driver_sql("UPDATE members SET password_hash = ?", (weak,))

    assert control.members.sign_in("A@example.com", PASSWORD).name == "A"

    with control.database.read() as connection:
        (stored,) = connection.exec_driver_sql("SELECT password_hash FROM members").scalars()
    assert stored.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    with pytest.raises(Unauthorized):
        control.members.sign_in("A@example.com", "\ud800")
    assert passwords.is_right(passwords.hashed("cafe\u0301 au lait"), "caf\u00e9 au lait")


def test_an_email_of_nobody_is_checked_as_long_as_one_of_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hash that stands in for one that is not there has the parameters of those that are stored."""
    checked = []
    with monkeypatch.context() as patch:
        patch.setattr(argon2.PasswordHasher, "verify", lambda _, stored, password: checked.append(stored))
        assert not passwords.is_right("", PASSWORD)
    assert len(checked) == 1
    assert not passwords.is_outdated(checked[0])


def test_environments_have_plain_names(control: Control) -> None:
    """Letters, digits and dashes; each name once, and no more of them than an organization may have."""
    organization = control.keys.create(Wish(name="k"))[0].organization_id
    for name in ("", "Prod", "1st", "a" * 17, "a b", "-a", "a\n"):
        with pytest.raises(Invalid):
            control.environments.create(organization, name)
    for number in range(50):
        control.environments.create(organization, f"e{number}")
    for name in ("prod", "e1", "another"):
        with pytest.raises(Conflict):
            control.environments.create(organization, name)


def test_attempts_are_counted_for_address_and_email() -> None:
    """Five of one address for one email, thirty of an address or an IPv6 network, fifty for an email from anywhere."""
    attempts = Attempts()

    def good(address: str, email: str) -> bool:
        try:
            attempts.take(address, email, now=0)
        except TooMany:
            return False
        return True

    assert [good("192.0.2.1", "a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert good("192.0.2.2", "a")
    assert sum(good("192.0.2.1", f"b{number}") for number in range(40)) == 25
    assert sum(good(f"2001:db8::{number:x}", f"c{number}") for number in range(40)) == 30
    assert sum(good(f"::ffff:203.0.113.{number}", f"d{number}") for number in range(40)) == 40
    assert sum(good(f"198.51.100.{number}", "a") for number in range(60)) == 44


def test_a_test_keys_admin_reaches_no_other_environment(server: Server) -> None:
    """A key that manages keys does so in its own environment: none of it becomes a way into another."""
    manager = server.client_of(new_key(server, "--environment", "test")["key"])
    prod = new_key(server)
    refused(manager.post("/api/keys/", json={"name": "up", "environment": "prod"}), 403, "environment_not_allowed")
    assert {key["environment"] for key in manager.get("/api/keys/").json()["results"]} == {"test"}
    refused(manager.patch(f"/api/keys/{prod['id']}/", json={"name": "mine"}), 404, "not_found")
    refused(manager.delete(f"/api/keys/{prod['id']}/"), 404, "not_found")
    made = manager.post("/api/keys/", json={"name": "own"}).json()
    assert made["environment"] == "test"
    assert manager.delete(f"/api/keys/{made['id']}/").status_code == 204
