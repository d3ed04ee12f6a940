"""What spans cost. The expected figures are worked out by hand from the vendors' price pages, the sums beside them."""

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from midspan.domain.price import Override
from midspan.domain.span import Span
from midspan.ingest import catalogue
from midspan.ingest.price import PriceBook, count
from midspan.ingest.rates import Card, Prices, Said, Window, rates

BOOK = PriceBook()
FLAT = rates(Prices(*(Decimal(1),) * 5), Said("library", "a list"))
PARTS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


def micros(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()) * 1_000_000


def span(model: str = "", provider: str = "", on: str = "2026-01-15", **fields: Any) -> Span:
    return Span(
        organization_id="o", environment="prod", key_time=0, id="i", timestamp=micros(on), model=model,
        provider_id=provider, **fields,
    )  # fmt: skip


def priced(sent: Span, overrides: Sequence[Override] = ()) -> Span:
    BOOK.apply(sent, overrides)
    return sent


def details(of: Span) -> Any:
    """The details with every number exact."""
    return json.loads(of.cost_details, parse_float=Decimal, parse_int=Decimal)


def override(id_: str, model: str, price: str, **fields: Any) -> Override:
    """A price whose input and output cost the same."""
    return Override(id=id_, model=model, input_price=Decimal(price), output_price=Decimal(price), **fields)


def test_openai_cached_input_is_inside_the_prompt() -> None:
    """gpt-4o: 2.50 in, 1.25 cached, 10 out per million; the cached tokens are a part of the prompt's."""
    got = priced(
        span("gpt-4o-2024-08-06", "openai", prompt_tokens=10_000, prompt_cache_hit_tokens=8_192, completion_tokens=500,
             token_convention="inside")
    )  # fmt: skip
    # (10,000 - 8,192) = 1,808 x 2.50 = 4,520; 8,192 x 1.25 = 10,240; 500 x 10 = 5,000; together 19,760 / 10^6
    assert got.cost == Decimal("0.01976")
    assert (got.input_cost, got.cache_read_cost) == (Decimal("0.00452"), Decimal("0.01024"))
    assert (got.cache_write_cost, got.output_cost) == (Decimal(0), Decimal("0.005"))
    assert got.cost_source == "library"
    assert details(got) == {
        "source": "library",
        "origin": f"genai-prices {genai_prices.__version__}",
        "provider": "openai",
        "model": "gpt-4o",
        "price_date": "2026-01-15",
        "parts": {
            "input": {"tokens": 1808, "price_per_million": Decimal("2.5"), "usd": Decimal("0.00452")},
            "cache_read": {"tokens": 8192, "price_per_million": Decimal("1.25"), "usd": Decimal("0.01024")},
            "cache_write_5m": {"tokens": 0, "price_per_million": Decimal("2.5"), "usd": 0},
            "cache_write_1h": {"tokens": 0, "price_per_million": Decimal("2.5"), "usd": 0},
            "output": {"tokens": 500, "price_per_million": 10, "usd": Decimal("0.005")},
        },
    }


def test_openai_reasoning_model_with_cached_input() -> None:
    """o4-mini: 1.10 in, 0.275 cached, 4.40 out per million; reasoning tokens are output tokens already."""
    got = priced(
        span("o4-mini", "openai", prompt_tokens=3_000, prompt_cache_hit_tokens=2_048, completion_tokens=1_000,
             reasoning_tokens=900, token_convention="inside")
    )  # fmt: skip
    # 952 x 1.10 = 1,047.2; 2,048 x 0.275 = 563.2; 1,000 x 4.40 = 4,400; together 6,010.4 / 10^6
    assert got.cost == Decimal("0.0060104")


