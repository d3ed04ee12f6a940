"""The HTML around a documentation page. It reads without scripts, and loads nothing from elsewhere."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from html import escape
from importlib import resources

from midspan.http import markdown
from midspan.http.markdown import Heading
from midspan.http.pages import Page, Section

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def assets() -> dict[str, tuple[bytes, str]]:
    """The files that pages load: address to content and content type. The address changes with the content."""
    found = {}
    for file in (resources.files("midspan.http") / "static").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        if media := TYPES.get(dot + ending):
            content = file.read_bytes()
            digest = blake2b(content, digest_size=6).hexdigest()
            found[f"/docs/static/{stem}-{digest}{dot}{ending}"] = (content, media)
    return found


def document(page: Page, sections: Sequence[Section], files: Sequence[str]) -> str:
    """A whole HTML document for the page. `files` are the addresses of `assets`."""
    body, headings = markdown.render(page.text)
    alternate = f'<link rel="alternate" type="text/markdown" href="{escape(page.path)}.md">'
    foot = (
        f'<footer><a href="{escape(page.path)}.md">This page as Markdown</a> '
        f'<a href="{escape(page.path)}/llms.txt">Index for agents</a> <a href="/openapi.json">OpenAPI</a></footer>'
    )
    main = f'<main id="content" tabindex="-1"><article>\n{body}</article>\n{foot}</main>'
    return _frame(page, sections, files, alternate, main + _contents(headings))


def missing(sections: Sequence[Section], files: Sequence[str]) -> str:
    """The document for an address that has no page."""
    page = Page("", "No such page", "There is no page at this address.", "")
    main = (
        '<main id="content" tabindex="-1"><article><h1>No such page</h1>\n'
        '<p>There is no page at this address. The menu lists every page, and so does <a href="/llms.txt">/llms.txt</a>.'
        "</p></article></main>"
    )
    return _frame(page, sections, files, "", main)


def relative(html: str, path: str) -> str:
    """The document with addresses that go up from `path`, its own: a proxy may put a path of its own before all of
    them. No text of a page looks like one, because every quotation mark of a text is escaped.
    """
    up = "../" * (path.count("/") - 1) or "./"
    return re.sub(r'\b(href|src)="/', rf'\1="{up}', html)


def _frame(page: Page, sections: Sequence[Section], files: Sequence[str], head: str, main: str) -> str:
    menu = _menu(page, sections)
    title = escape(page.title if page.path == "/docs" else f"{page.title} · Midspan")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{escape(page.summary)}">
<title>{title}</title>
{_links(files)}
{head}
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="bar"><a class="name" href="/docs">Midspan</a>
<details class="drawer"><summary>Menu</summary><nav aria-label="Pages, folded">{menu}</nav></details></header>
<div class="columns">
<nav class="menu" aria-label="Pages">{menu}</nav>
{main}
</div>
</body>
</html>
"""


def _links(files: Sequence[str]) -> str:
    forms = {
        "css": '<link rel="stylesheet" href="{}">',
        "js": '<script src="{}" defer></script>',
        "svg": '<link rel="icon" type="image/svg+xml" href="{}">',
    }
    return "\n".join(forms[file.rpartition(".")[2]].format(file) for file in sorted(files))


def _menu(current: Page, sections: Sequence[Section]) -> str:
    parts = []
    for section in sections:
        links = "".join(_entry(page, current) for page in section.pages)
        parts.append(f"<p>{escape(section.title)}</p><ul>{links}</ul>")
    return "".join(parts)


def _entry(page: Page, current: Page) -> str:
    mark = ' aria-current="page"' if page.path == current.path else ""
    return f'<li><a href="{escape(page.path)}"{mark}>{escape(page.title)}</a></li>'


def _contents(headings: Sequence[Heading]) -> str:
    """The page's own table of contents, where there is something to choose."""
    shown = [heading for heading in headings if heading.level in (2, 3)]
    if len(shown) < 2:
        return ""
    links = "".join(
        f'<li class="level-{heading.level}"><a href="#{heading.slug}">{escape(heading.text)}</a></li>'
        for heading in shown
    )
    return f'\n<nav class="contents" aria-label="On this page"><p>On this page</p><ul>{links}</ul></nav>'
