"""The control data as a whole: first start, prices, upgrades, and changes that other processes make."""

import asyncio
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from midspan import settings
from midspan.control import control as control_module
from midspan.control import keys
from midspan.control.control import Control
from midspan.control.database import NEWEST, Database
from midspan.control.keys import Key, Wish
from midspan.control.organizations import Organization
from midspan.control.tables import METADATA
from midspan.domain.price import Override
from midspan.errors import Invalid, Misconfigured, NotFound, Unauthorized, Unavailable

CLI = [sys.executable, "-m", "midspan"]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control(tmp_path / "data")
    yield opened
    opened.close()


def read(**given: str) -> settings.Settings:
    return settings.load(given, {})


def price(model: str = "m", amount: str = "1", **given: object) -> Override:
    fields = {"id": "", "model": model, "input_price": Decimal(amount), "output_price": Decimal("2.50"), **given}
    return Override(**fields)  # type: ignore[arg-type]


async def until(condition: Callable[[], bool], seconds: float) -> float:
    """Wait for a condition; returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "it did not come"
        await asyncio.sleep(0.01)
    return time.monotonic() - start


def is_refused(control: Control, secret: str) -> bool:
    try:
        control.principals.find(secret.encode())
    except Unauthorized:
        return True
    return False


def test_the_first_start_makes_a_key_for_each_environment(control: Control) -> None:
    """One organization and two keys with all rights; the second start makes nothing."""
    made = control.bootstrap(read())

    assert [environment for environment, _ in made] == ["prod", "test"]
    for environment, secret in made:
        principal = control.principals.find(secret.encode())
        assert principal.environment == environment
        assert principal.rights == {"ingest", "read", "admin"}
    assert len(control.organizations.entries()) == 1
    assert control.bootstrap(read()) == []
    assert len(control.keys.entries()) == 2


def test_the_first_keys_can_be_given(control: Control) -> None:
    """For unattended starts, the settings name the secrets, whatever keys were made before."""
    control.keys.create(Wish(name="made before the first start"))

    given = {"bootstrap_api_key": "p" * 16, "bootstrap_test_api_key": "t" * 16}

    assert control.bootstrap(read(**given)) == [("prod", "p" * 16), ("test", "t" * 16)]
    assert control.principals.find(b"t" * 16).environment == "test"


def test_a_first_start_cut_short_is_made_again(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stops the first start between its two keys leaves none of them."""
    insert = keys.insert

    def fail_for_test(connection: sa.Connection, organization: Organization, wish: Wish, secret: str) -> Key:
        if wish.environment == "test":
            raise RuntimeError("cut")
        return insert(connection, organization, wish, secret)

    with monkeypatch.context() as patch:
        patch.setattr(keys, "insert", fail_for_test)
        with pytest.raises(RuntimeError, match="cut"):
            control.bootstrap(read())

    assert control.organizations.entries() == []
    assert len(control.bootstrap(read())) == 2
    assert len(control.keys.entries()) == 2


def test_a_bootstrap_key_that_comes_too_late_is_said(control: Control, caplog: pytest.LogCaptureFixture) -> None:
    """A key set after the first start makes nothing, and the log says so without showing it."""
    control.bootstrap(read(bootstrap_api_key="p" * 16))
    control.bootstrap(read(bootstrap_api_key="p" * 16))
    assert caplog.text == ""

    assert control.bootstrap(read(bootstrap_api_key="late" * 5)) == []

    assert "bootstrap key for prod is not used" in caplog.text
    assert "late" * 5 not in caplog.text
    assert is_refused(control, "late" * 5)


def test_the_watch_hears_of_a_key_revoked_by_another_process(control: Control) -> None:
    """Within a second of `midspan keys revoke`, the key opens nothing here."""
    key, secret = control.keys.create(Wish(name="ci"))
    _, other = control.keys.create(Wish(name="other"))
    assert not is_refused(control, secret)

    async def scenario() -> float:
        watch = asyncio.create_task(control.watch())
        revoke = [*CLI, "keys", "revoke", key.id, "--data-dir", str(control.database.path.parent)]
        await asyncio.to_thread(subprocess.run, revoke, check=True, capture_output=True)
        took = await until(lambda: is_refused(control, secret), 5)
        watch.cancel()
        return took

    assert asyncio.run(scenario()) < 1
    assert not is_refused(control, other)


