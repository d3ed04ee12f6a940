"""A span as clients read it: the documented shape, made in one place for every answer that holds a span.

The names are the reading contract's (its section on the span's read shape) and those of the create page. What is unset
is null. `metadata` keys that begin with `_` are kept but not shown.
"""

from collections.abc import Container
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

import msgspec

from midspan.domain.span import MESSAGE_LOG_TYPES, Span
from midspan.search.conversation import completion_message, prompt_messages

INLINE_BYTES = 8192
"""In lists, inputs and outputs up to this size come whole without being asked for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = Annotated[msgspec.Raw | None, msgspec.Meta(extra={"json": Any})]
OlderMessages = Annotated[msgspec.Raw | msgspec.UnsetType, msgspec.Meta(extra={"json": list[dict[str, Any]]})]
"""Older clients take a list here or nothing, but no null: an empty one for none, and no key where it is not shown."""

_NO_MESSAGES = msgspec.Raw(b"[]")


class ReadSpan(msgspec.Struct, kw_only=True):
    """A stored span. Times end in `Z` and have microseconds; durations are seconds; money is USD."""

    id: str
    unique_id: str
    organization_id: str
    unique_organization_id: str
    organization_name: str | None = None
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
    period_start: str | None = None
    period_end: str | None = None
    latency: float | None
    generation_time: float | None
    time_to_first_token: float | None
    ttft: float | None
    tokens_per_second: float | None
    routing_time: float | None = None
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
    prompt_messages: Json = None
    messages: OlderMessages = msgspec.UNSET
    completion_message: Json = None
    completion_messages: Json = None
    full_request: Json = None
    full_response: Json = None
    tools: Json = None
    tool_calls: Json = None
    has_tool_calls: bool
    tool_choice: Json = None
    response_format: Json = None
    reasoning: Json = None
    embedding: Json = None
    variables: Json = None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_request_tokens: int | None
    prompt_cache_hit_tokens: int
    prompt_cache_creation_tokens: int
    prompt_cache_creation_1h_tokens: int
    reasoning_tokens: int | None
    token_convention: str | None
    usage: Json = None
    cost: Decimal | None
    cost_details: Json = None
    prompt_unit_price: Decimal | None
    completion_unit_price: Decimal | None
    temperature: float | None
    top_p: float | None
    frequency_penalty: float | None
    presence_penalty: float | None
    max_tokens: int | None
    stream: bool
    stop: Json = None
    parameters: Json = None
    customer_identifier: str | None
    customer_name: str | None
    customer_email: str | None
    customer_params: Json = None
    thread_identifier: str | None
    session_identifier: str | None
    trace_group_identifier: str | None
    group_identifier: str | None
    custom_identifier: str | None
    evaluation_identifier: str | None
    prompt_id: str | None
    prompt_name: str | None
    prompt_version_number: str | None
    is_custom_prompt: bool
    metadata: dict[str, str]
    properties: Json = None
    respan_params: Json = None
    keywordsai_params: Json = None
    positive_feedback: bool | None
    note: str | None
    scores: dict[str, Any] = {}
    extra: Json = None
    organization_key_id: str | None
    organization_key_name: str | None = None
    deployment_id: str | None = None
    deployment_name: str | None = None
    limit_info: Any = None
    blurred: bool = False


FIELDS = frozenset(ReadSpan.__struct_fields__)

ON_DEMAND = frozenset({
    "prompt_messages", "messages", "completion_message", "completion_messages", "full_request", "full_response",
    "tools", "reasoning", "embedding", "variables", "usage", "respan_params", "keywordsai_params", "customer_params",
})  # fmt: skip
"""Fields that lists carry as null unless `include_fields` names them; so too a long `input` or `output`."""

_SOURCES = {
    "prompt_messages": "input", "messages": "input", "completion_message": "output", "generation_time": "latency",
    "ttft": "time_to_first_token", "keywordsai_params": "respan_params", "unique_id": "id",
    "unique_organization_id": "organization_id",
}  # fmt: skip
"""Read fields that are made from a column of another name."""

_HIDDEN_COLUMNS = {"key_time", "has_client_ids", "is_deleted", "idempotency_key", "body_hash", "answer"}
_ON_DEMAND_COLUMNS = {_SOURCES.get(name, name) for name in ON_DEMAND} - {"input", "output"}

COLUMNS = tuple(name for name in Span.__struct_fields__ if name not in _HIDDEN_COLUMNS - {"key_time"})
"""Columns that a whole span is read from."""

_encoder = msgspec.json.Encoder(decimal_format="number")


def list_columns(include: Container[str]) -> list[str]:
    """Columns that a list's rows are read from, input and output aside."""
    wanted = {_SOURCES.get(name, name) for name in ON_DEMAND if name in include}
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


