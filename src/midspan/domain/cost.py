"""A new cost for a stored span."""

from decimal import Decimal

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The columns of `Span` that say what it cost; see there."""

    cost: Decimal | None = None
    cost_source: str = ""
    input_cost: Decimal | None = None
    cache_read_cost: Decimal | None = None
    cache_write_cost: Decimal | None = None
    output_cost: Decimal | None = None
    cost_details: str = ""


class Repriced(Cost, frozen=True, kw_only=True):
    """The new cost of one span: its id, and its key_time in microseconds."""

    id: str
    key_time: int
    basis: int
    """What the cost was computed from (`store.rows.basis`): it is laid over nothing else."""
