"""midspan.ingest.ids: 32 hex digits, from what the client sent or from the clock."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.ids import is_sent, new_id, pair_id

PART = st.text(max_size=8)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (None, False), ("", False), ("0", False), ("0" * 32, False), ("00000000-0000-0000-0000-000000000000", False),
        (" ", False), ("0a", True), ("trace_1", True), ("a" * 32, True), ("\x00", True),
    ],
)  # fmt: skip
def test_is_sent(text: str | None, sent: bool) -> None:
    """Null, empty and all-zero ids count as not sent."""
    assert is_sent(text) is sent


@given(st.lists(PART, min_size=4, max_size=4), st.lists(PART, min_size=4, max_size=4))
def test_pair_id_tells_pairs_apart(one: list[str], other: list[str]) -> None:
    """The same four parts make the same id; any other trace or span id makes another."""
    organization, environment = "o" * 32, "prod"
    first = pair_id(organization, environment, one[2], one[3])
    second = pair_id(organization, environment, other[2], other[3])
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert (first == second) == (one[2:] == other[2:])


def test_pair_id_belongs_to_its_environment() -> None:
    """The same client ids in another organization or environment are another span."""
    ids = {pair_id(org, env, "t", "s") for org in ("a" * 32, "b" * 32) for env in ("prod", "test")}
    assert len(ids) == 4
    assert pair_id("a", "prod", "t1", "2s") != pair_id("a", "prod", "t12", "s")


@given(st.integers(0, 2**48 * 1000 - 1_000), st.integers(1_000, 10**9))
def test_new_ids_sort_by_time(received_at: int, later: int) -> None:
    """A later id sorts after an earlier one, has the layout of UUID version 7, and is never made twice."""
    one, other = new_id(received_at), new_id(min(received_at + later, 2**48 * 1000 - 1))
    assert one != other
    assert one[:12] <= other[:12]
    assert re.fullmatch("[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}", one)
    assert int(one[:12], 16) == received_at // 1000
