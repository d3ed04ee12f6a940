"""Overrides: which of an organization's own prices a span takes."""

import fnmatch
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from midspan.domain.price import Override
from midspan.ingest import models
from midspan.ingest.rates import Prices, Rates, Said, rates

INDEXES_MAX = 1_024
NAMES_MAX = 4_096


class _Row(NamedTuple):
    override: Override
    rates: Rates
    is_exact: bool
    pattern: re.Pattern[str]
    provider: str
    width: int
    """How many letters a glob spells out."""


class Index:
    """One organization's overrides, and what was found in them for each name."""

    def __init__(self, overrides: Sequence[Override]) -> None:
        self._rows = [_row(override) for override in overrides]
        self._found: dict[tuple[str, str, str], tuple[_Row, ...]] = {}

    def find(self, provider_id: str, model: str, response_model: str, at: int) -> Rates | None:
        """The most specific row, then the latest, of those that fit the span and hold at the instant."""
        key = (provider_id, model, response_model)
        rows = self._found.get(key)
        if rows is None:
            if len(self._found) >= NAMES_MAX:
                self._found.clear()
            rows = self._found[key] = self._search(*key)
        for row in rows:
            since, until = row.override.valid_from, row.override.valid_to
            if (since is None or since <= at) and (until is None or at < until):
                return row.rates
        return None

    def _search(self, provider_id: str, model: str, response_model: str) -> tuple[_Row, ...]:
        """Every row that fits, best first: a whole name before a glob, a row for this provider before one for any, the
        longer glob, the name as sent before what it stands for, the response's model before the request's, what holds
        from later on, the row that came last."""
        provider = models.provider_name(provider_id)
        names = [
            (depth, said, name) for said in (0, 1) for depth, name in enumerate(_names((response_model, model)[said]))
        ]
        ranked = []
        for place, row in enumerate(self._rows):
            fits = [(-depth, -said) for depth, said, name in names if row.pattern.fullmatch(name)]
            if fits and row.provider in ("", provider):
                since = row.override.valid_from
                latest = (since is not None, since or 0, place)
                ranked.append(((row.is_exact, bool(row.provider), row.width, max(fits), latest), row))
        ranked.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(row for _, row in ranked)


class Overrides:
    """The indexes of the organizations seen last. A tuple of overrides never changes, so it is indexed once."""

    def __init__(self) -> None:
        self._indexes: dict[int, tuple[Index, tuple[Override, ...]]] = {}

    def find(
        self, overrides: Sequence[Override], provider_id: str, model: str, response_model: str, at: int
    ) -> Rates | None:
        """See `Index.find`."""
        return self._index(overrides).find(provider_id, model, response_model, at)

    def _index(self, overrides: Sequence[Override]) -> Index:
        if not isinstance(overrides, tuple):
            return Index(overrides)
        known = self._indexes.get(id(overrides))
        if known is None:
            if len(self._indexes) >= INDEXES_MAX:
                self._indexes.clear()
            # The tuple is kept with its index: while it lives nothing else can have its identity.
            known = self._indexes[id(overrides)] = (Index(overrides), overrides)
        return known[0]


def _row(override: Override) -> _Row:
    name = override.model.strip().lower()
    is_exact = not any(sign in name for sign in "*?[")
    pattern = re.compile(re.escape(name) if is_exact else fnmatch.translate(name))
    prices = Prices(
        input=override.input_price,
        cache_read=_or(override.cache_read_price, override.input_price),
        cache_write_5m=_or(override.cache_write_5m_price, override.input_price),
        cache_write_1h=_or(override.cache_write_1h_price, _or(override.cache_write_5m_price, override.input_price)),
        output=override.output_price,
    )
    provider = models.provider_name(override.provider)
    said = Said("override", "override", override.provider, override.model, override.id)
    width = 0 if is_exact else sum(sign not in "*?[]" for sign in name)
    return _Row(override, rates(prices, said), is_exact, pattern, provider, width)


def _or(value: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if value is None else value


def _names(model: str) -> tuple[str, ...]:
    return models.names(model) if model else ()
