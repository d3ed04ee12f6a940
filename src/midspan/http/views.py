"""The routes of saved views."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.views import View
from midspan.domain.principal import Principal
from midspan.errors import Forbidden
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.auth import require
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.sessions import INVALID, Text
from midspan.search.moments import moment

STATE_MAX = 65_536
"""Characters of a state: more than a browser takes for an address."""
Page = Annotated[str, Meta(pattern="^[a-z][a-z-]{0,31}$")]
State = Annotated[str, Meta(max_length=STATE_MAX)]


class ReadView(msgspec.Struct, kw_only=True):
    """A saved view."""

    id: str
    name: str
    page: str
    """The page that it is of: `spans`, `dashboard`, `sql` …"""
    state: str
    """The query string of the page's address, without `?`."""
    is_shared: bool
    """Everybody in the organization sees it."""
    is_own: bool
    owner_name: str | None
    """Who saved it; null where that is nobody who can sign in."""
    created_at: str
    updated_at: str


class ViewList(msgspec.Struct):
    """One's own views and the shared ones, by name."""

    results: list[ReadView]


class NewView(msgspec.Struct):
    """A view to be saved."""

    name: Text
    page: Page
    state: State
    is_shared: bool = False


class ViewBody(msgspec.Struct):
    """What of a view is changed; what is not sent stays."""

    name: Text | UnsetType = UNSET
    page: Page | UnsetType = UNSET
    state: State | UnsetType = UNSET
    is_shared: bool | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class Views:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies

    async def list_views(self, request: Request, principal: Principal) -> Response:
        """One's own views and the shared ones."""
        found = await asyncio.to_thread(self.control.views.entries, principal.organization_id, principal.owner_id)
        return Json(msgspec.json.encode(ViewList([_read(view, principal) for view in found])))

    async def create(self, request: Request, principal: Principal) -> Response:
        """Save a view."""
        body = forms.read(await questions.read_object(self.bodies, request), NewView)
        if body.is_shared:
            require(principal, "ingest")
        made = await asyncio.to_thread(
            self.control.views.create,
            principal.organization_id,
            principal.owner_id,
            msgspec.structs.asdict(body),
        )
        return Json(msgspec.json.encode(_read(made, principal)), 201)

    async def change(self, request: Request, principal: Principal) -> Response:
        """Change a view."""
        body = forms.read(await questions.read_object(self.bodies, request), ViewBody)
        fields = forms.sent(body)
        view = await self._mine(request, principal, is_shared=bool(fields.get("is_shared")))
        changed = await asyncio.to_thread(
            self.control.views.change, principal.organization_id, principal.owner_id, view.id, fields
        )
        return Json(msgspec.json.encode(_read(changed, principal)))

    async def delete(self, request: Request, principal: Principal) -> Response:
        """Delete a view."""
        view = await self._mine(request, principal)
        await asyncio.to_thread(self.control.views.delete, principal.organization_id, principal.owner_id, view.id)
        return Response(status_code=204)

    async def _mine(self, request: Request, principal: Principal, *, is_shared: bool = False) -> View:
        """The view in the address, which may be changed. Raises `Forbidden`."""
        view = await asyncio.to_thread(
            self.control.views.find, principal.organization_id, principal.owner_id, questions.path_id(request)
        )
        if view.is_shared or is_shared:
            require(principal, "ingest")
        if view.owner_id != principal.owner_id and "admin" not in principal.rights:
            raise Forbidden("Somebody else shares this view; only they and admins change it. Save your own.")
        return view


def _read(view: View, principal: Principal) -> ReadView:
    fields: dict[str, Any] = {
        name: getattr(view, name) for name in ("id", "name", "page", "state", "is_shared", "owner_name")
    }
    return ReadView(
        **fields,
        is_own=view.owner_id == principal.owner_id,
        created_at=moment(view.created_at),
        updated_at=moment(view.updated_at),
    )


TAG = "Views and preferences"
_ID = Parameter("id", "path", str, "The view's `id`.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f")
_EXAMPLE = {"name": "Failures of checkout", "page": "spans", "state": "query=status%3Afailed", "is_shared": True}
_TOO_MANY = Answer("You keep too many views.", ErrorBody)


def operations(handlers: Views) -> list[Operation]:
    """The routes of saved views."""
    return [
        Operation(
            method="GET",
            path="/api/views/",
            name="listViews",
            handler=handlers.list_views,
            right="read",
            people=True,
            tag=TAG,
            summary="List saved views",
            help="One's own and those that are shared with the organization.",
            answers={200: Answer("The views.", ViewList)},
        ),
        Operation(
            method="POST",
            path="/api/views/",
            name="createView",
            handler=handlers.create,
            right="read",
            people=True,
            tag=TAG,
            summary="Save a view",
            help="A page with its filters, columns and window under a name. Sharing one needs the right *ingest*.",
            body=NewView,
            body_example=_EXAMPLE,
            answers={201: Answer("The view.", ReadView), 409: _TOO_MANY, 422: INVALID},
        ),
        Operation(
            method="PATCH",
            path="/api/views/{id}/",
            name="updateView",
            handler=handlers.change,
            right="read",
            people=True,
            tag=TAG,
            summary="Change a saved view",
            help="Of shared views, one's own; an admin any. Both need the right *ingest*.",
            parameters=(_ID,),
            body=ViewBody,
            body_example={"name": "Failures of checkout, EU"},
            answers={200: Answer("The view as it is now.", ReadView), 422: INVALID},
        ),
        Operation(
            method="DELETE",
            path="/api/views/{id}/",
            name="deleteView",
            handler=handlers.delete,
            right="read",
            people=True,
            tag=TAG,
            summary="Delete a saved view",
            help="As for changing one.",
            parameters=(_ID,),
            answers={204: Answer("It is gone.")},
        ),
    ]
