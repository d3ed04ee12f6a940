"""The SDKs of the corpus: each is a folder under `sdks/`, a page of the documentation, and what was recorded."""

import json
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tests import environments
from tests.corpus.listening import Listening

HERE: Final = Path(__file__).parent
SDKS: Final = HERE / "sdks"
ENVIRONMENTS: Final = HERE / "environments"
DOCS: Final = environments.ROOT / "docs"
ADDRESS: Final = "http://127.0.0.1:8400"
"""Where Midspan is, in the pages."""
GRPC_ADDRESS: Final = "http://127.0.0.1:4317"
"""And where it takes OTLP over gRPC."""
SECONDS: Final = 60
SCRATCH: Final = "midspan-corpus-"
MODULES: Final = {"python": ".py", "node": ".mjs"}
FENCES: Final = {"python": "python", "node": "js"}


class Receiver(Protocol):
    """Who takes spans: a Midspan, or the recorder in its place."""

    @property
    def url(self) -> str:
        """Of HTTP."""

    @property
    def grpc(self) -> str:
        """Host and port of gRPC."""


@dataclass(frozen=True)
class Sdk:
    """An SDK whose spans Midspan is to understand."""

    name: str
    """Of its folder, and of its page: `docs/sdk-<name>.md`."""
    title: str
    package: str
    """In the registry of its language; its version is the one that the environment pins."""
    environment: str
    """`environments/<environment>.txt`, or a folder of that name with package.json and package-lock.json."""
    warned: str = ""
    """What Midspan says of spans that the SDK itself makes wrong."""

    @property
    def folder(self) -> Path:
        return SDKS / self.name

    @property
    def page(self) -> Path:
        return DOCS / f"sdk-{self.name}.md"

    @property
    def language(self) -> str:
        return "python" if (ENVIRONMENTS / f"{self.environment}.txt").exists() else "node"

    @property
    def version(self) -> str:
        """The version that is installed now."""
        if self.language == "node":
            package = json.loads((ENVIRONMENTS / self.environment / "package.json").read_text())
            return str(package["dependencies"][self.package])
        pinned = (ENVIRONMENTS / f"{self.environment}.txt").read_text()
        (version,) = re.findall(rf"^{re.escape(self.package)}==(\S+)$", pinned, flags=re.MULTILINE)
        return str(version)

    @property
    def scenario(self) -> str:
        """The program that does all that the SDK can do; what it sends is recorded."""
        return (self.folder / f"scenario{MODULES[self.language]}").read_text()

    @property
    def quick_start(self) -> str:
        """The program that the page shows."""
        (program,) = re.findall(rf"```{FENCES[self.language]}\n(.*?)```", self.page.read_text(), flags=re.DOTALL)
        return str(program)

    @property
    def variables(self) -> str:
        """The lines of shell by which the page points the SDK at Midspan."""
        lines = re.findall(r"```sh\n(.*?)```", self.page.read_text(), flags=re.DOTALL)
        return "\n".join(line for line in "".join(lines).splitlines() if line.startswith("export "))

    @property
    def recordings(self) -> list[Path]:
        """A folder for each version that was recorded."""
        return sorted(path.parent for path in self.folder.glob("*/requests.json"))

    def run(self, program: str, receiver: Receiver, key: str, provider: Listening) -> str:
        """What a program printed that the page's variables point at a server. Raises AssertionError when it fails."""
        with tempfile.TemporaryDirectory(prefix=SCRATCH) as directory:
            file = Path(directory, f"program{MODULES[self.language]}")
            file.write_text(_directed(program, receiver))
            # All is reached through links, so that no stack trace that an SDK sends names a path of this machine.
            if self.language == "node":
                Path(directory, "node_modules").symlink_to(environments.node_modules(self.environment, ENVIRONMENTS))
                command = ["node", "--preserve-symlinks", "--preserve-symlinks-main", file.name]
            else:
                python = environments.environment(self.environment, ENVIRONMENTS)
                Path(directory, "environment").symlink_to(python.parent.parent)
                command = ["environment/bin/python", file.name]
            done = subprocess.run(
                ["sh", "-ec", f'{_directed(self.variables, receiver)}\nexec "$@"', "sh", *command],
                cwd=directory,
                env=_variables(key, provider),
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _directed(text: str, receiver: Receiver) -> str:
    """A text of the page, with the addresses of a receiver."""
    return text.replace(ADDRESS, receiver.url).replace(GRPC_ADDRESS, f"http://{receiver.grpc}")


def _variables(key: str, provider: Listening) -> dict[str, str]:
    """What every program is given beside the page's variables, and no settings of this machine."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "no_proxy": "*",
        "MIDSPAN_API_KEY": key,
        "OPENAI_API_KEY": "sk-none",
        "OPENAI_BASE_URL": f"{provider.url}/v1",
        "ANTHROPIC_API_KEY": "sk-none",
        "ANTHROPIC_BASE_URL": provider.url,
    }


def sdks() -> Iterator[Sdk]:
    """Every SDK of the corpus, by name."""
    for about in sorted(SDKS.glob("*/sdk.toml")):
        yield sdk(about.parent.name)


def sdk(name: str) -> Sdk:
    """One of them. Raises FileNotFoundError where there is none of that name."""
    return Sdk(name, **tomllib.loads((SDKS / name / "sdk.toml").read_text()))
