"""An attribute of a span → the rule of the table for it.

Looking a name up is one step for a name that was seen before, which nearly all are: applications repeat themselves.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from midspan.ingest.body import FIELDS
from midspan.ingest.otel.conventions import CONVENTIONS
from midspan.ingest.otel.conventions.convention import Convention
from midspan.ingest.otel.readers import FITS, READERS, Fit, content, given, object_, word

NAME_MAX: Final = 256
"""A longer name is no convention's, and not worth remembering."""

PATH_MAX: Final = 12
"""What follows an index is taken apart no deeper."""

READINGS: Final = {
    "kind": "the kind of span, which decides `log_type`",
    "name:user": "`span_name`",
    "name:tool": "`span_name` of a tool",
    "name:agent": "`span_name` of an agent",
    "input:messages": "`input`, as messages",
    "output:messages": "`output`, as messages",
    "input:system": "`input`, as its system message",
    "output:text": "`output`, as the message's text",
    "output:tool_calls": "`output`, as the message's tool calls",
    "output:reasoning": "`output`, as the message's reasoning",
    "input:arguments": "`input`, as Python writes it",
    "input:texts": "`input`, as texts",
    "input:documents": "`input`, as documents",
    "output:documents": "`output`, as documents",
    "events": "`input` and `output`, as messages",
    "usage:prompt": "`prompt_tokens`",
    "usage:completion": "`completion_tokens`",
    "usage:total": "`total_request_tokens`",
    "usage:read": "`prompt_cache_hit_tokens`",
    "usage:written": "`prompt_cache_creation_tokens`",
    "usage:reasoning": "`reasoning_tokens`",
    "usage:details": "the token fields, each by its member",
    "cost:known": "`cost`, unless it is 0",
    "cost:details": "`cost`, from its members",
    "parameters:all": "each parameter's own field",
    "ttft:seconds": "`time_to_first_token`",
    "ttft:milliseconds": "`time_to_first_token`, from milliseconds",
    "ttft:moment": "`time_to_first_token`, from the start until then",
    "status:level": "`status`",
    "error:message": "`error_message`, where the span failed",
    "finish_reason:list": "`finish_reason`",
    "encoding_format:list": "`encoding_format`",
    "metadata:all": "`metadata`, each member",
    "properties:all": "`properties`, each member",
    "session": "`session_identifier`, and `thread_identifier` where nothing names the thread",
    "response_model": "`response_model`, and `model` where none was asked for",
    "log_method": "`log_method`",
}
"""What a field of the table means that is not simply the body's field of that name."""

PARAMETERS: Final[dict[str, tuple[str, Fit]]] = {
    name: (field, FITS[FIELDS[field].kind])
    for field, names in {
        **{field.name: (field.name,) for field in FIELDS.values() if field.group == "Parameters"},
        "max_tokens": ("max_tokens", "max_output_tokens", "maxTokens", "maxOutputTokens"),
        "top_p": ("top_p", "topP"), "top_k": ("top_k", "topK"), "stop": ("stop", "stop_sequences", "stopSequences"),
        "frequency_penalty": ("frequency_penalty", "frequencyPenalty"),
        "presence_penalty": ("presence_penalty", "presencePenalty"),
        "tool_choice": ("tool_choice",), "model": ("model", "model_name"),
    }.items()
    for name in names
}  # fmt: skip
"""A parameter, as objects of them name it → its field, and how it is read."""

_SLOTS: Final = {
    "finish_reason:list": "finish_reason", "encoding_format:list": "encoding_format",
    "ttft:seconds": "time_to_first_token", "ttft:milliseconds": "time_to_first_token",
    "cost:known": "cost", "input:arguments": "input",
}  # fmt: skip
"""Readings that give the value of a field of the body."""
_MEMBERS: Final = ("metadata", "properties", "variables")


