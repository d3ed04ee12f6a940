"""What a PATCH of a customer may set."""

import difflib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from midspan.domain.profile import BUDGET_DURATIONS
from midspan.domain.timestamps import read_timestamp
from midspan.errors import Invalid
from midspan.search.customers import AMOUNT_DIGITS, AMOUNT_MAX

NAME_MAX = 255
EMAIL_MAX = 320
METADATA_BYTES_MAX = 64 * 1024


class ProfileBody(msgspec.Struct, kw_only=True):
    """Fields of a customer's profile. Those that are not sent stay as they are; null leaves them to the spans again."""

    name: str | None = None
    email: str | None = None
    metadata: dict[str, Any] | None = None
    """Takes the place of what there was."""
    period_budget: float | None = None
    """USD that the customer may cost in a period."""
    budget_duration: Literal["daily", "weekly", "monthly", "yearly"] | None = None
    total_budget: float | None = None
    """USD that the customer may cost in all."""
    period_start: str | None = None
    """When the period begins, where it is not the calendar's."""
    period_end: str | None = None
    markup_percentage: float | None = None


def read_changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """Field of a `Profile` → value. Raises `Invalid` with every fault at once."""
    faults: dict[str, list[str]] = {}
    changes: dict[str, Any] = {}
    for name, given in body.items():
        try:
            changes[name] = _READERS[name](given)
        except KeyError:
            near = difflib.get_close_matches(name[:60], _READERS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(_READERS)}."
            faults[name[:60]] = [f"is no field that can be set. {hint}"]
        except ValueError as error:
            faults[name] = [f"{error}."]
    start, end = changes.get("period_start"), changes.get("period_end")
    if start is not None and end is not None and end <= start:
        faults["period_end"] = ["lies before period_start; swap them."]
    if faults:
        fields = "field is" if len(faults) == 1 else "fields are"
        raise Invalid(f"{len(faults)} {fields} invalid: {', '.join(faults)}.", errors=faults)
    return changes


def _text(most: int) -> Any:
    def read(given: object) -> str:
        if given is None:
            return ""
        if not isinstance(given, str) or len(given) > most:
            raise ValueError(f"is a text of at most {most} characters, or null")
        try:
            given.encode()
        except UnicodeEncodeError:
            raise ValueError("holds half of a surrogate pair") from None
        return given

    return read


def _metadata(given: object) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or len(msgspec.json.encode(given)) > METADATA_BYTES_MAX:
        raise ValueError(f"is an object of at most {METADATA_BYTES_MAX} bytes, or null")
    return given


def _amount(given: object) -> Decimal | None:
    if given is None:
        return None
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise ValueError
        number = Decimal(str(given).strip())
    except (ValueError, InvalidOperation):
        raise ValueError("is a number such as 200 or 0.5, or null") from None
    if not (number.is_finite() and 0 <= number < AMOUNT_MAX) or len(f"{number:f}") > AMOUNT_DIGITS:
        raise ValueError("is a number from 0 to less than 10^15, of at most 40 digits")
    return number


def _duration(given: object) -> str:
    if given in (None, ""):
        return ""
    if given not in BUDGET_DURATIONS:
        raise ValueError(f"is one of {', '.join(BUDGET_DURATIONS)}, or null")
    return str(given)


def _time(given: object) -> int | None:
    if given in (None, ""):
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise ValueError("must be an ISO 8601 time such as 2026-01-31T12:00:00Z, or an epoch number")
    return read_timestamp(given if isinstance(given, str) else repr(given))


_READERS: dict[str, Any] = {
    "name": _text(NAME_MAX),
    "email": _text(EMAIL_MAX),
    "metadata": _metadata,
    "period_budget": _amount,
    "budget_duration": _duration,
    "total_budget": _amount,
    "period_start": _time,
    "period_end": _time,
    "markup_percentage": _amount,
}
