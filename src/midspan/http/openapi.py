"""`/openapi.json`: the API described from the operations and from the very types that decode and encode."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from midspan.http import cookies, glossary, kinds
from midspan.http.answers import ErrorBody, example, refusals
from midspan.http.operation import Answer, Operation, Parameter
from midspan.ingest.body import LogBody

JSON = "application/json"
REF = "#/components/schemas/{name}"

ABOUT = (
    "Midspan stores every call of an LLM application, prices it, and gives it back. "
    "Every route answers with and without the trailing slash, and never through a redirect. "
    "The environment of a span is that of the key; who has signed in names one in the header `Midspan-Environment`, or "
    "in the parameter `midspan_environment`, `prod` by default. An answer of 2xx to a write means that the spans are "
    "on disk."
)
COMPRESSED = "A compressed body is announced by `Content-Encoding`: `gzip`, `deflate` or `zstd`."
ENCODINGS = f"JSON in UTF-8. {COMPRESSED}"
BYTES = {"type": "string", "format": "binary"}
SPANS = ("ReadSpan", "CreatedSpan")
"""Types whose fields are those of a stored span."""

HEADERS: dict[str, dict[str, Any]] = {
    "Retry-After": {"description": "Seconds to wait before the next attempt.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "The way to send a key.", "schema": {"type": "string", "enum": ["Bearer"]}},
}


def describe(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description.

    Each documented path of each operation is there once, with the refusals that it shares with all others.
    `version` is Midspan's own.
    """
    types = _Types(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        for number, path in enumerate((operation.path, *operation.aliases)):
            item = paths.setdefault(template(path), {})
            item[operation.method.lower()] = _operation(operation, path, number, types)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Midspan", "version": version, "description": ABOUT, "license": _license()},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": types.components,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, as `midspan keys create` prints it.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": cookies.NAME,
                    "description": "The cookie of somebody who has signed in. Over HTTPS and on a port of its own it "
                    "has a longer name.",
                },
                "password": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "An API key as the password, with any user's name.",
                },
            },
        },
    }


def template(path: str) -> str:
    """An OpenAPI path template: Starlette's `{id:path}` is written `{id}`."""
    return re.sub(r"{(\w+):\w+}", r"{\1}", path)


class _Types:
    """The schema of every type that an operation names, made in one go so that shared types become components."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        types = {_identity(type_): type_ for type_ in (ErrorBody, *_types(operations))}
        schemas, self.components = msgspec.json.schema_components(types.values(), ref_template=REF)
        self._schemas = dict(zip(types, schemas, strict=True))
        if LogBody.__name__ in self.components:
            self.components[LogBody.__name__] = kinds.body()
        for name, component in self.components.items():
            decimals_as_numbers(component)
            if name in SPANS:
                glossary.explain(component)

    def schema(self, type_: Any) -> dict[str, Any]:
        return self._schemas[_identity(type_)]


def decimals_as_numbers(schema: Any) -> None:
    """Money is written as a JSON number with all its digits; msgspec would say text."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            del schema["format"]
            schema["type"] = "number"
        for inner in schema.values():
            decimals_as_numbers(inner)
    elif isinstance(schema, list):
        for inner in schema:
            decimals_as_numbers(inner)


def _identity(type_: Any) -> str:
    return repr(type_)


def _types(operations: Sequence[Operation]) -> Iterator[Any]:
    for operation in operations:
        if operation.body is not None:
            yield operation.body
        yield from (parameter.type for parameter in operation.parameters)
        yield from (answer.type for answer in operation.answers.values() if answer.type is not None)


def _operation(operation: Operation, path: str, number: int, types: _Types) -> dict[str, Any]:
    answers = refusals(operation) | operation.answers
    found: dict[str, Any] = {
        "operationId": operation.name if number == 0 else f"{operation.name}Alias{number}",
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _help(operation, path),
        "security": _security(operation),
        "responses": {str(status): _answer(status, answers[status], types) for status in sorted(answers)},
    }
    if number:
        found["x-alias-of"] = operation.name
    if operation.deprecated:
        found["deprecated"] = True
    if operation.parameters:
        found["parameters"] = [_parameter(parameter, types) for parameter in operation.parameters]
    if operation.body is not None:
        content: dict[str, Any] = {"schema": types.schema(operation.body)}
        if operation.body_example is not None:
            content["example"] = operation.body_example
        described, *others = operation.body_media
        found["requestBody"] = {
            "required": operation.body_required,
            "description": f"{' or '.join(operation.body_media)}. {COMPRESSED}" if others else ENCODINGS,
            "content": {described: content, **{media: {"schema": BYTES} for media in others}},
        }
    return found


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    """The ways to say who asks, each by itself; none where nobody need say so."""
    if not operation.right:
        return []
    ways = ["key"] * (not operation.people) + ["session"] + ["password"] * operation.basic
    return [{way: []} for way in ways]


def _help(operation: Operation, path: str) -> str:
    sentences = []
    if path != operation.path:
        sentences.append(f"Another address of `{operation.method} {template(operation.path)}`.")
    elif operation.aliases:
        sentences.append(f"Other addresses: {', '.join(f'`{template(alias)}`' for alias in operation.aliases)}.")
    if operation.bare:
        sentences.append(f"Also answers as `{template(path).removeprefix('/api')}`.")
    if operation.right:
        sentences.append(f"Needs the right *{operation.right}*.")
    if operation.people:
        sentences.append("For people who have signed in; an API key may not.")
    return "\n\n".join(filter(None, (operation.help, " ".join(sentences))))


def _parameter(parameter: Parameter, types: _Types) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": parameter.help,
        "schema": types.schema(parameter.type),
    }
    if parameter.example is not None:
        found["example"] = parameter.example
    return found


def _answer(status: int, answer: Answer, types: _Types) -> dict[str, Any]:
    found: dict[str, Any] = {"description": answer.help}
    if answer.headers:
        plain = {"schema": {"type": "string"}}
        found["headers"] = {name: HEADERS.get(name, plain) for name in answer.headers}
    if answer.type is not None:
        content: dict[str, Any] = {"schema": types.schema(answer.type)}
        if answer.type is ErrorBody and (body := example(status)) is not None:
            content["example"] = body
        found["content"] = {answer.media[0]: content}
    for media in answer.media if answer.media != (JSON,) else ():
        found.setdefault("content", {}).setdefault(media, {"schema": {"type": "string"}})
    return found


def _license() -> dict[str, str]:
    return {"name": "Apache-2.0", "identifier": "Apache-2.0"}
