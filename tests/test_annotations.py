"""Marks, deletions and scores through the store: durable before they are acknowledged, and there after a crash."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from midspan.domain.mark import Mark
from midspan.domain.score import Score
from midspan.domain.span import Span
from midspan.search.predicates import TENANT
from midspan.settings import load
from midspan.store import annotations, rows
from midspan.store.home import Home
from midspan.store.journal import ALONE_BYTES
from midspan.store.store import Store

OWNER = ("o", "prod")
OTHER = ("p", "prod")
START = 1_700_000_000_000_000
READ = f"SELECT id, input, note, is_pinned, positive_feedback, metadata FROM spans @final WHERE {TENANT} ORDER BY id"
SCORES = (
    "SELECT id, numerical_value, is_passed FROM scores FINAL WHERE organization_id = {organization_id:String} "
    "AND environment = {environment:String} ORDER BY id"
)


def span(place: int, text: str = "", **fields: Any) -> Span:
    """A span without client ids, unless it is told otherwise."""
    return Span(
        organization_id="o", environment="prod", id=f"{place:032x}", key_time=START + place, input=text, **fields
    )


def mark(place: int, **changes: Any) -> Mark:
    return Mark(id=f"{place:032x}", key_time=START + place, **changes)


def score(place: int, id_: str, **fields: Any) -> Score:
    return Score(organization_id="o", environment="prod", log_id=f"{place:032x}", id=id_ * 32, **fields)


class Opened:
    """A store on a directory. A crash leaves what the drain has not taken."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *steps: Any, drains: bool = True) -> list[Any]:
        """Open the store, take the steps in order, and close it. Without its drain it ends as when it is killed."""

        async def work() -> list[Any]:
            home = Home(self.root)
            store = Store.open(load({"data_dir": self.root}, {}), home)
            if not drains:
                store.drain.hurry()
            store.start()
            try:
                return [await each(store) for each in steps]
            finally:
                await asyncio.to_thread(store.close, 10 if drains else 0)
                home.close()

        return asyncio.run(work())


def sent(*spans: Span) -> Any:
    return lambda store: store.append(OWNER, [rows.row(each) for each in spans])


def read(sql: str = READ, tenant: tuple[str, str] = OWNER) -> Any:
    async def asked(store: Store) -> list[list[Any]]:
        return [list(json.loads(line).values()) for line in (await store.query(tenant, sql)).splitlines()]

    return asked


def annotate(what: str, items: Sequence[object], tenant: tuple[str, str] = OWNER) -> Any:
    return lambda store: getattr(store, what)(tenant, items)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    return Opened(tmp_path / "data")


def plain(place: int, text: str = "", note: str = "", pinned: bool = False, feedback: object = None) -> list[Any]:
    return [f"{place:032x}", text, note, pinned, feedback, {}]


def test_what_is_added_is_in_the_next_answer(opened: Opened) -> None:
    """Marks merge, deletions hide, scores change and go with their span; of another tenant's span nothing happens."""
    again = {"has_client_ids": True}
    found = opened.run(
        sent(span(1, "a", **again), span(2, "b"), span(3, "c")),
        annotate("mark", [mark(1, note="n", metadata={"k": "1"}), mark(2, is_pinned=True, positive_feedback=False)]),
        annotate("mark", [mark(1, metadata={"l": "2"}), mark(9, note="of nothing")]),
        annotate("mark", [mark(3, note="a stranger's")], OTHER),
        annotate("delete", [(f"{3:032x}", START + 3)], OTHER),
        annotate("score", [score(1, "a", numerical_value=0.5), score(2, "b", is_passed=True), score(2, "c")]),
        read(),
        sent(span(1, "a2", metadata={"k": "sent", "m": "3"}, **again)),
        annotate("score", [score(1, "a", numerical_value=0.75), score(2, "c", is_deleted=1)]),
        read(),
        read(SCORES),
        annotate("delete", [(f"{1:032x}", START + 1), (f"{9:032x}", START + 9)]),
        read(),
        read(SCORES),
        sent(span(1, "a3", **again)),
        read(),
        read(SCORES),
    )

    marked, others = (
        [f"{1:032x}", "a", "n", False, None, {"k": "1", "l": "2"}],
        [plain(2, "b", "", True, False), plain(3, "c")],
    )
    assert found[6] == [marked, *others]
    assert found[9] == [[f"{1:032x}", "a2", "n", False, None, {"k": "1", "l": "2", "m": "3"}], *others]
    assert found[10] == [["a" * 32, 0.75, None], ["b" * 32, None, True]]
    assert (found[12], found[13]) == (others, [["b" * 32, None, True]])
    assert (found[15], found[16]) == ([plain(1, "a3"), *others], [["b" * 32, None, True]])


def test_what_was_acknowledged_survives_a_crash(opened: Opened) -> None:
    """Acknowledged and not in the engine yet, marks, deletions and scores are there after the next start."""
    opened.run(sent(span(1, "a"), span(2, "b")), read())
    opened.run(
        annotate("mark", [mark(1, note="n", positive_feedback=True)]),
        annotate("delete", [(f"{2:032x}", START + 2)]),
        annotate("score", [score(1, "a", numerical_value=1.0)]),
        drains=False,
    )
    assert len(list((opened.root / "journal").glob("*.ndjson"))) == 1, "the engine has it already"

    found = opened.run(read(), read(SCORES))
    assert found == [[plain(1, "a", "n", feedback=True)], [["a" * 32, 1.0, None]]]
    assert opened.run(read(), read(SCORES)) == found


def test_a_damaged_line_is_set_aside(opened: Opened) -> None:
    """An annotation that cannot be read keeps nothing else of its segment from the engine."""
    opened.run(sent(span(1, "a")), read())
    opened.run(annotate("mark", [mark(1, note="n")]), drains=False)
    (path,) = (opened.root / "journal").glob("*.ndjson")
    line = path.read_bytes().rstrip(b"\n")
    path.write_bytes(
        line.replace(b'"changes"', b'"chances"') + b"\n" + line.replace(b"version", b"VERSION", 0) + b"\n\n"
    )

    assert opened.run(read()) == [[plain(1, "a", "n")]]
    assert len(list((opened.root / "rejected").iterdir())) == 1


def test_a_mark_waits_for_the_large_batch_before_it(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large batch is written beside the others; a mark that is sent meanwhile is put over its spans, not under."""
    large = [span(place, "x" * 1000, has_client_ids=True) for place in range(ALONE_BYTES // 1000 + 10)]

    async def both(store: Store) -> None:
        await store.append(OWNER, [rows.row(span(1, "old", has_client_ids=True))])
        batch = asyncio.ensure_future(store.append(OWNER, [rows.row(each) for each in large]))
        await asyncio.sleep(0)
        await store.mark(OWNER, [mark(1, note="n")])
        await batch

    of_one = READ.replace(" ORDER BY", f" AND id = '{1:032x}' ORDER BY")
    assert opened.run(both, read(of_one))[1] == [plain(1, "x" * 1000, "n")]


def test_lines_are_told_apart() -> None:
    """A line of another kind than a span begins with it, and reads back."""
    for line in (
        annotations.mark_line(OWNER, mark(1, note="n", positive_feedback=None)),
        annotations.delete_line(OWNER, "1" * 32, 1),
        annotations.score_line(OWNER, score(1, "a", numerical_value=0.5)),
    ):
        assert annotations.is_annotation(line)
        assert annotations.read(line + b"7}").version == 7
    assert not annotations.is_annotation(rows.line(span(1)))
