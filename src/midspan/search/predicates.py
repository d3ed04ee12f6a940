"""What every question says first: whose rows, and of which time."""

OWNER = "organization_id = {organization_id:String} AND environment = {environment:String}"
"""Whose rows; for every table beside `spans`."""

TENANT = f"{OWNER} AND @newest"
"""Whose spans, each once; for the table `spans @final`."""

Query = tuple[str, dict[str, str | int]]
"""SQL and its parameters."""


def within(column: str, start: int | None, end: int | None, prefix: str = "") -> tuple[list[str], dict[str, str | int]]:
    """The conditions that a time lies in a window, and what they bind. Microseconds, inclusive; None is no bound.

    `prefix` goes before the names of the parameters.
    """
    conditions = []
    parameters: dict[str, str | int] = {}
    for name, sign, bound in (("start", ">=", start), ("end", "<=", end)):
        if bound is not None:
            conditions.append(f"{column} {sign} fromUnixTimestamp64Micro({{{prefix}{name}:Int64}}, 'UTC')")
            parameters[f"{prefix}{name}"] = bound
    return conditions, parameters
