"""What went into a span and what came out, from its attributes and events: messages, texts, documents, vectors, tools.

Several attributes may say it. The one highest in the table holds; another that says the same is dropped, and one that
says something else is left over.
"""

from collections.abc import Iterable
from typing import Any, Final

from midspan.ingest.otel.conventions import MESSAGE_EVENTS
from midspan.ingest.otel.exported import Event
from midspan.ingest.otel.found import Found, Held, Part
from midspan.ingest.otel.readers import from_json
from midspan.ingest.otel.sayings import Saying, settle
from midspan.ingest.otel.turns import Message, conversation, folded, message, nested, tool_call, with_system

Values = dict[str, Any]

EVENTS_RANK: Final = 1_000_000
"""Events stand below every attribute."""

_SPOKEN: Final[tuple[str, ...]] = ("output:text", "output:tool_calls", "output:reasoning")
_EXCHANGE: Final = (("input", "input.value", "full_request"), ("output", "output.value", "full_response"))
"""What OpenInference sends beside the messages is the request and the response, as they went over the wire."""
_ENVELOPE: Final = frozenset(("event.name", "gen_ai.system", "gen_ai.provider.name", "gen_ai.message.index", "index"))
"""What an event says beside its message."""


def take_payload(found: Found, events: list[Event], log_type: str, values: Values) -> list[Event]:
    """Fill input, output, tools and vectors. Answers the events that are left over."""
    spoken = _Spoken(found, events)
    for side, name, whole in _EXCHANGE:
        sayings = _sayings(found, side, spoken)
        if sayings:
            holder = _choose(found, side, sayings, spoken, values)
            exchange = found.rest.get(name)
            is_call = holder.is_messages or log_type == "embedding"
            if is_call and isinstance(read := from_json(exchange), dict) and whole not in found.held:
                values[whole] = read
                del found.rest[name]
    _take_request(found, values, log_type)
    _take_system(found, values)
    if log_type == "embedding":
        _as_texts(values)
    if values.get("output") is not None:
        _settle_output(values, log_type)
    _take_tools(found, values)
    _take_vectors(found, values, log_type)
    return spoken.rest()


class _Spoken:
    """The messages that events are, those of Logfire's lists of events among them."""

    def __init__(self, found: Found, events: list[Event]) -> None:
        self.events = events
        self.messages: dict[str, list[Message]] = {"input": [], "output": []}
        self.recorded: dict[str, list[Message]] = {"input": [], "output": []}
        self.recording = found.held.pop("events", None)
        self.lost: set[str] = set()
        """Sides whose messages another source says otherwise."""
        for event in events:
            if (speaker := MESSAGE_EVENTS.get(event.name)) and event.attributes:
                self.messages[_side(speaker)] += _heard(speaker, event.attributes)
        if self.recording is not None:
            for one in self.recording.value:
                speaker = MESSAGE_EVENTS.get(one["event.name"], "user")
                self.recorded[_side(speaker)] += _heard(speaker, one)
            if not self.recorded["output"] and not _is_answered(found):
                self.recorded = _parted(self.recorded["input"])

    def rest(self) -> list[Event]:
        """The events without what became messages."""
        return [
            Event(
                event.name, event.time, {name: value for name, value in event.attributes.items() if name in _ENVELOPE}
            )
            if (speaker := MESSAGE_EVENTS.get(event.name)) and _side(speaker) not in self.lost
            else event
            for event in self.events
        ]


def _side(speaker: str) -> str:
    return "output" if speaker == "choice" else "input"


def _heard(speaker: str, attributes: dict[str, Any]) -> list[Message]:
    return event_messages(attributes, "assistant" if speaker == "choice" else speaker)


def _is_answered(found: Found) -> bool:
    return any(slot.startswith("output") for slot in (*found.held, *(slot for _, slot in found.parts)))


def _parted(turns: list[Message]) -> dict[str, list[Message]]:
    """A conversation whose answer stands at its end, each part of it as a message."""
    start = len(turns)
    while start and _is_spoken(turns[start - 1]):
        start -= 1
    answer = turns[start:]
    if len(answer) > 1:
        said = [turn["content"] for turn in answer if turn.get("content")]
        calls = [call for turn in answer for call in turn.get("tool_calls", ())]
        answer = [{"role": "assistant", "content": "\n".join(said) or None} | ({"tool_calls": calls} if calls else {})]
    return {"input": turns[:start], "output": answer}


