"""What the server counts, and `/metrics` in Prometheus' text form.

Handlers count in plain numbers, which costs a tenth of a Prometheus counter; they are made into metrics when somebody
asks. All of it happens on the event loop, so no lock is needed.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from midspan.store.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds in seconds."""


class Metrics(Collector):
    """The counts of one server. Names are Prometheus' style: unit last, `_total` on counters."""

    def __init__(self, store: Store, inflight_bytes: Callable[[], int]) -> None:
        self._store = store
        self._inflight_bytes = inflight_bytes
        self._requests: Counter[tuple[str, int]] = Counter()
        self._faults: Counter[str] = Counter()
        self._spans: Counter[str] = Counter({"logging_api": 0, "batch": 0, "tracing_integration": 0})
        self._spans_refused = 0
        self._dropped: Counter[str] = Counter({"metrics": 0, "logs": 0})
        self._body_bytes = 0
        self._append_buckets = [0] * (len(BUCKETS) + 1)
        self._append_seconds = 0.0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def count_request(self, operation: str, status: int) -> None:
        """Count an answer."""
        self._requests[operation, status] += 1

    def count_fault(self, code: str) -> None:
        """Count a refusal or failure."""
        self._faults[code] += 1

    def count_refused(self, spans: int) -> None:
        """Count rows that were refused alone."""
        self._spans_refused += spans

    def count_dropped(self, signal: str, amount: int) -> None:
        """Count what came of a signal that is not stored."""
        self._dropped[signal] += amount

    def count_stored(self, method: str, spans: int, body_bytes: int, seconds: float) -> None:
        """Count the spans of one request, and how long they waited to be durable."""
        self._spans[method] += spans
        self._body_bytes += body_bytes
        self._append_buckets[bisect_left(BUCKETS, seconds)] += 1
        self._append_seconds += seconds

    def text(self) -> bytes:
        """Prometheus' text form."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Everything counted here, and the store's own figures."""
        requests = CounterMetricFamily(
            "midspan_requests", "Requests answered, by operation and status.", labels=("operation", "status")
        )
        for (operation, status), count in self._requests.items():
            requests.add_metric((operation, str(status)), count)
        faults = CounterMetricFamily("midspan_faults", "Refusals and failures, by code.", labels=("code",))
        for code, count in self._faults.items():
            faults.add_metric((code,), count)
        spans = CounterMetricFamily("midspan_spans", "Spans stored, by log method.", labels=("method",))
        for method, count in self._spans.items():
            spans.add_metric((method,), count)
        dropped = CounterMetricFamily(
            "midspan_otlp_dropped", "Metrics' data points and log records taken and dropped.", labels=("signal",)
        )
        for signal, count in self._dropped.items():
            dropped.add_metric((signal,), count)
        yield from (requests, faults, spans, dropped, self._append_histogram())
        yield from self._figures()

    def _append_histogram(self) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "midspan_append_seconds", "From handing rows to the journal until they are durable."
        )
        total = 0
        buckets = []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self._append_buckets, strict=True):
            total += count
            buckets.append((bound, total))
        family.add_metric((), buckets, self._append_seconds)
        return family

    def _figures(self) -> Iterator[Metric]:
        journal, drain = self._store.journal, self._store.drain
        gauges = (
            ("midspan_inflight_bytes", "Bytes of request bodies held now.", self._inflight_bytes()),
            ("midspan_journal_pending_bytes", "Bytes that the engine does not have yet.", journal.pending_bytes),
            ("midspan_journal_pending_segments", "Segments not in the engine yet.", journal.pending_segments),
            ("midspan_journal_lag_seconds", "Age of the oldest row not in the engine.", journal.lag_seconds),
            ("midspan_known_ids", "Ids in the filter of known ids.", self._store.known.count),
        )
        counters = (
            ("midspan_spans_refused", "Rows of bulk requests that were refused alone.", self._spans_refused),
            ("midspan_body_bytes", "Bytes of request bodies, after decompression.", self._body_bytes),
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
