"""The body of a span as clients send it: every field that some rule knows, declared once.

`LogBody` is the declaration. `FIELDS` is made from it, and decoding, the documentation page and the OpenAPI
description are all made from `FIELDS`, so that none of them can forget a field. A new field is one more line here,
and, if it has a column, one in `domain/span.py`.
"""

import functools
import operator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from midspan.ingest.values import KINDS, Reader

GROUPS: Final = (
    "Identity", "Payload", "Usage", "Timing", "Parameters", "People and grouping", "Prompt", "Raw exchange", "Controls",
)  # fmt: skip
"""The order in which the documentation shows the fields."""

Objects = list[dict[str, Any]]
LogType = Literal[
    "text", "chat", "completion", "response", "embedding", "transcription", "speech", "workflow", "task", "tool",
    "agent", "handoff", "guardrail", "function", "custom", "generation", "unknown", "score", "batch", "span",
    "reranker", "other",
]  # fmt: skip
Status = Literal["success", "warning", "failed", "pending", "running", "error"]


def _about(kind: str, group: str, example: Any, *texts: str, default: Any = None, alias_of: str = "") -> msgspec.Meta:
    """What is known of a field. `kind` names its reader in `values.KINDS`; `texts` are its meaning and its rule."""
    rule = texts[1] if len(texts) > 1 else ""
    about = {"kind": kind, "group": group, "rule": rule, "default": default, "alias_of": alias_of}
    schema = {} if default is None else {"default": default}
    return msgspec.Meta(description=" ".join(texts), examples=[example], extra_json_schema=schema, extra=about)


