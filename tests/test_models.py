"""Names of models and providers: every spelling leads to the model and the provider it stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest import catalogue, models
from midspan.ingest.rates import Card


@pytest.mark.parametrize(
    ("said", "provider"),
    [
        ("openai", "openai"), ("OpenAI", "openai"), ("openai.chat", "openai"), ("openai.responses", "openai"),
        ("ChatOpenAI", "openai"), ("text-completion-openai", "openai"),
        ("azure", "azure"), ("az.ai.openai", "azure"), ("az.ai.inference", "azure"), ("azure.ai.openai", "azure"),
        ("azure.ai.inference", "azure"), ("azure_openai", "azure"), ("AzureChatOpenAI", "azure"), ("azure_ai", "azure"),
        ("aws.bedrock", "aws"), ("bedrock", "aws"), ("bedrock_converse", "aws"), ("amazon-bedrock", "aws"),
        ("Amazon Bedrock", "aws"), ("aws", "aws"), ("amazon", "aws"),
        ("gcp.vertex_ai", "google"), ("gcp.gemini", "google"), ("gcp.gen_ai", "google"), ("vertex_ai", "google"),
        ("google_genai", "google"), ("google.generative-ai", "google"), ("gemini", "google"),
        ("google_vertexai", "google"),
        ("anthropic", "anthropic"), ("anthropic.messages", "anthropic"), ("ChatAnthropic", "anthropic"),
        ("mistral_ai", "mistral"), ("mistralai", "mistral"), ("cohere_chat", "cohere"), ("groq", "groq"),
        ("ChatGroq", "groq"), ("x_ai", "x-ai"), ("xai", "x-ai"), ("xai.chat", "x-ai"), ("grok", "x-ai"),
        ("deepseek", "deepseek"), ("perplexity", "perplexity"), ("together_ai", "together"), ("togetherai", "together"),
        ("fireworks_ai", "fireworks"), ("openrouter", "openrouter"), ("moonshot", "moonshotai"), ("z.ai", "zai"),
        ("voyage", "voyageai"), ("litellm", ""), ("Respan", ""), ("keywordsai", ""), ("", ""), ("  ", ""),
        ("acme", "acme"), ("ollama", "ollama"), ("lm_studio", "lm-studio"), ("sagemaker", "sagemaker"),
        ("amazon_sagemaker", "amazon-sagemaker"),
    ],
)  # fmt: skip
def test_provider_names(said: str, provider: str) -> None:
    """OpenTelemetry's, the SDKs', LiteLLM's and Respan's names of a provider are one."""
    assert models.provider_name(said) == provider


ARN = "arn:aws:bedrock:eu-west-1:123456789012:"
CLAUDE = ("anthropic", "claude-sonnet-4-5")
REGIONAL = ("aws", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0")
GLOBAL = ("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0")


@pytest.mark.parametrize(
    ("provider", "model", "found"),
    [
        # As the vendors call them, in any case, with dates.
        ("openai", "gpt-4o", ("openai", "gpt-4o")),
        ("", "GPT-4o", ("openai", "gpt-4o")),
        ("openai", "gpt-4o-2024-11-20", ("openai", "gpt-4o")),
        ("openai", "gpt-4o-20241120", ("openai", "gpt-4o")),
        ("openai", "gpt-4.1-mini-2025-04-14", ("openai", "gpt-4.1-mini")),
        ("openai", "gpt-4o-2031-01-01", ("openai", "gpt-4o")),
        ("", "o3-2025-04-16", ("openai", "o3")),
        ("", "sonar-pro", ("perplexity", "sonar-pro")),
        ("", "text-embedding-3-large", ("openai", "text-embedding-3-large")),
        ("anthropic", "claude-sonnet-4-5-20250929", CLAUDE),
        ("anthropic", "claude-sonnet-4-5[1m]", CLAUDE),
        ("", "Claude-Sonnet-4-5-latest", CLAUDE),
        ("google", "gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        # Fine-tuned.
        ("openai", "ft:gpt-4o-2024-08-06:acme::a1b2", ("openai", "ft:gpt-4o")),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme:suffix:a1b2", ("openai", "ft:gpt-4o-mini")),
        ("openai", "ft:gpt-4.1-2025-04-14:acme::a1b2", ("openai", "gpt-4.1")),
        # Google and Vertex.
        ("", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("gcp.gemini", "models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("", "publishers/google/models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("", "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("gcp.vertex_ai", "publishers/anthropic/models/claude-sonnet-4-5@20250929", ("google", "claude-sonnet-4-5")),
        ("vertex_ai", "claude-3-7-sonnet@20250219", ("google", "claude-3-7-sonnet")),
        ("", "vertex_ai/claude-3-7-sonnet@20250219", ("google", "claude-3-7-sonnet")),
        ("", "gemini/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("", "google/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
        ("vertex_ai", "gemini-2.0-flash@001", ("google", "gemini-2.0-flash")),
        # Bedrock.
        ("", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("aws.bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", GLOBAL),
        ("", "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("", "bedrock/converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("", "bedrock/us-east-1/anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("", ARN + "inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("aws", ARN + "inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0", GLOBAL),
        ("", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0", REGIONAL),
        ("", "us.meta.llama3-1-70b-instruct-v1:0", ("aws", "meta.llama3-1-70b-instruct-v1:0")),
        ("aws.bedrock", "amazon.titan-embed-text-v2:0", ("aws", "amazon.titan-embed-text-v2:0")),
        ("aws.bedrock", "anthropic.claude-v2:1", ("anthropic", "claude-2")),
        # Azure.
        ("azure", "gpt-4o", ("azure", "gpt-4o")),
        ("", "azure/gpt-4o", ("azure", "gpt-4o")),
        ("az.ai.openai", "gpt-35-turbo", ("azure", "gpt-3.5-turbo")),
        ("openai", "azure/gpt-4o-2024-08-06", ("azure", "gpt-4o")),
        # Slugs of gateways.
        ("openrouter", "anthropic/claude-sonnet-4.5", ("openrouter", "anthropic/claude-sonnet-4.5")),
        ("", "openrouter/anthropic/claude-sonnet-4.5", ("openrouter", "anthropic/claude-sonnet-4.5")),
        ("openai", "openrouter/anthropic/claude-sonnet-4.5", ("openrouter", "anthropic/claude-sonnet-4.5")),
        ("openrouter", "anthropic/claude-sonnet-4.5:nitro", ("openrouter", "anthropic/claude-sonnet-4.5")),
        ("", "anthropic/claude-sonnet-4-5", CLAUDE),
        ("litellm", "anthropic/claude-sonnet-4-5-20250929", CLAUDE),
        ("openai", "claude-sonnet-4-5", CLAUDE),
        ("", "openai/gpt-4o", ("openai", "gpt-4o")),
        ("", "litellm_proxy/openai/gpt-4o", ("openai", "gpt-4o")),
        ("groq", "openai/gpt-oss-120b", ("groq", "openai/gpt-oss-120b")),
        ("", "meta-llama/llama-3.1-70b-instruct", ("openrouter", "meta-llama/llama-3.1-70b-instruct")),
        ("acme", "gpt-4o", ("openai", "gpt-4o")),
        ("acme gateway", "anthropic/claude-sonnet-4-5", CLAUDE),
        ("", "mistral/mistral-large-latest", ("mistral", "mistral-large")),
        ("", "deepseek/deepseek-chat", ("deepseek", "deepseek-chat")),
    ],
)  # fmt: skip
def test_model_names(provider: str, model: str, found: tuple[str, str]) -> None:
    """What a client calls a model leads to the price of that model where it was served."""
    card = catalogue.find(provider, model, "")
    assert isinstance(card, Card), card
    assert (card.provider, card.model) == found


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("ollama", "deepseek-r1"),
        ("vllm", "mistral-large-latest"),
        ("deepinfra", "openai/gpt-oss-120b"),
        ("groq", "gpt-4o"),
        ("", "my-gpt-4o"),
        ("", "ollama/deepseek-r1"),
        ("", "hosted_vllm/mistral-large-latest"),
        ("openai", "lm_studio/deepseek-r1"),
        ("acme", "deepseek-chat"),
        ("acme", "gpt-oss-120b"),
        ("acme", "meta-llama/llama-3.1-70b-instruct"),
        ("openai", "deepseek"),
        ("", ARN + "application-inference-profile/a1b2c3"),
        ("", "/"),
        ("", "@"),
    ],
)
def test_names_that_no_price_fits(provider: str, model: str) -> None:
    """A model that its user runs, or that this provider does not serve, takes nobody else's price."""
    assert isinstance(catalogue.find(provider, model, ""), str)


def test_a_request_tells_where_the_response_s_plain_name_was_served() -> None:
    """`azure/…` in the request prices the response's model at Azure though the SDK says OpenAI."""
    card = catalogue.find("openai", "azure/prod-chat", "gpt-4o-2024-08-06")
    assert isinstance(card, Card)
    assert (card.provider, card.model) == ("azure", "gpt-4o")


@given(st.text(max_size=60), st.text(max_size=400))
def test_any_text_is_looked_up_without_a_fault(provider: str, model: str) -> None:
    """Whatever a client calls things, the answer is a card or a sentence, and no part of a name is empty."""
    assert all(ref.model for ref in models.candidates(provider, model))
    assert isinstance(catalogue.find(provider, model, ""), Card | str)
