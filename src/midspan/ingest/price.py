"""What a span cost: its tokens in parts that count nothing twice, times the price that held when it ran.

`cost_details` is a JSON object:

    source      "sent", "unit_price", "override", "library" or "none"
    origin      where the price is from: "genai-prices 0.2.3", "override", "prompt_unit_price", "client"
    provider    and model: whose price it is, under the name it is listed by
    override    the override's id
    price_date  the UTC day (YYYY-MM-DD) the price was looked up for: the span's own
    parts       {"input" | "cache_read" | "cache_write_5m" | "cache_write_1h" | "output":
                {"tokens": 12, "price_per_million": 2.5, "usd": 0.00003}}; the price is null where the model has none
    request     USD for the request itself, where there is such a fee
    reason      a sentence, where there is no cost

Its numbers are JSON numbers with every decimal place written out, twelve at most, and no noise of binary fractions.
The cost is the exact sum of the parts and of the request's fee.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

import msgspec

from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.ingest import catalogue
from midspan.ingest.overrides import Overrides
from midspan.ingest.rates import COST_MAX, ZERO, Prices, Rates, Said, money, rates

NAMES_LENGTH_MAX = 500
"""Longer names are not looked up, and so not remembered."""

_SENT = '{"source":"sent","origin":"client"}'
_DAY = 86_400_000_000
_NOTHING = Prices(*(Decimal(0),) * 5)
_NOBODY = Said("", "")
_NAMELESS = "The span names no model."


Tokens: TypeAlias = tuple[int, int, int, int, int]
"""Tokens of each of `rates.PARTS`, in that order: none counted twice, none negative."""


class PriceBook:
    """Prices spans. It remembers look-ups within bounds, and is meant for one thread."""

    def __init__(self) -> None:
        self._overrides = Overrides()

    def apply(self, span: Span, overrides: Sequence[Override] = ()) -> None:
        """Fill the span's cost, where it is from, and its parts.

        `overrides` are those of the span's organization; hand over the same tuple until they change. A cost that was
        sent stands and is not taken apart. Where no cost can be told every figure is None and `cost_details` says why.
        """
        if span.cost is not None and span.cost_source in ("", "sent"):
            span.cost_source, span.cost_details = "sent", _SENT
            span.input_cost = span.cache_read_cost = span.cache_write_cost = span.output_cost = None
            return
        tokens = count(span)
        if tokens is None:
            _leave(span, "The span has no token counts." if span.model or span.response_model else _NAMELESS)
            return
        at = span.start_time if span.start_time is not None else span.timestamp or span.received_at
        found = self._rates(span, overrides, at, tokens)
        if isinstance(found, str):
            _leave(span, found)
        else:
            _fill(span, tokens, found, at)

    def _rates(self, span: Span, overrides: Sequence[Override], at: int, tokens: Tokens) -> Rates | str:
        """The rates, or the reason why there are none."""
        found = self._model_rates(span, overrides, at, tokens)
        if span.prompt_unit_price is None and span.completion_unit_price is None:
            return found
        first, second = _usable(span.prompt_unit_price), _usable(span.completion_unit_price)
        if first is None and second is None:
            return found
        return _unit_rates(first, second, *((_NOTHING, _NOBODY) if isinstance(found, str) else found[:2]))

    def _model_rates(self, span: Span, overrides: Sequence[Override], at: int, tokens: Tokens) -> Rates | str:
        provider, model, answered = span.provider_id, span.model, span.response_model
        if not (model or answered):
            return _NAMELESS
        if len(provider) + len(model) + len(answered) > NAMES_LENGTH_MAX:
            return "The names of model and provider are too long to be names."
        if overrides and (own := self._overrides.find(overrides, provider, model, answered, at)):
            return own
        card = catalogue.find(provider, model, answered)
        if isinstance(card, str):
            return card
        return card.at(at, tokens[0] + tokens[1] + tokens[2] + tokens[3])


def count(span: Span) -> Tokens | None:
    """Take a span's tokens apart, cached ones out of the prompt's unless the provider counts them beside it.

    None where no count was sent at all.
    """
    prompt, output = span.prompt_tokens or 0, span.completion_tokens or 0
    read, written = span.prompt_cache_hit_tokens or 0, span.prompt_cache_creation_tokens or 0
    hour = span.prompt_cache_creation_1h_tokens or 0
    if prompt < 0 or output < 0 or read < 0 or written < 0 or hour < 0:
        prompt, output, read, written, hour = (max(tokens, 0) for tokens in (prompt, output, read, written, hour))
    if not (read or written or hour):
        if span.prompt_tokens is None and span.completion_tokens is None:
            return None
        return prompt, 0, 0, 0, output
    written = max(written, hour)
    cached, convention = read + written, span.token_convention
    # More cached than sent: the prompt cannot have counted them, unless the client's figures contradict themselves.
    if convention != "outside":
        if cached <= prompt:
            prompt -= cached
        elif convention == "inside":
            prompt = 0
    return prompt, read, written - hour, hour, output


def _fill(span: Span, tokens: Tokens, rates: Rates, at: int) -> None:
    plain, read, written, hour, output = tokens
    input_cost, shown_input = rates.input.of(plain)
    output_cost, shown_output = rates.output.of(output)
    cost = input_cost + output_cost + rates.request
    read_cost = write_cost = 0
    shown_cached = rates.uncached
    if read or written or hour:
        read_cost, shown_read = rates.cache_read.of(read)
        written_cost, shown_written = rates.cache_write_5m.of(written)
        hour_cost, shown_hour = rates.cache_write_1h.of(hour) if hour else (0, rates.cache_write_1h.idle)
        write_cost = written_cost + hour_cost
        cost += read_cost + write_cost
        shown_cached = f"{shown_read},{shown_written},{shown_hour}"
    if cost >= COST_MAX:
        _leave(span, "The cost is too large to be kept.")
        return
    span.cost, span.cost_source = money(cost), rates.said.source
    span.input_cost = money(input_cost) if input_cost else ZERO
    span.cache_read_cost = money(read_cost) if read_cost else ZERO
    span.cache_write_cost = money(write_cost) if write_cost else ZERO
    span.output_cost = money(output_cost) if output_cost else ZERO
    day = _day(at // _DAY)
    span.cost_details = f'{rates.opening}{day}","parts":{{{shown_input},{shown_cached},{shown_output}{rates.closing}'


def _leave(span: Span, reason: str) -> None:
    span.cost = span.input_cost = span.cache_read_cost = span.cache_write_cost = span.output_cost = None
    span.cost_source, span.cost_details = "none", _none(reason)


@lru_cache(4_096)
def _none(reason: str) -> str:
    """The details of a span without a cost."""
    return msgspec.json.encode({"source": "none", "reason": reason}).decode()


@lru_cache(4_096)
def _day(number: int) -> str:
    """The date of a day counted from 1970."""
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def _usable(price: Decimal | None) -> Decimal | None:
    """A unit price that can price: no part of a cost is negative, and a price must be a number."""
    return price if price is not None and price.is_finite() and price >= 0 else None


@lru_cache(4_096)
def _unit_rates(first: Decimal | None, second: Decimal | None, model: Prices, said: Said) -> Rates:
    """Rates of unit prices that were sent. The side without one takes the model's, and then the model is named too."""
    prices = Prices(*(model[:4] if first is None else (first,) * 4), model.output if second is None else second)
    origins = [
        name for name, price in (("prompt_unit_price", first), ("completion_unit_price", second)) if price is not None
    ]
    if len(origins) == 2 or not said.origin:
        said = _NOBODY
    else:
        origins.append(said.origin)
    return rates(prices, said._replace(source="unit_price", origin=", ".join(origins)))
