"""Filters asked of the real engine and of `search.match`, and what random spans and filters are made of."""

import dataclasses
import json
import random
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from midspan.domain.mark import Changes, Mark
from midspan.domain.score import SCORE_TYPES, Score
from midspan.domain.span import LOG_TYPES, STATUSES, Span
from midspan.search.catalogue import Field
from midspan.search.fields import SPANS
from midspan.search.match import matcher
from midspan.search.operators import OPERATORS
from midspan.search.tree import And, Filter, Not, Or, Test, Words
from midspan.search.where import where
from midspan.store import annotations, rows
from midspan.store.engine import ChdbEngine
from midspan.store.migrate import migrate
from midspan.store.segment import Segment

NOW = 1_750_000_000_000_000
TENANT: dict[str, Any] = {"organization_id": "o", "environment": "prod"}


_SCORE_TYPES = {
    "numerical_value": "Nullable(Float64)",
    "boolean_value": "Nullable(Bool)",
    "is_passed": "Nullable(Bool)",
    "is_deleted": "UInt8",
}


class Asking:
    """An engine with spans in it."""

    def __init__(self, directory: Path) -> None:
        (directory / "engine").mkdir()
        self._directory = directory
        self.engine = ChdbEngine(directory / "engine", memory=1 << 30, readers=1, query_seconds=60)
        migrate(self.engine)
        self._rows = 0
        self.spans: dict[str, Span] = {}
        self.scores: dict[str, list[Score]] = {}

    def insert(self, spans: Iterable[Span]) -> None:
        """Put the spans into the table, as the store does; one of an id that is there replaces it."""
        new = list(spans)
        version = self._rows + 1
        self._rows += len(new)
        segment = self._directory / "segment.ndjson"
        segment.write_bytes(b"".join(rows.line(span) + b"%d}\n" % (version + at) for at, span in enumerate(new)))
        self.engine.insert(segment, str(version))
        self.spans.update((span.id, span) for span in new)

    def mark(self, marks: Iterable[Mark]) -> None:
        """Change spans that are there, as the drain does with what people add to them."""
        tenant = (str(TENANT["organization_id"]), str(TENANT["environment"]))
        segment = Segment(self._directory / "marks.ndjson", 1)
        lines = []
        for at, mark in enumerate(marks):
            line = annotations.mark_line(tenant, mark) + b"%d}" % (segment.versions[0] + at)
            lines.append(annotations.read(line))
            span = self.spans[mark.id]
            changed = {name: getattr(mark, name) for name in Changes.__struct_fields__}
            changed = {name: value for name, value in changed.items() if value is not msgspec.UNSET}
            if "metadata" in changed:
                changed["metadata"] = {**(span.metadata or {}), **changed["metadata"]}
            self.spans[mark.id] = msgspec.structs.replace(span, **changed)
        assert annotations.Annotations(self.engine).apply(segment, lines) is not None

    def score(self, scores: Iterable[Score]) -> None:
        """Put scores into their table."""
        new = list(scores)
        lines = self._directory / "scores.ndjson"
        lines.write_bytes(b"\n".join(map(msgspec.json.encode, new)))
        names = [name for name in Score.__struct_fields__ if name not in ("created_at", "key_time", "cost")]
        structure = ", ".join(f"{name} {_SCORE_TYPES.get(name, 'String')}" for name in names)
        self.engine.command(
            f"INSERT INTO scores ({', '.join(names)}, version) "
            f"SELECT {', '.join(names)}, rowNumberInAllBlocks() FROM file('{lines}', JSONEachRow, '{structure}')"
        )
        for score in new:
            self.scores.setdefault(score.log_id, []).append(score)

    def in_sql(self, trees: Sequence[Filter]) -> list[set[str]]:
        """The ids that each tree selects, all in one query."""
        found = [where(tree, prefix=f"t{at}x") for at, tree in enumerate(trees)]
        columns = ", ".join(f"{each.sql} AS p{at}" for at, each in enumerate(found))
        parameters: dict[str, str | int] = dict(TENANT)
        for each in found:
            parameters |= each.parameters
        answer = self.engine.query(f"SELECT id, {columns} FROM spans FINAL", parameters)
        lines = [msgspec.json.decode(line) for line in answer.splitlines()]
        for line in lines:
            assert all(value in (0, 1, False, True) for name, value in line.items() if name != "id"), line
        return [{line["id"] for line in lines if line[f"p{at}"]} for at in range(len(trees))]

    def in_python(self, tree: Filter) -> set[str]:
        """The ids that the tree selects, judged one by one."""
        passes = matcher(tree)
        return {span_id for span_id, span in self.spans.items() if passes(span, self.scores.get(span_id, ()))}

    def close(self) -> None:
        self.engine.close()


