"""One trace as an application would record it: spans within spans, on a clock that moves as they take their time."""

from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import Any, NamedTuple

import msgspec

from midspan.demo.faults import Fault, Weather
from midspan.demo.models import Model, usage
from midspan.demo.people import Customer
from midspan.demo.raw import exchange

Body = dict[str, Any]
"""The body of one request log."""

SECOND = 1_000_000
TRIES = 3
_OF_ANSWERS = frozenset(("finish_reason", "positive_feedback", "note", "status", "warnings", "tool_calls"))
"""Fields that only an answered call has."""

_RAW_PART = 0.14
"""The part of the calls whose raw request and response are logged, too."""

_json = msgspec.json.Encoder().encode


class Broken(Exception):
    """Something that a trace cannot go on without has failed; the application gives up."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Scored(NamedTuple):
    """What an evaluator says of a span; `members` are those of a new score's body."""

    trace: str
    span: str
    members: Body


class Visit(NamedTuple):
    """One use of one application, at a time in microseconds since 1970."""

    number: int
    at: int
    app: str
    customer: Customer
    nth: int = 0
    """How many visits the application had before, in this traffic."""
    spans: int = 0
    """How many spans there are to be, where the application is told."""


class Setting(NamedTuple):
    """What all spans of a visit share."""

    seed: int
    visit: Visit
    key: str
    """The API key that they are sent with."""
    workflow: str
    metadata: Mapping[str, str]
    weather: Weather
    thread: str = ""
    person: str = ""


class _Tokens(NamedTuple):
    """Those of a prompt, the part of them that is cached, and those of reasoning."""

    prompt: int
    cached: float
    thought: int


