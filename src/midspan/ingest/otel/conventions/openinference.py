"""OpenInference: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "OpenInference",
    "The `openinference-instrumentation-…` packages.",
    """
    =                       openinference.span.kind llm.finish_reason llm.prompt_template.variables
    input:messages          llm.input_messages.N.*
    output:messages         llm.output_messages.N.*
    input:texts             llm.prompts.N.* embedding.embeddings.N.embedding.text
    embedding               embedding.embeddings.N.embedding.vector
    output:documents        retrieval.documents.N.* reranker.output_documents.N.*
    input:documents         reranker.input_documents.N.*
    input                   input.value
    output                  output.value
    model                   llm.model_name embedding.model_name reranker.model_name
    provider_id             llm.provider llm.system
    parameters:all          llm.invocation_parameters embedding.invocation_parameters
    tools                   llm.tools.N.*
    usage:prompt            llm.token_count.prompt
    usage:completion        llm.token_count.completion
    usage:total             llm.token_count.total
    usage:read              llm.token_count.prompt_details.cache_read
    usage:written           llm.token_count.prompt_details.cache_write
    usage:reasoning         llm.token_count.completion_details.reasoning
    cost:known              llm.cost.total
    prompt_version_number   llm.prompt_template.version
    prompt_id               prompt.id
    name:tool               tool.name
    name:agent              agent.name
    metadata:all            metadata
    metadata.tags           tag.tags
    """,
    {
        "llm": "chat", "embedding": "embedding", "tool": "tool", "agent": "agent", "chain": "workflow",
        "retriever": "task", "reranker": "task", "evaluator": "task", "prompt": "task", "unknown": "task",
        "guardrail": "guardrail",
    },
)  # fmt: skip