def _is_spoken(turn: Message) -> bool:
    """Whether the assistant says a text, or calls tools, and nothing else."""
    return (
        turn.get("role") == "assistant"
        and turn.keys() <= {"role", "content", "tool_calls"}
        and isinstance(turn.get("content"), str | None)
        and isinstance(turn.get("tool_calls", []), list)
    )


def has_messages(found: Found, events: Iterable[Event]) -> bool:
    """Whether anything is said as messages."""
    return (
        "input:messages" in found.held
        or ("output:messages" in found.held and conversation(found.held["output:messages"].value, "") is not None)
        or any(slot.endswith(":messages") for _, slot in found.parts)
        or any(event.name in MESSAGE_EVENTS for event in events)
    )


_SIDES: Final = {side: (side, f"{side}:messages", f"{side}:texts", f"{side}:documents") for side in ("input", "output")}


def _sayings(found: Found, side: str, spoken: _Spoken) -> list[Saying]:
    """Every source, the first in the table first."""
    sayings: list[Saying] = []
    held, speaker = found.held, "user" if side == "input" else "assistant"
    if not held.keys().isdisjoint(_SIDES[side]):
        sayings = [_saying(slot, found, speaker) for slot in _SIDES[side] if slot in held]
    if side == "output" and not held.keys().isdisjoint(_SPOKEN):
        sayings.append(_said({slot: held.pop(slot) for slot in _SPOKEN if slot in held}))
    if found.parts:
        keys = [key for key in found.parts if key[1] in _SIDES[side]]
        for key in keys:
            parts = found.parts.pop(key)
            if not (side == "output" and _add_calls(sayings, parts)):
                sayings.append(_joined(key, parts, speaker))
    if (record := spoken.recording) is not None and spoken.recorded[side]:
        sayings.append(Saying(record.rank, spoken.recorded[side], (record,), True))
    if spoken.messages[side]:
        sayings.append(Saying(EVENTS_RANK, spoken.messages[side], (), True))
    if len(sayings) > 1:
        sayings.sort(key=lambda saying: saying.rank)
    return sayings


def _saying(slot: str, found: Found, speaker: str) -> Saying:
    """What one attribute says."""
    one = found.held.pop(slot)
    if isinstance(one.value, dict) and one.value.keys() == {"message", "usage"}:
        # Logfire's answer. What it says beside the message is no part of that.
        found.rest[one.name], one.value = one.sent, {"message": one.value["message"]}
    if slot.endswith(":messages") and (turns := conversation(one.value, speaker)) is not None:
        return Saying(one.rank, turns, (one,), True)
    if slot.endswith(":texts"):
        return Saying(one.rank, _texts(one), (one,))
    return Saying(one.rank, one.value, (one,))


def _choose(found: Found, side: str, sayings: list[Saying], spoken: _Spoken, values: Values) -> Saying:
    """Fill a side. Answers the source that holds it."""
    holder, left = settle(sayings, "user" if side == "input" else "assistant")
    values[side] = holder.value
    for other in left:
        found.rest.update({one.name: one.sent for one in other.sent})
        if other.rank == EVENTS_RANK:
            spoken.lost.add(side)
    return holder


def _texts(one: Held) -> Any:
    texts = [from_json(text) for text in one.value] if isinstance(one.value, list) else one.value
    return texts[0] if isinstance(texts, list) and len(texts) == 1 else texts


def _said(said: dict[str, Held]) -> Saying:
    """The message that Vercel's attributes are the parts of; the text alone is that text."""
    text, calls, reasoning = (said[slot].value if slot in said else None for slot in _SPOKEN)
    value = text
    if calls or reasoning is not None:
        value = {"role": "assistant", "content": text}
        if reasoning is not None:
            value["reasoning_content"] = reasoning
        if calls:
            value["tool_calls"] = [tool_call(from_json(call)) for call in calls]
    return Saying(min(one.rank for one in said.values()), value, tuple(said.values()))


def _joined(key: tuple[int, str], parts: list[Part], speaker: str) -> Saying:
    """Messages, texts or documents, of the attributes that are their parts."""
    rank, slot = key
    ones = _ones(parts)
    if slot.endswith(":messages") and all(isinstance(one, dict) for one in ones):
        return Saying(rank, [turn for one in ones for turn in message(one, speaker)], parts, True)
    if slot.endswith(":texts"):
        return Saying(rank, ones[0] if len(ones) == 1 else ones, parts)
    return Saying(rank, [_unwrapped(one) for one in ones], parts)


