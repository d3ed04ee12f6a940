"""The web UI as it is served: whose address it is, how long it is kept, and under which path it may lie."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Match
from starlette.testclient import TestClient

from midspan.http import ui
from midspan.http.frame import Frame
from midspan.http.operation import routes
from tests.test_openapi import operations

PAGE = (
    '<!doctype html><html><head><link rel="icon" href="./assets/icon-1.svg">'
    '<script type="module" src="./assets/index-a1.js"></script></head><body></body></html>'
)
FILES = {"/sql": ["assets/Sql-1.js", "assets/Sql-1.css"], "/shared/:organization/:id": ["assets/Shared-1.js"]}
SCRIPT = b"export const x = 1;" * 200
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small UI, as the build leaves one."""
    directory = tmp_path_factory.mktemp("ui")
    assets = directory / "assets"
    assets.mkdir()
    (directory / "index.html").write_text(PAGE)
    (directory / "pages.json").write_text(json.dumps(FILES))
    (assets / "index-a1.js").write_bytes(SCRIPT)
    (assets / "index-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "icon-1.svg").write_text("<svg/>")
    (assets / "secret.txt").write_text("of no type that a page loads")
    return directory


@pytest.fixture(scope="module")
def client(built: Path) -> Iterator[TestClient]:
    """A client of nothing but the UI's routes."""
    with TestClient(Starlette(routes=ui.routes(ui.Ui(built))), follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("path", [*ui.PAGES, "/traces/abc", "/settings/keys", "/customers/a%2Fb", "/spans/"])
def test_every_page_is_the_one_page(client: TestClient, path: str) -> None:
    """A browser that goes to an address of the UI gets the page, and asks for it again each time."""
    answer = client.get(path, headers=BROWSER)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "index-a1.js" in answer.text


@pytest.mark.parametrize(
    ("path", "up"), [("/spans", "./"), ("/spans/", "../"), ("/traces/abc", "../"), ("/traces/abc/def", "../../")]
)
def test_files_are_found_from_any_depth_and_below_any_prefix(client: TestClient, path: str, up: str) -> None:
    """Addresses in the page are relative, as many steps up as the address of the page is deep."""
    loaded = re.findall(r'(?:href|src)="([^"]+)"', client.get(path, headers=BROWSER).text)

    assert loaded == [f"{up}assets/icon-1.svg", f"{up}assets/index-a1.js"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/sql", ['modulepreload ./assets/Sql-1.js', 'stylesheet ./assets/Sql-1.css']),
        ("/sql/", ['modulepreload ../assets/Sql-1.js', 'stylesheet ../assets/Sql-1.css']),
        ("/sql/one", []),
        ("/shared/acme/1", ['modulepreload ../../assets/Shared-1.js']),
        ("/spans", []),
    ],
)  # fmt: skip
def test_the_document_of_a_page_names_the_files_of_that_page(client: TestClient, path: str, named: list[str]) -> None:
    """They are loaded with the first script, and those of other pages are not."""
    links = re.findall(
        r'<link rel="(modulepreload|stylesheet)" crossorigin href="([^"]+)">', client.get(path, headers=BROWSER).text
    )

    assert [f"{kind} {href}" for kind, href in links] == named


def test_a_page_that_is_the_same_is_not_sent_again(client: TestClient) -> None:
    """The entity tag tells; it differs where the page differs."""
    first = client.get("/spans", headers=BROWSER)
    again = client.get("/spans", headers={**BROWSER, "If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/traces/a", headers=BROWSER).headers["etag"] != first.headers["etag"]


def test_who_does_not_ask_for_html_is_told_that_it_is_a_page(client: TestClient) -> None:
    """A program that mistook the address gets the API's 404, not a page that it cannot read."""
    answer = client.get("/traces/abc", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/nothing", "/dashboard/x", "/sign-in/x", "/assets/", "/assets/nothing.js", "/.well-known/x", "/spansx"]
)
def test_any_other_address_is_not_the_page(client: TestClient, path: str) -> None:
    """What is not the UI's is a real 404, for browsers too."""
    assert client.get(path, headers=BROWSER).status_code == 404


def test_a_mistyped_address_leads_a_browser_to_the_ui(built: Path) -> None:
    """With 404, and a page that says so; programs, and whoever is at an address of the API, get its refusal."""
    pages = ui.Ui(built)
    client = TestClient(Frame(ui.routes(pages), None, pages.nowhere))

    page = client.get("/spnas/x", headers=BROWSER)
    others = [client.get("/spnas"), client.post("/spnas", headers=BROWSER), client.get("/api/x", headers=BROWSER)]

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '"../assets/index-a1.js"' in page.text
    for answer in others:
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/assets/secret.txt", "/assets/../index.html", "/assets/%2e%2e/index.html"])
def test_only_built_files_are_served(client: TestClient, path: str) -> None:
    """A name is looked up among the files of the build; it is never a path."""
    assert client.get(path).status_code == 404


def test_files_are_kept_for_a_year_and_come_compressed_to_whoever_takes_it(client: TestClient) -> None:
    """Their names change with their content."""
    small = client.get("/assets/index-a1.js", headers={"Accept-Encoding": "gzip, br"})
    plain = client.get("/assets/index-a1.js", headers={"Accept-Encoding": "identity"})

    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < 200
    assert "content-encoding" not in plain.headers
    assert small.content == plain.content == SCRIPT
    for answer in (small, plain):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_the_root_leads_to_the_ui_below_any_prefix(client: TestClient) -> None:
    """The address is relative, because a proxy may put its own path before ours."""
    answer = client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "spans")


def test_only_reading_is_answered(client: TestClient) -> None:
    """Another method is 405 in the one error shape."""
    answer = client.post("/spans", headers=BROWSER)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_without_a_build_a_sentence_says_how_to_make_one(tmp_path: Path) -> None:
    """The server starts without the UI, and says what is missing where it would be."""
    with TestClient(Starlette(routes=ui.routes(ui.Ui(tmp_path)))) as bare:
        answer = bare.get("/spans", headers=BROWSER)

    assert answer.status_code == 404
    assert "make ui" in answer.text


def test_no_address_of_the_api_is_taken_by_a_page() -> None:
    """Of all that can be read, none has an address of the UI: with and without `/api`, no page hides an answer."""
    api = routes([one for one in operations() if one.method == "GET"], lambda _: None)
    taken = []
    for route in api:
        path = route.path.replace("{", "").replace("}", "")
        scope = {"type": "http", "path": path, "method": "GET", "root_path": ""}
        taken += [path for page in ui.routes() if page.matches(scope)[0] is not Match.NONE]

    assert taken == []


def test_the_pages_of_the_browser_and_of_the_server_are_the_same() -> None:
    """Every route of the UI is served, so that a link to it opens."""
    source = (Path(__file__).parent.parent / "web" / "src" / "routes.tsx").read_text()
    paths = re.findall(r'^\s+path: "([^"]+)"', source, flags=re.MULTILINE)

    assert paths
    for path in paths:
        scope = {"type": "http", "path": re.sub(r":\w+\??|\*", "x", path), "method": "GET", "root_path": ""}
        assert any(page.matches(scope)[0] is Match.FULL for page in ui.routes()), path
