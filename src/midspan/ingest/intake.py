"""The way of one span through this room: decode, normalise, price."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Raw

from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.errors import BadRequest, Invalid, TooLarge
from midspan.ingest.context import Context
from midspan.ingest.logs import Row, members, mended_members, rows
from midspan.ingest.normalise import normalise
from midspan.ingest.otel.otlp import Sent
from midspan.ingest.otel.semantics import members as members_of

__all__ = ["Context", "Intake", "Row", "rows"]

Price = Callable[[Span, Sequence[Override]], None]

LOG_METHODS: Final = frozenset({
    "inference", "logging_api", "batch", "python_tracing", "ts_tracing", "tracing_integration",
})  # fmt: skip
"""What an exported span may say of how it was sent."""

_json: Final = msgspec.json.Encoder().encode


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

    def exported(self, sent: Sent, context: Context) -> Span:
        """The span of an export, repaired where need be; `sent.repairs` then says how.

        Raises `TooLarge`, or `Invalid` with the reason, where it cannot be repaired.
        """
        self._check_length(sent.size)
        try:
            given = members_of(sent.decode(sent))
            method = given.pop("log_method") if given.get("log_method") in LOG_METHODS else context.log_method
            answered_by = given.pop("response_model", "")
            found = {name: Raw(_json(value)) for name, value in given.items()}
            span = normalise(found, context, strict=False, repairs=sent.repairs)
        except RecursionError:
            raise Invalid("The span is nested too deeply.") from None
        span.log_method = method
        span.response_model = span.response_model or str(answered_by)
        self._price(span, context.overrides)
        return span

    def _check_size(self, raw: bytes) -> None:
        self._check_length(len(raw))

    def _check_length(self, length: int) -> None:
        if length > self._span_bytes_max:
            raise TooLarge(f"The span has {length} bytes; at most {self._span_bytes_max} are taken.")
