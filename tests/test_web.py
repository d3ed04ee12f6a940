"""What the web UI is made of: its types of the API, and the size of what a browser loads."""

import re
from pathlib import Path

import pytest

from scripts import build_ui
from tests import web_types
from tests.environments import ROOT


@pytest.mark.browser
def test_the_types_that_are_kept_are_those_of_the_api(tmp_path: Path) -> None:
    """Whoever changes the API sees what the UI makes of it: `make web-types` writes the types anew, tsc judges them."""
    folder = build_ui.node_folder(ROOT)
    assert folder is not None, "needs Node.js; `make ui` brings one"
    build_ui.install(ROOT, folder)

    assert web_types.generated(tmp_path) == web_types.SCHEMA.read_text()


@pytest.mark.browser
def test_the_first_load_is_small() -> None:
    """What comes before any page leaves a third of the 300 kB that a first load may have, compressed, to the page."""
    build_ui.build(ROOT)
    page = (build_ui.output(ROOT) / "index.html").read_text()
    files = [build_ui.output(ROOT) / f"{name}.gz" for name in re.findall(r'"\./(assets/[^"]+)"', page)]

    assert len(files) >= 3
    assert sum(file.stat().st_size for file in files) < 200_000
