"""OpenTelemetry at large: the page of the table."""

from typing import Final

from midspan.ingest.otel.conventions.convention import Convention

PAGE: Final = Convention(
    "OpenTelemetry at large",
    "General conventions.",
    """
    customer_identifier     user.id enduser.id
    customer_email          user.email
    customer_name           user.full_name user.name
    session                 session.id
    error_code              error.type exception.type
    error_message           error.message exception.message
    =                       http.response.status_code http.status_code deployment.environment
    environment             deployment.environment.name
    """,
)
