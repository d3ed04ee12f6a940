"""A span as clients read it: the documented shape, made in one place for every answer that holds a span.

The names are the reading contract's (its section on the span's read shape) and those of the create page. What is unset
is null. `metadata` keys that begin with `_` are kept but not shown.
"""

import re
from collections.abc import Container, Iterable
from decimal import Decimal
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from midspan.domain.span import MESSAGE_LOG_TYPES, Span
from midspan.search.conversation import completion_message, prompt_messages
from midspan.search.moments import moment
from midspan.search.scores import ReadScore

INLINE_BYTES = 8192
"""In lists, inputs and outputs up to this size come whole without being asked for."""

Json = Annotated[msgspec.Raw | None, msgspec.Meta(extra={"json": Any})]
OlderMessages = Annotated[msgspec.Raw | msgspec.UnsetType, msgspec.Meta(extra={"json": list[dict[str, Any]]})]
"""Older clients take a list here or nothing, but no null: an empty one for none, and no key where it is not shown."""

_NO_MESSAGES = msgspec.Raw(b"[]")


Scores = dict[str, ReadScore]
"""Evaluator's id → its score of the span."""

NO_SCORES: Final[Scores] = {}


class ReadSpan(msgspec.Struct):
    """A stored span. Times end in `Z` and have microseconds; durations are seconds; money is USD."""

    id: str
    unique_id: str
    organization_id: str
    unique_organization_id: str
    organization_name: str | None
    environment: str
    trace_unique_id: str
    span_unique_id: str
    span_parent_id: str | None
    span_name: str | None
    span_workflow_name: str | None
    span_path: str | None
    trace_name: str | None
    timestamp: str
    start_time: str | None
    received_at: str
    period_start: str | None
    period_end: str | None
    latency: float | None
    generation_time: float | None
    time_to_first_token: float | None
    ttft: float | None
    tokens_per_second: float | None
    routing_time: float | None
    log_type: str
    log_method: str | None
    model: str | None
    response_model: str | None
    provider_id: str | None
    status: str
    status_code: int
    error_message: str | None
    error_code: str | None
    warnings: str | None
    finish_reason: str | None
    input: str | None
    output: str | None
    input_preview: str | None
    output_preview: str | None
    prompt_messages: Json
    messages: OlderMessages
    completion_message: Json
    completion_messages: Json
    full_request: Json
    full_response: Json
    tools: Json
    tool_calls: Json
    has_tool_calls: bool
    tool_choice: Json
    response_format: Json
    reasoning: Json
    embedding: Json
    variables: Json
    prompt_tokens: int | None
    completion_tokens: int | None
    total_request_tokens: int | None
    prompt_cache_hit_tokens: int
    prompt_cache_creation_tokens: int
    prompt_cache_creation_1h_tokens: int
    reasoning_tokens: int | None
    token_convention: str | None
    usage: Json
    cost: Decimal | None
    cost_details: Json
    prompt_unit_price: Decimal | None
    completion_unit_price: Decimal | None
    temperature: float | None
    top_p: float | None
    frequency_penalty: float | None
    presence_penalty: float | None
    max_tokens: int | None
    stream: bool
    stop: Json
    parameters: Json
    customer_identifier: str | None
    customer_name: str | None
    customer_email: str | None
    customer_params: Json
    thread_identifier: str | None
    session_identifier: str | None
    trace_group_identifier: str | None
    group_identifier: str | None
    custom_identifier: str | None
    evaluation_identifier: str | None
    prompt_id: str | None
    prompt_name: str | None
    prompt_version_number: int | str | None
    is_custom_prompt: bool
    metadata: dict[str, str]
    properties: Json
    respan_params: Json
    keywordsai_params: Json
    positive_feedback: bool | None
    note: str | None
    is_pinned: bool
    scores: Scores
    extra: Json
    organization_key_id: str | None
    organization_key_name: str | None
    deployment_id: str | None
    deployment_name: str | None
    limit_info: Any
    blurred: bool
    snippets: dict[str, str] | msgspec.UnsetType


FIELDS = frozenset(ReadSpan.__struct_fields__)

