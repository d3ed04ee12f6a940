"""One span of one SDK and the fields that it means: what the cases of test_semantics.py are made of."""

from typing import Any, NamedTuple

TRACE, SPAN, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
START, END = 1_790_000_000_000_000_000, 1_790_000_001_250_000_000
HI = {"role": "user", "content": "Hi"}
BRIEF = {"role": "system", "content": "Be brief."}
HELLO = {"role": "assistant", "content": "Hello!"}
CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":1}'}}
USAGE = {"prompt_tokens": 12, "completion_tokens": 3}
CACHED = {"prompt_tokens_details": {"cached_tokens": 4}}


class Case(NamedTuple):
    """One span of one SDK."""

    name: str
    """The span's name; the SDK's and the operation's for the test."""
    attributes: dict[str, Any]
    fields: dict[str, Any]
    """Every field that it means, but ids and times."""
    left: dict[str, Any] = {}  # noqa: RUF012
    """What stays in `properties`."""
    kind: int = 1
