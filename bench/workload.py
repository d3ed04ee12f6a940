"""The spans that are sent: a seeded generator of what LLM applications do.

Spans come in traces of 1 to 30: workflow, task, then chat, tool and embedding calls; 35 % are a single chat call. They
come in order of time over 30 days, children before their parents. The same (seed, n, scale) gives the same spans.

Every trace, span and parent id starts with `TAG`, four hexadecimal digits that `bodies.py` replaces, so that one
rendering serves any number of runs into one store without sending the same span twice.

    python bench/workload.py --n 20000 --scale 2     prints the shape of the workload
"""

import argparse
import datetime as dt
import itertools
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from vocabulary import Text

TAG = "5eed"
END = int(dt.datetime(2026, 11, 24, tzinfo=dt.UTC).timestamp()) * 10**9
DAYS = 30
DAY = 86_400 * 10**9
MS = 10**6
SECOND = 10**9

MODELS = (  # name, provider, weight
    ("gpt-4o-mini", "openai", 22),
    ("gpt-4o", "openai", 16),
    ("gpt-4.1", "openai", 8),
    ("o3-mini", "openai", 5),
    ("claude-3-5-sonnet-20241022", "anthropic", 14),
    ("claude-3-5-haiku-20241022", "anthropic", 9),
    ("claude-3-opus-20240229", "anthropic", 2),
    ("gemini-1.5-pro", "google", 6),
    ("gemini-1.5-flash", "google", 8),
    ("llama-3.1-70b-instruct", "together", 4),
    ("mistral-large-2411", "mistral", 3),
    ("deepseek-chat", "deepseek", 3),
)
MODEL_WEIGHTS = list(itertools.accumulate(model[2] for model in MODELS))
EMBEDDING = ("text-embedding-3-small", "openai")
WORKFLOWS = (
    "support_agent",
    "doc_qa",
    "sql_assistant",
    "email_drafter",
    "code_review",
    "meeting_notes",
    "policy_checker",
)
TASKS = ("plan", "retrieve_context", "draft_answer", "verify", "summarize", "route", "extract_fields")
TOOLS = ("search_orders", "get_weather", "run_sql", "fetch_url", "lookup_customer", "send_email", "calc")
ERRORS = (
    "Rate limit reached for requests",
    "Request timed out after 60.0s",
    "The server had an error while processing your request",
    "This model's maximum context length is 128000 tokens",
    "Invalid tool arguments: missing field 'id'",
)
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")


@dataclass(slots=True)
class Span:
    """One span before it is rendered. Times are nanoseconds since 1970, ids are hexadecimal."""

    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    name: str
    workflow: str
    start: int
    user: str
    thread: str
    metadata: dict[str, Any]
    end: int = 0
    input: Any = ""
    output: Any = ""
    model: str = ""
    provider: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    temperature: float | None = None
    first_token: float | None = None
    error: str = ""


def spans(n: int, seed: int = 1, scale: float = 1.0) -> Iterator[Span]:
    """Exactly `n` spans in the order of their arrival. `scale` stretches the texts: 1 is about 3 kB of JSON each."""
    chance = random.Random(seed)
    text = Text(seed + 1_000_003)
    systems = [text.make(scale * chance.choice((300, 600, 900, 1400))) for _ in range(24)]
    done = 0
    while done < n:
        moment = END - DAYS * DAY + int(DAYS * DAY * (done / n)) + chance.randrange(SECOND)
        made = Trace(chance, text, systems, scale).make(moment)[: n - done]
        yield from made
        done += len(made)


