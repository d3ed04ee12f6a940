"""The fields that the rows of a list hold where fewer are asked for, and the columns that these are made of."""

import difflib
from dataclasses import dataclass

import msgspec

from midspan.errors import BadRequest
from midspan.search.reading import FIELDS, ReadSpan, columns_of

METADATA = "metadata."
"""Before a key of the metadata, where single ones are asked for."""


@dataclass(frozen=True)
class Chosen:
    """Which fields the rows hold. `id` is always among them."""

    names: frozenset[str]
    keys: frozenset[str] | None = None
    """Of the metadata, where single ones were asked for; None where all of them were, or none."""

    @classmethod
    def read(cls, text: str, also: frozenset[str]) -> "Chosen | None":
        """The fields in a comma-separated list, and `also` these; None where the list is empty. Raises `BadRequest`
        with what was meant.
        """
        given = frozenset(name.strip() for name in text.split(",")) - {""}
        if not given:
            return None
        keys = frozenset(name.removeprefix(METADATA) for name in given if name.startswith(METADATA)) - {""}
        names = given.difference(METADATA + key for key in keys) | also
        if unknown := names - FIELDS:
            raise BadRequest(_no_field(min(unknown)))
        if not keys or "metadata" in names:
            return cls(names | {"id"})
        return cls(names | {"id", "metadata"}, keys)

    @property
    def columns(self) -> list[str]:
        """The columns that the rows are read from, input and output aside."""
        return [name for name in columns_of(self.names) if name not in ("input", "output")]

    def narrow(self, shape: ReadSpan) -> ReadSpan:
        """The row, with these fields alone."""
        if self.keys is not None:
            shape.metadata = {key: value for key, value in shape.metadata.items() if key in self.keys}
        for name in FIELDS - self.names:
            setattr(shape, name, msgspec.UNSET)
        return shape


def _no_field(name: str) -> str:
    near = difflib.get_close_matches(name[:60], sorted(FIELDS), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "/docs/reading lists them."
    return f"fields names {name[:60]!r}, which is no field of a span. {hint}"
