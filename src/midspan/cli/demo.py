"""`midspan demo`: an environment full of believable traffic, filled and removed."""

import argparse
import json
import time
from typing import Any

from midspan.cli.connection import Connection, Refused, add_connection, connection
from midspan.cli.output import say
from midspan.cli.progress import progress
from midspan.errors import Misconfigured

PATH = "/api/demo/"
LOOK_SECONDS = 0.2
"""How often the server is asked how far it is."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "demo",
        help="fill an environment with believable traffic, or remove it",
        description="Fill the environment `demo` of a running server with a month of believable traffic, in the "
        "background. It takes a key with the right admin, of any environment. --remove takes all of it away again.",
        allow_abbrev=False,
    )
    command.add_argument("--remove", action="store_true", help="remove it")
    command.add_argument("--spans", type=int, metavar="N", help="about how many spans; default 30000")
    add_connection(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments)
    if arguments.remove:
        before = _ask(server, "GET")["spans"]
        _ask(server, "DELETE")
        say(f"The demo is gone: {before:,} spans." if before else "There was no demo.")
        return 0
    body = {} if arguments.spans is None else {"spans": arguments.spans}
    state = _ask(server, "POST", json.dumps(body).encode())
    if state["state"] == "ready":
        say(f"The demo is there already, with {state['spans']:,} spans. `midspan demo --remove` removes it.")
        return 0
    with progress("Filling", "Filled", state["expected"]) as shown:
        while True:
            shown.advance(state["spans"] - shown.rows, 0)
            if state["state"] != "filling":
                break
            time.sleep(LOOK_SECONDS)
            state = _ask(server, "GET")
    if state["state"] != "ready":
        raise Misconfigured(f"the demo was not filled: {state['detail'] or 'somebody has stopped it'}")
    say(
        f"Choose the environment {state['environment']} at {server.url}, or make a key for it: "
        f"`midspan keys create --environment {state['environment']}`. `midspan demo --remove` removes it."
    )
    return 0


def _ask(server: Connection, method: str, body: bytes | None = None) -> dict[str, Any]:
    """The state of the demo, after a request that is safe to repeat."""
    try:
        with server.insist(method, PATH, headers={"Content-Type": "application/json"}, body=body) as answer:
            state: dict[str, Any] = json.loads(answer.read())
    except Refused as refused:
        if not isinstance(refused.errors, dict):
            raise
        raise Misconfigured(" ".join(f"--{name}: {' '.join(said)}" for name, said in refused.errors.items())) from None
    return state
