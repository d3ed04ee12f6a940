"""The routes of environments."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.environments import NAME, Environment
from midspan.domain.principal import Principal
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.sessions import INVALID
from midspan.search.moments import moment


class ReadEnvironment(msgspec.Struct):
    """An environment of the organization."""

    name: str
    created_at: str | None
    """Null for `prod` and `test`, which every organization has."""


class EnvironmentList(msgspec.Struct):
    """`prod`, `test`, then those that the organization made, oldest first."""

    results: list[ReadEnvironment]


class EnvironmentBody(msgspec.Struct):
    """An environment to be made."""

    name: Annotated[str, Meta(pattern=f"^(?:{NAME.pattern})$")]


@dataclass(frozen=True, kw_only=True)
class Environments:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies

    async def list_environments(self, request: Request, principal: Principal) -> Response:
        """Every environment of the organization."""
        found = await asyncio.to_thread(self.control.environments.entries, principal.organization_id)
        return Json(msgspec.json.encode(EnvironmentList([_read(one) for one in found])))

    async def create(self, request: Request, principal: Principal) -> Response:
        """Make an environment."""
        body = forms.read(await questions.read_object(self.bodies, request), EnvironmentBody)
        made = await asyncio.to_thread(self.control.environments.create, principal.organization_id, body.name)
        return Json(msgspec.json.encode(_read(made)), 201)


def _read(one: Environment) -> ReadEnvironment:
    return ReadEnvironment(one.name, None if one.created_at is None else moment(one.created_at))


def operations(handlers: Environments) -> list[Operation]:
    """The routes of environments."""
    return [
        Operation(
            method="GET",
            path="/api/environments/",
            name="listEnvironments",
            handler=handlers.list_environments,
            right="read",
            people=True,
            tag="Environments",
            summary="List environments",
            help="Those that a session may choose from.",
            answers={200: Answer("The environments.", EnvironmentList)},
        ),
        Operation(
            method="POST",
            path="/api/environments/",
            name="createEnvironment",
            handler=handlers.create,
            right="admin",
            people=True,
            tag="Environments",
            summary="Make an environment",
            help="Spans of different environments never meet. Keys can be made for it at once.",
            body=EnvironmentBody,
            body_example={"name": "staging"},
            answers={
                201: Answer("The environment.", ReadEnvironment),
                409: Answer("There is one of this name, or there are too many.", ErrorBody),
                422: INVALID,
            },
        ),
    ]