def token(*parts: object) -> str:
    """32 hex digits, the same for the same parts."""
    return blake2b("/".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def tokens(value: object) -> int:
    """About how many tokens a text or any JSON value has."""
    size = len(value) if isinstance(value, str) else len(_json(value))
    return size // 4 + 3


class Trace:
    """Spans as they are recorded. What is opened is closed in reverse; `now` is the clock, in microseconds."""

    def __init__(self, setting: Setting, dice: Random, at: int, turn: int = 0, *, name: str = "") -> None:
        self.setting = setting
        self.dice = dice
        self.now = at
        self.id = token(setting.seed, setting.visit.number, turn)
        self.bodies: list[Body] = []
        self.scores: list[Scored] = []
        self._open: list[Body] = []
        self._name = name
        customer = setting.visit.customer
        self._shared = {
            "trace_unique_id": self.id,
            "span_workflow_name": setting.workflow,
            "customer_identifier": customer.identifier,
            "customer_name": customer.name,
            "customer_email": customer.email,
            "metadata": dict(setting.metadata),
        }
        if setting.thread:
            self._shared["thread_identifier"] = setting.thread

    def pause(self, low: float, high: float) -> None:
        """Let time pass, in seconds."""
        self.now += round(self.dice.uniform(low, high) * SECOND)

    def open(self, name: str, log_type: str, input_: object = None, **fields: Any) -> Body:
        """Begin a span that others will stand in."""
        body = self._begin(name, log_type, input_, fields)
        self._open.append(body)
        self.pause(0.001, 0.012)
        return body

    def close(self, output: object = None, **fields: Any) -> Body:
        """End the span that was opened last."""
        body = self._open.pop()
        self.pause(0.001, 0.009)
        body["timestamp"] = self.now
        if output is not None:
            body["output"] = output
        body |= fields
        return body

    def leaf(self, name: str, log_type: str, seconds: float, input_: object, output: object, **fields: Any) -> Body:
        """A span with nothing in it, which takes about so many seconds."""
        body = self._begin(name, log_type, input_, fields)
        self.now += round(seconds * self.dice.lognormvariate(0, 0.3) * SECOND)
        body["timestamp"] = self.now
        if output is not None:
            body["output"] = output
        return body

    def tool(
        self, name: str, seconds: float, arguments: object, result: object, *, fault: Fault | None = None, **fields: Any
    ) -> Body:
        """A call of a tool; with a fault it fails, and what it returned is what went wrong."""
        if fault is None:
            return self.leaf(name, "tool", seconds, arguments, result, **fields)
        return self.leaf(name, "tool", fault.seconds, arguments, fault.said(), **fields, **fault.fields())

    def call(  # noqa: PLR0913 - what a call has
        self,
        model: Model,
        messages: object,
        output: object,
        *,
        name: str = "",
        log_type: str = "chat",
        beside: int = 0,
        cached: float = 0.0,
        thought: int = 0,
        **fields: Any,
    ) -> Body:
        """A call of a model, tried again where it fails. Raises `Broken` where it goes on failing.

        `beside` are prompt tokens that stand in no message (tool schemas, documents); `cached` is the part of the
        prompt that the provider's cache had; `thought` are tokens of reasoning.
        """
        name = name or f"{model.provider}.{log_type}"
        known = {"model": model.name, "provider_id": model.provider}
        for attempt in range(TRIES):
            fault = self.setting.weather.fault(model, self.now, self.dice)
            if fault is None:
                body = self._begin(name, log_type, messages, known)
                self._answer(body, model, output, _Tokens(tokens(messages) + beside, cached, thought), fields)
                return body
            asked = {field: value for field, value in fields.items() if field not in _OF_ANSWERS}
            body = self._begin(name, log_type, messages, {**known, **asked, **fault.fields()})
            body["properties"] = {"attempt": attempt + 1, "retry": fault.may_pass and attempt < TRIES - 1}
            self.now += round(fault.seconds * self.dice.lognormvariate(0, 0.2) * SECOND)
            body["timestamp"] = self.now
            if not fault.may_pass:
                break
            self.pause(0.4 * 2**attempt, 0.9 * 2**attempt)
        assert fault is not None
        raise Broken(fault)

    def _answer(self, body: Body, model: Model, output: object, asked: "_Tokens", fields: Mapping[str, Any]) -> None:
        """Let a call take its time, and write down what came of it."""
        dice, slow = self.dice, self.setting.weather.slowness(model, self.now)
        prompt, cached, thought = asked
        answer = (tokens(output) if model.speed else 0) + thought
        # Providers cache from 1,024 tokens on, in steps of 128.
        read = int(prompt * cached) // 128 * 128 if prompt >= 1024 else 0
        written = 0
        if cached and model.provider == "anthropic" and prompt >= 1024:
            written = max(prompt - read - dice.randrange(12, 90), 0)
        first = model.wait * slow * dice.lognormvariate(0, 0.28) + (prompt - read) / 40_000
        speed = model.speed * dice.lognormvariate(0, 0.16) / slow**0.6
        first += thought / speed if speed else 0
        seconds = first + ((answer - thought) / speed if speed else prompt / 90_000)
        self.now += round(seconds * SECOND)
        body |= {
            "output": output,
            "timestamp": self.now,
            "usage": usage(model, prompt, answer, read=read, written=written, thought=thought),
            **fields,
        }
        if fields.get("stream"):
            body["time_to_first_token"] = round(first, 4)
        if body["log_type"] == "chat" and dice.random() < _RAW_PART:
            body |= exchange(model.provider, body, token(self.id, body["span_unique_id"]))

    def score(self, body: Body, evaluator: str, **members: Any) -> None:
        """What an evaluator says of a span."""
        self.scores.append(Scored(self.id, body["span_unique_id"], {"evaluator_slug": evaluator, **members}))

    def abort(self, fault: Fault) -> None:
        """Close everything that is open: it failed, for what happened inside."""
        while self._open:
            self.close(None, status="failed", status_code=500, error_message=fault.message, error_code=fault.code)

    def _begin(self, name: str, log_type: str, input_: object, fields: Mapping[str, Any]) -> Body:
        body: Body = {
            **self._shared,
            "span_unique_id": token(self.id, len(self.bodies))[:16],
            "span_name": name,
            "log_type": log_type,
            "start_time": self.now,
        }
        if self._open:
            body["span_parent_id"] = self._open[-1]["span_unique_id"]
        elif self._name:
            body["trace_name"] = self._name
        if input_ is not None:
            body["input"] = input_
        body |= fields
        self.bodies.append(body)
        return body