def _add_calls(sayings: list[Saying], parts: list[Part]) -> bool:
    """LiteLLM sends the calls of an answer one by one beside its message. Whether it did, and they are in it now."""
    turns = sayings[0].value if sayings and sayings[0].is_messages else None
    if not turns or "tool_calls" in turns[0] or any(part.path[:1] != ("function_call",) for part in parts):
        return False
    calls = [tool_call(one["function_call"]) for one in _ones(parts)]
    sayings[0] = sayings[0]._replace(value=[turns[0] | {"tool_calls": calls}, *turns[1:]])
    return True


_ALONE: Final = (("",), ("embedding", "text"), ("prompt", "text"))
"""What an attribute alone is the value of, not a part."""


def _ones(parts: list[Part]) -> list[Any]:
    """What the attributes are parts of, in the order of its numbers."""
    flat: dict[int, dict[str, Any]] = {}
    deep: dict[int, list[tuple[tuple[str, ...], Any]]] = {}
    for part in parts:
        path = part.path
        if len(path) == 1 and path[0]:
            if (one := flat.get(part.nth)) is None:
                flat[part.nth] = {path[0]: part.sent}
            else:
                one[path[0]] = part.sent
        else:
            deep.setdefault(part.nth, []).append((path, part.sent))
    ones: dict[int, Any] = {**flat}
    for number, found in deep.items():
        if len(found) == 1 and found[0][0] in _ALONE and number not in flat:
            ones[number] = found[0][1]
        else:
            ones[number] = nested([((name,), value) for name, value in flat.get(number, {}).items()] + found)
    return [ones[number] for number in sorted(ones)]


def _unwrapped(one: Any) -> Any:
    """A document, its metadata read."""
    document = one["document"] if isinstance(one, dict) and isinstance(one.get("document"), dict) else one
    if isinstance(document, dict) and "metadata" in document:
        return {**document, "metadata": from_json(document["metadata"])}
    return document


_CALLS: Final = ("chat", "completion")
_BESIDE: Final = frozenset(("model", "tools", "tool_choice", "functions"))


def _take_request(found: Found, values: Values, log_type: str) -> None:
    """An input that is a whole request: messages, tools and parameters are read from it."""
    said = values.get("input")
    is_object = isinstance(said, dict) or (isinstance(said, str) and said[:1] == "{")
    if log_type not in _CALLS or not is_object or "full_request" in values or "full_request" in found.held:
        return
    request = from_json(said)
    if isinstance(request, dict) and request.keys() & _BESIDE and _is_asked(request):
        values["full_request"] = request
        del values["input"]


def _is_asked(request: Values) -> bool:
    turns = request.get("messages", request.get("input"))
    if isinstance(turns, list):
        return bool(turns) and all(isinstance(turn, dict) and turn.keys() & {"role", "type"} for turn in turns)
    return isinstance(turns, str)


def _take_system(found: Found, values: Values) -> None:
    """Instructions that are sent beside the messages stand at their head."""
    if "input:system" not in found.held:
        return
    turns = values.get("input")
    if turns is None or (isinstance(turns, list) and turns and isinstance(turns[0], dict) and "role" in turns[0]):
        values["input"] = with_system(turns or [], found.pop("input:system"))
    else:
        found.give_back("input:system")


def _as_texts(values: Values) -> None:
    """What was embedded is texts, though some send it as messages."""
    turns = values.get("input")
    if isinstance(turns, list) and all(isinstance(turn, dict) and turn.keys() == {"role", "content"} for turn in turns):
        texts = [turn["content"] for turn in turns]
        values["input"] = texts[0] if len(texts) == 1 else texts


_ANSWERED: Final = ("chat", "completion", "text", "response")


def _settle_output(values: Values, log_type: str) -> None:
    """One message is the answer; several are the choices, of which the first is, or the parts of one."""
    turns = values["output"]
    if not (isinstance(turns, list) and turns and all(isinstance(turn, dict) and "role" in turn for turn in turns)):
        return
    if log_type in _ANSWERED:
        turns = folded(turns)
    reason = turns[0].get("finish_reason")
    if isinstance(reason, str) and reason and "finish_reason" not in values:
        values["finish_reason"] = reason
    if len(turns) > 1 and log_type not in _ANSWERED:
        return
    if len(turns) > 1:
        values["completion_messages"] = turns
    values["output"] = turn = dict(turns[0])
    if reason is not None and reason == values.get("finish_reason"):
        del turn["finish_reason"]


