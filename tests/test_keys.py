"""API keys: what is stored of them, who they open doors for, and when they stop doing so."""

import hashlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from midspan.control import principals
from midspan.control.control import Control
from midspan.control.keys import Wish, shown
from midspan.domain.principal import RIGHTS
from midspan.errors import Invalid, NotFound, Unauthorized, Unavailable


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "data")
    yield opened
    opened.close()


def queries(control: Control) -> list[str]:
    """A list that every statement sent to the database is added to."""
    seen: list[str] = []

    @sa.event.listens_for(control.database.engine, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    return seen


def test_a_secret_opens_the_door_of_its_key(control: Control) -> None:
    """A principal carries the key's organization, environment, rights and rates."""
    key, secret = control.keys.create(
        Wish(name="ci", environment="test", rights=("ingest",), requests_per_second=5, spans_per_second=0.5)
    )

    principal = control.principals.find(secret.encode())

    assert (principal.organization_id, principal.organization_name) == (key.organization_id, "Default")
    assert (principal.environment, principal.key_id, principal.key_name) == ("test", key.id, "ci")
    assert principal.rights == {"ingest"}
    assert (principal.requests_per_second, principal.spans_per_second) == (5, 0.5)


def test_a_secret_has_the_documented_form(control: Control) -> None:
    """A secret is msp_, the environment, and 43 characters of url-safe base64; 12 and 4 characters of it are shown."""
    key, secret = control.keys.create(Wish(name="ci", environment="test"))

    assert re.fullmatch(r"msp_test_[A-Za-z0-9_-]{43}", secret)
    assert key.prefix == f"{secret[:12]}…{secret[-4:]}"


@pytest.mark.parametrize("length", [16, 20, 31, 32, 52])
def test_most_of_a_short_secret_stays_hidden(length: int) -> None:
    """Of a secret that an administrator chose, never more than three eighths are shown."""
    assert len(shown("x" * length)) - 1 <= length * 3 / 8


def test_only_the_hash_is_on_disk(control: Control) -> None:
    """No file of the data directory holds the secret, in the database or beside it; it does hold the hash."""
    _, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())
    control.principals.store_uses()

    files = {path: path.read_bytes() for path in control.database.path.parent.rglob("*") if path.is_file()}

    assert {path.name for path in files} >= {"control.db", "control.db-wal"}
    assert not [path for path, content in files.items() if secret[12:].encode() in content]
    assert any(hashlib.sha256(secret.encode()).hexdigest().encode() in content for content in files.values())


def test_a_known_key_is_admitted_from_memory(control: Control) -> None:
    """The second request with a key asks the database nothing, nor does the second with a wrong one."""
    _, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())
    with pytest.raises(Unauthorized):
        control.principals.find(b"wrong" * 4)
    seen = queries(control)

    assert control.principals.known(secret.encode()) is not None
    with pytest.raises(Unauthorized):
        control.principals.known(b"wrong" * 4)

    assert seen == []


