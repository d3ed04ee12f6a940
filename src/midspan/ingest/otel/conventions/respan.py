"""Respan and Keywords AI: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Respan and Keywords AI",
    "`respan-tracing`, `keywordsai-tracing` and their exporters. Every `respan.` name counts as `keywordsai.` too.",
    """
    =                       respan.entity.log_type respan.entity.log_method
                            respan.customer_params.customer_identifier respan.threads.thread_identifier
                            respan.sessions.session_identifier respan.trace.trace_group_identifier
                            respan.span_params.custom_identifier respan.evaluation_params.evaluation_identifier
                            respan.customer_identifier respan.customer_email respan.customer_name
                            respan.thread_identifier respan.session_identifier respan.trace_group_identifier
                            respan.custom_identifier respan.evaluation_identifier
                            respan.prompt respan.environment model prompt_tokens completion_tokens
                            total_request_tokens prompt_cache_hit_tokens prompt_cache_creation_tokens input output
                            span_workflow_name status_code
    customer_identifier     respan.customer.identifier
    customer_email          respan.customer_params.email respan.customer.email
    customer_name           respan.customer_params.name respan.customer.name
    thread_identifier       respan.thread.id
    trace_group_identifier  respan.trace_group.id
    metadata:all            respan.metadata
    metadata.*              respan.metadata.*
    properties:all          respan.properties
    properties.*            respan.properties.*
    tools                   span_tools
    """,
    is_own=True,
)
