"""midspan.ingest.intake: bytes in, a priced span out, or a fault that names what is wrong."""

import contextlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.errors import BadRequest, Fault, Invalid, TooLarge
from midspan.ingest.intake import Context, Intake, Row, rows
from midspan.ingest.price import PriceBook

CONTEXT = Context(
    organization_id="a" * 32,
    environment="prod",
    key_id="k",
    received_at=1_769_860_800_000_000,
    log_method="logging_api",
)
MAX = 10_000


def free(span: Span, overrides: Sequence[Override]) -> None:
    """A price that changes nothing."""


INTAKE = Intake(free, MAX)


def create(body: Any) -> Span:
    return INTAKE.create(body if isinstance(body, bytes) else json.dumps(body).encode(), CONTEXT)


def row(raw: bytes) -> tuple[Span, list[str]]:
    one = Row(0, raw)
    return INTAKE.row(one, CONTEXT), one.repairs


def test_span_is_priced() -> None:
    """The span that comes out has been priced, with the overrides of the request's organization; a sent cost stands."""
    seen = []
    overrides: tuple[Override, ...] = ()
    context = Context(
        organization_id="a" * 32, environment="prod", key_id="k", received_at=1, log_method="batch", overrides=overrides
    )
    intake = Intake(lambda span, given: seen.append((span, given)), MAX)
    span = intake.create(b'{"model":"m"}', context)
    other = intake.row(Row(0, b"{}"), context)
    assert seen == [(span, overrides), (other, overrides)]
    sent = Intake(PriceBook().apply, MAX).create(b'{"model":"gpt-4o-mini","cost":"0.25"}', CONTEXT)
    assert (sent.cost, sent.cost_source) == (Decimal("0.25"), "sent")


def test_size() -> None:
    """A span over the limit is refused before it is read; one at the limit is not."""
    fits = b'{"model":"m","input":"%s"}' % (b"x" * (MAX - 24))
    assert len(fits) == MAX
    assert create(fits).input == "x" * (MAX - 24)
    assert row(fits)[0].input == "x" * (MAX - 24)
    with pytest.raises(TooLarge, match="at most 10000"):
        create(fits + b" ")
    with pytest.raises(TooLarge, match="at most 10000"):
        row(fits + b" ")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"model":NaN}', b'{"model":"\\ud800"}', b'{"model":"\xff"}', b"{'a':1}"]
)
def test_create_is_strict(body: bytes) -> None:
    """Create reads one well-formed JSON object, or nothing."""
    with pytest.raises(BadRequest):
        create(body)


@pytest.mark.parametrize(
    ("raw", "name", "value"),
    [
        (b'{"input":"x","cost":NaN}', "cost", None),
        (b'{"input":[NaN, 1]}', "input", "[null, 1]"),
        (b'{"input":"a\\ud800b"}', "input", "a�b"),
        (b'{"input":"a\xffb"}', "input", "a�b"),
        (b'{"input":"a\nb"}', "input", "a\nb"),
    ],
)
def test_row_is_mended(raw: bytes, name: str, value: Any) -> None:
    """A row that is not JSON is read leniently, and its span says so."""
    span, repairs = row(raw)
    assert getattr(span, name) == value
    assert len(repairs) == 1
    assert span.warnings == repairs[0]


@pytest.mark.parametrize(
    "raw", [b"", b"3", b"null", b"[]", b'"x"', b'{"a":', b"{a}", b'{"a":' * 5_000 + b"1" + b"}" * 5_000]
)
def test_row_that_cannot_be_repaired(raw: bytes) -> None:
    """A row that is no object, or beyond mending, is refused alone with the reason."""
    with pytest.raises((Invalid, TooLarge)) as caught:
        Intake(free, 1 << 20).row(Row(7, raw), CONTEXT)
    assert caught.value.detail.startswith("The row ")


def test_one_bad_row_costs_itself() -> None:
    """Of a body with one broken row all the others come through."""
    good = [b'{"input":"%d"}' % n for n in range(499)]
    body = b'{"logs":[' + b",".join([*good[:250], b'{"input":"\\x', *good[250:]]) + b"]}"
    body = body.replace(b'{"input":"\\x,', b'{"input":"\\x"},')
    spans = [INTAKE.row(one, CONTEXT) for one in rows(body, ("logs",), array=False)]
    assert len(spans) == 500
    assert [span.input for span in spans if not span.warnings] == [str(n) for n in range(499)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, st.booleans())
