"""One organization's demo on its way into the store: made in a thread, piece by piece, and kept as any other."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from midspan.demo.plan import Plan, weight
from midspan.demo.trace import Visit, token
from midspan.demo.traffic import Recorded, record
from midspan.domain.mark import Mark
from midspan.domain.principal import Principal
from midspan.domain.score import Score
from midspan.domain.span import Span
from midspan.errors import Fault, Unavailable
from midspan.http.ingest import Ingest
from midspan.http.insistence import insist
from midspan.ingest import logs
from midspan.ingest.intake import Intake
from midspan.ingest.intake import Row as Given
from midspan.ingest.score import read_new
from midspan.store.rows import Row, row

log = logging.getLogger(__name__)

METHOD = "tracing_integration"
PIECE_SPANS = 1000
"""About how many spans are made and stored at a time."""
TRIES = 6
JUDGED_AFTER = 3_600_000_000
"""Microseconds after which a span is judged."""

_json = msgspec.json.Encoder().encode


@dataclass
class _Piece:
    """What is stored at once: rows by the key that they are sent with, and what is said of them."""

    weight: float = 0.0
    """Its part of the plan's."""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    scores: list[Score] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class Filling:
    """Fills the principal's environment with a plan's traffic. `start` it, in the event loop."""

    def __init__(self, plan: Plan, principal: Principal, ingest: Ingest, intake: Intake) -> None:
        """`intake` is used in a thread, by nobody else meanwhile."""
        self.spans = 0
        """Stored so far."""
        self.progress = 0.0
        """From 0 to 1."""
        self.expected = plan.spans
        self.fault = ""
        """Why it did not come to its end."""
        self._plan = plan
        self._principal = principal
        self._ingest = ingest
        self._intake = intake
        self._is_stopped = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End it after the piece at hand: when this returns, nothing of it is stored any more."""
        self._is_stopped = True
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        whole = sum(weight(visit) for visit in self._plan.visits)
        done = 0.0
        try:
            waiting = _Piece()
            for visits in (*_pieces(self._plan.visits), ()):
                if self._is_stopped:
                    return
                # The next one is made while this one is stored.
                made, _ = await asyncio.gather(asyncio.to_thread(self._make, visits), self._store(waiting))
                done += waiting.weight
                self.progress = done / whole
                waiting = made
        except Fault as fault:
            self.fault = fault.detail
            log.warning("the demo was not filled: %s", fault.detail)
        except Exception:
            self.fault = "It failed for a reason that the server's log holds."
            log.exception("the demo was not filled")

    def _make(self, visits: Sequence[Visit]) -> _Piece:
        piece = _Piece(weight=sum(weight(visit) for visit in visits))
        for visit in visits:
            self._add(piece, record(self._plan, visit))
        return piece

    def _add(self, piece: _Piece, recorded: Recorded) -> None:
        principal = msgspec.structs.replace(self._principal, key_id=recorded.key)
        context = self._ingest.context(principal, METHOD)
        rows = piece.rows.setdefault(recorded.key, [])
        spans: dict[tuple[str, str], Span] = {}
        for index, body in enumerate(recorded.bodies):
            text = _json(body)
            span = self._intake.row(Given(index, text, []), context)
            piece.bytes[recorded.key] = piece.bytes.get(recorded.key, 0) + len(text)
            rows.append(row(span))
            spans[span.trace_unique_id, span.span_unique_id] = span
            if span.note:
                piece.marks.append(Mark(id=span.id, key_time=span.key_time, is_pinned=True))
        for scored in recorded.scores:
            span = spans[scored.trace, scored.span]
            fields = read_new(logs.members(_json(scored.members)), span.id)
            piece.scores.append(
                Score(
                    organization_id=span.organization_id,
                    environment=span.environment,
                    id=token(span.id, fields["evaluator_id"]),
                    created_at=min(span.timestamp + JUDGED_AFTER, self._plan.now),
                    key_time=span.key_time,
                    **fields,
                )
            )

    async def _store(self, piece: _Piece) -> None:
        store, tenant = self._ingest.store, self._principal.tenant
        for key, rows in piece.rows.items():
            principal = msgspec.structs.replace(self._principal, key_id=key)
            await insist(TRIES, self._ingest.keep, principal, METHOD, rows, piece.bytes[key])
            self.spans += len(rows)
        await store.score(tenant, piece.scores)
        await store.mark(tenant, piece.marks)
        # No further ahead of the engine than this: whoever reads meanwhile waits for what was written before.
        with contextlib.suppress(Unavailable):
            await store.caught_up(tenant)


def _pieces(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Visits in lists of about as many spans as are stored at once."""
    piece: list[Visit] = []
    size = 0.0
    for visit in visits:
        piece.append(visit)
        size += weight(visit)
        if size >= PIECE_SPANS:
            yield piece
            piece, size = [], 0.0
    if piece:
        yield piece
