"""Positions: what a follower has, also where a large batch was overtaken."""

import asyncio
from pathlib import Path

import pytest

from midspan.domain.span import Span
from midspan.errors import BadRequest
from midspan.settings import load
from midspan.store.home import Home
from midspan.store.position import Position
from midspan.store.rows import Row, row
from midspan.store.segment import LINES_MAX, Tenant
from midspan.store.store import Store

TENANT = ("o" * 32, "prod")


def span(name: str, size: int = 1) -> Row:
    return row(Span(organization_id=TENANT[0], environment=TENANT[1], key_time=1, id=f"{name:0>32}", input="x" * size))


def held(position: Position, version: int) -> bool:
    """Whether a follower at the position has the row of this version."""
    return not any(low <= version and (high is None or version < high) for low, high in position.ranges())


@pytest.mark.parametrize("text", ["", "-1", "1-", "a", "1--2", "1" * 21, str(1 << 64), "1-" + "9" * 20, "\u0661"])
def test_what_is_no_position_is_refused(text: str) -> None:
    """A text that no event bore is a bad request that says what to do."""
    with pytest.raises(BadRequest, match="connect without it"):
        Position.read(text, "Last-Event-ID")


def test_a_position_reads_back() -> None:
    """What is written is read again, with every gap."""
    position = Position(7 * LINES_MAX + 3, (5 * LINES_MAX + 2, 6 * LINES_MAX))

    assert Position.read(position.text(), "id") == position
    assert held(position, 5 * LINES_MAX + 1)
    assert not held(position, 5 * LINES_MAX + 2)
    assert not held(position, 6 * LINES_MAX + 9)
    assert held(position, 7 * LINES_MAX + 3)
    assert held(position.after(5 * LINES_MAX + 2), 5 * LINES_MAX + 2)
    assert not held(position.after(5 * LINES_MAX + 2), 5 * LINES_MAX + 3)


def test_positions_tell_exactly_what_was_told(tmp_path: Path) -> None:
    """Whenever a follower stops, its position holds the rows that it was told of and no other, large batches too."""
    told: list[tuple[Position, int]] = []

    def watcher(_tenant: Tenant, before: Position, version: int, rows: object) -> None:
        assert isinstance(rows, list)
        for number in range(len(rows)):
            before = before.after(version + number)
            told.append((before, version + number))

    async def write() -> None:
        store.start()
        store.watch(watcher)
        large = [span(f"a{n}", 5 << 20) for n in range(2)]
        small = [store.append(TENANT, [span(f"{n}")]) for n in range(50)]
        await asyncio.gather(*small[:10], store.append(TENANT, large), *small[10:], store.append(TENANT, large))
        await store.append(TENANT, [span("f")])
        assert store.position(TENANT) == Position(max(version for _, version in told))

    with Home(tmp_path / "data") as home:
        store = Store.open(load({"data_dir": tmp_path / "data"}, {}), home)
        try:
            asyncio.run(write())
        finally:
            store.close(10)

    versions = [version for _, version in told]
    assert len(versions) == 55
    assert versions != sorted(versions)  # the large ones were overtaken
    for count, (position, _) in enumerate(told, 1):
        assert [held(position, version) for version in versions] == [True] * count + [False] * (55 - count)