TEXTS = (
    "", "a", "A", "b", "ab", "aB", "abc", "é", "É", "e\u0301", "straße", "STRASSE", "STRAẞE", "\u212a", "k", "K",
    "\u017f", "s", "İ", "i", "\u0131", "ΣΑΣ", "σας", "a\0b", "\0", "'", '"', "\\", "\n", "\\n", "\t", "\r\n", "%", "_",
    "a_b", "100%", ".*", "refund policy", "Refund\u2014Policy", "our refund, policy.", "refunds policy", "refundpolicy",
    '{"text":"no\\nrefund\\u2014policy"}', '"caf\\u00e9\\u00C9s\\ud83d\\ude00"', "café", "“refund” policy", "退款政策",
    "退款", "款", "นโยบาย", "คืน", "😀", "a😀b", "{f0:String}", "'; DROP TABLE spans; --", "10", "2", "9", "2.0",
    "-1", "1e3", "true", "false", "null", "NaN",
    "{}", "[]", "\ufeff", "\U0010ffff", " ", "a ", " a", "\uff21\uff22", "\uff41\uff42",
    "ǅ", "ǆ", "Ǆ", "x" * 300, "gpt-4o", "GPT-4o-mini", "\\users", "a\\u", "\\u20", "\\",
)  # fmt: skip
KEYS = (
    "a",
    "b",
    "a.b",
    "A",
    "",
    "é",
    "'",
    "a\\b",
    "k\0",
    "user",
    "tier",
    "_hidden",
    "error_class",
    "cache_bit",
    "routing_time",
)
NUMBERS: tuple[Any, ...] = (
    0, -0.0, 1, 1.0, -1, 2, 2.5, 10, 1000, 0.1, 0.30000000000000004, 1e22, -1e300, 5e-324, 1.7976931348623157e308,
    2**53 + 1, 2.0**53, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 2**64, -(2**64), 10**30, 123456789.125, 1e-7,
)  # fmt: skip
MONEY = (
    "0",
    "0.1",
    "0.000000000001",
    "0.0000000000009",
    "12.5",
    "99999999999999",
    "0.30000000000000004",
    "-0.1",
    "1e27",
    "1e-30",
    "0.10",
)
RAW_JSON = (
    '{"a":1,"a":2}', '{"a":1e400,"b":1}', '{"a":"\\ud800","b":1}', '{"a":"\\u00e9\\u0000\\n"}', "{}", '{"":{"":1}}',
    '{ "a" : { "b" : 1.50 } }', '{"a.b":7}', '{"a":{"b":null},"a.b":8}', '{"a":-0,"b":-0.0}', '{"a":1E3,"b":1.0}',
    '{"a":123456789012345678901234567890}', '{"a":[1,[2],{"b":3}]}', '{"a":[12345678901234567890123]}',
    '{"cache_bit":1.0}', '{"cache_bit":-0.0,"error_class":3}', '{"cache_bit":true,"routing_time":"1"}',
)  # fmt: skip


