"""Credentials inside a recorded exchange: found at any depth, and taken out before anything is stored."""

import re
from typing import Final

import msgspec

from midspan.ingest.scan import SHORT_TEXT, TURNS, text_end

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

_VALUES: Final = re.compile(r'(?>(?:[^"]++|' + SHORT_TEXT + r"(?!\s*+:))" + TURNS + ")", re.DOTALL)
"""A stretch without the name of a member."""
_NAME: Final = re.compile(r"(?P<name>" + SHORT_TEXT + r")\s*+:\s*+(?P<start>.)", re.DOTALL)
"""A member's name, and the first character of its value."""
_BRACKETS: Final = re.compile(r'(?>(?:[^"{}\[\]]++|' + SHORT_TEXT + ")" + TURNS + r")|[{}\[\]]", re.DOTALL)
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
    while at < len(text):
        if match := _VALUES.match(text, at):
            at = match.end()
            continue
        if (match := _NAME.match(text, at)) is None:
            at = text_end(text, at)
            continue
        at = match.start("start")
        if not is_secret(match["name"], match["start"]):
            continue
        at = _value_end(text, at)
        pieces.append(text[begin : match.start()])
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
    """Whether a member of this name (JSON text), whose value starts so, is a credential."""
    plain = msgspec.json.decode(name, type=str) if "\\" in name else name[1:-1]
    word = plain.lower().replace("-", "_")
    return word in _WHOLE or (start != "{" and (word in _NAMES or word.endswith(("_api_key", "_secret_key"))))


def _value_end(text: str, at: int) -> int:
    if text[at] == '"':
        return text_end(text, at)
    if text[at] not in "{[":
        match = _SCALAR_END.match(text, at)
        assert match is not None
        return match.end()
    depth = 0
    while at < len(text):
        if not (match := _BRACKETS.match(text, at)):
            at = text_end(text, at)
            continue
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[at], 0)
        at = match.end()
        if not depth:
            break
    return at


def _drop_comma(pieces: list[str]) -> None:
    """Take away the comma before a last member that is gone. What lies between is white space."""
    while len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    if (piece := pieces[-1].rstrip()).endswith(","):
        pieces[-1] = piece[:-1]
