"""The description of the API: valid, complete, and true to what the readers of fields accept."""

import json
from typing import Any
from unittest.mock import MagicMock

import jsonschema_rs
import msgspec
import pytest

from midspan.http import api, kinds, openapi
from midspan.http.glossary import meaning
from midspan.http.operation import Operation
from midspan.ingest.body import FIELDS
from midspan.ingest.values import KINDS
from midspan.search.reading import ReadSpan

PUBLIC = {"retrievePublicTrace", "retrieveSession", "signIn", "signOut", "followLink", "retrieveLink"}
PUBLIC |= {"startOpenIdLogin", "finishOpenIdLogin", "listPublicTraceContents"}
"""What asks for no key: the public link of a trace, and signing in."""


def operations() -> list[Operation]:
    """The API's own table."""
    return api.operations(MagicMock())


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """What `/openapi.json` holds."""
    return openapi.describe(operations(), "1.2.3")


VALUES: tuple[Any, ...] = (
    True, False, 0, 1, -1, 12.5, -0.5, 999, 1000, 2**63 - 1, 2**63, 2**70, 1e300, 1.7e9, 1.7e12, 1.7e15, 1.7e18,
    5e10, 1e20, -1e26, 1e26, 9.9e25, "", " ", "a", "12", " 12 ", "-3", "12.5", "007", "NaN", "1e999", "x" * 254,
    "x" * 255, [], [1], ["a"], [{}], [{}, 1], {}, {"a": 1}, "{}", "chat", "trace", "error", "success",
    "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456789+02:00", "2026-01-31 12:00", "2026-02-30T12:00:00Z",
    "2026-01-31", "1800-01-01T00:00:00Z", "1700000000",
)  # fmt: skip
NARROWER = {("time", " 12 "), ("time", "-3"), ("time", "12.5")}
"""Accepted, but not promised: nobody means them."""
WIDER = {(kind, value) for kind in ("name", "customer") for value in VALUES if isinstance(value, float)}
"""JSON Schema calls 1e20 an integer; no client writes an identifier so."""


def accepts(kind: str, value: Any) -> bool:
    """Whether the reader of a kind takes the value."""
    try:
        KINDS[kind][0](msgspec.Raw(json.dumps(value).encode()))
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_a_kinds_schema_is_what_its_reader_takes(kind: str) -> None:
    """The schema of a field allows a value exactly when create accepts it."""
    schema = jsonschema_rs.validator_for(kinds.SCHEMAS[kind])

    differences = [
        value
        for value in VALUES
        if schema.is_valid(value) != accepts(kind, value)
        and not any(key == kind and type(known) is type(value) and known == value for key, known in NARROWER | WIDER)
    ]

    assert differences == []
    assert schema.is_valid(None), "null counts as not sent"


def test_every_example_of_a_field_fits_its_schema() -> None:
    """The examples that the documentation prints can be sent."""
    assert [
        field.name
        for field in FIELDS.values()
        if not jsonschema_rs.validator_for(kinds.SCHEMAS[field.kind]).is_valid(field.example)
    ] == []


def test_the_description_is_json_and_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    """No component is named that is not there."""
    text = json.dumps(description)
    components = description["components"]["schemas"]

    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert named <= set(components)
    for schema in components.values():
        whole = {**schema, "components": {"schemas": components}}
        jsonschema_rs.meta.validate({**whole, "$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_every_documented_path_is_there_and_named_once(description: dict[str, Any]) -> None:
    """Aliases are described too, and no two operations share an id."""
    described = {
        (method.upper(), path): operation
        for path, item in description["paths"].items()
        for method, operation in item.items()
    }

    assert set(described) == {
        (operation.method, openapi.template(path))
        for operation in operations()
        for path in (operation.path, *operation.aliases)
    }
    ids = [operation["operationId"] for operation in described.values()]
    assert len(ids) == len(set(ids))


def test_every_path_parameter_is_declared(description: dict[str, Any]) -> None:
    """A name in braces has a required parameter of that name."""
    for path, item in description["paths"].items():
        names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        for operation in item.values():
            declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert declared == names, path


def test_every_operation_needs_a_key_and_says_how_it_refuses(description: dict[str, Any]) -> None:
    """Refusals have the one error shape, or OTLP's on its routes, and those that can be tried again say when."""
    for item in description["paths"].values():
        for operation in item.values():
            is_public = operation["operationId"] in PUBLIC
            ways: list[dict[str, list[str]]] = [] if is_public else [{"key": []}, {"session": []}]
            ways += [{"password": []}] * operation["operationId"].endswith("ForLangfuse")
            if "For people who have signed in" in operation["description"]:
                ways = [{"session": []}]
            shape = "RpcStatus" if operation["tags"] == ["OpenTelemetry"] else "ErrorBody"
            assert operation["security"] == ways
            answers = operation["responses"]
            assert {"429", "500", "503"} | (set() if is_public else {"401", "403"}) <= set(answers)
            for status, answer in answers.items():
                if int(status) >= 400:
                    schema = answer["content"]["application/json"]["schema"]
                    assert schema == {"$ref": f"#/components/schemas/{shape}"}
            assert "Retry-After" in answers["429"]["headers"]
            assert "Retry-After" in answers["503"]["headers"]
            assert is_public or "WWW-Authenticate" in answers["401"]["headers"]


def test_the_body_of_create_has_every_field(description: dict[str, Any]) -> None:
    """The fields are those that decoding knows, and only the model is required."""
    body = description["components"]["schemas"]["LogBody"]

    assert list(body["properties"]) == list(FIELDS)
    assert body["required"] == ["model"]
    assert all(schema["description"] for schema in body["properties"].values())


def test_money_is_described_as_the_number_that_it_is(description: dict[str, Any]) -> None:
    """Decimals are written as JSON numbers, so no schema says text."""
    span = description["components"]["schemas"]["ReadSpan"]

    assert {"type": "number"} in span["properties"]["cost"]["anyOf"]
    assert '"format": "decimal"' not in json.dumps(description["components"])


def test_every_field_of_a_stored_span_has_a_meaning(description: dict[str, Any]) -> None:
    """Nobody has to guess what a field of an answer is; none is left out but in lists: the older messages, and
    the snippets where no words are looked for."""
    span = description["components"]["schemas"]["ReadSpan"]

    assert [name for name in ReadSpan.__struct_fields__ if not meaning(name)] == []
    assert {*span["required"], "messages", "snippets"} == set(span["properties"]) == set(ReadSpan.__struct_fields__)


def test_the_examples_of_bodies_fit_their_schemas(description: dict[str, Any]) -> None:
    """What the reference tells people to paste is valid."""
    components = description["components"]
    for item in description["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in content:
                schema = {**content["schema"], "components": components}
                assert jsonschema_rs.validator_for(schema).is_valid(content["example"]), operation["operationId"]
