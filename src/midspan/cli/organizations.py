"""`midspan organizations`: make and list the tenants, whether the server runs or not."""

import argparse

import msgspec

from midspan.cli.arguments import add_json, add_place, control
from midspan.cli.output import iso, minute, say, say_json, say_table


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("organizations", help="make and list organizations", description=__doc__)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    creating = actions.add_parser("create", help="make one; `midspan keys create` then opens it", allow_abbrev=False)
    creating.add_argument("name", help="a name that no other organization has")
    listing = actions.add_parser("list", help="show them, oldest first", allow_abbrev=False)
    for command, run in ((creating, _create), (listing, _list)):
        add_json(command)
        add_place(command)
        command.set_defaults(run=run)


def _create(arguments: argparse.Namespace) -> int:
    with control(arguments, make=True) as opened:
        organization = opened.organizations.create(arguments.name)
    if arguments.json:
        say_json({**msgspec.structs.asdict(organization), "created_at": iso(organization.created_at)})
    else:
        say(f"Organization {organization.name} ({organization.id}) is made.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        found = opened.organizations.entries()
    if arguments.json:
        say_json([{**msgspec.structs.asdict(one), "created_at": iso(one.created_at)} for one in found])
    else:
        say_table(("ID", "NAME", "MADE (UTC)"), [(one.id, one.name, minute(one.created_at, "")) for one in found])
    return 0
