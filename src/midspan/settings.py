"""Every setting, in one table: its name, default, bounds and help. Nothing else reads the environment.

A setting is given, strongest first, on the command line, as `MIDSPAN_NAME`, or in the TOML file named by `--config` or
`MIDSPAN_CONFIG`. The table also makes the command's flags, `midspan settings` and the documentation page.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

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

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


TABLE: tuple[Setting, ...] = (
    Setting("host", "127.0.0.1", "Address to listen on. Anything but loopback needs authentication on."),
    Setting("port", 8400, "TCP port to listen on; 0 takes a free one.", 0, 65535),
    Setting("otlp_grpc_port", 4317, "TCP port on which OTLP over gRPC is taken; 0 turns it off.", 0, 65535),
    Setting("data_dir", "midspan-data", "Directory that holds everything Midspan keeps. Created if it is not there."),
    Setting("authentication", True, "Whether requests need an API key. Can be turned off on loopback only."),
    Setting("public_url", "", "Address by which people reach the server, such as https://midspan.example; links begin with it."),
    Setting("session_idle_seconds", 604_800, "A session of the UI ends when it was not used for so long.", 1, 31_536_000),
    Setting("session_seconds_max", 2_592_000, "A session of the UI ends after this time, used or not.", 1, 31_536_000),
    Setting("openid_issuer", "", "Issuer of an OpenID Connect provider at which people may sign in; empty: none."),
    Setting("openid_client_id", "", "What the provider knows this server by."),
    Setting("openid_client_secret", "", "The secret that the provider gave for it.", secret=True),
    Setting("openid_name", "single sign-on", "What the provider is called on the page for signing in."),
    Setting("openid_domains", "", "Comma-separated domains of emails whose owners get an account without an invitation."),
    Setting("openid_role", "viewer", "The role of such an account.", choices=("viewer", "member", "admin")),
    Setting("openid_trust_email", False, "Whether emails are believed that the provider does not call verified."),
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
    otlp_grpc_port: int
    data_dir: Path
    authentication: bool
    public_url: str
    session_idle_seconds: int
    session_seconds_max: int
    openid_issuer: str
    openid_client_id: str
    openid_client_secret: str = field(repr=False)
    openid_name: str
    openid_domains: str
    openid_role: Literal["viewer", "member", "admin"]
    openid_trust_email: bool
    allowed_hosts: str
    bootstrap_api_key: str = field(repr=False)
    bootstrap_test_api_key: str = field(repr=False)
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
        """Whether only this machine reaches `host`. A name other than `localhost` may lead anywhere."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def openid_domain_names(self) -> frozenset[str]:
        """`openid_domains`, one by one, in lower case."""
        return frozenset(name.strip().casefold().removeprefix("@") for name in self.openid_domains.split(",")) - {""}

    @property
    def url(self) -> str:
        """Where links lead: `public_url`, or the address that is listened on. No slash at its end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


assert [f.name for f in fields(Settings)] == [s.name for s in TABLE]

DEFAULT = "default"
CONFIG = "MIDSPAN_CONFIG"
NEIGHBOURS = re.compile(
    # What clients of a Midspan server are told by, in the same shell.
    r"MIDSPAN_(API_KEY|BASE_URL|URL"
    # What Kubernetes puts into every container beside a Service named `midspan`.
    r"|SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)"
)
"""Variables that bear our prefix, but are not settings of ours."""


@dataclass(frozen=True)
class Reading:
    """The settings, and where each came from: `default`, a variable, a flag, or the path of the file."""

    settings: Settings
    sources: Mapping[str, str]


def load(
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """The settings of `read`, without their sources."""
    return read(arguments, environment, config).settings


def read(
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Reading:
    """Read the settings.

    `arguments` holds what the command line gave (absent or None: not given). Raises `Misconfigured` with the name of
    the setting, where it came from, and what it takes.
    """
    values: dict[str, Any] = {setting.name: setting.default for setting in TABLE}
    sources = dict.fromkeys(values, DEFAULT)
    for source, name, value in _given(arguments or {}, os.environ if environment is None else environment, config):
        values[name] = _read(BY_NAME[name], value, source)
        sources[name] = source
    settings = Settings(**{**values, "data_dir": Path(values["data_dir"]).expanduser().absolute()})
    _check(settings)
    return Reading(settings, sources)


def _check(settings: Settings) -> None:
    """What no setting says alone. Raises `Misconfigured`."""
    if not settings.is_loopback and not settings.authentication:
        raise Misconfigured(
            f"host is {settings.host}, which other machines reach, and authentication is off. "
            "Turn authentication on, or listen on 127.0.0.1."
        )
    _check_people(settings)
    if settings.span_bytes_max > settings.body_bytes_max:
        raise Misconfigured(
            "span_bytes_max is larger than body_bytes_max; raise body_bytes_max or lower span_bytes_max."
        )
    if settings.body_bytes_max > settings.inflight_bytes_max:
        raise Misconfigured("body_bytes_max is larger than inflight_bytes_max; no such body could ever be read.")
    for name in ("bootstrap_api_key", "bootstrap_test_api_key"):
        secret = getattr(settings, name)
        if secret and not re.fullmatch(r"[!-~]{16,200}", secret):
            raise Misconfigured(f"{name} takes 16 to 200 printable ASCII characters without spaces.")
    if settings.bootstrap_api_key and settings.bootstrap_api_key == settings.bootstrap_test_api_key:
        raise Misconfigured(
            "bootstrap_api_key and bootstrap_test_api_key are the same; a key opens one environment only."
        )


def _check_people(settings: Settings) -> None:
    if settings.public_url and not re.fullmatch(r"https?://[\w.\-:\[\]]+(/[\w.~\-/]*)?", settings.public_url, re.ASCII):
        raise Misconfigured(
            f"public_url takes an address such as https://midspan.example or https://example.com/midspan, "
            f"not {settings.public_url!r}."
        )
    if not settings.openid_issuer:
        return
    if not re.match(r"https://[^/]|http://(localhost|127\.0\.0\.1|\[::1\])[:/]", settings.openid_issuer + "/"):
        raise Misconfigured(f"openid_issuer begins with https://; {settings.openid_issuer!r} does not.")
    for name in ("openid_client_id", "public_url"):
        if not getattr(settings, name):
            raise Misconfigured(f"openid_issuer is set and {name} is not; signing in there needs both.")


def _given(
    arguments: Mapping[str, Any], environment: Mapping[str, str], config: Path | None
) -> list[tuple[str, str, Any]]:
    """(where it came from, name, value), weakest source first."""
    if config is None and environment.get(CONFIG):
        config = Path(environment[CONFIG])
    given = [] if config is None else _in_file(config)
    for variable, text in sorted(environment.items()):
        if not variable.startswith("MIDSPAN_") or variable == CONFIG or NEIGHBOURS.fullmatch(variable):
            continue
        if variable == "MIDSPAN_PORT" and re.match("(tcp|udp|sctp)://", text):
            continue  # Kubernetes again
        name = variable.removeprefix("MIDSPAN_").lower()
        if name not in BY_NAME or BY_NAME[name].variable != variable:
            raise Misconfigured(f"{variable} is set, but there is no such setting. `midspan settings` lists them.")
        given.append((variable, name, text))
    return given + [(BY_NAME[name].flag, name, value) for name, value in arguments.items() if value is not None]


def _in_file(path: Path) -> list[tuple[str, str, Any]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"the settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"the settings file {path} is not TOML: {error}.") from error
    for name in table:
        if name not in BY_NAME:
            raise Misconfigured(f"{path} sets {name}, which is no setting. `midspan settings` lists them.")
    return [(str(path), name, value) for name, value in table.items()]


def _read(setting: Setting, value: Any, source: str) -> Any:
    try:
        read = KINDS[type(setting.default)][1](value)
    except (TypeError, ValueError, OverflowError):
        kind = KINDS[type(setting.default)][0]
        said = "" if setting.secret else f", not {value!r}"
        raise Misconfigured(f"{source}: {setting.name} takes {kind}{said}.") from None
    if setting.choices and read not in setting.choices:
        raise Misconfigured(f"{source}: {setting.name} is one of {', '.join(setting.choices)}, not {value!r}.")
    if read == "" and setting.default:
        raise Misconfigured(f"{source}: {setting.name} is empty; leave it out for {setting.default}.")
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


def _whole(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError
    return float(value)


def _text(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


KINDS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("true or false", _boolean),
    int: ("a whole number", _whole),
    float: ("a number", _number),
    str: ("a text", _text),
}
"""What a setting takes, by the type of its default."""
