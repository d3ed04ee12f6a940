"""Credentials inside a recorded exchange: found at any depth, and taken out before anything is stored."""

from typing import Final

import msgspec
from msgspec import Raw

from midspan.ingest.values import quote, text_of

_HINTS: Final = (
    "api_key", "api-key", "apikey", "authorization", "credential", "secret", "password", "cookie", "access_key",
    "access_token", "auth_token", "api_token", "session_token", "bearer", "ad_token",
)  # fmt: skip
"""Texts without one of these hold no name that is looked for; so nearly all are passed without being parsed."""

_WHOLE: Final = frozenset({"credential_override", "customer_credentials", "credentials", "vertex_credentials"})
"""Names whose value is thrown away whatever it is."""

_NAMES: Final = frozenset({
    "authorization", "proxy_authorization", "api_key", "apikey", "x_api_key", "x_goog_api_key", "api_token",
    "access_token", "auth_token", "bearer_token", "session_token", "azure_ad_token", "client_secret", "secret",
    "secret_key", "password", "cookie", "set_cookie", "aws_access_key_id", "aws_secret_access_key",
    "aws_session_token", "access_key", "access_key_id", "secret_access_key",
})  # fmt: skip
"""Names whose value is a credential where it is no object: a tool may well have a parameter called `password`."""

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_elements = msgspec.json.Decoder(list[Raw]).decode


def scrub(text: str) -> str | None:
    """JSON text without the credentials in it; everything else stays as it came, byte for byte.

    None where it is nested too deeply to be searched: what cannot be cleaned must not be kept.
    """
    try:
        return _clean(text)
    except RecursionError:
        return None


def _clean(text: str) -> str:
    lower = text.lower()
    return _scrubbed(text) if any(hint in lower for hint in _HINTS) else text


def is_secret(name: str, value: str) -> bool:
    """Whether a member of this name and JSON text is a credential."""
    word = name.lower().replace("-", "_")
    return word in _WHOLE or (value[0] != "{" and (word in _NAMES or word.endswith(("_api_key", "_secret_key"))))


def _scrubbed(text: str) -> str:
    if text[0] == "{":
        kept = []
        changed = False
        for name, raw in _members(text).items():
            value = text_of(raw)
            if is_secret(name, value):
                changed = True
                continue
            clean = _clean(value) if value[0] in "{[" else value
            changed = changed or clean is not value
            kept.append(f"{quote(name)}:{clean}")
        return "{" + ",".join(kept) + "}" if changed else text
    if text[0] == "[":
        values = [text_of(raw) for raw in _elements(text)]
        clean_values = [_clean(value) if value[0] in "{[" else value for value in values]
        changed = any(a is not b for a, b in zip(values, clean_values, strict=True))
        return "[" + ",".join(clean_values) + "]" if changed else text
    return text
