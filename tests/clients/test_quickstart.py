"""What README.md, docs/quickstart.md and the server's own welcome print, run as printed."""

import json
import os
import re
import subprocess

import pytest

from tests.clients.running import execute
from tests.environments import ROOT
from tests.server import Server, Starter

QUICKSTART = (ROOT / "docs" / "quickstart.md").read_text()
ADDRESS = "http://127.0.0.1:8400"
PYTHON = re.findall(r"```python\n(.*?)```", QUICKSTART + (ROOT / "README.md").read_text(), flags=re.DOTALL)
# The environment that has what a snippet imports.
CLIENTS = {"from respan ": "respan-api", "from keywordsai ": "keywordsai", "import urllib": "respan-api"}


def shell(command: str, **variables: str) -> str:
    done = subprocess.run(
        ["sh", "-ec", command],
        env={"PATH": os.environ["PATH"], "no_proxy": "*", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_snippet_is_left_out() -> None:
    """The pages have a snippet for each way of sending that they name."""
    assert len(PYTHON) == 4
    assert all(any(marker in snippet for marker in CLIENTS) for snippet in PYTHON)


@pytest.mark.parametrize("snippet", PYTHON, ids=["respan-api", "keywordsai", "standard library", "README"])
def test_python_snippets_store_a_span(server: Server, snippet: str) -> None:
    """Each Python snippet of the page stores the span that it shows."""
    reader = server.client_of(server.test_key)
    before = reader.get("/api/request-logs/list/").json()["count"]
    client = next(name for marker, name in CLIENTS.items() if marker in snippet)

    execute(client, ["-c", f"key = {server.test_key!r}\n" + snippet.replace(ADDRESS, server.url)])

    page = reader.get("/api/request-logs/list/").json()
    assert page["count"] == before + 1
    span = reader.get(f"/api/request-logs/{page['results'][0]['id']}/").json()
    assert span["model"] == "gpt-4o-mini"
    assert span["prompt_messages"] == [{"role": "user", "content": "Name a colour."}]
    assert span["completion_message"]["content"] in ("Blue.", "Teal.")


@pytest.mark.debian("curl")
def test_curl_snippets_store_and_read_a_span(server: Server) -> None:
    """The page's curls create a span, list it, and read it alone."""
    create, listing, alone = [
        re.sub(r"^curl", "curl --silent --fail-with-body", command.replace(ADDRESS, server.url), flags=re.MULTILINE)
        for block in re.findall(r"```sh\n(.*?)```", QUICKSTART, flags=re.DOTALL)
        for command in re.findall(r"^curl .*", block, flags=re.DOTALL | re.MULTILINE)
    ]

    stored = json.loads(shell(create, MIDSPAN_API_KEY=server.key))
    listed = json.loads(shell(listing, MIDSPAN_API_KEY=server.key))
    read = json.loads(shell(alone.replace("THE-ID", stored["id"]), MIDSPAN_API_KEY=server.key))

    assert stored["cost"] == pytest.approx(11 * 0.15e-6 + 2 * 0.6e-6)
    assert listed["results"][0]["id"] == stored["id"]
    assert read["customer_identifier"] == "alice"
    assert read["latency"] == 0.8


@pytest.mark.debian("curl")
def test_the_curl_that_serve_prints_stores_a_span(start_server: Starter) -> None:
    """The first start prints a curl with a fresh key; pasted as it is, it stores a priced span in `prod`."""
    server = start_server(settings={"bootstrap_api_key": None, "bootstrap_test_api_key": None})
    command = server.log.partition("Send a first span:\n")[2].partition("}'\n")[0] + "}'"
    assert command.lstrip().startswith(f"curl {server.url}/api/request-logs/ ")

    answer = json.loads(shell(command.replace("curl ", "curl --silent --fail-with-body ", 1)))

    secrets = dict(re.findall(r"^  (prod|test) +(\S+)$", server.log, flags=re.MULTILINE))
    read = server.client_of(secrets["prod"]).get(f"/api/request-logs/{answer['id']}/").json()
    assert read["environment"] == "prod"
    assert read["cost"] == pytest.approx(12 * 0.15e-6 + 5 * 0.6e-6)
    assert server.client_of(secrets["test"]).get(f"/api/request-logs/{answer['id']}/").status_code == 404
