"""Vercel's AI SDK: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Vercel AI SDK",
    "The npm package `ai`, with `experimental_telemetry` or with `@ai-sdk/otel`.",
    """
    kind                    ai.operationId
    span_workflow_name      ai.telemetry.functionId
    metadata.*              ai.telemetry.metadata.* ai.settings.context.* ai.settings.runtimeContext.*
    name:tool               ai.toolCall.name
    input                   ai.toolCall.args ai.value
    =                       ai.toolCall.input ai.toolCall.output ai.prompt.tools ai.embedding
                            ai.settings.temperature ai.settings.seed
    output                  ai.toolCall.result
    input:messages          ai.prompt.messages ai.prompt
    tool_choice             ai.prompt.toolChoice
    response_format         ai.schema
    input:texts             ai.values
    output:text             ai.response.text ai.response.object ai.result.text ai.result.object
    output:tool_calls       ai.response.toolCalls ai.result.toolCalls
    output:reasoning        ai.response.reasoning
    embedding               ai.embeddings
    finish_reason           ai.response.finishReason ai.finishReason
    response_model          ai.response.model
    ttft:milliseconds       ai.response.msToFirstChunk ai.stream.msToFirstChunk
    ttft:seconds            gen_ai.client.operation.time_to_first_chunk
    model                   ai.model.id
    provider_id             ai.model.provider
    usage:prompt            ai.usage.inputTokens ai.usage.promptTokens ai.usage.tokens
    usage:completion        ai.usage.outputTokens ai.usage.completionTokens
    usage:total             ai.usage.totalTokens
    usage:read              ai.usage.inputTokenDetails.cacheReadTokens ai.usage.cachedInputTokens
    usage:written           ai.usage.inputTokenDetails.cacheWriteTokens
    usage:reasoning         ai.usage.outputTokenDetails.reasoningTokens ai.usage.reasoningTokens
    max_tokens              ai.settings.maxOutputTokens ai.settings.maxTokens
    top_p                   ai.settings.topP
    top_k                   ai.settings.topK
    frequency_penalty       ai.settings.frequencyPenalty
    presence_penalty        ai.settings.presencePenalty
    stop                    ai.settings.stopSequences
    """,
    {
        "ai.generatetext": "workflow", "ai.streamtext": "workflow", "ai.generateobject": "workflow",
        "ai.streamobject": "workflow", "ai.embed": "workflow", "ai.embedmany": "workflow",
        "ai.generatetext.dogenerate": "chat", "ai.streamtext.dostream": "chat",
        "ai.generateobject.dogenerate": "chat", "ai.streamobject.dostream": "chat",
        "ai.embed.doembed": "embedding", "ai.embedmany.doembed": "embedding", "ai.toolcall": "tool",
        "ai.rerank": "workflow", "ai.rerank.dorerank": "reranker",
    },
)  # fmt: skip
