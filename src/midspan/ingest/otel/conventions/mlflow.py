"""MLflow: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "MLflow",
    "MLflow Tracing, exported with OTLP.",
    """
    kind                    mlflow.spanType
    input:messages          mlflow.chat.messages
    input                   mlflow.spanInputs
    output                  mlflow.spanOutputs
    =                       mlflow.chat.tools mlflow.llm.model mlflow.trace.session
    usage:details           mlflow.chat.tokenUsage
    cost:details            mlflow.llm.cost
    provider_id             mlflow.llm.provider
    customer_identifier     mlflow.trace.user
    """,
    {
        "llm": "chat", "chat_model": "chat", "embedding": "embedding", "tool": "tool", "agent": "agent",
        "chain": "workflow", "workflow": "workflow", "retriever": "task", "reranker": "task", "parser": "task",
        "memory": "task", "task": "task", "evaluator": "task", "guardrail": "guardrail", "unknown": "span",
    },
)  # fmt: skip
