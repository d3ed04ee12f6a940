"""OTLP that is not as it should be: refused as a whole, refused span by span, or repaired with a warning."""

import contextlib
import json
import time
from typing import Any

import hypothesis
import hypothesis.strategies as st
import msgspec
import pytest

from midspan.errors import BadRequest, Fault, Invalid, TooLarge
from midspan.ingest.context import Context
from midspan.ingest.intake import Intake
from midspan.ingest.otel import otlp, otlp_json, otlp_protobuf
from midspan.ingest.price import PriceBook
from midspan.store.rows import row
from tests.exporting import (
    END,
    READERS,
    START,
    TRACE,
    Read,
    body,
    decoded,
    field,
    json_body,
    json_export,
    json_span,
    one,
    raw_body,
    span,
    varint,
)  # fmt: skip

ATTRIBUTES = {
    "text": "ä", "whole": -5, "half": 0.5, "list": ["a", 1], "map": {"a": {"b": [True]}}, "gen_ai.request.model": "m",
    "gen_ai.usage.input_tokens": 12, "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi", "user.id": "ada",
    "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}]',
}  # fmt: skip


# What is no request


def test_a_cut_request_in_protobuf_is_refused() -> None:
    """Wherever it is cut: nothing that looks whole is made of a part."""
    whole = body(span(ATTRIBUTES))
    for end in range(1, len(whole)):
        with pytest.raises(BadRequest, match="protobuf"):
            otlp_protobuf.spans(whole[:end])


@pytest.mark.parametrize(
    "sent",
    [
        b"\x08\x01",  # resource_spans as a number
        field(1, b"\x10\x01"),  # scope_spans as a number
        field(1, field(2, b"\x10\x01")),  # spans as a number
        field(9, b"x"),
        b"{}",
        b"<html>",
        b"\xff" * 10,
        json.dumps(json_export(json_span())).encode(),
    ],
)
def test_another_message_in_protobuf_is_refused(sent: bytes) -> None:
    """Fields of other types, or of another message, are no export; they are not passed over in silence."""
    with pytest.raises(BadRequest, match="protobuf"):
        otlp_protobuf.spans(sent)


@pytest.mark.parametrize(
    "sent",
    [b"", b"null", b"7", b'"x"', b"{", b"[]", b'{"resource_spans": []}', b'{"resourceSpans": {}}', b"\x0a\x00",
     b'{"resourceSpans": [7]}', b'{"resourceSpans": [{"scopeSpans": [{"spans": 7}]}]}', b'{"a": ' * 5000],
)  # fmt: skip
def test_what_is_no_request_in_json_is_refused(sent: bytes) -> None:
    """400 says that it is no export."""
    with pytest.raises(BadRequest):
        otlp_json.spans(sent)


@pytest.mark.parametrize(
    "sent",
    [b"{}", b' {} ', b'{"resourceSpans": null}', b'{"resourceSpans": []}', b'{"resourceSpans": [{}, null]}',
     b'{"resourceSpans": [{"scopeSpans": [{"spans": []}, {}, null]}], "more": 1}'],
)  # fmt: skip
def test_an_empty_request_has_no_spans(sent: bytes) -> None:
    """Nothing is a request, too."""
    assert otlp_json.spans(sent) == []
    assert otlp_protobuf.spans(b"") == []
    assert otlp_protobuf.spans(body()) == []


# What is repaired, or refused alone


def test_a_span_that_cannot_be_read_is_refused_alone() -> None:
    """The others of its request are not touched by it."""
    good = span().SerializeToString()
    mixed = [
        (otlp_protobuf.spans(raw_body(good, b"\xff\xff", good)), "protobuf"),
        (otlp_json.spans(json_body(json_span(), 7, json_span())), "JSON"),
    ]
    for (first, bad, last), word in mixed:
        assert [one([first]).name, one([last]).name] == ["chat", "chat"]
        with pytest.raises(Invalid, match=word):
            bad.decode(bad)


