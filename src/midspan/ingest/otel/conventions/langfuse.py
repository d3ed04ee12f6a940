"""Langfuse: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Langfuse",
    "The Langfuse SDKs from version 3 on.",
    """
    kind                    langfuse.observation.type
    =                       langfuse.observation.input langfuse.trace.input langfuse.observation.output
                            langfuse.trace.output langfuse.environment
    model                   langfuse.observation.model.name
    parameters:all          langfuse.observation.model.parameters
    usage:details           langfuse.observation.usage_details
    cost:details            langfuse.observation.cost_details
    ttft:moment             langfuse.observation.completion_start_time
    status:level            langfuse.observation.level
    error:message           langfuse.observation.status_message
    prompt_name             langfuse.observation.prompt.name
    prompt_version_number   langfuse.observation.prompt.version
    finish_reason           langfuse.observation.metadata.finish_reason
    response_format         langfuse.observation.metadata.response_format
    metadata:all            langfuse.observation.metadata langfuse.trace.metadata
    metadata.*              langfuse.observation.metadata.* langfuse.trace.metadata.*
    trace_name              langfuse.trace.name
    metadata.tags           langfuse.trace.tags
    customer_identifier     langfuse.user.id
    session                 langfuse.session.id
    """,
    {
        "generation": "chat", "embedding": "embedding", "tool": "tool", "agent": "agent", "chain": "workflow",
        "retriever": "task", "evaluator": "task", "guardrail": "guardrail", "span": "span", "event": "span",
    },
    is_own=True,
)  # fmt: skip
