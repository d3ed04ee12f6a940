"""Model and provider names: every way a client writes one, brought to the names a price list knows.

A client says `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `vertex_ai/claude-sonnet-4@20250514`,
`models/gemini-2.5-pro` or `GPT-4o`, and `aws.bedrock`, `AzureOpenAI` or `openai.chat` for who served it. This module
knows spelling only; which names have a price is asked elsewhere. Text in, text out, no state.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

NAME_LENGTH_MAX = 300
"""A longer text is no model's name; it is not worth a search through every price."""

DIALECTS = frozenset({"", "openai", "anthropic"})
"""Providers whose name often says only which SDK was used: a proxy behind it may serve anybody's model."""

HOSTS_WITHOUT_PRICES = frozenset(
    {
        "amazon-sagemaker", "anyscale", "deepinfra", "hosted-vllm", "hyperbolic", "ibm.watsonx.ai", "lambda", "lepton",
        "llama-cpp", "llamacpp", "lm-studio", "lmstudio", "local", "localai", "mlx", "nebius", "nvidia-nim",
        "ollama", "predibase", "replicate", "sagemaker", "sambanova", "transformers", "vllm", "watsonx", "xinference",
    }
)  # fmt: skip
"""Where models are run by their user, or at prices no list has: another vendor's price would be wrong there."""

_GATEWAYS = frozenset(
    {
        "custom", "gateway", "helicone", "keywordsai", "langchain", "litellm", "litellm-proxy", "portkey", "proxy",
        "respan", "unknown",
    }
)  # fmt: skip

_PROVIDERS = (
    (r"bedrock|^aws\b|^amazon(?!-sagemaker)", "aws"),
    (r"azure|^az\.ai|^microsoft\b", "azure"),
    (r"openrouter", "openrouter"),
    (r"vertex|google|gemini|^gcp\b", "google"),
    (r"anthropic|^claude\b", "anthropic"),
    (r"open-?ai\b|^openai", "openai"),
    (r"mistral", "mistral"),
    (r"cohere", "cohere"),
    (r"^x-?ai\b|^x\.ai|grok", "x-ai"),
    (r"groq", "groq"),
    (r"perplexity|^pplx", "perplexity"),
    (r"deepseek", "deepseek"),
    (r"^together", "together"),
    (r"^fireworks", "fireworks"),
    (r"moonshot|kimi", "moonshotai"),
    (r"^z-?ai\b|^z\.ai", "zai"),
    (r"zhipu", "zhipuai"),
    (r"voyage", "voyageai"),
    (r"copilot", "github-copilot"),
    (r"cerebras", "cerebras"),
    (r"databricks", "databricks"),
    (r"cloudflare|^workers-ai", "cloudflare"),
    (r"novita", "novita"),
    (r"minimax", "minimax"),
    (r"elevenlabs", "elevenlabs"),
    (r"baseten", "baseten"),
)
_KNOWN = frozenset(provider for _, provider in _PROVIDERS)
_PROVIDER_RULES = tuple((re.compile(pattern), provider) for pattern, provider in _PROVIDERS)

_BEDROCK_PREFIX = re.compile(
    r"(?:[a-z]{2,6}(?:-gov)?\.)?"
    r"(ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen|stability|twelvelabs|writer)\.(?=[a-z])"
)
_CLOSED = (
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gpt-\d|chatgpt-|o[134](?:-|$)"), "openai"),
    (re.compile(r"gemini-"), "google"),
    (re.compile(r"grok-"), "x-ai"),
)
"""Models that only their makers price: a provider nobody knows is a gateway to them. Open models run anywhere."""

_MAKERS = (
    (
        re.compile(r"(?:text-embedding-(?:3|ada)|chatgpt-|codex-|computer-use|omni-moderation|davinci|babbage)"),
        "openai",
    ),
    (re.compile(r"(?:embed|rerank)-(?:english|multilingual|v\d)"), "cohere"),
    (re.compile(r"sonar(?:-|$)"), "perplexity"),
)
"""Who makes models whose names the price list does not know its makers by."""

_AWS_REGION = re.compile(r"^[a-z]{2}(?:-gov)?-[a-z]+-\d$")
_PUBLISHER = re.compile(r"(?:^|/)publishers/([^/]+)/models/([^/]+)")
_DATE = re.compile(r"-20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?=$|:|-v\d)")
_ENDINGS = (
    re.compile(r"\[\d+[km]\]$"),  # Claude Code's context window
    re.compile(r"-v\d+:\d+(?::\w+)?$|(?<=-\d{8})-v\d+$"),  # Bedrock's version
    re.compile(r":(?:beta|exacto|extended|floor|nitro|online|thinking|latest)$"),  # OpenRouter's and Ollama's tags
    re.compile(r"@(?:\d{3}|default|latest)$"),  # Vertex
    _DATE,
    re.compile(r"-latest$"),
)


