"""Patterns of users, in linear time: RE2 here and RE2 in the engine, so that both find the same."""

from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

PATTERN_MAX: Final = 1000
_MEMORY: Final = 1 << 20
"""An eighth of what the engine allows a pattern, so that whatever is accepted here is accepted there."""


def _options() -> Any:
    options = re2.Options()
    options.dot_nl = True  # as the engine's `match`
    options.log_errors = False
    options.max_mem = _MEMORY
    return options


_OPTIONS: Final = _options()


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search. Raises ValueError with what is wrong with it."""
    if len(pattern) > PATTERN_MAX:
        raise ValueError(f"longer than {PATTERN_MAX} characters")
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        (reason,) = error.args
        raise ValueError(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None


def engine_pattern(pattern: str) -> str:
    """The pattern as the engine gets it. Before it looks for a pattern the engine looks for the bytes that no match can
    do without, and takes the first bytes of `é` in `é?` for such; an alternative that never matches stops it.
    """
    return pattern if pattern.isascii() else rf"[^\x00-\x{{10ffff}}]|{pattern}"


@lru_cache(maxsize=2048)
def compiled_trusted(pattern: str) -> Any:
    """A pattern of ours, of any length."""
    return re2.compile(pattern, _OPTIONS)
