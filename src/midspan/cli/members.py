"""`midspan members`: invite, list and remove people, let them set a new password, whether the server runs or not."""

import argparse
import time
from typing import TYPE_CHECKING, Any

import msgspec

from midspan.cli.arguments import add_json, add_settings, control, given, moment
from midspan.cli.output import iso, minute, say, say_json, say_table
from midspan.domain.member import ROLES
from midspan.settings import BY_NAME

if TYPE_CHECKING:
    from midspan.control.invitations import Invitation
    from midspan.domain.member import Member

PLACE = ("data_dir", "public_url", "host", "port")
"""What says which directory is meant, and where links lead."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("members", help="invite, list and remove people", description=__doc__)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    inviting = actions.add_parser("invite", help="print a link that makes an account, once", allow_abbrev=False)
    inviting.add_argument("--role", default="member", choices=tuple(ROLES), help="what they may do; default member")
    inviting.add_argument("--email", default="", help="whom it is for; whoever has the link by default")
    inviting.add_argument("--expires", type=moment, metavar="WHEN", help="when the link ends: a date or 12h, 3d; 1w")
    inviting.add_argument("--organization", help="id or name; the first one by default")
    listing = actions.add_parser("list", help="show who may sign in", allow_abbrev=False)
    listing.add_argument("--organization", help="id or name; all by default")
    removing = actions.add_parser("remove", help="take somebody out, within a second", allow_abbrev=False)
    resetting = actions.add_parser("reset", help="print a link that sets a new password, once", allow_abbrev=False)
    for command in (removing, resetting):
        command.add_argument("member", help="the email, or the id")
    for command, run in ((inviting, _invite), (listing, _list), (removing, _remove), (resetting, _reset)):
        add_json(command)
        add_settings(command, [BY_NAME[name] for name in PLACE])
        command.set_defaults(run=run)


def _invite(arguments: argparse.Namespace) -> int:
    seconds = {} if arguments.expires is None else {"seconds": round(arguments.expires / 1e6 - time.time())}
    with control(arguments, make=True) as opened:
        made = opened.invitations.create(
            arguments.role, arguments.email, organization=arguments.organization, **seconds
        )
    return _link(arguments, *made)


def _reset(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        made = opened.invitations.reset(arguments.member)
    return _link(arguments, *made)


def _link(arguments: argparse.Namespace, invitation: "Invitation", token: str) -> int:
    from midspan.control.invitations import link  # noqa: PLC0415 - see `control`

    address = link(given(arguments).settings.url, token)
    if arguments.json:
        times = {name: iso(getattr(invitation, name)) for name in ("created_at", "expires_at")}
        say_json({**msgspec.structs.asdict(invitation), **times, "link": address, "token": token})
        return 0
    whom = invitation.email or "whoever has it"
    what = "sets a new password" if invitation.kind == "reset" else f"makes an account with the role {invitation.role}"
    say(f"This link {what} for {whom} of {invitation.organization_name}, once, until")
    say(f"{minute(invitation.expires_at, '')} UTC. It is shown this once:")
    say(f"\n  {address}\n")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        members = opened.members.entries(arguments.organization)
        names = {one.id: one.name for one in opened.organizations.entries()}
    if arguments.json:
        say_json([_public(member) for member in members])
        return 0
    heads = ("ID", "EMAIL", "NAME", "ORGANIZATION", "ROLE", "LAST SEEN (UTC)")
    rows = [
        (one.id, one.email, one.name, names[one.organization_id], one.role, minute(one.last_seen_at, "never"))
        for one in members
    ]
    say_table(heads, rows)
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        member = opened.members.find(arguments.member)
        opened.members.remove(member.organization_id, member.id)
    if arguments.json:
        say_json(_public(member))
    else:
        say(f"{member.email} is removed.")
    return 0


def _public(member: "Member") -> dict[str, Any]:
    times = {name: iso(getattr(member, name)) for name in ("created_at", "last_seen_at")}
    return {**msgspec.structs.asdict(member), **times}
