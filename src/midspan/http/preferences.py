"""The routes of preferences: how a member likes the UI."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.http import forms, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.sessions import INVALID
from midspan.http.views import TAG

BYTES_MAX = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """The preferences of who asks."""
        found = await asyncio.to_thread(self.control.preferences.find, principal.organization_id, principal.owner_id)
        return Json(found)

    async def replace(self, request: Request, principal: Principal) -> Response:
        """Put others in their place."""
        # Members as they were sent: whatever number is in them comes back as it was.
        value = msgspec.json.encode(await questions.read_members(self.bodies, request))
        if len(value) > BYTES_MAX:
            forms.refuse({"preferences": [f"All of them take at most {BYTES_MAX} bytes."]})
        await asyncio.to_thread(self.control.preferences.store, principal.organization_id, principal.owner_id, value)
        return Json(value)


def operations(handlers: Preferences) -> list[Operation]:
    """The routes of preferences."""
    return [
        Operation(
            method="GET",
            path="/api/preferences/",
            name="retrievePreferences",
            handler=handlers.retrieve,
            right="read",
            people=True,
            tag=TAG,
            summary="Get one's preferences",
            help="Whatever the UI has stored; an empty object before that.",
            answers={200: Answer("The preferences.", dict[str, Any])},
        ),
        Operation(
            method="PUT",
            path="/api/preferences/",
            name="replacePreferences",
            handler=handlers.replace,
            right="read",
            people=True,
            tag=TAG,
            summary="Set one's preferences",
            help=f"Takes the place of what there was: any JSON object of at most {BYTES_MAX} bytes.",
            body=dict[str, Any],
            body_example={"theme": "dark", "columns": ["name", "model", "cost"]},
            answers={200: Answer("The preferences as they are now.", dict[str, Any]), 422: INVALID},
        ),
    ]
