"""Documented parameters that several routes take."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from midspan.http.operation import Parameter
from midspan.http.questions import PAGE_SIZE, PAGE_SIZE_MAX

ENVIRONMENT = Parameter(
    "environment", "query", str, "The key's own environment; another one is refused with 403.", "prod"
)
ENVIRONMENTS = (
    ENVIRONMENT,
    Parameter("is_test", "query", str, "Older form of `environment`: `true` means `test`.", "false"),
    Parameter("all_envs", "query", str, "`true` is refused with 403: a key reads its own environment.", "false"),
)
WINDOW = (
    Parameter(
        "start_time",
        "query",
        str,
        "Earliest `timestamp`, inclusive: a time, or `-7d`, which is before now. An hour before `end_time` (or now) by "
        "default.",
        "2026-01-31T00:00:00Z",
    ),
    Parameter("end_time", "query", str, "Latest `timestamp`, inclusive. No bound by default.", "2026-01-31T23:59:59Z"),
)
PAGING = (
    Parameter("page", "query", Annotated[int, Meta(ge=1)], "Page number, from 1.", 1),
    Parameter(
        "page_size", "query", Annotated[int, Meta(ge=1, le=PAGE_SIZE_MAX)], f"Rows a page; {PAGE_SIZE} by default.", 50
    ),
)
COUNT = Parameter(
    "count",
    "query",
    bool,
    "`false` where nobody needs to know how many rows match: `count` is null then, and the newest rows of a large "
    "window are found without looking at all of it.",
    "true",
)
CURSOR = Parameter(
    "cursor", "query", str, "Where the page before ended (its `next_cursor`); instead of `page`, and steady."
)


def sort_by(names: Iterable[str], default: str) -> Parameter:
    """The parameter `sort_by` over some names."""
    names = list(names)
    kind: Any = Literal[tuple(sign + name for sign in ("-", "") for name in names)]
    return Parameter("sort_by", "query", kind, "What to sort by; `-` before it for descending.", default)
