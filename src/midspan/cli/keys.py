"""`midspan keys`: make, list, limit and revoke API keys, whether the server runs or not."""

import argparse
from typing import TYPE_CHECKING, Any

import msgspec

from midspan.cli.arguments import add_json, add_place, control, moment, rate, words
from midspan.cli.output import iso, minute, say, say_json, say_table
from midspan.domain.principal import RIGHTS
from midspan.errors import Misconfigured

if TYPE_CHECKING:
    from midspan.control.keys import Key

RATES = ("requests_per_second", "spans_per_second")
NAMED = "the key's id, the beginning of it, or its name"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("keys", help="make, list, limit and revoke API keys", description=__doc__)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_create(actions)
    listing = actions.add_parser("list", help="show the keys", allow_abbrev=False)
    listing.add_argument("--organization", help="id or name; all by default")
    revoking = actions.add_parser("revoke", help="close a key for good, within a second", allow_abbrev=False)
    revoking.add_argument("key", help=f"{NAMED}; or the secret itself, when it has leaked")
    limiting = actions.add_parser("limit", help="change how much a key may take", allow_abbrev=False)
    limiting.add_argument("key", help=NAMED)
    _add_rates(limiting)
    for command, run in ((listing, _list), (revoking, _revoke), (limiting, _limit)):
        add_json(command)
        add_place(command)
        command.set_defaults(run=run)


def _add_create(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = actions.add_parser("create", help="make a key; its secret is printed once", allow_abbrev=False)
    command.add_argument("--name", default="", help="what the key is for; the time by default")
    command.add_argument(
        "--environment", default="prod", metavar="NAME", help="what it writes to and reads from; default prod"
    )
    command.add_argument(
        "--rights", type=words, default=RIGHTS, metavar="RIGHT,…", help=f"of {','.join(RIGHTS)}; all by default"
    )
    command.add_argument(
        "--expires", type=moment, metavar="WHEN", help="a date (2027-01-31, from 00:00 UTC), a time, or 12h, 30d, 2w"
    )
    command.add_argument("--organization", help="id or name; the first one by default")
    _add_rates(command)
    add_json(command)
    add_place(command)
    command.set_defaults(run=_create)


def _add_rates(command: argparse.ArgumentParser) -> None:
    for name in RATES:
        command.add_argument(
            f"--{name.replace('_', '-')}",
            type=rate,
            # Absent, not None: `none` lifts a limit.
            default=argparse.SUPPRESS,
            metavar="N",
            help=f"{name.removesuffix('_per_second')} a second; none is no limit",
        )


def _create(arguments: argparse.Namespace) -> int:
    from midspan.control.database import now_us  # noqa: PLC0415 - see `control`
    from midspan.control.keys import Wish  # noqa: PLC0415

    wish = Wish(
        name=arguments.name or f"key of {minute(now_us(), '')}",
        environment=arguments.environment,
        rights=arguments.rights,
        expires_at=arguments.expires,
        **_rates(arguments),
    )
    with control(arguments, make=True) as opened:
        key, secret = opened.keys.create(wish, arguments.organization)
    if arguments.json:
        say_json({"key": secret, **_public(key)})
    else:
        say(f"Key {key.name} ({key.id}) for {key.environment} of {key.organization_name}: {_summary(key)}.")
        say("Its secret is shown this once and stored nowhere:")
        say(f"\n  {secret}\n")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        keys = opened.keys.entries(arguments.organization)
    if arguments.json:
        say_json([_public(key) for key in keys])
        return 0
    heads = ("ID", "NAME", "ORGANIZATION", "ENVIRONMENT", "KEY", "RIGHTS AND LIMITS", "LAST USED (UTC)", "STATE")
    rows = [
        (
            key.id,
            key.name,
            key.organization_name,
            key.environment,
            key.prefix,
            _summary(key),
            minute(key.last_used_at, "never"),
            _state(key),
        )
        for key in keys
    ]
    say_table(heads, rows)
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        key = opened.keys.revoke(arguments.key)
    return _done(arguments, key, f"Key {key.name} ({key.id}) is revoked.")


def _limit(arguments: argparse.Namespace) -> int:
    rates = _rates(arguments)
    if not rates:
        raise Misconfigured("give --requests-per-second, --spans-per-second, or both.")
    with control(arguments) as opened:
        key = opened.keys.limit(arguments.key, **rates)
    return _done(arguments, key, f"Key {key.name} ({key.id}): {_summary(key)}.")


def _done(arguments: argparse.Namespace, key: "Key", sentence: str) -> int:
    if arguments.json:
        say_json(_public(key))
    else:
        say(sentence)
    return 0


def _rates(arguments: argparse.Namespace) -> dict[str, float | None]:
    return {name: getattr(arguments, name) for name in RATES if hasattr(arguments, name)}


def _public(key: "Key") -> dict[str, Any]:
    fields = msgspec.structs.asdict(key)
    times = {name: iso(value) for name, value in fields.items() if name.endswith("_at")}
    return {**fields, **times, "state": key.state(_now())}


def _summary(key: "Key") -> str:
    limits = [
        f"{value:g} {name.replace('_per_second', '/s')}" for name in RATES if (value := getattr(key, name)) is not None
    ]
    return ", ".join([*key.rights, *limits])


def _state(key: "Key") -> str:
    state = key.state(_now())
    until = f" until {minute(key.expires_at, '')}" if state == "active" and key.expires_at is not None else ""
    return state + until


def _now() -> int:
    from midspan.control.database import now_us  # noqa: PLC0415 - see `control`

    return now_us()
