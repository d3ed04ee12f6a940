"""`midspan prices reprice`: stored spans priced anew, by a running server."""

import argparse
import json
import time
from typing import Any

from midspan.cli.connection import AWAY, Connection, Refused, add_connection, add_window, connection, plain
from midspan.cli.output import inert, say, say_json, say_table
from midspan.cli.progress import progress
from midspan.errors import Misconfigured

PATH = "/api/prices/reprice/"
JSON = {"Content-Type": "application/json"}
LOOK_SECONDS = 0.2
"""How often the server is asked how far it is."""


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = actions.add_parser(
        "reprice",
        help="compute the cost of stored spans anew",
        description="Have a running server compute the cost of the spans in a window anew, with the prices of now, "
        "each on its own date. Costs and unit prices that were sent stay. It takes a key with the right admin, and "
        "goes on when this command is stopped.",
        allow_abbrev=False,
    )
    command.add_argument(
        "filter", nargs="?", default="", metavar="FILTER", help="in the query language; all by default"
    )
    add_window(command, since_required=True)
    command.add_argument("--dry-run", action="store_true", help="change nothing, and say what would change")
    command.add_argument("--json", action="store_true", help="print JSON")
    add_connection(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments)
    asked = {
        "query": arguments.filter,
        "start_time": arguments.since,
        "end_time": arguments.until,
        "dry_run": arguments.dry_run,
    }
    doing = ("Looking at", "Looked at") if arguments.dry_run else ("Pricing", "Priced")
    state = _begin(server, asked)
    with progress(*doing) as shown:
        while True:
            shown.expect(state["spans"])
            shown.advance(state["examined"] - shown.rows, 0)
            if state["state"] != "running":
                break
            time.sleep(LOOK_SECONDS)
            state = _look(server)
    if state["state"] != "done":
        raise Misconfigured(f"not all of it was priced: {state['detail'] or 'the server was stopped'}. Ask again.")
    if arguments.json:
        say_json(state)
    else:
        _tell(state)
    return 0


def _begin(server: Connection, asked: dict[str, Any]) -> dict[str, Any]:
    """The state after one was begun. It is asked for once: when the answer is lost, one may run."""
    body = json.dumps({name: value for name, value in asked.items() if value not in (None, "")}).encode()
    try:
        with server.ask("POST", PATH, headers=JSON, body=body) as answer:
            return _state(answer.read())
    except (Refused, *AWAY) as error:
        if isinstance(error, Refused) and error.status == 409:
            raise Misconfigured(
                "the spans of this environment are being priced anew already. Wait until that is done, then ask again."
            ) from None
        raise plain(error, server.url) from None


def _look(server: Connection) -> dict[str, Any]:
    with server.insist("GET", PATH) as answer:
        return _state(answer.read())


def _state(body: bytes) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(body)
    return state


def _tell(state: dict[str, Any]) -> None:
    before, after = (f"${state[name]:,.6f}" for name in ("cost_before", "cost_after"))
    verb = "would cost" if state["dry_run"] else "cost"
    if not state["changed"]:
        say(f"None of {state['spans']:,} spans {verb} anything else.")
        return
    say(f"{state['changed']:,} of {state['spans']:,} spans {verb} something else: {after} instead of {before}.")
    rows = [
        (
            each["id"],
            inert(each["model"]),
            *(f"{_dollars(each[f'cost_{when}'])} ({each[f'source_{when}']})" for when in ("before", "after")),
        )
        for each in state["examples"]
    ]
    say()
    say_table(("FOR EXAMPLE", "MODEL", "BEFORE", "AFTER"), rows)


def _dollars(cost: float | None) -> str:
    return "no cost" if cost is None else f"${cost:.6f}"