def test_a_wrong_key_is_asked_for_again_after_a_while(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is remembered for seconds only."""
    monkeypatch.setattr(principals, "BAD_SECONDS", 0.0)
    for _ in range(2):
        seen = queries(control)
        with pytest.raises(Unauthorized):
            control.principals.find(b"wrong" * 4)
        assert seen


@pytest.mark.parametrize("secret", [b"", b"x", b"\xff\xfe" * 10, b"x" * 10_000])
def test_no_secret_is_too_odd_to_be_refused(control: Control, secret: bytes) -> None:
    """Anything that is no key gets the one refusal."""
    with pytest.raises(Unauthorized, match="invalid or expired"):
        control.principals.find(secret)


def test_what_is_remembered_is_bounded(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of keys, good or wrong, pushes the oldest out of memory; a good one still opens its door."""
    monkeypatch.setattr(principals, "GOOD_MAX", 3)
    monkeypatch.setattr(principals, "BAD_MAX", 3)
    secrets = [control.keys.create(Wish(name=f"key {number}"))[1].encode() for number in range(5)]
    for number, secret in enumerate(secrets):
        control.principals.find(secret)
        with pytest.raises(Unauthorized):
            control.principals.find(b"wrong %d" % number)

    assert len(control.principals._good) == len(control.principals._bad) == 3
    assert control.principals.known(secrets[0]) is None
    assert control.principals.find(secrets[0]).key_name == "key 0"


def test_an_expired_key_opens_nothing(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is refused from its very expiry on, though it was admitted and remembered before."""
    start = time.time()
    _, secret = control.keys.create(Wish(name="ci", expires_at=int((start + 60) * 1e6)))

    monkeypatch.setattr(time, "time", lambda: start + 59.9)
    control.principals.find(secret.encode())
    monkeypatch.setattr(time, "time", lambda: start + 60.1)
    with pytest.raises(Unauthorized, match="invalid or expired"):
        control.principals.known(secret.encode())
    control.forget()
    with pytest.raises(Unauthorized):
        control.principals.find(secret.encode())


def test_a_revoked_key_opens_nothing(control: Control) -> None:
    """Where a key is revoked, it is refused with the next request, and its first revocation stands."""
    key, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())

    first = control.keys.revoke(key.id)

    with pytest.raises(Unauthorized):
        control.principals.find(secret.encode())
    assert control.keys.revoke(key.id).revoked_at == first.revoked_at


def test_an_answer_older_than_a_change_is_not_remembered(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up that was under way while the key was revoked leaves nothing in memory."""
    key, secret = control.keys.create(Wish(name="ci"))
    look_up = control.principals._look_up

    def slow(hashed: str) -> object:
        found = look_up(hashed)
        control.keys.revoke(key.id)
        return found

    monkeypatch.setattr(control.principals, "_look_up", slow)
    control.principals.find(secret.encode())

    assert control.principals.known(secret.encode()) is None


def test_limits_change_for_the_next_request(control: Control) -> None:
    """A rate is set, changed and lifted without touching the other."""
    key, secret = control.keys.create(Wish(name="ci", requests_per_second=1, spans_per_second=2))
    control.principals.find(secret.encode())

    control.keys.limit(key.id, spans_per_second=None)
    principal = control.principals.find(secret.encode())

    assert (principal.requests_per_second, principal.spans_per_second) == (1, None)
    for rate in (0, -1, float("nan"), float("inf")):
        with pytest.raises(Invalid, match="requests_per_second"):
            control.keys.limit(key.id, requests_per_second=rate)


def test_every_fault_of_a_wish_is_named_at_once(control: Control) -> None:
    """A key that cannot be made says all that is wrong with it, and none is made."""
    wish = Wish(name="ci", environment="dev", rights=("read", "write"), expires_at=1, spans_per_second=0)

    with pytest.raises(Invalid) as refused:
        control.keys.create(wish)

    assert set(refused.value.errors or ()) == {"environment", "rights", "expires_at", "spans_per_second"}
    assert control.keys.entries() == []
    with pytest.raises(Invalid, match="rights"):
        control.keys.create(Wish(name="ci", rights=()))
    for name in ("", " ", "a\nb", "x" * 201):
        with pytest.raises(Invalid, match="name"):
            control.keys.create(Wish(name=name))


def test_a_key_is_found_as_people_mean_it(control: Control) -> None:
    """By id, its beginning, name or secret; never by nothing, and never one of several."""
    key, secret = control.keys.create(Wish(name="ci"))

    for named in (key.id, key.id[:6], "ci", secret):
        assert control.keys.limit(named).id == key.id
    for named in ("", "c", key.id[:5], "%", "nobody"):
        with pytest.raises(NotFound):
            control.keys.revoke(named)
    control.keys.create(Wish(name="ci"))
    with pytest.raises(Invalid, match="2 keys"):
        control.keys.revoke("ci")
    control.keys.revoke(key.id)
    assert control.keys.revoke("ci").id != key.id


def test_a_mistyped_secret_is_not_repeated(control: Control) -> None:
    """What names no key may be a secret with a slip in it: the sentence leaves it out."""
    _, secret = control.keys.create(Wish(name="ci"))

    with pytest.raises(NotFound) as refused:
        control.keys.revoke(secret + "x")

    assert secret not in refused.value.detail


def test_the_last_use_is_written_down(control: Control) -> None:
    """Uses are gathered in memory and stored together, without telling anybody that keys have changed."""
    key, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())
    revision = control.database.revision()
    assert control.keys.entries()[0].last_used_at is None

    before = time.time_ns() // 1000
    control.principals.known(secret.encode())
    control.principals.store_uses()

    (found,) = control.keys.entries()
    assert found.id == key.id
    assert found.last_used_at is not None
    assert before <= found.last_used_at <= time.time_ns() // 1000 + 1
    assert control.database.revision() == revision
    seen = queries(control)
    control.principals.store_uses()
    assert seen == []


def test_nobody_is_admitted_while_the_database_is_away(control: Control) -> None:
    """A key that nobody can look up is answered with 503, so that its sender tries again."""
    _, secret = control.keys.create(Wish(name="ci"))
    with control.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE api_keys RENAME TO away")

    with pytest.raises(Unavailable) as refused:
        control.principals.find(secret.encode())

    assert refused.value.retry_after == 1


def test_two_processes_make_keys_at_once(tmp_path: Path) -> None:
    """Processes that start on an empty directory together make one organization and lose no key."""
    program = (
        "import sys; from pathlib import Path; from midspan.control.control import Control;"
        "from midspan.control.keys import Wish; print('up', flush=True); sys.stdin.readline();"
        "c = Control(Path(sys.argv[1])); [c.keys.create(Wish(name='k')) for _ in range(10)]; c.close()"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "data")]
    writers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "up\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    for writer in writers:
        assert writer.communicate() == ("", "")
        assert writer.returncode == 0

    control = Control(tmp_path / "data")
    keys = control.keys.entries()
    assert len({key.id for key in keys}) == 30
    assert len(control.organizations.entries()) == 1
    assert {key.rights for key in keys} == {RIGHTS}
    control.close()