def json_value(choice: random.Random, depth: int = 0) -> Any:
    """A JSON value of any type."""
    pick = choice.random()
    if pick < 0.35:
        return choice.choice(TEXTS)
    if pick < 0.65:
        return choice.choice(NUMBERS)
    if pick < 0.8 or depth > 2:
        return choice.choice([True, False, None, "", [], {}])
    if pick < 0.9:
        return [json_value(choice, depth + 1) for _ in range(choice.randrange(4))]
    return {choice.choice(KEYS): json_value(choice, depth + 1) for _ in range(choice.randrange(4))}


def json_object(choice: random.Random) -> str:
    """The text of a JSON object, sometimes an odd one, sometimes none."""
    pick = choice.random()
    if pick < 0.2:
        return ""
    if pick < 0.35:
        return choice.choice(RAW_JSON)
    found = {choice.choice(KEYS): json_value(choice) for _ in range(choice.randrange(5))}
    return json.dumps(found, ensure_ascii=choice.random() < 0.5, separators=choice.choice([(",", ":"), (", ", ": ")]))


_INT64 = [number for number in NUMBERS if isinstance(number, int) and -(2**63) <= number < 2**63]
_VALUES: dict[str, Callable[[random.Random], Any]] = {
    "text": lambda choice: choice.choice(TEXTS),
    "integer": lambda choice: choice.choice([None, *_INT64]),
    "float": lambda choice: choice.choice([None, *(float(number) for number in NUMBERS)]),
    "money": lambda choice: choice.choice([None, *(Decimal(text) for text in MONEY[:8] if len(text) < 15)]),
    "time": lambda choice: NOW + choice.randrange(-3, 4) * 1_000_000,
    "boolean": lambda choice: choice.random() < 0.5,
}


def span(choice: random.Random, number: int) -> Span:
    """A span whose every field is drawn."""
    given: dict[str, Any] = {}
    for field in SPANS.fields:
        if field.name in Span.__struct_fields__ and field.kind in _VALUES and choice.random() < 0.7:
            given[field.name] = _VALUES[field.kind](choice)
    if choice.random() < 0.3:
        given["positive_feedback"] = None
    for name in [name for name, value in given.items() if value is None and not SPANS.find(name).is_nullable]:
        del given[name]
    given |= TENANT | {
        "id": f"{number:032x}",
        "key_time": NOW,
        "log_type": choice.choice(LOG_TYPES),
        "status": choice.choice(STATUSES),
        "metadata": {choice.choice(KEYS): choice.choice(TEXTS) for _ in range(choice.randrange(4))},
        "properties": json_object(choice),
        "extra": json_object(choice),
    }
    return Span(**given)


EVALUATORS = ("quality", "tone", "e1", "o'dd", "nobody")


def mark_of(choice: random.Random, span_id: str) -> Mark:
    """A random change of a span."""
    given: dict[str, Any] = {
        "note": choice.choice(TEXTS),
        "is_pinned": choice.choice([True, False]),
        "blurred": choice.choice([True, False]),
        "positive_feedback": choice.choice([True, False, None]),
        "custom_identifier": choice.choice(TEXTS),
        "metadata": {choice.choice(KEYS): choice.choice(TEXTS) for _ in range(2)},
    }
    return Mark(id=span_id, key_time=0, **{name: given[name] for name in choice.sample(sorted(given), 3)})


def scores_of(choice: random.Random, span_id: str) -> list[Score]:
    """Scores of any type, by some evaluators; one may bear another's id as its slug."""
    return [
        Score(
            **TENANT, log_id=span_id, id=f"{span_id}-{at}", evaluator_id=choice.choice(EVALUATORS[:4]),
            evaluator_slug=choice.choice(EVALUATORS[:4]), **_score_value(choice),
        )
        for at in range(choice.choice((0, 0, 1, 2)))
    ]  # fmt: skip


