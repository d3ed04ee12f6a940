"""The build's hook: no wheel and no source distribution leaves without the web UI."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import build_ui


class UiHook(BuildHookInterface[Any]):
    """Builds the UI where it is not built, and names its files, which git does not keep."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from PyPI, where there is something to build and nothing to build it with."""
        root = Path(self.root)
        if build_ui.is_built(root) or build_ui.node_folder(root) is not None:
            return []
        return [build_ui.node_requirement(root)]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before the files are gathered. An editable installation serves what `make ui` builds in the checkout."""
        if version == "editable":
            return
        build_ui.build(Path(self.root))
        build_data["artifacts"].append("/src/midspan/ui/")