class Ref(NamedTuple):
    """A provider, "" where the model's name has to tell, and a model as that provider might call it."""

    provider: str
    model: str


def provider_name(text: str) -> str:
    """The price list's id for a provider's name in anybody's spelling; "" for none, and for a gateway's own name."""
    name = text.strip().lower().replace("_", "-").replace(" ", "-")
    if not name or name in _GATEWAYS:
        return ""
    if name in HOSTS_WITHOUT_PRICES or name.startswith("huggingface"):
        return name
    return next((provider for rule, provider in _PROVIDER_RULES if rule.search(name)), name)


def candidates(provider_id: str, model: str, also: tuple[str, ...] = ()) -> tuple[Ref, ...]:
    """Where to look for a price, most faithful first.

    `also` are hosts known from elsewhere: the request's `bedrock/…` tells where the response's plain name was served.
    """
    forms = names(model) if len(model) <= NAME_LENGTH_MAX else ()
    stated = provider_name(provider_id)
    if not forms or stated in HOSTS_WITHOUT_PRICES or _is_self_hosted(forms[0]):
        return ()
    hints = (*also, *hosts(model))
    places = (*hints, stated) if stated in DIALECTS else (stated, *hints)
    refs = [Ref(place, form) for place in places if place for form in forms]
    if stated in DIALECTS:
        refs += [Ref("openrouter", form) for form in forms if "/" in form]
        refs += [Ref("", form) for form in forms]
        refs += [Ref(maker, form) for form in forms for pattern, maker in _MAKERS if pattern.match(form)]
    elif stated not in _KNOWN:
        refs += [Ref(maker, form) for form in forms for pattern, maker in _CLOSED if pattern.match(form)]
    if _is_bedrock_claude(forms[0]):  # Anthropic's own price is the next best
        refs += [Ref("anthropic", form) for form in forms]
    return tuple(dict.fromkeys(refs))


def names(model: str) -> tuple[str, ...]:
    """A model's name as sent but for its case, then with ever more of its wrapping taken off; none is empty."""
    return tuple(name for name in dict.fromkeys(_unwrapped(model.strip().lower())) if name)


def hosts(model: str) -> tuple[str, ...]:
    """The providers that a model's name itself tells of, outermost first: `bedrock/us.anthropic.…` is ("aws",)."""
    text = model.strip().lower()
    found: list[str] = []
    if text.startswith("arn:aws"):
        found.append("aws")
    elif _PUBLISHER.search(text) or text.startswith("models/"):
        found.append("google")
    else:
        *prefixes, last = text.split("/")
        found += [host for host in map(_route, prefixes) if host]
        if _BEDROCK_PREFIX.match(last):
            found.append("aws")
    return tuple(dict.fromkeys(found))


def _route(prefix: str) -> str:
    """The provider that a part of a path names, or "", as for `meta-llama` and `us-east-1`."""
    name = provider_name(prefix)
    return name if name in _KNOWN else ""


def _is_self_hosted(name: str) -> bool:
    """Whether the name says so itself: `ollama/deepseek-r1`."""
    prefix, slash, _ = name.partition("/")
    return bool(slash) and provider_name(prefix) in HOSTS_WITHOUT_PRICES


def _is_bedrock_claude(name: str) -> bool:
    match = _BEDROCK_PREFIX.match(name.rpartition("/")[2])
    return match is not None and match[1] == "anthropic"


def _unwrapped(text: str) -> Iterator[str]:
    yield from _shortened(text)
    if match := _PUBLISHER.search(text):
        text = match[2]
    elif text.startswith("arn:aws"):
        text = text.rpartition("/")[2]
    while "/" in text:
        prefix, _, text = text.partition("/")
        if not _AWS_REGION.match(prefix):
            yield from _shortened(text)
    yield from _shortened(text)
    if text.startswith("ft:"):
        yield from _shortened(text.split(":")[1])
    if "@" in text:
        yield from _shortened(text.replace("@", "-", 1))
    if (bare := _BEDROCK_PREFIX.sub("", text, count=1)) != text:
        yield from _shortened(bare)


def _shortened(text: str) -> Iterator[str]:
    """A name, then the same with each kind of ending taken off in turn."""
    yield text
    for ending in _ENDINGS:
        shorter = ending.sub("", text)
        if shorter and shorter != text:
            text = shorter
            yield text
