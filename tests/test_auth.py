"""Who asks: reading the Authorization header, admitting, and rights."""

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from midspan import settings
from midspan.control.control import Control
from midspan.control.keys import Wish
from midspan.domain.principal import RIGHTS, Principal
from midspan.errors import Fault, Forbidden, NotFound, Unauthorized
from midspan.http.auth import Authentication, bearer, require

KEY = "msp_prod_key-of-the-test"


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "data")
    yield opened
    opened.close()


def scope(*authorization: bytes) -> dict[str, object]:
    headers = [(b"host", b"x"), *((b"authorization", value) for value in authorization)]
    return {"type": "http", "method": "GET", "headers": headers}


def ask(authentication: Authentication, *authorization: bytes) -> Principal:
    return asyncio.run(authentication.authenticate(scope(*authorization)))


@pytest.mark.parametrize(
    "value", [b"Bearer KEY", b"bearer KEY", b"BEARER KEY", b"  Bearer   KEY  ", b"Bearer\tKEY", b"bEaReR KEY\t"]
)
def test_a_key_is_read_in_any_case_and_spacing(value: bytes) -> None:
    """The scheme's case and extra white space mean nothing; the key's own case does."""
    assert bearer(scope(value)) == b"KEY"


@pytest.mark.parametrize(
    "value", [b"", b"Bearer", b"Bearer ", b"KEY", b"Basic a2V5", b"Bearer a b", b"Bearer,KEY", b"BearerKEY", b"\xff"]
)
def test_any_other_authorization_is_refused(value: bytes) -> None:
    """What is sent as authorization and is none gets 401 with the form expected, even where no key is needed."""
    with pytest.raises(Unauthorized, match="Bearer <key>"):
        bearer(scope(value))


@pytest.mark.parametrize("credentials", [b"pk:KEY", b":KEY", b"pk-lf-1:KEY"])
@pytest.mark.parametrize("scheme", [b"Basic", b"basic", b"BASIC"])
def test_a_key_is_the_password_of_basic_authentication(scheme: bytes, credentials: bytes) -> None:
    """Where a route takes it; the user's name means nothing. A bearer's key is taken there, too."""
    sent = scheme + b" " + base64.b64encode(credentials)

    assert bearer(scope(sent), basic=True) == b"KEY"
    assert bearer(scope(b"Bearer KEY"), basic=True) == b"KEY"
    with pytest.raises(Unauthorized):
        bearer(scope(sent))


@pytest.mark.parametrize(
    "value", [b"Basic", b"Basic !", b"Basic a2V5", b"Basic cGs6 S0VZ", b"Digest cGs6S0VZ", b"a b c"]
)
def test_what_is_no_basic_authentication_is_refused(value: bytes) -> None:
    """No password, or nothing that can be read."""
    with pytest.raises(Unauthorized):
        bearer(scope(value), basic=True)


def test_a_request_without_a_key_has_none() -> None:
    """No header is no key; the caller decides whether one is needed."""
    assert bearer(scope()) is None


def test_two_keys_in_one_request_are_refused() -> None:
    """Two headers that differ leave open who asks; the same one twice does not."""
    assert bearer(scope(b"Bearer KEY", b"Bearer KEY")) == b"KEY"
    with pytest.raises(Unauthorized):
        bearer(scope(b"Bearer KEY", b"Bearer OTHER"))


def test_a_good_key_is_admitted(control: Control) -> None:
    """The principal is that of the key, the first time and from memory."""
    key, secret = control.keys.create(Wish(name="ci", environment="test"))
    authentication = Authentication(control)

    first = ask(authentication, f"Bearer {secret}".encode())

    assert (first.key_id, first.environment) == (key.id, "test")
    assert ask(authentication, f"Bearer {secret}".encode()) is first


def test_a_refusal_says_how_to_ask(control: Control) -> None:
    """401 names the scheme in its header and the fix in its sentence, in the one body of all errors."""
    authentication = Authentication(control)
    for authorization in ((), (b"Bearer nobody-knows-this-key",)):
        with pytest.raises(Unauthorized) as refused:
            ask(authentication, *authorization)

        fault: Fault = refused.value
        assert (fault.status, fault.headers) == (401, {"WWW-Authenticate": "Bearer"})
        body = msgspec.json.decode(fault.body())
        assert set(body) == {"detail", "error", "code"}
        assert body["detail"] == body["error"]
        assert "midspan keys create" in body["detail"]
        assert body["code"] == "unauthorized"


def test_unknown_revoked_and_expired_look_alike(control: Control) -> None:
    """Whoever tries keys learns nothing from the refusal."""
    key, secret = control.keys.create(Wish(name="ci"))
    control.keys.revoke(key.id)
    sentences = set()
    for value in (secret, "nobody-knows-this-key"):
        with pytest.raises(Unauthorized) as refused:
            ask(Authentication(control), f"Bearer {value}".encode())
        sentences.add(refused.value.detail)

    assert len(sentences) == 1


def test_where_no_key_is_needed_one_that_is_sent_must_be_good(control: Control) -> None:
    """With authentication off, nobody in particular is the first organization's prod with all rights."""
    control.bootstrap(settings.load({}, {}))
    _, secret = control.keys.create(Wish(name="ci", environment="test", rights=("read",)))
    authentication = Authentication(control, required=False)

    anyone = ask(authentication)

    assert (anyone.organization_name, anyone.environment, anyone.key_id) == ("Default", "prod", "")
    assert anyone.rights == set(RIGHTS)
    assert ask(authentication, f"Bearer {secret}".encode()).environment == "test"
    with pytest.raises(Unauthorized):
        ask(authentication, b"Bearer nobody-knows-this-key")


def test_nobody_is_anyone_before_the_first_start(control: Control) -> None:
    """Without an organization there is nothing that an open server could show."""
    with pytest.raises(NotFound):
        Authentication(control, required=False)


def test_a_right_that_is_missing_is_named(control: Control) -> None:
    """403 says which right the request needs, and passes a key that has it."""
    _, secret = control.keys.create(Wish(name="ci", rights=("ingest",)))
    principal = ask(Authentication(control), f"Bearer {secret}".encode())

    require(principal, "ingest")
    with pytest.raises(Forbidden, match="lacks the right `admin`") as refused:
        require(principal, "admin")

    assert refused.value.status == 403
