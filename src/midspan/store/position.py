"""A position: which of a tenant's rows a follower has, in the order in which they became durable.

Versions grow with the journal's segments, but a large batch is written alone, under a number that it was given before
the rows that overtake it. So a position is the highest version that was reached and, beside it, the places below from
which rows may still come. With both, a follower that comes back misses nothing and gets nothing twice.
"""

import re
from typing import NamedTuple

from midspan.errors import BadRequest
from midspan.store.segment import LINES_MAX

_TEXT = re.compile(r"[0-9]{1,20}(-[0-9]{1,20}){0,200}")
_VERSION_MAX = (1 << 64) - 1


class Position(NamedTuple):
    """Everything up to `version` was had, except what the segments of `missing` hold from these versions on."""

    version: int
    missing: tuple[int, ...] = ()

    def text(self) -> str:
        """The position as a follower keeps it."""
        return "-".join(map(str, (self.version, *self.missing)))

    @classmethod
    def read(cls, text: str, name: str) -> "Position":
        """Raises `BadRequest`, which calls the text by `name`, for what is no position."""
        numbers = [int(part) for part in text.split("-")] if _TEXT.fullmatch(text) else [_VERSION_MAX + 1]
        if max(numbers) > _VERSION_MAX:
            raise BadRequest(f"{name} is not an id of an event of this stream; connect without it to begin anew.")
        return cls(numbers[0], tuple(numbers[1:]))

    def ranges(self) -> list[tuple[int, int | None]]:
        """The versions that were not had yet: [first, last + 1), or from the first on."""
        below = [(start, (start // LINES_MAX + 1) * LINES_MAX) for start in self.missing if start <= self.version]
        return [*below, (self.version + 1, None)]

    def after(self, version: int) -> "Position":
        """The position once the row of this version was had as well."""
        if version > self.version:
            return Position(version, self.missing)
        segment = version // LINES_MAX
        rest = tuple(version + 1 if start // LINES_MAX == segment else start for start in self.missing)
        return Position(self.version, rest)
