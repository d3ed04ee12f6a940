"""One page of the table of conventions."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Convention(NamedTuple):
    """One vendor's page."""

    name: str
    about: str
    rows: str
    """A field and its attributes on each line, or on several."""
    kinds: Mapping[str, str] = MappingProxyType({})
    """What its word for the kind of a span means as log type."""
    is_own: bool = False
    """Its counts are the span's own, whatever its kind. Others sum up their children's on agents and workflows."""
