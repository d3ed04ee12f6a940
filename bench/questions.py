"""What is asked of a large store: the rows of the table for reading. Every call of a row asks for something else."""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import workload
from bodies import request
from servers import Midspan, moment
from stores import RARE, Stored

END = workload.END / 1e9
DAY = 86_400
START = moment(END - workload.DAYS * DAY)
LIST = "/api/request-logs/list/"
LATEST = END + 366 * DAY
"""Later than what is written during the bench."""

QUICK_MS = 80
WORD_MS = 300

Call = tuple[str, str, Any]
"""Method, path, body (None for none)."""

_COUNTS = ("count", "row_count", "group_count", "span_count", "number_of_requests")
_LISTS = ("results", "values", "data", "series")
_WORD = re.compile(r"\b[a-z]{4,}(?: [a-z]{3,}){2}\b")


@dataclass(frozen=True)
class Facts:
    """What is there to be asked for."""

    size: int
    ids: Sequence[str]
    traces: Sequence[str]
    phrases: Sequence[str]
    tenants: Sequence[str]
    rare: int | None


@dataclass(frozen=True)
class Question:
    """One row of the table."""

    name: str
    ask: Callable[[Facts, random.Random], Call]
    goal_ms: float | None = None
    wanted: Callable[[Facts], int | None] = lambda _: None
    """How many matches the right answer has, where that is known."""


def facts(stored: Stored, server: Midspan, count: int) -> Facts:
    """Ids from all over the store, phrases from its prompts, the commoner tenants."""
    chance = random.Random(7)
    ids, traces = [], []
    client = server.client()
    for _ in range(8 * count):
        start = END - chance.uniform(0.1, workload.DAYS) * DAY
        query = server.listing(start_time=moment(start), end_time=moment(start + DAY / 12), page_size=5)
        for row in client.json("GET", query)["results"]:
            ids.append(row["id"])
            traces.append(row["trace_unique_id"])
        if len(ids) >= count:
            break
    if not ids:
        raise RuntimeError("the store holds no span in 30 days")
    chosen = chance.sample(range(len(stored.sent.rows)), min(20 * count, len(stored.sent.rows)))
    prompts = [row for row in (stored.sent.rows[i] for i in chosen) if b'"role":"user"' in row]
    found = [_WORD.search(json.loads(row)["input"][-1]["content"], 100) for row in prompts]
    return Facts(
        stored.size,
        ids,
        traces,
        [match.group() for match in found if match][:count],
        [f"tenant-{number:03d}" for number in range(40)],
        stored.rare,
    )


def requests(question: Question, facts: Facts, server: Midspan, count: int, seed: str) -> list[bytes]:
    """`count` calls, ready to be sent. The same seed gives the same calls."""
    chance = random.Random(f"{seed} {question.name}")
    made = []
    for _ in range(count):
        method, path, body = question.ask(facts, chance)
        content = b"" if body is None else json.dumps(body).encode()
        made.append(request(path, content, server.headers(), method))
    return made


def found(body: bytes) -> int | None:
    """How many matches an answer speaks of, or how many it holds."""
    answer = json.loads(body)
    if isinstance(answer, list):
        return len(answer)
    for name in _COUNTS:
        if isinstance(answer.get(name), int):
            return int(answer[name])
    for name in _LISTS:
        if isinstance(answer.get(name), list):
            return len(answer[name])
    return 1 if answer else 0


def _listed(filters: dict[str, Any], **query: Any) -> Call:
    asked = {"page_size": 50, "start_time": START, **query}
    return "POST", f"{LIST}?{urlencode(asked)}", {"filters": filters}


def _is(*values: Any) -> dict[str, Any]:
    return {"operator": "", "value": list(values)}


def _window(path: str, **query: Any) -> str:
    return f"{path}?{urlencode({'start_time': START, **query})}"


def _model(chance: random.Random) -> str:
    return chance.choice(workload.MODELS)[0]


def _newest(_: Facts, chance: random.Random) -> Call:
    return "GET", _window(LIST, page_size=50, end_time=moment(LATEST - chance.randrange(DAY))), None


def _by_model_and_error(_: Facts, chance: random.Random) -> Call:
    return _listed({"model": _is(_model(chance)), "status_code": _is(500)})


def _by_metadata(facts: Facts, chance: random.Random) -> Call:
    return _listed({"metadata__tenant": _is(chance.choice(facts.tenants))})


