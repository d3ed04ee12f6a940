"""The documentation as it is served: complete, linked, in Markdown too, and with nothing from elsewhere."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from midspan import errors, settings
from midspan.http import docs, markdown, pages
from midspan.ingest.body import FIELDS
from midspan.search.reading import ReadSpan
from tests.test_openapi import operations

ROOT = Path(__file__).resolve().parent.parent
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Outline(HTMLParser):
    """What a test needs to know of a page: its ids, links, loaded addresses, and whether its tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.loaded += [given[name] for name in ("src", "href") if name in given and tag != "a"]
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.fixture(scope="module")
def site() -> docs.Site:
    """The documentation of the API's own operations."""
    return docs.Site(operations(), "1.2.3")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of nothing but the documentation's routes."""
    with TestClient(Starlette(routes=docs.routes(operations(), "1.2.3"))) as client:
        yield client


@pytest.fixture(scope="module")
def outlines(site: docs.Site, client: TestClient) -> dict[str, Outline]:
    """Address to outline of every HTML page."""
    return {page.path: Outline(client.get(page.path).text) for page in site.pages}


def test_every_page_is_served_as_html_as_markdown_and_as_an_index(site: docs.Site, client: TestClient) -> None:
    """The address itself, with a slash, with `.md`, and with `/llms.txt`."""
    for page in site.pages:
        html = client.get(page.path)
        assert html.status_code == 200
        assert html.headers["content-type"] == "text/html; charset=utf-8"
        assert client.get(page.path + "/").status_code == 200
        text = client.get(page.path + ".md")
        assert text.headers["content-type"] == "text/markdown; charset=utf-8"
        assert text.text.startswith(f"# {page.title}\n")
        index = client.get(page.path + "/llms.txt")
        assert index.headers["content-type"] == "text/plain; charset=utf-8"
        assert index.text.startswith(f"# {page.title if page.path != '/docs' else 'Midspan'}\n")


def test_every_file_of_the_folder_is_a_page(site: docs.Site) -> None:
    """A page that the index forgets is still there."""
    served = {page.path for page in site.pages}
    names = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}

    assert {f"/docs/{name}" for name in names} <= served


def test_every_link_leads_to_a_page_and_to_a_heading(site: docs.Site, outlines: dict[str, Outline]) -> None:
    """Links inside the documentation resolve, anchors included."""
    found = {(urlsplit(urljoin(path, link)), path) for path, outline in outlines.items() for link in outline.links}

    assert [
        (path, link.geturl())
        for link, path in found
        if site.answer(link.path, "").status_code != 200
        or (link.fragment and link.fragment not in outlines[link.path].ids)
    ] == []


def test_links_of_the_markdown_and_of_the_indexes_lead_somewhere(site: docs.Site) -> None:
    """An agent that follows links of Markdown stays in Markdown."""
    texts = {
        address: bytes(site.answer(address, "").body).decode()
        for address in site.addresses
        if address.endswith((".md", "llms.txt"))
    }
    slugs = {address: {heading.slug for heading in markdown.headings(text)} for address, text in texts.items()}
    found = {
        (urlsplit(urljoin(address, link)), address)
        for address, text in texts.items()
        for link in re.findall(r"(?<!!)\]\(([^)\s]+)\)", text)
    }

    assert [
        (address, link.geturl())
        for link, address in found
        if link.path not in {*texts, "/openapi.json"} or (link.fragment and link.fragment not in slugs[link.path])
    ] == []


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(
    client: TestClient, outlines: dict[str, Outline]
) -> None:
    """Pages work under a policy that allows the server's own files alone."""
    for path, outline in outlines.items():
        assert outline.inline == [], path
        for address in [*outline.loaded, *outline.links]:
            assert not re.match(r"[a-z]+:|//", address), (path, address)
        for address in outline.loaded:
            assert client.get(urljoin(path, address)).status_code == 200
    for address in outlines["/docs"].loaded:
        assert not re.search(r"(?:url\(|import|fetch\().*//", client.get(urljoin("/docs", address)).text)


@pytest.mark.parametrize(
    "path", ["/docs", "/docs/", "/docs/settings", "/docs/settings/", "/docs/api/", "/docs/no/page"]
)
def test_pages_work_below_any_path_of_a_proxy(client: TestClient, path: str) -> None:
    """What a page loads and leads to goes up from its own address, with a slash at its end or without."""
    outline = Outline(client.get(path).text)

    for address in [*outline.loaded, *(link for link in outline.links if not link.startswith("#"))]:
        below = urlsplit(urljoin(f"/tools/midspan{path}", address)).path
        assert below.startswith("/tools/midspan/"), address
        assert client.get(below.removeprefix("/tools/midspan")).status_code == 200


def test_ids_of_a_page_are_unique(outlines: dict[str, Outline]) -> None:
    """An anchor means one heading."""
    assert [path for path, outline in outlines.items() if len(set(outline.ids)) != len(outline.ids)] == []


def test_the_index_for_agents_names_every_page(site: docs.Site, client: TestClient) -> None:
    """`/llms.txt` has the form of the convention: a title, a summary, sections of links."""
    text = client.get("/llms.txt").text

    assert re.match(r"# Midspan\n\n> .+\n", text)
    assert text == client.get("/docs/llms.txt").text
    for page in site.pages[1:]:
        assert f"]({page.path}.md): {page.summary}\n" in text
        assert page.summary


