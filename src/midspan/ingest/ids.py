"""The ids of a span: 32 hex digits, made from what the client sent or from the clock and chance."""

import random
from hashlib import blake2b
from typing import TypeGuard

_random = random.Random()  # noqa: S311
"""Seeded by the system once. Ids must not collide; nobody is let in for guessing one."""


def is_sent(text: str | None) -> TypeGuard[str]:
    """Whether an id says anything: null, the empty text and zeros alone do not."""
    return text is not None and text.strip("0- ") != ""


def pair_id(organization_id: str, environment: str, trace_id: str, span_id: str) -> str:
    """The id of the span that these two client ids name: the same each time, in this environment only."""
    # The length keeps the two apart whatever characters they hold.
    named = f"{organization_id}/{environment}/{len(trace_id)}/{trace_id}{span_id}"
    return blake2b(named.encode(), digest_size=16).hexdigest()


def moved_id(organization_id: str, environment: str, span_id: str) -> str:
    """The id that an imported span gets where its own was given elsewhere: the same each time, and nobody else's."""
    named = f"{organization_id}/{environment}/moved/{span_id}"
    return blake2b(named.encode(), digest_size=16).hexdigest()


def new_id(received_at: int) -> str:
    """A new id that sorts by time: the layout of UUID version 7, milliseconds first, then 74 bits of chance."""
    chance = _random.getrandbits(74)
    high = (received_at // 1000 & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | (chance >> 62) & 0x0FFF
    low = 1 << 63 | chance & 0x3FFF_FFFF_FFFF_FFFF
    return f"{high << 64 | low:032x}"
