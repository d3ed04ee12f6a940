"""Bodies of the JSON routes: one span, or a list of rows that are read one by one.

A body of rows is cut without looking into the rows: each is decoded by itself, so that one bad row costs nothing but
itself, and the server can do other work between two rows.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.errors import BadRequest
from midspan.ingest.mend import mend
from midspan.ingest.scan import SHORT_TEXT, TURNS, text_end

NOT_JSON: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_list = msgspec.json.Decoder(list[Raw]).decode


class Row(msgspec.Struct):
    """One element of a body's list, not looked at yet."""

    index: int
    raw: bytes
    repairs: list[str] = []
    """A sentence for everything that had to be repaired in it; filled while it is read."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.raw)


def members(body: bytes) -> dict[str, Raw]:
    """A body's members, none of them looked into. Of a name that comes twice the last counts.

    Raises `BadRequest` where the body is not one well-formed JSON object in UTF-8.
    """
    try:
        found = _members(body)
        # What lies inside the members has been checked to be JSON, but for its encoding.
        if not body.isascii():
            body.decode()
    except msgspec.ValidationError:
        raise BadRequest("The body must be a JSON object.") from None
    except UnicodeDecodeError:
        raise BadRequest("The body must be in UTF-8.") from None
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except msgspec.DecodeError as error:
        if not body.strip():
            raise BadRequest("The body is empty; send one JSON object.") from None
        raise BadRequest(f"The body is not JSON: {_reason(error)}.") from None
    return found


def mended_members(row: Row) -> dict[str, Raw]:
    """A row's members, mended where it is not well-formed JSON. Raises `BadRequest` where that does not help."""
    try:
        return members(row.raw)
    except BadRequest:
        body, repairs = mend(row.raw)
        if not repairs:
            raise
        found = members(body)
        row.repairs += repairs
        return found


def rows(body: bytes, names: tuple[str, ...], array: bool) -> list[Row]:
    """The rows of `{"<name>": [...]}`, by the first of the names that holds a list, or of `[...]` where `array`.

    An empty list is answered as one. A body that is not well-formed is cut by its brackets, so that its good rows can
    still be read. Raises `BadRequest` where there is no list to be found.
    """
    is_list = re.match(rb"\s*+\[", body) is not None
    try:
        if is_list:
            found: list[Raw] | None = _list(body) if array else None
        else:
            envelope = _envelope(names)(body)
            found = next((list_ for name in names if (list_ := getattr(envelope, name)) is not None), None)
    except msgspec.ValidationError:
        found = None
    except NOT_JSON as error:
        pieces = _cut(body, names, is_list) if array or not is_list else None
        if pieces is None:
            raise BadRequest(f"The body is not JSON: {_reason(error)}.") from None
        return [Row(index, piece, []) for index, piece in enumerate(pieces)]
    if found is None:
        shapes = [f'{{"{name}": [...]}}' for name in names] + ["[...]"] * array
        raise BadRequest(f"The body holds no rows; send {' or '.join(shapes)}.")
    return [Row(index, bytes(raw), []) for index, raw in enumerate(found)]


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it is not in UTF-8"
    return str(error).removeprefix("JSON is malformed: ")


@lru_cache(maxsize=16)
def _envelope(names: tuple[str, ...]) -> Callable[[bytes], Any]:
    struct = msgspec.defstruct("Envelope", [(name, list[Raw] | None, None) for name in names])
    return msgspec.json.Decoder(struct).decode


# Cutting by brackets: texts are passed over whole, and one that never ends takes the rest of the body with it.
_TEXT: Final = SHORT_TEXT.encode()
_OUTER: Final = re.compile(rb"(?>(?:[^\"{}\[\],]++|" + _TEXT + rb")" + TURNS.encode() + rb")|[{}\[\],]", re.DOTALL)
_INNER: Final = re.compile(rb"(?>(?:[^\"{}\[\]]++|" + _TEXT + rb")" + TURNS.encode() + rb")|[{}\[\]]", re.DOTALL)
_TOKEN: Final = re.compile(_TEXT + rb"|[{}\[\]]|[^\"{}\[\]]++", re.DOTALL)
_COLON_LIST: Final = re.compile(rb"\s*+:\s*+\[")


def _cut(body: bytes, names: tuple[str, ...], is_list: bool) -> list[bytes] | None:
    """The elements of the list, cut at the commas between them; None where there is no list."""
    start = body.index(b"[") + 1 if is_list else _list_start(body, names)
    if start is None:
        return None
    pieces = []
    depth, begin, at = 0, start, start
    while at < len(body):
        if not (match := (_INNER if depth else _OUTER).match(body, at)):
            at = text_end(body, at)
            continue
        at = match.end()
        bracket = body[match.start()]
        if bracket in b"{[":
            depth += 1
        elif bracket in b"}]":
            depth -= 1
            if depth < 0:
                break
        elif bracket == 0x2C and not depth:
            pieces.append(body[begin : at - 1].strip())
            begin = at
    end = at - 1 if depth < 0 else at
    if last := body[begin:end].strip():
        pieces.append(last)
    return pieces


def _list_start(body: bytes, names: tuple[str, ...]) -> int | None:
    """Where the list begins that is the value of one of the names in the outermost object."""
    depth = at = 0
    wanted = {b'"%s"' % name.encode() for name in names}
    while at < len(body):
        if not (match := _TOKEN.match(body, at)):
            at = text_end(body, at)
            continue
        at = match.end()
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token in wanted and (start := _COLON_LIST.match(body, at)):
            return start.end()
    return None
