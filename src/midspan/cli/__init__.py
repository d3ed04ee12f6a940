"""The command `midspan`: what it takes, and how it ends.

Exit codes: 0 done; 1 done, and something is wrong (`doctor`); 2 refused, with one sentence on stderr; 130 interrupted.
"""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from midspan import __version__
from midspan.cli import demo, export, imports, keys, members, organizations, prices, settings, sql, tail
from midspan.cli.arguments import add_json, add_settings, given
from midspan.cli.output import complain
from midspan.errors import Fault, Misconfigured
from midspan.settings import TABLE


def run() -> NoReturn:
    """`main` in a process of its own, whose end it is."""
    code = main()
    with contextlib.suppress(OSError):  # nobody reads any more
        sys.stdout.flush()
        sys.stderr.flush()
    # All is closed. Python would now unload the engine's library, which takes up to a second.
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Raises SystemExit only as argparse does: for --help and bad usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without a character must not cost the user a secret that is shown only once.
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except Misconfigured as error:
        complain(str(error))
        return 2
    except Fault as fault:
        complain(fault.detail if fault.__cause__ is None else f"{fault.detail} ({fault.__cause__})")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; without this Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midspan",
        description="A self-hosted home for every call an LLM application makes.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"midspan {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    settings.add(commands)
    keys.add(commands)
    members.add(commands)
    organizations.add(commands)
    prices.add(commands)
    export.add(commands)
    imports.add(commands)
    tail.add(commands)
    sql.add(commands)
    demo.add(commands)
    _add_doctor(commands)
    return parser


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "serve", help="start the server", description="Start the server; Ctrl-C ends it.", allow_abbrev=False
    )
    add_settings(command, TABLE)
    command.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    read = given(arguments)
    # Late, here and below: the engine takes a second to load, which no other command needs.
    from midspan.app import serve  # noqa: PLC0415

    return serve(read)


def _add_doctor(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "doctor",
        help="check the data directory, the journal and the store, whether the server runs or not",
        description="Check the data directory, the journal and the store, whether the server runs or not.",
        allow_abbrev=False,
    )
    add_json(command)
    add_settings(command, TABLE)
    command.set_defaults(run=_doctor)


def _doctor(arguments: argparse.Namespace) -> int:
    read = given(arguments).settings
    from midspan.app import doctor  # noqa: PLC0415

    return doctor(read, as_json=arguments.json)
