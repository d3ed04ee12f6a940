"""OpenTelemetry's GenAI conventions: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "OpenTelemetry GenAI",
    "The semantic conventions of today, whoever follows them.",
    """
    kind                    gen_ai.operation.name
    input:messages          gen_ai.input.messages
    output:messages         gen_ai.output.messages
    input:system            gen_ai.system_instructions
    tools                   gen_ai.tool.definitions
    name:tool               gen_ai.tool.name
    input                   gen_ai.tool.call.arguments gen_ai.retrieval.query.text
    output                  gen_ai.tool.call.result gen_ai.retrieval.documents
    name:agent              gen_ai.agent.name
    span_workflow_name      gen_ai.workflow.name
    thread_identifier       gen_ai.conversation.id
    session                 gen_ai.session.id
    prompt_name             gen_ai.prompt.name
    prompt_version_number   gen_ai.prompt.version
    variables.*             gen_ai.prompt.variable.*
    provider_id             gen_ai.provider.name
    =                       gen_ai.request.model gen_ai.request.temperature gen_ai.request.top_p
                            gen_ai.request.top_k gen_ai.request.max_tokens gen_ai.request.frequency_penalty
                            gen_ai.request.presence_penalty gen_ai.request.seed gen_ai.request.stream
                            openai.request.service_tier openai.response.service_tier
    response_model          gen_ai.response.model
    finish_reason:list      gen_ai.response.finish_reasons
    ttft:seconds            gen_ai.response.time_to_first_chunk
    usage:prompt            gen_ai.usage.input_tokens
    usage:completion        gen_ai.usage.output_tokens
    usage:total             gen_ai.usage.total_tokens
    usage:read              gen_ai.usage.cache_read.input_tokens
    usage:written           gen_ai.usage.cache_creation.input_tokens gen_ai.usage.cache_write.input_tokens
    usage:reasoning         gen_ai.usage.reasoning.output_tokens
    response_format         gen_ai.output.type
    stop                    gen_ai.request.stop_sequences
    n                       gen_ai.request.choice.count
    encoding_format:list    gen_ai.request.encoding_formats
    reasoning_effort        gen_ai.request.reasoning.level
    dimensions              gen_ai.embeddings.dimension.count
    """,
    {
        "chat": "chat", "generate_content": "chat", "text_completion": "completion", "embeddings": "embedding",
        "embedding": "embedding", "execute_tool": "tool", "invoke_agent": "agent", "create_agent": "agent",
        "invoke_workflow": "workflow", "plan": "task", "retrieval": "task", "search_memory": "task",
        "rerank": "reranker", "handoff": "handoff", "guardrail": "guardrail", "speech": "speech",
        "text_to_speech": "speech", "audio": "speech", "transcription": "transcription", "image": "generation",
        "image_generation": "generation", "vectordb": "task", "framework": "task", "workflow": "workflow",
        "agent": "agent", "tool": "tool", "task": "task", "response": "chat", "responses": "chat",
        "agent_step": "task", "ai.generatespeech": "speech", "ai.transcribe": "transcription",
        "ai.streamtranscribe": "transcription",
    },
)  # fmt: skip
