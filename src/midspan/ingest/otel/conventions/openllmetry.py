"""OpenLLMetry, and the GenAI conventions as they were: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "OpenLLMetry and the older GenAI conventions",
    "`opentelemetry-instrumentation-openai` and its siblings, and what GenAI attributes were once called.",
    """
    kind                    llm.request.type
    input:messages          gen_ai.prompt.N.* gen_ai.prompt llm.prompts
    output:messages         gen_ai.completion.N.* gen_ai.completion llm.completions
    tools                   llm.request.functions.N.* llm.request.functions
    response_format         llm.request.structured_output_schema gen_ai.request.structured_output_schema
    =                       gen_ai.openai.request.response_format llm.request.model llm.response.finish_reason
                            gen_ai.response.finish_reason llm.temperature llm.top_p llm.top_k
                            llm.frequency_penalty llm.presence_penalty llm.request.reasoning_effort
                            gen_ai.request.reasoning_effort gen_ai.openai.request.seed
                            gen_ai.openai.request.service_tier gen_ai.openai.response.service_tier
    embedding               llm.embeddings.N.*
    provider_id             gen_ai.system llm.vendor
    response_model          llm.response.model
    finish_reason           gen_ai.response.stop_reason llm.response.stop_reason
    customer_identifier     gen_ai.user
    max_tokens              gen_ai.request.max_completion_tokens
    n                       gen_ai.request.n
    usage:prompt            gen_ai.usage.prompt_tokens llm.usage.prompt_tokens
    usage:completion        gen_ai.usage.completion_tokens llm.usage.completion_tokens
    usage:total             llm.usage.total_tokens
    usage:read              gen_ai.usage.cache_read_input_tokens gen_ai.usage.cached_input_tokens
                            llm.usage.cache_read_input_tokens
    usage:written           gen_ai.usage.cache_creation_input_tokens gen_ai.usage.cache_write_input_tokens
                            llm.usage.cache_creation_input_tokens
    usage:reasoning         gen_ai.usage.reasoning_tokens llm.usage.reasoning_tokens
    ttft:seconds            llm.openai.chat_completions.streaming_time_to_first_token
    stream                  gen_ai.is_streaming llm.is_streaming
    stop                    llm.chat.stop_sequences
    """,
    {
        "chat": "chat", "completion": "completion", "embedding": "embedding", "rerank": "reranker",
        "acompletion": "chat", "aembedding": "embedding", "text_completion": "completion",
        "atext_completion": "completion", "responses": "chat", "aresponses": "chat", "arerank": "reranker",
        "speech": "speech", "aspeech": "speech", "transcription": "transcription",
        "atranscription": "transcription", "image_generation": "generation", "aimage_generation": "generation",
    },
)  # fmt: skip
