"""What is believed of an identity provider: a lying one on loopback, with every lie once."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from midspan import settings
from midspan.control.control import Control
from midspan.control.identities import Admission, Identity
from midspan.control.invitations import Acceptance
from midspan.errors import Forbidden, Misconfigured
from midspan.http import provider as provider_module
from midspan.http.provider import Provider, ProviderError, Request
from tests.speaking import PASSWORD

CLIENT, SECRET, BACK = "midspan", "s3cret-of-the-test", "https://midspan.example/api/openid/callback/"
KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one"})
NEW = RSAKey.generate_key(2048, parameters={"kid": "two"})


class Liar:
    """An issuer that says whatever a test has it say."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.described: dict[str, Any] = {}
        self.keys = [KEY]
        self.claims: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.userinfo: Any = {}
        self.sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims, KEY
        )
        self.status = 200
        self.asked: list[str] = []
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "jwks_uri": f"{self.url}/jwks",
                "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/me", **self.described,
            }  # fmt: skip
        if path == "/jwks":
            return {"keys": [key.as_dict(private=False) for key in self.keys]}
        if path == "/me":
            return self.userinfo
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(self.claims), **self.token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = json.dumps(liar.answer(self.path)).encode()
                self.send_response(liar.status if self.command == "POST" else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", f"{liar.url}/elsewhere")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None: ...

        return Handler


@pytest.fixture
def liar() -> Iterator[Liar]:
    found = Liar()
    yield found
    found.server.shutdown()
    found.server.server_close()


def good(liar: Liar, sent: str, **other: Any) -> dict[str, Any]:
    """Claims that are believed, but for what a test puts in their place; ... leaves one out."""
    now = int(time.time())
    claims = {
        "iss": liar.url, "aud": CLIENT, "sub": "s-1", "exp": now + 300, "iat": now, "nonce": sent,
        "email": "ada@example.com", "email_verified": True, "name": "Ada", **other,
    }  # fmt: skip
    return {name: value for name, value in claims.items() if value is not ...}


async def arrive(provider: Provider, liar: Liar, **claims: Any) -> Identity:
    """Somebody goes to the provider and comes back with claims that are good but for these."""
    request = await provider.request(BACK)
    liar.claims = good(liar, request.nonce, **claims)
    return await provider.identity(request, "a code", BACK)


def identity(liar: Liar, **claims: Any) -> Identity:
    return asyncio.run(arrive(Provider(liar.url, CLIENT, SECRET), liar, **claims))


def test_a_good_token_is_believed(liar: Liar) -> None:
    """Its subject, verified email and name are somebody's; the issuer is asked for description, token and keys."""
    assert identity(liar) == (liar.url, "s-1", "ada@example.com", "Ada")
    assert liar.asked == ["GET /.well-known/openid-configuration", "POST /token", "GET /jwks"]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": ...}, {"aud": "another"}, {"aud": ...}, {"aud": [CLIENT, "another"]},
        {"azp": "another"}, {"exp": 1}, {"exp": ...}, {"exp": "soon"}, {"iat": ...}, {"nonce": "another"},
        {"nonce": ...}, {"sub": ...}, {"sub": ""}, {"sub": "x" * 256}, {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"nbf": 2**33},
    ],
)  # fmt: skip
def test_a_claim_that_is_not_right_is_not_believed(liar: Liar, claims: dict[str, Any]) -> None:
    """Another issuer, audience, time, nonce, token or nobody."""
    with pytest.raises(ProviderError):
        identity(liar, **claims)


def _unsigned(claims: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), ""])


@pytest.mark.parametrize(
    "sign",
    [
        _unsigned,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "nobody's"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET)),
        lambda claims: jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(KEY.as_pem(private=False))),
        lambda _: "no.token.atall",
        lambda _: "",
        lambda _: 5,
        lambda _: None,
    ],
    ids=["unsigned", "other key", "unknown key", "shared secret", "public key", "words", "empty", "5", "null"],
)  # fmt: skip
def test_a_signature_that_is_not_the_issuers_is_not_believed(liar: Liar, sign: Any) -> None:
    """Whatever its header says of how it was signed."""
    liar.sign = sign
    with pytest.raises(ProviderError):
        identity(liar)


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://example.com/jwks"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": "http://[bad"},
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(liar: Liar, described: dict[str, Any]) -> None:
    """Only the issuer itself, and only addresses that TLS protects."""
    liar.described = described
    with pytest.raises(ProviderError):
        identity(liar)
    assert liar.asked == ["GET /.well-known/openid-configuration"]


@pytest.mark.parametrize("status", [302, 307, 400, 500])
def test_a_token_endpoint_that_fails_is_said(liar: Liar, status: int) -> None:
    """No redirect is followed with a code or a secret."""
    liar.status = status
    with pytest.raises(ProviderError):
        identity(liar)
    assert not [asked for asked in liar.asked if "elsewhere" in asked]


@pytest.mark.parametrize("token", [{"id_token": None}, {"id_token": {}}, {"error": "invalid_grant"}])
def test_a_token_answer_without_a_token_is_said(liar: Liar, token: dict[str, Any]) -> None:
    """Nobody is signed in by an answer that names nobody."""
    liar.token = token
    with pytest.raises(ProviderError):
        identity(liar)


