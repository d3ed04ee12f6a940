"""Markdown to HTML, for the documentation: tables, anchors on headings, nothing of the text's own HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """`level` is 1 to 6; `slug` is the anchor, unique in its page."""

    level: int
    text: str
    slug: str


def render(text: str) -> tuple[str, list[Heading]]:
    """HTML of the text, and its headings in order."""
    tokens = _MARKDOWN.parse(text)
    found = _anchor(tokens)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})), found


def headings(text: str) -> list[Heading]:
    """The headings of the text, in order."""
    return _anchor(_MARKDOWN.parse(text))


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table. Cells are Markdown; bars and line breaks in them are taken care of."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def code(text: str, language: str = "") -> str:
    """A fenced block that no content can end early."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _cell(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text).replace("|", "\\|")


def _anchor(tokens: Sequence[Token]) -> list[Heading]:
    """Give each heading its id, as code forges do, so that a link works here and in the repository."""
    found: list[Heading] = []
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        slug = re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")
        seen[slug] = seen.get(slug, -1) + 1
        if seen[slug]:
            slug = f"{slug}-{seen[slug]}"
        opening.attrSet("id", slug)
        found.append(Heading(int(opening.tag[1]), text, slug))
    return found


def _heading_close(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    tag, slug = tokens[index].tag, tokens[index - 2].attrGet("id")
    if tag == "h1":
        return "</h1>\n"
    return f' <a class="anchor" href="#{slug}" aria-label="Link to this section">#</a></{tag}>\n'


def _table_open(*_: Any) -> str:
    return '<div class="table" role="region" aria-label="Table" tabindex="0"><table>\n'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"


def _fence(renderer: RendererHTML, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    """A block that can be scrolled with the keyboard."""
    return renderer.fence(tokens, index, *rest).replace("<pre>", '<pre tabindex="0">', 1)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("js-default", {"html": False})
    for name, rule in (
        ("heading_close", _heading_close),
        ("table_open", _table_open),
        ("table_close", _table_close),
        ("fence", _fence),
    ):
        markdown.add_render_rule(name, rule)
    return markdown


_MARKDOWN = _markdown()