def test_the_create_page_has_every_field_with_its_rule_default_and_example(client: TestClient) -> None:
    """The page is made of the declaration that decoding is made of."""
    lines = client.get("/docs/create-span.md").text.splitlines()
    for field in FIELDS.values():
        line = next(line for line in lines if re.match(rf"\| `{field.name}`(?: \(required\))? \|", line))
        unescaped = line.replace("\\|", "|")
        assert field.words in unescaped
        assert field.help in unescaped
        assert json.dumps(field.example, ensure_ascii=False) in unescaped
        assert field.default is None or f"`{json.dumps(field.default)}`" in unescaped


def test_every_setting_is_documented(client: TestClient) -> None:
    """Name, variable and meaning stand in one row."""
    text = client.get("/docs/settings.md").text
    for setting in settings.TABLE:
        assert re.search(rf"\| `{setting.name}` \| `{setting.variable}` \|.*{re.escape(setting.help)}", text)


def test_every_error_code_is_documented(client: TestClient) -> None:
    """Whatever `code` a refusal can carry is on the page of errors, with its status."""
    text = client.get("/docs/errors.md").text
    kinds: list[type[errors.Fault]] = [errors.Fault, *errors.Fault.__subclasses__()]
    sources = [path.read_text() for path in (ROOT / "src" / "midspan").rglob("*.py")]
    finer = {code for source in sources for code in re.findall(r'\bcode="(\w+)"', source)}

    assert [kind.code for kind in kinds if f"| {kind.status} | `{kind.code}` |" not in text] == []
    assert sorted(code for code in finer if f"`{code}`" not in text) == []


def test_every_operation_and_every_span_field_is_in_the_reference(client: TestClient) -> None:
    """Each operation has a section with its address and a page of its own; a span's fields are explained."""
    whole = client.get("/docs/api.md").text
    for operation in operations():
        assert f"`{operation.method} {operation.path}`" in whole
        page = client.get(f"/docs/api/{operation.name}.md").text
        assert f"`{operation.method} {operation.path}`" in page
        assert "curl " in page
        assert all(alias in page for alias in operation.aliases)
    for name in ReadSpan.__struct_fields__:
        assert f"| `{name}`" in whole
        assert f"| `{name}`" in client.get("/docs/reading.md").text


def test_placeholders_are_filled(site: docs.Site) -> None:
    """No page shows a comment, and one that nothing fills is a mistake."""
    assert [page.path for page in site.pages if "<!--" in page.text] == []


def test_an_unknown_placeholder_is_refused(tmp_path: Path) -> None:
    """A page cannot ask for a part that is not generated."""
    (tmp_path / "index.md").write_text("# T\n\n> S.\n\n<!-- nonsense: x -->\n")

    with pytest.raises(KeyError):
        pages.read({}, tmp_path)


def test_pages_that_the_index_forgets_come_last(tmp_path: Path) -> None:
    """They are in a section of their own, with their first paragraph as summary."""
    (tmp_path / "index.md").write_text("# T\n\n> S.\n\n## One\n\n- [B](b.md): about `b`\n")
    (tmp_path / "b.md").write_text("# B\n\nText. See [A](a.md#x).\n")
    (tmp_path / "a.md").write_text("# A\n\nFirst\nparagraph.\n\nSecond.\n")

    index, sections = pages.read({}, tmp_path)

    assert index.path == "/docs"
    assert [(section.title, [page.path for page in section.pages]) for section in sections] == [
        ("One", ["/docs/b"]),
        ("More", ["/docs/a"]),
    ]
    assert sections[0].pages[0].summary == "about b"
    assert sections[1].pages[0].summary == "First paragraph."
    assert "](/docs/a#x)" in sections[0].pages[0].text
    assert "](/docs/a.md#x)" in sections[0].pages[0].markdown


@pytest.mark.parametrize(
    "path",
    [
        "/docs/nothing",
        "/docs//",
        "/docs/..",
        "/docs/../pyproject.toml",
        "/docs/%2e%2e/%2e%2e/etc/passwd",
        "/docs/static/docs.css",
    ],
)
def test_no_other_address_is_answered(client: TestClient, path: str) -> None:
    """What is not a page is 404, and no path leads out of the documentation."""
    answer = client.get(path)

    assert answer.status_code == 404
    assert "midspan" not in answer.text or "No such page" in answer.text


def test_a_copy_that_is_the_same_is_not_sent_again(client: TestClient) -> None:
    """Pages are asked for again each time, assets never."""
    first = client.get("/docs")
    again = client.get("/docs", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "no-cache"
    sheet = next(address for address in Outline(first.text).loaded if address.endswith(".css"))
    assert "immutable" in client.get(urljoin("/docs", sheet)).headers["cache-control"]


def test_only_reading_is_answered(client: TestClient) -> None:
    """Another method is 405 in the one error shape."""
    answer = client.post("/docs/quickstart")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert answer.json()["code"] == "method_not_allowed"
    assert client.head("/openapi.json").status_code == 200


def test_html_of_a_page_is_shown_as_text_and_tables_hold_any_cell() -> None:
    """Pages cannot bring markup or scripts of their own; bars and line breaks do not break a table."""
    html, _ = markdown.render("<script>alert(1)</script>\n\n[x](javascript:alert(1))\n")
    assert "<script" not in html
    assert "href" not in html

    table, _ = markdown.render(markdown.table(("a", "b"), [["x | y", "one\ntwo"], ["`p|q`", ""]]))
    assert "<td>x | y</td>" in table
    assert "<td>one two</td>" in table
    assert "<code>p|q</code>" in table


def test_a_fence_is_longer_than_any_in_its_content() -> None:
    """Code that holds a fence stays whole."""
    html, _ = markdown.render(markdown.code("```\ninner\n```"))

    assert html.count("<pre") == 1
