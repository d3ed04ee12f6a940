"""Scores as clients send them: what a body says of a new one, and what it changes of one that is stored."""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.domain.score import SCORE_TYPES, Score
from midspan.errors import Invalid
from midspan.ingest.changes import read_fields
from midspan.ingest.values import Reader, read_flag, read_json, read_name, read_number, read_price, read_text, shape

NAME_MAX: Final = 255
VALUES: Final = ("numerical_value", "boolean_value", "categorical_value", "string_value", "json_value")
"""Fields that hold a value, in the order of `SCORE_TYPES`: the first that is set names the score's type."""


def read_new(members: Mapping[str, Raw], log_id: str = "") -> dict[str, Any]:
    """Fields of a new `Score`; `log_id` is the one in the address. Raises `BadRequest`, `Invalid`."""
    fields = read_fields(members, {**_NAMES, **_READERS})
    faults = {}
    # A score names its evaluator by both, so that either finds it.
    fields["evaluator_id"] = fields.get("evaluator_id") or fields.get("evaluator_slug") or ""
    if not fields["evaluator_id"]:
        faults["evaluator_id"] = "evaluator_id or evaluator_slug is required."
    sent = fields.get("log_id", "").lower()
    fields["log_id"] = log_id or sent
    if not fields["log_id"]:
        faults["log_id"] = "log_id is required: the id of the span that is scored."
    elif sent and sent != fields["log_id"]:
        faults["log_id"] = "log_id names another span than the address does; leave one of them out."
    fields["type"] = _type(fields)
    if not fields["type"]:
        faults["numerical_value"] = f"No value is sent; send one of {', '.join(VALUES)}."
    _refuse(faults)
    return fields


def changed(score: Score, members: Mapping[str, Raw], fixed: Collection[str]) -> Score:
    """The score with what a body sets. `fixed` are its other fields; those that name it may come along unchanged.

    Raises `BadRequest`, `Immutable`, `Invalid`.
    """
    given = {name: raw for name, raw in members.items() if not _is_same(score, name, raw)}
    after = msgspec.structs.replace(score, **read_fields(given, _READERS, fixed))
    after.type = _type(msgspec.structs.asdict(after))
    if not after.type:
        _refuse({"numerical_value": "No value would be left; delete the score instead."})
    return after


def _is_same(score: Score, name: str, raw: Raw) -> bool:
    """Whether a member names the score as it is named already."""
    try:
        return name in _NAMES and bool(_NAMES[name](raw) == getattr(score, name))
    except ValueError:
        return False


def _type(fields: Mapping[str, Any]) -> str:
    """The type of the first value that is set; "" where there is none."""
    return next(
        (type_ for type_, name in zip(SCORE_TYPES, VALUES, strict=True) if fields.get(name) not in (None, "")), ""
    )


def _refuse(faults: Mapping[str, str]) -> None:
    if faults:
        raise Invalid(" ".join(faults.values()), errors={name: [sentence] for name, sentence in faults.items()})


def _read_name(raw: Raw) -> str:
    name = (read_name(raw) or "").strip()
    if len(name) > NAME_MAX:
        raise ValueError(f"must be at most {NAME_MAX} characters; this one has {len(name)}")
    return name


def _read_categories(raw: Raw) -> str:
    """The JSON text of a list of texts; one text is a list of itself, none is no value."""
    try:
        given = _categories(raw)
    except msgspec.ValidationError:
        raise ValueError(f"must be a list of texts, not {shape(raw)}") from None
    texts = [given] if isinstance(given, str) else given
    return msgspec.json.encode(texts).decode() if texts else ""


_categories: Final = msgspec.json.Decoder(list[str] | str | None).decode

_NAMES: Final[dict[str, Reader]] = {"evaluator_id": _read_name, "evaluator_slug": _read_name, "log_id": _read_name}
_READERS: Final[dict[str, Reader]] = {
    "numerical_value": read_number,
    "boolean_value": read_flag,
    "categorical_value": _read_categories,
    "string_value": lambda raw: read_text(raw) or "",
    "json_value": lambda raw: read_json(raw) or "",
    "is_passed": read_flag,
    "cost": read_price,
    "dataset_id": _read_name,
}
"""Field of a score that may be changed → its reader."""
