"""How much one filter may ask: more is refused with 400 before it costs anything."""

from dataclasses import dataclass
from typing import Final

from midspan.errors import BadFilter
from midspan.search.tree import Filter, depth

TEXT_MAX: Final = 16_384
"""Longest text of the query language, in characters."""
SQL_MAX: Final = 16_384
"""Longest query in SQL, in characters. Parsing takes about 10 ms for a thousand."""
JSON_BYTES_MAX: Final = 65_536
"""Largest JSON filter, in bytes."""
NESTING_MAX: Final = 50
"""How deep a filter's tree is."""
TESTS_MAX: Final = 1000
"""Conditions in one filter."""
VALUES_MAX: Final = 5_000
"""Values of one condition."""


@dataclass
class Count:
    """What a reader has met so far. Raises `BadFilter` where it is too much."""

    tests: int = 0

    def test(self, values: int = 0) -> None:
        """One more condition, with this many values."""
        self.tests += 1
        if self.tests > TESTS_MAX:
            raise BadFilter(f"A filter has at most {TESTS_MAX:,} conditions; give several values to one instead.")
        if values > VALUES_MAX:
            raise BadFilter(f"A condition has at most {VALUES_MAX:,} values, not {values:,}.")


def check_depth(level: int) -> None:
    """Refuse to go on reading this deep. Groups that change nothing may lie around others, so this is more."""
    if level > 2 * NESTING_MAX:
        raise _too_deep()


def checked(tree: Filter) -> Filter:
    """The tree, unless it is too deep."""
    if depth(tree) > NESTING_MAX:
        raise _too_deep()
    return tree


def _too_deep() -> BadFilter:
    return BadFilter(f"A filter is nested at most {NESTING_MAX} deep.")
