"""A member: a person of an organization, and what their role lets them do."""

from typing import Literal

import msgspec

from midspan.domain.principal import RIGHTS, Right

Role = Literal["viewer", "member", "admin"]
ROLES: dict[Role, tuple[Right, ...]] = {"viewer": ("read",), "member": ("ingest", "read"), "admin": RIGHTS}
"""Role → rights, the weakest role first."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a member. Times are microseconds since 1970."""

    id: str
    """32 hex."""
    organization_id: str
    email: str
    """As it was given; who signs in may write it in any case."""
    name: str
    role: Role
    has_password: bool
    """False for who signs in at the identity provider only."""
    created_at: int
    last_seen_at: int | None
