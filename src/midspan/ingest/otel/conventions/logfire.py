"""Logfire and Pydantic AI: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Logfire and Pydantic AI",
    "`logfire`, and Pydantic AI in every version of its instrumentation.",
    """
    input                   tool_arguments
    output                  tool_response final_result return
    output:messages         response_data
    input:texts             inputs
    embedding               embeddings
    input:messages          pydantic_ai.all_messages
    events                  all_messages_events
    =                       events
    name:agent              agent_name
    model                   model_name
    full_request            request_data
    usage:details           gen_ai.usage.raw
    cost:known              operation.cost
    usage:read              gen_ai.usage.details.cached_tokens gen_ai.usage.details.cache_read_tokens
                            gen_ai.usage.details.cache_read_input_tokens
    usage:written           gen_ai.usage.details.cache_write_tokens
                            gen_ai.usage.details.cache_creation_input_tokens
    usage:reasoning         gen_ai.usage.details.reasoning_tokens
    metadata.tags           logfire.tags
    """,
)
