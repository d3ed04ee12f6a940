"""`make record SDK=<name>`: run a real SDK, keep what it sent, and write down what Midspan makes of it.

The first time for a new name, the files that have to be filled in are laid out. Afterwards the scenario is run against
a recording server and recorded under the SDK's version, the recording is replayed to a Midspan, and the rows that it
became are written beside it, for you to read: a row that is wrong is a fault of the mapping, not of the file.
"""

import argparse
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests import environments
from tests.corpus import catalogue, pages, requests, rows, spans
from tests.corpus.catalogue import Sdk
from tests.corpus.losses import lost
from tests.corpus.provider import provider
from tests.server import Server, free_port
from tests.speaking import tenant

ABOUT: Final = """title = "{name}"
package = "{name}"
environment = "{name}"
"""
SCENARIO: Final = '''"""A workflow with an agent, tools, retrieval, calls and a failure, as {name} traces them."""
'''
PAGE: Final = """# {name}

> One sentence: what the SDK traces, and that it sends it here.

```sh
pip install {name} openai
export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8400/api
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20$MIDSPAN_API_KEY"
```

```python
```

## Who and where

How a customer, a thread and metadata are named, the SDK's own way.

All that this SDK's spans become: [SDKs](sdks.md).
"""


def lay_out(name: str, beside: list[str]) -> None:
    """Make the files of a new SDK in Python, with other packages in its environment, and say what to do with them."""
    made = {
        catalogue.SDKS / name / "sdk.toml": ABOUT.format(name=name),
        catalogue.SDKS / name / "scenario.py": SCENARIO.format(name=name),
        catalogue.DOCS / f"sdk-{name}.md": PAGE.format(name=name),
        catalogue.ENVIRONMENTS / f"{name}.txt": frozen(name, *beside),
    }
    for file, content in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(content)
            print(f"made {file.relative_to(environments.ROOT)}")
    print(f"\nFill them in (tests/corpus/README.md says how), then once more: make record SDK={name}")


def frozen(*packages: str) -> str:
    """What pip would install today for these packages and OpenAI's client, each pinned."""
    with tempfile.TemporaryDirectory() as directory:
        wanted = Path(directory, "wanted.in")
        wanted.write_text("\n".join([*packages, "openai"]))
        command = ["pip", "compile", "--python", sys.executable, "--no-header", "--no-annotate", str(wanted)]
        pinned = environments.run_uv(*command)
    return f"# {' and '.join(packages)} with OpenAI's client, and what they run on.\n{pinned}"


def record(sdk: Sdk, server: Server) -> None:
    """Run the scenario, and keep what it sent under the SDK's version."""
    with provider() as models, requests.Recorder() as recorder:
        print(sdk.run(sdk.scenario, recorder, server.key, models), end="")
    assert recorder.requests, "The scenario sent nothing."
    refuse_traces_of_the_machine(recorder.requests)
    folder = sdk.folder / sdk.version
    requests.write(folder, recorder.requests)
    (folder / "spans.json").write_text(rows.text(spans.readable(recorder.requests)))


def write_rows(sdk: Sdk, server: Server) -> None:
    """Replay every recording of an SDK, run its quick start, and write what is stored then."""
    for folder in sdk.recordings:
        client, recorded = tenant(server), requests.read(folder)
        for request, answer in zip(recorded, requests.send(client, server.grpc, recorded), strict=True):
            assert answer.status_code == 200, f"{request.path}: {answer.status_code} {answer.text}"
        stored = rows.stored(client)
        (folder / "rows.json").write_text(rows.text(rows.expected(stored)))
        print(f"{folder.relative_to(environments.ROOT)}/rows.json: {len(stored)} rows; read it beside spans.json")
        for sentence in lost(spans.readable(recorded), stored):
            print(f"  LOST  {sentence}")
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")
    with provider() as models:
        sdk.run(sdk.quick_start, server, key, models)
    (sdk.folder / "quick_start.json").write_text(rows.text(rows.expected(rows.stored(client))))


def refuse_traces_of_the_machine(found: list[requests.Request]) -> None:
    """Recordings are public. Raises AssertionError where one names this machine, or a path of it."""
    for request in found:
        body = request.plain
        for word in (str(environments.ROOT), socket.gethostname()):
            assert word.encode() not in body, f"A body for {request.path} names {word}; have the program not send it."


@contextmanager
def midspan() -> Iterator[Server]:
    """A server for this one run."""
    settings = {"otlp_grpc_port": free_port()}
    with tempfile.TemporaryDirectory() as directory, Server(Path(directory, "data"), settings=settings) as running:
        yield running.start()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.record", description=__doc__)
    parser.add_argument("name", nargs="*", help="of the SDK")
    parser.add_argument(
        "--rows", action="store_true", help="record nothing; write the rows anew, without a name of all"
    )
    parser.add_argument("--with", dest="beside", metavar="PACKAGE", action="append", default=[], help="of a new SDK")
    given = parser.parse_args()
    if not given.name and not given.rows:
        parser.error("name the SDKs to record: " + ", ".join(sdk.name for sdk in catalogue.sdks()))
    names = given.name or [sdk.name for sdk in catalogue.sdks()]
    new = [name for name in names if not (catalogue.SDKS / name / "sdk.toml").exists()]
    for name in new:
        lay_out(name, given.beside)
    known = [catalogue.sdk(name) for name in names if name not in new]
    if known:
        with midspan() as server:
            for sdk in known:
                if not given.rows:
                    record(sdk, server)
                write_rows(sdk, server)
        pages.write()
        print(
            "Where a row is wrong, mend src/midspan/ingest/otel, then the same with --rows. Then: pytest tests/corpus"
        )


if __name__ == "__main__":
    main()
