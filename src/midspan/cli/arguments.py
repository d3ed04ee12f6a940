"""What the commands' arguments have in common: flags made from the settings' table, and values with a unit."""

import argparse
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midspan.errors import Misconfigured
from midspan.settings import BY_NAME, Reading, Setting, read

if TYPE_CHECKING:
    from midspan.control.control import Control

PREFIX = "setting_"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, tzinfo=UTC)
DURATION = re.compile(r"(\d{1,6})([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def add_settings(command: argparse.ArgumentParser, settings: Iterable[Setting]) -> None:
    """A flag for each setting, and --config. Secrets have none: every user of the machine sees its command lines."""
    group = command.add_argument_group("settings", "Each can also be set by its variable or in the file --config.")
    group.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings [MIDSPAN_CONFIG]")
    for setting in settings:
        if setting.secret:
            continue
        options: dict[str, Any] = {"metavar": _metavar(setting)}
        if isinstance(setting.default, bool):
            options = {"action": argparse.BooleanOptionalAction}
        default = f"; default {setting.default}" if setting.default != "" else ""
        text = f"{setting.help} [{setting.variable}{default}]".replace("%", "%%")
        # None: not given. The default itself comes last, from the table.
        group.add_argument(setting.flag, dest=PREFIX + setting.name, default=None, help=text, **options)


def add_place(command: argparse.ArgumentParser) -> None:
    """The flags that say which data directory is meant."""
    add_settings(command, [BY_NAME["data_dir"]])


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def given(arguments: argparse.Namespace) -> Reading:
    """The settings, with what the command line gave. Raises `Misconfigured`."""
    flags = {name.removeprefix(PREFIX): value for name, value in vars(arguments).items() if name.startswith(PREFIX)}
    return read(flags, config=arguments.config)


@contextmanager
def control(arguments: argparse.Namespace, *, make: bool = False) -> "Iterator[Control]":
    """The control data of the data directory meant, made when it is not there and `make`. Raises `Misconfigured`."""
    from midspan.control.control import Control  # noqa: PLC0415 - most of a second, which --help need not wait
    from midspan.control.database import FILE  # noqa: PLC0415

    data_dir = given(arguments).settings.data_dir
    if not make and not (data_dir / FILE).exists():
        raise Misconfigured(
            f"{data_dir} holds no Midspan data yet. `midspan serve` or `midspan keys create` starts it; "
            "--data-dir names another place."
        )
    opened = Control(data_dir)
    try:
        yield opened
    finally:
        opened.close()


def moment(text: str) -> int:
    """Microseconds since 1970 of an ISO date or time (no zone: UTC), or of a time from now: `12h`, `30d`, `2w`."""
    try:
        if duration := DURATION.fullmatch(text):
            when = datetime.now(UTC) + int(duration[1]) * UNITS[duration[2]]
        else:
            when = datetime.fromisoformat(text)
            when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
        if not EPOCH <= when <= LAST:
            raise ValueError
        return (when - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a date (2027-01-31), a time (2027-01-31T12:00Z) nor 12h, 30d or 2w from now"
        ) from None


def rate(text: str) -> float | None:
    """A number a second; `none` is no limit."""
    if text.lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor none") from None


def money(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount in USD") from None


def words(text: str) -> tuple[str, ...]:
    """`a,b` and `a, b`, once each."""
    return tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))


def _metavar(setting: Setting) -> str:
    if setting.choices:
        return "|".join(setting.choices)
    return setting.name.rsplit("_", 1)[-1].upper() if isinstance(setting.default, str) else "N"
