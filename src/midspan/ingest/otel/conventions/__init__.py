"""Which attribute means which field: the vendors' conventions, each a page of the table.

Of two attributes for one field, the one that stands higher holds, from the first page to the last; the other is kept
under its own name unless it says the same. Two names for one number are so never added. `N` is an index, `*` any
rest of a name. A field with a colon says how a value is read (`attributes.READINGS`); `=` is the field that the last
part of the attribute's name names. `attributes.py` looks attributes up here, `semantics.py` applies it.
"""

from typing import Final

from midspan.ingest.otel.conventions import (
    adk,
    genai,
    langfuse,
    litellm,
    logfire,
    mlflow,
    openinference,
    openlit,
    openllmetry,
    opentelemetry,
    respan,
    traceloop,
    vercel,
)
from midspan.ingest.otel.conventions.convention import Convention

CONVENTIONS: Final[tuple[Convention, ...]] = (
    respan.PAGE,
    langfuse.PAGE,
    traceloop.PAGE,
    vercel.PAGE,
    openinference.PAGE,
    genai.PAGE,
    openllmetry.PAGE,
    logfire.PAGE,
    mlflow.PAGE,
    litellm.PAGE,
    openlit.PAGE,
    adk.PAGE,
    opentelemetry.PAGE,
)
"""The pages, in the order of precedence."""

IDENTIFIERS: Final = {
    "customer_identifier": (
        "customer_identifier", "user_id", "userId", "user.id", "customer_id", "customerId", "langfuse_user_id",
        "user_api_key_end_user_id",
    ),
    "session_identifier": ("session_identifier", "session_id", "sessionId", "session.id", "langfuse_session_id"),
    "thread_identifier": (
        "thread_identifier", "thread_id", "threadId", "conversation_id", "conversationId", "chat_id", "chatId",
    ),
    "trace_group_identifier": ("trace_group_identifier",),
    "group_identifier": ("group_identifier",),
    "custom_identifier": ("custom_identifier",),
    "customer_email": ("customer_email", "user_email"),
    "customer_name": ("customer_name", "user_name"),
}  # fmt: skip
"""Fields that keys of the metadata name where no attribute does. They stay in the metadata, too."""

SEVERITY: Final = ("logfire.level_num", "logfire.msg")
"""Attributes that are a severity as OpenTelemetry numbers them (13 to 16 are warnings, from 17 on it is an error) and,
where nothing else says it, what happened."""

FIRST_TOKEN_EVENTS: Final = (
    "First Token Stream Event", "ai.stream.firstChunk", "gen_ai.first_token", "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",
)  # fmt: skip
"""Events whose first one is the first token."""

MESSAGE_EVENTS: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.tools.message": "tool",
    "gen_ai.choice": "choice",
    "gen_ai.content.prompt": "user",
    "gen_ai.content.completion": "choice",
}
"""Events that are messages, with who speaks; a choice is the answer."""

DETAIL_EVENTS: Final = ("gen_ai.client.inference.operation.details",)
"""Events whose attributes are read like the span's own, after them."""
