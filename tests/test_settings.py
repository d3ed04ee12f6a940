"""Settings: their sources and precedence, and what is refused with which sentence."""

import ipaddress
from pathlib import Path

import pytest

from midspan import settings
from midspan.errors import Misconfigured
from midspan.settings import BY_NAME, TABLE, load, read


def test_defaults_stand_when_nothing_is_given() -> None:
    """Every setting has its default, within its own bounds, and says so."""
    found = read({}, {})

    for setting in TABLE:
        value = getattr(found.settings, setting.name)
        assert value == (Path(setting.default).absolute() if setting.name == "data_dir" else setting.default)
        assert found.sources[setting.name] == "default"
        assert settings._read(setting, setting.default, "test") == setting.default


def test_the_nearest_source_wins(tmp_path: Path) -> None:
    """The command line goes before the variable, the variable before the file; each value knows where it came from."""
    file = tmp_path / "midspan.toml"
    file.write_text('port = 1\nhost = "127.0.0.2"\nlog_level = "debug"\n')

    found = read({"port": 3, "host": None}, {"MIDSPAN_PORT": "2", "MIDSPAN_HOST": "127.0.0.3"}, file)

    assert (found.settings.port, found.sources["port"]) == (3, "--port")
    assert (found.settings.host, found.sources["host"]) == ("127.0.0.3", "MIDSPAN_HOST")
    assert (found.settings.log_level, found.sources["log_level"]) == ("debug", str(file))


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    """MIDSPAN_CONFIG stands for --config, which goes before it."""
    for name, port in (("a.toml", 1), ("b.toml", 2)):
        (tmp_path / name).write_text(f"port = {port}")
    environment = {"MIDSPAN_CONFIG": str(tmp_path / "a.toml")}

    assert load({}, environment).port == 1
    assert load({}, environment, tmp_path / "b.toml").port == 2


@pytest.mark.parametrize("text", ["true", "1", "YES", " on "])
def test_truth_is_told_in_many_words(text: str) -> None:
    """true, 1, yes and on, in any case; and their opposites."""
    opposite = {"true": "false", "1": "0", "yes": "No", "on": "OFF"}[text.strip().lower()]
    assert load({}, {"MIDSPAN_AUTHENTICATION": text}).authentication is True
    assert load({}, {"MIDSPAN_AUTHENTICATION": opposite}).authentication is False


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("port", "x", "port takes a whole number, not 'x'"),
        ("port", "", "port takes a whole number, not ''"),
        ("port", "80.5", "port takes a whole number"),
        ("port", 80.5, "port takes a whole number"),
        ("port", True, "port takes a whole number, not True"),
        ("port", float("inf"), "port takes a whole number"),
        ("port", [1], "port takes a whole number"),
        ("port", "65536", "port lies between 0 and 65535, not 65536"),
        ("port", "-1", "port lies between"),
        ("read_wait_seconds", "soon", "read_wait_seconds takes a number"),
        ("read_wait_seconds", "nan", "read_wait_seconds lies between"),
        ("read_wait_seconds", "inf", "read_wait_seconds lies between"),
        ("authentication", "maybe", "authentication takes true or false"),
        ("log_level", "loud", "log_level is one of debug, info, warning, error"),
        ("host", "", "host is empty"),
        ("host", 5, "host takes a text"),
        ("data_dir", "", "data_dir is empty"),
        ("data_dir", "a\0b", "data_dir takes a text"),
        ("allowed_hosts", ["a", "b"], "allowed_hosts takes a text"),
    ],
)
def test_a_broken_value_is_refused_with_its_source(name: str, value: object, sentence: str) -> None:
    """The sentence names the source, the setting and what it takes."""
    with pytest.raises(Misconfigured) as refused:
        load({name: value}, {})

    assert str(refused.value).startswith(f"{BY_NAME[name].flag}: {sentence}")
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"host": "0.0.0.0", "authentication": False}, "host is 0.0.0.0, which other machines reach"),
        ({"span_bytes_max": 2048, "body_bytes_max": 1024}, "span_bytes_max is larger than body_bytes_max"),
        ({"inflight_bytes_max": 1 << 20}, "body_bytes_max is larger than inflight_bytes_max"),
        ({"bootstrap_api_key": "short"}, "bootstrap_api_key takes 16 to 200"),
        ({"bootstrap_test_api_key": "with a space inside"}, "bootstrap_test_api_key takes"),
        ({"bootstrap_api_key": "ümläute-are-not-ascii"}, "bootstrap_api_key takes"),
        ({"bootstrap_api_key": "k" * 16 + "\n"}, "bootstrap_api_key takes"),
        ({"bootstrap_api_key": "k" * 16, "bootstrap_test_api_key": "k" * 16}, "are the same"),
    ],
)
def test_settings_that_contradict_are_refused(given: dict[str, object], sentence: str) -> None:
    """What no setting says alone is checked as well, and a secret is not repeated."""
    with pytest.raises(Misconfigured) as refused:
        load(given, {})

    assert sentence in str(refused.value)
    for name in ("bootstrap_api_key", "bootstrap_test_api_key"):
        assert str(given.get(name, "no such text")) not in str(refused.value)


