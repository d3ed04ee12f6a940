"""The span: one timed operation of an LLM application, as Midspan keeps it.

A `Span` is the row. Its fields are the columns of the table `spans` (store/schema), by name and in order, and a test
holds the two against each other. Times are microseconds since 1970 in UTC, money is USD, durations are seconds.
A text that is absent is "", a number that is absent is None. Fields that hold JSON of any shape are kept as its text,
because the text is the truth and costs nothing to keep; they are marked "JSON".
"""

from decimal import Decimal

import msgspec

LOG_TYPES = (
    "text", "chat", "completion", "response", "embedding", "transcription", "speech", "workflow", "task", "tool",
    "agent", "handoff", "guardrail", "function", "custom", "generation", "unknown", "score", "batch", "span",
    "reranker", "other",
)  # fmt: skip
LOG_TYPE_ALIASES = {"trace": "workflow", "step": "task", "llm": "generation", "model": "generation"}
STATUSES = ("success", "warning", "failed", "pending", "running")

MESSAGE_LOG_TYPES = frozenset({"chat", "completion", "text", "response"})
"""Log types whose input and output are also read as `prompt_messages` and `completion_message`."""


class Span(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One span. Field order is column order; defaults are the engine's, so that an absent field need not be written."""

    # Which row it is. Nothing here may change when the span is sent again.
    organization_id: str
    environment: str
    key_time: int
    """When the span was first known to start (its start, else its end, else its arrival). Part of the sorting key."""
    id: str
    has_client_ids: bool = False
    """The client sent both a trace id and a span id, so the same pair again is the same span."""
    is_deleted: int = 0

    # Where it hangs.
    trace_unique_id: str = ""
    span_unique_id: str = ""
    span_parent_id: str = ""
    span_name: str = ""
    span_workflow_name: str = ""
    span_path: str = ""
    trace_name: str = ""

    # When.
    timestamp: int = 0
    """When the operation ended."""
    start_time: int | None = None
    received_at: int = 0
    """When this server read it."""
    latency: float | None = None
    time_to_first_token: float | None = None
    tokens_per_second: float | None = None

    # What.
    log_type: str = ""
    log_method: str = ""
    model: str = ""
    response_model: str = ""
    provider_id: str = ""
    status: str = ""
    status_code: int = 0
    error_message: str = ""
    error_code: str = ""
    warnings: str = ""
    """The client's warnings and ours, as text (JSON when the client sent an object)."""
    finish_reason: str = ""

    # Payload.
    input: str = ""
    output: str = ""
    input_preview: str = ""
    output_preview: str = ""
    tools: str = ""
    """JSON."""
    tool_calls: str = ""
    """JSON."""
    has_tool_calls: bool = False
    tool_choice: str = ""
    """JSON."""
    response_format: str = ""
    """JSON."""
    variables: str = ""
    """JSON."""
    full_request: str = ""
    """JSON, credentials removed."""
    full_response: str = ""
    """JSON, credentials removed."""
    completion_messages: str = ""
    """JSON."""
    reasoning: str = ""
    """JSON."""
    embedding: str = ""
    """JSON."""

    # Tokens.
    prompt_tokens: int | None = None
    """As the provider said it; whether cached tokens are inside is `token_convention`."""
    completion_tokens: int | None = None
    total_request_tokens: int | None = None
    """Sum of the disjoint parts: nothing is counted twice."""
    prompt_cache_hit_tokens: int | None = None
    prompt_cache_creation_tokens: int | None = None
    prompt_cache_creation_1h_tokens: int | None = None
    """The part of `prompt_cache_creation_tokens` written for an hour; the rest was written for five minutes."""
    reasoning_tokens: int | None = None
    token_convention: str = ""
    """"inside": `prompt_tokens` counts cached tokens too; "outside": it does not; "" where there are none."""
    usage: str = ""
    """JSON: the provider's usage object as sent."""

    # Money.
    cost: Decimal | None = None
    cost_source: str = ""
    """"sent", "unit_price", "override", "library" or "none"."""
    input_cost: Decimal | None = None
    cache_read_cost: Decimal | None = None
    cache_write_cost: Decimal | None = None
    output_cost: Decimal | None = None
    cost_details: str = ""
    """JSON: the parts (tokens, price per million, USD), the price's date and origin, the reason where cost is None."""
    prompt_unit_price: Decimal | None = None
    completion_unit_price: Decimal | None = None

    # Parameters of the call.
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    max_tokens: int | None = None
    stream: bool = False
    stop: str = ""
    """JSON: a text or a list of texts."""
    parameters: str = ""
    """JSON object: known parameters without a column of their own (`n`, `seed`, `reasoning_effort` …)."""

    # For whom.
    customer_identifier: str = ""
    customer_name: str = ""
    customer_email: str = ""
    customer_params: str = ""
    """JSON."""
    thread_identifier: str = ""
    session_identifier: str = ""
    trace_group_identifier: str = ""
    group_identifier: str = ""
    custom_identifier: str = ""
    evaluation_identifier: str = ""
    prompt_id: str = ""
    prompt_name: str = ""
    prompt_version_number: str = ""
    is_custom_prompt: bool = False
    metadata: dict[str, str] = {}
    properties: str = ""
    """JSON object with its types."""
    respan_params: str = ""
    """JSON: `keywordsai_params` merged into `respan_params`."""
    positive_feedback: bool | None = None
    note: str = ""
    is_pinned: bool = False
    blurred: bool = False
    """Its content is hidden from view until somebody asks to see it."""
    extra: str = ""
    """JSON object: fields that no rule knows, kept as they came."""

    # How it came.
    organization_key_id: str = ""
    idempotency_key: str = ""
    body_hash: str = ""
    """Hash of the request body that came under `idempotency_key`."""
    answer: str = ""
    """The answer to repeat for `idempotency_key`; on the first row of its request only."""