ON_DEMAND = frozenset({
    "prompt_messages", "messages", "completion_message", "completion_messages", "full_request", "full_response",
    "tools", "reasoning", "embedding", "variables", "usage", "respan_params", "keywordsai_params", "customer_params",
})  # fmt: skip
"""Fields that lists carry as null unless `include_fields` names them; so too a long `input` or `output`."""

LARGE = ON_DEMAND | {"input", "output"}
"""Fields that hold the payload; a single span can be read without them."""

SOURCES = {
    "prompt_messages": "input", "messages": "input", "completion_message": "output", "generation_time": "latency",
    "ttft": "time_to_first_token", "keywordsai_params": "respan_params", "unique_id": "id",
    "unique_organization_id": "organization_id",
}  # fmt: skip
"""Read fields that are made from a column of another name."""

_SOURCES_BESIDE = {
    "prompt_messages": {"log_type"}, "messages": {"log_type"}, "completion_message": {"log_type"},
    "organization_key_name": {"organization_key_id"}, "routing_time": {"extra"}, "deployment_id": {"extra"},
    "deployment_name": {"extra"},
}  # fmt: skip
"""Read fields that need other columns beside it, or have no column of their own."""

_IDENTITY = frozenset({"organization_id", "environment", "key_time", "id"})
"""Columns without which there is no `Span`."""

_HIDDEN_COLUMNS = {"key_time", "has_client_ids", "is_deleted", "idempotency_key", "body_hash", "answer"}
_ON_DEMAND_COLUMNS = {SOURCES.get(name, name) for name in ON_DEMAND} - {"input", "output"}

COLUMNS = tuple(name for name in Span.__struct_fields__ if name not in _HIDDEN_COLUMNS - {"key_time"})
"""Columns that a whole span is read from."""

_NUMBERS = (int, float)
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

_encoder = msgspec.json.Encoder(decimal_format="number")


def columns_of(names: Iterable[str]) -> list[str]:
    """Columns that these read fields are made from, in order."""
    wanted = _IDENTITY.union(*({SOURCES.get(name, name), *_SOURCES_BESIDE.get(name, ())} for name in names))
    return [name for name in COLUMNS if name in wanted]


def list_columns(include: Container[str]) -> list[str]:
    """Columns that a list's rows are read from, input and output aside."""
    wanted = {SOURCES.get(name, name) for name in ON_DEMAND if name in include}
    left_out = _ON_DEMAND_COLUMNS - wanted
    return [name for name in COLUMNS if name not in left_out and name not in ("input", "output")]


def whole(include: Container[str]) -> set[str]:
    """Which of input and output a list reads at any size."""
    needs = {"input": ("input", "prompt_messages", "messages"), "output": ("output", "completion_message")}
    return {column for column, names in needs.items() if any(name in include for name in names)}


class Names(NamedTuple):
    """What the control data calls a span's organization and key."""

    organization: str | None = None
    key: str | None = None


