"""OpenLIT: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "OpenLIT",
    "The `openlit` SDK.",
    """
    cost:known              gen_ai.usage.cost gen_ai.usage.total_cost
    stream                  gen_ai.request.is_stream
    customer_identifier     gen_ai.request.user
    dimensions              gen_ai.request.embedding_dimension
    ttft:seconds            gen_ai.server.time_to_first_token gen_ai.server.ttft
    input                   gen_ai.tool.args
    input:arguments         function.args function.kwargs
    =                       gen_ai.tool.input gen_ai.tool.output gen_ai.environment
    """,
)
