"""The spans of a segment that were seen before: where they lie, and from which version on they are replaced."""

import msgspec

from midspan.store.engine import Engine, Place
from midspan.store.known import Known
from midspan.store.segment import Segment


def find(segment: Segment, known: Known, engine: Engine) -> dict[str, Place]:
    """Id → place, for spans that the engine has or that the segment holds twice. Raises `EngineError`.

    The version of a place is the lowest from which on it is not settled yet which versions are superseded.
    """
    first = dict(reversed(segment.keys))
    twice = _twice(segment, first) if len(first) != len(segment.keys) else {}
    return twice | _stored(segment, list(first), known, engine)


def _twice(segment: Segment, first: dict[str, int]) -> dict[str, Place]:
    seen: set[str] = set()
    twice = {}
    for at, (id_, _) in enumerate(segment.keys):
        if id_ in seen:
            twice[id_] = Place(id_, *segment.owner(at), first[id_], segment.versions[0])
        seen.add(id_)
    return twice


def _stored(segment: Segment, ids: list[str], known: Known, engine: Engine) -> dict[str, Place]:
    maybe = known.maybe(ids)
    if not maybe:
        return {}
    path = segment.path.with_suffix(".ids")
    path.write_bytes(b"".join(b'{"id":"%s"}\n' % id_.encode() for id_ in maybe))
    try:
        places = engine.places(path)
    finally:
        path.unlink(missing_ok=True)
    # What was tried before may have left the engine knowing the newest version and nobody knowing what that replaced.
    lowest = 0 if segment.was_tried else segment.versions[0]
    return {id_: msgspec.structs.replace(place, version=min(place.version, lowest)) for id_, place in places.items()}
