"""Google's Agent Development Kit: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "Google Agent Development Kit",
    "What its spans say beside the GenAI conventions.",
    """
    full_request            gcp.vertex.agent.llm_request
    full_response           gcp.vertex.agent.llm_response
    input                   gcp.vertex.agent.tool_call_args
    output                  gcp.vertex.agent.tool_response
    session                 gcp.vertex.agent.session_id
    """,
)
