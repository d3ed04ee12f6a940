"""Who asks: what a good API key stands for."""

import msgspec

RIGHTS = ("ingest", "read", "admin")
ENVIRONMENTS = ("prod", "test")


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The organization and environment that every query is bound to, and what the caller may do there."""

    organization_id: str
    """32 hex."""
    organization_name: str
    environment: str
    key_id: str
    key_name: str
    rights: frozenset[str]
    """Of `RIGHTS`."""
    requests_per_second: float | None = None
    spans_per_second: float | None = None
    expires_at: int | None = None
    """Microseconds since 1970; a key past it opens nothing."""

    @property
    def tenant(self) -> tuple[str, str]:
        """(organization id, environment), which every write and every query is bound to."""
        return self.organization_id, self.environment


NOBODY = Principal(organization_id="", organization_name="", environment="", key_id="", key_name="", rights=frozenset())
"""Who asks on a route that needs no key: bound to no tenant, so that nothing of anybody is read by mistake."""
