"""Rates: what a token of each kind costs, and a model's rates by date, time of day and length of context.

A price of USD per million tokens is kept as a whole number of its trillionths, so that pricing a span is integer
arithmetic and exact. Amounts are whole numbers of a trillionth of a USD: the twelve decimal places of the column.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import NamedTuple

import msgspec

PLACES = 12
COST_MAX = 10**28
"""More than this many trillionths of a USD is no cost but a mistake, and would not be exact in a Decimal."""
ZERO = Decimal(0)
_UNIT = 10**PLACES
_TRILLIONTH = Decimal(1).scaleb(-PLACES)
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
_MILLION, _HALF = 1_000_000, 500_000
_DAY = 86_400_000_000

PARTS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


class Prices(NamedTuple):
    """USD per million tokens of each part; None where there is none."""

    input: Decimal | None
    cache_read: Decimal | None
    cache_write_5m: Decimal | None
    cache_write_1h: Decimal | None
    output: Decimal | None


class Rate(NamedTuple):
    """One part's price, ready to multiply and to print."""

    per_million: int
    """Trillionths of a USD per million tokens."""
    idle: str
    """The part's JSON where there are no tokens of it."""
    before: str
    between: str

    def of(self, tokens: int) -> tuple[int, str]:
        """What so many tokens cost in trillionths of a USD, rounded once, and the part's JSON."""
        if not tokens:
            return 0, self.idle
        amount = (tokens * self.per_million + _HALF) // _MILLION
        if 0 < amount < _UNIT:  # as below, in one piece: nearly every part is less than a USD
            return amount, f"{self.before}{tokens}{self.between}0.{amount:012d}".rstrip("0") + "}"
        return amount, f"{self.before}{tokens}{self.between}{usd(amount)}}}"


class Said(NamedTuple):
    """What `cost_details` says of where a price is from."""

    source: str
    origin: str
    provider: str = ""
    model: str = ""
    override: str = ""


class Rates(NamedTuple):
    """Flat prices of one model at one time and length of context."""

    prices: Prices
    said: Said
    input: Rate
    cache_read: Rate
    cache_write_5m: Rate
    cache_write_1h: Rate
    output: Rate
    request: int
    """A fee for the request itself, in trillionths of a USD; no part."""
    uncached: str
    """The JSON of the three cached parts where there are no cached tokens."""
    opening: str
    """The JSON of `cost_details` up to and with the quotation mark that opens the price's date."""
    closing: str
    """Its JSON after the last part."""


class Window(NamedTuple):
    """Prices that hold from an instant on, within a time of day, by length of context."""

    since: int | None
    """Microseconds since 1970."""
    hours: tuple[int, int] | None
    """Microseconds since midnight UTC: first, and first after. Turned around where it spans midnight."""
    rates: Rates
    longer: tuple[tuple[int, Rates], ...]
    """(start, rates), longest first: every token costs these rates where more input tokens than `start` were sent."""
    is_always: bool
    """Neither an instant nor hours bound it: no need to ask `holds`."""

    def holds(self, at: int) -> bool:
        """Whether the prices hold at an instant."""
        if self.since is not None and at < self.since:
            return False
        if self.hours is None:
            return True
        start, end = self.hours
        hour = at % _DAY
        return start <= hour < end if start <= end else hour >= start or hour < end


class Card(NamedTuple):
    """All the rates of one model at one provider. The last window that holds counts; the first one where none does."""

    provider: str
    model: str
    windows: tuple[Window, ...]
    """Latest first."""

    def at(self, at: int, input_tokens: int) -> Rates:
        """The rates at an instant (microseconds since 1970) for a context of so many tokens."""
        for window in self.windows:
            if window.is_always or window.holds(at):
                break
        for start, rates in window.longer:
            if input_tokens > start:
                return rates
        return window.rates


def money(amount: int) -> Decimal:
    """Trillionths of a USD as USD."""
    return amount * _TRILLIONTH


def usd(amount: int) -> str:
    """Trillionths of a USD as a JSON number of USD, every digit and no more."""
    whole, rest = divmod(amount, _UNIT)
    return f"{whole}.{rest:012d}".rstrip("0") if rest else str(whole)


def trillionths(price: Decimal) -> int:
    """A price to twelve places as a whole number; a finer price is rounded."""
    return int(_WIDE.scaleb(price, Decimal(PLACES)).to_integral_value(ROUND_HALF_EVEN))


def rates(prices: Prices, said: Said, request: int = 0) -> Rates:
    """Make prices ready to use."""
    plain, read, written, hour, output = (_rate(part, price) for part, price in zip(PARTS, prices, strict=True))
    head = msgspec.json.encode({name: text for name, text in said._asdict().items() if text}).decode()
    opening = head[:-1] + ',"price_date":"'
    closing = f'}},"request":{usd(request)}}}' if request else "}}"
    uncached = f"{read.idle},{written.idle},{hour.idle}"
    return Rates(prices, said, plain, read, written, hour, output, request, uncached, opening, closing)


def _rate(part: str, price: Decimal | None) -> Rate:
    per_million = 0 if price is None else trillionths(price)
    shown = "null" if price is None else usd(per_million)
    before, between = f'"{part}":{{"tokens":', f',"price_per_million":{shown},"usd":'
    return Rate(per_million, f"{before}0{between}0}}", before, between)
