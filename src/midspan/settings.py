"""Every setting, in one table: its name, default, bounds and help. Nothing else reads the environment.

A setting is given, strongest first, on the command line, as `MIDSPAN_NAME`, or in the TOML file named by `--config`.
The table also makes `midspan settings` and the documentation page.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from midspan.errors import Misconfigured

MIB = 1 << 20


@dataclass(frozen=True)
class Setting:
    """One row of the table. `minimum` and `maximum` are inclusive; `secret` values are never printed."""

    name: str
    default: Any
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def variable(self) -> str:
        return f"MIDSPAN_{self.name.upper()}"


TABLE: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "Address to listen on. Anything but loopback needs authentication on."),
    Setting("port", 8400, "TCP port to listen on; 0 takes a free one.", 0, 65535),
    Setting("data_dir", "midspan-data", "Directory that holds everything Midspan keeps. Created if it is not there."),
    Setting("authentication", True, "Whether requests need an API key. Can be turned off on loopback only."),
    Setting("allowed_hosts", "", "Comma-separated names accepted in the Host header besides loopback's (`*` for any)."),
    Setting("bootstrap_api_key", "", "Key for `prod` made at the first start, instead of a random one.", secret=True),
    Setting("bootstrap_test_api_key", "", "Key for `test` made at the first start, instead of a random one.", secret=True),
    Setting("log_level", "info", "What the server prints of itself.", choices=("debug", "info", "warning", "error")),
    Setting("span_bytes_max", 20 * MIB, "Largest span accepted, in bytes of JSON after decompression.", 1024, 64 * MIB),
    Setting("body_bytes_max", 100 * MIB, "Largest request body accepted, in bytes after decompression.", 1024, 1024 * MIB),
    Setting("inflight_bytes_max", 256 * MIB, "Bytes of request bodies held at once; further requests wait.", MIB, 1 << 40),
    Setting("body_timeout_seconds", 60, "How long a client may take between two pieces of a body.", 1, 3600),
    Setting("segment_bytes_max", 64 * MIB, "A journal segment is closed at this size.", 4096, 1024 * MIB),
    Setting("segment_age_ms", 500, "A journal segment is closed at this age.", 10, 60_000),
    Setting("journal_bytes_max", 4096 * MIB, "Journal size at which writing is refused until the engine catches up.", MIB, 1 << 44),
    Setting("disk_free_bytes_min", 512 * MIB, "Free disk below which writing is refused; reading goes on.", 0, 1 << 44),
    Setting("read_wait_seconds", 5.0, "How long a read waits for rows that were acknowledged before it.", 0.1, 60),
    Setting("engine_memory_bytes_max", 0, "Memory the engine may take; 0 takes a quarter of the machine's, 512 MiB to 8 GiB.", 0, 1 << 44),
    Setting("engine_readers", 4, "Queries that may run side by side.", 1, 64),
    Setting("query_seconds_max", 10.0, "Longest time one query may take.", 0.1, 3600),
    Setting("drain_seconds_max", 30.0, "How long stopping waits for requests and the journal.", 1, 600),
)  # fmt: skip

BY_NAME = {setting.name: setting for setting in TABLE}


@dataclass(frozen=True)
class Settings:
    """The settings as read, one field for each row of `TABLE`."""

    host: str
    port: int
    data_dir: Path
    authentication: bool
    allowed_hosts: str
    bootstrap_api_key: str
    bootstrap_test_api_key: str
    log_level: str
    span_bytes_max: int
    body_bytes_max: int
    inflight_bytes_max: int
    body_timeout_seconds: int
    segment_bytes_max: int
    segment_age_ms: int
    journal_bytes_max: int
    disk_free_bytes_min: int
    read_wait_seconds: float
    engine_memory_bytes_max: int
    engine_readers: int
    query_seconds_max: float
    drain_seconds_max: float

    @property
    def is_loopback(self) -> bool:
        return self.host in ("localhost", "::1") or self.host.startswith("127.")


assert [f.name for f in fields(Settings)] == [s.name for s in TABLE]


def load(
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """Read the settings.

    `arguments` holds what the command line gave (absent or None: not given). Raises `Misconfigured` with the name of
    the setting, where it came from, and what it takes.
    """
    values: dict[str, Any] = {setting.name: setting.default for setting in TABLE}
    for source, name, value in _given(arguments or {}, os.environ if environment is None else environment, config):
        values[name] = _read(BY_NAME[name], value, source)
    settings = Settings(**{**values, "data_dir": Path(values["data_dir"]).expanduser().absolute()})
    if not settings.is_loopback and not settings.authentication:
        raise Misconfigured(
            f"host is {settings.host}, which other machines reach, and authentication is off. "
            "Turn authentication on, or listen on 127.0.0.1."
        )
    if settings.span_bytes_max > settings.body_bytes_max:
        raise Misconfigured(
            "span_bytes_max is larger than body_bytes_max; raise body_bytes_max or lower span_bytes_max."
        )
    if settings.body_bytes_max > settings.inflight_bytes_max:
        raise Misconfigured("body_bytes_max is larger than inflight_bytes_max; no such body could ever be read.")
    return settings


def _given(
    arguments: Mapping[str, Any], environment: Mapping[str, str], config: Path | None
) -> list[tuple[str, str, Any]]:
    """(where it came from, name, value), weakest source first."""
    given: list[tuple[str, str, Any]] = []
    if config is not None:
        try:
            table = tomllib.loads(config.read_text())
        except OSError as error:
            raise Misconfigured(f"the settings file {config} cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Misconfigured(f"the settings file {config} is not TOML: {error}.") from error
        for name, value in table.items():
            if name not in BY_NAME:
                raise Misconfigured(f"{config} sets {name}, which is no setting. `midspan settings` lists them.")
            given.append((str(config), name, value))
    for name, text in sorted(environment.items()):
        if name.startswith("MIDSPAN_"):
            if (key := name.removeprefix("MIDSPAN_").lower()) not in BY_NAME:
                raise Misconfigured(f"{name} is set, but there is no such setting. `midspan settings` lists them.")
            given.append((name, key, text))
    given += [(f"--{name.replace('_', '-')}", name, value) for name, value in arguments.items() if value is not None]
    return given


def _read(setting: Setting, value: Any, source: str) -> Any:
    kind = type(setting.default)
    try:
        read = _boolean(value) if kind is bool else kind(value)
        if kind is int and isinstance(value, float) and value != read:
            raise ValueError
    except (TypeError, ValueError):
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
        raise Misconfigured(f"{source}: {setting.name} takes {kinds[kind]}, not {value!r}.") from None
    if setting.choices and read not in setting.choices:
        raise Misconfigured(f"{source}: {setting.name} is one of {', '.join(setting.choices)}, not {value!r}.")
    if (setting.minimum is not None and not read >= setting.minimum) or (
        setting.maximum is not None and not read <= setting.maximum
    ):
        raise Misconfigured(
            f"{source}: {setting.name} lies between {setting.minimum} and {setting.maximum}, not {read}."
        )
    return read


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError from None