def test_anthropic_cache_counted_inside() -> None:
    """130,213 input tokens of which 128,955 were read and 1,253 written cost 4.490025 cents, not a double count."""
    got = priced(
        span("claude-sonnet-4-5", "anthropic", prompt_tokens=130_213, prompt_cache_hit_tokens=128_955,
             prompt_cache_creation_tokens=1_253, completion_tokens=100, token_convention="inside")
    )  # fmt: skip
    # 5 x 3 = 15; 128,955 x 0.30 = 38,686.5; 1,253 x 3.75 = 4,698.75; 100 x 15 = 1,500; together 44,900.25 / 10^6
    assert got.cost == Decimal("0.04490025")


def test_anthropic_cache_beside_the_input_written_for_five_minutes_and_an_hour() -> None:
    """claude-sonnet-4-5: 3 in, 0.30 read, 3.75 written for 5 minutes, 6 for an hour, 15 out; input beside the cache."""
    got = priced(
        span("claude-sonnet-4-5-20250929", "anthropic", prompt_tokens=12, prompt_cache_hit_tokens=10_000,
             prompt_cache_creation_tokens=3_000, prompt_cache_creation_1h_tokens=1_000, completion_tokens=200,
             token_convention="outside")
    )  # fmt: skip
    # 12 x 3 = 36; 10,000 x 0.30 = 3,000; 2,000 x 3.75 = 7,500; 1,000 x 6 = 6,000; 200 x 15 = 3,000; 19,536 / 10^6
    assert got.cost == Decimal("0.019536")
    assert got.cache_write_cost == Decimal("0.0135")
    assert [details(got)["parts"][part]["tokens"] for part in PARTS] == [12, 10_000, 2_000, 1_000, 200]


@pytest.mark.parametrize(("prompt", "cost"), [(200_000, "0.26"), (200_001, "0.5150025")])
def test_gemini_costs_more_over_200k(prompt: int, cost: str) -> None:
    """gemini-2.5-pro: 1.25 in and 10 out to 200,000 tokens; one token more and all of them cost 2.50 and 15."""
    # 200,000 x 1.25 = 250,000 + 1,000 x 10 = 10,000; 200,001 x 2.50 = 500,002.5 + 1,000 x 15 = 15,000
    assert priced(
        span("gemini-2.5-pro", "gcp.vertex_ai", prompt_tokens=prompt, completion_tokens=1_000)
    ).cost == Decimal(cost)


def test_cached_tokens_count_towards_the_length_of_context() -> None:
    """gemini-2.5-pro over 200,000 tokens, most of them cached: 0.25 per million read, 2.50 in, 15 out."""
    got = priced(
        span("models/gemini-2.5-pro", "google", prompt_tokens=250_000, prompt_cache_hit_tokens=240_000,
             completion_tokens=100, token_convention="inside")
    )  # fmt: skip
    # 10,000 x 2.50 = 25,000; 240,000 x 0.25 = 60,000; 100 x 15 = 1,500; together 86,500 / 10^6
    assert got.cost == Decimal("0.0865")


def test_embeddings_cost_their_input_alone() -> None:
    """text-embedding-3-small: 0.02 per million; there is no output price, and none is made up."""
    got = priced(span("text-embedding-3-small", "openai", prompt_tokens=7))
    # 7 x 0.02 / 10^6
    assert got.cost == Decimal("0.00000014")
    assert details(got)["parts"]["output"] == {"tokens": 0, "price_per_million": None, "usd": 0}


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "0.0198"),
        ("bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "0.0198"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "0.0198",
        ),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "0.018"),
    ],
)
@pytest.mark.parametrize("provider", ["aws.bedrock", "anthropic", ""])
def test_bedrock_regions_cost_a_tenth_more(model: str, cost: str, provider: str) -> None:
    """1,000 x 3 + 1,000 x 15 = 18,000 / 10^6 anywhere, and a tenth more where a region is asked for."""
    got = priced(
        span(model, provider, response_model="claude-sonnet-4-5-20250929", prompt_tokens=1_000, completion_tokens=1_000)
    )
    assert (got.cost, details(got)["provider"]) == (Decimal(cost), "aws")


