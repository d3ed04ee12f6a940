"""Doing again what the store cannot do just now: for work in the background, which nobody sends again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from midspan.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


async def insist(tries: int, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it, again after as long as the store asks for. Raises `Unavailable` where the last try was in vain, too."""
    for _ in range(tries - 1):
        try:
            return await work(*args, **kwargs)
        except Unavailable as fault:
            await asyncio.sleep(fault.retry_after or 1)
    return await work(*args, **kwargs)
