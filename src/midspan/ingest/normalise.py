"""The contract's rules: what a client gave → the span that is stored.

Strict (create) refuses what breaks the schema, every fault at once. Lenient (bulk, batch, ingest) repairs it: the
value goes to `metadata` under its own name, and a sentence says so. Pure: the time of arrival is given.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.domain.span import Span
from midspan.domain.timestamps import EARLIEST
from midspan.errors import Invalid
from midspan.ingest.body import FIELDS
from midspan.ingest.context import Context
from midspan.ingest.credentials import scrub
from midspan.ingest.extract import request_values, response_values
from midspan.ingest.given import Given, read
from midspan.ingest.ids import is_sent, new_id, pair_id
from midspan.ingest.messages import input_preview, output_preview, output_spoken
from midspan.ingest.usage import apply_usage
from midspan.ingest.values import CUSTOMER_MAX, plain, quote, read_name, text_of

Values = dict[str, Any]

_members = msgspec.json.Decoder(dict[str, Raw]).decode

_CONTENT: Final = (
    "input", "output", "tools", "tool_calls", "variables", "full_request", "full_response", "completion_messages",
    "reasoning", "embedding", "respan_params",
)  # fmt: skip
"""What `disable_log` keeps out of the store."""

_PAYLOAD: Final = frozenset(f.name for f in FIELDS.values() if f.group in ("Payload", "Raw exchange", "Controls"))
_UNMOVED: Final = frozenset(("log_type", "status", "customer_identifier"))
"""Faulty fields that have a repair of their own."""


def normalise(members: dict[str, Raw], context: Context, *, strict: bool, repairs: list[str]) -> Span:
    """The span that a body means, without its cost. `repairs` is added to.

    Raises `Invalid` where the body breaks the schema, and strict.
    """
    given = read(members)
    values = given.values
    if "respan_params" in values or "keywordsai_params" in given.controls:
        _take_params(given)
    if "customer_params" in values:
        _take_customer(given)
    if "prompt" in given.controls:
        _take_prompt(given)
    if "full_request" in values or "full_response" in values:
        _take_exchange(given)
    if strict:
        _refuse(given)
    elif given.faults:
        _repair(given, repairs)
    values = given.values
    _choose_log_type(given, strict)
    _describe_payload(values)
    apply_usage(values, repairs)
    _set_times(values, context, repairs)
    _set_status(values)
    _set_ids(values, context)
    if strict:
        values.setdefault("temperature", 1.0)
        values.setdefault("top_p", 1.0)
    if given.controls.get("disable_log"):
        _drop_content(given)
    _keep_rest(given, context)
    if repairs:
        values["warnings"] = _with_repairs(values.get("warnings", ""), repairs)
    values["organization_id"] = context.organization_id
    values["environment"] = context.environment
    values["organization_key_id"] = context.key_id
    values["log_method"] = context.log_method
    values["received_at"] = context.received_at
    return Span(**values)


def _take_params(given: Given) -> None:
    """Fields nested in `respan_params` count where they are not at the top level."""
    values = given.values
    nested: str = values.get("respan_params", "")
    legacy: str = given.controls.get("keywordsai_params", "")
    if nested and legacy:
        members = _members(legacy) | _members(nested)
        text = _object_text({name: text_of(raw) for name, raw in members.items()})
    else:
        text = nested or legacy
        members = _members(text)
    values["respan_params"] = scrub(text)
    inner = read({name: raw for name, raw in members.items() if name in FIELDS and name not in values})
    given.has_messages = given.has_messages or inner.has_messages
    for level, below in (
        (values, inner.values), (given.controls, inner.controls), (given.parameters, inner.parameters),
    ):  # fmt: skip
        for name, value in below.items():
            level.setdefault(name, value)
    for name, fault in inner.faults.items():
        given.faults.setdefault(f"respan_params.{name}", fault)


_CUSTOMER: Final = (
    ("customer_identifier", "customer_identifier"), ("name", "customer_name"), ("email", "customer_email"),
)  # fmt: skip


def _take_customer(given: Given) -> None:
    """`customer_params` names the customer where the top level does not."""
    members = _members(given.values["customer_params"])
    for inner, name in _CUSTOMER:
        if inner in members and name not in given.values and name not in given.faults:
            _take(given, name, members[inner], f"customer_params.{inner}")


_PROMPT: Final = (
    ("prompt_id", "prompt_id"), ("name", "prompt_name"), ("version", "prompt_version_number"),
    ("variables", "variables"), ("is_custom_prompt", "is_custom_prompt"),
)  # fmt: skip


def _take_prompt(given: Given) -> None:
    """`prompt` names the template where the fields beside it do not. It never rejects a span."""
    text = given.controls["prompt"]
    if text[0] == "{":
        members = _members(text)
        for inner, name in _PROMPT:
            if inner in members and name not in given.values:
                _take(given, name, members[inner], "")


def _take(given: Given, name: str, raw: Raw, path: str) -> None:
    """One nested member, read as the field that it stands for. A fault counts where it has a path to be named by."""
    try:
        value = FIELDS[name].decode(raw)
    except ValueError as error:
        if path:
            given.faults[path] = (str(error), raw)
        return
    if value is not None:
        given.values[name] = value


def _take_exchange(given: Given) -> None:
    """What was not sent otherwise is taken from the recorded request and response. Credentials leave them here."""
    values = given.values
    if request := values.get("full_request"):
        for name, value in request_values(request).items():
            if not values.get(name) and name not in given.faults:
                given.has_messages = given.has_messages or name == "input"
                values[name] = value
        values["full_request"] = scrub(request)
    if response := values.get("full_response"):
        for name, value in response_values(response).items():
            # Vectors that were sent as such are not the output once more.
            is_told = bool(values.get(name)) or (name == "output" and bool(values.get("embedding")))
            if not is_told and name not in given.faults:
                values[name] = value
        if not values.get("model") and "response_model" in values and "model" not in given.faults:
            values["model"] = values["response_model"]
        values["full_response"] = scrub(response)


def _refuse(given: Given) -> None:
    """Raise with every fault named at once, if there is one."""
    errors = {name: [f"{name} {sentence}."] for name, (sentence, _) in given.faults.items()}
    if not given.values.get("model") and "model" not in errors:
        errors["model"] = ["model is required; send it here or in full_request."]
    if errors:
        raise Invalid(" ".join(sentences[0] for sentences in errors.values()), errors=errors)


def _repair(given: Given, repairs: list[str]) -> None:
    """Keep what a column cannot take in `metadata`, under its own name, and say so."""
    values = given.values
    kept: dict[str, str] = {}
    for path, (sentence, raw) in given.faults.items():
        name = path.rpartition(".")[2]
        if name in _UNMOVED and text_of(raw)[0] in '"-0123456789' and _repair_named(values, name, raw, repairs):
            continue
        if name == "disable_log":
            # Whoever says it in the wrong type still does not want the content kept.
            given.controls["disable_log"] = plain(raw).strip().lower() not in ("", "false", "0", "no", "off")
        if name == "log_type":
            values["log_type"] = "unknown"
        kept[name] = plain(raw)
        repairs.append(f"{path} {sentence}; it was kept in metadata.")
    if given.controls.get("disable_log"):
        kept = {name: text for name, text in kept.items() if name not in _PAYLOAD}
    values["metadata"] = kept | values.get("metadata", {})


def _repair_named(values: Values, name: str, raw: Raw, repairs: list[str]) -> bool:
    """Repairs within the field itself; False where there is none for this value."""
    text = plain(raw)
    if name == "customer_identifier":
        try:
            identifier = read_name(raw)
        except ValueError:  # a number with a fraction
            return False
        assert identifier is not None
        values.setdefault(name, identifier[:CUSTOMER_MAX])
        repairs.append(f"customer_identifier was cut to {CUSTOMER_MAX} characters.")
    elif text_of(raw)[0] != '"':
        return False
    elif name == "log_type":
        values[name] = "unknown"
        repairs.append(f"log_type {quote(text[:100])} is not known; stored as unknown.")
    else:
        repairs.append(f"status {quote(text[:100])} is not known; it was derived.")
    return True


def _choose_log_type(given: Given, strict: bool) -> None:
    if "log_type" not in given.values:
        is_chat = strict or given.has_messages or bool(given.values.get("model"))
        given.values["log_type"] = "chat" if is_chat else "span"


def _describe_payload(values: Values) -> None:
    """Previews, tool calls and reasoning, from the texts of input and output."""
    if text := values.get("input"):
        values["input_preview"] = input_preview(text)
    if text := values.get("output"):
        spoken = output_spoken(text)
        if spoken.tool_calls and not values.get("tool_calls"):
            values["tool_calls"] = spoken.tool_calls
        if spoken.reasoning and not values.get("reasoning"):
            values["reasoning"] = spoken.reasoning
        values["output_preview"] = output_preview(spoken, text)
    if calls := values.get("tool_calls"):
        values["has_tool_calls"] = len(calls) > 2


def _set_times(values: Values, context: Context, repairs: list[str]) -> None:
    """End, start, latency and speed. What is derived is derived only from times that the client sent."""
    end, start, latency = values.get("timestamp"), values.get("start_time"), values.get("latency")
    if end is None:
        values["timestamp"] = context.received_at
    elif start is not None and latency is None:
        if end >= start:
            values["latency"] = latency = (end - start) / 1_000_000
        else:
            repairs.append("timestamp lies before start_time; latency was left out.")
    elif start is None and latency is not None:
        derived = end - min(round(latency * 1_000_000), end - EARLIEST + 1) if latency < 1e11 else EARLIEST - 1
        if derived >= EARLIEST:
            values["start_time"] = start = derived
    values["key_time"] = start if start is not None else values["timestamp"]
    if latency and "tokens_per_second" not in values and (tokens := values.get("completion_tokens")) is not None:
        seconds = latency - values.get("time_to_first_token", 0.0)
        if seconds > 0 and tokens / seconds < 1e300:
            values["tokens_per_second"] = tokens / seconds


def _set_status(values: Values) -> None:
    code = values.setdefault("status_code", 200)
    if not values.get("status"):
        values["status"] = "failed" if values.get("error_message") or code >= 400 else "success"


def _set_ids(values: Values, context: Context) -> None:
    trace, span = values.get("trace_unique_id"), values.get("span_unique_id")
    if not is_sent(values.get("span_parent_id")):
        values.pop("span_parent_id", None)
    if is_sent(trace) and is_sent(span):
        values["has_client_ids"] = True
        values["id"] = pair_id(context.organization_id, context.environment, trace, span)
        return
    values["id"] = made = new_id(context.received_at)
    if not is_sent(trace):
        values["trace_unique_id"] = made
    if not is_sent(span):
        values["span_unique_id"] = made


def _drop_content(given: Given) -> None:
    values = given.values
    for name in _CONTENT:
        values.pop(name, None)
    values.pop("input_preview", None)
    values.pop("output_preview", None)
    given.controls.pop("prompt", None)
    given.extra.clear()


def _keep_rest(given: Given, context: Context) -> None:
    """Parameters without a column, and what no rule knows, each as one JSON object."""
    values, controls, extra = given.values, given.controls, given.extra
    if given.parameters:
        values["parameters"] = _object_text(given.parameters)
    if controls:
        if "prompt" in controls:
            extra["prompt"] = controls["prompt"]
        if controls.get("environment", quote(context.environment)) != quote(context.environment):
            extra["environment"] = controls["environment"]
    if extra:
        values["extra"] = _object_text(extra)


def _object_text(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{quote(name)}:{text}" for name, text in members.items()) + "}"


def _with_repairs(warnings: str, repairs: list[str]) -> str:
    """The client's warnings and ours: as further lines, or as the member `midspan` of the client's object."""
    ours = list(dict.fromkeys(repairs))
    if warnings[:1] == "{":
        try:
            sent = _members(warnings)
        except (msgspec.MsgspecError, RecursionError):
            sent = {}
        if sent:
            members = {name: text_of(raw) for name, raw in sent.items()}
            return _object_text(members | {"midspan": msgspec.json.encode(ours).decode()})
    return "\n".join(([warnings] if warnings else []) + ours)