def test_new_keys_are_fetched(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that names a key which is not known has the keys asked for again, though not time after time."""
    provider = Provider(liar.url, CLIENT, SECRET)

    async def change() -> None:
        await arrive(provider, liar)
        liar.keys, liar.sign = [NEW], lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, NEW)
        with pytest.raises(ProviderError):
            await arrive(provider, liar)
        assert liar.asked.count("GET /jwks") == 1, "they were fetched a moment ago"
        monkeypatch.setattr(provider_module, "KEYS_SECONDS", 0.0)
        assert (await arrive(provider, liar)).subject == "s-1"
        await arrive(provider, liar)
        assert liar.asked.count("GET /jwks") == 2
        assert liar.asked.count("GET /.well-known/openid-configuration") == 1

    asyncio.run(change())


@pytest.mark.parametrize(
    ("userinfo", "email"),
    [
        ({"sub": "s-1", "email": "me@example.com", "email_verified": True}, "me@example.com"),
        ({"sub": "s-1", "email": "me@example.com", "email_verified": "true"}, "me@example.com"),
        ({"sub": "s-1", "email": "me@example.com"}, ""),
        ({"sub": "s-2", "email": "me@example.com", "email_verified": True}, ""),
        ({"sub": "s-1", "email": 5, "email_verified": True}, ""),
        ({"sub": "s-1", "iss": "https://evil.example", "email": "no email", "email_verified": True}, ""),
    ],
)
def test_an_email_may_come_from_user_info(liar: Liar, userinfo: dict[str, Any], email: str) -> None:
    """Where the token has none; only of the same subject, and only a verified one."""
    liar.userinfo = userinfo
    assert identity(liar, email=..., email_verified=...).email == email


def test_emails_are_trusted_where_the_setting_says_so(liar: Liar) -> None:
    """For a provider that vouches for all of its emails and does not say so."""
    provider = Provider(liar.url, CLIENT, SECRET, trust_email=True)
    assert asyncio.run(arrive(provider, liar, email_verified=...)).email == "ada@example.com"


@pytest.mark.parametrize("userinfo", [[], "x", None])
def test_user_info_of_another_shape_is_said(liar: Liar, userinfo: Any) -> None:
    """It is the provider's fault, not ours."""
    liar.userinfo = userinfo
    with pytest.raises(ProviderError):
        identity(liar, email=...)


def test_a_provider_that_does_not_answer_is_said() -> None:
    """No connection, and what is no JSON, are one kind of fault."""
    provider = Provider("http://127.0.0.1:1", CLIENT, "")
    with pytest.raises(ProviderError):
        asyncio.run(provider.request(BACK))
    with pytest.raises(ProviderError):
        asyncio.run(provider.identity(Request("", "", "", ""), "code", BACK))


def test_identities_and_their_accounts(tmp_path: Path) -> None:
    """One account for a subject whatever its email does later; strange names and emails make none that is strange."""
    control = Control(tmp_path / "data")
    admission = Admission(frozenset({"example.com"}), "viewer")
    ada = control.identities.member(Identity("i", "1", "ada@example.com", "A\u202eda\n" * 100), admission)
    assert ada.name.isprintable()
    assert len(ada.name) == 200
    assert control.identities.member(Identity("i", "1", "", ""), admission) == ada
    assert control.identities.member(Identity("i", "2", "ADA@example.com", ""), admission) == ada
    for identity_ in (
        Identity("other", "1", "", ""), Identity("i", "3", "a b@example.com", ""), Identity("i", "3", "@", ""),
        Identity("i", "3", "eve@sub.example.com", ""), Identity("i", "3", "eve@example.com.evil.example", ""),
        Identity("i", "3", "eve@evil.example@example.com", ""),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            control.identities.member(identity_, admission)
    made, token = control.invitations.create("admin", "bob@elsewhere.example", organization=None)
    bob = control.identities.member(Identity("i", "4", "Bob@Elsewhere.example", ""), admission)
    assert (bob.role, bob.organization_id, bob.name) == ("admin", made.organization_id, "Bob@Elsewhere.example")
    with pytest.raises(Exception, match="opens nothing"):
        control.invitations.accept(token, Acceptance(email="", name="Eve", password=PASSWORD))
    control.close()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"public_url": "midspan.example"}, "public_url takes an address"),
        ({"public_url": "https://midspan.example/?x"}, "public_url takes an address"),
        ({"openid_issuer": "http://issuer.example"}, "openid_issuer begins with https"),
        ({"openid_issuer": "http://localhost.evil.example"}, "openid_issuer begins with https"),
        ({"openid_issuer": "https://issuer.example"}, "openid_client_id is not"),
        ({"openid_issuer": "https://issuer.example", "openid_client_id": "x"}, "public_url is not"),
        ({"openid_role": "owner"}, "openid_role is one of"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, str], sentence: str) -> None:
    """At the start, with the setting and what it takes."""
    with pytest.raises(Misconfigured, match=sentence):
        settings.load(given, {})
