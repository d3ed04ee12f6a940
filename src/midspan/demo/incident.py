"""Yesterday's incident: an agent that updates a shop's catalogue runs in a circle for hours, at full price.

Each update is refused because somebody else has changed the product; the agent tries again with what it knew before.
And as a time of day stands at the head of its prompt, the provider's cache never helps.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from midspan.demo import faults
from midspan.demo.models import TERRA
from midspan.demo.people import PRODUCTS
from midspan.demo.trace import SECOND, Broken, Setting, Trace
from midspan.demo.wording import assistant, system, tool_call, tool_result, user

_CONFLICT: Final = faults.Fault(
    409, "version_conflict", "The product has changed since version {version}; read it again.", 0.21
)
_STOPPED: Final = faults.Fault(
    499,
    "stopped_by_operator",
    "Stopped by the on-call engineer: this agent has spent more today than everything else this week.",
    0.0,
)
_TRIES: Final = (
    "The update of **{product}** was refused because of its version. I'll try again.",
    "Still a conflict on **{product}**. I'll repeat the update with the same fields.",
    "Version conflict again. The description may have been too long; I'll shorten it and retry.",
    "The product seems to be locked. Trying once more before I go on.",
    "I'll update only the price of **{product}** this time.",
    "The conflict persists. Let me retry the whole batch from the beginning, so that nothing is left out.",
)  # fmt: skip
NOTE: Final = (
    "Went in circles on a version conflict and was stopped by hand. "
    "The clock in the system prompt kept the cache from helping. "
    "Follow-up: read the product again after a 409, and stop after five."
)
_CONTEXT: Final = (4_000, 58_000)
"""Tokens of the context at the first step and at the last."""


def loop(setting: Setting, dice: Random) -> Iterator[Trace]:
    """The trace of one run, which ends when somebody stops it."""
    trace = Trace(setting, dice, setting.visit.at, name="Catalogue sync")
    try:
        _run(trace, dice, setting.visit.spans)
    except Broken as broken:
        trace.abort(broken.fault)
    yield trace


def _run(trace: Trace, dice: Random, spans: int) -> None:
    goal = user(
        "Bring the 412 products of the supplier's list up to date: price, stock, description. "
        "Go on until every product is done."
    )
    trace.open("catalogue-sync", "workflow", {"source": "supplier-feed.csv", "products": 412}, note=NOTE)
    trace.leaf("load-feed", "function", 3.1, {"file": "supplier-feed.csv"}, {"rows": 412, "changed": 187})
    trace.open("sync-agent", "agent", [goal])
    recent: list[dict[str, Any]] = []
    low, high = _CONTEXT
    steps = max((spans - 3) // 2, 1)
    product, said_before = "", ""
    for step in range(steps):
        if step % 37 == 0:
            product = dice.choice(PRODUCTS)[0].partition(",")[0]
        version = 4 + step // 60
        arguments = {
            "sku": product.lower().replace(" ", "-"),
            "version": version,
            "fields": {"price": round(dice.uniform(20, 200), 2), "stock": dice.randrange(0, 90)},
        }
        asked = tool_call(f"call_{dice.getrandbits(48):012x}", "update_product", arguments)
        said_before = dice.choice([text for text in _TRIES if text != said_before])
        said = assistant(said_before.replace("{product}", product), tool_calls=[asked])
        head = system(
            f"It is {_clock(trace.now)}. You keep the catalogue of {trace.setting.visit.customer.name} up to date. "
            "Never leave a product out."
        )
        try:
            trace.call(
                TERRA,
                [head, goal, *recent],
                said,
                name="decide",
                beside=low + (high - low) * step // steps,
                finish_reason="tool_calls",
                thought=64,
            )
        except Broken:
            continue  # it does not even notice
        fault = _CONFLICT._replace(message=_CONFLICT.message.replace("{version}", str(version)))
        trace.tool("update_product", 0.2, arguments, None, fault=fault)
        recent = [*recent, said, tool_result(asked["id"], {"error": "version_conflict"})][-4:]
    raise Broken(_STOPPED)


def _clock(at: int) -> str:
    """The time of day, to the second."""
    seconds = at // SECOND % 86_400
    return f"{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
