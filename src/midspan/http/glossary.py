"""What each field of a stored span means to its reader: for the description of the API and the page on reading."""

from typing import Any, Final

from midspan.ingest.body import FIELDS

_READ_ONLY: Final[dict[str, str]] = {
    "id": "32 hexadecimal digits, made by the server.",
    "unique_id": "The same as `id`.",
    "organization_id": "Organization of the key that sent the span.",
    "unique_organization_id": "The same as `organization_id`.",
    "organization_name": "The organization's name.",
    "environment": "Environment of the key that sent the span: `prod` or `test`.",
    "received_at": "When the server read the span.",
    "generation_time": "The same as `latency`.",
    "ttft": "The same as `time_to_first_token`.",
    "messages": "The same as `prompt_messages`, but an empty list for none; lists leave it out unless asked for it.",
    "keywordsai_params": "The same as `respan_params`.",
    "period_start": "Always null: budgets are those of customers.",
    "period_end": "Always null: budgets are those of customers.",
    "limit_info": "Always null: budgets are those of customers, and block nothing.",
    "routing_time": "Seconds that a gateway took to choose, where a client sent them.",
    "deployment_id": "The deployment's id, where a client sent one.",
    "deployment_name": "The deployment, where a client sent one.",
    "log_method": "How the span came: `logging_api` for create, `batch` for bulk and batch, `tracing_integration` for "
    "ingest and OTLP, where the span itself says nothing else.",
    "response_model": "Model that the provider's answer names.",
    "input": "What went in, as text: a text as it was sent, anything else as its JSON text.",
    "output": "What came out, as text: a text as it was sent, anything else as its JSON text.",
    "input_preview": "The beginning of the input, for lists.",
    "output_preview": "The beginning of the output, for lists.",
    "has_tool_calls": "Whether the model called a tool.",
    "token_convention": "Whether `prompt_tokens` counts cached tokens: `inside` or `outside`; null without any.",
    "cost_details": "How the cost came about: its source, parts, prices, and the reason where it is null.",
    "parameters": "Parameters of the call that have no field of their own, such as `seed` and `reasoning_effort`.",
    "metadata": "Your own keys and values. Values are texts; keys that start with `_` are not shown.",
    "scores": "Scores of the span, by the evaluator's id.",
    "extra": "Fields that no rule knows, as they came.",
    "organization_key_id": "Key that sent the span.",
    "organization_key_name": "The key's name.",
    "is_pinned": "Whether somebody pinned the span, to find it again.",
    "blurred": "Whether the content is hidden from view.",
    "snippets": "What full text found, by field: a piece of the text as HTML, all of it escaped, hits in `<mark>`. "
    "Only in lists that look for words.",
    "message": "Always `log successful`.",
}

_LEFT_OUT: Final = frozenset({"messages", "snippets"})
"""Fields that not every answer has."""


def meaning(name: str) -> str:
    """What a field of a stored span means; "" for a name that is none."""
    if name in _READ_ONLY:
        return _READ_ONLY[name]
    field = FIELDS.get(name)
    return field.help.removesuffix(field.rule).strip() if field else ""


def explain(component: dict[str, Any]) -> None:
    """Complete a schema of stored spans: what each property means, and which an answer always has."""
    component["required"] = [name for name in component["properties"] if name not in _LEFT_OUT]
    for name, schema in component["properties"].items():
        schema.pop("default", None)
        if {} in schema.get("anyOf", ()):
            del schema["anyOf"]
        if "description" not in schema and (text := meaning(name)):
            schema["description"] = text