_WRAPPERS: Final = ("gen_ai.event.content", "gen_ai.prompt", "gen_ai.completion")


def event_messages(attributes: dict[str, Any], speaker: str) -> list[Message]:
    """The messages of an event's attributes."""
    sent = {name: value for name, value in attributes.items() if name not in _ENVELOPE}
    for name in _WRAPPERS:
        if name in sent:
            inner = from_json(sent.pop(name))
            if isinstance(inner, dict):
                sent = inner | sent
            elif (turns := conversation(inner, speaker)) is not None and not sent:
                return turns
            else:
                sent["content"] = inner
    if "content" not in sent and not isinstance(from_json(sent.get("message")), dict | None):
        sent["content"] = sent.pop("message")
    if isinstance(content := sent.get("content"), str):
        sent["content"] = from_json(content) if content[:1] == "[" else content
    if speaker == "tool" and "id" in sent and "tool_call_id" not in sent:
        sent["tool_call_id"] = sent.pop("id")
    return message(sent, speaker)


def _take_tools(found: Found, values: Values) -> None:
    """Definitions of tools; those that came in parts are put together."""
    if (tools := found.pop("tools")) is not None:
        values["tools"] = [_tool(one) for one in tools]
    for key in [key for key in found.parts if key[1] == "tools"] if found.parts else ():
        parts = found.parts.pop(key)
        tools = [_tool(one) for one in _ones(parts)]
        if "tools" not in values and all(isinstance(tool, dict) for tool in tools):
            values["tools"] = tools
        elif values.get("tools") != tools:
            found.rest.update((part.name, part.sent) for part in parts)


def _tool(one: Any) -> Any:
    """A tool as OpenAI defines it, from OpenInference's schema, OpenLLMetry's parts or Vercel's definition."""
    if isinstance(one, dict) and one.keys() == {"tool"} and isinstance(one["tool"], dict):
        schema = one["tool"].get("json_schema")
        return from_json(schema) if one["tool"].keys() == {"json_schema"} else one["tool"]
    if isinstance(one, dict) and "name" in one and "type" not in one:
        schema = "input_schema" if "input_schema" in one and "parameters" not in one else "parameters"
        others = {key: value for key, value in one.items() if key != schema}
        return {"type": "function", "function": others | {"parameters": from_json(one.get(schema, {}))}}
    if isinstance(one, dict) and one.get("type") == "function" and "inputSchema" in one and "function" not in one:
        others = {key: value for key, value in one.items() if key not in ("type", "inputSchema")}
        return {"type": "function", "function": others | {"parameters": one["inputSchema"]}}
    return one


def _take_vectors(found: Found, values: Values, log_type: str) -> None:
    """Vectors are kept in a field of their own, which no list and no preview shows."""
    vectors: list[Any] = []
    if (one := found.held.pop("embedding", None)) is not None:
        read = [from_json(vector) for vector in one.value]
        vectors = read if all(isinstance(vector, list) for vector in read) else [one.value]
    for key in [key for key in found.parts if key[1] == "embedding"] if found.parts else ():
        parts = sorted(found.parts.pop(key), key=lambda part: part.nth)
        read = [from_json(part.sent) for part in parts]
        if vectors or not all(isinstance(vector, list) for vector in read):
            found.rest.update((part.name, part.sent) for part in parts)
        else:
            vectors = read
    if not vectors and log_type == "embedding" and _are_vectors(sent := from_json(values.get("output"))):
        values["embedding"] = sent
        del values["output"]
    if vectors:
        values["embedding"] = vectors[0] if len(vectors) == 1 else vectors
        if isinstance(response := from_json(values.get("output")), dict) and "full_response" not in values:
            # The provider's answer, which has them once more.
            values["full_response"] = response
            del values["output"]


def _are_vectors(sent: Any) -> bool:
    """Whether it is a list of numbers, or a list of such lists."""
    vectors = sent if isinstance(sent, list) and sent and isinstance(sent[0], list) else [sent]
    return all(isinstance(one, list) and one and all(isinstance(part, int | float) for part in one) for one in vectors)
