"""The pages of `docs/`: found, ordered by their index, completed with what is generated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import midspan

PLACEHOLDER = re.compile(r"<!-- ([a-z]+)\b[^>]*-->")
ENTRY = re.compile(r"^- \[[^\]]+\]\((?P<name>[\w-]+)\.md\): (?P<summary>.+)$", re.MULTILINE)
LINK = re.compile(r"\]\((?P<name>[\w-]+)\.md(?=[)#])")
PAGE_LINK = re.compile(r"\]\((?P<path>/docs(?:/[\w-]+)*)(?=[)#])")


@dataclass(frozen=True)
class Page:
    """One page. `path` is its address, `text` its Markdown, in which links to pages are addresses (`/docs/…`)."""

    path: str
    title: str
    summary: str
    text: str

    @property
    def markdown(self) -> str:
        """The page as it is served under `.md`: its links lead to Markdown as well."""
        return PAGE_LINK.sub(r"](\g<path>.md", self.text)


@dataclass(frozen=True)
class Section:
    """Pages that belong together, in reading order."""

    title: str
    pages: tuple[Page, ...]


def page(path: str, text: str) -> Page:
    """A page from its Markdown: the first heading is its title, the first paragraph its summary."""
    title, _, rest = text.lstrip().partition("\n")
    paragraph = rest.strip().partition("\n\n")[0]
    summary = " ".join(line.removeprefix(">").strip() for line in paragraph.splitlines())
    return Page(path, title.removeprefix("# ").strip(), plain(summary), text)


def plain(text: str) -> str:
    """A Markdown sentence without its marks."""
    return re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text).replace("`", "").replace("**", "")


def read(parts: Mapping[str, str], folder: Traversable | None = None) -> tuple[Page, list[Section]]:
    """The index page, and the sections that it lists, with the summaries that it gives.

    `parts` holds the generated Markdown for each placeholder, such as `<!-- settings … -->`. Pages that the index does
    not list come last, so that none is lost. Raises KeyError for a placeholder that nothing fills.
    """
    files = {file.name: file for file in (folder or directory()).iterdir() if file.name.endswith(".md")}
    pages = {name: _page(name, file.read_text(encoding="utf-8"), parts) for name, file in sorted(files.items())}
    index = pages.pop("index.md")
    sections = []
    for block in re.split(r"^## ", files["index.md"].read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        entries = [(f"{entry['name']}.md", plain(entry["summary"])) for entry in ENTRY.finditer(block)]
        if listed := tuple(replace(pages.pop(name), summary=summary) for name, summary in entries):
            sections.append(Section(block.partition("\n")[0].strip(), listed))
    if pages:
        sections.append(Section("More", tuple(pages.values())))
    return index, sections


def directory() -> Traversable:
    """Where the pages are: in the installed package, or beside `src` in a checkout."""
    packaged = resources.files(midspan) / "docs"
    return packaged if packaged.is_dir() else Path(midspan.__file__).parents[2] / "docs"


def _page(name: str, text: str, parts: Mapping[str, str]) -> Page:
    text = PLACEHOLDER.sub(lambda mark: parts[mark[1]].strip(), text)
    text = LINK.sub(lambda link: f"]({_path(link['name'])}", text)
    return page(_path(name.removesuffix(".md")), text)


def _path(name: str) -> str:
    return "/docs" if name == "index" else f"/docs/{name}"