class Rule(NamedTuple):
    """What the table says of one name."""

    rank: int
    """The place in the table; the lower one holds."""
    slot: str
    """What it is a value of: at most one attribute holds it."""
    fit: Fit
    nth: int = -1
    """The `N` of the name; -1 where it has none."""
    path: tuple[str, ...] = ()
    """What follows that, part by part."""


class Row(NamedTuple):
    """One attribute of one convention."""

    convention: Convention
    attribute: str
    field: str


def rows() -> Iterator[Row]:
    """The table, row by row in the order of precedence."""
    for convention in CONVENTIONS:
        field = ""
        for line in convention.rows.strip().splitlines():
            words = line.split()
            if len(line) - len(line.lstrip()) < 20:
                field = words.pop(0)
            for attribute in words:
                yield Row(convention, attribute, attribute.rpartition(".")[2] if field == "=" else field)


def _rule(rank: int, row: Row) -> Rule:
    field = row.field
    family = field.partition(".")[0]
    if field == "kind":
        return Rule(rank, "kind", _kind_reader(row.convention.kinds))
    if family in _MEMBERS and family != field:
        return Rule(rank, field, content)
    if field in ("metadata:all", "properties:all"):
        # Each is read, so that none stands in another's way.
        return Rule(rank, f"{field} {row.attribute}", object_)
    reader = READERS.get(field) or FITS[FIELDS[field].kind]
    return Rule(rank, _SLOTS.get(field, field), reader)


def _kind_reader(kinds: Mapping[str, str]) -> Fit:
    def read(value: Any) -> str | None:
        return kinds.get(word(value) or "")

    return read


class _Pattern(NamedTuple):
    """A row for many names: `prefix.*`, `prefix.N.*`, or `prefix.N.tail`."""

    prefix: str
    is_indexed: bool
    tail: str
    rule: Rule

    def rule_for(self, name: str) -> Rule | None:
        rest = name[len(self.prefix) :]
        if not self.is_indexed:
            return self.rule._replace(slot=self.rule.slot.replace("*", rest)) if rest else None
        digits, _, path = rest.partition(".")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10) or self.tail not in ("*", path):
            return None
        return self.rule._replace(fit=given, nth=int(digits), path=tuple(path.split(".", PATH_MAX)))


def _compiled() -> tuple[dict[str, Rule], tuple[_Pattern, ...], int]:
    exact: dict[str, Rule] = {}
    patterns: list[_Pattern] = []
    rank = own = 0
    for row in rows():
        older = row.attribute.replace("respan.", "keywordsai.", 1) if row.attribute.startswith("respan.") else ""
        for attribute in filter(None, (row.attribute, older)):
            rank += 1
            rule = _rule(rank, row)
            prefix, has_index, tail = attribute.partition(".N.")
            if has_index or attribute.endswith(".*"):
                patterns.append(_Pattern(f"{prefix.removesuffix('*').rstrip('.')}.", bool(has_index), tail, rule))
            else:
                assert attribute not in exact, attribute
                exact[attribute] = rule
        own = rank if row.convention.is_own else own
    return exact, tuple(patterns), own


_EXACT, _PATTERNS, OWN_RANK_MAX = _compiled()
"""`OWN_RANK_MAX`: up to here counts are the span's own, whatever its kind."""
_PREFIXES: Final = tuple({pattern.prefix for pattern in _PATTERNS})
_REMEMBERED: Final = 8_192


def _find(name: str) -> Rule | None:
    rule = _EXACT.get(name)
    if rule is None and name.startswith(_PREFIXES):
        for pattern in _PATTERNS:
            if name.startswith(pattern.prefix) and (rule := pattern.rule_for(name)) is not None:
                break
    return rule


_known: dict[str, Rule | None] = {}


def find(name: str) -> Rule | None:
    """The table's rule for an attribute; None where it has none."""
    try:
        return _known[name]
    except KeyError:
        rule = _find(name) if len(name) <= NAME_MAX else None
        if len(name) <= NAME_MAX:
            if len(_known) >= _REMEMBERED:
                _known.clear()
            _known[name] = rule
        return rule
