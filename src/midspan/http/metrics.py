"""What the server counts, and `/metrics` in Prometheus' text form."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from midspan.store.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters that handlers raise. Names are Prometheus' style: unit last, `_total` on counters."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "midspan_requests",
            "Requests answered, by operation and status.",
            ("operation", "status"),
            registry=self.registry,
        )
        self.spans = Counter("midspan_spans", "Spans stored, by log method.", ("method",), registry=self.registry)
        self.spans_refused = Counter(
            "midspan_spans_refused", "Rows of bulk requests that were refused alone.", registry=self.registry
        )
        self.body_bytes = Counter(
            "midspan_body_bytes", "Bytes of request bodies, after decompression.", registry=self.registry
        )
        self.faults = Counter("midspan_faults", "Refusals and failures, by code.", ("code",), registry=self.registry)
        self.append_seconds = Histogram(
            "midspan_append_seconds",
            "From handing rows to the journal until they are durable.",
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.inflight_bytes = Gauge(
            "midspan_inflight_bytes", "Bytes of request bodies held now.", registry=self.registry
        )

        methods = ("logging_api", "batch", "tracing_integration")
        self._stored = {method: self.spans.labels(method) for method in methods}
        self._answered: dict[tuple[str, int], Counter] = {}

    def count_request(self, operation: str, status: int) -> None:
        """Count an answer; the counter of each pair is looked up once."""
        counter = self._answered.get((operation, status))
        if counter is None:
            counter = self._answered[operation, status] = self.requests.labels(operation, status)
        counter.inc()

    def count_stored(self, method: str, spans: int, body_bytes: int, seconds: float) -> None:
        """Count the spans of one request, and how long they waited to be durable."""
        self.append_seconds.observe(seconds)
        self._stored[method].inc(spans)
        self.body_bytes.inc(body_bytes)

    def observe(self, store: Store) -> None:
        """Read the store's own figures whenever `/metrics` is asked for."""
        self.registry.register(_StoreCollector(store))

    def text(self) -> bytes:
        return generate_latest(self.registry)


class _StoreCollector(Collector):
    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        journal, drain = self._store.journal, self._store.drain
        gauges = (
            ("midspan_journal_pending_bytes", "Bytes that the engine does not have yet.", journal.pending_bytes),
            (
                "midspan_journal_pending_segments",
                "Segments not in the engine yet.",
                journal.pending_segments,
            ),
            (
                "midspan_journal_lag_seconds",
                "Age of the oldest row not in the engine.",
                journal.lag_seconds,
            ),
            ("midspan_known_ids", "Ids in the filter of known ids.", self._store.known.count),
        )
        counters = (
            ("midspan_journal_commits", "Group commits of the journal.", journal.commits),
            ("midspan_journal_failures", "Writes and fsyncs of the journal that failed.", journal.failures),
            ("midspan_engine_inserts", "Inserts that the engine took.", drain.inserts),
            ("midspan_engine_insert_failures", "Inserts that the engine refused or failed.", drain.failures),
            ("midspan_engine_rows", "Rows that the engine took.", drain.rows_inserted),
            ("midspan_rows_rejected", "Rows that the engine refused, set aside in rejected/.", drain.rows_rejected),
        )
        for name, help_, value in gauges:
            yield GaugeMetricFamily(name, help_, value)
        for name, help_, value in counters:
            yield CounterMetricFamily(name, help_, value)
