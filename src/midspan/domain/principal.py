"""Who asks: what a good API key stands for, or the session of somebody who has signed in."""

from typing import Literal

import msgspec

Right = Literal["ingest", "read", "admin"]
RIGHTS: tuple[Right, ...] = ("ingest", "read", "admin")
ENVIRONMENTS = ("prod", "test")
"""Those that every organization has; it may make others."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The organization and environment that every query is bound to, and what the caller may do there."""

    organization_id: str
    """32 hex."""
    organization_name: str
    environment: str
    key_id: str
    """"" for who has no key: a member, or anybody where authentication is off."""
    key_name: str
    rights: frozenset[str]
    """Of `RIGHTS`."""
    requests_per_second: float | None = None
    spans_per_second: float | None = None
    expires_at: int | None = None
    """Microseconds since 1970; a key past it opens nothing."""
    member_id: str = ""
    """Who has signed in; "" for a key."""

    @property
    def owner_id(self) -> str:
        """Whose own things are meant: a member's, a key's, or "", nobody's in particular."""
        return self.member_id or self.key_id

    @property
    def tenant(self) -> tuple[str, str]:
        """(organization id, environment), which every write and every query is bound to."""
        return self.organization_id, self.environment


NOBODY = Principal(organization_id="", organization_name="", environment="", key_id="", key_name="", rights=frozenset())
"""Who asks on a route that needs no key: bound to no tenant, so that nothing of anybody is read by mistake."""
