"""The quick start of each SDK's page, run as it is printed: the real SDK, a real server, a provider on loopback."""

import json
import re

import pytest

from tests.corpus import rows
from tests.corpus.catalogue import Sdk, sdks
from tests.corpus.listening import Listening
from tests.server import Server
from tests.speaking import tenant


def cases() -> list[object]:
    """Every SDK, with what it needs of the machine."""
    needs = {"python": (), "node": (pytest.mark.debian("node", "npm"),)}
    return [pytest.param(sdk, id=sdk.name, marks=needs[sdk.language]) for sdk in sdks()]


@pytest.mark.parametrize("sdk", cases())
def test_the_quick_start_works_as_printed(server: Server, models: Listening, sdk: Sdk) -> None:
    """The page's variables and program, with the server's address and a key, store the spans that are expected."""
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")

    sdk.run(sdk.quick_start, server, key, models)

    found = rows.expected(rows.stored(client))
    assert (difference := rows.difference(json.loads((sdk.folder / "quick_start.json").read_text()), found)) == "", (
        difference
    )


@pytest.mark.parametrize("sdk", list(sdks()), ids=lambda sdk: sdk.name)
def test_the_page_installs_what_it_runs(sdk: Sdk) -> None:
    """It names the package, and there is a call with customer and thread among what it stores."""
    install = r"^pip install (.+)$" if sdk.language == "python" else r"^npm install (.+)$"
    (packages,) = re.findall(install, sdk.page.read_text(), flags=re.MULTILINE)
    stored = json.loads((sdk.folder / "quick_start.json").read_text())

    assert sdk.package in [re.sub(r"(?<=.)@.*", "", package) for package in packages.split()]
    assert any(row.get("prompt_tokens") and row.get("cost") and row.get("output") for row in stored)
    assert any(row.get("customer_identifier") == "ada" for row in stored)
    assert any(row.get("thread_identifier") == "colours-1" for row in stored)
