"""Broken JSON made readable: what some encoders write though JSON does not know it.

One bad character must not cost the span. Everything else is left as it came, byte for byte; what is broken beyond
these rules stays broken, and the decoder says so.
"""

import re
from typing import Final

NUMBERS: Final = "NaN and Infinity are no JSON; they became null."
SURROGATES: Final = "Halves of surrogate pairs became U+FFFD."
ENCODING: Final = "Bytes that are not UTF-8 became U+FFFD."
CONTROLS: Final = "Control characters inside texts were not escaped; they were kept."
BACKSLASHES: Final = "Backslashes that escape nothing were kept as backslashes."

_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_UNIT = rb"\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
_HALF = rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
_ESCAPE = rb'\\["\\/bfnrt]'

_TOKENS: Final = re.compile(
    # Well-formed stretches are passed over in one match, so that the cost follows the number of faults.
    rb'(?P<good>(?:[^"NI-]++|-(?!NaN|Infinity)|N(?!aN)|I(?!nfinity)'
    rb'|"(?:[^"\\\x00-\x1f]++|' + _ESCAPE + rb"|" + _UNIT + rb"|" + _PAIR + rb')*+")++)'
    rb'|(?P<text>"(?:[^"\\]++|\\.)*+")'
    rb"|(?P<number>-?(?:NaN|Infinity))"
    # A text that never ends: nothing after it can be told apart.
    rb"|(?P<rest>.+)",
    re.DOTALL,
)
_FAULTS: Final = re.compile(
    rb"(?P<fine>" + _PAIR + rb"|" + _UNIT + rb"|" + _ESCAPE + rb")"
    rb"|(?P<half>" + _HALF + rb")|(?P<control>[\x00-\x1f])|(?P<backslash>\\)"
)


def mend(body: bytes) -> tuple[bytes, list[str]]:
    """The body as JSON, and a sentence for each kind of repair."""
    done: dict[str, None] = {}
    try:
        body.decode()
    except UnicodeDecodeError:
        body = body.decode(errors="replace").encode()
        done[ENCODING] = None
    pieces = []
    for match in _TOKENS.finditer(body):
        if match.lastgroup == "number":
            pieces.append(b"null")
            done[NUMBERS] = None
        elif match.lastgroup == "text":
            pieces.append(_FAULTS.sub(lambda fault: _mended(fault, done), match.group()))
        else:
            pieces.append(match.group())
    return b"".join(pieces), list(done)


def _mended(fault: re.Match[bytes], done: dict[str, None]) -> bytes:
    match fault.lastgroup:
        case "half":
            done[SURROGATES] = None
            return rb"\ufffd"
        case "control":
            done[CONTROLS] = None
            return b"\\u%04x" % fault.group()[0]
        case "backslash":
            done[BACKSLASHES] = None
            return rb"\\"
        case _:
            return fault.group()