def test_a_wrong_wire_type_within_a_span_is_told() -> None:
    """A field that came as another kind cannot be read; the rest of the span is."""
    wrong = varint(5 << 3) + b"\x07" + span(name="").SerializeToString()
    found = one(otlp_protobuf.spans(raw_body(wrong)))

    assert (found.trace_id, found.name) == (TRACE.hex(), "")
    assert found.repairs == ["name has a wire type that is not its own; it was left out."]


def test_bad_utf8_in_protobuf_is_repaired() -> None:
    """Wherever it stands in a span; texts that are good stay as they are, and so do bytes."""
    sent = span({"good": "ä", "bad": "A?", "deep": {"A?": ["A?"]}, "bytes": b"A\xff"}, name="A?")
    sent.status.message = "A?"
    sent.events.add(name="A?")
    found = one(otlp_protobuf.spans(raw_body(sent.SerializeToString().replace(b"A?", b"A\xff"))))

    meant = {"good": "ä", "bad": "A\ufffd", "deep": {"A\ufffd": ["A\ufffd"]}, "bytes": "Qf8="}
    assert (found.name, found.status_message, found.attributes) == ("A\ufffd", "A\ufffd", meant)
    assert found.events[0].name == "A\ufffd"
    assert set(found.repairs) == {"Bytes that are not UTF-8 became U+FFFD."}


def test_bad_utf8_in_a_resource_or_scope_is_repaired() -> None:
    """Each span below them has the warning."""
    text = body(span(), span(), resource={"service.name": "A?"}).replace(b"A?", b"A\xff").replace(b"tier", b"tie\xff")
    for found in decoded(otlp_protobuf.spans(text)):
        assert (found.resource, found.scope) == ({"service.name": "A\ufffd"}, {"tie\ufffd": 1})
        assert found.repairs
    text = json_body(json_span(), json_span(), resource={"service.name": "A?"}).replace(b"A?", b"A\xff")
    for found in decoded(otlp_json.spans(text)):
        assert found.resource == {"service.name": "A\ufffd"}


def test_a_resource_that_cannot_be_read_is_left_out() -> None:
    """Its spans are stored without it, and say so."""
    below = field(2, field(2, span().SerializeToString()))
    found = one(otlp_protobuf.spans(field(1, field(1, b"\xff\xff") + below)))
    assert (found.name, found.resource) == ("chat", {})
    assert found.repairs == ["The resource is not valid protobuf; it was left out."]

    request = json_export(json_span())
    request["resourceSpans"][0]["resource"] = request["resourceSpans"][0]["scopeSpans"][0]["scope"] = 7
    found = one(otlp_json.spans(json.dumps(request).encode()))
    assert (found.name, found.resource, found.scope) == ("chat", {}, {})
    assert found.repairs == [
        "The resource cannot be read; it was left out.",
        "The scope cannot be read; it was left out.",
    ]


def test_broken_json_is_mended() -> None:
    """NaN, halves of surrogate pairs and bytes that are not UTF-8 cost no span."""
    text = json_body(json_span({"a": "x?y", "b": "A?"}), json_span())
    text = text.replace(b"x?y", rb"x\ud800y").replace(b"A?", b"A\xff").replace(b'"kind": 3', b'"kind": NaN', 1)
    first, second = decoded(otlp_json.spans(text))

    assert (first.attributes, first.kind) == ({"a": "x\ufffdy", "b": "A\ufffd"}, 0)
    assert first.repairs
    assert (second.name, second.kind) == ("chat", 3)


def test_bad_utf8_in_json_costs_a_warning_of_its_own_span() -> None:
    """The request is cut before anybody looks into its spans, so only the one at fault is mended."""
    first, second = decoded(otlp_json.spans(json_body(json_span({"a": "A?"}), json_span()).replace(b"A?", b"A\xff")))

    assert (first.attributes, first.repairs) == ({"a": "A\ufffd"}, ["Bytes that are not UTF-8 became U+FFFD."])
    assert second.repairs == []


def test_a_value_that_is_no_protobuf_is_kept_as_bytes() -> None:
    """What lies around it is read."""
    broken = field(9, field(1, b"a") + field(2, field(6, b"\xff\xff")))
    found = one(otlp_protobuf.spans(raw_body(span({"b": 1}).SerializeToString() + broken)))

    assert (found.name, found.attributes) == ("chat", {"b": 1, "a": "//8="})
    assert found.repairs == ["Values that are not valid protobuf were kept as their bytes."]


