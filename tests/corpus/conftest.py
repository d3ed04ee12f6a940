"""What the SDKs call. The server is the one of all tests: each SDK has an organization of its own there."""

from collections.abc import Iterator

import pytest

from tests.corpus.listening import Listening
from tests.corpus.provider import provider


@pytest.fixture(scope="session")
def models() -> Iterator[Listening]:
    """The model provider."""
    with provider() as running:
        yield running