def _by_properties(_: Facts, chance: random.Random) -> Call:
    return _listed({"properties.build.number": _is(chance.randrange(1000))})


def _one_trace(facts: Facts, chance: random.Random) -> Call:
    return "GET", f"/api/traces/{chance.choice(facts.traces)}/", None


def _one_span(facts: Facts, chance: random.Random) -> Call:
    return "GET", f"/api/request-logs/{chance.choice(facts.ids)}/", None


def _chart(_: Facts, chance: random.Random) -> Call:
    asked = {
        "measures": ["count", "error_rate", "sum_cost", "p95_latency"],
        "group_by": ["model"],
        "interval": "1d",
        "start_time": START,
        "end_time": moment(END - chance.randrange(DAY)),
    }
    return "POST", "/api/metrics/query/", asked


def _rare_word(_: Facts, chance: random.Random) -> Call:
    asked = {"operator": "full_text_search", "value": [chance.choice((RARE, RARE.upper(), RARE.title()))]}
    return _listed({"input": asked}, end_time=moment(LATEST - chance.randrange(DAY)))


def _phrase(facts: Facts, chance: random.Random) -> Call:
    return _listed({"input": {"operator": "full_text_search", "value": [chance.choice(facts.phrases)]}})


def _traces(_: Facts, chance: random.Random) -> Call:
    end = moment(LATEST - chance.randrange(DAY))
    return "POST", _window("/api/traces/list/", page_size=50, end_time=end), {}


def _threads(_: Facts, chance: random.Random) -> Call:
    end = moment(LATEST - chance.randrange(DAY))
    return "POST", _window("/api/log_threads/", page_size=50, end_time=end), {}


def _customers(_: Facts, chance: random.Random) -> Call:
    sort = chance.choice(("-total_cost", "-number_of_requests", "-first_seen", "-average_latency"))
    return "POST", f"/api/users/list/?{urlencode({'page_size': 50, 'sort_by': sort})}", {}


def _summary(_: Facts, chance: random.Random) -> Call:
    return "POST", _window("/api/request-logs/summary/", end_time=moment(LATEST - chance.randrange(DAY))), {}


def _groups(_: Facts, chance: random.Random) -> Call:
    end = moment(LATEST - chance.randrange(DAY))
    return "GET", _window("/api/request-logs/groups/", group_by="customer_identifier", end_time=end), None


def _facets(_: Facts, chance: random.Random) -> Call:
    return "GET", _window("/api/fields/model/values/", end_time=moment(LATEST - chance.randrange(DAY))), None


def _sql(_: Facts, chance: random.Random) -> Call:
    query = (
        "SELECT customer_identifier, count() AS calls, sum(cost) AS cost FROM spans WHERE log_type = 'chat' "
        f"AND model = '{_model(chance)}' GROUP BY customer_identifier ORDER BY cost DESC LIMIT 20"
    )
    return "POST", "/api/sql/", {"query": query}


def _broad(_: Facts, chance: random.Random) -> Call:
    return _listed({"latency": {"operator": "gt", "value": [chance.uniform(0.05, 0.06)]}})


def _rare_wanted(facts: Facts) -> int | None:
    return facts.rare


QUESTIONS: tuple[Question, ...] = (
    Question("newest 50", _newest, QUICK_MS),
    Question("by model and error", _by_model_and_error, QUICK_MS),
    Question("by metadata", _by_metadata, QUICK_MS),
    Question("by a path in properties", _by_properties),
    Question("one trace", _one_trace, QUICK_MS),
    Question("one span", _one_span, QUICK_MS),
    Question("30-day chart by model", _chart, QUICK_MS),
    Question("a rare word in all prompts", _rare_word, WORD_MS, _rare_wanted),
    Question("a phrase in all prompts", _phrase),
    Question("list of a broad filter, counted", _broad),
    Question("list of traces", _traces),
    Question("list of threads", _threads),
    Question("list of customers", _customers),
    Question("summary", _summary),
    Question("groups by customer", _groups),
    Question("facets of model", _facets),
    Question("SQL: customers by cost of a model", _sql),
)

BESIDE = ("newest 50", "by model and error", "by metadata", "one trace", "a rare word in all prompts")
"""What other servers are asked, too."""

EXPORT = f"/api/request-logs/export/?{urlencode({'format': 'jsonl', 'start_time': START})}"


def tail(customer: str) -> str:
    """The live tail of one customer's spans."""
    return f"/api/request-logs/tail/?customer_identifier={quote(customer)}"