@dataclass
class Trace:
    """Makes the spans of one trace."""

    chance: random.Random
    text: Text
    systems: list[str]
    scale: float
    spans: list[Span] = field(default_factory=list)

    def make(self, moment: int) -> list[Span]:
        chance = self.chance
        self.trace_id = f"{TAG}{chance.getrandbits(112):028x}"
        self.tenant = f"tenant-{min(199, int(chance.expovariate(1 / 30))):03d}"
        self.user = f"user-{min(4999, int(chance.expovariate(1 / 700))):05d}"
        self.thread = f"thread-{chance.randrange(40000):06d}"
        self.region = chance.choice(REGIONS)
        self.plan = chance.choice(("free", "pro", "team", "enterprise"))
        self.workflow = chance.choice(WORKFLOWS)
        if chance.random() < 0.35:
            self._chat("", moment)
        else:
            self._workflow(moment)
        return self.spans

    def _workflow(self, moment: int) -> None:
        chance = self.chance
        question = {"question": self._text(chance.choice((80, 160, 320)))}
        root = self._new("", "workflow", self.workflow, moment)
        left, moment = min(30, 3 + int(chance.expovariate(1 / 7))) - 1, moment + MS
        while left > 0:
            task = self._new(root.span_id, "task", chance.choice(TASKS), moment)
            calls = min(left - 1, chance.randint(1, 5))
            moment += MS
            for _ in range(calls):
                moment = self._call(task.span_id, moment).end + MS
            left -= 1 + calls
            task.input, task.output = question, {"status": "ok", "note": self._text(120)}
            task.end = moment
            task.error = self.spans[-1].error if self.spans and chance.random() < 0.5 else ""
            self.spans.append(task)
            moment += MS
        root.input, root.output = question, {"answer": self._text(chance.choice((200, 500, 900)))}
        root.end = moment + MS
        root.error = self.spans[-1].error if chance.random() < 0.3 else ""
        self.spans.append(root)

    def _call(self, parent: str, moment: int) -> Span:
        kind = self.chance.choices((self._chat, self._tool, self._embedding), (60, 25, 15))[0]
        return kind(parent, moment)

    def _chat(self, parent: str, moment: int) -> Span:
        chance = self.chance
        model, provider, _ = chance.choices(MODELS, cum_weights=MODEL_WEIGHTS)[0]
        span = self._new(parent, "chat", f"chat {model}", moment)
        span.model, span.provider, span.temperature = model, provider, chance.choice((0.0, 0.2, 0.7, 1.0))
        size = min(100_000.0, chance.lognormvariate(7.55, 0.95))  # mean about 3 kB, a tail to 100 kB
        if chance.random() < 0.004:
            size = chance.randrange(30_000, 100_000)
        system, turns = chance.choice(self.systems), chance.choice((1, 1, 1, 3, 3, 5))
        left = max(60.0, size - len(system) / self.scale)
        span.input = [{"role": "system", "content": system}] + [
            {"role": ("user", "assistant")[turn % 2], "content": self._text(left / turns)} for turn in range(turns)
        ]
        answer = self._text(min(20_000.0, chance.lognormvariate(6.2, 0.8)))
        span.output = {"role": "assistant", "content": answer}
        span.prompt_tokens = sum(len(message["content"]) for message in span.input) // 4
        span.completion_tokens = len(answer) // 4
        span.first_token = round(0.1 + chance.expovariate(4), 4)
        seconds = 0.25 + span.completion_tokens * chance.uniform(0.008, 0.03) + chance.expovariate(4)
        span.end = moment + int(seconds * SECOND)
        if chance.random() < 0.05:
            span.error, span.output, span.completion_tokens = chance.choice(ERRORS), "", 0
        self.spans.append(span)
        return span

    def _tool(self, parent: str, moment: int) -> Span:
        chance = self.chance
        span = self._new(parent, "tool", chance.choice(TOOLS), moment)
        span.input = {"arguments": {"id": chance.randrange(10**6), "query": self._text(60)}}
        span.output = {"result": self._text(chance.choice((80, 300, 900)))}
        span.end = moment + int(chance.expovariate(4) * SECOND) + MS
        span.error = chance.choice(ERRORS) if chance.random() < 0.03 else ""
        self.spans.append(span)
        return span

    def _embedding(self, parent: str, moment: int) -> Span:
        span = self._new(parent, "embedding", f"embeddings {EMBEDDING[0]}", moment)
        span.model, span.provider = EMBEDDING
        span.input = self._text(self.chance.randrange(100, 1200))
        span.output = {"dimensions": 1536, "vectors": 1}
        span.prompt_tokens = len(span.input) // 4
        span.end = moment + int(self.chance.uniform(0.02, 0.3) * SECOND)
        self.spans.append(span)
        return span

    def _new(self, parent: str, kind: str, name: str, moment: int) -> Span:
        span_id = f"{TAG}{self.chance.getrandbits(48):012x}"
        return Span(
            self.trace_id, span_id, parent, kind, name, self.workflow, moment, self.user, self.thread, self._metadata()
        )

    def _metadata(self) -> dict[str, Any]:
        chance = self.chance
        always = {
            "tenant": self.tenant,
            "region": self.region,
            "plan": self.plan,
            "app_version": f"2.{chance.randrange(9)}.{chance.randrange(30)}",
            "experiment": chance.choice(("control", "variant-a", "variant-b")),
        }
        sometimes = {
            "request_id": f"req_{chance.getrandbits(64):016x}",
            "retries": chance.randrange(3),
            "score": round(chance.random(), 4),
            "cached": chance.random() < 0.2,
            "feature": chance.choice(WORKFLOWS),
        }
        return always | {key: value for key, value in sometimes.items() if chance.random() < 0.6}

    def _text(self, characters: float) -> str:
        return self.text.make(characters * self.scale)


def request_log(span: Span) -> bytes:
    """The span as the JSON object that the create route takes, and `{"logs": […]}` in rows."""
    log: dict[str, Any] = {
        "span_unique_id": span.span_id,
        "trace_unique_id": span.trace_id,
        "span_name": span.name,
        "span_workflow_name": span.workflow,
        "log_type": span.kind,
        "input": span.input,
        "output": span.output,
        "customer_identifier": span.user,
        "thread_identifier": span.thread,
        "metadata": span.metadata,
        "latency": round((span.end - span.start) / SECOND, 6),
        "start_time": _moment(span.start),
        "timestamp": _moment(span.end),
        "status_code": 500 if span.error else 200,
    }
    if span.parent_id:
        log["span_parent_id"] = span.parent_id
    if span.model:
        log |= {"model": span.model, "prompt_tokens": span.prompt_tokens, "completion_tokens": span.completion_tokens}
    if span.temperature is not None:
        log |= {"temperature": span.temperature, "time_to_first_token": span.first_token, "stream": True}
    if span.error:
        log |= {"error_message": span.error, "status": "error"}
    return msgspec.json.encode(log)


def _moment(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, SECOND)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def shape(sample: Iterable[Span]) -> dict[str, Any]:
    """What the workload looks like: kinds, and sizes in bytes of JSON."""
    kinds: Counter[str] = Counter()
    sizes: list[int] = []
    for span in sample:
        kinds[span.kind] += 1
        sizes.append(len(request_log(span)))
    sizes.sort()
    return {
        "kinds": dict(kinds),
        "bytes_mean": round(sum(sizes) / len(sizes)),
        "bytes_p50": sizes[len(sizes) // 2],
        "bytes_p99": sizes[len(sizes) * 99 // 100],
        "bytes_max": sizes[-1],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print the shape of the workload.")
    parser.add_argument("--n", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args()
    print(json.dumps(shape(spans(asked.n, asked.seed, asked.scale)), indent=1))
