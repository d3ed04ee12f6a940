"""Golden questions: filters, and the spans of a fixture set that they select. Written by hand, from the contract.

Each span stands in one group, and a question is asked of one group, so that an answer fits on a line. Names of spans
are their `custom_identifier`.
"""

from decimal import Decimal
from typing import Any, NamedTuple

from midspan.domain.score import Score
from midspan.domain.span import Span
from midspan.search.fields import SPANS
from midspan.search.tree import And, Filter, Not, Or, Words

DAY = 86_400_000_000
NOON = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z."""

GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "texts": {
        "absent": {},
        "lower": {"note": "refund policy"},
        "upper": {"note": "REFUND POLICY"},
        "sentence": {"note": "Our Refund, policy."},
        "dash": {"note": "refund\u2014policy"},
        "plural": {"note": "refunds"},
        "glued": {"note": "refundpolicy"},
        "json": {"note": '{"text":"no\\nrefund\\u2014policy"}'},
        "reverse": {"note": "policy refund"},
        "escaped": {"note": '{"text":"caf\\u00e9s, caf\\u00C9\\u2014\\ud83d\\ude00"}'},
        "quotes": {"note": "it's \"quoted\""},
        "backslash": {"note": "C:\\new"},
        "newline": {"note": "line\nbreak"},
        "null": {"note": "a\0b"},
        "percent": {"note": "100%_off"},
        "accent": {"note": "Café"},
        "accent-upper": {"note": "CAFÉ"},
        "accent-apart": {"note": "Cafe\u0301"},
        "chinese": {"note": "我们的退款政策"},
        "emoji": {"note": "a😀b"},
        "sharp-s": {"note": "straße"},
        "kelvin": {"note": "\u212a"},
        "sql": {"note": "'; DROP TABLE spans; --"},
        "parameter": {"note": "{f0:String}"},
        "ten": {"note": "10"},
        "nine": {"note": "9"},
        "long": {"note": "x" * 9000 + " end"},
    },
    "numbers": {
        "absent": {},
        "zero": {"latency": 0.0, "prompt_tokens": 0, "cost": Decimal(0)},
        "minus-zero": {"latency": -0.0},
        "tenth": {"latency": 0.1, "cost": Decimal("0.1")},
        "sum": {"latency": 0.1 + 0.2, "cost": Decimal("0.3")},
        "negative": {"latency": -1.5, "prompt_tokens": -1, "cost": Decimal("-0.5")},
        "even": {"latency": 1e300, "prompt_tokens": 2**53},
        "odd": {"latency": 5e-324, "prompt_tokens": 2**53 + 1},
        "largest": {"prompt_tokens": 2**63 - 1, "cost": Decimal("12345678901234.000000000001")},
        "pico": {"cost": Decimal("0.000000000001")},
    },
    "times": {
        "absent": {"timestamp": NOON},
        "noon": {"timestamp": NOON, "start_time": NOON},
        "microsecond": {"timestamp": NOON, "start_time": NOON + 1},
        "day": {"timestamp": NOON + DAY, "start_time": NOON + DAY},
    },
    "flags": {
        "none": {},
        "good": {"positive_feedback": True, "stream": True},
        "bad": {"positive_feedback": False, "has_tool_calls": True},
        "limited": {"status_code": 429, "status": "failed", "log_type": "generation"},
        "broken": {"status_code": 500, "status": "failed", "log_type": "generation"},
        "child": {"span_parent_id": "x", "prompt_cache_hit_tokens": 7},
    },
    "metadata": {
        "absent": {},
        "eu": {"metadata": {"region": "eu"}},
        "us": {"metadata": {"region": "us", "count": "10"}},
        "empty": {"metadata": {"region": ""}},
        "odd": {"metadata": {"a'b\"\\\n\0é": "x"}},
        "hidden": {"metadata": {"_sdk": "v1"}},
        "dots": {"metadata": {"a.b": "1", "a__b": "2", "count": "9"}},
    },
    "properties": {
        "absent": {},
        "other": {"properties": '{"x":1}'},
        "null": {"properties": '{"v":null}'},
        "two": {"properties": '{"v":2}'},
        "two-float": {"properties": '{ "v" : 2.0 }'},
        "two-text": {"properties": '{"v":"2"}'},
        "ten": {"properties": '{"v":10}'},
        "ten-text": {"properties": '{"v":"10"}'},
        "half": {"properties": '{"v":2.5}'},
        "true": {"properties": '{"v":true}'},
        "true-text": {"properties": '{"v":"true"}'},
        "list": {"properties": '{"v":[2,"b",true]}'},
        "empty-list": {"properties": '{"v":[]}'},
        "empty-text": {"properties": '{"v":""}'},
        "object": {"properties": '{"v":{"w":3}}'},
        "flat": {"properties": '{"v.w":3}'},
        "huge": {"properties": '{"v":123456789012345678901234567890}'},
        "odd": {"properties": '{"v":9007199254740993}'},
        "escaped": {"properties": '{"v":"caf\\u00e9\\n\\"\\u0000"}'},
    },
    "extra": {
        "absent": {},
        "cached": {"extra": '{"cache_bit":1,"deployment_name":"blue","routing_time":0.25}'},
        "uncached": {"extra": '{"cache_bit":false,"deployment_name":7,"routing_time":"0.25"}'},
        "flat": {"extra": '{"build":{"number":null},"build.number":6}'},
        "behaving": {"extra": '{"behaviors":["refusal","loop"],"build":{"number":5}}'},
    },
    "scores": {
        "absent": {},
        "good": {},
        "poor": {},
        "passed": {},
        "tagged": {},
        "told": {},
    },
    "words": {
        "input": {"input": '[{"role":"user","content":"Where is my parcel?"}]'},
        "output": {"output": "Your parcel is late."},
        "error": {"error_message": "ParcelError: parcel lost"},
        "name": {"span_name": "find parcel"},
        "workflow": {"span_workflow_name": "parcel-support"},
        "trace": {"trace_name": "parcel"},
        "elsewhere": {"note": "parcel", "model": "parcel"},
        "split": {"input": "Where is", "output": "my parcel"},
    },
}  # fmt: skip


def spans() -> list[Span]:
    """The fixture set."""
    found: list[Span] = []
    for group, named in GROUPS.items():
        for name, fields in named.items():
            values = {"timestamp": NOON, **fields}
            found.append(
                Span(
                    organization_id="o", environment="prod", key_time=NOON, id=f"{len(found):032x}",
                    group_identifier=group, custom_identifier=name, **values,
                )
            )  # fmt: skip
    return found


SCORES: dict[str, list[dict[str, Any]]] = {
    "good": [{"numerical_value": 0.9}],
    "poor": [{"numerical_value": -0.0}, {"evaluator_id": "e2", "evaluator_slug": "other", "numerical_value": 5.0}],
    "passed": [{"boolean_value": True}],
    "tagged": [{"categorical_value": '["red", "blue"]'}],
    "told": [{"string_value": "Well done"}],
}


def scores() -> list[Score]:
    """The scores of the fixture set; the evaluator is `e1`, called quality, where nothing else is said."""
    ids = {span.custom_identifier: span.id for span in spans() if span.group_identifier == "scores"}
    return [
        Score(
            organization_id="o", environment="prod", log_id=ids[name], id=f"{name}{at}",
            **{"evaluator_id": "e1", "evaluator_slug": "quality", **given},
        )
        for name, found in SCORES.items()
        for at, given in enumerate(found)
    ]  # fmt: skip


class Question(NamedTuple):
    group: str
    tree: Filter
    answer: set[str]
    """Names of the spans that it selects."""

    @property
    def whole(self) -> Filter:
        return And((SPANS.test("group_identifier", "eq", [self.group]), self.tree))

    @property
    def title(self) -> str:
        return f"{self.group}-{self.tree}"


def _ask(group: str, field: str, operator: str, values: list[Any], answer: str) -> Question:
    return _tree(group, SPANS.test(field, operator, values), answer)


def _tree(group: str, tree: Filter, answer: str) -> Question:
    """`answer` holds names; with `all but` before them, those of the others."""
    names = set(answer.removeprefix("all but").split())
    assert names <= GROUPS[group].keys(), names - GROUPS[group].keys()
    return Question(group, tree, GROUPS[group].keys() - names if answer.startswith("all but") else names)


QUESTIONS = [
    # Texts: what is absent is the empty text.
    _ask("texts", "note", "", ["refund policy"], "lower"),
    _ask("texts", "note", "in", ["refund policy", "refunds"], "lower plural"),
    _ask("texts", "note", "", [""], "absent"),
    _ask("texts", "note", "not", ["refund policy"], "all but lower"),
    _ask("texts", "note", "not_in", ["refund policy", ""], "all but lower absent"),
    _ask("texts", "note", "contains", ["refund"], "lower dash plural glued json reverse"),
    _ask("texts", "note", "contains", [""], "all but"),
    _ask("texts", "note", "contains", ["%_"], "percent"),
    _ask("texts", "note", "contains", ["\0"], "null"),
    _ask("texts", "note", "contains", ["\\n"], "backslash json"),
    _ask("texts", "note", "contains", ["\n"], "newline"),
    _ask("texts", "note", "contains", ["'"], "quotes sql"),
    _ask("texts", "note", "contains", ['"'], "quotes json escaped"),
    _ask("texts", "note", "contains", ["😀"], "emoji"),
    _ask("texts", "note", "contains", ["x end"], "long"),
    _ask(
        "texts",
        "note",
        "not_icontains",
        ["e"],
        "absent null accent accent-upper chinese emoji kelvin ten nine percent parameter",
    ),
    _ask("texts", "note", "icontains", ["REFUND"], "lower upper sentence dash plural glued json reverse"),
    _ask("texts", "note", "icontains", ["0%_O"], "percent"),
    _ask("texts", "note", "icontains", ["c:\\N"], "backslash"),
    _ask("texts", "note", "ilike", ["É"], "accent accent-upper"),
    _ask("texts", "note", "icontains", ["k"], "newline"),
    _ask("texts", "note", "iexact", ["Refund Policy"], "lower upper"),
    _ask("texts", "note", "iexact", ["caFé"], "accent accent-upper"),
    _ask("texts", "note", "iexact", ["STRASSE"], ""),
    _ask("texts", "note", "iexact", [""], "absent"),
    _ask("texts", "note", "startswith", ["refund"], "lower dash plural glued"),
    _ask("texts", "note", "not_startswith", ["refund"], "all but lower dash plural glued"),
    _ask("texts", "note", "endswith", ["policy"], "lower dash glued"),
    _ask("texts", "note", "not_endswith", ["policy"], "all but lower dash glued"),
    _ask("texts", "note", "regex", ["^a.b$"], "null emoji"),
    _ask("texts", "note", "regex", ["e.b"], "newline"),
    _ask("texts", "note", "regex", ["(?i)^cafe?.?$"], "accent accent-upper accent-apart"),
    _ask("texts", "note", "regex", [r"^\d+$"], "ten nine"),
    _ask("texts", "note", "regex", ["^$"], "absent"),
    _ask("texts", "note", "regex", ["^é?$"], "absent"),
    _ask("texts", "note", "not_regex", ["."], "absent"),
    _ask("texts", "note", "empty", [""], "absent"),
    _ask("texts", "note", "notEmpty", [""], "all but absent"),
    _ask("texts", "note", "isnull", [True], "absent"),
    _ask("texts", "note", "isnull", [False], "all but absent"),
    _ask("texts", "note", "isnull", ["false"], "all but absent"),
    _ask("texts", "note", "lt", ["9"], "absent ten percent sql"),
    _ask("texts", "note", "gt", ["ÿ"], "chinese kelvin"),
    _ask("texts", "note", "gte", ["x"], "parameter json escaped long chinese kelvin"),
    _ask("texts", "note", "lte", ["10"], "absent ten sql"),
    _ask("texts", "note", "full_text", ["refund policy"], "lower upper sentence dash json"),
    _ask("texts", "note", "full_text", ["REFUND"], "lower upper sentence dash json reverse"),
    _ask("texts", "note", "full_text", ["end"], "long"),
    _ask("texts", "note", "full_text", ["退款"], "chinese"),
    _ask("texts", "note", "full_text", ["CAFÉ"], "accent accent-upper escaped"),
    _ask("texts", "note", "full_text", ["cafés"], "escaped"),
    _ask("texts", "note", "full_text", ["cafe", "caf", "s"], "quotes"),
    _ask("texts", "note", "full_text", ["off"], "percent"),
    _ask("texts", "note", "full_text", ["nine", "10"], "ten"),
    _ask("texts", "note", "full_text", ["..."], "all but"),
    _ask("texts", "note", "trigram_word_similar", ["refund polish"], "lower upper sentence dash glued json reverse"),
    _ask("texts", "note", "overlap", ["10", "9"], "ten nine"),
    _ask("texts", "note", "not_overlap", ["10", "9"], "all but ten nine"),
    _ask("texts", "note", "=", ["'; DROP TABLE spans; --"], "sql"),
    _ask("texts", "note", "eq", ["{f0:String}"], "parameter"),
    _ask("texts", "note", "", [10], "ten"),
    # Numbers: what is absent matches `empty` only.
    _ask("numbers", "latency", "", [0], "zero minus-zero"),
    _ask("numbers", "latency", "in", [-0.0, 0.1, 7], "zero minus-zero tenth"),
    _ask("numbers", "latency", "not", [0], "tenth sum negative even odd"),
    _ask("numbers", "latency", "", ["0.3"], ""),
    _ask("numbers", "generation_time", "eq", [0.30000000000000004], "sum"),
    _ask("numbers", "latency", ">", [0], "tenth sum even odd"),
    _ask("numbers", "latency", "<=", ["0"], "zero minus-zero negative"),
    _ask("numbers", "latency", "empty", [], "absent largest pico"),
    _ask("numbers", "latency", "not_empty", [], "all but absent largest pico"),
    _ask("numbers", "prompt_tokens", "", [2**53 + 1], "odd"),
    _ask("numbers", "input_tokens", "gt", [2**53], "odd largest"),
    _ask("numbers", "prompt_tokens", "lt", [0.5], "zero negative"),
    _ask("numbers", "prompt_tokens", "gte", [-0.5], "zero even odd largest"),
    _ask("numbers", "prompt_tokens", "eq", [0.5], ""),
    _ask("numbers", "prompt_tokens", "not", [0.5], "zero negative even odd largest"),
    _ask("numbers", "prompt_tokens", "lt", [10**30], "zero negative even odd largest"),
    _ask("numbers", "prompt_tokens", "gt", [10**30], ""),
    _ask("numbers", "prompt_tokens", "not_in", [10**30, 0], "negative even odd largest"),
    _ask("numbers", "cost", "", ["0.1"], "tenth"),
    _ask("numbers", "total_cost", "eq", [0.1], "tenth"),
    _ask("numbers", "cost", "eq", ["0.10000000000000001"], ""),
    _ask("numbers", "cost", "gte", ["0.1000000000000000000001"], "sum largest"),
    _ask("numbers", "cost", "lt", ["0.0000000000011"], "zero negative pico"),
    _ask("numbers", "cost", "eq", ["12345678901234.000000000001"], "largest"),
    _ask("numbers", "cost", "gt", ["12345678901234"], "largest"),
    _ask("numbers", "cost", "lt", ["1e30"], "zero tenth sum negative largest pico"),
    _ask("numbers", "cost", "isnull", [True], "absent minus-zero even odd"),
    _tree("numbers", Not(SPANS.test("cost", "gt", [0])), "absent zero minus-zero negative even odd"),
    _tree("numbers", And((SPANS.test("latency", "gte", [0.1]), SPANS.test("latency", "lt", [1]))), "tenth sum"),
    # Times.
    _ask("times", "start_time", "eq", ["2026-01-01T12:00:00Z"], "noon"),
    _ask("times", "start_time", "gt", ["2026-01-01T14:00:00+02:00"], "microsecond day"),
    _ask("times", "start_time", "lte", ["2026-01-01T12:00:00.000001Z"], "noon microsecond"),
    _ask("times", "start_time", "not", ["2026-01-01 12:00:00"], "microsecond day"),
    _ask("times", "start_time", "empty", [], "absent"),
    _ask("times", "timestamp", "gte", [1767355200], "day"),
    _ask("times", "timestamp", "not", ["2026-01-02T12:00:00Z"], "all but day"),
    # Booleans: feedback may be missing, the others are false.
    _ask("flags", "stream", "", ["true"], "good"),
    _ask("flags", "stream", "not", [True], "all but good"),
    _ask("flags", "stream", "", [False], "all but good"),
    _ask("flags", "has_tool_calls", "eq", [1], "bad"),
    _ask("flags", "positive_feedback", "", ["false"], "bad"),
    _ask("flags", "positive_feedback", "not", [True], "bad"),
    _ask("flags", "positive_feedback", "in", [True, False], "good bad"),
    _ask("flags", "positive_feedback", "empty", [], "none child limited broken"),
    _ask("flags", "status_code", "gte", ["429"], "limited broken"),
    _ask("flags", "status_code", "startswith", [4], "limited"),
    _ask("flags", "status_code", "not_regex", ["^[45]"], "all but limited broken"),
    _ask("flags", "status", "", ["Error"], "limited broken"),
    _ask("flags", "log_type", "in", ["LLM", "x"], "limited broken"),
    _ask("flags", "is_root_span", "", [True], "all but child"),
    _ask("flags", "is_root_span", "not", [True], "child"),
    _ask("flags", "is_pinned", "", [True], ""),
    _ask("flags", "prompt_cache_hit_tokens", "", [0], "all but child"),
    _ask("flags", "prompt_cache_hit_tokens", "gt", [0], "child"),
    # Metadata: never without the key, except `empty`.
    _ask("metadata", "metadata__region", "", ["eu"], "eu"),
    _ask("metadata", "metadata.region", "not", ["eu"], "us empty"),
    _ask("metadata", "metadata.region", "not_in", ["eu", ""], "us"),
    _ask("metadata", "metadata.region", "not_contains", ["e"], "us empty"),
    _ask("metadata", "metadata.region", "", [""], "empty"),
    _ask("metadata", "metadata.region", "empty", [], "all but eu us"),
    _ask("metadata", "metadata.region", "not_empty", [], "eu us"),
    _ask("metadata", "metadata.Region", "", ["eu"], ""),
    _tree("metadata", Not(SPANS.test("metadata.region", "eq", ["eu"])), "all but eu"),
    _ask("metadata", "metadata__count", "lt", ["9"], "us"),
    _ask("metadata", "metadata.a.b", "", ["1"], "dots"),
    _ask("metadata", "metadata__a__b", "", ["2"], "dots"),
    _ask("metadata", "metadata__a'b\"\\\n\0é", "", ["x"], "odd"),
    _ask("metadata", "metadata._sdk", "startswith", ["v"], "hidden"),
    _ask("metadata", "metadata", "has_key", ["region"], "eu us empty"),
    _ask("metadata", "metadata", "has_key", ["_sdk", "a.b"], "hidden dots"),
    _ask("metadata", "metadata", "empty", [], "absent"),
    # Properties keep their JSON types. A text also asks for what it writes.
    _ask("properties", "properties.v", "", [2], "two two-float"),
    _ask("properties", "properties__v", "", ["2"], "two two-float two-text"),
    _ask("properties", "properties.v", "not", [2], "all but absent other null two two-float flat"),
    _ask("properties", "properties.v", "gt", ["2"], "ten half odd"),
    _ask("properties", "properties.v", "gte", [2], "two two-float ten half odd"),
    _ask("properties", "properties.v", "lt", ["a"], "two-text ten-text empty-text huge"),
    _ask("properties", "properties.v", "", [True], "true"),
    _ask("properties", "properties.v", "", ["true"], "true true-text"),
    _ask("properties", "properties.v", "contains", ["b"], "list"),
    _ask("properties", "properties.v", "contains", [2], "list"),
    _ask("properties", "properties.v", "contains", ["2"], "two-text list huge"),
    _ask("properties", "properties.v", "overlap", ["b", 10], "list ten"),
    _ask("properties", "properties.v", "not_overlap", ["b", 10], "all but absent other null flat list ten"),
    _ask("properties", "properties.v", "empty", [], "absent other null empty-list empty-text flat"),
    _ask("properties", "properties.v", "not_empty", [], "all but absent other null empty-list empty-text flat"),
    _ask("properties", "properties.v.w", "", [3], "object flat"),
    _ask("properties", "properties__v__w", ">=", ["3"], "object flat"),
    _ask("properties", "properties.v", "has_key", ["w"], "object"),
    _ask("properties", "properties", "has_key", ["v.w", "x"], "flat other"),
    _ask("properties", "properties", "empty", [], "absent"),
    _ask("properties", "properties.v", "", [123456789012345678901234567890], "huge"),
    _ask("properties", "properties.v", "", [123456789012345678901234567891], ""),
    _ask("properties", "properties.v", "gt", [2**53], "odd"),
    _ask("properties", "properties.v", "", [2**53 + 1], "odd"),
    _ask("properties", "properties.v", "", ['café\n"\0'], "escaped"),
    _ask("properties", "properties.v", "icontains", ["CAFÉ"], "escaped"),
    _ask("properties", "properties.v", "full_text", ["café"], "escaped"),
    # Fields that are kept in `extra`.
    _ask("extra", "cache_bit", "", [True], "cached"),
    _ask("extra", "cache_bit", "not", [True], "uncached"),
    _ask("extra", "cache_bit", "empty", [], "absent behaving flat"),
    _ask("extra", "deployment_name", "", ["blue"], "cached"),
    _ask("extra", "deployment_name", "", ["7"], "uncached"),
    _ask("extra", "deployment_name", "not", ["blue"], "all but cached"),
    _ask("extra", "routing_time", "lt", [1], "cached"),
    _ask("extra", "behaviors", "contains", ["loop"], "behaving"),
    _ask("extra", "extra.build.number", "", [5], "behaving"),
    _ask("extra", "extra.build.number", "gt", [5], "flat"),
    _ask("extra", "extra", "has_key", ["build"], "behaving flat"),
    # Scores, by the evaluator's id or slug.
    _ask("scores", "scores__e1", "gte", [0.5], "good"),
    _ask("scores", "scores.quality", "gte", ["0.5"], "good"),
    _ask("scores", "scores.quality", "", [0], "poor"),
    _ask("scores", "scores.quality", "in", ["0.9", "red", "true"], "good tagged passed"),
    _ask("scores", "scores.quality", "", [True], "passed"),
    _ask("scores", "scores.quality", "not", [True], "good poor tagged told"),
    _ask("scores", "scores.quality", "not_in", ["blue", 0.9], "poor passed told"),
    _ask("scores", "scores.quality", "icontains", ["WELL"], "told"),
    _ask("scores", "scores.quality", "lt", [1], "good poor"),
    _ask("scores", "scores.quality", "empty", [], "absent"),
    _ask("scores", "scores.other", "not_empty", [], "poor"),
    _ask("scores", "scores.nobody", "not", [1], ""),
    _tree("scores", Not(SPANS.test("scores.e2", "gt", [4])), "all but poor"),
    # Words, in what a span says and is called.
    _tree("words", Words("parcel"), "all but elsewhere"),
    _tree("words", Words("PARCEL"), "all but elsewhere"),
    _tree("words", Words("my parcel"), "input split"),
    _tree("words", Words("is my parcel"), "input"),
    _tree("words", Words("parc"), ""),
    _tree("words", Words("parc", is_prefix=True), "all but elsewhere"),
    _tree("words", Words("parcele", is_prefix=True), "error"),
    _tree("words", Words("?!"), "all but"),
    # Groups.
    _tree("words", And(), "all but"),
    _tree("words", Or(()), ""),
    _tree("words", Not(Or((Words("where"), Words("late")))), "error name workflow trace elsewhere"),
    _tree("words", And((Words("where"), Or((Words("user"), Not(Words("is")))))), "input"),
]
