"""The demo's traffic: request logs as a month of applications would have sent them. A seed and a time in, rows out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from midspan.demo import coding, docs, incident, nightly, studio, support, voice
from midspan.demo.plan import DAY, Plan
from midspan.demo.trace import Body, Scored, Setting, Trace, Visit, token

KEY_PREFIX: Final = "demo-"
"""What the ids of the keys begin with under which the demo's spans are stored; ids of real keys are 32 hex digits."""


class App(NamedTuple):
    """An application: what it records for a visit, and what all its spans say."""

    record: Callable[[Setting, Random], Iterator[Trace]]
    key: str
    workflow: str
    channel: str
    versions: tuple[str, str] = ("1", "1")
    """Of its prompt: before and since the change."""
    has_threads: bool = False


APPS: Final = {
    "support": App(support.converse, "demo-support", "support-agent", "chat", ("6", "7"), has_threads=True),
    "docs": App(docs.ask, "demo-docs", "docs-assistant", "web", ("3", "4"), has_threads=True),
    "coding": App(coding.work, "demo-engineering", "coding-agent", "ide", ("11", "12")),
    "voice": App(voice.call, "demo-voice", "voice-line", "phone", ("2", "2"), has_threads=True),
    "embed": App(nightly.embed, "demo-batch", "catalogue-embeddings", "job"),
    "review": App(nightly.review, "demo-batch", "quality-review", "job"),
    "queue": App(nightly.queue, "demo-batch", "product-copy-batch", "job"),
    "studio": App(studio.write, "demo-studio", "product-copy", "web", ("4", "5")),
    "sort": App(studio.sort, "demo-support", "mail-sorting", "mail"),
    "incident": App(incident.loop, "demo-batch", "catalogue-sync", "job"),
}
_CHANGED_DAYS: Final = 12
"""How long ago the prompts were changed."""

_UNSAID: Final = frozenset((
    "output", "timestamp", "usage", "time_to_first_token", "full_request", "full_response", "finish_reason",
    "positive_feedback", "note", "status", "status_code", "error_message", "error_code", "warnings",
))  # fmt: skip
"""What a span that is still running cannot say yet."""


class Recorded(NamedTuple):
    """What one visit left: bodies of request logs under a key, and what evaluators said of them."""

    key: str
    bodies: list[Body]
    scores: list[Scored]


def record(plan: Plan, visit: Visit) -> Recorded:
    """What a visit of the plan left by the plan's now; what had not ended then is running."""
    app = APPS[visit.app]
    dice = Random(f"{plan.seed}/{visit.number}")  # noqa: S311 - it draws a picture, not a key
    setting = _setting(plan, visit, app)
    bodies: list[Body] = []
    scores: list[Scored] = []
    for trace in app.record(setting, dice):
        there = [_until(body, plan.now) for body in trace.bodies if body["start_time"] <= plan.now]
        ended = {body["span_unique_id"] for body in there if body.get("status") != "running"}
        bodies += there
        scores += [scored for scored in trace.scores if scored.span in ended]
        if trace.now > plan.now:
            break
    return Recorded(app.key, bodies, scores)


def first(seed: int) -> tuple[str, str]:
    """Trace and span id of the oldest visit's first span. As visits are planned newest first, it is recorded last."""
    trace = token(seed, 0, 0)
    return trace, token(trace, 0)[:16]


def _setting(plan: Plan, visit: Visit, app: App) -> Setting:
    is_new = visit.at > plan.now - _CHANGED_DAYS * DAY
    metadata = {
        "region": visit.customer.region,
        "tier": visit.customer.tier,
        "feature": app.workflow,
        "channel": app.channel,
        "release": _release(visit.at),
        "prompt_version": app.versions[is_new],
    }
    thread = f"{app.workflow.split('-')[0]}-{token(plan.seed, visit.number, 'thread')[:12]}" if app.has_threads else ""
    return Setting(plan.seed, visit, app.key, app.workflow, metadata, plan.weather, thread)


def _release(at: int) -> str:
    """The application's release of that day: one a week, and a patch on Thursdays."""
    year, week, weekday = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isocalendar()
    return f"{year}.{week}.{1 if weekday >= 4 else 0}"


def _until(body: Body, now: int) -> Body:
    """A span as it is known by now."""
    if body.get("timestamp", now + 1) <= now:
        return body
    return {**{name: value for name, value in body.items() if name not in _UNSAID}, "status": "running"}
