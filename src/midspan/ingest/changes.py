"""Changes as clients send them: which fields a body sets, by their own readers, and which nobody may change."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from midspan.domain.mark import Changes
from midspan.errors import BadRequest, Immutable, Invalid
from midspan.ingest.values import Reader, plain, quote, read_flag, read_metadata, read_name, read_text

NAME_SHOWN: Final = 60
"""Characters of a field's name that a fault repeats."""


def read_changes(members: Mapping[str, Raw], fixed: Collection[str]) -> Changes:
    """What a body changes of a span; `fixed` are the span's other fields. As `read_fields` raises."""
    return Changes(**read_fields(members, READERS, fixed))


def read_fields(
    members: Mapping[str, Raw], readers: Mapping[str, Reader], fixed: Collection[str] = ()
) -> dict[str, Any]:
    """Field → value. Raises `Immutable` for a field that is fixed, `BadRequest` for one that there is not, and
    `Invalid` with every other fault at once.
    """
    for name in members:
        if name in fixed and name not in readers:
            raise Immutable(name)
        if name not in readers:
            raise BadRequest(_unknown(name, readers, fixed))
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, raw in members.items():
        try:
            values[name] = readers[name](raw)
        except ValueError as error:
            errors[name] = [f"{name} {error}."]
    if errors:
        raise Invalid(" ".join(sentences[0] for sentences in errors.values()), errors=errors)
    return values


def _unknown(name: str, readers: Collection[str], fixed: Collection[str]) -> str:
    shown = name[:NAME_SHOWN]
    near = difflib.get_close_matches(shown, readers, n=1) or difflib.get_close_matches(shown, fixed, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(readers)}."
    return f"{quote(shown)} is no field that can be set. {hint}"


def _read_flag(raw: Raw) -> bool:
    """Null takes a pin away, as it does every other mark."""
    return bool(read_flag(raw))


def _read_merged(raw: Raw) -> dict[str, str] | UnsetType:
    """Keys that are put over those that the span has: they can be changed, not taken away."""
    texts = read_metadata(raw)
    if texts is None:
        return UNSET
    # What counts as not sent on creating reads here like a wish that is not fulfilled.
    if left_out := _members(plain(raw)).keys() - texts.keys():
        raise ValueError(
            f"holds null under {quote(min(left_out)[:NAME_SHOWN])}, and no key can be taken away; send an empty text"
        )
    return texts or UNSET


_members: Final = msgspec.json.Decoder(dict[str, Raw]).decode

READERS: Final[dict[str, Reader]] = {
    "note": lambda raw: read_text(raw) or "",
    "is_pinned": _read_flag,
    "positive_feedback": read_flag,
    "metadata": _read_merged,
    "custom_identifier": lambda raw: read_name(raw) or "",
    "blurred": _read_flag,
}
"""Field of a span that may be changed → its reader."""
