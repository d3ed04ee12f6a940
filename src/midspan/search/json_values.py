"""Values inside JSON text, read as the engine's parser reads them.

The first of equal keys counts, whole numbers of more than 64 bits are texts of digits, and a text that the engine does
not take holds nothing.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from midspan.search.values import is_long

MISSING: Final = None
"""JSON null and what is not there are the same to a filter."""


def decoded(text: str) -> Any:
    """The value of a JSON text; None for no text, and for one that no parser takes."""
    return _decoded(text) if text else MISSING


@lru_cache(maxsize=64)
def _decoded(text: str) -> Any:
    try:
        msgspec.json.decode(text)  # as strict as the engine, where Python's own is not
        return json.loads(text, object_pairs_hook=_first_wins, parse_int=_whole)
    except (msgspec.DecodeError, RecursionError):
        return MISSING


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


def _whole(digits: str) -> int | str:
    number = int(digits)
    return digits if is_long(number) else number


def at_path(value: Any, path: Sequence[str]) -> Any:
    """The value below the keys of `path`, or failing that, of the one key that they make with dots between them."""
    found = value
    for key in path:
        found = found.get(key) if isinstance(found, dict) else MISSING
    if found is MISSING and len(path) > 1 and isinstance(value, dict):
        return value.get(".".join(path))
    return found


def text_of(value: Any) -> str:
    """A text, whole number or boolean as text; "" for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else ""


def number_of(value: Any) -> float | None:
    """A number as a float; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def boolean_of(value: Any) -> bool | None:
    """true, false, 1, 0; None for anything else."""
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None
