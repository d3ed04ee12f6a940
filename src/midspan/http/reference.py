"""The API reference: Markdown made from the OpenAPI description, whole and one page an operation."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from midspan.http.markdown import code, table
from midspan.http.pages import Page, page

Json = dict[str, Any]

BASE = "http://127.0.0.1:8400"
SECRET = "$MIDSPAN_API_KEY"  # noqa: S105 - the name of a shell variable
INTRODUCTION = """# API reference

> Every operation of the API: what it takes, what it answers, and a call to try it with. Made from the description at
> [`/openapi.json`](/openapi.json), which is made from the types that the server itself decodes and encodes with.

Send the key as `Authorization: Bearer <key>`. Every route answers with and without its trailing slash, itself, never
through a redirect. The examples take the key from the shell variable `MIDSPAN_API_KEY`.
"""


def reference(description: Json) -> tuple[Page, list[Page]]:
    """The whole reference as one page, and a page for each operation. Types are explained once a page.

    An operation's further addresses are named where it stands, not shown again.
    """
    operations = [one for one in _operations(description) if "x-alias-of" not in one[2]]
    parts = [INTRODUCTION]
    for tag in description["tags"]:
        parts.append(f"## {tag['name']}\n")
        tagged = [one for one in operations if one[2]["tags"] == [tag["name"]]]
        parts += [_operation(*one, level=3) for one in tagged]
    types = description["components"]["schemas"]
    parts.append("## Types\n")
    parts += [_type(name, types[name], level=3) for name in sorted(types)]
    whole = page("/docs/api", "\n".join(parts))
    return whole, [_page(one, types) for one in operations]


def kind(schema: Json) -> str:
    """What a value looks like, in a few words of Markdown. Types with a name become links."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{_slug(name)})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(kind(choice) for choice in choices))
    types = schema.get("type", "any JSON value")
    return " or ".join(_simple(one, schema) for one in ([types] if isinstance(types, str) else types))


def _simple(name: str, schema: Json) -> str:
    items = schema.get("items")
    if name == "array" and items:
        return f"list of {kind(items)}"
    values = schema.get("additionalProperties")
    if name == "object" and isinstance(values, dict) and values:
        return f"map of text to {kind(values)}"
    if name == "string" and "format" in schema:
        return f"string ({schema['format']})"
    return {"array": "list"}.get(name, name)


def limits(schema: Json) -> str:
    """The bounds of a value, as a sentence or nothing."""
    found = []
    for key, words in (
        ("minimum", "at least {}"),
        ("exclusiveMinimum", "above {}"),
        ("maximum", "at most {}"),
        ("exclusiveMaximum", "below {}"),
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("minItems", "at least {} items"),
        ("maxItems", "at most {} items"),
    ):
        if key in schema:
            found.append(words.format(f"{schema[key]:,}"))
    found += filter(None, (limits(choice).removesuffix(".") for choice in schema.get("anyOf", ())))
    return f"{', '.join(dict.fromkeys(found)).capitalize()}." if found else ""


def _operations(description: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def _page(operation: tuple[str, str, Json], types: Json) -> Page:
    method, path, described = operation
    text = _operation(method, path, described, level=1)
    if names := _names(described, types):
        text += "\n## Types\n\n" + "\n".join(_type(name, types[name], level=3) for name in names)
    made = page(f"/docs/api/{described['operationId']}", text)
    return replace(made, summary=f"{method} {path}")


def _operation(method: str, path: str, operation: Json, level: int) -> str:
    mark = "#" * level
    deprecated = ["**Deprecated**: kept for older clients.\n"] if operation.get("deprecated") else []
    parts = [
        f"{mark} {operation['summary']}\n",
        f"`{method} {path}`\n",
        *deprecated,
        operation["description"] + "\n",
    ]
    if operation.get("parameters"):
        rows = [_parameter(parameter) for parameter in operation["parameters"]]
        parts += [f"{mark}# Parameters\n", table(("name", "where", "type", "meaning"), rows)]
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]["application/json"]
        parts += [f"{mark}# Body\n", f"{operation['requestBody']['description']}\n", f"{kind(content['schema'])}\n"]
    rows = [_answer(status, answer) for status, answer in operation["responses"].items()]
    parts += [f"{mark}# Answers\n", table(("status", "body", "meaning"), rows)]
    parts += [f"{mark}# Example\n", code(curl(method, path, operation), "sh")]
    return "\n".join(parts)


def _parameter(parameter: Json) -> list[str]:
    schema = parameter["schema"]
    meaning = [parameter["description"], limits(schema)]
    if "default" in schema:
        meaning.append(f"Default: `{json.dumps(schema['default'])}`.")
    if "example" in parameter:
        meaning.append(f"Example: `{parameter['example']}`.")
    name = f"`{parameter['name']}`" + (" (required)" if parameter["required"] else "")
    return [name, parameter["in"], kind(schema), " ".join(filter(None, meaning))]


def _answer(status: str, answer: Json) -> list[str]:
    content = answer.get("content", {}).get("application/json")
    headers = "".join(f" Header `{name}`." for name in answer.get("headers", {}))
    return [status, kind(content["schema"]) if content else "none", answer["description"] + headers]


def _type(name: str, schema: Json, level: int) -> str:
    parts = [f"{'#' * level} {name}\n"]
    if "description" in schema:
        parts.append(schema["description"] + "\n")
    if more := schema.get("externalDocs"):
        parts.append(f"[{more['description']}]({more['url']}).\n")
    elif properties := schema.get("properties"):
        required = schema.get("required", ())
        rows = [_property(field, inner, field in required) for field, inner in properties.items()]
        parts.append(table(("field", "type", "meaning"), rows))
    else:
        parts.append(kind(schema) + "\n")
    return "\n".join(parts)


def _property(name: str, schema: Json, required: bool) -> list[str]:
    meaning = [schema.get("description", ""), limits(schema)]
    if schema.get("default") is not None:
        meaning.append(f"Default: `{json.dumps(schema['default'])}`.")
    return [f"`{name}`" + (" (required)" if required else ""), kind(schema), " ".join(filter(None, meaning))]


def _names(part: Any, types: Json) -> list[str]:
    """The types that a part of the description names, and those that these name."""
    found: dict[str, None] = {}
    waiting = [part]
    while waiting:
        for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(waiting.pop(0))):
            if name not in found:
                found[name] = None
                waiting.append(types[name])
    return list(found)


def _slug(name: str) -> str:
    return re.sub(r"[^\w\- ]", "", name.lower())


def curl(method: str, path: str, operation: Json) -> str:
    """A call of the operation that can be pasted into a shell."""
    for parameter in operation.get("parameters", ()):
        path = path.replace("{" + parameter["name"] + "}", str(parameter.get("example", "…")))
    lines = [f"curl {BASE}{path}"] if method == "GET" else [f"curl -X {method} {BASE}{path}"]
    if operation["security"]:
        lines.append(f'  -H "Authorization: Bearer {SECRET}"')
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        body = json.dumps(content.get("example", {}), ensure_ascii=False, indent=2).replace("'", "'\\''")
        lines += ['  -H "Content-Type: application/json"', f"  -d '{body}'"]
    return " \\\n".join(lines)