@pytest.mark.parametrize("provider", ["azure", "az.ai.openai", "azure.ai.openai", "AzureOpenAI", "azure_openai"])
def test_azure_deployments_are_priced_by_the_model_that_answered(provider: str) -> None:
    """gpt-4o-mini: 1,000 x 0.15 + 1,000 x 0.60 = 750 / 10^6, though the request names a deployment."""
    got = priced(
        span(
            "my-deployment",
            provider,
            response_model="gpt-4o-mini-2024-07-18",
            prompt_tokens=1_000,
            completion_tokens=1_000,
        )
    )
    assert (got.cost, details(got)["provider"]) == (Decimal("0.00075"), "azure")


@pytest.mark.parametrize(("on", "cost"), [("2025-05-20", "0.05"), ("2025-06-09", "0.05"), ("2026-01-15", "0.01")])
def test_a_span_is_priced_by_its_own_day(on: str, cost: str) -> None:
    """o3 cost 10 in and 40 out until 10 June 2025, then 2 and 8: 1,000 of each are 0.05, then 0.01."""
    got = priced(span("o3", "openai", on, prompt_tokens=1_000, completion_tokens=1_000))
    assert (got.cost, details(got)["price_date"]) == (Decimal(cost), on)


def test_the_day_is_that_of_the_start() -> None:
    """A call that ran over the day its price fell is priced by when it started: o3 at 10, not 2."""
    got = priced(span("o3", "openai", "2025-06-10", start_time=micros("2025-06-10") - 1, prompt_tokens=1_000))
    assert (got.cost, details(got)["price_date"]) == (Decimal("0.01"), "2025-06-09")


@pytest.mark.parametrize(("at", "cost"), [("12:00", "0.00137"), ("20:00", "0.000685"), ("00:29", "0.000685")])
def test_prices_by_time_of_day(at: str, cost: str) -> None:
    """deepseek-chat on 1 June 2025: 0.27 and 1.10 by day, half by night; 1,000 of each."""
    got = priced(span("deepseek-chat", "deepseek", f"2025-06-01T{at}", prompt_tokens=1_000, completion_tokens=1_000))
    assert got.cost == Decimal(cost)


@pytest.mark.parametrize(
    ("hours", "held"),
    [((6, 18), [6, 12]), ((18, 6), [0, 5, 18, 23])],
)
def test_a_window_of_hours_holds_from_its_first_to_before_its_last(hours: tuple[int, int], held: list[int]) -> None:
    """Also where it goes on past midnight."""
    hour = 3_600_000_000
    window = Window(None, (hours[0] * hour, hours[1] * hour), FLAT, (), False)
    day = micros("2026-01-15")
    assert [at for at in (0, 5, 6, 12, 18, 23) if window.holds(day + at * hour)] == held


@pytest.mark.parametrize(("price", "cost"), [("0.0000014", "1e-12"), ("0.0000015", "2e-12"), ("0.0000004", "0")])
def test_a_part_finer_than_the_column_is_rounded(price: str, cost: str) -> None:
    """One token at a millionth of a price, to the nearest trillionth of a USD."""
    assert priced(span("m", prompt_tokens=1, prompt_unit_price=Decimal(price))).cost == Decimal(cost)


def test_a_fee_for_the_request_is_added_once() -> None:
    """sonar: 1 in, 1 out, and 12 USD per thousand requests: 0.0001 + 0.012, shown beside the parts."""
    got = priced(span("sonar", "perplexity", prompt_tokens=50, completion_tokens=50))
    assert (got.cost, details(got)["request"]) == (Decimal("0.0121"), Decimal("0.012"))


