"""The docs assistant: questions of developers, answered from passages that are found, ranked and quoted."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from midspan.demo import faults
from midspan.demo.judging import judge_answer
from midspan.demo.models import FLASH, GOOGLE_VECTORS, LITE, TERRA, Model
from midspan.demo.texts.docs import PASSAGES, QUESTIONS, SYSTEM, Question
from midspan.demo.trace import SECOND, Body, Broken, Setting, Trace
from midspan.demo.wording import assistant, system, user, vector

_PAGES: Final = 14
"""Passages that the search returns; the ranking leaves four."""
_PASSAGE_TOKENS: Final = 1_300
"""What a passage has in the prompt, with its neighbours; the log shows its heart."""


def ask(setting: Setting, dice: Random) -> Iterator[Trace]:
    """A question, and now and then another one after it."""
    at, history = setting.visit.at, list[dict[str, Any]]()
    model = dice.choices((FLASH, TERRA), (3, 2))[0]
    first = setting.visit.nth * 11
    for number in range(dice.choices((1, 2, 3), (14, 5, 2))[0]):
        question = QUESTIONS[(first + number * 4) % len(QUESTIONS)]
        text = question.asks[(setting.visit.nth // len(QUESTIONS) + number) % len(question.asks)]
        trace = Trace(setting, dice, at, number, name=text[:80])
        try:
            _answer(trace, question, text, model, history)
        except Broken as broken:
            trace.abort(broken.fault)
        yield trace
        history += [user(text), assistant(question.answer)]
        at = trace.now + round(dice.lognormvariate(4.6, 0.7) * SECOND)


def _answer(trace: Trace, question: Question, text: str, model: Model, history: list[dict[str, Any]]) -> None:
    dice = trace.dice
    trace.open("docs-assistant", "workflow", {"question": text})
    if history:
        rewritten = f"{text} (asked before: {history[-2]['content']})"
        prompt = [system("Rewrite the last question so that it stands by itself."), *history[-2:], user(text)]
        trace.call(LITE, prompt, assistant(rewritten), name="rewrite-question", finish_reason="stop")
    documents = _retrieve(trace, question, text)
    passages = SYSTEM + "\n\n" + "\n\n".join(f"[{found['id']}]\n{found['content']}" for found in documents)
    more: dict[str, Any] = {
        "prompt_id": "docs-answer",
        "prompt_name": "Docs answer",
        "prompt_version_number": trace.setting.metadata["prompt_version"],
        "temperature": 0.1,
    }
    if dice.random() < 0.09:
        more["positive_feedback"] = dice.random() < 0.78
    if dice.random() < 0.004:
        fault = faults.too_long(model, model.window + dice.randrange(2_000, 60_000))
        trace.leaf(
            "answer",
            "chat",
            0.4,
            [system(passages), user(text)],
            None,
            model=model.name,
            provider_id=model.provider,
            **fault.fields(),
        )
        raise Broken(fault)
    if model is TERRA:
        said = _respond(trace, passages, text, question.answer, more)
    else:
        said = trace.call(
            model, [system(passages), *history, user(text)], assistant(question.answer), name="answer",
            beside=4 * _PASSAGE_TOKENS, cached=0.35, thought=dice.choice((0, 0, 210, 480)), stream=True,
            finish_reason="stop", **more,
        )  # fmt: skip
    cited = [name for name in question.found if f"[{name}]" in question.answer]
    trace.leaf(
        "check-citations", "guardrail", 0.004, {"answer": question.answer[:160]}, {"cited": cited, "missing": []}
    )
    judge_answer(trace, said, dice, poor=0.07 if cited else 0.6)
    trace.close({"answer": question.answer, "sources": cited})


def _retrieve(trace: Trace, question: Question, text: str) -> list[dict[str, Any]]:
    dice = trace.dice
    trace.open("retrieve", "task", {"query": text, "top": _PAGES})
    trace.call(GOOGLE_VECTORS, text, vector(dice, 3072), name="embed-query", log_type="embedding")
    others = dice.sample([name for name in PASSAGES if name not in question.found], _PAGES - len(question.found))
    names = [*question.found, *others]
    scores = sorted((round(dice.uniform(0.41, 0.89), 4) for _ in names), reverse=True)
    documents = [
        {"id": name, "score": score, "content": PASSAGES[name]} for name, score in zip(names, scores, strict=True)
    ]
    trace.leaf(
        "vector-search",
        "task",
        0.035,
        {"index": "docs-2026", "top": _PAGES},
        {"documents": documents[:8], "more": _PAGES - 8},
    )
    ranked = [{"index": at, "id": name, "relevance": round(0.98 * 0.62**at, 3)} for at, name in enumerate(names[:4])]
    trace.leaf(
        "rerank",
        "reranker",
        0.11,
        {"query": text, "documents": names},
        {"results": ranked},
        model="rerank-v3.5",
        provider_id="cohere",
    )
    trace.close({"documents": names[:4]})
    return documents[:4]


def _respond(trace: Trace, passages: str, text: str, answer: str, more: dict[str, Any]) -> Body:
    """The answer by OpenAI's Responses API, with a summary of its reasoning."""
    thought = trace.dice.randrange(2, 8) * 64
    request = {"instructions": passages, "input": [user(text)], "reasoning": {"effort": "low", "summary": "auto"}}
    thoughts = [
        {
            "type": "summary_text",
            "text": "The passages answer it directly; I'll quote the first and keep the example short.",
        }
    ]
    content = [{"type": "output_text", "text": answer, "annotations": []}]
    response = {
        "output": [
            {"type": "reasoning", "summary": thoughts},
            {"type": "message", "role": "assistant", "content": content},
        ]
    }
    return trace.call(
        TERRA, request, response, name="answer", log_type="response", beside=4 * _PASSAGE_TOKENS, cached=0.3,
        thought=thought,
        stream=True, reasoning_effort="low", **more,
    )  # fmt: skip
