"""The voice line: what a caller says is heard, answered and spoken. A turn takes seconds, most of them in sound."""

from collections.abc import Iterator
from random import Random
from typing import Any

from midspan.demo.judging import judge_answer
from midspan.demo.models import HAIKU, HEARING, LITE, SPEAKING, WHISPER
from midspan.demo.people import particulars
from midspan.demo.texts.voice import CALLS, SYSTEM
from midspan.demo.trace import SECOND, Broken, Setting, Trace
from midspan.demo.wording import assistant, fill, system, user


def call(setting: Setting, dice: Random) -> Iterator[Trace]:
    """A phone call, one trace for each exchange."""
    words = particulars(dice)
    number = f"+{dice.choice((1, 33, 44, 46, 49, 353))} *** *** {dice.randrange(10, 99)}"
    history: list[dict[str, Any]] = []
    at = setting.visit.at
    for turn, (heard, said) in enumerate(fill(CALLS[setting.visit.nth * 5 % len(CALLS)], words)):
        trace = Trace(setting, dice, at, turn, name=f"Call from {number}")
        try:
            _turn(trace, heard, said, history)
        except Broken as broken:
            trace.abort(broken.fault)
            yield trace
            return
        yield trace
        history += [user(heard), assistant(said)]
        at = trace.now + round(dice.uniform(2, 9) * SECOND)


def _turn(trace: Trace, heard: str, said: str, history: list[dict[str, Any]]) -> None:
    dice, shop = trace.dice, trace.setting.visit.customer
    lasts = round(len(heard) / 14 + dice.uniform(0.6, 2.2), 2)
    trace.open("voice-turn", "workflow", {"audio_seconds": lasts, "channel": "phone"})
    trace.leaf(
        "detect-speech-end", "function", 0.22, {"audio_seconds": lasts}, {"silence_ms": dice.randrange(380, 900)}
    )
    hearing = WHISPER if dice.random() < 0.12 else HEARING
    sound = {
        "audio": {"seconds": lasts, "format": "opus", "sample_rate": 16_000, "id": f"rec_{dice.getrandbits(48):012x}"},
        "language": "auto",
    }
    trace.call(hearing, sound, heard, name="transcribe", log_type="transcription", beside=round(lasts * 10))
    model = HAIKU if shop.tier == "enterprise" else LITE
    messages = [system(SYSTEM.replace("{shop}", shop.name)), *history, user(heard)]
    answer = trace.call(
        model, messages, assistant(said), name="answer", beside=880, cached=0.7, stream=True,
        temperature=0.5, max_tokens=120, finish_reason="stop", prompt_id="voice-line", prompt_name="Voice line",
        prompt_version_number=trace.setting.metadata["prompt_version"],
    )  # fmt: skip
    spoken = round(len(said) / 13.5, 2)
    sound = {"audio": {"seconds": spoken, "format": "mp3", "voice": "coral", "id": f"spk_{dice.getrandbits(48):012x}"}}
    trace.call(SPEAKING, said, sound, name="speak", log_type="speech", stream=True)
    body = trace.bodies[-1]
    body["usage"] = {
        "input_tokens": len(said) // 4 + 3,
        "output_tokens": round(spoken * 20),
        "total_tokens": len(said) // 4 + 3 + round(spoken * 20),
    }
    # The sound is made about as fast as it is played.
    trace.now += round(spoken * dice.uniform(0.35, 0.9) * SECOND)
    body["timestamp"] = trace.now
    if "connecting you" in said:
        trace.leaf(
            "handoff-to-phone",
            "handoff",
            0.4,
            {"queue": "care", "caller": "waiting"},
            {"accepted": True, "waited_seconds": dice.randrange(5, 160)},
        )
    judge_answer(trace, answer, dice, chance=0.08)
    trace.close({"audio_seconds": spoken, "text": said})
