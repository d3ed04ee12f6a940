"""A stored span's cost, computed anew with the prices of today, on the span's own date."""

from collections.abc import Sequence

from midspan.domain.cost import Cost
from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.ingest.price import PriceBook

COMPUTED = ("override", "library", "none")
"""The sources of costs that are computed anew. What a client sent, a cost or a unit price, stays."""


def cost_of(span: Span) -> Cost:
    """What the span costs as it stands."""
    return Cost(**{name: getattr(span, name) for name in Cost.__struct_fields__})


def reprice(span: Span, book: PriceBook, overrides: Sequence[Override]) -> Cost | None:
    """The span's new cost; None where no figure of it differs, nor whose price it is. The span is changed in place.

    What is only told with other words, such as the release of the price library, is no difference.
    """
    if span.cost_source not in COMPUTED:
        return None
    before = cost_of(span)
    span.cost, span.cost_source = None, ""
    book.apply(span, overrides)
    after = cost_of(span)
    return None if _figures(before) == _figures(after) else after


def _figures(cost: Cost) -> tuple[object, ...]:
    return (
        cost.cost,
        cost.cost_source,
        cost.input_cost,
        cost.cache_read_cost,
        cost.cache_write_cost,
        cost.output_cost,
    )
