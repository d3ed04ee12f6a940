"""What runs at night: catalogues turned into vectors in large batches, and a review of the day's conversations."""

from collections.abc import Iterator
from random import Random

from midspan.demo.judging import rubric
from midspan.demo.models import LARGE_VECTORS, LUNA, SMALL_VECTORS
from midspan.demo.people import CARRIERS, PRODUCTS, particulars
from midspan.demo.texts.shop import MIDDLES
from midspan.demo.texts.support import TALKS
from midspan.demo.trace import Broken, Setting, Trace
from midspan.demo.wording import assistant, json_text, one_of, system, user


def embed(setting: Setting, dice: Random) -> Iterator[Trace]:
    """A shop's catalogue in batches of 96 products; the log keeps the first texts of each."""
    customer = setting.visit.customer
    model = LARGE_VECTORS if customer.tier in ("enterprise", "business") else SMALL_VECTORS
    batches = max(2, min(14, round(customer.weight**0.6)))
    trace = Trace(setting, dice, setting.visit.at, name=f"Embeddings: {customer.name}")
    trace.open("catalogue-embeddings", "batch", {"shop": customer.identifier, "products": batches * 96})
    try:
        for batch in range(batches):
            texts = [
                one_of(dice, MIDDLES, {**particulars(dice), "product": product.partition(",")[0]})
                for product, _ in dice.sample(PRODUCTS, 4)
            ]
            shown = {"dimensions": 3072 if model is LARGE_VECTORS else 1536, "vectors": 96}
            trace.call(
                model,
                texts,
                shown,
                name=f"embed-batch-{batch + 1}",
                log_type="embedding",
                beside=dice.randrange(38_000, 61_000),
                properties={"batch": batch + 1, "texts": 96},
            )
            trace.leaf(
                "upsert-vectors",
                "task",
                0.8,
                {"index": f"catalogue-{customer.identifier}", "vectors": 96},
                {"upserted": 96},
            )
    except Broken as broken:
        trace.abort(broken.fault)
    else:
        trace.close({"embedded": batches * 96, "skipped": dice.randrange(0, 7)})
    yield trace


def review(setting: Setting, dice: Random) -> Iterator[Trace]:
    """Judges read conversations of the day."""
    trace = Trace(setting, dice, setting.visit.at, name="Quality review")
    trace.open("quality-review", "workflow", {"sample": "10 %", "judge": LUNA.name})
    try:
        marks = []
        for _ in range(dice.randrange(3, 7)):
            talk = dice.choice(TALKS)
            words = particulars(dice)
            ask, answer = one_of(dice, talk.steps[0].asks, words), one_of(dice, talk.steps[0].answers, words)
            verdict = rubric(dice)
            trace.open("judge-helpfulness", "score", {"question": ask, "answer": answer})
            prompt = [
                system("Judge the answer from 1 to 5 for helpfulness. Reply with JSON: score, passed, reason."),
                user(f"Question:\n{ask}\n\nAnswer:\n{answer}"),
            ]
            said = json_text(verdict)
            trace.call(
                LUNA,
                prompt,
                assistant(said),
                name="judge",
                thought=128,
                response_format={"type": "json_object"},
                prompt_id="judge-helpfulness",
                prompt_name="Judge: helpfulness",
                prompt_version_number="2",
            )
            trace.close(verdict)
            marks.append(verdict["score"])
    except Broken as broken:
        trace.abort(broken.fault)
    else:
        trace.close({"judged": len(marks), "average": round(sum(marks) / len(marks), 2)})
    yield trace


def queue(setting: Setting, dice: Random) -> Iterator[Trace]:
    """A batch that its provider has not begun yet."""
    trace = Trace(setting, dice, setting.visit.at, name="Product copy, batch")
    trace.leaf(
        "submit-batch", "batch", 1.4,
        {"requests": dice.randrange(200, 2_400), "endpoint": "/v1/chat/completions", "window": "24h"}, None,
        status="pending", model=LUNA.name, provider_id=LUNA.provider,
        custom_identifier=f"batch_{dice.getrandbits(56):014x}",
        properties={"state": "validating", "carrier_feed": dice.choice(CARRIERS)},
    )  # fmt: skip
    yield trace
