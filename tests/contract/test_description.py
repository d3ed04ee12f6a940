"""The served description against the running server: schemathesis asks every operation what it promises."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server import Server
from tests.speaking import create, declared, tenant

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = int(os.environ.get("EXAMPLES") or 5)
"""For each operation, good and bad each. They are the same ones in every run; EXAMPLES=100 asks more."""

CASES = [
    pytest.param(o.path, o.method, mode, id=f"{o.method} {o.path}-{name}")
    for o in declared()
    for name, mode in (("good", GenerationMode.POSITIVE), ("bad", GenerationMode.NEGATIVE))
    # Where nothing is taken, nothing can be sent wrong.
    if not o.endless and (name == "good" or o.right or o.parameters or o.body)
]


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own: chance may well write a filter that deletes everything."""
    return tenant(server)


@pytest.fixture(scope="module")
def described(server: Server, client: httpx.Client) -> Any:
    create(client)
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


def test_the_description_names_every_operation(server: Server) -> None:
    """Paths and methods of the description are those of the application; of an alias it says the same."""
    description = server.client.get("/openapi.json").json()
    found = {(method.upper(), path) for path, item in description["paths"].items() for method in item}
    assert found == {(o.method, path) for o in declared() for path in (o.path, *o.aliases)}
    own = {"operationId", "description", "x-alias-of"}
    for operation in declared():
        said, *others = (
            description["paths"][path][operation.method.lower()] for path in (operation.path, *operation.aliases)
        )
        for also in others:
            assert {name: value for name, value in also.items() if name not in own} == {
                name: value for name, value in said.items() if name not in own
            }


@pytest.fixture(scope="module")
def session(client: httpx.Client) -> Iterator[requests.Session]:
    """Connections that stay, with the tenant's key."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = client.headers["Authorization"]
        yield session


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_answers_are_as_described(
    session: requests.Session, described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    """Whatever is sent, the status is a documented one, never a failure of ours, and the body fits its schema."""
    operation = described[path][method]
    good = mode is GenerationMode.POSITIVE
    is_create = operation.definition.raw["operationId"].startswith("createSpan")
    checks = [*CHECKS, positive_data_acceptance] if good and is_create else CHECKS

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    def ask(case: Any) -> None:
        headers = {"Authorization": str(session.headers["Authorization"])}
        if key := (case.headers or {}).get("Idempotency-Key"):
            # An example's own would come with many bodies; of a bad one what is bad is left.
            headers["Idempotency-Key"] = ("" if good else key) + uuid.uuid4().hex
        case.call_and_validate(checks=checks, headers=headers, session=session)

    ask()
