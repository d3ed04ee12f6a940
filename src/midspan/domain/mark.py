"""The mark: what a person adds to a span that is stored. It stays when the span is sent again."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType


class Changes(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is changed. Unset fields stay as they are; keys of `metadata` are put over those that the span has."""

    note: str | UnsetType = UNSET
    is_pinned: bool | UnsetType = UNSET
    blurred: bool | UnsetType = UNSET
    positive_feedback: bool | UnsetType | None = UNSET
    custom_identifier: str | UnsetType = UNSET
    metadata: Mapping[str, str] | UnsetType = UNSET

    def then(self, later: "Changes") -> "Changes":
        """These changes and the later ones over them."""
        merged = Changes()
        for name in self.__struct_fields__:
            before, after = getattr(self, name), getattr(later, name)
            setattr(merged, name, before if after is UNSET else after)
        if self.metadata is not UNSET and later.metadata is not UNSET:
            merged.metadata = {**self.metadata, **later.metadata}
        return merged


class Mark(Changes, kw_only=True):
    """Changes of one span: its id, and its key_time in microseconds."""

    id: str
    key_time: int
