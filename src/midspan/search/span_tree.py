"""The tree of a trace: which span stands below which, whatever came late, twice, wrongly or never.

Every span stands in the tree exactly once, and after its parent. A span whose parent never came stands at the top and
says so. Where parents form a circle, the earliest span of the circle stands at the top and says so. Nothing here
recurses: a chain may be as long as the trace.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import msgspec

from midspan.search.moments import moment

LEVELS_MAX = 60
"""Levels of `children` within each other. Common readers of JSON take 128, and each level is two."""

PIECE_BYTES = 1 << 18


class Link(Protocol):
    """What the tree is made from. `began` is in microseconds."""

    @property
    def id(self) -> str: ...
    @property
    def span_unique_id(self) -> str: ...
    @property
    def span_parent_id(self) -> str: ...
    @property
    def began(self) -> int: ...


class Place(NamedTuple):
    """Where a span stands. `span` and `parent` count in the given sequence."""

    span: int
    depth: int
    parent: int | None
    is_orphan: bool
    is_cycle: bool


def arrange(spans: Sequence[Link]) -> list[Place]:
    """A place for each span, parents before their children, children by when they began."""
    order = list(range(len(spans)))
    # They come in order. Pairs for all of them at once would have the garbage collector go through everything again.
    if any((one.began, one.id) > (other.began, other.id) for one, other in pairwise(spans)):
        order.sort(key=lambda i: (spans[i].began, spans[i].id))
    parents = _parents(spans, order)
    children: dict[int, list[int]] = {}
    for i in order:
        parent = parents[i]
        if parent is not None:
            children.setdefault(parent, []).append(i)
    heads = _heads(spans, order, parents)
    places: list[Place] = []
    seen = set(heads)
    for head in heads:
        is_cycle = parents[head] is not None
        is_orphan = parents[head] is None and spans[head].span_parent_id != ""
        waiting: list[tuple[int, int, int | None, bool, bool]] = [(head, 0, None, is_orphan, is_cycle)]
        while waiting:
            place = Place(*waiting.pop())
            places.append(place)
            for child in reversed(children.get(place.span, ())):
                if child not in seen:
                    seen.add(child)
                    waiting.append((child, place.depth + 1, place.span, False, False))
    return places


def _parents(spans: Sequence[Link], order: Sequence[int]) -> list[int | None]:
    """For each span, which one is its parent: by its sender's id, else by ours."""
    by_sent: dict[str, int] = {}
    by_id: dict[str, int] = {}
    for i in order:
        by_sent.setdefault(spans[i].span_unique_id, i)
        by_id.setdefault(spans[i].id, i)
    found: list[int | None] = []
    for span in spans:
        wanted = span.span_parent_id
        found.append(by_sent.get(wanted, by_id.get(wanted)) if wanted else None)
    return found


def _heads(spans: Sequence[Link], order: Sequence[int], parents: Sequence[int | None]) -> list[int]:
    """What stands at the top: roots, then orphans and the earliest span of each circle; each by when it began."""
    rank = {i: position for position, i in enumerate(order)}
    roots = [i for i in order if not spans[i].span_parent_id]
    others = [i for i in order if parents[i] is None and spans[i].span_parent_id]
    state: dict[int, int] = {}  # the walk in which a span was met
    for start in order:
        walk: list[int] = []
        at: int | None = start
        while at is not None and at not in state:
            state[at] = start
            walk.append(at)
            at = parents[at]
        if at is not None and state[at] == start:  # the walk met itself
            circle = walk[walk.index(at) :]
            others.append(min(circle, key=rank.__getitem__))
    return roots + sorted(others, key=rank.__getitem__)


