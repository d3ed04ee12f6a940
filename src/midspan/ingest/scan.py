"""Passing over JSON text without decoding it, in time and memory that do not depend on what it says.

A repeated group in a regular expression keeps a record of every turn, so repetitions are bounded here: short texts are
passed over inside larger expressions, and a text with more escapes than that is left to `text_end`.
"""

import re
from typing import Final

import msgspec

TURNS_MAX: Final = 1_000
_ESCAPES_MAX: Final = 100

SHORT_TEXT: Final = rf'"[^"\\]*+(?>(?:\\.[^"\\]*+){{0,{_ESCAPES_MAX}}})"'
"""A JSON text with at most a hundred escapes in it (to be compiled with DOTALL)."""
TURNS: Final = f"{{1,{TURNS_MAX}}}"

_INSIDE: Final = rf'[^"\\]*+(?>(?:\\.[^"\\]*+){{0,{TURNS_MAX}}})'
_INSIDE_STR: Final = re.compile(_INSIDE, re.DOTALL)
_INSIDE_BYTES: Final = re.compile(_INSIDE.encode(), re.DOTALL)
_BRACKETS: Final = re.compile(
    rb'(?>(?:[^"{}\[\]]++|' + SHORT_TEXT.encode() + rb")" + TURNS.encode() + rb")|[{}\[\]]", re.DOTALL
)


def text_end(body: str | bytes, at: int) -> int:
    """The place behind the text that begins at `at` with its quote; the body's length where it never ends."""
    at += 1
    while (match := _inside(body, at)) and match.end() > at:
        at = match.end()
    # A lone backslash at the very end is inside, too.
    return at + 1 if body[at : at + 1] in ('"', b'"') else len(body)


def _inside(body: str | bytes, at: int) -> re.Match[str] | re.Match[bytes] | None:
    return _INSIDE_STR.match(body, at) if isinstance(body, str) else _INSIDE_BYTES.match(body, at)


def flattened(body: bytes, deep: int) -> bytes:
    """JSON in which everything within so many brackets is the text of what it is."""
    pieces = []
    depth = begin = at = 0
    while at < len(body):
        if not (match := _BRACKETS.match(body, at)):
            at = text_end(body, at)
            continue
        start, at = at, match.end()
        if body[start] in b"{[":
            depth += 1
            if depth == deep:
                pieces.append(body[begin:start])
                begin = start
        elif body[start] in b"}]":
            if depth == deep:
                pieces.append(msgspec.json.encode(body[begin:at].decode(errors="replace")))
                begin = at
            depth -= 1
    pieces.append(body[begin:])
    return b"".join(pieces)
