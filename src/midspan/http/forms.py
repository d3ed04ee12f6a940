"""A JSON object read into a type, with every fault named at once."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from midspan.errors import Invalid

T = TypeVar("T", bound=msgspec.Struct)

WORDS = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "null",
}  # fmt: skip
"""What msgspec's words for types are called here."""


def read(body: Mapping[str, Any], kind: type[T]) -> T:
    """The value of a type that the object holds. Raises `Invalid`: unknown and missing fields, and wrong values."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, given in body.items():
        if (field := fields.get(name)) is None:
            near = difflib.get_close_matches(name[:60], fields, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(fields)}."
            faults[name[:60]] = [f"There is no such field. {hint}"]
            continue
        try:
            values[field.name] = msgspec.convert(given, field.type)
        except msgspec.ValidationError as error:
            faults[name] = [_sentence(str(error))]
    for name, field in fields.items():
        if field.required and name not in body:
            faults[name] = ["This field is required."]
    refuse(faults)
    return kind(**values)


def sent(body: msgspec.Struct) -> dict[str, Any]:
    """The fields of a body that were sent, by name: those that are not `UNSET`."""
    return {
        name: value
        for name in body.__struct_fields__
        if not isinstance(value := getattr(body, name), msgspec.UnsetType)
    }


def refuse(faults: Mapping[str, list[str]]) -> None:
    """Raises `Invalid` where there is any fault."""
    if faults:
        fields = "field is" if len(faults) == 1 else "fields are"
        raise Invalid(f"{len(faults)} {fields} invalid: {', '.join(faults)}.", errors=faults)


def _sentence(said: str) -> str:
    said = said.partition(" - at")[0]
    return (
        re.sub(r"`(\w+)( \| null)?`", lambda found: WORDS.get(found[1], found[1]) + (found[2] or ""), said).replace(
            " | null", " or null"
        )
        + "."
    )
