"""What a client is told when the engine does not answer."""

import logging
import re

from midspan.errors import BadRequest, Fault, Unavailable
from midspan.store.engine import FILE_CODES, MEMORY_LIMIT, TIMEOUT, EngineError

log = logging.getLogger("midspan.store")

_UNKNOWN_NAME = 47
_RESULT_LIMITS = frozenset({158, 307, 396})
_INNER_WORDS = re.compile(r"\.? \(in query:|[:.]? ?In scope |: while |\. Stack trace|: \(?While |\. \([A-Z_]+\)$")


def fault_of_sql(error: EngineError) -> Fault:
    """What a user is told whose SQL the engine refused."""
    if error.code in (TIMEOUT, MEMORY_LIMIT) or error.code in FILE_CODES:
        return fault(error)
    if error.code in _RESULT_LIMITS:
        return BadRequest(
            "The answer has more rows or bytes than this server allows. Lower `limit`, or name fewer columns.",
            code="query_result_limit",
        )
    said = re.sub(r"^Code: \d+\. DB::Exception: ", "", str(error))
    # What follows quotes the rewritten statement, which is not what the user wrote.
    said = _INNER_WORDS.split(said, maxsplit=1)[0]
    hint = " Texts stand in single quotes, names of columns in double ones." if error.code == _UNKNOWN_NAME else ""
    return BadRequest(f"The engine refuses the query: {said[:300].rstrip('. ')}.{hint}", code="bad_sql")


def fault(error: EngineError) -> Fault:
    """What a client is told whose question the engine did not answer."""
    if error.code == TIMEOUT:
        return BadRequest(
            "The query took longer than this server allows. Narrow the time window or the filters.",
            code="query_time_limit",
        )
    if error.code == MEMORY_LIMIT:
        return BadRequest(
            "The query needs more memory than this server allows. Narrow the time window, or ask for fewer fields.",
            code="query_memory_limit",
        )
    log.error("the engine failed: %s", error)
    return Unavailable("The store cannot answer now. Try again shortly.", code="engine_failed", retry_after=2)
