"""The web UI: built files, and one page for every address of its own.

The server does not know under which path a proxy shows it. So the page loads its files by addresses relative to its
own, as many steps up as the address is deep, and its script learns the prefix from where it was loaded.

The document of an address names the files of its page too, as the build has written them down, so that they are loaded
together with the first script and not when that has run.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from midspan.errors import MethodNotAllowed, NotFound
from midspan.http.endpoint import refusal
from midspan.http.frame import API, nothing_here

PAGES = (
    "/spans", "/traces", "/threads", "/customers", "/dashboard", "/sql", "/settings", "/sign-in", "/welcome",
    "/shared",
)  # fmt: skip
"""How the UI's own addresses begin; `web/src/routes.tsx` says what is at each."""

DEEPER = ("/spans", "/traces", "/threads", "/customers", "/sql", "/settings", "/welcome", "/shared")
"""Those that have addresses below them."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/markdown; charset=utf-8",
}
HTML = "text/html; charset=utf-8"
METHODS = ("GET", "HEAD")
ALLOW = {"Allow": ", ".join(METHODS)}
FOREVER = "public, max-age=31536000, immutable"
ABSENT = (
    "The web UI is not part of this installation. In a checkout, `make ui` builds it, and `make serve` does so by "
    "itself; restart the server afterwards. The API works without it: /docs says how.\n"
)


class File(NamedTuple):
    """One built file, plain and compressed."""

    body: bytes
    gzip: bytes | None
    media: str


def built() -> Traversable:
    """The directory in which the build leaves the UI."""
    return resources.files("midspan") / "ui"


def routes(ui: "Ui | None" = None) -> list[Route]:
    """The UI's routes. They need no key: all that belongs to somebody comes through the API."""
    ui = ui or Ui(built())
    below = [f"{page}/{{rest:path}}" for page in DEEPER]
    return [Route(path, ui) for path in ("/", *PAGES, *below, "/assets/{name}")]


class Ui:
    """Every address of the UI, as an ASGI app. The files are read once, so a new build is served after a restart."""

    def __init__(self, directory: Traversable) -> None:
        self._assets = {f"/assets/{name}": file for name, file in _assets(directory / "assets")}
        index = directory / "index.html"
        self._index = index.read_text("utf-8") if index.is_file() else None
        pages = directory / "pages.json"
        self._ahead = _ahead(json.loads(pages.read_text("utf-8"))) if pages.is_file() else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer(Request(scope))(scope, receive, send)

    async def nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        """For an address that is nobody's: the page, which says so, to a browser, and the API's refusal to others."""
        request = Request(scope)
        path: str = scope["path"]
        is_page = request.method in METHODS and _takes_html(request) and not path.startswith(API)
        if self._index is None or not is_page:
            await nothing_here(scope, receive, send)
            return
        page = self._page(path, "")
        page.status_code = 404
        await page(scope, receive, send)

    def answer(self, request: Request) -> Response:
        """A file, the page, or a refusal in the API's one shape."""
        path: str = request.scope["path"]
        if request.method not in METHODS:
            return refusal(MethodNotAllowed(f"{request.method} is not answered here; GET is.", headers=ALLOW))
        if path.startswith("/assets/"):
            return self._asset(path, request.headers.get("accept-encoding", ""))
        if path == "/":
            # Relative, so that it stays below a proxy's prefix.
            return RedirectResponse("spans", 307, {"Cache-Control": "no-cache"})
        if not _takes_html(request):
            return refusal(NotFound(f"{path[:200]} is a page of the web UI, for browsers. /docs/api lists the API."))
        if self._index is None:
            return Response(ABSENT, 404, media_type="text/plain")
        return self._page(path, request.headers.get("if-none-match", ""))

    def _asset(self, path: str, accepted: str) -> Response:
        file = self._assets.get(path)
        if file is None:
            return refusal(NotFound("There is no such file. A newer version of the UI may be served; reload the page."))
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if file.gzip is not None and "gzip" in accepted:
            return Response(file.gzip, 200, {**headers, "Content-Encoding": "gzip"}, file.media)
        return Response(file.body, 200, headers, file.media)

    def _named(self, path: str) -> str:
        """The lines of the document that name the files of its page."""
        steps = path.strip("/").split("/")
        return self._ahead.get((steps[0], len(steps)), "")

    def _page(self, path: str, known: str) -> Response:
        assert self._index is not None
        up = "../" * (path.count("/") - 1) or "./"
        index = self._index.replace("</head>", f"{self._named(path)}</head>")
        body = index.replace('="./', f'="{up}').encode()
        tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        headers = {"Cache-Control": "no-cache", "ETag": tag, "Vary": "Accept"}
        if path.startswith("/shared"):
            # Who has the link may read the trace; that is not everybody who searches.
            headers["X-Robots-Tag"] = "noindex, nofollow"
        if tag in known:
            return Response(status_code=304, headers=headers)
        return Response(body, 200, headers, HTML)


def _takes_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _ahead(pages: dict[str, list[str]]) -> dict[tuple[str, int], str]:
    """What documents name, by the first step of their address and how many steps it has; `/traces/:id` has two."""
    return {
        (path.split("/")[1], path.count("/")): "".join(_link(file) for file in files) for path, files in pages.items()
    }


def _link(file: str) -> str:
    kind = "stylesheet" if file.endswith(".css") else "modulepreload"
    return f'<link rel="{kind}" crossorigin href="./{file}">\n'


def _assets(directory: Traversable) -> Iterator[tuple[str, File]]:
    """Each file with its compressed twin, which the build leaves beside it."""
    if not directory.is_dir():
        return
    files = {file.name: file for file in directory.iterdir()}
    for name, file in files.items():
        stem, dot, ending = name.rpartition(".")
        media = TYPES.get(dot + ending)
        if stem and media:
            twin = files.get(name + ".gz")
            yield name, File(file.read_bytes(), twin.read_bytes() if twin else None, media)
