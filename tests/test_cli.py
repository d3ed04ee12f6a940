"""The command `midspan`: keys, prices, organizations and settings by hand, and how every command ends."""

import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from midspan import __version__, cli
from midspan.cli.arguments import moment
from midspan.errors import Misconfigured, Unavailable
from midspan.http import tables
from midspan.settings import TABLE, Settings
from tests.server import MIDSPAN, Starter

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}

Good = Callable[..., Any]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, as the user starts it."""
    return subprocess.run(
        [str(MIDSPAN), *arguments], env=PLAIN | environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - set(PLAIN):
        monkeypatch.delenv(name)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def good(data: Path, capsys: pytest.CaptureFixture[str]) -> Good:
    """Runs a command that must succeed, here and on `data`; returns what it prints with --json."""

    def call(*arguments: str) -> Any:
        assert cli.main([*arguments, "--json", "--data-dir", str(data)]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return json.loads(out)

    return call


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Puts functions in the place of the server's own, and returns what they were called with."""

    def replace(code: int = 0, raises: BaseException | None = None) -> list[Any]:
        calls: list[Any] = []

        def answer(settings: Settings, **rest: Any) -> int:
            calls.append((settings, rest))
            if raises is not None:
                raise raises
            return code

        module = types.ModuleType("midspan.app")
        module.serve = module.doctor = answer  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "midspan.app", module)
        return calls

    return replace


def test_a_key_is_made_before_the_server_ever_ran(data: Path, good: Good) -> None:
    """`keys create` prints the secret once; `keys list` shows the key without it."""
    made = run("keys", "create", "--name", "ci", "--data-dir", data)
    assert made.returncode == 0, made.stderr
    (secret,) = [line.strip() for line in made.stdout.splitlines() if line.startswith("  msp_")]

    listed = run("keys", "list", "--data-dir", data)

    assert secret not in listed.stdout
    assert f"{secret[:12]}…{secret[-4:]}" in listed.stdout
    (key,) = good("keys", "list")
    assert (key["name"], key["environment"], key["organization_name"]) == ("ci", "prod", "Default")
    assert (key["rights"], key["state"]) == (["ingest", "read", "admin"], "active")
    assert "hash" not in key


def test_a_key_has_what_was_asked_for(good: Good) -> None:
    """Environment, rights, rates and expiry are stored as given, and rates change later."""
    wish = ["--name", "ci", "--environment", "test", "--rights", "read, ingest", "--expires", "30d"]
    made = good("keys", "create", *wish, "--spans-per-second", "100")

    expires = datetime.fromisoformat(made["expires_at"]).timestamp()
    assert abs(expires - time.time() - 30 * 86400) < 60
    assert made["key"].startswith("msp_test_")
    assert made["rights"] == ["ingest", "read"]
    assert (made["requests_per_second"], made["spans_per_second"]) == (None, 100)

    rates = ["--requests-per-second", "0.5", "--spans-per-second", "none"]
    changed = good("keys", "limit", "ci", *rates)
    assert (changed["requests_per_second"], changed["spans_per_second"]) == (0.5, None)
    assert good("keys", "revoke", made["id"][:8])["state"] == "revoked"


def test_keys_are_made_and_revoked_while_the_server_runs(start_server: Starter) -> None:
    """A new key opens the running server at once, and none within a second of its revocation."""
    server = start_server()
    made = json.loads(run("keys", "create", "--rights", "read", "--json", "--data-dir", server.data).stdout)
    client = server.client_of(made["key"])

    def answer() -> httpx.Response:
        return client.get("/api/request-logs/list/")

    assert answer().status_code == 200
    assert client.post("/api/request-logs/", json={"model": "m"}).status_code == 403
    assert run("keys", "revoke", made["id"], "--data-dir", server.data).returncode == 0
    revoked = time.monotonic()
    while (code := answer().status_code) == 200 and time.monotonic() - revoked < 5:
        time.sleep(0.02)

    assert code == 401
    assert time.monotonic() - revoked < 2  # the second, and an answer on busy cores


