"""`midspan settings`: every setting, what it takes, its value now, and where that came from."""

import argparse
from typing import Any

from midspan.cli.arguments import add_settings, given
from midspan.cli.output import say, say_json
from midspan.settings import TABLE, Reading, Setting

MASK = "********"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "settings",
        help="show every setting, its value and where that came from",
        description=__doc__,
        allow_abbrev=False,
    )
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print the table of the documentation, without values")
    add_settings(command, TABLE)
    command.set_defaults(run=_show)


def _show(arguments: argparse.Namespace) -> int:
    if arguments.markdown:
        from midspan.http.tables import setting_rows  # noqa: PLC0415 - it brings the whole HTTP room with it

        say(setting_rows().rstrip())
        return 0
    read = given(arguments)
    if arguments.json:
        say_json([_public(setting, read) for setting in TABLE])
        return 0
    for setting in TABLE:
        say(f"{setting.name} = {_text(_value(setting, read))}    from {read.sources[setting.name]}")
        say(f"    {setting.help}")
        flag = "" if setting.secret else f"{setting.flag}, "
        say(f"    {flag}{setting.variable}; {_bounds(setting)}; default {_text(setting.default)}")
    return 0


def _public(setting: Setting, read: Reading) -> dict[str, Any]:
    return {
        "name": setting.name,
        "variable": setting.variable,
        "flag": None if setting.secret else setting.flag,
        "default": setting.default,
        "minimum": setting.minimum,
        "maximum": setting.maximum,
        "choices": list(setting.choices),
        "help": setting.help,
        "secret": setting.secret,
        "value": _value(setting, read),
        "source": read.sources[setting.name],
    }


def _value(setting: Setting, read: Reading) -> Any:
    value = getattr(read.settings, setting.name)
    if setting.secret and value:
        return MASK
    return value if isinstance(value, bool | int | float) else str(value)


def _bounds(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(setting.choices)
    if isinstance(setting.default, bool):
        return "true or false"
    return "text" if setting.minimum is None else f"{setting.minimum} to {setting.maximum}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value == "" else str(value)
