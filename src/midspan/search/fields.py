"""The catalogue of spans: every field that a filter on spans can name.

Names are those under which spans are read; aliases are the wire contract's (its section on the filter grammar) and the
short ones of the text language.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, STATUSES, Span
from midspan.search.catalogue import Catalogue, Field, Getter
from midspan.search.json_values import boolean_of, decoded, number_of, text_of
from midspan.search.operators import Kind

__all__ = ["SPANS", "Catalogue", "Field"]

_TIMES = ("timestamp", "start_time", "received_at")
_SORTABLE = frozenset({"id", "timestamp", "cost", "latency", "time_to_first_token", "prompt_tokens",
                       "completion_tokens", "total_request_tokens", "tokens_per_second"})  # fmt: skip


def _column(  # noqa: PLR0913  (a row of the table below)
    name: str,
    kind: Kind,
    group: str,
    help_: str,
    example: str = "",
    *,
    aliases: str = "",
    values: Literal["distinct", "fixed", "none"] = "none",
    fixed: tuple[str, ...] = (),
    nullable: bool = False,
    unit: str = "",
    is_also_text: bool = False,
    synonyms: Mapping[str, str] | None = None,
) -> Field:
    """A field that is a column. Times are qualified: the selection gives other values under their names."""
    return Field(
        name=name,
        kind=kind,
        group=group,
        help=help_,
        sql=f"spans.{name}" if name in _TIMES else name,
        get=_attribute(name),
        aliases=tuple(aliases.split()),
        values=values,
        fixed=fixed,
        is_nullable=nullable,
        sort=name if name in _SORTABLE else "",
        example=example,
        unit=unit,
        is_also_text=is_also_text,
        synonyms=synonyms or {},
    )


def _attribute(name: str) -> Getter:
    def get(span: Span) -> Any:
        return getattr(span, name)

    return get


def _counted(name: str, help_: str, aliases: str = "") -> Field:
    """A count that reads as 0 where nothing was sent."""

    def get(span: Span) -> int:
        return getattr(span, name) or 0

    return Field(
        name=name, kind="integer", group="Tokens", help=help_, sql=f"ifNull({name}, 0)", get=get,
        aliases=tuple(aliases.split()), example="1000", unit="tokens",
    )  # fmt: skip


_EXTRA_SQL: Final = {
    "text": "multiIf(JSONType(extra, '{0}') = 'String', JSONExtractString(extra, '{0}'), "
    "JSONType(extra, '{0}') IN ('Int64', 'UInt64', 'Bool'), JSONExtractRaw(extra, '{0}'), '')",
    "float": "toFloat64OrNull(JSONExtractRaw(extra, '{0}'))",
    "boolean": "transform(JSONExtractRaw(extra, '{0}'), ['true', '1', 'false', '0', '-0'], "
    "[toNullable(true), true, false, false, false], NULL)",
}
_EXTRA_READERS: Final = {"text": text_of, "float": number_of, "boolean": boolean_of}


def _extra(  # noqa: PLR0913
    name: str, kind: Kind, group: str, help_: str, *, fixed: tuple[str, ...] = (), unit: str = ""
) -> Field:
    """A field of the contract that no rule of ours knows: it is kept in `extra` when a client sends it."""
    read = _EXTRA_READERS[kind]

    def get(span: Span) -> Any:
        value = decoded(span.extra)
        return read(value.get(name) if isinstance(value, dict) else None)

    return Field(
        name=name, kind=kind, group=group, help=help_, sql=_EXTRA_SQL[kind].format(name), get=get,
        is_nullable=kind != "text", values="fixed" if fixed else "none", fixed=fixed, unit=unit,
    )  # fmt: skip


def _family(  # noqa: PLR0913
    head: str, kind: Kind, help_: str, sql: str, *, present: str = "", get: Getter, example: str, path: str = ""
) -> Field:
    """A family, or with a `path` its one member that the contract names."""
    return Field(
        name=head if path else f"{head}.<key>", kind=kind, group="Metadata and scores", help=help_, sql=sql,
        present=present, get=get, is_family=not path, path=(path,) if path else (), values="distinct", example=example,
    )  # fmt: skip


def _map(name: str, help_: str, sql: str, get: Getter) -> Field:
    return Field(name=name, kind="map", group="Metadata and scores", help=help_, sql=sql, get=get, example="region")


def _json_object(name: str) -> Getter:
    def get(span: Span) -> Any:
        return decoded(getattr(span, name))

    return get


def _no_parent(span: Span) -> bool:
    return not span.span_parent_id


def _scored(span: Span) -> None:
    """Scores are no part of a span; `search.match` is given them beside it."""


_FIELDS: Final = (
    _column("id", "text", "Place", "The span's id, 32 hex characters.", aliases="unique_id log_id"),
    _column("trace_unique_id", "text", "Place", "The trace that it belongs to.", aliases="trace_id trace"),
    _column("span_unique_id", "text", "Place", "The span's id as its sender gave it.", aliases="span_id span"),
    _column("span_parent_id", "text", "Place", "The `span_unique_id` of the span above it; absent at a root.", aliases="parent_id parent"),
    _column("span_name", "text", "Place", "The operation's name.", "retrieve", aliases="name", values="distinct"),
    _column("span_workflow_name", "text", "Place", "The workflow that it is part of.", "support", aliases="workflow workflow_name", values="distinct"),
    _column("span_path", "text", "Place", "Names from the root down to it.", aliases="path"),
    _column("trace_name", "text", "Place", "The trace's name.", values="distinct"),
    Field(name="is_root_span", kind="boolean", group="Place", help="It has no parent.", sql="span_parent_id = ''", get=_no_parent, aliases=("is_root", "root"), example="true"),
    _column("timestamp", "time", "Time", "When it ended.", "2026-01-31T12:00:00Z", aliases="time end_time"),
    _column("start_time", "time", "Time", "When it began.", "2026-01-31T12:00:00Z", nullable=True, aliases="start"),
    _column("received_at", "time", "Time", "When this server read it.", "2026-01-31", aliases="received"),
    _column("latency", "float", "Time", "How long it took.", "2", nullable=True, aliases="generation_time duration", unit="seconds"),
    _column("time_to_first_token", "float", "Time", "How long until the first token.", "0.5", nullable=True, aliases="ttft", unit="seconds"),
    _column("tokens_per_second", "float", "Time", "Tokens of output per second.", "50", nullable=True, aliases="tps speed"),
    _extra("routing_time", "float", "Time", "How long a gateway took to choose, when it said so.", unit="seconds"),
    _column("log_type", "text", "Kind", "What kind of operation it is.", "chat", aliases="type", values="fixed", fixed=LOG_TYPES, synonyms={name: name for name in LOG_TYPES} | LOG_TYPE_ALIASES),
    _column("log_method", "text", "Kind", "How it was sent.", "python_tracing", aliases="method", values="distinct"),
    _column("environment", "text", "Kind", "The key's environment.", "prod", aliases="env", values="fixed", fixed=("prod", "test")),
    _column("model", "text", "Model", "The model asked for.", "gpt-5", values="distinct"),
    _column("response_model", "text", "Model", "The model that answered.", "gpt-5-2026-01-01", values="distinct"),
    _column("provider_id", "text", "Model", "Whose model it is.", "openai", aliases="provider", values="distinct"),
    _column("stream", "boolean", "Model", "The answer was streamed.", "true", aliases="streaming"),
    _column("has_tool_calls", "boolean", "Model", "The model called a tool.", "true"),
    _column("temperature", "float", "Model", "The temperature asked for.", "1", nullable=True),
    _column("top_p", "float", "Model", "The top-p asked for.", "1", nullable=True),
    _column("frequency_penalty", "float", "Model", "The frequency penalty asked for.", "0", nullable=True),
    _column("presence_penalty", "float", "Model", "The presence penalty asked for.", "0", nullable=True),
    _column("max_tokens", "integer", "Model", "The most tokens asked for.", "1024", nullable=True, unit="tokens"),
    _column("finish_reason", "text", "Model", "Why the model stopped.", "stop", values="distinct"),
    _column("tools", "text", "Model", "The tools offered, as JSON text."),
    _column("tool_calls", "text", "Model", "The tools called, as JSON text."),
    _column("status", "text", "Outcome", "How it went.", "failed", values="fixed", fixed=STATUSES, synonyms={name: name for name in STATUSES} | {"error": "failed"}),
    _column("status_code", "integer", "Outcome", "The HTTP status.", "500", aliases="code", values="distinct", is_also_text=True),
    _column("error_message", "text", "Outcome", "What went wrong.", "timeout", aliases="error"),
    _column("error_code", "text", "Outcome", "The error's code.", "rate_limit_exceeded", values="distinct"),
    _extra("error_class", "text", "Outcome", "The error's class, when a client sent one."),
    _extra("error_fingerprint", "text", "Outcome", "What like errors share, when a client sent it."),
    _extra("fault_domain", "text", "Outcome", "Whose fault an error was.", fixed=("user", "respan", "provider")),
    _column("warnings", "text", "Outcome", "The client's warnings and ours.", aliases="warning"),
    _column("input", "text", "Content", "The input, as text or JSON text.", aliases="prompt"),
    _column("output", "text", "Content", "The output, as text or JSON text.", aliases="completion response"),
    _column("variables", "text", "Content", "The prompt's variables, as JSON text."),
    _column("reasoning", "text", "Content", "What the model thought, as JSON text."),
    _column("full_request", "text", "Content", "The provider's request, as JSON text."),
    _column("full_response", "text", "Content", "The provider's response, as JSON text."),
    _column("note", "text", "Content", "A note that somebody left."),
    _column("prompt_tokens", "integer", "Tokens", "Tokens of input, as the provider counts them.", "1000", nullable=True, aliases="input_tokens", unit="tokens"),
    _column("completion_tokens", "integer", "Tokens", "Tokens of output.", "200", nullable=True, aliases="output_tokens", unit="tokens"),
    _column("total_request_tokens", "integer", "Tokens", "All tokens, none counted twice.", "5000", nullable=True, aliases="total_tokens all_tokens tokens", unit="tokens"),
    _counted("prompt_cache_hit_tokens", "Tokens read from the provider's cache.", "cache_read_tokens"),
    _counted("prompt_cache_creation_tokens", "Tokens written to the provider's cache.", "cache_write_tokens"),
    _counted("prompt_cache_creation_1h_tokens", "Tokens written to the provider's cache for an hour."),
    _column("reasoning_tokens", "integer", "Tokens", "Tokens of thought.", "300", nullable=True, unit="tokens"),
    _column("token_convention", "text", "Tokens", "Whether `prompt_tokens` counts cached tokens.", "inside", values="fixed", fixed=("inside", "outside")),
    _column("cost", "money", "Cost", "What it cost.", "0.01", nullable=True, aliases="total_cost price", unit="USD"),
    _column("cost_source", "text", "Cost", "Where the cost is from.", "library", values="fixed", fixed=("sent", "unit_price", "override", "library", "none")),
    _column("input_cost", "money", "Cost", "What plain input cost.", "0.01", nullable=True, unit="USD"),
    _column("cache_read_cost", "money", "Cost", "What reading the cache cost.", "0.01", nullable=True, unit="USD"),
    _column("cache_write_cost", "money", "Cost", "What writing the cache cost.", "0.01", nullable=True, unit="USD"),
    _column("output_cost", "money", "Cost", "What output cost.", "0.01", nullable=True, unit="USD"),
    _column("prompt_unit_price", "money", "Cost", "The price sent for input, per million tokens.", "2.5", nullable=True, unit="USD"),
    _column("completion_unit_price", "money", "Cost", "The price sent for output, per million tokens.", "10", nullable=True, unit="USD"),
    _column("customer_identifier", "text", "People", "Whose call it was.", "customer-1", aliases="customer user customer_id", values="distinct"),
    _column("customer_name", "text", "People", "The customer's name.", values="distinct"),
    _column("customer_email", "text", "People", "The customer's email address.", aliases="email", values="distinct"),
    _column("thread_identifier", "text", "People", "The conversation.", "thread-1", aliases="thread thread_id", values="distinct"),
    _column("session_identifier", "text", "People", "The session.", aliases="session session_id", values="distinct"),
    _column("trace_group_identifier", "text", "People", "The group of traces.", aliases="trace_group", values="distinct"),
    _column("group_identifier", "text", "People", "The group of spans.", aliases="group", values="distinct"),
    _column("custom_identifier", "text", "People", "An id of one's own.", aliases="custom_id"),
    _column("evaluation_identifier", "text", "People", "The evaluation.", aliases="evaluation", values="distinct"),
    _column("prompt_id", "text", "People", "The managed prompt.", values="distinct"),
    _column("prompt_name", "text", "People", "The managed prompt's name.", values="distinct"),
    _column("prompt_version_number", "text", "People", "The managed prompt's version.", "3", aliases="prompt_version", values="distinct"),
    _column("is_custom_prompt", "boolean", "People", "The prompt is one of the client's own.", "true"),
    _column("organization_key_id", "text", "People", "The API key that sent it.", aliases="key key_id api_key", values="distinct"),
    _extra("deployment_name", "text", "People", "The deployment, when a client sent one."),
    _extra("deployment_id", "text", "People", "The deployment's id, when a client sent one."),
    _extra("cache_key", "text", "People", "The cache's key, when a gateway said it."),
    _extra("cache_bit", "boolean", "People", "A gateway answered from its cache."),
    _extra("used_custom_credential", "boolean", "People", "A gateway used the customer's own credentials."),
    _family("behaviors", "json", "Behaviours found in it, when a client sent them.", "extra", get=_json_object("extra"), path="behaviors", example="refusal"),
    _column("positive_feedback", "boolean", "Feedback", "Feedback: good, bad or none.", "true", nullable=True, aliases="feedback"),
    _column("is_pinned", "boolean", "Feedback", "Somebody pinned it.", "true", aliases="pinned"),
    _column("blurred", "boolean", "Feedback", "Its content is hidden from view.", "true"),
    _map("metadata", "All metadata: ask for a key with has_key.", "metadata", _attribute("metadata")),
    _map("properties", "All properties: ask for a key with has_key.", "properties", _json_object("properties")),
    _map("extra", "All fields without a rule: ask for a key with has_key.", "extra", _json_object("extra")),
    _family("metadata", "text", "The metadata under a key, as text.", "metadata[@key]", present="mapContains(metadata, @key)", get=_attribute("metadata"), example="metadata.region"),
    _family("properties", "json", "The property under a key, or under keys with dots between them, with its JSON type.", "properties", get=_json_object("properties"), example="properties.user.tier"),
    _family("extra", "json", "A field without a rule of its own, with its JSON type.", "extra", get=_json_object("extra"), example="extra.build"),
    _family("scores", "score", "The score that an evaluator gave, by the evaluator's id or slug.", "@key", get=_scored, example="scores.helpfulness"),
)  # fmt: skip

SPANS: Final = Catalogue("Spans", _FIELDS, has_traces=True)
"""What filters on spans can name."""
