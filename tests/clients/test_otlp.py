"""The stock exporters of OpenTelemetry, unmodified: only the variables that they document are set."""

import base64
import json
import re
from typing import Any

import pytest

from tests.clients.running import execute, run, run_node, trace
from tests.environments import ROOT
from tests.server import Server
from tests.speaking import new_key

PAGE = (ROOT / "docs" / "opentelemetry.md").read_text()
ADDRESS = "http://127.0.0.1:8400"
GRPC_ADDRESS = "http://127.0.0.1:4317"


GRPC = "grpc"
"""In place of a base address: the port of gRPC."""


def export(server: Server, base: str, authorization: str, more: int = 0, **variables: str) -> Any:
    """What the exporters of Python say when they were pointed at a base address."""
    if base == GRPC:
        address, variables = grpc_address(server), {**variables, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    else:
        address = server.url + base
    return run(
        "opentelemetry",
        str(more),
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization={authorization.replace(' ', '%20')}",
        **variables,
    )


def grpc_address(server: Server) -> str:
    return f"http://127.0.0.1:{server.settings['otlp_grpc_port']}"


@pytest.mark.parametrize(
    ("base", "compression"),
    [("/api", "none"), ("", "gzip"), ("/api", "deflate"), ("/api/public/otel", "gzip"), (GRPC, ""), (GRPC, "gzip")],
)
def test_the_python_exporters_deliver(server: Server, base: str, compression: str) -> None:
    """Traces, metrics and logs are delivered to each base address without a complaint, compressed or not."""
    basic = base64.b64encode(f"pk-lf-1:{server.key}".encode()).decode()
    key = f"Basic {basic}" if "public" in base else f"Bearer {server.key}"
    dropped = [server.metric("midspan_otlp_dropped_total", signal=signal) for signal in ("metrics", "logs")]
    variables = {"OTEL_EXPORTER_OTLP_COMPRESSION": compression} if compression else {}
    said = export(server, base, key, 0, **variables)

    assert said["complaints"] == []
    assert said["delivered"] is True
    spans = trace(server, said["trace_id"])
    assert set(spans) == {"answer", "chat gpt-4o-mini", "lookup"}
    after = [server.metric("midspan_otlp_dropped_total", signal=signal) for signal in ("metrics", "logs")]
    assert all(now > then for now, then in zip(after, dropped, strict=True))

    root, chat, lookup = spans["answer"], spans["chat gpt-4o-mini"], spans["lookup"]
    assert (root["span_parent_id"], chat["span_parent_id"]) == (None, root["span_unique_id"])
    assert (chat["model"], chat["prompt_tokens"], chat["completion_tokens"]) == ("gpt-4o-mini", 12, 5)
    assert chat["cost"] == pytest.approx(12 * 0.15e-6 + 5 * 0.6e-6)
    assert (chat["log_type"], chat["log_method"]) == ("chat", "tracing_integration")
    assert (lookup["status"], lookup["error_message"]) == ("failed", "no such shelf")
    kept = json.dumps([chat["metadata"], chat["properties"]], ensure_ascii=False)
    for word in ("shop.assistant", "staging", "first token", "shelf", "ä", "is_new", "weights"):
        assert word in kept


@pytest.mark.parametrize("base", ["/api", GRPC])
def test_many_spans_arrive(server: Server, base: str) -> None:
    """Batches of 512, as the exporter makes them, each span once."""
    said = export(server, base, f"Bearer {server.key}", more=1500)

    assert said["complaints"] == []
    rows = server.client.get(
        "/api/request-logs/list/",
        params={"start_time": "-1h", "page_size": 1000, "trace_unique_id": said["trace_id"]},
    ).json()
    assert rows["count"] == 1503


@pytest.mark.parametrize(("base", "told"), [("/api", "401"), (GRPC, "UNAUTHENTICATED")])
def test_a_wrong_key_is_told(server: Server, base: str, told: str) -> None:
    """The exporters say what they were answered, and do not try again."""
    said = export(server, base, "Bearer msp_prod_wrong")

    assert len(said["complaints"]) >= (1 if base == GRPC else 3)  # gRPC's complain of each thing once
    assert all(told in complaint for complaint in said["complaints"])


def test_who_is_too_fast_comes_again(server: Server) -> None:
    """An exporter over its key's rate waits for as long as it was told to, and delivers."""
    key = new_key(server, "--requests-per-second", "1")["key"]
    before = server.metric("midspan_requests_total", operation="exportLogsOverGrpc", status="200")
    said = export(server, GRPC, f"Bearer {key}")

    assert said["delivered"] is True
    assert said["complaints"]
    for complaint in said["complaints"]:
        assert "RESOURCE_EXHAUSTED" in complaint
        assert "retrying in 1.00s" in complaint
    assert len(trace(server, said["trace_id"])) == 3
    assert server.metric("midspan_requests_total", operation="exportLogsOverGrpc", status="200") == before + 1


@pytest.mark.debian("node", "npm")
def test_the_exporters_of_node_deliver(server: Server) -> None:
    """In protobuf and JSON, compressed or not; they send bodies in chunks."""
    said = run_node(
        "opentelemetry",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"{server.url}/api",
        OTEL_EXPORTER_OTLP_HEADERS=f"Authorization=Bearer%20{server.key}",
    )

    assert said["complaints"] == []
    assert len(said["traces"]) == 4
    for trace_id in said["traces"]:
        spans = trace(server, trace_id)
        assert set(spans) == {"answer", "chat gpt-4o-mini"}
        chat = spans["chat gpt-4o-mini"]
        assert chat["span_parent_id"] == spans["answer"]["span_unique_id"]
        assert (chat["model"], chat["prompt_tokens"], chat["completion_tokens"]) == ("gpt-4o-mini", 12, 5)
        assert (chat["status"], chat["error_message"]) == ("failed", "no such shelf")
        kept = json.dumps([chat["metadata"], chat["properties"]], ensure_ascii=False)
        for word in ("shop.assistant", "first token", "shelf", "ä", "isNew", "weights"):
            assert word in kept


@pytest.mark.parametrize("place", [0, 1], ids=["http", "grpc"])
def test_the_variables_of_the_page_are_enough(server: Server, place: int) -> None:
    """What docs/opentelemetry.md exports in the shell, with the server's address and key in it, and nothing else."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 2
    text = blocks[place].replace(ADDRESS, server.url).replace(GRPC_ADDRESS, grpc_address(server))
    text = text.replace("$MIDSPAN_API_KEY", server.key)
    variables = dict(re.findall(r"^export (\w+)=\"?([^\"\n]*)\"?$", text, flags=re.MULTILINE))
    assert len(variables) == 3
    said = run("opentelemetry", "0", **variables)

    assert said["complaints"] == []
    assert len(trace(server, said["trace_id"])) == 3


def test_the_snippet_of_the_page_exports(server: Server) -> None:
    """The program in docs/opentelemetry.md sends what is traced after it."""
    (snippet,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    program = snippet.replace(ADDRESS, server.url).replace("msp_prod_…", server.key) + (
        "with trace.get_tracer('page').start_as_current_span('of the page') as span:\n"
        "    print(f'{span.get_span_context().trace_id:032x}')\n"
        "provider.shutdown()\n"
    )
    trace_id = execute("opentelemetry", ["-c", program]).strip()

    assert list(trace(server, trace_id)) == ["of the page"]
