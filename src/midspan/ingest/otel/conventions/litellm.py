"""LiteLLM: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "LiteLLM",
    "LiteLLM's `otel` callback, in the library and in the proxy.",
    """
    kind                    litellm.call_type
    cost:known              gen_ai.cost.total_cost litellm.cost.total
    customer_identifier     llm.user litellm.end_user.id
    tools                   gen_ai.tool.N.*
    status_code             litellm.provider.error.code
    usage:details           metadata.usage_object
    metadata.*              metadata.* litellm.metadata.*
    """,
    {
        "completion": "chat", "acompletion": "chat", "embedding": "embedding", "aembedding": "embedding",
        "rerank": "reranker", "arerank": "reranker",
    },
)  # fmt: skip
