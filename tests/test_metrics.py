"""`/metrics`: what was counted, in Prometheus' own reading of it."""

from types import SimpleNamespace
from typing import Any, cast

from prometheus_client.parser import text_string_to_metric_families

from midspan.http.metrics import BUCKETS, Metrics
from midspan.store.store import Store


def counted(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """(sample name, labels) → value, as a Prometheus server would read the text."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def of_a_store() -> Metrics:
    journal = SimpleNamespace(pending_bytes=5, pending_segments=1, lag_seconds=0.5, commits=3, failures=0)
    drain = SimpleNamespace(inserts=2, failures=1, rows_inserted=9, rows_rejected=0)
    store: Any = SimpleNamespace(journal=journal, drain=drain, known=SimpleNamespace(count=7))
    return Metrics(cast(Store, store), lambda: 11)


def test_what_happened_is_counted() -> None:
    """Requests, faults, spans and bytes add up under their labels."""
    metrics = of_a_store()
    metrics.count_request("createSpan", 201)
    metrics.count_request("createSpan", 201)
    metrics.count_request("createSpan", 422)
    metrics.count_fault("invalid")
    metrics.count_refused(2)
    metrics.count_stored("batch", 3, 100, 0.004)
    found = counted(metrics)
    assert found["midspan_requests_total", (("operation", "createSpan"), ("status", "201"))] == 2
    assert found["midspan_requests_total", (("operation", "createSpan"), ("status", "422"))] == 1
    assert found["midspan_faults_total", (("code", "invalid"),)] == 1
    assert found["midspan_spans_total", (("method", "batch"),)] == 3
    assert found["midspan_spans_total", (("method", "logging_api"),)] == 0
    assert found["midspan_spans_refused_total", ()] == 2
    assert found["midspan_body_bytes_total", ()] == 100
    assert found["midspan_inflight_bytes", ()] == 11
    assert found["midspan_engine_rows_total", ()] == 9


def test_waits_fall_into_buckets() -> None:
    """A wait counts in every bucket whose bound it does not exceed, and in the sum."""
    metrics = of_a_store()
    for seconds in (0.0005, 0.003, 60):
        metrics.count_stored("batch", 1, 1, seconds)
    found = counted(metrics)
    by_bound = {bound: found["midspan_append_seconds_bucket", (("le", str(bound)),)] for bound in BUCKETS}
    assert (by_bound[0.0005], by_bound[0.002], by_bound[0.005], by_bound[5.0]) == (1, 1, 2, 2)
    assert found["midspan_append_seconds_bucket", (("le", "+Inf"),)] == 3
    assert found["midspan_append_seconds_count", ()] == 3
    assert found["midspan_append_seconds_sum", ()] == 60.0035
