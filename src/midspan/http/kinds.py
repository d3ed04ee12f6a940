"""The JSON Schema of each kind of value that a span's fields take: what `ingest.values` reads, no more and no less.

msgspec knows the types of the fields. What it cannot know is here: that a number may come as text, how a time may be
written, that an empty text counts as not sent.
"""

from typing import Any, Final

from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, STATUSES
from midspan.domain.timestamps import EARLIEST, LATEST
from midspan.ingest.body import FIELDS, Field
from midspan.ingest.values import CUSTOMER_MAX, INT64_MAX

Schema = dict[str, Any]

PAGE: Final = {"description": "Every field, in a table", "url": "/docs/create-span#fields"}

NULL: Final[Schema] = {"type": "null"}
BLANK: Final[Schema] = {"type": "string", "pattern": r"^\s*$"}
WHOLE_TEXT: Final = r"(0|[1-9][0-9]{0,17})"
NUMBER_TEXT: Final = r"(0|[1-9][0-9]{0,24})(\.[0-9]{1,30})?"
EXPONENT: Final = r"([eE][+-]?[0-9]{1,2})?"
DATE: Final = (
    r"(19[1-9][0-9]|2[01][0-9]{2}|22[0-8][0-9])-"
    r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
)
CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
ZONE: Final = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"


def _either(*schemas: Schema) -> Schema:
    return {"anyOf": [*schemas, NULL]}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _number(pattern: str, **bounds: float) -> Schema:
    """A number, or the same number as text; an empty text counts as not sent."""
    return _either({"type": "number", **bounds}, _text(rf"^\s*({pattern})?\s*$"))


def _integer(pattern: str, least: int, most: int) -> Schema:
    return _either({"type": "integer", "minimum": least, "maximum": most}, _text(rf"^\s*({pattern})?\s*$"))


def _time() -> Schema:
    """RFC 3339, or a time since 1970 in the unit that its magnitude tells."""
    seconds = {"type": "number", "minimum": EARLIEST // 1_000_000, "maximum": LATEST // 1_000_000}
    finer = [
        {"type": "number", "minimum": 10 ** (11 + power), "maximum": LATEST // 1_000_000 * 10 ** (3 + power)}
        for power in (0, 3, 6)
    ]
    calendar = _text(f"^{DATE}([Tt ]{CLOCK}( ?{ZONE})?)?$")
    return _either(calendar, _text("^[0-9]{0,10}$"), seconds, *finer)


SCHEMAS: Final[dict[str, Schema]] = {
    "text": {"type": ["string", "null"]},
    "name": {"type": ["string", "integer", "null"]},
    "customer": _either({"type": "string", "maxLength": CUSTOMER_MAX}, {"type": "integer"}),
    "whole": _integer(f"-?{WHOLE_TEXT}", -INT64_MAX, INT64_MAX),
    "count": _integer(WHOLE_TEXT, 0, INT64_MAX),
    "status_code": _integer("0|[1-9][0-9]{0,2}", 0, 999),
    "number": _number(f"-?{NUMBER_TEXT}{EXPONENT}"),
    "duration": _number(NUMBER_TEXT + EXPONENT, minimum=0),
    "money": _number(f"-?{NUMBER_TEXT}", exclusiveMinimum=-1e26, exclusiveMaximum=1e26),
    "price": _number(NUMBER_TEXT, minimum=0, exclusiveMaximum=1e26),
    "flag": {"type": ["boolean", "null"]},
    "time": _time(),
    "any": {},
    "json": {},
    "object": {"type": ["object", "null"]},
    "object_or_list": {"type": ["object", "array", "null"]},
    "list": {"type": ["array", "null"]},
    "objects": _either({"type": "array", "items": {"type": "object"}}),
    "text_or_object": {"type": ["string", "object", "null"]},
    "stop": _either({"type": "string"}, {"type": "array", "items": {"type": "string"}}),
    "warnings": {"type": ["string", "object", "array", "null"]},
    "response_format": {"type": ["object", "string", "null"]},
    "metadata": _either({"type": "object"}, BLANK, _text(r"^[ \t\n\r]*\{[ \t\n\r]*\}[ \t\n\r]*$")),
    "log_type": _either({"enum": [*LOG_TYPES, *LOG_TYPE_ALIASES]}, BLANK),
    "status": _either({"enum": [*STATUSES, "error"]}, BLANK),
}

NAMED: Final[dict[str, Schema]] = {
    "customer_params": SCHEMAS["object"]
    | {"properties": {"customer_identifier": SCHEMAS["customer"], "name": SCHEMAS["text"], "email": SCHEMAS["text"]}},
}
"""Fields whose members are read too."""


def body() -> Schema:
    """The body that create takes."""
    return {
        "type": "object",
        "title": "LogBody",
        "description": "One span. Fields that are not listed are kept too, and read back under `extra`.",
        "externalDocs": PAGE,
        "properties": {name: _strict(field) | _notes(field) for name, field in FIELDS.items()},
        "required": [name for name, field in FIELDS.items() if field.required],
    }


def _strict(field: Field) -> Schema:
    if field.required:
        return {"type": "string", "minLength": 1}
    return NAMED.get(field.name, SCHEMAS[field.kind])


def _notes(field: Field) -> Schema:
    notes: Schema = {"description": field.help, "examples": [field.example]}
    if field.default is not None:
        notes["default"] = field.default
    if field.alias_of:
        notes["deprecated"] = True
    return notes
