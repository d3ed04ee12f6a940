"""The budget of bodies in flight: room is waited for in line, and none is lost, whatever ends the wait."""

import asyncio
import time

import pytest

from midspan.errors import Unavailable
from midspan.http import bodies
from midspan.http.bodies import Budget


def test_room_is_given_in_line() -> None:
    """Whoever came first gets room first, and a small one does not overtake a large one."""

    async def scene() -> None:
        budget = Budget(10)
        await budget.take(8)
        order: list[int] = []

        async def enter(amount: int) -> None:
            await budget.take(amount)
            order.append(amount)

        waiting = [asyncio.create_task(enter(amount)) for amount in (9, 1, 2)]
        await asyncio.sleep(0)
        assert order == []
        budget.give(8)
        await asyncio.wait(waiting[:2], timeout=5)
        assert (order, budget.used) == ([9, 1], 10)
        budget.give(9)
        await asyncio.wait(waiting, timeout=5)
        assert (order, budget.used) == ([9, 1, 2], 3)

    asyncio.run(scene())


def test_no_room_is_lost_when_patience_ends_just_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that comes in the moment in which patience ends is taken, not lost."""
    monkeypatch.setattr(bodies, "WAIT_SECONDS", 0.02)

    async def scene() -> None:
        budget = Budget(10)
        await budget.take(10)
        waiter = asyncio.create_task(budget.take(4))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.01, budget.give, 10)
        time.sleep(0.05)  # noqa: ASYNC251 - both moments pass while the loop is busy
        await waiter
        assert budget.used == 4

    asyncio.run(scene())


def test_those_who_lose_patience_hold_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to come again leaves the line, and the next in it may enter."""
    monkeypatch.setattr(bodies, "WAIT_SECONDS", 0.01)

    async def scene() -> None:
        budget = Budget(10)
        await budget.take(5)
        with pytest.raises(Unavailable):
            await budget.take(9)
        await budget.take(5)
        assert budget.used == 10

    asyncio.run(scene())


@pytest.mark.parametrize("steps", range(4))
def test_no_room_is_lost_when_the_waiter_is_cancelled(steps: int) -> None:
    """A request that is cancelled gives its room back, also when it had just been given."""

    async def scene() -> None:
        budget = Budget(10)
        await budget.take(10)
        waiter = asyncio.create_task(budget.take(5))
        await asyncio.sleep(0)
        if steps & 1:
            budget.give(10)
        if steps & 2:
            await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait([waiter])
        if not steps & 1:
            budget.give(10)
        assert budget.used == (5 if not waiter.cancelled() else 0)

    asyncio.run(scene())
