"""The kinds of value that a body's fields take: how each is read, and what to say when it cannot be.

A reader takes one JSON value as msgspec skipped over it (`Raw`, known to be well-formed JSON) and answers the value
for the span, or None where the field counts as not sent. It raises ValueError with the end of a sentence whose
subject is the field's name: "must be a whole number, not true or false".
"""

import decimal
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec
from msgspec import Raw

from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, STATUSES
from midspan.domain.timestamps import micros, read_timestamp

Reader = Callable[[Raw], Any]

INT64_MAX: Final = (1 << 63) - 1
NULL: Final = "null"

_ONE_MONEY_UNIT: Final = Decimal("1e-12")
_MONEY_LIMIT: Final = Decimal("1e26")
_MONEY: Final = decimal.Context(prec=60)

_text: Callable[[Raw | str], str | None] = msgspec.json.Decoder(str | None).decode
_name: Callable[[Raw | str], str | int | None] = msgspec.json.Decoder(str | int | None).decode
_whole: Callable[[Raw | str], int | None] = msgspec.json.Decoder(
    Annotated[int, msgspec.Meta(ge=-INT64_MAX, le=INT64_MAX)] | None
).decode
_count: Callable[[Raw | str], int | None] = msgspec.json.Decoder(
    Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)] | None
).decode
_number: Callable[[Raw | str], float | None] = msgspec.json.Decoder(float | None).decode
_duration: Callable[[Raw | str], float | None] = msgspec.json.Decoder(
    Annotated[float, msgspec.Meta(ge=0)] | None
).decode
_flag: Callable[[Raw | str], bool | None] = msgspec.json.Decoder(bool | None).decode
_texts: Callable[[Raw | str], dict[str, str] | None] = msgspec.json.Decoder(dict[str, str] | None).decode
_members: Callable[[Raw | str], dict[str, Raw]] = msgspec.json.Decoder(dict[str, Raw]).decode


_moment: Callable[[Raw | str], datetime] = msgspec.json.Decoder(datetime).decode
_USUAL_TIME_MAX: Final = len('"2026-01-31T12:00:00.000000Z"')
"""Longer ones may have digits finer than microseconds, which that decoder rounds and we cut."""


class _Object(msgspec.Struct):
    """Any JSON object: checks the shape without making anything of its members."""


_objects: Callable[[Raw | str], list[_Object] | None] = msgspec.json.Decoder(list[_Object] | None).decode
_text_list: Callable[[Raw | str], list[str] | None] = msgspec.json.Decoder(list[str] | None).decode


def text_of(raw: Raw) -> str:
    """The JSON text of a value, exactly as it came."""
    return str(raw, "utf-8")


def quote(text: str) -> str:
    """The JSON text of a string."""
    return msgspec.json.encode(text).decode()


def unquoted(text: str) -> str:
    """The text that a JSON string's text means. Most hold no escape, and mean what stands between the quotes."""
    return msgspec.json.decode(text, type=str) if "\\" in text else text[1:-1]


def plain(raw: Raw) -> str:
    """A JSON string's own text; the JSON text of anything else."""
    text = text_of(raw)
    return unquoted(text) if text[0] == '"' else text


def shape(raw: Raw) -> str:
    """What a JSON value is, in words."""
    start = text_of(raw)[0]
    return {'"': "a text", "{": "an object", "[": "a list", "t": "true or false", "f": "true or false"}.get(
        start, "a number"
    )


def _wrong(raw: Raw, wanted: str) -> ValueError:
    return ValueError(f"must be {wanted}, not {shape(raw)}")


def read_text(raw: Raw) -> str | None:
    try:
        return _text(raw)
    except msgspec.ValidationError:
        raise _wrong(raw, "a text") from None


def read_name(raw: Raw) -> str | None:
    """A text; an integer counts as its digits."""
    try:
        value = _name(raw)
    except msgspec.ValidationError:
        raise _wrong(raw, "a text") from None
    return text_of(raw) if isinstance(value, int) else value


def _numeric(raw: Raw, wanted: str) -> Decimal | None:
    """A number however it was written: `12`, `12.0`, `"12"`. Null and an empty text count as not sent."""
    if text_of(raw)[0] not in '"-0123456789n':
        raise _wrong(raw, wanted)
    text = plain(raw).strip()
    if not text or text_of(raw) == NULL:
        return None
    try:
        return msgspec.json.decode(text, type=Decimal) if text[0] in "-0123456789" else _fail()
    except (msgspec.MsgspecError, ArithmeticError, ValueError):
        raise ValueError(f"must be {wanted}, not the text {quote(text[:40])}") from None


