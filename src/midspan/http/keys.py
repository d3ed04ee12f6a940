"""The routes of API keys."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.database import now_us
from midspan.control.keys import RATE_MAX, Key, Wish
from midspan.domain.principal import RIGHTS, Principal, Right
from midspan.domain.timestamps import read_timestamp
from midspan.errors import Forbidden
from midspan.http import forms, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.sessions import INVALID, Text
from midspan.search.moments import moment

Rate = Annotated[float, Meta(gt=0, le=RATE_MAX)] | None
Time = Annotated[str, Meta(max_length=100)] | None


class ReadKey(msgspec.Struct, kw_only=True):
    """An API key. Its secret is stored nowhere."""

    id: str
    name: str
    environment: str
    prefix: str
    """What may be seen of the secret, to tell keys apart."""
    rights: list[Right]
    requests_per_second: float | None
    """Null: no limit."""
    spans_per_second: float | None
    """Null: no limit."""
    state: Literal["active", "expired", "revoked"]
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class CreatedKey(ReadKey, kw_only=True):
    """A key that was just made."""

    key: str
    """The secret. It is shown this once."""


class KeyList(msgspec.Struct):
    """Keys, oldest first, with those that open nothing any more."""

    results: list[ReadKey]


class NewKey(msgspec.Struct):
    """A key to be made."""

    name: Text
    environment: Annotated[str, Meta(max_length=100)] = ""
    """That of the request by default."""
    rights: list[Right] = msgspec.field(default_factory=lambda: list(RIGHTS))
    expires_at: Time = None
    """When it stops opening anything; null: never."""
    requests_per_second: Rate = None
    spans_per_second: Rate = None


class KeyBody(msgspec.Struct):
    """What of a key is changed; what is not sent stays, and null takes a limit or an expiry away."""

    name: Text | UnsetType = UNSET
    rights: list[Right] | UnsetType = UNSET
    expires_at: Time | UnsetType = UNSET
    requests_per_second: Rate | UnsetType = UNSET
    spans_per_second: Rate | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The handlers of these routes, and what they need. A key manages those of its own environment only."""

    control: Control
    bodies: Bodies

    async def list_keys(self, request: Request, principal: Principal) -> Response:
        """Every key of the organization."""
        found = await asyncio.to_thread(self._entries, principal.organization_id)
        only = _environment(principal)
        keys = [_read(key) for key in found if only in ("", key.environment)]
        return Json(msgspec.json.encode(KeyList([ReadKey(**key) for key in keys])))

    async def create(self, request: Request, principal: Principal) -> Response:
        """Make a key."""
        body = forms.read(await questions.read_object(self.bodies, request), NewKey)
        environment = body.environment or principal.environment
        if _environment(principal) not in ("", environment):
            raise Forbidden(
                f"This API key makes keys for the environment {principal.environment!r} only.",
                code="environment_not_allowed",
            )
        wish = Wish(
            name=body.name,
            environment=environment,
            rights=body.rights,
            expires_at=_time(body.expires_at),
            requests_per_second=body.requests_per_second,
            spans_per_second=body.spans_per_second,
        )
        key, secret = await asyncio.to_thread(self.control.keys.create, wish, principal.organization_id)
        return Json(msgspec.json.encode(CreatedKey(**_read(key), key=secret)), 201)

    async def change(self, request: Request, principal: Principal) -> Response:
        """Change a key."""
        fields = forms.sent(forms.read(await questions.read_object(self.bodies, request), KeyBody))
        if "expires_at" in fields:
            fields["expires_at"] = _time(fields["expires_at"])
        key = await asyncio.to_thread(
            self.control.keys.change,
            principal.organization_id,
            questions.path_id(request),
            fields,
            _environment(principal),
        )
        return Json(msgspec.json.encode(ReadKey(**_read(key))))

    async def revoke(self, request: Request, principal: Principal) -> Response:
        """Close a key for good."""
        await asyncio.to_thread(
            self.control.keys.close, principal.organization_id, questions.path_id(request), _environment(principal)
        )
        return Response(status_code=204)

    def _entries(self, organization_id: str) -> list[Key]:
        self.control.principals.store_uses()
        return self.control.keys.entries(organization_id)


def _environment(principal: Principal) -> str:
    """The one environment whose keys may be managed; "" is all of them."""
    return principal.environment if principal.key_id else ""


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return read_timestamp(text)
    except ValueError as error:
        forms.refuse({"expires_at": [f"expires_at {error}."]})
        raise


def _read(key: Key) -> dict[str, Any]:
    fields = msgspec.structs.asdict(key)
    for name in ("organization_id", "organization_name"):
        del fields[name]
    times = {name: None if at is None else moment(at) for name, at in fields.items() if name.endswith("_at")}
    return {**fields, **times, "state": key.state(now_us())}


TAG = "Keys"
_ID = Parameter("id", "path", str, "The key's `id`.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f")
_SCOPE = "With a key one manages those of its own environment; who has signed in, all of the organization."


def operations(handlers: Keys) -> list[Operation]:
    """The routes of API keys."""
    return [
        Operation(
            method="GET",
            path="/api/keys/",
            name="listKeys",
            handler=handlers.list_keys,
            right="admin",
            tag=TAG,
            summary="List API keys",
            help=_SCOPE,
            answers={200: Answer("The keys.", KeyList)},
        ),
        Operation(
            method="POST",
            path="/api/keys/",
            name="createKey",
            handler=handlers.create,
            right="admin",
            tag=TAG,
            summary="Make an API key",
            help=f"The answer holds the secret, this once. {_SCOPE}",
            body=NewKey,
            body_example={"name": "checkout", "rights": ["ingest"], "spans_per_second": 2000},
            answers={201: Answer("The key with its secret.", CreatedKey), 422: INVALID},
        ),
        Operation(
            method="PATCH",
            path="/api/keys/{id}/",
            name="updateKey",
            handler=handlers.change,
            right="admin",
            tag=TAG,
            summary="Change an API key",
            help=f"Holds from the next request on. The environment stays. {_SCOPE}",
            parameters=(_ID,),
            body=KeyBody,
            body_example={"name": "checkout, old", "spans_per_second": None},
            answers={200: Answer("The key as it is now.", ReadKey), 422: INVALID},
        ),
        Operation(
            method="DELETE",
            path="/api/keys/{id}/",
            name="revokeKey",
            handler=handlers.revoke,
            right="admin",
            tag=TAG,
            summary="Revoke an API key",
            help=f"It opens nothing from the next request on, for good; it stays in the list. {_SCOPE}",
            parameters=(_ID,),
            answers={204: Answer("It is revoked.")},
        ),
    ]
