"""A server for the clients alone: they list the newest spans, so nobody else's may be among them."""

from collections.abc import Iterator

import pytest

from tests.server import Server, free_port


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"otlp_grpc_port": free_port()}
    with Server(tmp_path_factory.mktemp("clients") / "data", settings=settings) as running:
        running.start()
        yield running
        assert running.stop() == 0, running.log
        assert "Traceback" not in running.log, running.log
