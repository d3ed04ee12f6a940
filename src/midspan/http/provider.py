"""The identity provider, as we speak to it: OpenID Connect's code flow with PKCE.

Nothing else in the server asks another one anything, and this asks only what the configured issuer names: its
description, its keys, its token and user-info endpoints, over TLS, following no redirect.
"""

import asyncio
import ipaddress
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from midspan.control.identities import Identity

SECONDS = 10.0
"""How long the provider may take over one answer."""
DESCRIPTION_SECONDS = 3600.0
"""How long its description and its keys are believed."""
KEYS_SECONDS = 60.0
"""How often its keys may be asked for again when a token names one that is not among them."""
LEEWAY_SECONDS = 60
SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by keys of the provider's own. None by a shared secret, and never none at all."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderError(Exception):
    """The provider did not answer, or answered what cannot be believed."""


class Request(NamedTuple):
    """What one who signs in is sent to the provider with, and what the answer is held against."""

    url: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """An OpenID Connect issuer. `trust_email` believes emails that it does not call verified."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, *, trust_email: bool = False) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._trust_email = trust_email
        self._is_plain = issuer.startswith("http://")
        """On this machine: no certificates, no proxy, and no other machine either."""
        for name in ("httpx2", "httpcore2"):
            # They would log every request at the level of ours.
            logging.getLogger(name).setLevel("WARNING")
        self._lock = asyncio.Lock()
        self._description: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    async def request(self, redirect_uri: str) -> Request:
        """Where to send somebody who wants to sign in. Raises `ProviderError`."""
        description = await self._described()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        async with self._client(description, redirect_uri) as client:
            url, _ = client.create_authorization_url(
                description["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
            )
        return Request(url, state, nonce, verifier)

    async def identity(self, request: Request, code: str, redirect_uri: str) -> Identity:
        """Who came back with this code. Raises `ProviderError`."""
        # Late, here and below: a server without a provider loads none of it.
        import httpx2  # noqa: PLC0415
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            description = await self._described()
            async with self._client(description, redirect_uri) as client:
                token = await client.fetch_token(
                    description["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=request.verifier,
                    redirect_uri=redirect_uri,
                )
                claims = await self._claims(token, request.nonce)
                if "email" not in claims and "userinfo_endpoint" in description:
                    answer = await client.get(self._checked(description["userinfo_endpoint"]))
                    more = answer.raise_for_status().json()
                    # Of somebody else it could be, where tokens are exchanged on the way.
                    if more.get("sub") == claims["sub"]:
                        claims = {**more, **claims}
        except (
            httpx2.HTTPError,
            AuthlibBaseError,
            JoseError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            raise ProviderError(f"{type(error).__name__}: {str(error)[:300]}") from error
        return self._read(claims)

    def _read(self, claims: Mapping[str, Any]) -> Identity:
        email = claims.get("email")
        is_good = claims.get("email_verified") in (True, "true") or self._trust_email
        if not isinstance(email, str) or not is_good or len(email) > 320 or "@" not in email:
            email = ""
        name = claims.get("name") or claims.get("preferred_username")
        subject = str(claims["sub"])
        if not 0 < len(subject) <= 255:
            raise ProviderError("the subject has no length between 1 and 255")
        return Identity(self.issuer, subject, email, name if isinstance(name, str) else "")

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of a token's id token, whose signature, issuer, audience, times and nonce are right."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        text = token["id_token"]
        try:
            decoded = jwt.decode(text, KeySet.import_key_set(await self._signing()), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # Keys are changed now and then; a token that names a new one is signed with it.
            keys = KeySet.import_key_set(await self._signing(again=True))
            decoded = jwt.decode(text, keys, algorithms=ALGORITHMS)
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        CodeIDToken(decoded.claims, decoded.header, options, params).validate(int(time.time()), LEEWAY_SECONDS)
        return dict(decoded.claims)

    async def _described(self) -> dict[str, Any]:
        """The issuer's description, from memory while that is fresh. Raises `ProviderError`."""
        async with self._lock:
            if self._description is not None and time.monotonic() < self._description[0]:
                return self._description[1]
            found = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise ProviderError(f"{self.issuer} calls itself {str(found.get('issuer'))[:200]}")
            for name in ENDPOINTS:
                self._checked(found.get(name))
            self._description = time.monotonic() + DESCRIPTION_SECONDS, found
            return found

    async def _signing(self, *, again: bool = False) -> Any:
        """The issuer's keys. Raises `ProviderError`."""
        description = await self._described()
        async with self._lock:
            now = time.monotonic()
            if self._keys is not None and now - self._keys[0] < (KEYS_SECONDS if again else DESCRIPTION_SECONDS):
                return self._keys[1]
            self._keys = now, await self._get(description["jwks_uri"])
            return self._keys[1]

    async def _get(self, url: str) -> dict[str, Any]:
        import httpx2  # noqa: PLC0415

        try:
            async with httpx2.AsyncClient(
                timeout=SECONDS, verify=not self._is_plain, trust_env=not self._is_plain
            ) as client:
                found = (await client.get(url)).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderError(f"{url}: {type(error).__name__}: {str(error)[:300]}") from error
        if not isinstance(found, dict):
            raise ProviderError(f"{url} is no JSON object")
        return found

    def _client(self, description: Mapping[str, Any], redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415

        ways = description.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        by_body = "client_secret_basic" not in ways and "client_secret_post" in ways
        secret_goes = "client_secret_post" if by_body else "client_secret_basic"
        client = AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret or None,
            token_endpoint_auth_method=secret_goes if self._client_secret else "none",
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=SECONDS,
            verify=not self._is_plain,
            trust_env=not self._is_plain,
        )

        client.register_compliance_hook("access_token_response", _good)
        return client

    def _checked(self, url: object) -> str:
        """An endpoint that may be asked: over TLS, or on this machine where the issuer is. Raises `ProviderError`."""
        if isinstance(url, str) and (is_local(url) if self._is_plain else url.startswith("https://")):
            return url
        raise ProviderError(f"{str(url)[:200]} is no https address")


def _good(answer: Any) -> Any:
    """An answer to a code, which has no tokens but where it is 200. Raises `ProviderError`."""
    if answer.status_code != 200:
        raise ProviderError(f"the token endpoint answered {answer.status_code}: {answer.text[:300]}")
    return answer


def is_local(url: str) -> bool:
    """Whether an address leads to this machine, where TLS would protect nothing."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
