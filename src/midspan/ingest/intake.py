"""The way of one span through this room: decode, normalise, price."""

from collections.abc import Callable, Sequence

from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.errors import BadRequest, Invalid, TooLarge
from midspan.ingest.context import Context
from midspan.ingest.logs import Row, members, mended_members, rows
from midspan.ingest.normalise import normalise

__all__ = ["Context", "Intake", "Row", "rows"]

Price = Callable[[Span, Sequence[Override]], None]


class Intake:
    """Makes spans of bodies. `price` fills a span's cost in place; no span may be larger than `span_bytes_max`."""

    def __init__(self, price: Price, span_bytes_max: int) -> None:
        self._price = price
        self._span_bytes_max = span_bytes_max

    def create(self, body: bytes, context: Context) -> Span:
        """The span of a create body. Raises `BadRequest`, `TooLarge`, or `Invalid` with every fault at once."""
        self._check_size(body)
        found = members(body)
        try:
            span = normalise(found, context, strict=True, repairs=[])
        except RecursionError:
            raise BadRequest("The body is nested too deeply.") from None
        self._price(span, context.overrides)
        return span

    def row(self, row: Row, context: Context) -> Span:
        """The span of one row, repaired where need be; `row.repairs` then says how.

        Raises `TooLarge`, or `Invalid` with the reason, where it cannot be repaired.
        """
        self._check_size(row.raw)
        try:
            span = normalise(mended_members(row), context, strict=False, repairs=row.repairs)
        except BadRequest as fault:
            raise Invalid(fault.detail.replace("The body", "The row", 1)) from None
        except RecursionError:
            raise Invalid("The row is nested too deeply.") from None
        self._price(span, context.overrides)
        return span

    def _check_size(self, raw: bytes) -> None:
        if len(raw) > self._span_bytes_max:
            raise TooLarge(f"The span has {len(raw)} bytes; at most {self._span_bytes_max} are taken.")
