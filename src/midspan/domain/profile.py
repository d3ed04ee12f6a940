"""The profile: what is known of a customer beside its spans."""

from decimal import Decimal
from typing import Any

import msgspec

BUDGET_DURATIONS = ("daily", "weekly", "monthly", "yearly")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What people or spans say of one customer. A text that nobody gave is "", the rest None.

    Times are microseconds since 1970, money is USD.
    """

    name: str = ""
    email: str = ""
    metadata: dict[str, Any] | None = None
    period_budget: Decimal | None = None
    total_budget: Decimal | None = None
    budget_duration: str = ""
    """One of `BUDGET_DURATIONS`."""
    period_start: int | None = None
    period_end: int | None = None
    markup_percentage: Decimal | None = None
    updated_at: int | None = None
    """When somebody last changed it."""
    deleted_at: int | None = None
    """When somebody deleted the customer; spans received later make it one again."""

    def over(self, default: "Profile") -> "Profile":
        """This profile, with what it leaves open taken from another."""
        gaps = {name: getattr(default, name) for name in self.__struct_fields__ if getattr(self, name) in ("", None)}
        return msgspec.structs.replace(self, **gaps)
