"""The support agent: conversations of several turns, with look-ups, refunds, and people who take over."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from midspan.demo import faults
from midspan.demo.judging import judge_answer
from midspan.demo.models import HAIKU, MINI, NANO, SMALL_VECTORS, SONNET, TERRA, Model
from midspan.demo.people import FIRST, particulars
from midspan.demo.texts.docs import PASSAGES
from midspan.demo.texts.shop import PIXEL
from midspan.demo.texts.support import IMPOSSIBLE, SORRY, SYSTEM, TALKS, Step, Talk
from midspan.demo.trace import SECOND, Broken, Setting, Trace
from midspan.demo.wording import (
    assistant,
    fill,
    json_text,
    one_of,
    system,
    tool_call,
    tool_result,
    tool_schema,
    user,
    vector,
)

TOOLS: Final = [
    tool_schema("lookup_order", "Everything about one order.", order_number="string"),
    tool_schema("track_parcel", "Where a parcel is.", carrier="string", tracking="string"),
    tool_schema(
        "issue_refund", "Pay money back, 250.00 at most.", order_number="string", amount="number", reason="string"
    ),
    tool_schema("search_help", "Search the help pages.", query="string"),
    tool_schema("handoff", "Hand over to a person.", team="string", reason="string"),
]
TOOL_TOKENS: Final = 5_240
"""What all 23 tools of the agent take in a prompt; the log shows those above."""

_SECONDS: Final = {"lookup_order": 0.18, "track_parcel": 0.62, "issue_refund": 0.95, "search_help": 0.09}
_FAILS: Final = {
    "lookup_order": (faults.SQL_TIMEOUT, faults.NOT_FOUND),
    "track_parcel": (faults.CARRIER_DOWN,),
    "issue_refund": (faults.DECLINED, faults.INVALID),
}
_MODELS: Final = {
    "enterprise": (SONNET, SONNET, TERRA),
    "business": (SONNET, TERRA),
    "team": (HAIKU, MINI),
    "starter": (MINI,),
}


class _Conversation:
    """One customer's words with the agent, turn by turn."""

    def __init__(self, setting: Setting, dice: Random, talk: Talk) -> None:
        self.setting, self.dice, self.talk = setting, dice, talk
        self.words = particulars(dice)
        self.model: Model = dice.choice(_MODELS[setting.visit.customer.tier])
        self.system = system(SYSTEM.replace("{shop}", setting.visit.customer.name))
        self.history: list[dict[str, Any]] = []

    def turn(self, trace: Trace, step: Step, ask: str, *, is_first: bool) -> None:
        """What happens between a customer's message and the answer to it."""
        message = self._message(ask, is_first=is_first)
        trace.open("support-agent", "agent", [message])
        trace.leaf("input-guardrail", "guardrail", 0.06, ask, {"flagged": False, "categories": []})
        if is_first:
            self._triage(trace, ask)
            self._search(trace, ask)
        messages = [self.system, *self.history, message]
        answer, is_sorry = one_of(self.dice, step.answers, self.words), False
        if step.looks:
            results, is_sorry = self._look(trace, step, messages)
            messages = [*messages, *results]  # not in place: the call before holds the list
            if is_sorry:
                answer = one_of(self.dice, SORRY, self.words)
        said = self._say(trace, messages, answer, is_first=is_first)
        if step.hands_over:
            team = self.dice.choice(("payments", "wholesale", "care"))
            trace.leaf(
                f"handoff-to-{team}",
                "handoff",
                0.05,
                {"team": team, "topic": self.talk.topic, "reason": "needs a person"},
                {"accepted": True, "by": self.words["agent"], "waiting": self.dice.randrange(0, 6)},
            )
        if not is_sorry:
            judge_answer(trace, said, self.dice)
        self.history += [message, assistant(answer)]
        trace.close(
            assistant(answer),
            **({"status": "warning", "warnings": "a tool failed; the answer is a stopgap"} if is_sorry else {}),
        )

    def _message(self, ask: str, *, is_first: bool) -> dict[str, Any]:
        if is_first and self.talk.topic == "damaged on arrival" and self.dice.random() < 0.6:
            picture = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
            return {"role": "user", "content": [{"type": "text", "text": ask}, picture]}
        return user(ask)

    def _triage(self, trace: Trace, ask: str) -> None:
        urgency, order = self.dice.randrange(1, 5), self.words["order"]
        found = json_text({"topic": self.talk.topic, "language": "en", "urgency": urgency, "order": order})
        prompt = [
            system("Classify the message. Answer with JSON: topic, language, urgency (1 to 5), order."),
            user(ask),
        ]
        trace.call(
            NANO, prompt, assistant(found), name="triage", thought=self.dice.choice((0, 64, 128)),
            response_format={"type": "json_object"}, prompt_id="triage", prompt_name="Triage",
            prompt_version_number="3",
        )  # fmt: skip

    def _search(self, trace: Trace, ask: str) -> None:
        trace.open("search-help", "task", {"query": ask, "top": 3})
        trace.call(SMALL_VECTORS, ask, vector(self.dice, 1536), name="embed-query", log_type="embedding")
        best = round(self.dice.uniform(0.71, 0.93), 3)
        others = self.dice.sample(sorted(PASSAGES), 2)
        documents = [
            {"id": f"help/{self.talk.topic.replace(' ', '-')}", "score": best, "content": self.talk.policy},
            *(
                {"id": name, "score": round(best * self.dice.uniform(0.5, 0.8), 3), "content": PASSAGES[name]}
                for name in others
            ),
        ]
        trace.leaf("vector-search", "task", 0.02, {"index": "help", "top": 3}, {"documents": documents})
        trace.close({"documents": len(documents), "best": best})

    def _look(self, trace: Trace, step: Step, messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
        """The model asks for its tools, and they run. What it is told then, and whether one of them failed."""
        looks = [
            (f"call_{self.dice.getrandbits(48):012x}", name, fill(asked, self.words), fill(found, self.words))
            for name, asked, found in step.looks
        ]
        calls = [tool_call(call_id, name, asked) for call_id, name, asked, _ in looks]
        trace.call(
            self.model, messages, assistant(None, tool_calls=calls), name="plan", beside=TOOL_TOKENS, cached=0.84,
            tools=TOOLS, tool_choice="auto", temperature=0.2, finish_reason="tool_calls", **self._prompt(),
        )  # fmt: skip
        results, has_failed = [], False
        for call_id, name, asked, found in looks:
            fault = None
            if name in _FAILS and self.dice.random() < 0.022:
                fault, has_failed = self.dice.choice(_FAILS[name]), True
            elif found.get("error") == "refund_declined":
                fault = faults.DECLINED
            trace.tool(name, _SECONDS.get(name, 0.24), asked, found, fault=fault)
            results.append(tool_result(call_id, fault.said() if fault else found))
        return [assistant(None, tool_calls=calls), *results], has_failed

    def _say(self, trace: Trace, messages: list[dict[str, Any]], answer: str, *, is_first: bool) -> dict[str, Any]:
        dice = self.dice
        more: dict[str, Any] = {"temperature": 0.4, "max_tokens": 600, "finish_reason": "stop", **self._prompt()}
        if dice.random() < 0.11:
            more["positive_feedback"] = dice.random() < 0.83
        thought = dice.randrange(1, 5) * 64 if self.model is TERRA else 0
        cached = 0.78 if is_first else 0.9
        return trace.call(
            self.model,
            messages,
            assistant(answer),
            name="answer",
            beside=TOOL_TOKENS,
            cached=cached,
            thought=thought,
            stream=True,
            **more,
        )

    def _prompt(self) -> dict[str, Any]:
        version = self.setting.metadata["prompt_version"]
        return {
            "prompt_id": "support-agent", "prompt_name": "Support agent", "prompt_version_number": version,
            "variables": {"shop": self.setting.visit.customer.name, "language": "en"},
        }  # fmt: skip


def converse(setting: Setting, dice: Random) -> Iterator[Trace]:
    """A conversation, one trace for each turn."""
    if setting.visit.nth % 53 == 9:
        yield _attack(setting, dice)
        return
    talk = TALKS[setting.visit.nth * 7 % len(TALKS)]
    conversation = _Conversation(setting, dice, talk)
    at = setting.visit.at
    for number, step in enumerate(talk.steps):
        trace = Trace(setting, dice, at, number, name=talk.topic)
        try:
            conversation.turn(trace, step, one_of(dice, step.asks, conversation.words), is_first=number == 0)
        except Broken as broken:
            trace.abort(broken.fault)
        yield trace
        if step.hands_over or dice.random() < 0.16:
            return
        at = trace.now + round(dice.lognormvariate(4.3, 0.8) * SECOND)


def _attack(setting: Setting, dice: Random) -> Trace:
    """Somebody tries something, and is turned down."""
    ask, answer = IMPOSSIBLE[setting.visit.nth // 53 % len(IMPOSSIBLE)]
    trace = Trace(setting, dice, setting.visit.at, name="flagged message")
    trace.open("support-agent", "agent", [user(ask)])
    flagged = {"flagged": True, "categories": ["prompt_injection"], "score": round(dice.uniform(0.7, 0.99), 2)}
    said = {"status": "warning", "warnings": "flagged: prompt_injection"}
    trace.leaf("input-guardrail", "guardrail", 0.07, ask, flagged, **said)
    messages = [system(SYSTEM.replace("{shop}", setting.visit.customer.name)), user(ask)]
    try:
        if dice.random() < 0.4:
            refused = {"role": "assistant", "content": None, "refusal": "I'm sorry, but I can't help with that."}
            more: dict[str, Any] = {
                "finish_reason": "content_filter",
                "status": "warning",
                "warnings": "the model refused",
            }
            trace.call(MINI, messages, refused, name="answer", beside=TOOL_TOKENS, **more)
        else:
            trace.call(
                MINI, messages, assistant(answer), name="answer", beside=TOOL_TOKENS, stream=True, finish_reason="stop"
            )
    except Broken as broken:
        trace.abort(broken.fault)
        return trace
    trace.close(assistant(answer), metadata={**setting.metadata, "reported_by": dice.choice(FIRST)})
    return trace
