"""What a span's attributes say: who holds each field, and what is left over."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from midspan.ingest.otel.attributes import find


class Held(msgspec.Struct, gc=False):
    """The attribute that holds a field."""

    rank: int
    name: str
    sent: Any
    value: Any
    """As the field takes it."""


class Part(msgspec.Struct, gc=False):
    """An attribute that is a part of something: `gen_ai.prompt.0.role`."""

    nth: int
    path: tuple[str, ...]
    """`('tool_calls', '0', 'name')`."""
    name: str
    sent: Any


_SAYS_NOTHING: Final = (None, "")


class Found:
    """Filled in one pass over the attributes; whoever uses a field takes it out."""

    __slots__ = ("held", "parts", "rest")

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.held: dict[str, Held] = {}
        """By field, as the table names it."""
        self.parts: dict[tuple[int, str], list[Part]] = {}
        """By what they are parts of: place in the table, and field."""
        self.rest: dict[str, Any] = {}
        """What means nothing to the table, did not fit, or lost against another attribute."""
        self.take(attributes)

    def take(self, attributes: Mapping[str, Any], after: int = 0) -> None:
        """Read attributes. With `after` they stand so much lower in the table."""
        held, rest = self.held, self.rest
        for name, sent in attributes.items():
            rule = find(name)
            if rule is None:
                rest[name] = sent
                continue
            rank, slot, fit, nth, path = rule
            value = fit(sent)
            if value is None:
                if sent not in _SAYS_NOTHING:
                    rest[name] = sent
            elif nth >= 0:
                self.parts.setdefault((rank + after, slot), []).append(Part(nth, path, name, sent))
            elif (holder := held.get(slot)) is None:
                held[slot] = Held(rank + after, name, sent, value)
            else:
                one = Held(rank + after, name, sent, value)
                first, second = (holder, one) if holder.rank <= one.rank else (one, holder)
                held[slot] = first
                if first.value != second.value or slot == "kind":
                    rest[second.name] = second.sent

    def pop(self, slot: str) -> Any:
        """The value of a field, taken out; None where nothing holds it."""
        holder = self.held.pop(slot, None)
        return None if holder is None else holder.value

    def give_back(self, slot: str) -> None:
        """What holds the field is left over after all."""
        if (holder := self.held.pop(slot, None)) is not None:
            self.rest[holder.name] = holder.sent