def _fail() -> Decimal:
    raise ValueError


def _integer(raw: Raw, least: int) -> int | None:
    value = _numeric(raw, "a whole number")
    if value is None:
        return None
    if not least <= value <= INT64_MAX:
        limits = f"between {least} and {INT64_MAX}" if value > 0 or least == 0 else f"at least {least}"
        raise ValueError(f"must be {limits}")
    if value != value.to_integral_value():
        raise ValueError("must be a whole number, without a fraction")
    return int(value)


def read_whole(raw: Raw) -> int | None:
    """A whole number that fits 64 bits."""
    try:
        return _whole(raw)
    except msgspec.ValidationError:
        return _integer(raw, -INT64_MAX)


def read_count(raw: Raw) -> int | None:
    """A whole number of things: never negative."""
    try:
        return _count(raw)
    except msgspec.ValidationError:
        return _integer(raw, 0)


def read_status_code(raw: Raw) -> int | None:
    code = read_count(raw)
    if code is not None and code > 999:
        raise ValueError("must be between 0 and 999")
    return code


def _float(raw: Raw) -> float | None:
    value = _numeric(raw, "a number")
    if value is None:
        return None
    number = float(value)
    if number in (float("inf"), float("-inf")):
        raise ValueError("must be a number that fits 64 bits")
    return number


def read_number(raw: Raw) -> float | None:
    try:
        return _number(raw)
    except msgspec.ValidationError:
        return _float(raw)


def read_duration(raw: Raw) -> float | None:
    """Seconds, or a rate: never negative."""
    try:
        return _duration(raw)
    except msgspec.ValidationError:
        number = _float(raw)
    if number is not None and number < 0:
        raise ValueError("must be 0 or more")
    return number


def read_money(raw: Raw) -> Decimal | None:
    """USD, to 12 places: what Decimal(38, 12) holds."""
    value = _numeric(raw, "a number")
    if value is None:
        return None
    if not -_MONEY_LIMIT < value < _MONEY_LIMIT:
        raise ValueError("must be below 10^26")
    return value.quantize(_ONE_MONEY_UNIT, context=_MONEY)


def read_price(raw: Raw) -> Decimal | None:
    """USD per million tokens: never negative."""
    value = read_money(raw)
    if value is not None and value < 0:
        raise ValueError("must be 0 or more")
    return value


def read_flag(raw: Raw) -> bool | None:
    try:
        return _flag(raw)
    except msgspec.ValidationError:
        raise _wrong(raw, "true or false") from None


def read_time(raw: Raw) -> int | None:
    """Microseconds since 1970."""
    text = text_of(raw)
    if len(text) <= _USUAL_TIME_MAX and text[0] == '"':
        try:
            moment = _moment(raw)
        except msgspec.ValidationError:
            pass
        else:
            return micros(moment)
    if text == NULL:
        return None
    if text[0] in "{[tf":
        raise _wrong(raw, "a time")
    plain_text = msgspec.json.decode(text, type=str) if text[0] == '"' else text
    return read_timestamp(plain_text) if plain_text else None


def read_any(raw: Raw) -> str | None:
    """Any JSON value: a string's text, anything else's JSON text as it came."""
    text = text_of(raw)
    if text[0] == '"':
        return unquoted(text)
    return None if text == NULL else text


def read_json(raw: Raw) -> str | None:
    """Any JSON value, kept as its JSON text."""
    text = text_of(raw)
    return None if text == NULL else text


def _starting(starts: str, wanted: str) -> Reader:
    def read(raw: Raw) -> str | None:
        text = text_of(raw)
        if text == NULL:
            return None
        if text[0] not in starts:
            raise _wrong(raw, wanted)
        return text

    return read


read_object = _starting("{", "an object")
read_list = _starting("[", "a list")
read_object_or_list = _starting("{[", "an object")
read_text_or_object = _starting('"{', "a text or an object")


def read_objects(raw: Raw) -> str | None:
    """A list of objects, kept as its JSON text."""
    try:
        return None if _objects(raw) is None else text_of(raw)
    except msgspec.ValidationError:
        raise ValueError(
            "must be a list of objects" + ("" if text_of(raw)[0] == "[" else f", not {shape(raw)}")
        ) from None


