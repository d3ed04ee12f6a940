"""How the commands print: one sentence, a table for people, JSON for programs."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def say_json(value: Any) -> None:
    # ASCII only, so that no terminal and no pipe can spoil it.
    say(json.dumps(value, indent=2))


def complain(sentence: str) -> None:
    sys.stderr.write(f"midspan: {sentence}\n")


def say_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell."""
    table = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(heads))]
    for row in table:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def inert(text: str) -> str:
    """The text on one line, with marks in place of what a terminal would obey."""
    folded = " ".join(text.split())
    return "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else "\ufffd" for c in folded
    )


def iso(microseconds: int | None) -> str | None:
    """2027-01-31T12:00:00.000000Z."""
    if microseconds is None:
        return None
    seconds, fraction = divmod(microseconds, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:06}Z"


def minute(microseconds: int | None, absent: str) -> str:
    """2027-01-31 12:00, for a table; UTC."""
    return (
        absent if microseconds is None else f"{datetime.fromtimestamp(microseconds // 1_000_000, UTC):%Y-%m-%d %H:%M}"
    )