def test_a_secret_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    """A secret in the file without its quotes stays out of the sentence."""
    file = tmp_path / "midspan.toml"
    file.write_text("bootstrap_api_key = 1234567890123456\n")

    with pytest.raises(Misconfigured, match="bootstrap_api_key takes a text") as refused:
        load({}, {}, file)

    assert "1234567890123456" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("127.example.org", False),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, is_loopback: bool) -> None:
    """A name that begins like loopback may lead anywhere."""
    assert load({"host": host}, {}).is_loopback is is_loopback
    if is_loopback and host != "localhost":
        assert ipaddress.ip_address(host).is_loopback


@pytest.mark.parametrize(
    "variable", ["MIDSPAN_PROT", "MIDSPAN_", "MIDSPAN_port", "MIDSPAN_SERVICE", "MIDSPAN_API_KEYS"]
)
def test_a_variable_that_is_no_setting_is_refused(variable: str) -> None:
    """A slip of the finger must not start a server with a default in its place."""
    with pytest.raises(Misconfigured, match=f"{variable} is set, but there is no such setting"):
        load({}, {variable: "1"})


def test_the_neighbours_variables_are_let_be() -> None:
    """What clients read, and what Kubernetes gives to containers beside a Service named midspan, is not ours."""
    neighbours = {
        "MIDSPAN_API_KEY": "x",
        "MIDSPAN_BASE_URL": "x",
        "MIDSPAN_SERVICE_HOST": "10.0.0.1",
        "MIDSPAN_SERVICE_PORT": "8400",
        "MIDSPAN_SERVICE_PORT_HTTP": "8400",
        "MIDSPAN_PORT": "tcp://10.0.0.1:8400",
        "MIDSPAN_PORT_8400_TCP": "tcp://10.0.0.1:8400",
        "MIDSPAN_PORT_8400_TCP_ADDR": "10.0.0.1",
        "MIDSPAN_PORT_8400_TCP_PORT": "8400",
        "MIDSPAN_PORT_8400_TCP_PROTO": "tcp",
    }

    assert load({}, neighbours) == load({}, {})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"port = ", "is not TOML"),
        (b'host = "\xff"', "is not TOML"),
        (b"prot = 1", "sets prot, which is no setting"),
        (b"port = true", "port takes a whole number"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """The sentence names the file and what is wrong in it."""
    file = tmp_path / "midspan.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(Misconfigured) as refused:
        load({}, {}, file)

    assert sentence in str(refused.value)
    assert str(file) in str(refused.value)


def test_secrets_stay_out_of_what_is_printed() -> None:
    """The settings as a text, as a traceback or a log would show them, hold no key."""
    assert "k" * 16 not in repr(load({"bootstrap_api_key": "k" * 16}, {}))
    secrets = {setting.name for setting in TABLE if setting.secret}
    assert secrets == {"bootstrap_api_key", "bootstrap_test_api_key", "openid_client_secret"}


def test_the_data_directory_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative directory and ~ are settled once, whatever the process does later."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    assert load({"data_dir": "x"}, {}).data_dir == tmp_path / "x"
    assert load({"data_dir": "~/x"}, {}).data_dir == tmp_path / "home" / "x"
    assert load({"data_dir": tmp_path}, {}).data_dir == tmp_path
