"""An organization's own price for a model, which goes before the price library's."""

from decimal import Decimal

import msgspec


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """One row of an organization's own prices. Prices are USD per million tokens and never negative.

    It prices a span whole: a cache price left out is not taken from the library. A cache read without a price of its
    own is plain input; a five-minute write too; an hour's write costs what a five-minute write does.
    Among the rows that fit a span the most specific wins, then the latest (see ingest/overrides.py).
    """

    id: str
    model: str
    """A model's name, or a glob (`gpt-4o*`), matched in any case against the name sent and the name it stands for."""
    provider: str = ""
    """Only spans of this provider, under any of its names (`aws.bedrock`, `bedrock`, `aws`); "" is any provider."""
    input_price: Decimal
    output_price: Decimal
    cache_read_price: Decimal | None = None
    cache_write_5m_price: Decimal | None = None
    cache_write_1h_price: Decimal | None = None
    valid_from: int | None = None
    """Microseconds since 1970: the first instant it holds for, by the span's own time. None is since ever."""
    valid_to: int | None = None
    """Microseconds since 1970: the first instant it no longer holds for. None is for good."""
