"""Traceloop: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Traceloop",
    "What `traceloop-sdk` adds to OpenLLMetry, and Respan's SDKs with it.",
    """
    =                       traceloop.span.kind traceloop.entity.input traceloop.entity.output
    name:user               traceloop.entity.name
    span_path               traceloop.entity.path
    span_workflow_name      traceloop.workflow.name
    prompt_id               traceloop.prompt.key
    prompt_version_number   traceloop.prompt.version
    variables.*             traceloop.prompt.template_variables.*
    metadata.*              traceloop.association.properties.*
    """,
    {kind: kind for kind in ("workflow", "task", "agent", "tool", "handoff", "guardrail")},
)