def test_payload_comes_back_exactly(input_: Any, output: Any, ascii_only: bool) -> None:
    """Input and output come back as their text, or as the very JSON text that was sent."""

    def text(value: Any) -> str:
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=ascii_only)

    raw = json.dumps({"model": "m", "input": input_, "output": output}, ensure_ascii=ascii_only).encode()
    for span in (create(raw), row(raw)[0]):
        assert (span.input, span.output) == (text(input_), text(output))


@given(st.dictionaries(st.text(), JSON))
def test_metadata_comes_back_exactly(metadata: dict[str, Any]) -> None:
    """Metadata comes back with its own keys, texts as they were and anything else as JSON text; null is not sent."""
    span = create({"model": "m", "metadata": metadata})
    assert span.metadata == {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in metadata.items()
        if value is not None
    }


@given(st.dictionaries(st.text().map("x-".__add__), JSON), st.dictionaries(st.text(max_size=5), JSON))
def test_unknown_fields_come_back_exactly(extra: dict[str, Any], properties: dict[str, Any]) -> None:
    """Unknown fields and properties mean afterwards what they meant before."""
    span = create({"model": "m", "properties": properties, **extra})
    sent = {key: value for key, value in extra.items() if value is not None}
    assert json.loads(span.extra or "{}") == sent
    assert json.loads(span.properties) == properties


def shake(raw: bytes) -> None:
    """Everything that can be done with some bytes: a span, or a fault that has an answer."""
    with contextlib.suppress(Fault):
        create(raw)
    with contextlib.suppress(Fault):
        row(raw)
    with contextlib.suppress(Fault):
        for one in rows(raw, ("data", "logs"), array=True):
            with contextlib.suppress(Fault):
                INTAKE.row(one, CONTEXT)


@given(st.binary())
def test_any_bytes_make_a_span_or_a_fault(raw: bytes) -> None:
    """No bytes make anything but a span or a fault with an answer."""
    shake(raw)
    shake(b"[" + raw)
    shake(b'{"model":"m","input":' + raw + b"}")


NAMES = st.sampled_from([
    "model", "input", "output", "messages", "usage", "metadata", "full_request", "full_response", "respan_params",
    "keywordsai_params", "customer_params", "prompt", "timestamp", "start_time", "latency", "cost", "warnings",
    "status", "status_code", "log_type", "tools", "tool_calls", "trace_unique_id", "span_unique_id", "disable_log",
    "environment", "prompt_tokens", "prompt_cache_hit_tokens", "completion_tokens", "properties", "response_format",
    "extra", "customer_identifier", "max_tokens", "stop", "generation_time", "choices", "message", "content",
])  # fmt: skip
VALUES = st.recursive(JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=4)
BODIES = st.dictionaries(NAMES, VALUES)


@given(BODIES)
def test_any_body_makes_a_span_or_a_fault(body: dict[str, Any]) -> None:
    """No values in known fields make anything but a span or a fault, and leniently always a span."""
    raw = json.dumps(body).encode()
    shake(raw)
    shake(b'{"logs":[' + raw + b",{NaN}]}")
    if len(raw) <= MAX:
        span, repairs = row(raw)
        assert span.id
        assert bool(repairs) <= bool(span.warnings)


NESTED = [
    "input", "output", "metadata", "properties", "usage", "full_request", "full_response", "extra", "respan_params",
    "prompt", "warnings", "customer_params", "tools", "response_format",
]  # fmt: skip


@pytest.mark.parametrize("depth", [100, *range(850, 1_010, 5), 1_500, 100_000])
def test_nesting(depth: int) -> None:
    """A value nested deeply is kept as it came, or refused; nothing breaks on the way."""
    deep = b"[" * depth + b"]" * depth
    intake = Intake(free, 1 << 20)
    for name in NESTED:
        for value in (deep, b'{"messages":' + deep + b',"usage":{"x":' + deep + b'},"api_key":"k"}'):
            raw = b'{"model":"m","%s":%s}' % (name.encode(), value)
            with contextlib.suppress(Fault):
                span = intake.create(raw, CONTEXT)
                assert name != "input" or span.input == value.decode()
            with contextlib.suppress(Fault):
                intake.row(Row(0, raw), CONTEXT)