def test_unit_prices_price_every_token() -> None:
    """The first prices every input token, cached or not, the second every output token; the model does not matter."""
    got = priced(
        span("gpt-4o", "openai", prompt_tokens=1_000, prompt_cache_hit_tokens=400, completion_tokens=100,
             token_convention="inside", prompt_unit_price=Decimal(4), completion_unit_price=Decimal(20))
    )  # fmt: skip
    # 600 x 4 + 400 x 4 = 4,000; 100 x 20 = 2,000
    assert (got.cost, got.cost_source) == (Decimal("0.006"), "unit_price")
    assert details(got)["origin"] == "prompt_unit_price, completion_unit_price"
    assert "model" not in details(got)


def test_one_unit_price_leaves_the_other_side_to_the_model() -> None:
    """gpt-4o takes 2.50 in, 1.25 cached and 10 out for the side that no unit price was sent for."""
    tokens: dict[str, Any] = {"prompt_tokens": 1_000, "prompt_cache_hit_tokens": 400, "completion_tokens": 100}
    first = priced(span("gpt-4o", "openai", **tokens, prompt_unit_price=Decimal(4)))
    second = priced(span("gpt-4o", "openai", **tokens, completion_unit_price=Decimal(20)))
    # 1,000 x 4 + 100 x 10 = 5,000; 600 x 2.50 + 400 x 1.25 + 100 x 20 = 1,500 + 500 + 2,000 = 4,000
    assert (first.cost, second.cost) == (Decimal("0.005"), Decimal("0.004"))
    assert details(first)["origin"] == f"prompt_unit_price, {catalogue.ORIGIN}"
    assert details(first)["model"] == "gpt-4o"


def test_one_unit_price_without_a_known_model_costs_its_own_side_alone() -> None:
    """1,000 x 4 = 4,000, and nothing for the output of a model that nobody knows."""
    got = priced(span("in-house", "", prompt_tokens=1_000, completion_tokens=100, prompt_unit_price=Decimal(4)))
    assert (got.cost, got.output_cost) == (Decimal("0.004"), Decimal(0))


@pytest.mark.parametrize("price", ["-1", "NaN", "Infinity"])
def test_a_unit_price_that_is_no_price_is_passed_by(price: str) -> None:
    """No part is ever negative or not a number: the model's price holds, 1,000 x 2.50."""
    got = priced(span("gpt-4o", "openai", prompt_tokens=1_000, prompt_unit_price=Decimal(price)))
    assert (got.cost, got.cost_source) == (Decimal("0.0025"), "library")


def test_a_unit_price_goes_before_an_override_which_prices_the_other_side() -> None:
    """1,000 x 4 + 100 x 7 = 4,700."""
    sent = span("gpt-4o", "openai", prompt_tokens=1_000, completion_tokens=100, prompt_unit_price=Decimal(4))
    got = priced(sent, (override("a", "gpt-4o", "7"),))
    assert (got.cost, details(got)["override"]) == (Decimal("0.0047"), "a")


@pytest.mark.parametrize("cost", ["0.5", "0", "-1"])
def test_a_sent_cost_stands(cost: str) -> None:
    """A sent cost is kept whatever else is known, and is not taken apart."""
    sent = span("gpt-4o", "openai", prompt_tokens=1_000, cost=Decimal(cost), prompt_unit_price=Decimal(4))
    got = priced(sent, (override("a", "*", "7"),))
    assert (got.cost, got.cost_source, got.input_cost) == (Decimal(cost), "sent", None)
    assert details(got) == {"source": "sent", "origin": "client"}


def test_pricing_again_does_not_take_the_first_price_for_a_sent_one() -> None:
    """A price of ours gives way to the next."""
    got = priced(priced(span("gpt-4o", "openai", prompt_tokens=1_000)), (override("a", "*", "7"),))
    assert (got.cost, got.cost_source) == (Decimal("0.007"), "override")


