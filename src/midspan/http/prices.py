"""The routes of an organization's own prices."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.prices import PRICES, Entry
from midspan.domain.price import Override
from midspan.domain.principal import Principal
from midspan.domain.timestamps import read_timestamp
from midspan.http import forms, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.sessions import INVALID
from midspan.search.moments import moment

Name = Annotated[str, Meta(max_length=255)]
Time = Annotated[str, Meta(max_length=100)] | None


class ReadPrice(msgspec.Struct, kw_only=True):
    """A price of one's own, in USD for a million tokens. It goes before the price library's."""

    id: str
    model: str
    """A model's name, or a pattern: `gpt-4o*`."""
    provider: str
    """Only where this provider serves it; empty: any."""
    input_price: Decimal
    output_price: Decimal
    cache_read_price: Decimal | None
    """Null: as input."""
    cache_write_5m_price: Decimal | None
    """Null: as input."""
    cache_write_1h_price: Decimal | None
    """Null: as a write for five minutes."""
    valid_from: str | None
    """The first moment that it holds for, by the span's own time; null: ever since."""
    valid_to: str | None
    """The first moment that it does not hold for any more; null: for good."""
    created_at: str


class PriceList(msgspec.Struct):
    """Prices of one's own, oldest first."""

    results: list[ReadPrice]


class PriceBody(msgspec.Struct):
    """A price to be set, in USD for a million tokens."""

    model: Annotated[str, Meta(min_length=1, max_length=255)]
    input_price: Decimal
    output_price: Decimal
    provider: Name = ""
    cache_read_price: Decimal | None = None
    cache_write_5m_price: Decimal | None = None
    cache_write_1h_price: Decimal | None = None
    valid_from: Time = None
    valid_to: Time = None


_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies

    async def list_prices(self, request: Request, principal: Principal) -> Response:
        """Every price that the organization set."""
        found = await asyncio.to_thread(self.control.prices.entries, principal.organization_id)
        return Json(_encoder.encode(PriceList([_read(entry) for entry in found])))

    async def set(self, request: Request, principal: Principal) -> Response:
        """Set a price."""
        body = forms.read(await questions.read_object(self.bodies, request), PriceBody)
        override = Override(
            id="",
            model=body.model,
            provider=body.provider,
            **{name: getattr(body, name) for name in PRICES},
            **_times(body),
        )
        entry = await asyncio.to_thread(self.control.prices.set, override, principal.organization_id)
        return Json(_encoder.encode(_read(entry)), 201)

    async def remove(self, request: Request, principal: Principal) -> Response:
        """Take a price away."""
        await asyncio.to_thread(self.control.prices.remove, questions.path_id(request), principal.organization_id)
        return Response(status_code=204)


def _times(body: PriceBody) -> dict[str, Any]:
    times: dict[str, int | None] = {}
    faults = {}
    for name in ("valid_from", "valid_to"):
        text = getattr(body, name)
        try:
            times[name] = None if text is None else read_timestamp(text)
        except ValueError as error:
            faults[name] = [f"{name} {error}."]
    forms.refuse(faults)
    return times


def _read(entry: Entry) -> ReadPrice:
    fields = msgspec.structs.asdict(entry.override)
    times = {name: None if (at := fields.pop(name)) is None else moment(at) for name in ("valid_from", "valid_to")}
    return ReadPrice(**fields, **times, created_at=moment(entry.created_at))  # type: ignore[arg-type]


TAG = "Prices"
_ID = Parameter("id", "path", str, "The price's `id`.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f")


def operations(handlers: Prices) -> list[Operation]:
    """The routes of prices."""
    return [
        Operation(
            method="GET",
            path="/api/prices/",
            name="listPrices",
            handler=handlers.list_prices,
            right="read",
            tag=TAG,
            summary="List one's own prices",
            help="Prices that the organization set; those of the price library are not among them.",
            answers={200: Answer("The prices.", PriceList)},
        ),
        Operation(
            method="POST",
            path="/api/prices/",
            name="setPrice",
            handler=handlers.set,
            right="admin",
            tag=TAG,
            summary="Set a price",
            help="Holds for spans that are sent from now on; those that are stored can be priced anew. It takes the "
            "place of one for the same model, provider and time, and prices a span whole: a part left out is not taken "
            "from the library.",
            body=PriceBody,
            body_example={"model": "acme-large*", "input_price": 1.25, "output_price": 5, "valid_from": "2026-01-01"},
            answers={201: Answer("The price.", ReadPrice), 422: INVALID},
        ),
        Operation(
            method="DELETE",
            path="/api/prices/{id}/",
            name="removePrice",
            handler=handlers.remove,
            right="admin",
            tag=TAG,
            summary="Take a price away",
            help="What is priced already stays as it is, until it is priced anew.",
            parameters=(_ID,),
            answers={204: Answer("It is gone.")},
        ),
    ]