def read_stop(raw: Raw) -> str | None:
    """A text or a list of texts, kept as its JSON text."""
    text = text_of(raw)
    if text[0] == '"':
        return text
    try:
        return None if _text_list(raw) is None else text
    except msgspec.ValidationError:
        raise ValueError("must be a text or a list of texts") from None


def read_warnings(raw: Raw) -> str | None:
    """A text, or an object or list as its JSON text."""
    if text_of(raw)[0] not in '"{[n':
        raise _wrong(raw, "a text or an object")
    return read_any(raw)


def read_response_format(raw: Raw) -> str | None:
    """An object as its JSON text; a text `x` means `{"type": "x"}`, a text of a JSON object that object."""
    text = text_of(raw)
    if text == NULL or text[0] == "{":
        return None if text == NULL else text
    if text[0] != '"':
        raise _wrong(raw, "an object")
    if not (word := msgspec.json.decode(text, type=str).strip()):
        return None
    return word if is_json_object(word) else f'{{"type":{quote(word)}}}'


def is_json_object(text: str) -> bool:
    if text[:1] != "{":
        return False
    try:
        msgspec.json.decode(text, type=_Object)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def read_metadata(raw: Raw) -> dict[str, str] | None:
    """An object, or the JSON text of one. Values become texts: a string's own, else JSON; null counts as not sent."""
    try:
        return _texts(raw)
    except msgspec.ValidationError:
        text = plain(raw)
    if not text.strip():
        return None
    try:
        members = _members(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        found = shape(raw) if text_of(raw)[0] != '"' else "a text that is none"
        raise ValueError(f"must be an object, not {found}") from None
    texts = {}
    for key, value in members.items():
        if (member := text_of(value)) != NULL:
            texts[key] = unquoted(member) if member[0] == '"' else member
    return texts


def _choice(names: tuple[str, ...], aliases: dict[str, str]) -> Reader:
    known = {name: name for name in names} | aliases

    def read(raw: Raw) -> str | None:
        text = read_text(raw)
        if text is None or not (word := text.strip().lower()):
            return None
        if word not in known:
            raise ValueError(f"must be one of {', '.join(names)}; not {quote(text[:40])}")
        return known[word]

    return read


read_log_type = _choice(LOG_TYPES, LOG_TYPE_ALIASES)
read_status = _choice(STATUSES, {"error": "failed"})


def read_customer(raw: Raw) -> str | None:
    """A name of at most 254 characters."""
    name = read_name(raw)
    if name is not None and len(name) > CUSTOMER_MAX:
        raise ValueError(f"must be at most {CUSTOMER_MAX} characters; this one has {len(name)}")
    return name


CUSTOMER_MAX: Final = 254

AT_ONCE: Final[dict[Reader, Reader]] = {
    read_text: _text,
    read_whole: _whole,
    read_count: _count,
    read_number: _number,
    read_duration: _duration,
    read_flag: _flag,
}
"""Readers that begin with one decoder and are done when it is, with that decoder. It raises msgspec's own error."""

KINDS: Final[dict[str, tuple[Reader, str]]] = {
    "text": (read_text, "string"),
    "name": (read_name, "string or integer"),
    "customer": (read_customer, "string, at most 254 characters"),
    "whole": (read_whole, "integer"),
    "count": (read_count, "integer, 0 or more"),
    "status_code": (read_status_code, "integer"),
    "number": (read_number, "number"),
    "duration": (read_duration, "number, 0 or more"),
    "money": (read_money, "number"),
    "price": (read_price, "number, 0 or more"),
    "flag": (read_flag, "boolean"),
    "time": (read_time, "datetime"),
    "any": (read_any, "any JSON value"),
    "json": (read_json, "any JSON value"),
    "object": (read_object, "object"),
    "object_or_list": (read_object_or_list, "object"),
    "list": (read_list, "list"),
    "objects": (read_objects, "list of objects"),
    "text_or_object": (read_text_or_object, "string or object"),
    "stop": (read_stop, "string or list of strings"),
    "warnings": (read_warnings, "string or object"),
    "response_format": (read_response_format, "object"),
    "metadata": (read_metadata, "object"),
    "log_type": (read_log_type, "enum"),
    "status": (read_status, "enum"),
}
"""Name of a kind → its reader, and its type as the documentation writes it."""