def test_an_override_goes_before_the_library() -> None:
    """An override prices the span whole; what it has no cache price for is plain input or what is nearest."""
    own = Override(
        id="deal", model="gpt-4o", provider="openai", input_price=Decimal(2), output_price=Decimal(8),
        cache_write_5m_price=Decimal(3),
    )  # fmt: skip
    sent = span("GPT-4o", "openai", prompt_tokens=1_000, prompt_cache_hit_tokens=100, prompt_cache_creation_tokens=200,
                prompt_cache_creation_1h_tokens=50, completion_tokens=10, token_convention="inside")  # fmt: skip
    got = priced(sent, (own,))
    # 700 x 2 + 100 x 2 + 150 x 3 + 50 x 3 + 10 x 8 = 1,400 + 200 + 450 + 150 + 80 = 2,280
    assert (got.cost, got.cost_source) == (Decimal("0.00228"), "override")
    said = details(got)
    assert (said["override"], said["origin"], said["provider"], said["model"]) == (
        "deal",
        "override",
        "openai",
        "gpt-4o",
    )


def test_an_override_prices_a_model_that_nobody_else_knows() -> None:
    """1,000 x 0.5 on a self-hosted model."""
    got = priced(
        span("llama3:8b", "ollama", prompt_tokens=1_000), (override("a", "llama3*", "0.5", provider="ollama"),)
    )
    assert got.cost == Decimal("0.0005")


@pytest.mark.parametrize(
    ("on", "cost"), [("2025-12-31", "2.5"), ("2026-01-01", "7"), ("2026-01-31", "7"), ("2026-02-01", "2.5")]
)
def test_an_override_holds_within_its_window(on: str, cost: str) -> None:
    """From its first instant to before its last; outside it the library's price holds."""
    own = override("a", "gpt-4o", "7", valid_from=micros("2026-01-01"), valid_to=micros("2026-02-01"))
    assert priced(span("gpt-4o", "openai", on, prompt_tokens=1_000_000), (own,)).cost == Decimal(cost)


@pytest.mark.parametrize(
    ("rows", "winner"),
    [
        ([override("glob", "gpt-*", "1"), override("exact", "gpt-4o", "2")], "exact"),
        ([override("long", "gpt-4*", "1"), override("short", "gpt*", "2")], "long"),
        ([override("for openai", "gpt-4o", "1", provider="OpenAI"), override("for any", "gpt-4o", "2")], "for openai"),
        ([override("azure's", "gpt-4o", "1", provider="azure"), override("for any", "gpt*", "2")], "for any"),
        ([override("answered", "gpt-4o-2024-08-06", "1"), override("asked", "gpt-4o", "2")], "answered"),
        ([override("old", "gpt-4o", "1"), override("new", "gpt-4o", "2")], "new"),
        ([override("later", "gpt-4o", "1", valid_from=5), override("ever", "gpt-4o", "2")], "later"),
        ([override("over", "gpt-4o", "1", valid_to=5), override("glob", "gpt*", "2")], "glob"),
        ([override("other", "gpt-4", "1"), override("inside", "*4o-mini*", "2")], None),
        ([override("brackets", "gpt-4[mno]", "1")], "brackets"),
    ],
)
@pytest.mark.parametrize("kind", [tuple, list])
def test_the_most_specific_override_wins_then_the_latest(rows: list[Override], winner: str | None, kind: type) -> None:
    """A whole name before a glob, this provider's before anybody's, the longer glob, the later row."""
    sent = span("gpt-4o", "openai", response_model="gpt-4o-2024-08-06", prompt_tokens=1)
    assert details(priced(sent, kind(rows))).get("override") == winner


