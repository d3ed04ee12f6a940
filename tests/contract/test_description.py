"""The served description against the running server: schemathesis asks every operation what it promises."""

import uuid
from typing import Any

import httpx
import hypothesis
import pytest
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
EXAMPLES = 25
OPERATIONS = [
    pytest.param(path, o.method, id=f"{o.method} {path}")
    for o in declared()
    if not o.endless
    for path in (o.path, *o.aliases)
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
    """Paths and methods of the description are those of the application, no more and no fewer."""
    description = server.client.get("/openapi.json").json()
    found = {(method.upper(), path) for path, item in description["paths"].items() for method in item}
    assert found == {(o.method, path) for o in declared() for path in (o.path, *o.aliases)}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(
    client: httpx.Client, described: Any, path: str, method: str, mode: GenerationMode
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
        headers = {"Authorization": client.headers["Authorization"]}
        if good and "Idempotency-Key" in (case.headers or {}):
            headers["Idempotency-Key"] = uuid.uuid4().hex  # an example's own would come with many bodies
        case.call_and_validate(checks=checks, headers=headers)

    ask()