def test_without_the_watch_a_remembered_key_lives_on(control: Control) -> None:
    """It is the watch that ends a key elsewhere: unwatched, memory still answers."""
    key, secret = control.keys.create(Wish(name="ci"))
    assert not is_refused(control, secret)
    elsewhere = Control(control.database.path.parent)
    elsewhere.keys.revoke(key.id)
    elsewhere.close()

    assert not is_refused(control, secret)
    control.poll()
    assert is_refused(control, secret)


def test_a_watch_that_cannot_look_lets_every_request_ask(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody can say whether a key was revoked, memory does not answer for it; the watch goes on."""
    _, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())
    monkeypatch.setattr(control_module, "POLL_SECONDS", 0.01)

    def away() -> int:
        raise Unavailable("away", retry_after=1)

    async def scenario() -> None:
        watch = asyncio.create_task(control.watch())
        with monkeypatch.context() as patch:
            patch.setattr(control.database, "revision", away)
            await until(lambda: control.principals.known(secret.encode()) is None, 5)
        control.principals.find(secret.encode())
        assert not watch.done()
        watch.cancel()

    asyncio.run(scenario())


def test_uses_are_written_down_once_a_minute(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poll stores the uses of keys when a minute has passed, and closing stores the rest."""
    _, secret = control.keys.create(Wish(name="ci"))
    control.principals.find(secret.encode())

    control.poll()
    assert control.keys.entries()[0].last_used_at is None
    monkeypatch.setattr(control_module, "USES_SECONDS", 0.0)
    control.poll()
    first = control.keys.entries()[0].last_used_at
    assert first is not None

    control.principals.find(secret.encode())
    directory = control.database.path.parent
    control.close()
    again = Control(directory)
    second = again.keys.entries()[0].last_used_at
    again.close()
    assert second is not None
    assert second > first


def test_the_loop_asks_for_a_new_key_on_another_thread(control: Control) -> None:
    """`Control.principal` answers from memory, and from the database where memory has nothing."""
    _, secret = control.keys.create(Wish(name="ci"))

    async def scenario() -> None:
        for _ in range(2):
            assert (await control.principal(secret.encode())).key_name == "ci"
        with pytest.raises(Unauthorized):
            await control.principal(b"x" * 20)

    asyncio.run(scenario())


def test_prices_come_back_digit_for_digit(control: Control) -> None:
    """Every field of an override is read as it was set, and only by its own organization."""
    acme = control.organizations.create("acme")
    override = price(
        "gpt-4o*",
        "0.1234567890123456789",
        provider="azure",
        cache_read_price=Decimal(0),
        cache_write_5m_price=Decimal("3.750"),
        valid_from=1,
        valid_to=2,
    )

    entry = control.prices.set(override, "acme")
    (found,) = control.prices.overrides(acme.id)

    assert found == Override(**{**{name: getattr(override, name) for name in PRICED}, "id": entry.override.id})
    assert str(found.cache_write_5m_price) == "3.750"
    assert control.prices.overrides("0" * 32) == ()


PRICED = Override.__struct_fields__


def test_prices_are_remembered_until_something_changes(control: Control) -> None:
    """Spans are priced from memory; a change made here counts at once, one made elsewhere after a poll."""
    organization = control.prices.set(price(amount="1")).organization_id
    first = control.prices.overrides(organization)
    assert control.prices.overrides(organization) is first

    control.prices.set(price(amount="2"))
    second = control.prices.overrides(organization)
    assert [override.input_price for override in second] == [2]

    elsewhere = Control(control.database.path.parent)
    elsewhere.prices.remove(second[0].id)
    elsewhere.close()
    assert control.prices.overrides(organization) is second
    control.poll()
    assert control.prices.overrides(organization) == ()


def test_prices_for_other_times_or_providers_stand_side_by_side(control: Control) -> None:
    """Only a price for the same model, provider and time is replaced."""
    for override in (price(), price(provider="azure"), price(valid_from=5), price(valid_from=5, valid_to=9)):
        control.prices.set(override)
        control.prices.set(override)

    assert len(control.prices.entries()) == 4


def test_a_price_that_cannot_be_is_refused(control: Control) -> None:
    """Negative, endless and missing values are named at once; nothing is stored."""
    wrong = price("", "-1", cache_read_price=Decimal("NaN"), valid_from=2, valid_to=2)

    with pytest.raises(Invalid) as refused:
        control.prices.set(wrong)

    assert set(refused.value.errors or ()) == {"model", "input_price", "cache_read_price", "valid_to"}
    assert control.prices.entries() == []


def test_a_price_is_removed_by_its_owner_only(control: Control) -> None:
    """An organization that is named cannot take another's price away."""
    control.organizations.create("acme")
    entry = control.prices.set(price(), "acme")
    control.organizations.create("other")

    with pytest.raises(NotFound):
        control.prices.remove(entry.override.id, "other")
    control.prices.remove(entry.override.id, "acme")
    with pytest.raises(NotFound):
        control.prices.remove(entry.override.id)


def test_an_organization_is_found_by_id_before_name(control: Control) -> None:
    """A name that mimics another organization's id does not shadow it."""
    first = control.organizations.create("first")
    control.organizations.create(first.id)

    key, _ = control.keys.create(Wish(name="ci"), first.id)

    assert key.organization_id == first.id
    with pytest.raises(Invalid, match="already"):
        control.organizations.create("first")
    with pytest.raises(NotFound):
        control.keys.create(Wish(name="ci"), "nobody")


def test_the_files_are_their_owners_alone(control: Control) -> None:
    """The directory that Midspan makes, the database and the files beside it can be read by nobody else."""
    control.keys.create(Wish(name="ci"))
    directory = control.database.path.parent

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    assert modes == {"control.db": 0o600, "control.db-wal": 0o600, "control.db-shm": 0o600}


def test_the_database_is_as_durable_as_the_spans(control: Control) -> None:
    """Every connection writes ahead, syncs each commit, and holds foreign keys."""
    with control.database.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_the_steps_make_the_tables_that_the_code_knows(control: Control) -> None:
    """Alembic finds no difference between a database made by the steps and `tables.py`, and ends at the same step."""
    with control.database.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == NEWEST
    config = Config()
    config.set_main_option("script_location", "midspan.control:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_a_step_cut_short_is_taken_again(tmp_path: Path) -> None:
    """A process that dies while it makes the tables leaves none of them, and the next one starts anew."""
    program = (
        "import os, sys; from pathlib import Path; import sqlalchemy as sa;"
        "from midspan.control.database import Database;"
        "sa.event.listen(sa.engine.Engine, 'before_cursor_execute',"
        " lambda c, u, s, *r: os._exit(9) if 'CREATE TABLE state' in s else None);"
        "Database(Path(sys.argv[1]))"
    )
    data = tmp_path / "data"
    cut = subprocess.run([sys.executable, "-c", program, str(data)], check=False)
    assert cut.returncode == 9

    database = Database(data)
    assert database.revision() == 0
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """The sentence names the file, and what SQLite says of it."""
    (tmp_path / "control.db").write_text("not a database, but long enough to look like one\n" * 100)

    with pytest.raises(Misconfigured, match=r"control\.db cannot be opened: file is not a database"):
        Control(tmp_path)


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """The sentence names the path and the reason."""
    (tmp_path / "file").touch()

    with pytest.raises(Misconfigured, match=r"cannot be created: Not a directory|cannot be created: File exists"):
        Control(tmp_path / "file")


def test_a_newer_schema_is_refused(control: Control) -> None:
    """An older Midspan does not touch what a newer one has written."""
    with control.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(Misconfigured, match="newer Midspan"):
        Control(control.database.path.parent)


def test_a_writer_waits_for_another(control: Control) -> None:
    """Two writers take turns; readers never wait; one that waits for too long is told to try again."""
    elsewhere = Database(control.database.path.parent)
    with elsewhere.write():
        assert control.keys.entries() == []
        with control.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 10")
        with pytest.raises(Unavailable) as refused:
            control.keys.create(Wish(name="ci"))
    elsewhere.close()

    assert "locked" in str(refused.value.__cause__)
    assert len(control.keys.create(Wish(name="ci"))) == 2