def test_overrides_that_changed_are_read_anew() -> None:
    """Neither a new tuple nor a list changed in place is priced by what stood there before."""
    rows = [override("a", "gpt-4o", "1")]
    for price in ("2", "3", "4"):
        rows[0] = override("a", "gpt-4o", price)
        for overrides in (rows, tuple(rows)):
            assert priced(span("gpt-4o", prompt_tokens=1_000_000), overrides).cost == Decimal(price)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (span("my-own-model", "acme", prompt_tokens=5), "No price is known for the model my-own-model at acme."),
        (span("my-own-model", prompt_tokens=5), "No price is known for the model my-own-model."),
        (span("deepseek-r1", "ollama", prompt_tokens=5), "No price is known for the model deepseek-r1 at ollama."),
        (span("gpt-4o", "openai"), "The span has no token counts."),
        (span("", "openai", prompt_tokens=5), "The span names no model."),
        (span(), "The span names no model."),
        (span("x" * 501, prompt_tokens=5), "The names of model and provider are too long to be names."),
        (
            span("whisper-1", "openai", prompt_tokens=5),
            "The model whisper-1 is not priced by tokens but by audio hours, input audio hours.",
        ),
        (
            span("m", prompt_tokens=10**12, prompt_unit_price=Decimal(10) ** 12),
            "The cost is too large to be kept.",
        ),
    ],
)
def test_what_cannot_be_priced_has_no_cost_and_a_reason(sent: Span, reason: str) -> None:
    """No figure at all, never 0, and a sentence that says why."""
    got = priced(sent)
    assert (got.cost, got.input_cost, got.cache_read_cost, got.cache_write_cost, got.output_cost) == (None,) * 5
    assert (got.cost_source, details(got)) == ("none", {"source": "none", "reason": reason})


def test_no_tokens_cost_nothing_and_are_not_unknown() -> None:
    """A call that is known to have used no tokens costs 0."""
    assert priced(span("gpt-4o", "openai", prompt_tokens=0, completion_tokens=0)).cost == 0


def test_free_models_cost_nothing() -> None:
    """A model listed as free costs 0, which is not the same as unknown."""
    assert priced(span("deepseek/deepseek-r1:free", "openrouter", prompt_tokens=1_000)).cost == 0


@pytest.mark.parametrize(
    ("convention", "parts"),
    [("inside", (0, 150, 0, 0, 0)), ("outside", (100, 150, 0, 0, 0)), ("", (100, 150, 0, 0, 0))],
)
def test_more_cached_than_prompt_is_never_negative(convention: str, parts: tuple[int, ...]) -> None:
    """Figures that contradict each other make no part negative; without a convention the cache is beside the prompt."""
    sent = span("gpt-4o", "openai", prompt_tokens=100, prompt_cache_hit_tokens=150, token_convention=convention)
    assert count(sent) == parts


def test_an_hour_s_writes_alone_are_writes() -> None:
    """Tokens written for an hour are counted though the total of writes was not sent, or is less."""
    assert count(span(prompt_tokens=9, prompt_cache_creation_1h_tokens=7, token_convention="inside")) == (2, 0, 0, 7, 0)


def test_the_response_s_model_prices_the_span_where_it_has_a_price() -> None:
    """gpt-4o-2024-05-13 cost 5 a million where gpt-4o costs 2.50; an unknown response model leaves it at 2.50."""
    first = priced(span("gpt-4o", "openai", response_model="gpt-4o-2024-05-13", prompt_tokens=1_000))
    second = priced(span("gpt-4o", "openai", response_model="served-42", prompt_tokens=1_000))
    assert (first.cost, second.cost) == (Decimal("0.005"), Decimal("0.0025"))


def test_text_of_the_client_s_is_quoted() -> None:
    """A model's name with quotation marks and control characters makes no broken details."""
    got = priced(span('a"b\n\\', prompt_tokens=1))
    assert details(got)["reason"] == 'No price is known for the model a"b\n\\.'


counts = st.none() | st.integers(-5, 10**9)
unit_prices = st.none() | st.decimals(-1, 1_000, places=7)