class TreeRow(msgspec.Struct, array_like=True, gc=False):
    """A span of a tree as the engine gives it, a list of values in this order. Times are microseconds since 1970."""

    id: str
    span_unique_id: str
    span_parent_id: str
    span_name: str
    span_workflow_name: str
    began: int
    timestamp: int
    start_time: int | None
    latency: float | None
    log_type: str
    model: str
    provider_id: str
    status: str
    status_code: int
    error_message: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_request_tokens: int | None
    cost: Decimal | None
    customer_identifier: str = ""
    thread_identifier: str = ""
    session_identifier: str = ""
    organization_key_id: str = ""
    metadata: dict[str, str] = {}
    input_preview: str = ""
    output_preview: str = ""
    input_bytes: int = 0
    output_bytes: int = 0


class TreeNode(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """A span of a trace's tree. In a skeleton what has no value, or is false, is not there."""

    id: str
    unique_id: str | msgspec.UnsetType = msgspec.UNSET
    span_unique_id: str
    span_parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    trace_unique_id: str | msgspec.UnsetType = msgspec.UNSET
    span_name: str | msgspec.UnsetType | None = msgspec.UNSET
    span_workflow_name: str | msgspec.UnsetType | None = msgspec.UNSET
    log_type: str
    model: str | msgspec.UnsetType | None = msgspec.UNSET
    provider_id: str | msgspec.UnsetType | None = msgspec.UNSET
    status: str
    status_code: int
    error_message: str | msgspec.UnsetType | None = msgspec.UNSET
    timestamp: str
    start_time: str | msgspec.UnsetType | None = msgspec.UNSET
    end_time: str | msgspec.UnsetType = msgspec.UNSET
    latency: float | msgspec.UnsetType | None = msgspec.UNSET
    prompt_tokens: int | msgspec.UnsetType | None = msgspec.UNSET
    completion_tokens: int | msgspec.UnsetType | None = msgspec.UNSET
    total_request_tokens: int | msgspec.UnsetType | None = msgspec.UNSET
    cost: Decimal | msgspec.UnsetType | None = msgspec.UNSET
    depth: int
    """0 at the top."""
    is_orphan: bool | msgspec.UnsetType = msgspec.UNSET
    """Its parent is not among the trace's spans."""
    is_cycle: bool | msgspec.UnsetType = msgspec.UNSET
    """Its parents lead back to itself; the circle is cut above it."""
    is_outside_parent: bool | msgspec.UnsetType = msgspec.UNSET
    """It begins before its parent or ends after it, as where clocks differ. Times are as sent."""
    organization_id: str | msgspec.UnsetType = msgspec.UNSET
    organization_key_id: str | msgspec.UnsetType | None = msgspec.UNSET
    environment: str | msgspec.UnsetType = msgspec.UNSET
    customer_identifier: str | msgspec.UnsetType | None = msgspec.UNSET
    thread_identifier: str | msgspec.UnsetType | None = msgspec.UNSET
    session_identifier: str | msgspec.UnsetType | None = msgspec.UNSET
    input: str | msgspec.UnsetType | None = msgspec.UNSET
    output: str | msgspec.UnsetType | None = msgspec.UNSET
    is_truncated: bool | msgspec.UnsetType = msgspec.UNSET
    """`input` and `output` are previews; the span's own route has them whole."""
    metadata: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    span_links: str | msgspec.UnsetType | None = msgspec.UNSET
    storage_object_key: str | msgspec.UnsetType | None = msgspec.UNSET
    children: list[dict[str, Any]]
    """More of these, by when they began."""


MADE = {
    "began": "toUnixTimestamp64Micro(ifNull(spans.start_time, spans.timestamp))",
    "timestamp": "toUnixTimestamp64Micro(spans.timestamp)",
    "start_time": "toUnixTimestamp64Micro(spans.start_time)",
    "input_bytes": "length(input)",
    "output_bytes": "length(output)",
}
FORM = "JSONCompactEachRow"
"""The engine's format of `TreeRow`s: without names it is half as long, and read in half the time."""


def columns(*, skeleton: bool, sizes: bool) -> str:
    """The SELECT list that gives `TreeRow`s in the format `FORM`, `sizes` with the lengths of inputs and outputs."""
    names = list(TreeRow.__struct_fields__)
    last = "cost" if skeleton else "output_bytes" if sizes else "output_preview"
    wanted = names[: names.index(last) + 1]
    return ", ".join(f"{MADE[name]} AS {name}" if name in MADE else name for name in wanted)


_encoder = msgspec.json.Encoder(decimal_format="number")
_NO_CHILDREN = b"]}"


class Shown(NamedTuple):
    """What the nodes of a tree show beside its spans."""

    trace: str
    organization: str
    environment: str
    skeleton: bool
    is_public: bool
    payloads: dict[str, tuple[str, str]] | None
    """Whole inputs and outputs by id; None where previews stand for them."""


def pieces(spans: Sequence[TreeRow], shown: Shown) -> Iterator[bytes]:
    """The tree as JSON, a list, in pieces of about `PIECE_BYTES`: it never stands in memory as a whole."""
    waiting = [b"["]
    size = 0
    level = -1
    for place in arrange(spans):
        here = min(place.depth, LEVELS_MAX - 1)
        if here <= level:
            waiting.append(_NO_CHILDREN * (level - here + 1) + b",")
        level = here
        parent = None if place.parent is None else spans[place.parent]
        node = _encoder.encode(_node(spans[place.span], parent, place, shown))[: -len(_NO_CHILDREN)]
        waiting.append(node)
        size += len(node)
        if size > PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    waiting.append(_NO_CHILDREN * (level + 1) + b"]")
    yield b"".join(waiting)


def _node(span: TreeRow, parent: TreeRow | None, place: Place, shown: Shown) -> TreeNode:
    none = msgspec.UNSET if shown.skeleton else None
    node = TreeNode(
        id=span.id,
        span_unique_id=span.span_unique_id,
        span_parent_id=span.span_parent_id or none,
        span_name=span.span_name or none,
        span_workflow_name=span.span_workflow_name or none,
        log_type=span.log_type,
        model=span.model or none,
        provider_id=span.provider_id or none,
        status=span.status,
        status_code=span.status_code,
        error_message=span.error_message or none,
        timestamp=moment(span.timestamp),
        start_time=none if span.start_time is None else moment(span.start_time),
        latency=none if span.latency is None else span.latency,
        prompt_tokens=none if span.prompt_tokens is None else span.prompt_tokens,
        completion_tokens=none if span.completion_tokens is None else span.completion_tokens,
        total_request_tokens=none if span.total_request_tokens is None else span.total_request_tokens,
        cost=none if span.cost is None else span.cost.normalize(),
        depth=place.depth,
        children=[],
    )
    is_outside_parent = parent is not None and (span.began < parent.began or span.timestamp > parent.timestamp)
    if not shown.skeleton or place.is_orphan or place.is_cycle or is_outside_parent:
        node.is_orphan, node.is_cycle, node.is_outside_parent = place.is_orphan, place.is_cycle, is_outside_parent
    if not shown.skeleton:
        _fill(node, span, shown)
    return node


def _fill(node: TreeNode, span: TreeRow, shown: Shown) -> None:
    """Everything that a skeleton leaves out."""
    node.unique_id, node.trace_unique_id, node.end_time = span.id, shown.trace, node.timestamp
    node.organization_id = shown.organization
    node.organization_key_id = None if shown.is_public else span.organization_key_id or None
    node.environment = shown.environment
    node.customer_identifier = span.customer_identifier or None
    node.thread_identifier = span.thread_identifier or None
    node.session_identifier = span.session_identifier or None
    node.metadata = {key: value for key, value in span.metadata.items() if not key.startswith("_")}
    node.span_links = None
    node.storage_object_key = None
    # A span that came between the two questions has no payload yet.
    whole = None if shown.payloads is None else shown.payloads.get(span.id)
    node.input, node.output = (span.input_preview or None, span.output_preview or None)
    if whole is not None:
        node.input, node.output = whole[0] or None, whole[1] or None
    node.is_truncated = whole is None and bool(span.input_preview or span.output_preview)
