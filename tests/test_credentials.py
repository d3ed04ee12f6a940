"""midspan.ingest.credentials: no credential in a recorded exchange survives, and nothing else is lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.credentials import scrub


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('{"api_key":"sk-secret","model": "m"}', '{"model": "m"}'),
        ('{"headers":{"Authorization":"Bearer sk-secret","X":"1"},"n": 1.50}', '{"headers":{"X":"1"},"n": 1.50}'),
        ('[{"x-api-key":"sk-secret"},{"a": 1}]', '[{},{"a": 1}]'),
        ('{"a":{"b":[{"c":{"X-Api-Key":["sk-secret"]}}]}}', '{"a":{"b":[{"c":{}}]}}'),
        ('{"credential_override":{"openai":{"api_key":"sk-secret"}}}', "{}"),
        ('{"customer_credentials":"sk-secret"}', "{}"),
        ('{"openai_api_key":"sk-secret","aws_secret_access_key":"sk-secret"}', "{}"),
        ('{"a":1, "api_key":"sk-secret" , "secret":2}', '{"a":1}'),
        ('{"api_key":null,"secret":true }', "{ }"),
        ('{"api\\u005fkey":"sk-secret","api_key_id":1}', '{"api_key_id":1}'),
        # A tool may have a parameter called so: its schema is no credential.
        ('{"properties": {"password": {"type":"string"}}}', '{"properties": {"password": {"type":"string"}}}'),
        # Counts of tokens and words in texts are none either.
        ('{"max_tokens": 5, "content":"my api_key is lost"}', '{"max_tokens": 5, "content":"my api_key is lost"}'),
    ],
)
def test_credentials_are_removed(text: str, clean: str) -> None:
    """A credential goes with its name; text without one stays byte for byte."""
    assert scrub(text) == clean


def test_depth_hides_nothing() -> None:
    """A credential is found however deep it lies, in time that grows with the length only."""
    deep = '{"a":' * 50_000 + '{"api_key":"sk-secret"}' + "}" * 50_000
    assert scrub(deep) == '{"a":' * 50_000 + "{}" + "}" * 50_000
    wide = "[" + '{"api_key":[[1,"]"],{}], "b":"\\""},' * 50_000 + "1]"
    assert scrub(wide) == "[" + '{"b":"\\""},' * 50_000 + "1]"


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("api_key"), inner),
    max_leaves=8,
)


@given(VALUES)
def test_everything_else_stays(value: Any) -> None:
    """Apart from credentials the JSON means what it meant."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without(v) for k, v in value.items() if k != "api_key" or isinstance(v, dict)}
        return [without(v) for v in value] if isinstance(value, list) else value

    assert json.loads(scrub(json.dumps({"v": value}))) == {"v": without(value)}