def test_members_at_fault_are_kept_in_attributes() -> None:
    """In JSON a member of another type is kept under its own name, and the rest of the span is read."""
    sent = json_span(
        [{"key": "good", "value": {"stringValue": "x"}}, {"key": "plain", "value": [1]}, 7],
        name=["a"],
        status="failed",
        events=[{"name": "said"}, "odd"],
    )
    found = one(otlp_json.spans(json_body(sent)))

    assert (found.trace_id, found.start, found.name, found.status) == (TRACE.hex(), START, "", 0)
    assert found.attributes == {
        "good": "x", "plain": [1], "attributes[2]": "7", "events[1]": '"odd"', "name": '["a"]',
        "status": '"failed"',
    }  # fmt: skip
    assert [event.name for event in found.events] == ["said"]
    assert len(found.repairs) == 4


def nested(depth: int) -> bytes:
    """A KeyValue of protobuf whose value is so deep."""
    inner = field(2, field(1, b"end"))
    for _ in range(depth):
        inner = field(2, field(6, field(1, field(1, b"a") + inner)))
    return field(1, b"deep") + inner


def nested_json(depth: int) -> Any:
    text = '{"stringValue": "end"}'
    for _ in range(depth):
        text = '{"kvlistValue": {"values": [{"key": "a", "value": ' + text + "}]}}"
    return text


def depth_of(found: Any) -> int:
    """How deep a value is, however deep it is."""
    depth = 0
    while isinstance(found, dict | list):
        found = list(found.values())[-1] if isinstance(found, dict) else found[-1]
        depth += 1
    return depth


@pytest.mark.parametrize("depth", [1, 25, 60, 150, 235, 300, 1000, 10_000])
def test_deep_values_are_cut_and_kept(depth: int) -> None:
    """However deep a value is nested, its span is read; what lies below the bound is kept as text, with a warning."""
    deep = raw_body(span().SerializeToString() + field(9, nested(depth)), span().SerializeToString())
    marked = json_body(json_span({"deep": "HERE"}), json_span())
    written = marked.replace(b'{"stringValue": "HERE"}', nested_json(depth).encode())
    for read, text in ((otlp_protobuf.spans, deep), (otlp_json.spans, written)):
        first, second = decoded(read(text))
        assert second.name == "chat"
        kept = depth_of(first.attributes["deep"])
        assert min(depth, otlp.DEEP) <= kept <= 10 * otlp.DEEP
        assert bool(first.repairs) == (kept != depth), first.repairs
        msgspec.json.encode(first)


@pytest.mark.parametrize("read", READERS)
def test_many_attributes_take_little_time(read: Read) -> None:
    """Hundreds of thousands are read in a moment, and so many are kept as are of any use; the span says so."""
    many = {f"key {number}": number for number in range(300_000)}
    text = body(span(many)) if read is otlp_protobuf.spans else json_body(json_span(many))
    started = time.process_time()
    found = one(read(text))

    assert time.process_time() - started < 5
    assert found.attributes == {name: number for name, number in many.items() if number < otlp.PARTS_MAX}
    assert found.repairs == ["Of 300000 attributes the first 100000 were kept."]


def test_more_spans_than_a_request_may_hold_are_refused() -> None:
    """A span can be two bytes long; each becomes a row."""
    for read, text in (
        (otlp_protobuf.spans, raw_body(*[b""] * (otlp.SPANS_MAX + 1))),
        (otlp_json.spans, json_body(*[{}] * (otlp.SPANS_MAX + 1))),
    ):
        with pytest.raises(TooLarge, match="50000"):
            read(text)


