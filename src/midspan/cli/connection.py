"""A running server, as the commands speak to it: over HTTP, with a key, again when it says so."""

import argparse
import http.client
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from midspan.cli.arguments import DURATION, UNITS, moment
from midspan.cli.output import complain
from midspan.errors import Misconfigured

URL = "http://127.0.0.1:8400"
SECONDS = 60.0
"""How long a server may say nothing."""

TRIES = 8
WAIT_SECONDS_MAX = 60.0
CHUNK_BYTES = 1 << 18
WHEN = "a date (2027-01-31), a time (2027-01-31T12:00Z), or 12h, 30d, 2w before now"

AWAY = (OSError, http.client.HTTPException)
"""What it looks like when the server or the way to it is gone."""


class Refused(Misconfigured):
    """The server's refusal, in its own words."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: str | None) -> None:
        super().__init__(f"the server refuses ({status}): {body.get('detail') or 'it does not say why'}")
        self.status = status
        self.errors: Any = body.get("errors")
        self.wait = float(retry_after) if retry_after and retry_after.isdigit() else None


@dataclass(frozen=True)
class Connection:
    """Where the server is, and which key opens it."""

    url: str
    key: str
    is_awaited: bool = False
    """Somebody sits and waits for the answer: that the server is away is told at once."""

    def ask(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> http.client.HTTPResponse:  # fmt: skip
        """One request; its answer of 2xx, to be read and closed. Raises `Refused`, and what is `AWAY`."""
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=SECONDS)
        given = {key: value for key, value in (query or {}).items() if value not in (None, "")}
        target = parts.path.rstrip("/") + path + (f"?{urlencode(given)}" if given else "")
        who = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        connection.request(method, target, body, {**who, **(headers or {})})
        answer = connection.getresponse()
        if 200 <= answer.status < 300:
            return answer
        with answer:
            text = answer.read(1 << 20)
        try:
            said = json.loads(text)
        except ValueError:
            said = {}
        raise Refused(answer.status, said if isinstance(said, dict) else {}, answer.headers.get("Retry-After"))

    def insist(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> http.client.HTTPResponse:  # fmt: skip
        """The same, again after 429 and 503 and while the server is away; for requests that are safe to repeat."""
        for number in range(TRIES):
            try:
                return self.ask(method, path, query, headers, body)
            except (Refused, *AWAY) as error:
                is_away = self.is_awaited and not isinstance(error, Refused)
                if number == TRIES - 1 or is_away or not may_pass(error):
                    raise plain(error, self.url) from None
                pause(error, number)
        raise AssertionError


def may_pass(error: Exception) -> bool:
    """Whether trying again may help."""
    return error.status in (429, 503) if isinstance(error, Refused) else True


def pause(error: Exception, number: int) -> None:
    """Wait as long as the server asks for, or longer each time. From the second time on somebody may wonder why."""
    if number == 1:
        complain(f"{error if isinstance(error, Refused) else f'no answer: {_said(error)}'}; trying again.")
    wait = error.wait if isinstance(error, Refused) and error.wait is not None else 0.5 * 2**number
    time.sleep(min(wait, WAIT_SECONDS_MAX))


def plain(error: Exception, url: str) -> Misconfigured:
    """What to say of an error."""
    if isinstance(error, Misconfigured):
        return error
    return Misconfigured(f"there is no answer from {url}: {_said(error)}. --url names another server.")


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def add_connection(command: argparse.ArgumentParser) -> None:
    """The flags that say which server is meant."""
    command.add_argument("--url", help=f"where the server is [MIDSPAN_URL; default {URL}]")
    command.add_argument(
        "--key",
        help="API key; the variable is better, as every user of the machine sees command lines [MIDSPAN_API_KEY]",
    )


def connection(arguments: argparse.Namespace, *, is_awaited: bool = False) -> Connection:
    """The server that is meant. Raises `Misconfigured`."""
    url = arguments.url or os.environ.get("MIDSPAN_URL") or URL
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        good = False
    if not good:
        raise Misconfigured(f"{url} is not the address of a server; it looks like {URL}.")
    key = arguments.key or os.environ.get("MIDSPAN_API_KEY", "")
    if not key.isascii() or any(character.isspace() for character in key):
        raise Misconfigured("the API key holds characters that no key has; check MIDSPAN_API_KEY.")
    if not key:
        complain("no API key is given (MIDSPAN_API_KEY); only a server without authentication answers without one.")
    return Connection(url, key, is_awaited)


def ago(text: str) -> str:
    """An ISO time, from one, from a date, or from a time before now: `12h`, `30d`, `2w`."""
    if duration := DURATION.fullmatch(text.removeprefix("-")):
        when = datetime.now(UTC) - int(duration[1]) * UNITS[duration[2]]
    else:
        try:
            when = datetime.fromtimestamp(moment(text) / 1_000_000, UTC)
        except argparse.ArgumentTypeError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {WHEN}") from None
    return when.isoformat()


def add_window(command: argparse.ArgumentParser, *, since_required: bool = False) -> None:
    """The flags that bound the time."""
    command.add_argument(
        "--since", type=ago, metavar="WHEN", required=since_required, help=f"earliest timestamp: {WHEN}"
    )
    command.add_argument("--until", type=ago, metavar="WHEN", help=f"latest timestamp: {WHEN}")
