"""What goes wrong: providers that refuse, break or are slow for a day, and tools that fail."""

from random import Random
from typing import Any, Final, NamedTuple

from midspan.demo.models import Model

HOUR = 3_600_000_000


class Fault(NamedTuple):
    """A failure as the caller sees it, after some seconds. `may_pass`: trying again may help."""

    status_code: int
    code: str
    message: str
    seconds: float
    may_pass: bool = True

    def fields(self) -> dict[str, Any]:
        """What a body says of it."""
        return {
            "status": "failed",
            "status_code": self.status_code,
            "error_code": self.code,
            "error_message": self.message,
        }

    def said(self) -> dict[str, str]:
        """What a tool that failed returns."""
        return {"error": self.code, "message": self.message}


RATE_LIMITED: Final = {
    "openai": Fault(
        429, "rate_limit_exceeded",
        "Rate limit reached for {model} on tokens per min (TPM): Limit 2000000, Used {used}, Requested {asked}. "
        "Please try again in {wait}ms.",
        0.12,
    ),
    "anthropic": Fault(
        429, "rate_limit_error",
        "This request would exceed your organization's rate limit of 400,000 input tokens per minute for {model}.",
        0.15,
    ),
    "google": Fault(
        429, "RESOURCE_EXHAUSTED",
        "Quota exceeded for metric: generate_content_requests_per_minute, limit: 1000, model: {model}.",
        0.11,
    ),
}  # fmt: skip
BROKEN: Final = {
    "openai": Fault(500, "server_error", "The server had an error. Request ID: req_{id}.", 1.9),
    "anthropic": Fault(500, "api_error", "Internal server error (request req_{id}).", 2.3),
    "google": Fault(503, "UNAVAILABLE", "The model is overloaded. Please try again later.", 1.4),
}
OVERLOADED: Final = Fault(529, "overloaded_error", "Overloaded", 4.5)
TIMED_OUT: Final = Fault(504, "timeout", "Request timed out after 30.0 seconds (model {model}).", 30.0)
BLOCKED: Final = {
    "openai": Fault(400, "content_policy_violation", "The request was rejected by the safety system.", 0.6, False),
    "anthropic": Fault(400, "content_filtering", "Output blocked by content filtering policy.", 2.1, False),
    "google": Fault(400, "PROHIBITED_CONTENT", "The response was blocked: PROHIBITED_CONTENT.", 0.8, False),
}

SQL_TIMEOUT: Final = Fault(504, "tool_timeout", "orders-api did not answer within 8000 ms", 8.0)
NOT_FOUND: Final = Fault(404, "order_not_found", "No order with this number exists in this shop.", 0.12)
DECLINED: Final = Fault(
    402, "refund_declined", "The payment provider declined the refund: charge_already_refunded", 1.1
)
CARRIER_DOWN: Final = Fault(502, "carrier_unavailable", "Bad gateway: tracking.carriers.internal returned 502", 2.4)
INVALID: Final = Fault(422, "invalid_arguments", "amount must be at most the amount paid; got a larger one", 0.05)


def too_long(model: Model, prompt: int) -> Fault:
    """A prompt that does not fit the model."""
    said = (
        f"prompt is too long: {prompt} tokens > {model.window} maximum"
        if model.provider == "anthropic"
        else f"This model's maximum context length is {model.window} tokens. However, your messages resulted in "
        f"{prompt} tokens. Please reduce the length of the messages."
    )
    return Fault(400, "context_length_exceeded", said, 0.5, may_pass=False)


class Weather(NamedTuple):
    """How the providers are, over the month. `slow_from` and `slow_until` bound the bad hours of one of them."""

    slow_from: int
    slow_until: int
    provider: str = "anthropic"

    def is_bad(self, model: Model, at: int) -> bool:
        """Whether the model's provider is degraded then."""
        return model.provider == self.provider and self.slow_from <= at < self.slow_until

    def slowness(self, model: Model, at: int) -> float:
        """How many times longer than usual a call takes."""
        if not self.is_bad(model, at):
            return 1.0
        # Worst half-way through: it comes and goes.
        through = (at - self.slow_from) / (self.slow_until - self.slow_from)
        return 2.5 + 24.0 * through * (1 - through)

    def fault(self, model: Model, at: int, dice: Random) -> Fault | None:
        """What a call then fails with; None mostly."""
        chance = dice.random()
        if chance > (0.14 if self.is_bad(model, at) else 0.0125):
            return None
        provider = model.provider
        found = (
            (0.0010, BLOCKED[provider]), (0.0034, BROKEN[provider]), (0.0060, TIMED_OUT),
            (0.0125, RATE_LIMITED[provider]), (0.11, OVERLOADED), (1.0, TIMED_OUT),
        )  # fmt: skip
        return _filled(next(fault for bound, fault in found if chance <= bound), model, dice)


def _filled(fault: Fault, model: Model, dice: Random) -> Fault:
    used = dice.randrange(1_960_000, 1_999_000)
    message = fault.message.format(
        model=model.name,
        used=used,
        asked=2_000_000 - used + dice.randrange(200, 9_000),
        wait=dice.randrange(40, 900),
        id=f"{dice.getrandbits(64):016x}",
    )
    return fault._replace(message=message)
