"""The generated parts of the documentation: fields, settings and errors, from what the server itself runs on."""

import json
import re

import msgspec

from midspan import errors, settings
from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES
from midspan.http import glossary, openapi
from midspan.http.markdown import table
from midspan.http.reference import kind
from midspan.ingest.body import FIELDS, GROUPS, Field
from midspan.ingest.otel import attributes
from midspan.ingest.otel.conventions import CONVENTIONS
from midspan.search import bounds
from midspan.search.fields import SPANS
from midspan.search.operators import KINDS, OPERATORS
from midspan.search.reading import ReadSpan
from midspan.search.scores import ReadScore
from midspan.search.written import form
from midspan.settings import Setting

MIB = 1 << 20
LEAF = re.compile(r"^[├└]── (?P<name>\w+) +(?P<status>\d{3}) +(?P<when>.+)$", re.MULTILINE)


def parts() -> dict[str, str]:
    """The Markdown for each placeholder that a page may hold."""
    return {
        "fields": field_rows(),
        "logtypes": log_types(),
        "spanfields": type_rows(ReadSpan),
        "scorefields": type_rows(ReadScore),
        "settings": setting_rows(),
        "errors": error_rows(),
        "filterfields": filter_field_rows(),
        "filteroperators": filter_operator_rows(),
        "filterbounds": filter_bounds(),
        "conventions": convention_rows(),
    }


def field_rows() -> str:
    """Every field of a span's body, in groups: name, type, default, meaning, rule and example."""
    parts = []
    for group in GROUPS:
        rows = [_field(field) for field in FIELDS.values() if field.group == group]
        parts.append(f"### {group}\n\n" + table(("field", "type", "default", "meaning, rule, example"), rows))
    return "\n".join(parts)


def type_rows(type_: type) -> str:
    """Every field of a stored span, or of a score: name, type, meaning."""
    _, components = msgspec.json.schema_components([type_])
    found = components[type_.__name__]
    openapi.decimals_as_numbers(found)
    if type_ is ReadSpan:
        glossary.explain(found)
    rows = [[f"`{name}`", kind(schema), schema["description"]] for name, schema in found["properties"].items()]
    return table(("field", "type", "meaning"), rows)


def log_types() -> str:
    """The log types, and the names that stand for one of them."""
    names = ", ".join(f"`{name}`" for name in LOG_TYPES)
    aliases = ", ".join(f"`{alias}` for `{name}`" for alias, name in LOG_TYPE_ALIASES.items())
    return f"{names}.\n\nOther names for them: {aliases}."


def setting_rows() -> str:
    """Every setting: name, variable, default, bounds, meaning."""
    rows = [[f"`{one.name}`", f"`{one.variable}`", _default(one), _bounds(one), one.help] for one in settings.TABLE]
    return table(("setting", "variable", "default", "takes", "what it does"), rows)


def error_rows() -> str:
    """Every kind of refusal: status, code, when."""
    rows = [["500", "`internal_error`", "a fault of the server: the sentence holds a reference to its log"]]
    for leaf in LEAF.finditer(errors.__doc__ or ""):
        fault = getattr(errors, leaf["name"])
        rows.append([str(fault.status), f"`{fault.code}`", leaf["when"]])
    return table(("status", "code", "when"), sorted(rows))


def filter_field_rows() -> str:
    """Every field that filters on spans can name, in groups: name, kind, meaning, other names."""
    parts = []
    for group in dict.fromkeys(field.group for field in SPANS.fields):
        rows = [
            [
                f"`{field.name}`",
                f"{field.kind}, {field.unit}" if field.unit else field.kind,
                field.help,
                ", ".join(f"`{alias}`" for alias in field.aliases),
            ]
            for field in SPANS.fields
            if field.group == group
        ]
        parts.append(f"### Fields: {group.lower()}\n\n" + table(("field", "kind", "meaning", "other names"), rows))
    return "\n".join(parts)


def filter_operator_rows() -> str:
    """Every operator of filters: name, form, meaning, kinds of field."""
    rows = [
        [f"`{one.name}`", f"`{form(one.name)}`", one.help, ", ".join(kind for kind in KINDS if kind in one.kinds)]
        for one in OPERATORS.values()
    ]
    return table(("operator", "typed", "meaning", "on fields of the kind"), rows)


def convention_rows() -> str:
    """Every convention of OpenTelemetry attributes, in the order of precedence: attribute, field."""
    parts = []
    for convention in CONVENTIONS:
        found = [row for row in attributes.rows() if row.convention is convention]
        listed = [[f"`{row.attribute}`", attributes.READINGS.get(row.field, f"`{row.field}`")] for row in found]
        kinds = ", ".join(f"`{word}` {log_type}" for word, log_type in convention.kinds.items())
        text = f"### {convention.name}\n\n{convention.about}\n\n" + table(("attribute", "field"), listed)
        parts.append(text + (f"\nKinds, in any case of letters: {kinds}.\n" if kinds else ""))
    return "\n".join(parts)


def filter_bounds() -> str:
    """How much one filter may ask."""
    return (
        f"At most: {bounds.TEXT_MAX:,} characters of a query, {bounds.JSON_BYTES_MAX:,} bytes of JSON filters, "
        f"{bounds.TESTS_MAX:,} conditions, {bounds.VALUES_MAX:,} values of one condition, "
        f"nested {bounds.NESTING_MAX} deep."
    )


def _field(field: Field) -> list[str]:
    name = f"`{field.name}`" + (" (required)" if field.required else "")
    default = "" if field.default is None else f"`{json.dumps(field.default)}`"
    example = json.dumps(field.example, ensure_ascii=False)
    return [name, field.words, default, f"{field.help} Example: `{example}`."]


def _default(setting: Setting) -> str:
    if setting.default == "":
        return "none"
    if isinstance(setting.default, bool):
        return f"`{str(setting.default).lower()}`"
    return _amount(setting, setting.default)


def _bounds(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    if isinstance(setting.default, bool):
        return "`true` or `false`"
    if setting.minimum is None or setting.maximum is None:
        return "text"
    return f"{_amount(setting, setting.minimum)} to {_amount(setting, setting.maximum)}"


def _amount(setting: Setting, value: float) -> str:
    """A number as it has to be written, with the larger unit beside it where that is what people think in."""
    if "bytes" in setting.name and isinstance(value, int) and value >= MIB:
        return f"`{value}` ({_size(value)})"
    return f"`{value}`"


def _size(value: int) -> str:
    for power, unit in ((40, "TiB"), (30, "GiB"), (20, "MiB")):
        if value % (1 << power) == 0:
            return f"{value >> power} {unit}"
    return f"{value / MIB:.1f} MiB"
