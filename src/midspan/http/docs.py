"""`/docs`, `/llms.txt` and `/openapi.json`: every answer is made once, and found by its exact address."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from hashlib import blake2b
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from midspan.errors import MethodNotAllowed
from midspan.http import layout, markdown, openapi, tables
from midspan.http.endpoint import refusal
from midspan.http.operation import Operation
from midspan.http.pages import Page, Section, read
from midspan.http.reference import reference

TEXT = "text/plain; charset=utf-8"
METHODS = ("GET", "HEAD")
ALLOW = {"Allow": ", ".join(METHODS)}
MARKDOWN = "text/markdown; charset=utf-8"
HTML = "text/html; charset=utf-8"
NOTE = """Append `.md` to the address of any page for its Markdown, `/llms.txt` for its own index.
The API is described at /openapi.json.
"""


def routes(operations: Sequence[Operation], version: str) -> list[Route]:
    """The documentation's routes. They need no key and read nothing that belongs to anybody.

    `version` is Midspan's own, as it appears in the description of the API.
    """
    site = Site(operations, version)
    paths = ("/docs", "/docs.md", "/docs/{rest:path}", "/llms.txt", "/openapi.json")
    return [Route(path, site) for path in paths]


class Site:
    """Every address of the documentation, as an ASGI app. A page is made when it is first asked for."""

    def __init__(self, operations: Sequence[Operation], version: str) -> None:
        self._operations = operations
        self._version = version
        self._made: dict[str, _Content] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method in METHODS:
            # Making a page takes a while the first time; nobody else's request waits for it.
            known = request.headers.get("if-none-match", "")
            response = await run_in_threadpool(self.answer, scope["path"], known)
        else:
            response = refusal(MethodNotAllowed(f"{request.method} is not answered here; GET is.", headers=ALLOW))
        await response(scope, receive, send)

    @cached_property
    def description(self) -> dict[str, Any]:
        """The OpenAPI description."""
        return openapi.describe(self._operations, self._version)

    @cached_property
    def index(self) -> Page:
        """The page at `/docs`."""
        return self._read[0]

    @cached_property
    def sections(self) -> list[Section]:
        """Every other page, in the order of the menu."""
        whole, single = reference(self.description)
        return [*self._read[1], Section("API reference", (whole, *single))]

    @property
    def pages(self) -> list[Page]:
        """Every page, the index first."""
        return [self.index, *(page for section in self.sections for page in section.pages)]

    @property
    def addresses(self) -> list[str]:
        """Every address that has an answer."""
        return list(self._makers)

    @cached_property
    def _read(self) -> tuple[Page, list[Section]]:
        return read(tables.parts())

    @cached_property
    def _assets(self) -> dict[str, tuple[bytes, str]]:
        return layout.assets()

    @cached_property
    def _makers(self) -> dict[str, Callable[[], tuple[str | bytes, str]]]:
        """Address to what makes its content and content type."""
        found: dict[str, Callable[[], tuple[str | bytes, str]]] = {}
        for path, asset in self._assets.items():
            found[path] = partial(_same, asset)
        for page in self.pages:
            found[page.path] = partial(self._html, page)
            found[f"{page.path}.md"] = partial(_same, (page.markdown, MARKDOWN))
            found[f"{page.path}/llms.txt"] = partial(_outline, page)
        found["/llms.txt"] = found["/docs/llms.txt"] = partial(_index, self.index, self.sections)
        found["/openapi.json"] = lambda: (msgspec.json.encode(self.description), "application/json")
        return found

    def _html(self, page: Page) -> tuple[str, str]:
        return layout.document(page, self.sections, list(self._assets)), HTML

    def answer(self, path: str, known: str) -> Response:
        """The content at a path, 304 where the client's copy (`known`, entity tags) is the same, or 404."""
        address = path.replace("/.md", ".md") if path.endswith("/.md") else path.removesuffix("/")
        if address not in self._makers:
            lost = layout.relative(layout.missing(self.sections, list(self._assets)), path)
            return Response(lost, 404, media_type=HTML)
        content = self._made.get(path)
        if content is None:
            body, media = self._makers[address]()
            content = _Content(layout.relative(str(body), path) if media == HTML else body, media)
            self._made[path] = content
        keep = "public, max-age=31536000, immutable" if address.startswith("/docs/static/") else "no-cache"
        headers = {"ETag": content.tag, "Cache-Control": keep}
        if content.tag in known:
            return Response(status_code=304, headers=headers)
        return Response(content.body, 200, headers, content.media)


class _Content:
    """One answer, as it is sent. `tag` is its entity tag."""

    def __init__(self, content: str | bytes, media: str) -> None:
        self.body = content.encode() if isinstance(content, str) else content
        self.media = media
        self.tag = f'"{blake2b(self.body, digest_size=12).hexdigest()}"'


def _same(content: tuple[str | bytes, str]) -> tuple[str | bytes, str]:
    return content


def _index(index: Page, sections: Sequence[Section]) -> tuple[str, str]:
    """Every page in the form that llmstxt.org describes: title, summary, sections of links to Markdown."""
    parts = [
        f"# {index.title}\n\n> {index.summary}\n",
        NOTE,
    ]
    for section in sections:
        links = "".join(f"- [{page.title}]({page.path}.md): {page.summary}\n" for page in section.pages)
        parts.append(f"## {section.title}\n\n{links}")
    return "\n".join(parts), TEXT


def _outline(page: Page) -> tuple[str, str]:
    """The index of one page: its headings, each with its address."""
    links = "".join(
        f"{'  ' * (heading.level - 2)}- [{heading.text}]({page.path}.md#{heading.slug})\n"
        for heading in markdown.headings(page.text)
        if heading.level > 1
    )
    text = f"# {page.title}\n\n> {page.summary}\n\n- [The whole page]({page.path}.md)\n\n## Headings\n\n{links}"
    return text, TEXT
