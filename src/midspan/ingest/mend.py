"""Broken JSON made readable: what some encoders write though JSON does not know it.

One bad character must not cost the span. Everything else is left as it came, byte for byte; what is broken beyond
these rules stays broken, and the decoder says so.
"""

import re
from typing import Final

from midspan.ingest.scan import TURNS, text_end

NUMBERS: Final = "NaN and Infinity are no JSON; they became null."
SURROGATES: Final = "Halves of surrogate pairs became U+FFFD."
ENCODING: Final = "Bytes that are not UTF-8 became U+FFFD."
CONTROLS: Final = "Control characters inside texts were not escaped; they were kept."
BACKSLASHES: Final = "Backslashes that escape nothing were kept as backslashes."

FAULTS_MAX: Final = 100_000

_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_UNIT = rb"\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE = rb'\\["\\/bfnrt]'

# Well-formed stretches are passed over whole, so that the cost follows the number of faults.
_GOOD_ESCAPE = rb"(?:" + _ESCAPE + rb"|" + _UNIT + rb"|" + _PAIR + rb")"
_GOOD: Final = re.compile(
    rb'(?>(?:[^"NI-]++|-(?!NaN|Infinity)|N(?!aN)|I(?!nfinity)'
    rb'|"[^"\\\x00-\x1f]*+(?>(?:' + _GOOD_ESCAPE + rb'[^"\\\x00-\x1f]*+){0,100})")' + TURNS.encode() + rb")"
)
_NUMBER: Final = re.compile(rb"-?(?:NaN|Infinity)")
_FAULTS: Final = re.compile(
    rb"(?P<fine>(?>(?:[^\\\x00-\x1f]++|" + _GOOD_ESCAPE + rb")" + TURNS.encode() + rb"))"
    rb"|(?P<half>" + _HALF + rb")|(?P<control>[\x00-\x1f])|(?P<backslash>\\)"
)


class _TooMany(Exception):
    """So many faults that the body is no span with a slip in it."""


class _Faults(dict[str, int]):
    """How often each repair was made."""

    def count(self, repair: str) -> None:
        self[repair] = made = self.get(repair, 0) + 1
        if made > FAULTS_MAX:
            raise _TooMany


def mend(body: bytes) -> tuple[bytes, list[str]]:
    """The body as JSON, and a sentence for each kind of repair.

    With more faults of a kind than `FAULTS_MAX` it is left as it is: nothing honest looks like that.
    """
    faults = _Faults()
    try:
        return _mend(body, faults), list(faults)
    except _TooMany:
        return body, []


def _mend(body: bytes, faults: _Faults) -> bytes:
    try:
        body.decode()
    except UnicodeDecodeError:
        body = body.decode(errors="replace").encode()
        faults.count(ENCODING)
    pieces = []
    at = 0
    while at < len(body):
        if match := _GOOD.match(body, at):
            pieces.append(match.group())
            at = match.end()
        elif match := _NUMBER.match(body, at):
            pieces.append(b"null")
            faults.count(NUMBERS)
            at = match.end()
        else:
            end = text_end(body, at)
            pieces.append(b'"' + _FAULTS.sub(lambda fault: _mended(fault, faults), body[at + 1 : end]))
            at = end
    return b"".join(pieces)


def _mended(fault: re.Match[bytes], faults: _Faults) -> bytes:
    match fault.lastgroup:
        case "half":
            faults.count(SURROGATES)
            return rb"\ufffd"
        case "control":
            faults.count(CONTROLS)
            return b"\\u%04x" % fault.group()[0]
        case "backslash":
            faults.count(BACKSLASHES)
            return rb"\\"
        case _:
            return fault.group()
