"""The outermost layer: by which address a request came, and what the addresses in answers begin with."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from midspan.http.frame import Frame
from midspan.http.questions import page_url

PUBLIC = "https://Tools.example/midspan/"


async def beside(request: Request) -> PlainTextResponse:
    """The address of the second page."""
    return PlainTextResponse(page_url(request, page=2))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("tools.example", "https://tools.example/midspan/api/spans?sort_by=-cost&page=2"),
        ("TOOLS.example", "https://tools.example/midspan/api/spans?sort_by=-cost&page=2"),
        ("127.0.0.1:8400", "http://127.0.0.1:8400/api/spans?sort_by=-cost&page=2"),
        ("tools.example:8443", "http://tools.example:8443/api/spans?sort_by=-cost&page=2"),
    ],
)
def test_the_next_page_is_where_the_request_came_from(host: str, address: str) -> None:
    """By the host of `public_url` its path and scheme are those of the proxy; whoever came another way stays on it."""
    client = TestClient(Frame([Route("/api/spans", beside)], None, public_url=PUBLIC))

    answer = client.get("/api/spans", params={"sort_by": "-cost", "page": 1}, headers={"Host": host})

    assert answer.text.lower() == address


def test_without_a_public_url_the_request_says_it() -> None:
    """The address of the request is all that is known."""
    client = TestClient(Frame([Route("/api/spans", beside)], None))

    assert client.get("/api/spans", headers={"Host": "any.example"}).text == "http://any.example/api/spans?page=2"