def read(
    span: Span,
    names: Names,
    shown: Container[str] = ON_DEMAND,
    scores: Scores = NO_SCORES,
    snippets: dict[str, str] | msgspec.UnsetType = msgspec.UNSET,
) -> ReadSpan:
    """The span in its read shape. `shown` holds which of the fields of `ON_DEMAND` are filled."""
    chat = span.log_type in MESSAGE_LOG_TYPES
    messages = prompt_messages(span.input) if chat and ("prompt_messages" in shown or "messages" in shown) else None
    params = _json(span.respan_params)
    kept = _kept(span.extra)
    # By position, in the order of the class: by name it takes thirty times as long. A test holds each to its name.
    return ReadSpan(
        span.id,
        span.id,
        span.organization_id,
        span.organization_id,
        names.organization,
        span.environment,
        span.trace_unique_id,
        span.span_unique_id,
        span.span_parent_id or None,
        span.span_name or None,
        span.span_workflow_name or None,
        span.span_path or None,
        span.trace_name or None,
        moment(span.timestamp),
        None if span.start_time is None else moment(span.start_time),
        moment(span.received_at),
        None,  # period_start
        None,  # period_end
        span.latency,
        span.latency,
        span.time_to_first_token,
        span.time_to_first_token,
        span.tokens_per_second,
        kept.routing_time if type(kept.routing_time) in _NUMBERS else None,
        span.log_type,
        span.log_method or None,
        span.model or None,
        span.response_model or None,
        span.provider_id or None,
        span.status,
        span.status_code,
        span.error_message or None,
        span.error_code or None,
        span.warnings or None,
        span.finish_reason or None,
        span.input or None,
        span.output or None,
        span.input_preview or None,
        span.output_preview or None,
        messages if "prompt_messages" in shown else None,
        (messages or _NO_MESSAGES) if "messages" in shown else msgspec.UNSET,
        completion_message(span.output) if chat and "completion_message" in shown else None,
        _json(span.completion_messages),
        _json(span.full_request),
        _json(span.full_response),
        _json(span.tools),
        _json(span.tool_calls),
        span.has_tool_calls,
        _json(span.tool_choice),
        _json(span.response_format),
        _json(span.reasoning),
        _json(span.embedding),
        _json(span.variables),
        span.prompt_tokens,
        span.completion_tokens,
        span.total_request_tokens,
        span.prompt_cache_hit_tokens or 0,
        span.prompt_cache_creation_tokens or 0,
        span.prompt_cache_creation_1h_tokens or 0,
        span.reasoning_tokens,
        span.token_convention or None,
        _json(span.usage),
        _money(span.cost),
        _json(span.cost_details),
        _money(span.prompt_unit_price),
        _money(span.completion_unit_price),
        span.temperature,
        span.top_p,
        span.frequency_penalty,
        span.presence_penalty,
        span.max_tokens,
        span.stream,
        _json(span.stop),
        _json(span.parameters),
        span.customer_identifier or None,
        span.customer_name or None,
        span.customer_email or None,
        _json(span.customer_params),
        span.thread_identifier or None,
        span.session_identifier or None,
        span.trace_group_identifier or None,
        span.group_identifier or None,
        span.custom_identifier or None,
        span.evaluation_identifier or None,
        span.prompt_id or None,
        span.prompt_name or None,
        _version(span.prompt_version_number),
        span.is_custom_prompt,
        {key: value for key, value in span.metadata.items() if not key.startswith("_")},
        _json(span.properties),
        params,
        params if "keywordsai_params" in shown else None,
        span.positive_feedback,
        span.note or None,
        span.is_pinned,
        scores,
        _json(span.extra),
        span.organization_key_id or None,
        names.key,
        _name(kept.deployment_id),
        _name(kept.deployment_name),
        None,  # limit_info
        span.blurred,
        snippets,
    )


def encode(span: Span, names: Names, scores: Scores = NO_SCORES, excluded: Container[str] = ()) -> bytes:
    """The span's read shape as JSON, without those fields of `LARGE` that are excluded."""
    left_out = {name for name in LARGE if name in excluded}
    shape = read(span, names, ON_DEMAND - left_out, scores)
    for name in left_out - {"messages"}:  # which is not there at all then, see OlderMessages
        setattr(shape, name, None)
    return _encoder.encode(shape)


def encode_page(page: msgspec.Struct) -> bytes:
    """An answer that holds read shapes, as JSON; money keeps its decimal digits."""
    return _encoder.encode(page)


def _json(text: str) -> msgspec.Raw | None:
    return msgspec.Raw(text.encode()) if text else None


class _Kept(msgspec.Struct):
    """Fields of the read shape that have no column: a client may have sent them, and then they are in `extra`."""

    routing_time: Any = None
    deployment_id: Any = None
    deployment_name: Any = None


_NOTHING_KEPT = _Kept()
_kept_decoder = msgspec.json.Decoder(_Kept)


def _kept(extra: str) -> _Kept:
    try:
        return _kept_decoder.decode(extra) if extra else _NOTHING_KEPT
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):  # JSON that holds what no value of Python's can
        return _NOTHING_KEPT


def _name(given: object) -> str | None:
    """A name, from a text or a number."""
    return (given or None) if isinstance(given, str) else str(given) if type(given) in _NUMBERS else None


def _version(text: str) -> int | str | None:
    """A prompt's version, a number where it is one: clients read no other."""
    return int(text) if _WHOLE.fullmatch(text) else text or None


def _money(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.normalize()