@pytest.mark.parametrize(
    "sent",
    [
        field(1, b"") * 1_000_000,
        field(1, field(2, b"") * 1_000_000),
        field(1, field(2, field(2, b"") * 1_000_000)),
        b"\x78\x01" * 1_000_000,
        field(1, field(2, b"\x7d\0\0\0\0" * 1_000_000)),
    ],
    ids=["resources", "scopes", "spans", "numbers", "fixed numbers"],
)
def test_requests_of_nothing_but_parts_are_refused(sent: bytes) -> None:
    """Parts of two bytes would become objects of a hundred; they are counted before anything is made of them."""
    with pytest.raises(TooLarge, match="parts"):
        otlp_protobuf.spans(sent)
    for spoiled in (sent[:-1] + b"\xff", sent + b"\xff" * 20, b"\x0b" + sent, b"\xff" * len(sent)):
        with pytest.raises(Fault):
            otlp_protobuf.spans(spoiled)


def test_a_request_of_many_large_spans_is_read() -> None:
    """What spans hold is not counted as parts of the request."""
    many = span({f"key {number}": number for number in range(200)})

    assert len(otlp_protobuf.spans(body(*[many] * 1000))) == 1000


@pytest.mark.parametrize("read", READERS)
def test_a_large_resource_is_not_repeated_without_end(read: Read) -> None:
    """What stands above many spans is stored with each; where that were too much, the later ones go without."""
    count = 300
    resource = {"service.name": "x" * (otlp.SPREAD_BYTES_MAX // 200)}
    spans = [span()] * count if read is otlp_protobuf.spans else [json_span()] * count
    text = body(*spans, resource=resource) if read is otlp_protobuf.spans else json_body(*spans, resource=resource)
    found = decoded(read(text))

    full = [exported for exported in found if exported.resource]
    assert 190 < len(full) < 200
    assert found[: len(full)] == full
    assert all(exported.scope_name == "shop.assistant" for exported in found)
    assert all("left out" in exported.repairs[0] for exported in found[len(full) :])


# Whatever is sent

SEEDS = [body(span(ATTRIBUTES), span()), json_body(json_span(ATTRIBUTES), json_span())]
INTAKE = Intake(PriceBook().apply, 20 << 20)
CONTEXT = Context(
    organization_id="0" * 32, environment="prod", key_id="k", received_at=END // 1000, log_method="tracing_integration"
)


@st.composite
def spoiled(draw: st.DrawFn, seed: bytes) -> bytes:
    """A request with some of its bytes changed, taken out or put in."""
    found = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(found) - 1))
        found[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(found)


@hypothesis.settings(max_examples=300)
@hypothesis.given(text=st.binary(max_size=200) | st.sampled_from(SEEDS).flatmap(spoiled))
def test_bytes_of_any_kind_meet_only_faults(text: bytes) -> None:
    """Whatever is sent becomes rows, or is refused with one of our faults."""
    for read in (otlp_protobuf.spans, otlp_json.spans):
        try:
            found = read(text)
        except Fault:
            continue
        for sent in found:
            with contextlib.suppress(Fault):
                row(INTAKE.exported(sent, CONTEXT))


def test_a_span_says_how_it_was_sent() -> None:
    """What it says of its log method counts where it is one that there is; else it is kept like any attribute."""
    for said, meant in (("python_tracing", "python_tracing"), ("by hand", "tracing_integration")):
        (sent,) = otlp_protobuf.spans(body(span({"respan.entity.log_method": said})))
        found = INTAKE.exported(sent, CONTEXT)
        assert found.log_method == meant
        assert meant == said or said in found.extra + found.properties


def test_a_span_is_measured_with_what_stands_above_it() -> None:
    """A resource is stored with each of its spans, and so it counts."""
    (sent,) = otlp_protobuf.spans(body(span(), resource={"big": "x" * (20 << 20)}))
    with pytest.raises(TooLarge):
        INTAKE.exported(sent, CONTEXT)


def test_the_model_that_answered_is_kept_beside_the_one_asked() -> None:
    """It prices the span where it has a price."""
    asked = {"gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini-2024-07-18"}
    (sent,) = otlp_protobuf.spans(body(span({**asked, "gen_ai.usage.input_tokens": 1_000_000})))
    found = INTAKE.exported(sent, CONTEXT)

    assert (found.model, found.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert float(found.cost or 0) == pytest.approx(0.15)