def read(span: Span, names: Names, shown: Container[str] = ON_DEMAND) -> ReadSpan:
    """The span in its read shape. `shown` holds which of the fields of `ON_DEMAND` are filled."""
    chat = span.log_type in MESSAGE_LOG_TYPES
    messages = prompt_messages(span.input) if chat and ("prompt_messages" in shown or "messages" in shown) else None
    params = _json(span.respan_params)
    return ReadSpan(
        id=span.id,
        unique_id=span.id,
        organization_id=span.organization_id,
        unique_organization_id=span.organization_id,
        organization_name=names.organization,
        environment=span.environment,
        trace_unique_id=span.trace_unique_id,
        span_unique_id=span.span_unique_id,
        span_parent_id=span.span_parent_id or None,
        span_name=span.span_name or None,
        span_workflow_name=span.span_workflow_name or None,
        span_path=span.span_path or None,
        trace_name=span.trace_name or None,
        timestamp=moment(span.timestamp),
        start_time=None if span.start_time is None else moment(span.start_time),
        received_at=moment(span.received_at),
        latency=span.latency,
        generation_time=span.latency,
        time_to_first_token=span.time_to_first_token,
        ttft=span.time_to_first_token,
        tokens_per_second=span.tokens_per_second,
        log_type=span.log_type,
        log_method=span.log_method or None,
        model=span.model or None,
        response_model=span.response_model or None,
        provider_id=span.provider_id or None,
        status=span.status,
        status_code=span.status_code,
        error_message=span.error_message or None,
        error_code=span.error_code or None,
        warnings=span.warnings or None,
        finish_reason=span.finish_reason or None,
        input=span.input or None,
        output=span.output or None,
        input_preview=span.input_preview or None,
        output_preview=span.output_preview or None,
        prompt_messages=messages if "prompt_messages" in shown else None,
        messages=(messages or _NO_MESSAGES) if "messages" in shown else msgspec.UNSET,
        completion_message=completion_message(span.output) if chat and "completion_message" in shown else None,
        completion_messages=_json(span.completion_messages),
        full_request=_json(span.full_request),
        full_response=_json(span.full_response),
        tools=_json(span.tools),
        tool_calls=_json(span.tool_calls),
        has_tool_calls=span.has_tool_calls,
        tool_choice=_json(span.tool_choice),
        response_format=_json(span.response_format),
        reasoning=_json(span.reasoning),
        embedding=_json(span.embedding),
        variables=_json(span.variables),
        prompt_tokens=span.prompt_tokens,
        completion_tokens=span.completion_tokens,
        total_request_tokens=span.total_request_tokens,
        prompt_cache_hit_tokens=span.prompt_cache_hit_tokens or 0,
        prompt_cache_creation_tokens=span.prompt_cache_creation_tokens or 0,
        prompt_cache_creation_1h_tokens=span.prompt_cache_creation_1h_tokens or 0,
        reasoning_tokens=span.reasoning_tokens,
        token_convention=span.token_convention or None,
        usage=_json(span.usage),
        cost=_money(span.cost),
        cost_details=_json(span.cost_details),
        prompt_unit_price=_money(span.prompt_unit_price),
        completion_unit_price=_money(span.completion_unit_price),
        temperature=span.temperature,
        top_p=span.top_p,
        frequency_penalty=span.frequency_penalty,
        presence_penalty=span.presence_penalty,
        max_tokens=span.max_tokens,
        stream=span.stream,
        stop=_json(span.stop),
        parameters=_json(span.parameters),
        customer_identifier=span.customer_identifier or None,
        customer_name=span.customer_name or None,
        customer_email=span.customer_email or None,
        customer_params=_json(span.customer_params),
        thread_identifier=span.thread_identifier or None,
        session_identifier=span.session_identifier or None,
        trace_group_identifier=span.trace_group_identifier or None,
        group_identifier=span.group_identifier or None,
        custom_identifier=span.custom_identifier or None,
        evaluation_identifier=span.evaluation_identifier or None,
        prompt_id=span.prompt_id or None,
        prompt_name=span.prompt_name or None,
        prompt_version_number=span.prompt_version_number or None,
        is_custom_prompt=span.is_custom_prompt,
        metadata={key: value for key, value in span.metadata.items() if not key.startswith("_")},
        properties=_json(span.properties),
        respan_params=params,
        keywordsai_params=params if "keywordsai_params" in shown else None,
        positive_feedback=span.positive_feedback,
        note=span.note or None,
        extra=_json(span.extra),
        organization_key_id=span.organization_key_id or None,
        organization_key_name=names.key,
    )


def encode(span: Span, names: Names) -> bytes:
    """The span's read shape as JSON."""
    return _encoder.encode(read(span, names))


def encode_page(page: msgspec.Struct) -> bytes:
    """An answer that holds read shapes, as JSON; money keeps its decimal digits."""
    return _encoder.encode(page)


def moment(microseconds: int) -> str:
    """A time as clients read it: `2026-01-31T12:00:00.000000Z`."""
    second, fraction = divmod(microseconds, 1_000_000)
    return f"{_second(second)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    # A span's times lie close together, and so do a page's.
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]


def _json(text: str) -> msgspec.Raw | None:
    return msgspec.Raw(text.encode()) if text else None


def _money(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.normalize()