@given(
    model=st.sampled_from(
        ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "text-embedding-3-small", "sonar", "no-such"]
    ),
    convention=st.sampled_from(["", "inside", "outside"]),
    tokens=st.tuples(counts, counts, counts, counts, counts),
    first=unit_prices,
    second=unit_prices,
)
def test_parts_sum_to_the_cost(
    model: str, convention: str, tokens: tuple[int | None, ...], first: Decimal | None, second: Decimal | None
) -> None:
    """Whatever was sent, the columns and the details sum to the cost to the last digit, and nothing is negative."""
    prompt, completion, read, written, hour = tokens
    got = priced(
        span(model, prompt_tokens=prompt, completion_tokens=completion, prompt_cache_hit_tokens=read,
             prompt_cache_creation_tokens=written, prompt_cache_creation_1h_tokens=hour, token_convention=convention,
             prompt_unit_price=first, completion_unit_price=second)
    )  # fmt: skip
    said = details(got)
    if got.cost is None:
        assert said["reason"]
        return
    columns = (got.input_cost, got.cache_read_cost, got.cache_write_cost, got.output_cost)
    assert all(column is not None and column >= 0 for column in columns)
    fee = said.get("request", 0)
    assert sum(column for column in columns if column is not None) + fee == got.cost
    parts = said["parts"]
    assert tuple(parts) == PARTS
    assert sum(part["usd"] for part in parts.values()) + fee == got.cost
    assert all(part["tokens"] >= 0 and part["usd"] >= 0 for part in parts.values())
    assert got.cost == got.cost.quantize(Decimal("1e-12"))
    sent = {
        name: max(value or 0, 0)
        for name, value in zip(("prompt", "read", "written", "hour"), (prompt, read, written, hour), strict=True)
    }
    cached = sent["read"] + max(sent["written"], sent["hour"])
    assert sum(parts[part]["tokens"] for part in PARTS[:4]) in (sent["prompt"], sent["prompt"] + cached, cached)


@pytest.mark.parametrize("at", ["2025-01-20T12:00", "2025-06-10", "2026-10-01T03:00", "2026-10-01T20:00"])
def test_every_model_costs_what_the_library_says(at: str) -> None:
    """Our compiled rates and the library's own calculation agree on every model it lists, short and long contexts."""
    when = datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC)
    compared = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            card = catalogue.card(provider, model)
            if isinstance(card, str):
                continue
            for scale in (1, 1_000):
                plain, read, written, hour, output = (n * scale for n in (101, 211, 31, 17, 53))
                usage = genai_prices.Usage(
                    input_tokens=plain + read + written + hour, cache_read_tokens=read,
                    cache_write_tokens=written + hour, cache_write_5m_tokens=written, cache_write_1h_tokens=hour,
                    output_tokens=output,
                )  # fmt: skip
                expected = model.calc_price(usage, provider, genai_request_timestamp=when).total_price
                found = card.at(round(when.timestamp()) * 1_000_000, plain + read + written + hour)
                pairs = zip((plain, read, written, hour, output), found[2:7], strict=True)
                got = sum(rate.of(tokens)[0] for tokens, rate in pairs) + found.request
                assert abs(got - expected * 10**12) <= 5, (provider.id, model.id)
                compared += 1
    assert compared > 2_000


def test_look_ups_are_bounded() -> None:
    """A client that makes up names cannot fill the memory, here or in the library."""
    held = get_snapshot()
    before = len(held._lookup_cache) + len(held._provider_cache) + len(held._provider_misses)
    for number in range(20):
        priced(span(f"made-up-{number}", f"nobody-{number}", prompt_tokens=1))
    assert len(held._lookup_cache) + len(held._provider_cache) + len(held._provider_misses) == before
    assert catalogue.find.cache_info().maxsize == catalogue.CARDS_MAX


def test_the_network_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices come with the program: no socket is made, and nothing updates them behind its back."""
    monkeypatch.setattr("socket.socket", None)
    catalogue.find.cache_clear()
    assert isinstance(catalogue.find("openai", "gpt-4o", ""), Card)
    assert get_snapshot().from_auto_update is False
