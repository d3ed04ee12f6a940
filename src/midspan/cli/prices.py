"""`midspan prices`: an organization's own prices for models, which go before the price library's."""

import argparse
from typing import TYPE_CHECKING, Any

import msgspec

from midspan.cli import reprice
from midspan.cli.arguments import add_json, add_place, control, moment, money
from midspan.cli.output import iso, minute, say, say_json, say_table
from midspan.domain.price import Override

if TYPE_CHECKING:
    from midspan.control.prices import Entry

PRICES = {
    "input_price": "input",
    "output_price": "output",
    "cache_read_price": "cache read; as input by default",
    "cache_write_5m_price": "cache write for five minutes; as input by default",
    "cache_write_1h_price": "cache write for an hour; as for five minutes by default",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("prices", help="set an organization's own prices", description=__doc__)
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    setting = actions.add_parser("set", help="set the price of a model", allow_abbrev=False)
    setting.add_argument("model", help="a model's name, or a pattern: 'gpt-4o*'")
    setting.add_argument("--provider", default="", help="only where this provider serves it; any by default")
    for name, help_ in PRICES.items():
        flag = f"--{name.removesuffix('_price').replace('_', '-')}"
        required = name in ("input_price", "output_price")
        text = f"USD for a million tokens of {help_}"
        setting.add_argument(flag, dest=name, type=money, required=required, metavar="USD", help=text)
    setting.add_argument(
        "--from", dest="valid_from", type=moment, metavar="WHEN", help="holds from then on; ever since"
    )
    setting.add_argument("--to", dest="valid_to", type=moment, metavar="WHEN", help="holds until then; for good")
    setting.add_argument("--organization", help="id or name; the first one by default")
    listing = actions.add_parser("list", help="show the prices set", allow_abbrev=False)
    listing.add_argument("--organization", help="id or name; all by default")
    removing = actions.add_parser("remove", help="take a price away", allow_abbrev=False)
    removing.add_argument("id", help="the id that `midspan prices list` shows")
    for command, run in ((setting, _set), (listing, _list), (removing, _remove)):
        add_json(command)
        add_place(command)
        command.set_defaults(run=run)
    reprice.add(actions)


def _set(arguments: argparse.Namespace) -> int:
    fields = {name: getattr(arguments, name) for name in Override.__struct_fields__ if name != "id"}
    with control(arguments, make=True) as opened:
        entry = opened.prices.set(Override(id="", **fields), arguments.organization)
    return _done(arguments, entry, "is set")


def _remove(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        entry = opened.prices.remove(arguments.id)
    return _done(arguments, entry, "is removed")


def _done(arguments: argparse.Namespace, entry: "Entry", what: str) -> int:
    if arguments.json:
        say_json(_public(entry))
    else:
        say(f"The price of {entry.override.model} for {entry.organization_name} ({entry.override.id}) {what}.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    with control(arguments) as opened:
        entries = opened.prices.entries(arguments.organization)
    if arguments.json:
        say_json([_public(entry) for entry in entries])
        return 0
    heads = ("ID", "ORGANIZATION", "MODEL", "PROVIDER", "INPUT", "OUTPUT", "READ", "WRITE 5M", "WRITE 1H", "FROM", "TO")
    rows = [
        (
            entry.override.id,
            entry.organization_name,
            entry.override.model,
            entry.override.provider or "any",
            *("" if (price := getattr(entry.override, name)) is None else format(price, "f") for name in PRICES),
            minute(entry.override.valid_from, "ever since"),
            minute(entry.override.valid_to, "for good"),
        )
        for entry in entries
    ]
    say_table(heads, rows)
    return 0


def _public(entry: "Entry") -> dict[str, Any]:
    fields = msgspec.structs.asdict(entry.override)
    prices = {name: None if fields[name] is None else format(fields[name], "f") for name in PRICES}
    times = {name: iso(fields[name]) for name in ("valid_from", "valid_to")}
    owner = {"organization_id": entry.organization_id, "organization_name": entry.organization_name}
    return {**fields, **prices, **times, **owner, "created_at": iso(entry.created_at)}