def _score_value(choice: random.Random) -> Any:
    type_ = choice.choice(SCORE_TYPES[:4])
    value: object = choice.choice(TEXTS)
    if type_ == "numerical":
        value = float(choice.choice(NUMBERS))
    elif type_ == "boolean":
        value = choice.random() < 0.5
    elif type_ == "categorical":
        value = json.dumps([choice.choice(TEXTS) for _ in range(choice.randrange(3))])
    return {"type": type_, ("string" if type_ == "text" else type_) + "_value": value}


def one_test(choice: random.Random, spans: Sequence[Span]) -> Test:
    """A test that some field takes, often against a value that some span has."""
    field = _field(choice)
    return test_of(choice, spans, field, choice.choice(field.operators))


def test_of(choice: random.Random, spans: Sequence[Span], field: Field, operator: str) -> Test:
    """A test of this field by this operator."""
    count = {"none": 0, "one": 1, "many": choice.choice((1, 1, 1, 2, 3))}[OPERATORS[operator].arity]
    return field.test(operator, [_value(choice, field, operator, spans) for _ in range(count)])


def _field(choice: random.Random) -> Field:
    field = choice.choice(SPANS.fields)
    if not field.is_family:
        return field
    head = field.name.partition(".")[0]
    key = choice.choice(EVALUATORS if head == "scores" else [key for key in KEYS if key])
    if head == "properties" and choice.random() < 0.3:
        key = f"{key}.{choice.choice(KEYS)}"
    return SPANS.find(f"{head}.{key}")


def renamed(test: Test, operator: str) -> Test:
    """The same test by another operator."""
    return dataclasses.replace(test, operator=operator)


PATTERNS = ("a.b", "^$", "(?i)É", r"\d+", "^a", "b$", r"[^\x00-\x7f]", "", r"\bre", "(a|b)+c?", "x{10,20}")


def _value(choice: random.Random, field: Field, operator: str, spans: Sequence[Span]) -> object:
    if "regex" in operator:
        return choice.choice(PATTERNS)
    if field.kind == "map" or operator == "has_key":
        return choice.choice(KEYS)
    if field.kind in _ASKED:
        return _ASKED[field.kind](choice)
    if field.kind in ("json", "score") and choice.random() < 0.6 and operator in _OF_ANY_TYPE:
        return choice.choice([*NUMBERS, True, False])
    if field.get and field.kind == "text" and choice.random() < 0.4:
        return _part(choice, field.get(choice.choice(spans)))
    return choice.choice(TEXTS)


_OF_ANY_TYPE = ("eq", "not", "lt", "lte", "gt", "gte", "overlap", "not_overlap", "contains", "not_contains")
_ASKED: dict[str, Callable[[random.Random], object]] = {
    "boolean": lambda choice: choice.random() < 0.5,
    "time": lambda choice: f"2025-06-15T15:06:{choice.randrange(37, 44)}Z",
    "money": lambda choice: choice.choice(MONEY),
    "integer": lambda choice: choice.choice(NUMBERS),
    "float": lambda choice: choice.choice([number for number in NUMBERS if abs(number) < 1e308]),
}


def _part(choice: random.Random, found: object) -> str:
    """A text that a span has, or a piece of it."""
    text = found if isinstance(found, str) else ""
    start = choice.randrange(len(text) + 1)
    return text[start : start + choice.randrange(1, 8)] if choice.random() < 0.5 else text


def tree(choice: random.Random, spans: Sequence[Span], depth: int = 0) -> Filter:
    """A filter of tests, words, groups and negations."""
    pick = choice.random()
    if pick < 0.5 or depth > 3:
        return one_test(choice, spans)
    if pick < 0.6:
        return Words(choice.choice(TEXTS), choice.random() < 0.3)
    if pick < 0.7:
        return Not(tree(choice, spans, depth + 1))
    parts = tuple(tree(choice, spans, depth + 1) for _ in range(choice.randrange(4)))
    return And(parts) if choice.random() < 0.5 else Or(parts)
