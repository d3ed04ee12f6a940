"""The copy studio: texts about products, written by models of several kinds and checked before they are published."""

import contextlib
from collections.abc import Iterator
from random import Random
from typing import Any

from midspan.demo.models import FLASH, INSTRUCT, LUNA, SONNET
from midspan.demo.people import particulars
from midspan.demo.texts.shop import ENDINGS, FAREWELLS, LABELS, MAILS, MIDDLES, OPENINGS
from midspan.demo.trace import Body, Broken, Setting, Trace
from midspan.demo.wording import assistant, one_of, system, user

_VOICES = ("plain", "playful", "quiet", "technical")
_KINDS = ("chat", "generation", "text", "chat", "completion")


def write(setting: Setting, dice: Random) -> Iterator[Trace]:
    """One product's text."""
    words = particulars(dice)
    trace = Trace(setting, dice, setting.visit.at, name=f"Copy: {words['product']}")
    try:
        _write(trace, words)
    except Broken as broken:
        trace.abort(broken.fault)
    yield trace


def _write(trace: Trace, words: dict[str, str]) -> None:
    dice = trace.dice
    trace.open(
        "product-copy", "workflow", {"product": words["product"], "price": float(words["price"]), "languages": ["en"]}
    )
    trace.leaf(
        "load-product",
        "function",
        0.03,
        {"title": words["product"]},
        {"title": words["product"], "price": float(words["price"]), "stock": dice.randrange(0, 140)},
    )
    voice = dice.choice(_VOICES)
    trace.leaf(
        "brand-voice",
        "custom",
        0.01,
        {"shop": trace.setting.visit.customer.identifier},
        {"voice": voice, "avoid": ["game-changing", "unleash", "elevate"]},
    )
    text = f"{dice.choice(OPENINGS)} {one_of(dice, MIDDLES, words)} {one_of(dice, ENDINGS, words)}"
    body = _draft(trace, words, voice, text)
    if trace.setting.visit.nth % 5 == 3:
        trace.leaf("legacy-hook", "unknown", 0.02, {"event": "draft.created"}, {"ok": True})
    if dice.random() < 0.05:
        body |= {"status": "warning", "finish_reason": "length", "warnings": "the text was cut at max_tokens"}
    trace.leaf("claims-check", "guardrail", 0.18, text, {"claims": [], "passed": True})
    trace.leaf(
        "render-preview",
        "other",
        0.3,
        {"template": "card"},
        {"html": f"<article><h2>{words['product']}</h2><p>{text}</p></article>"},
    )
    trace.leaf("PUT /v2/products/{id}/copy", "span", 0.14, {"locale": "en"}, {"status": 204}, status_code=204)
    trace.close({"text": text, "voice": voice})


def _draft(trace: Trace, words: dict[str, str], voice: str, text: str) -> Body:
    dice = trace.dice
    version = trace.setting.metadata["prompt_version"]
    more: dict[str, Any] = {
        "prompt_id": "product-copy",
        "prompt_name": "Product copy",
        "prompt_version_number": version,
        "variables": {"product": words["product"], "voice": voice},
    }
    wish = f"Write three sentences about the {words['product']} in a {voice} voice."
    kind = _KINDS[trace.setting.visit.nth % len(_KINDS)]
    if kind == "text":
        return trace.call(
            INSTRUCT, f"{wish}\n\n", text, name="draft", log_type="text", max_tokens=120, temperature=0.9, **more
        )
    if kind == "completion":
        return trace.call(
            INSTRUCT,
            f"Product: {words['product']}\nVoice: {voice}\nText:",
            text,
            name="draft",
            log_type="completion",
            max_tokens=120,
            stop=["\n\n"],
            **more,
        )
    if kind == "generation":
        return trace.call(
            FLASH,
            {"product": words["product"], "voice": voice, "sentences": 3},
            {"text": text},
            name="draft",
            log_type="generation",
            beside=420,
            **more,
        )
    prompt = [
        system("You write for independent shops. Three sentences, no superlatives, nothing that can't be proven."),
        user(wish),
    ]
    return trace.call(
        dice.choice((SONNET, LUNA)),
        prompt,
        assistant(text),
        name="draft",
        beside=640,
        stream=True,
        temperature=0.9,
        finish_reason="stop",
        **more,
    )


def sort(setting: Setting, dice: Random) -> Iterator[Trace]:
    """One mail to a shop, sorted into its folder: many of them, small and cheap."""
    words = particulars(dice)
    label = dice.choice(LABELS)
    subject = f"{label.capitalize()}, {words['order']}"
    mail = f"Subject: {subject}\n\n{one_of(dice, MAILS, words)} {one_of(dice, FAREWELLS, words)}"
    trace = Trace(setting, dice, setting.visit.at)
    prompt = [system(f"Choose one label: {', '.join(LABELS)}. Reply with the label alone."), user(mail)]
    with contextlib.suppress(Broken):  # the mail stays in the inbox, and its call says why
        trace.call(
            LUNA,
            prompt,
            assistant(label),
            name="sort-mail",
            max_tokens=8,
            temperature=0.0,
            finish_reason="stop",
            custom_identifier=f"ticket-{words['ticket']}",
            prompt_id="sort-mail",
            prompt_name="Sort mail",
            prompt_version_number="1",
        )
    yield trace
