"""Rates per key: what passes, what waits and for how long, and whom it concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.domain.principal import RIGHTS, Principal
from midspan.errors import TooMany
from midspan.http import limits as module
from midspan.http.limits import Limits


def principal(key: str = "k", *, requests: float | None = None, spans: float | None = None) -> Principal:
    return Principal(
        organization_id="0" * 32,
        organization_name="Default",
        environment="prod",
        key_id=key,
        key_name=key,
        rights=frozenset(RIGHTS),
        requests_per_second=requests,
        spans_per_second=spans,
    )


def wait(limits: Limits, who: Principal, *, requests: int = 0, spans: int = 0, now: float = 0.0) -> int:
    """Seconds to wait; 0 where it passes."""
    try:
        limits.take(who, requests=requests, spans=spans, now=now)
    except TooMany as refused:
        return refused.retry_after or -1
    return 0


def test_a_key_without_limits_leaves_no_trace() -> None:
    """Limits are off by default, and cost neither time nor memory."""
    limits = Limits()
    for _ in range(1000):
        limits.take(principal(), requests=1, spans=1000)

    assert limits._requests._levels == limits._spans._levels == {}


def test_a_second_s_worth_passes_at_once_and_then_the_rate() -> None:
    """A rate of 3 lets 3 pass together, then one every third of a second."""
    limits, who = Limits(), principal(requests=3)

    assert [wait(limits, who, requests=1, now=0) for _ in range(4)] == [0, 0, 0, 1]
    assert wait(limits, who, requests=1, now=0.33) == 1
    assert wait(limits, who, requests=1, now=0.34) == 0
    assert [wait(limits, who, requests=1, now=100) for _ in range(4)] == [0, 0, 0, 1]


def test_a_rate_below_one_lets_single_requests_pass() -> None:
    """One request in ten seconds: the first passes, the next is told to wait for the ten."""
    limits, who = Limits(), principal(requests=0.1)

    assert wait(limits, who, requests=1, now=0) == 0
    assert wait(limits, who, requests=1, now=0.5) == 10
    assert wait(limits, who, requests=1, now=9) == 1
    assert wait(limits, who, requests=1, now=10) == 0


def test_a_batch_larger_than_the_rate_passes_and_is_paid_for() -> None:
    """500 spans at 100 a second pass when nothing is owed; what follows waits until they are paid."""
    limits, who = Limits(), principal(spans=100)

    assert wait(limits, who, spans=500, now=0) == 0
    assert wait(limits, who, spans=1, now=0) == 5
    assert wait(limits, who, spans=1, now=4) == 1
    assert wait(limits, who, spans=1, now=4.1) == 0
    assert wait(limits, who, spans=500, now=4.2) == 1
    assert wait(limits, who, spans=500, now=5.1) == 0


def test_the_wait_that_is_told_is_enough() -> None:
    """Who comes back after Retry-After passes."""
    limits, who = Limits(), principal(requests=0.3, spans=7)
    wait(limits, who, requests=1, spans=20, now=0)
    now = 0
    for spans in (1, 100, 7, 3, 20):
        told = wait(limits, who, requests=1, spans=spans, now=now)
        assert told > 0
        now += told
        assert wait(limits, who, requests=1, spans=spans, now=now) == 0


def test_requests_and_spans_are_taken_together_or_not_at_all() -> None:
    """A request refused for its spans costs no request, and the other way round."""
    limits, who = Limits(), principal(requests=1, spans=10)
    assert wait(limits, who, spans=20, now=0) == 0

    assert wait(limits, who, requests=1, spans=1, now=0) == 2
    assert wait(limits, who, requests=1, now=0) == 0
    assert wait(limits, who, requests=1, now=0) == 1


def test_reading_goes_on_while_spans_are_owed() -> None:
    """A debt of spans does not hold back requests that bring none."""
    limits, who = Limits(), principal(spans=1)
    wait(limits, who, spans=1000, now=0)

    assert wait(limits, who, requests=1, now=0) == 0


def test_other_keys_are_undisturbed() -> None:
    """One key's excess is its own."""
    limits = Limits()
    for _ in range(100):
        wait(limits, principal("loud", requests=1), requests=1, now=0)

    assert wait(limits, principal("quiet", requests=1), requests=1, now=0) == 0


def test_a_rate_that_changes_holds_at_once() -> None:
    """A key whose rate is raised, lowered or lifted is measured by the new one."""
    limits = Limits()
    assert wait(limits, principal(requests=100), requests=100, now=0) == 0
    assert wait(limits, principal(requests=1), requests=1, now=1) == 0
    assert wait(limits, principal(requests=1), requests=1, now=1) == 1
    assert wait(limits, principal(requests=None), requests=1, now=1) == 0


def test_a_refusal_has_the_documented_body() -> None:
    """429 with Retry-After in whole seconds, in the header and in the body."""
    limits, who = Limits(), principal(requests=1)
    limits.take(who, requests=1, now=0)

    with pytest.raises(TooMany, match=r"1 requests a second\. Try again in 1 s") as refused:
        limits.take(who, requests=1, now=0)

    assert refused.value.status == 429
    assert refused.value.headers == {"Retry-After": "1"}
    assert b'"retry_after":1' in refused.value.body()


def test_a_clock_that_stands_still_gives_nothing_away() -> None:
    """Time that repeats or steps back refills no bucket, and breaks none."""
    limits, who = Limits(), principal(requests=1)
    assert wait(limits, who, requests=1, now=10) == 0
    assert wait(limits, who, requests=1, now=5) == 1
    assert wait(limits, who, requests=1, now=11) == 0


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that has been quiet for longest is forgotten first."""
    monkeypatch.setattr(module, "BUCKETS_MAX", 3)
    limits = Limits()
    for key in ("a", "b", "c", "b", "d"):
        wait(limits, principal(key, requests=2), requests=1, now=0)

    assert list(limits._requests._levels) == ["c", "b", "d"]


@given(
    rate=st.floats(0.1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 2000)), min_size=1, max_size=50),
)
def test_no_pattern_of_calls_beats_the_rate(rate: float, steps: list[tuple[float, int]]) -> None:
    """What passes before the last call is never more than one burst and the time's worth."""
    limits, who, now, passed = Limits(), principal(spans=rate), 0.0, 0
    for pause, spans in steps:
        now += pause
        before = passed
        if wait(limits, who, spans=spans, now=now) == 0:
            passed += spans
            assert before <= max(1.0, rate) + rate * now + 1e-6
