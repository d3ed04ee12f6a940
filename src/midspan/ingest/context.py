"""What a request says of every span in it."""

from collections.abc import Sequence

import msgspec

from midspan.domain.price import Override


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent the request, when it came, and by which door."""

    organization_id: str
    environment: str
    key_id: str
    received_at: int
    """Microseconds since 1970."""
    log_method: str
    """"logging_api" (create), "batch" (bulk, batch) or "tracing_integration" (ingest)."""
    overrides: Sequence[Override] = ()
    """The organization's own prices."""