def test_organizations_keep_their_keys_and_prices_apart(
    data: Path, good: Good, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second organization is made by hand, and everything can be made and listed for it alone."""
    acme = good("organizations", "create", "acme")
    good("organizations", "create", "other")
    key = good("keys", "create", "--organization", "other")

    assert [one["name"] for one in good("organizations", "list")] == ["acme", "other"]
    assert key["organization_name"] == "other"
    assert good("keys", "list", "--organization", acme["id"]) == []
    assert cli.main(["keys", "create", "--organization", "nobody", "--data-dir", str(data)]) == 2
    assert "There is no organization nobody." in capsys.readouterr().err


def test_prices_are_set_listed_and_removed(data: Path, good: Good, capsys: pytest.CaptureFixture[str]) -> None:
    """Amounts come back as they were typed, times in UTC."""
    amounts = ["--input", "2.50", "--output", "10", "--cache-read", "0"]
    entry = good("prices", "set", "gpt-4o*", *amounts, "--from", "2026-01-31")

    assert (entry["input_price"], entry["output_price"], entry["cache_read_price"]) == ("2.50", "10", "0")
    assert (entry["valid_from"], entry["valid_to"]) == ("2026-01-31T00:00:00.000000Z", None)
    assert cli.main(["prices", "list", "--data-dir", str(data)]) == 0
    listed = capsys.readouterr().out
    assert "2026-01-31 00:00" in listed
    assert "gpt-4o*" in listed
    assert good("prices", "remove", entry["id"])["id"] == entry["id"]
    assert good("prices", "list") == []


@pytest.mark.parametrize("command", [["keys", "list"], ["keys", "revoke", "x"], ["prices", "list"]])
def test_a_directory_without_data_is_not_made_by_looking(
    data: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped --data-dir is said, and nothing is created there."""
    assert cli.main([*command, "--data-dir", str(data)]) == 2

    assert f"{data} holds no Midspan data yet" in capsys.readouterr().err
    assert not data.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--port", "x"], "midspan: --port: port takes a whole number, not 'x'."),
        (["serve", "--config", "/nowhere.toml"], "midspan: the settings file /nowhere.toml cannot be read"),
        (["serve", "--host", "0.0.0.0", "--no-authentication"], "midspan: host is 0.0.0.0"),
        (["keys", "create", "--data-dir", "/dev/null"], "midspan: /dev/null/control.db cannot be created"),
        (["keys", "create", "--data-dir", "DATA", "--rights", "write"], "midspan: rights are one or more of"),
        (["keys", "create", "--data-dir", "DATA", "--environment", "dev"], "midspan: environment is one of prod"),
        (["keys", "create", "--data-dir", "DATA", "--expires", "2001-01-01"], "midspan: expires_at lies in the future"),
        (["keys", "limit", "x", "--data-dir", "DATA"], "midspan: give --requests-per-second"),
    ],
)
def test_a_refusal_is_one_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    """What the administrator has to mend ends with code 2 and one line."""
    assert cli.main([str(data) if argument == "DATA" else argument for argument in arguments]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_a_process_ends_without_a_traceback(data: Path) -> None:
    """The real command, as the shell sees it: code 2, one line on stderr, nothing on stdout."""
    done = run("keys", "create", "--data-dir", data, MIDSPAN_PROT="1")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "midspan: MIDSPAN_PROT is set, but there is no such setting. `midspan settings` lists them.\n"
    )
    assert not data.exists()


