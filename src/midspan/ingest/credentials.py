"""Credentials inside a recorded exchange: found at any depth, and taken out before anything is stored."""

import re
from typing import Final

import msgspec

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

CREDENTIALS_MAX: Final = 100_000

_STRING: Final = r'"(?:[^"\\]++|\\.)*+"'
_NEXT_KEY: Final = re.compile(
    r'(?:[^"]++|' + _STRING + r'(?!\s*+:))*+"(?P<name>(?:[^"\\]++|\\.)*+)"\s*+:\s*+(?P<start>.)', re.DOTALL
)
"""Everything up to the next name of a member, and the first character of its value."""
_STRING_END: Final = re.compile(_STRING, re.DOTALL)
_BRACKETS: Final = re.compile(r'(?:[^"{}\[\]]++|' + _STRING + r")++|[{}\[\]]", re.DOTALL)
_SCALAR_END: Final = re.compile(r"[^,}\]\s]*+")
_COMMA: Final = re.compile(r"\s*+,\s*+")


def scrub(text: str) -> str:
    """JSON text (well-formed) without the credentials in it; everything else stays as it came, byte for byte.

    One pass, however deep the text is nested. A text with more than `CREDENTIALS_MAX` of them is emptied.
    """
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return text
    begin = at = 0
    pieces: list[str] = []
    while match := _NEXT_KEY.match(text, at):
        at = match.start("start")
        if not is_secret(match["name"], match["start"]):
            continue
        name_at = match.start("name") - 1
        at = _value_end(text, at)
        pieces.append(text[begin:name_at])
        if comma := _COMMA.match(text, at):
            at = comma.end()
        else:
            _drop_comma(pieces)
        begin = at
        if len(pieces) > CREDENTIALS_MAX:
            return "{}" if text[0] == "{" else "[]"
    pieces.append(text[begin:])
    return "".join(pieces)


def is_secret(name: str, start: str) -> bool:
    """Whether a member of this name, whose value starts so, is a credential."""
    if "\\" in name:
        name = msgspec.json.decode(f'"{name}"', type=str)
    word = name.lower().replace("-", "_")
    return word in _WHOLE or (start != "{" and (word in _NAMES or word.endswith(("_api_key", "_secret_key"))))


def _value_end(text: str, at: int) -> int:
    if text[at] not in "{[":
        match = (_STRING_END if text[at] == '"' else _SCALAR_END).match(text, at)
        assert match is not None
        return match.end()
    depth = 0
    while match := _BRACKETS.match(text, at):
        at = match.end()
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match.group()[:2], 0)
        if not depth:
            break
    return at


def _drop_comma(pieces: list[str]) -> None:
    """Take away the comma before a last member that is gone. What lies between is white space."""
    while len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    if (piece := pieces[-1].rstrip()).endswith(","):
        pieces[-1] = piece[:-1]
