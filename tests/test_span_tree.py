"""The tree of a trace, for every shape that clients send."""

import json
import sys
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from midspan.search.span_tree import LEVELS_MAX, Shown, TreeRow, arrange, pieces


class Link(NamedTuple):
    """A span as the tree sees it."""

    id: str
    span_unique_id: str
    span_parent_id: str
    began: int


def spans_of(*edges: tuple[str, str]) -> list[Link]:
    """Spans (id, parent) that began one after the other."""
    return [Link(f"row {span}", span, parent, number) for number, (span, parent) in enumerate(edges)]


forests = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=12).flatmap(
    lambda chosen: st.permutations(
        [
            Link(f"row {i}", f"s{i}", "" if parent == 0 else f"s{parent}", began)
            for i, (parent, began) in enumerate(chosen)
        ]
    )
)


@given(forests)
@settings(max_examples=300)
def test_every_span_stands_once_and_below_its_parent(spans: list[Link]) -> None:
    """Whatever the order of arrival, the gaps and the circles: once each, parents first, flags true."""
    places = arrange(spans)
    position = {place.span: at for at, place in enumerate(places)}
    by_sent = {span.span_unique_id: i for i, span in enumerate(spans)}

    assert sorted(position) == list(range(len(spans)))
    for place in places:
        parent = by_sent.get(spans[place.span].span_parent_id)
        assert place.is_orphan == (parent is None and spans[place.span].span_parent_id != "")
        if place.parent is None:
            assert place.depth == 0
            assert place.is_cycle == (parent is not None)
        else:
            assert place.parent == parent
            assert position[place.parent] < position[place.span]
            assert place.depth == places[position[place.parent]].depth + 1
        if place.is_cycle:
            assert place.span in _circle(spans, by_sent, place.span)


def _circle(spans: list[Link], by_sent: dict[str, int], start: int) -> set[int]:
    """The spans on the way from `start` up to itself; empty when the way does not come back."""
    met, at = {start}, by_sent.get(spans[start].span_parent_id)
    while at is not None and at != start:
        if at in met:
            return set()
        met.add(at)
        at = by_sent.get(spans[at].span_parent_id)
    return met if at == start else set()


def test_siblings_stand_by_when_they_began() -> None:
    """Children are in the order of time, roots before orphans, however they arrived."""
    spans = [Link("3", "c", "a", 3), Link("0", "o", "gone", 0), Link("2", "b", "a", 2), Link("1", "a", "", 1)]
    assert [spans[place.span].span_unique_id for place in arrange(spans)] == ["a", "b", "c", "o"]


def test_a_circle_is_cut_at_its_earliest_span() -> None:
    """What hangs on a circle stays below it; a span that is its own parent is a circle, too."""
    spans = spans_of(("tail", "b"), ("a", "c"), ("b", "a"), ("c", "b"), ("self", "self"))
    places = arrange(spans)
    heads = [spans[place.span].span_unique_id for place in places if place.is_cycle]
    assert heads == ["a", "self"]
    assert [spans[place.span].span_unique_id for place in places] == ["a", "b", "tail", "c", "self"]


def test_a_parent_may_be_named_by_our_id() -> None:
    """A client that took the id of the stored parent for its child's parent id gets the child below it."""
    first, second = arrange([Link("row a", "a", "", 0), Link("row b", "b", "row a", 1)])
    assert (first.depth, second.depth, second.is_orphan) == (0, 1, False)


def rendered(spans: list[TreeRow], *, skeleton: bool = True) -> Any:
    shown = Shown("t", "o", "prod", skeleton, False, None)
    return json.loads(b"".join(pieces(spans, shown)))


def row(number: int, parent: str) -> TreeRow:
    return TreeRow(
        id=f"row {number}", span_unique_id=f"s{number}", span_parent_id=parent, span_name="n", span_workflow_name="",
        began=number, timestamp=number + 10, start_time=number, latency=None, log_type="span", model="", provider_id="",
        status="success", status_code=200, error_message="", prompt_tokens=None, completion_tokens=None,
        total_request_tokens=None, cost=None,
    )  # fmt: skip


def flat(nodes: list[Any], level: int = 0) -> list[tuple[str, int, int]]:
    """(span, depth, level) of every node."""
    found = []
    waiting = [(node, level) for node in reversed(nodes)]
    while waiting:
        node, at = waiting.pop()
        found.append((node["span_unique_id"], node["depth"], at))
        waiting.extend((child, at + 1) for child in reversed(node["children"]))
    return found


def test_a_chain_is_as_deep_as_a_reader_can_take() -> None:
    """Of a chain of 10,000 each span is there with its depth; below the last level they stand beside each other."""
    chain = [row(number, f"s{number - 1}" if number else "") for number in range(10_000)]
    limit = sys.getrecursionlimit()
    assert limit < 10_000
    assert flat(rendered(chain)) == [(f"s{number}", number, min(number, LEVELS_MAX - 1)) for number in range(10_000)]


def test_an_empty_tree_and_many_trees_are_json() -> None:
    """The brackets close, for none, one and several at the top."""
    assert rendered([]) == []
    assert len(rendered([row(1, "")])) == 1
    assert [node["span_unique_id"] for node in rendered([row(1, ""), row(2, "gone"), row(3, "s1")])] == ["s1", "s2"]


def test_a_tree_with_payloads_says_what_is_cut() -> None:
    """Previews stand where the whole is too long, and the flag says so; a span without payload is whole."""
    long = msgspec.structs.replace(row(1, ""), input_preview="Once upon …", input_bytes=5000)
    first, second = rendered([long, row(2, "")], skeleton=False)
    assert (first["input"], first["is_truncated"]) == ("Once upon …", True)
    assert (second["input"], second["is_truncated"]) == (None, False)