@pytest.mark.parametrize(
    "arguments", [[], ["keys"], ["sing"], ["members", "invite", "--role", "owner"], ["keys", "create", "--exp", "1d"]]
)
def test_bad_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown commands, values and abbreviations are refused with the usage."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: midspan")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """`midspan --version` and `python -m midspan --version` say the same."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])

    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert told == f"midspan {__version__}\n"
    module = subprocess.run([sys.executable, "-m", "midspan", "--version"], capture_output=True, text=True, check=True)
    assert module.stdout == told


def test_help_names_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """`midspan serve --help` has a flag for each setting, and none for a secret."""
    with pytest.raises(SystemExit):
        cli.main(["serve", "--help"])

    told = capsys.readouterr().out
    for setting in TABLE:
        assert (setting.flag in told) is not setting.secret


def test_serve_gets_the_settings(app: Callable[..., list[Any]], tmp_path: Path) -> None:
    """Flags, variables and the file reach the server, and its exit code the shell."""
    file = tmp_path / "midspan.toml"
    file.write_text("segment_age_ms = 50\nauthentication = true")
    calls = app(code=3)

    flags = ["--port", "0", "--no-authentication", "--data-dir", str(tmp_path / "data"), "--config", str(file)]
    assert cli.main(["serve", *flags]) == 3

    ((reading, _),) = calls
    settings = reading.settings
    assert (settings.port, settings.authentication, settings.segment_age_ms) == (0, False, 50)
    assert settings.data_dir == tmp_path / "data"


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_doctor_says_how_it_went(app: Callable[..., list[Any]], json_flag: list[str]) -> None:
    """`midspan doctor` hands on the form that was asked for, and its code."""
    calls = app(code=1)

    assert cli.main(["doctor", *json_flag]) == 1

    assert calls[0][1] == {"as_json": bool(json_flag)}


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (Misconfigured("port 8400 is taken."), 2, "midspan: port 8400 is taken.\n"),
        (Unavailable("The control data cannot be used now."), 2, "midspan: The control data cannot be used now.\n"),
    ],
)
def test_every_end_is_quiet(
    app: Callable[..., list[Any]],
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    told: str,
) -> None:
    """Ctrl-C ends with 130 and not a word; a refusal with its sentence alone."""
    app(raises=raised)

    assert cli.main(["serve"]) == code

    assert capsys.readouterr() == ("", told)


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    """`midspan settings | head -1` ends without a complaint."""
    command = [str(MIDSPAN), "settings"]
    with subprocess.Popen(command, env=PLAIN, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)


def test_a_poor_terminal_costs_no_secret(data: Path) -> None:
    """Where the terminal lacks a character, another form of it is printed, and the command succeeds."""
    made = run("keys", "create", "--name", "schlüssel", "--data-dir", data, PYTHONIOENCODING="ascii")
    listed = run("keys", "list", "--data-dir", data, PYTHONIOENCODING="ascii")

    assert "  msp_prod_" in made.stdout
    assert "schl\\xfcssel" in listed.stdout


def test_settings_say_where_each_value_came_from(
    good: Good, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every setting with its bounds, its value now and its source; secrets are masked."""
    secret = "k" * 20
    monkeypatch.setenv("MIDSPAN_HOST", "127.0.0.2")
    monkeypatch.setenv("MIDSPAN_BOOTSTRAP_API_KEY", secret)

    found = {row["name"]: row for row in good("settings", "--port", "1")}

    assert list(found) == [setting.name for setting in TABLE]
    assert (found["port"]["value"], found["port"]["source"], found["port"]["maximum"]) == (1, "--port", 65535)
    assert (found["host"]["value"], found["host"]["source"]) == ("127.0.0.2", "MIDSPAN_HOST")
    assert (found["data_dir"]["value"], found["data_dir"]["source"]) == (str(data), "--data-dir")
    assert (found["bootstrap_api_key"]["value"], found["bootstrap_test_api_key"]["value"]) == ("********", "")
    assert cli.main(["settings"]) == 0
    plain = capsys.readouterr().out
    assert "bootstrap_api_key = ********    from MIDSPAN_BOOTSTRAP_API_KEY" in plain
    assert secret not in plain


def test_the_settings_page_and_the_command_agree(capsys: pytest.CaptureFixture[str]) -> None:
    """`midspan settings --markdown` prints the documentation's own table."""
    assert cli.main(["settings", "--markdown"]) == 0

    assert capsys.readouterr().out.strip() == tables.setting_rows().strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.000001+02:00", datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_utc_unless_it_says_otherwise(text: str, expected: datetime) -> None:
    """Dates begin at midnight UTC; an offset is honoured to the microsecond."""
    assert moment(text) == int(expected.timestamp()) * 1_000_000 + expected.microsecond


@pytest.mark.parametrize(
    "text", ["", "soon", "30", "30m", "-1d", "2026-13-01", "999999w", "1969-12-31", "9999-12-31T23:59-23:00"]
)
def test_a_time_that_cannot_be_read_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is no time from 1970 to 9999 ends with 2 and the forms that are read."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["keys", "create", f"--expires={text}"])

    assert ended.value.code == 2
    assert "30d" in capsys.readouterr().err