# The declaration reads as a table: kind, group, example, meaning, rule.
# ruff: noqa: E501
# fmt: off
class LogBody(msgspec.Struct, kw_only=True):
    """One span as a client sends it. Fields that are not listed are kept too, and read back under `extra`."""

    # Identity
    model: Annotated[str, _about("text", "Identity", "gpt-4o-mini", "Model used for the span.", "Taken from `full_request` when absent. Required on create only.")]
    log_type: Annotated[LogType | None, _about("log_type", "Identity", "chat", "Type of span. Decides how input and output are read.", "Any case; `trace` means workflow, `step` task, `llm` and `model` generation. On bulk, batch and ingest a missing one is chat when the row has a model or messages, else span, and an unknown one is stored as unknown.", default="chat")] = None
    trace_unique_id: Annotated[str | None, _about("text", "Identity", "0af7651916cd43dd8448eb211c80319c", "Trace that the span belongs to.", "Any text; empty or all zeros counts as not sent. Defaults to the span's id.")] = None
    span_unique_id: Annotated[str | None, _about("text", "Identity", "b7ad6b7169203331", "The span's own id within its trace.", "Sent together with `trace_unique_id`, the pair names the span: sent again it replaces the first. Defaults to the span's id.")] = None
    span_parent_id: Annotated[str | None, _about("text", "Identity", "00f067aa0ba902b7", "`span_unique_id` of the parent. Builds the trace's tree.")] = None
    span_name: Annotated[str | None, _about("text", "Identity", "summarize", "Name of the span.")] = None
    span_workflow_name: Annotated[str | None, _about("text", "Identity", "support-ticket", "Name of the workflow that the span is part of.")] = None
    span_path: Annotated[str | None, _about("text", "Identity", "support-ticket.summarize", "Names of the spans above this one, joined by points.")] = None
    trace_name: Annotated[str | None, _about("text", "Identity", "Ticket 4711", "Name of the trace.")] = None
    provider_id: Annotated[str | None, _about("name", "Identity", "openai", "Provider that served the call. Helps to find the model's price.")] = None
    status: Annotated[Status | None, _about("status", "Identity", "success", "How the operation ended.", "`error` is stored as failed. When absent: failed with an `error_message`, else by `status_code` (below 400 is success).")] = None
    status_code: Annotated[int | None, _about("status_code", "Identity", 200, "HTTP status code of the call.", default=200)] = None
    error_message: Annotated[str | None, _about("text", "Identity", "context length exceeded", "What went wrong. Alone it makes the span failed.")] = None
    error_code: Annotated[str | None, _about("name", "Identity", "context_length_exceeded", "The provider's code for the error.")] = None
    warnings: Annotated[str | dict[str, Any] | None, _about("warnings", "Identity", "prompt was truncated", "Warnings of the call.", "Midspan adds a line (or, in an object, the member `midspan`) for whatever it had to repair.")] = None

    # Payload
    input: Annotated[Any, _about("any", "Payload", [{"role": "user", "content": "Hi"}], "What went in: for chat a list of messages, for anything else any JSON value.", "Wins over `messages` and `prompt_messages`. Reads back as text: a text as it is, anything else as its JSON text, byte for byte. A chat input that is a plain text reads as one user message.")] = None
    output: Annotated[Any, _about("any", "Payload", {"role": "assistant", "content": "Hello!"}, "What came out: for chat the assistant's message, for anything else any JSON value.", "Wins over `completion_message`. Reads back as text, like `input`.")] = None
    prompt_messages: Annotated[Objects | None, _about("objects", "Payload", [{"role": "user", "content": "Hi"}], "Chat input messages.", "Used when `input` is absent.")] = None
    messages: Annotated[Objects | None, _about("objects", "Payload", [{"role": "user", "content": "Hi"}], "Older name of `prompt_messages`.", "Wins over it when both are sent.", alias_of="prompt_messages")] = None
    completion_message: Annotated[dict[str, Any] | None, _about("object", "Payload", {"role": "assistant", "content": "Hello!"}, "Assistant message that the model returned.", "Used when `output` is absent.")] = None
    completion_messages: Annotated[list[Any] | None, _about("list", "Payload", [{"role": "assistant", "content": "Hello!"}], "All messages that the model returned, where there were several.")] = None
    tools: Annotated[Objects | None, _about("objects", "Payload", [{"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}], "Tools that the model could call.", "Taken from `full_request` when absent.")] = None
    tool_calls: Annotated[Objects | None, _about("objects", "Payload", [{"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}], "Tool calls that the model returned.", "Taken from the output message when absent.")] = None
    tool_choice: Annotated[str | dict[str, Any] | None, _about("text_or_object", "Payload", "auto", "Which tool the model had to call: none, auto, or one tool.")] = None
    reasoning: Annotated[Any, _about("json", "Payload", [{"summary": "The user greets."}], "The model's reasoning.", "Taken from the output message when absent.")] = None
    finish_reason: Annotated[str | None, _about("text", "Payload", "stop", "Why the model stopped.", "Taken from `full_response` when absent.")] = None
    embedding: Annotated[list[Any] | None, _about("list", "Payload", [0.12, -0.07], "Vector that an embedding call returned.")] = None
    variables: Annotated[dict[str, Any] | None, _about("object", "Payload", {"name": "Ada"}, "Variables that filled the prompt template.")] = None

    # Usage
    usage: Annotated[dict[str, Any] | None, _about("object", "Usage", {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}, "The provider's usage object, in OpenAI's, Anthropic's or Gemini's shape.", "Fills the token counts that are not sent beside it, cached tokens included. Taken from `full_response` when absent.")] = None
    prompt_tokens: Annotated[int | None, _about("count", "Usage", 12, "Input tokens as the provider counts them.", "OpenAI counts cached tokens inside, Anthropic does not; Midspan remembers which and never counts one twice.")] = None
    completion_tokens: Annotated[int | None, _about("count", "Usage", 3, "Output tokens.")] = None
    prompt_cache_hit_tokens: Annotated[int | None, _about("count", "Usage", 0, "Input tokens read from the provider's cache.", "Taken from `usage` when absent.")] = None
    prompt_cache_creation_tokens: Annotated[int | None, _about("count", "Usage", 0, "Input tokens written to the provider's cache.", "Taken from `usage` when absent.")] = None
    prompt_cache_creation_1h_tokens: Annotated[int | None, _about("count", "Usage", 0, "The part of `prompt_cache_creation_tokens` that was written for an hour; the rest was for five minutes.", "Taken from `usage` when absent.")] = None
    reasoning_tokens: Annotated[int | None, _about("count", "Usage", 0, "Output tokens spent on reasoning; they are part of `completion_tokens`.", "Taken from `usage` when absent.")] = None
    total_request_tokens: Annotated[int | None, _about("count", "Usage", 15, "All tokens of the call.", "Computed from the parts: plain input, cache read, cache write, output. A sent value stands only where no part is known.")] = None
    cost: Annotated[float | None, _about("money", "Usage", 0.00042, "Cost in USD.", "Computed from the model's price when absent.")] = None
    prompt_unit_price: Annotated[float | None, _about("price", "Usage", 0.15, "Your own price of a million input tokens, in USD.")] = None
    completion_unit_price: Annotated[float | None, _about("price", "Usage", 0.6, "Your own price of a million output tokens, in USD.")] = None

    # Timing
    timestamp: Annotated[str | float | None, _about("time", "Timing", "2026-01-31T12:00:01.250000Z", "When the operation ended.", "ISO 8601 with any offset (none means UTC), or epoch seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude. The years 1900 to 2299. Defaults to the time of arrival.")] = None
    start_time: Annotated[str | float | None, _about("time", "Timing", "2026-01-31T12:00:00Z", "When the operation started.", "Derived from `timestamp` and `latency` when both are sent.")] = None
    latency: Annotated[float | None, _about("duration", "Timing", 1.25, "Seconds that the whole operation took.", "Derived from `start_time` and `timestamp` when both are sent.")] = None
    generation_time: Annotated[float | None, _about("duration", "Timing", 1.25, "Older name of `latency`.", "Wins over it when both are sent.", alias_of="latency")] = None
    time_to_first_token: Annotated[float | None, _about("duration", "Timing", 0.31, "Seconds until the first token.")] = None
    ttft: Annotated[float | None, _about("duration", "Timing", 0.31, "Older name of `time_to_first_token`.", "Wins over it when both are sent.", alias_of="time_to_first_token")] = None
    tokens_per_second: Annotated[float | None, _about("duration", "Timing", 65.5, "Output tokens per second.", "Derived from `completion_tokens` and `latency`, less `time_to_first_token`, when absent.")] = None

    # Parameters
    temperature: Annotated[float | None, _about("number", "Parameters", 0.2, "Sampling temperature.", "The default is filled in on create only.", default=1)] = None
    top_p: Annotated[float | None, _about("number", "Parameters", 0.9, "Nucleus sampling.", "The default is filled in on create only.", default=1)] = None
    max_tokens: Annotated[int | None, _about("whole", "Parameters", 512, "Most tokens to generate.")] = None
    frequency_penalty: Annotated[float | None, _about("number", "Parameters", 0.1, "Penalty on repeated tokens.")] = None
    presence_penalty: Annotated[float | None, _about("number", "Parameters", 0.1, "Penalty on tokens already present.")] = None
    stop: Annotated[str | list[str] | None, _about("stop", "Parameters", ["\n\n"], "Where generation halts.")] = None
    response_format: Annotated[dict[str, Any] | str | None, _about("response_format", "Parameters", {"type": "json_object"}, "Format that the answer must have.", 'A text `x` means `{"type": "x"}`.')] = None
    stream: Annotated[bool | None, _about("flag", "Parameters", False, "Whether the answer was streamed.", default=False)] = None
    max_completion_tokens: Annotated[int | None, _about("json", "Parameters", 512, "Most tokens to generate, by its newer name.", "Read back under `parameters`, like every field below it.")] = None
    n: Annotated[int | None, _about("json", "Parameters", 1, "How many answers were asked for.")] = None
    seed: Annotated[int | None, _about("json", "Parameters", 7, "Seed of the sampling.")] = None
    top_k: Annotated[int | None, _about("json", "Parameters", 40, "Sampling among the k likeliest tokens.")] = None
    logprobs: Annotated[Any, _about("json", "Parameters", True, "Whether log probabilities were asked for.")] = None
    top_logprobs: Annotated[int | None, _about("json", "Parameters", 5, "How many log probabilities were asked for.")] = None
    logit_bias: Annotated[dict[str, Any] | None, _about("json", "Parameters", {"50256": -100}, "Bias for single tokens.")] = None
    echo: Annotated[bool | None, _about("json", "Parameters", False, "Whether the prompt was to be repeated.")] = None
    timeout: Annotated[float | None, _about("json", "Parameters", 30, "Seconds allowed for the call.")] = None
    stream_options: Annotated[dict[str, Any] | None, _about("json", "Parameters", {"include_usage": True}, "Options of streaming.")] = None
    parallel_tool_calls: Annotated[bool | None, _about("json", "Parameters", True, "Whether several tools could be called at once.")] = None
    reasoning_effort: Annotated[str | None, _about("json", "Parameters", "medium", "How much the model was to reason.")] = None
    service_tier: Annotated[str | None, _about("json", "Parameters", "default", "The provider's service tier.")] = None
    thinking: Annotated[Any, _about("json", "Parameters", {"type": "enabled", "budget_tokens": 1024}, "The thinking budget.")] = None
    encoding_format: Annotated[str | None, _about("json", "Parameters", "float", "Encoding of an embedding.")] = None
    dimensions: Annotated[int | None, _about("json", "Parameters", 1536, "Length of an embedding.")] = None

    # People and grouping
    customer_identifier: Annotated[str | int | None, _about("customer", "People and grouping", "user-42", "End user for whom the call was made.", "At most 254 characters: longer is refused on create and cut elsewhere.")] = None
    customer_name: Annotated[str | None, _about("text", "People and grouping", "Ada Lovelace", "The end user's name.")] = None
    customer_email: Annotated[str | None, _about("text", "People and grouping", "ada@example.com", "The end user's address.")] = None
    customer_params: Annotated[dict[str, Any] | None, _about("object", "People and grouping", {"customer_identifier": "user-42", "name": "Ada Lovelace"}, "More about the end user.", "`customer_identifier`, `name` and `email` in it are promoted; the same at the top level wins.")] = None
    thread_identifier: Annotated[str | int | None, _about("name", "People and grouping", "conversation-7", "Conversation that the call belongs to.")] = None
    session_identifier: Annotated[str | int | None, _about("name", "People and grouping", "session-9", "Session that the call belongs to.")] = None
    trace_group_identifier: Annotated[str | int | None, _about("name", "People and grouping", "nightly", "Group of traces.")] = None
    group_identifier: Annotated[str | int | None, _about("name", "People and grouping", "experiment-3", "Group of spans.")] = None
    custom_identifier: Annotated[str | int | None, _about("name", "People and grouping", "ticket-4711", "Your own identifier, indexed.")] = None
    evaluation_identifier: Annotated[str | int | None, _about("name", "People and grouping", "eval-12", "Evaluation that the call belongs to.")] = None
    metadata: Annotated[dict[str, Any] | None, _about("metadata", "People and grouping", {"feature": "summaries"}, "Your own keys and values.", "Values read back as text, objects and lists as JSON text. Keys that start with `_` are kept but hidden on reads. JSON text of an object is accepted.")] = None
    properties: Annotated[dict[str, Any] | None, _about("object", "People and grouping", {"retries": 2, "cached": False}, "Metadata that keeps its JSON types.")] = None
    positive_feedback: Annotated[bool | None, _about("flag", "People and grouping", True, "The end user's verdict: true is good, false is bad.")] = None
    note: Annotated[str | None, _about("text", "People and grouping", "Check this one.", "A remark.")] = None

    # Prompt
    prompt_id: Annotated[str | None, _about("name", "Prompt", "042f5f", "Prompt template that was used.")] = None
    prompt_name: Annotated[str | None, _about("text", "Prompt", "Summary", "Its name.")] = None
    prompt_version_number: Annotated[str | int | None, _about("name", "Prompt", 3, "Its version.")] = None
    is_custom_prompt: Annotated[bool | None, _about("flag", "Prompt", False, "Whether `prompt_id` is your own.", default=False)] = None
    prompt: Annotated[Any, _about("json", "Prompt", {"prompt_id": "042f5f", "version": 3}, "The prompt template as an object.", "`prompt_id`, `version`, `name`, `variables` and `is_custom_prompt` in it are used where not sent beside it. It never rejects a span.")] = None

    # Raw exchange
    full_request: Annotated[dict[str, Any] | list[Any] | None, _about("object_or_list", "Raw exchange", {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}]}, "The request as it went to the provider.", "Fields that are not sent otherwise are taken from it. Credentials in it are removed before it is stored.")] = None
    full_response: Annotated[dict[str, Any] | list[Any] | None, _about("object_or_list", "Raw exchange", {"choices": [{"message": {"role": "assistant", "content": "Hello!"}}]}, "The provider's answer as it came.", "Output, usage, tool calls and finish reason are taken from it where not sent otherwise. OpenAI Chat and Responses, Anthropic Messages and Gemini shapes are known.")] = None

    # Controls
    respan_params: Annotated[dict[str, Any] | None, _about("object", "Controls", {"metadata": {"feature": "summaries"}}, "A second place for any field of this page.", "A field at the top level wins over the same one in here.")] = None
    keywordsai_params: Annotated[dict[str, Any] | None, _about("object", "Controls", {"customer_identifier": "user-42"}, "Older name of `respan_params`.", "Merged into it; `respan_params` wins.", alias_of="respan_params")] = None
    disable_log: Annotated[bool | None, _about("flag", "Controls", False, "True: keep the span, its tokens, cost and times, but no content.", default=False)] = None
    environment: Annotated[str | None, _about("json", "Controls", "prod", "Ignored: the API key decides the environment.", "A value that differs from the key's is kept under `extra`.")] = None
    is_test: Annotated[bool | None, _about("json", "Controls", False, "Ignored: the API key decides the environment.")] = None
    respan_api_controls: Annotated[dict[str, Any] | None, _about("json", "Controls", {"block": True}, "Accepted; changes nothing.", "Midspan always answers when the span is stored.")] = None
    keywordsai_api_controls: Annotated[dict[str, Any] | None, _about("json", "Controls", {"block": True}, "Older name of `respan_api_controls`.", alias_of="respan_api_controls")] = None
    credential_override: Annotated[Any, _about("json", "Controls", {"openai": {"api_key": "…"}}, "Accepted and thrown away: credentials are never stored.")] = None
    customer_credentials: Annotated[Any, _about("json", "Controls", {"openai": {"api_key": "…"}}, "Accepted and thrown away: credentials are never stored.")] = None
# fmt: on


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the body, as `LogBody` declares it."""

    name: str
    type: Any
    """The JSON type as a Python type, without None."""
    words: str
    """The JSON type in words."""
    kind: str
    decode: Reader
    """Raw JSON → the value for the span; None when it counts as not sent; ValueError when it is no such value."""
    default: Any
    """What create fills in; None: nothing."""
    help: str
    """What the field means, and its rule where it has one."""
    rule: str
    example: Any
    group: str
    required: bool
    alias_of: str
    """The field that this is an older name of, or ""."""


def _field(name: str, annotation: Any, required: bool) -> Field:
    bare, about = get_args(annotation)
    extra = about.extra
    if get_origin(bare) in (Union, UnionType):
        options = [option for option in get_args(bare) if option is not NoneType]
        bare = functools.reduce(operator.or_, options)
    reader, words = KINDS[extra["kind"]]
    return Field(
        name=name,
        type=bare,
        words=words,
        kind=extra["kind"],
        decode=reader,
        default=extra["default"],
        help=about.description,
        rule=extra["rule"],
        example=about.examples[0],
        group=extra["group"],
        required=required,
        alias_of=extra["alias_of"],
    )


FIELDS: Final[dict[str, Field]] = {
    info.name: _field(info.name, get_type_hints(LogBody, include_extras=True)[info.name], info.required)
    for info in msgspec.structs.fields(LogBody)
}
"""Every field by name, in the order of `LogBody`."""
