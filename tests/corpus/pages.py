"""What of the documentation is made from the corpus: the table of SDKs, and their place in the index."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.corpus.catalogue import DOCS, Sdk, sdks
from tests.corpus.rows import Row

PAGE: Final = DOCS / "sdks.md"
INDEX: Final = DOCS / "index.md"
START: Final = "| SDK |"
HEADING: Final = "## SDKs\n\n"

COLUMNS: Final[dict[str, Callable[[Row], Any]]] = {
    "model": lambda row: row.get("model"),
    "messages": lambda row: row["log_type"] == "chat" and row.get("input") and row.get("output"),
    "tools": lambda row: row.get("tools"),
    "tool calls": lambda row: row.get("tool_calls"),
    "tokens": lambda row: row.get("prompt_tokens") and row.get("completion_tokens"),
    "cached": lambda row: row.get("prompt_cache_hit_tokens"),
    "reasoning": lambda row: row.get("reasoning_tokens"),
    "cost": lambda row: row.get("cost"),
    "first token": lambda row: row.get("time_to_first_token"),
    "error": lambda row: row.get("error_message"),
    "customer": lambda row: row.get("customer_identifier"),
    "thread": lambda row: row.get("thread_identifier"),
    "metadata": lambda row: row.get("metadata"),
}
"""What one may ask of an SDK, and how a row shows it."""


def recorded() -> list[Sdk]:
    """The SDKs whose pinned version was recorded; one that is being added is not there yet."""
    return [sdk for sdk in sdks() if (sdk.folder / sdk.version / "rows.json").exists()]


def newest(sdk: Sdk) -> list[Row]:
    """The rows of the version that is installed."""
    found: list[Row] = json.loads((sdk.folder / sdk.version / "rows.json").read_text())
    return found


def table() -> str:
    """The table: SDK, version, kinds of span, and what its spans fill."""
    heads = ["SDK", "version", "kinds of span", *COLUMNS]
    lines = [heads, ["---"] * len(heads), *(_line(sdk) for sdk in recorded())]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _line(sdk: Sdk) -> list[str]:
    found = newest(sdk)
    kinds = ", ".join(f"`{kind}`" for kind in sorted({row["log_type"] for row in found}))
    cells = ["yes" if any(map(has, found)) else "no" for has in COLUMNS.values()]
    return [f"[{sdk.title}](sdk-{sdk.name}.md)", f"`{sdk.package}` {sdk.version}", kinds, *cells]


def entries() -> str:
    """The list of the SDKs' pages, for the index."""
    said = [("SDKs that work with Midspan", "sdks", _summary(PAGE.read_text()))]
    said += [(sdk.title, f"sdk-{sdk.name}", _summary(sdk.page.read_text())) for sdk in recorded()]
    return "".join(f"- [{title}]({name}.md): {summary}\n" for title, name, summary in said)


def _summary(page: str) -> str:
    (said,) = re.findall(r"\A# .+\n\n((?:> .+\n)+)", page)
    return " ".join(line.removeprefix("> ") for line in said.splitlines()).removesuffix(".")


def written() -> Iterator[tuple[Any, str]]:
    """The files, and what is to be in them."""
    page = PAGE.read_text()
    before, _, rest = page.partition(START)
    yield PAGE, before + table() + rest[rest.index("\n\n") + 1 :]
    before, heading, rest = INDEX.read_text().partition(HEADING)
    yield INDEX, before + heading + entries() + rest[rest.index("\n## ") :]


def write() -> None:
    """Bring them up to date."""
    for file, text in written():
        file.write_text(text)


if __name__ == "__main__":
    write()
