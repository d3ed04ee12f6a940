"""The catalogue: a model's card of rates, from the price list that comes with the program. It never asks the network.

The library's own look-up remembers every name it was ever asked for, so it is passed by: its lists are read, and what
is remembered here is bounded.
"""

import datetime
from decimal import Decimal
from functools import lru_cache

import genai_prices
from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from midspan.ingest import models
from midspan.ingest.rates import Card, Prices, Rates, Said, Window, rates, trillionths

ORIGIN = f"genai-prices {genai_prices.__version__}"
CARDS_MAX = 8_192
"""Names remembered. A forgotten one costs a search through the lists again when it comes back."""

_TOKEN_PRICES = frozenset(
    ("input_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_5m_mtok", "cache_write_1h_mtok", "output_mtok")
)
_DAY = 86_400_000_000


@lru_cache(CARDS_MAX)
def find(provider_id: str, model: str, response_model: str) -> Card | str:
    """The card that prices a span, or the sentence that says why there is none.

    The response's model goes first where it has a price, but for a name that hides what the request's tells: Bedrock's
    `eu.anthropic.…` costs a tenth more than the `claude-…` of its response says.
    """
    served_at = models.hosts(model)
    order = [response_model, model]
    if "aws" in (*served_at, models.provider_name(provider_id)) and not models.hosts(response_model):
        order.reverse()
    for name in order:
        for place, form in models.candidates(provider_id, name, served_at):
            found = _at(place, form) if place else _anywhere(form)
            if found is not None:
                return card(*found)
    return _why_none(provider_id, response_model or model)


def card(provider: Provider, model: ModelInfo) -> Card | str:
    """The library's prices of a model, compiled; or why token counts do not tell what the model costs."""
    dated = [ConditionalPrice(prices=model.prices)] if isinstance(model.prices, ModelPrice) else model.prices
    for one in dated:
        units = _prices(one.prices).keys()
        if units and not units & _TOKEN_PRICES:
            named = ", ".join(sorted(units)).replace("_", " ")
            return f"The model {model.id} is not priced by tokens but by {named}."
    windows = tuple(_window(provider.id, model.id, one) for one in reversed(dated))
    return Card(provider.id, model.id, windows)


def _at(place: str, form: str) -> tuple[Provider, ModelInfo] | None:
    providers = get_snapshot().providers
    provider = find_provider_by_id(providers, place)
    model = provider and provider.find_model(form, all_providers=providers)
    return (provider, model) if provider and model else None


def _anywhere(form: str) -> tuple[Provider, ModelInfo] | None:
    """The model of the vendor whose models are named like this one."""
    for provider in get_snapshot().providers:
        if provider.model_match is not None and provider.model_match.is_match(form):
            model = provider.find_model(form)
            return (provider, model) if model else None
    return None


def _why_none(provider_id: str, model: str) -> str:
    if not model:
        return "The span names no model."
    where = f" at {provider_id}" if provider_id else ""
    return f"No price is known for the model {model}{where}."


def _window(provider: str, model: str, one: ConditionalPrice) -> Window:
    prices = _prices(one.prices)
    starts = sorted(
        {tier.start for price in prices.values() if isinstance(price, TieredPrices) for tier in price.tiers},
        reverse=True,
    )
    since, hours = _when(one.constraint)
    longer = tuple((start, _rates(provider, model, prices, start + 1)) for start in starts)
    is_always = since is None and hours is None
    return Window(since, hours, _rates(provider, model, prices, 0), longer, is_always)


def _prices(price: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    return {name: value for name, value in vars(price).items() if value is not None and not name.startswith("_")}


def _when(
    constraint: StartDateConstraint | TimeOfDateConstraint | None,
) -> tuple[int | None, tuple[int, int] | None]:
    if isinstance(constraint, StartDateConstraint):
        return (constraint.start_date.toordinal() - datetime.date(1970, 1, 1).toordinal()) * _DAY, None
    if isinstance(constraint, TimeOfDateConstraint):
        return None, (_hour(constraint.start_time), _hour(constraint.end_time))
    return None, None


def _hour(time: datetime.time) -> int:
    """A time of day as microseconds since midnight UTC; a time without a zone is UTC."""
    offset = time.utcoffset() or datetime.timedelta()
    since = datetime.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond)
    return ((since - offset) // datetime.timedelta(microseconds=1)) % _DAY


def _rates(provider: str, model: str, prices: dict[str, Decimal | TieredPrices], input_tokens: int) -> Rates:
    flat = {name: _tier(price, input_tokens) for name, price in prices.items()}
    if not flat:  # the library lists a model that is free without a price
        flat = {"input_mtok": Decimal(0), "output_mtok": Decimal(0)}
    # Tokens of a kind without a price of its own cost what the next wider kind does.
    plain = flat.get("input_mtok")
    write = flat.get("cache_write_mtok", plain)
    made = Prices(
        input=plain,
        cache_read=flat.get("cache_read_mtok", plain),
        cache_write_5m=flat.get("cache_write_5m_mtok", write),
        cache_write_1h=flat.get("cache_write_1h_mtok", write),
        output=flat.get("output_mtok"),
    )
    fee = trillionths(flat.get("requests_kcount", Decimal(0)) / 1_000)
    return rates(made, Said("library", ORIGIN, provider, model), fee)


def _tier(price: Decimal | TieredPrices, input_tokens: int) -> Decimal:
    """The price for a context of so many tokens: all of them cost what the highest tier passed does."""
    if not isinstance(price, TieredPrices):
        return price
    passed = [tier.price for tier in price.tiers if input_tokens > tier.start]
    return passed[-1] if passed else price.base
