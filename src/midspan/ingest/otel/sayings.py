"""What several attributes say of one input or output, and which of them holds.

The one highest in the table does, unless another says the same and more. What says no more than the one that holds is
dropped, what says something else is left over.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from midspan.ingest.otel.found import Held, Part
from midspan.ingest.otel.readers import from_json
from midspan.ingest.otel.turns import Message, conversation

_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


class Saying(NamedTuple):
    """One source of an input or output."""

    rank: int
    value: Any
    sent: Sequence[Held | Part]
    """The attributes that it was made of."""
    is_messages: bool = False


def settle(sayings: Sequence[Saying], speaker: str) -> tuple[Saying, list[Saying]]:
    """The one that holds, and those that are left over; the highest in the table comes first."""
    holder, *others = sayings
    left = []
    for other in others:
        if other.value == holder.value or _is_text_of(holder, other) or _is_text_of(other, holder):
            continue
        ours, theirs = _turns(holder, speaker), _turns(other, speaker)
        is_comparable = holder.is_messages or other.is_messages
        if ours is None or theirs is None or not is_comparable:
            left.append(other)
        elif _tells(ours, theirs):
            if other.is_messages and _tells(theirs, ours) and not isinstance(from_json(holder.value), str):
                holder = other
        elif _tells(theirs, ours):
            holder = other
        else:
            left.append(other)
    return holder, left


def _is_text_of(plain: Saying, other: Saying) -> bool:
    """Whether a text is the content of a single message that says nothing else."""
    if plain.is_messages or not other.is_messages or len(other.value) != 1:
        return False
    (turn,) = other.value
    return bool(turn.get("content") == plain.value and len(turn) <= 2)


def _turns(saying: Saying, speaker: str) -> list[Message] | None:
    """A source as messages. Respan sends OpenAI's answer as its text beside the calls."""
    if saying.is_messages:
        return saying.value if isinstance(saying.value, list) else None
    sent = from_json(saying.value)
    if isinstance(sent, dict) and "output_text" in sent and not sent.keys() - {"output_text", "tool_calls"}:
        sent = {"content": sent["output_text"]} | {name: sent[name] for name in sent if name != "output_text"}
    return conversation(sent, speaker)


def _tells(ours: list[Message], theirs: list[Message]) -> bool:
    """Whether the one conversation says all that the other does."""
    return len(ours) == len(theirs) and all(
        _gist(their).items() <= _gist(our).items() for our, their in zip(ours, theirs, strict=True)
    )


def _gist(turn: Message) -> dict[str, Any]:
    """What a message says, without what is empty; calls with their arguments read."""
    said = {key: value for key, value in turn.items() if value not in _EMPTY}
    if isinstance(calls := said.get("tool_calls"), list):
        said["tool_calls"] = [_call(call) for call in calls]
    return said


def _call(call: Any) -> Any:
    if isinstance(call, dict) and isinstance(function := call.get("function"), dict) and "arguments" in function:
        return call | {"function": function | {"arguments": from_json(function["arguments"])}}
    return call
