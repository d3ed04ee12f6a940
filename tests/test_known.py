"""midspan.store.known: an id that was seen is never called new."""

import threading
from uuid import uuid4

import pytest

from midspan.store.known import Known


def ids(count: int) -> list[str]:
    return [uuid4().hex for _ in range(count)]


def test_what_was_added_is_a_maybe() -> None:
    """No id that was added is ever missed, however full the filter is."""
    known = Known(1000)
    known.ready = True
    added = ids(3000)
    known.add(added)

    assert known.maybe(added) == added
    assert known.is_full
    assert known.count == 3000


def test_what_is_new_is_surely_new_nearly_always() -> None:
    """A filter that is just full errs on fewer than one id in a hundred."""
    known = Known(20_000)
    known.ready = True
    known.add(ids(20_000))

    assert len(known.maybe(ids(20_000))) < 200
    assert known.maybe([]) == []


def test_every_id_is_a_maybe_until_it_is_ready() -> None:
    """Before the rebuild is done, nothing is called new."""
    known = Known()
    some = ids(3)
    assert known.maybe(some) == some
    known.ready = True
    assert known.maybe(some) == []
    known.restart(10)
    assert known.maybe(some) == some


def test_a_restart_between_question_and_answer_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that is emptied while somebody waits to ask does not call anything new."""
    known = Known()
    known.ready = True
    seen = ids(1)
    known.add(seen)
    answers: list[list[str]] = []
    with known._lock:
        asking = threading.Thread(target=lambda: answers.append(known.maybe(seen)))
        asking.start()
        known.ready = False
        known._clear(10)
    asking.join()

    assert answers == [seen]
