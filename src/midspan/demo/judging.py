"""What evaluators and people say of answers: scores, and now and then a note."""

from random import Random
from typing import Any

from midspan.demo.texts.shop import NOTES, REMARKS
from midspan.demo.trace import Body, Trace


def judge_answer(trace: Trace, answer: Body, dice: Random, *, chance: float = 0.13, poor: float = 0.07) -> None:
    """Score some of the answers, as the nightly review does. `poor` is the part that does badly."""
    if dice.random() >= chance:
        return
    luck = dice.random()
    grade = "poor" if luck < poor else "fair" if luck < 0.3 else "good"
    value = {"poor": dice.uniform(1, 2.4), "fair": dice.uniform(2.8, 3.9), "good": dice.uniform(4.0, 5.0)}[grade]
    trace.score(
        answer, "helpfulness", numerical_value=round(value, 1), string_value=dice.choice(REMARKS[grade]),
        is_passed=value >= 3, cost=round(dice.uniform(0.0002, 0.0009), 6),
    )  # fmt: skip
    if dice.random() < 0.7:
        grounded = round(min(1.0, max(0.0, dice.gauss(0.55 if grade == "poor" else 0.93, 0.07))), 2)
        trace.score(answer, "groundedness", numerical_value=grounded, is_passed=grounded >= 0.7)
    if dice.random() < 0.5:
        tones = ["cold"] if grade == "poor" else dice.choice((["warm"], ["warm", "concise"], ["neutral"], ["concise"]))
        trace.score(answer, "tone", categorical_value=tones)
    if dice.random() < 0.35:
        trace.score(answer, "resolved", boolean_value=grade != "poor", is_passed=grade != "poor")
    if dice.random() < 0.06:
        answer["note"] = dice.choice(NOTES)


def rubric(dice: Random, *, poor: float = 0.07) -> dict[str, Any]:
    """A judge's verdict as JSON."""
    grade = "poor" if dice.random() < poor else dice.choice(("fair", "good", "good"))
    score = {"poor": dice.randrange(1, 3), "fair": 3, "good": dice.randrange(4, 6)}[grade]
    return {"score": score, "passed": score >= 3, "reason": dice.choice(REMARKS[grade])}
