"""One environment's stored spans on their way to the prices of today: read, priced and kept page by page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from decimal import Decimal

import msgspec

from midspan.domain.cost import Cost, Repriced
from midspan.domain.price import Override
from midspan.errors import Fault
from midspan.http.insistence import insist
from midspan.ingest.price import PriceBook
from midspan.ingest.repricing import cost_of, reprice
from midspan.search.export import BEGINNING, Place
from midspan.search.moments import moment
from midspan.search.priced import PAGE_ROWS, Candidate, Priced, count_priced, priced_page, read_candidates
from midspan.store.segment import Tenant
from midspan.store.store import Store

log = logging.getLogger(__name__)

PIECE_BYTES = 16 << 20
"""Texts of the spans that are laid over at once: the engine copies them. One span may be longer."""
TRIES = 8
EXAMPLES = 5
ZERO = Decimal(0)


class RepricedExample(msgspec.Struct, kw_only=True):
    """A span whose cost changes."""

    id: str
    timestamp: str
    model: str
    cost_before: Decimal | None
    cost_after: Decimal | None
    source_before: str
    """As `cost_details` has it."""
    source_after: str


class _Changed(msgspec.Struct):
    price: Repriced
    size: int


class Repricing:
    """Prices the spans of one tenant anew, or finds out what that would change. `start` it, in the event loop."""

    def __init__(
        self, store: Store, tenant: Tenant, priced: Priced, overrides: Sequence[Override], *, dry_run: bool
    ) -> None:
        self.dry_run = dry_run
        self.spans = 0
        """How many there are to look at, once that is counted."""
        self.examined = 0
        self.changed = 0
        self.cost_before = ZERO
        """The sum over those that changed."""
        self.cost_after = ZERO
        self.is_whole = False
        """It came to its end."""
        self.fault: Fault | None = None
        """Why it did not."""
        self._examples: dict[str, tuple[Decimal, RepricedExample]] = {}
        """By model, with by how much the cost changes: of each model that which changes most."""
        self._store = store
        self._tenant = tenant
        self._priced = priced
        self._overrides = overrides
        self._book = PriceBook()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Until `ended` has been called, and before it is started, too: it has its turn then."""
        return self._task is None or not self._task.done()

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.is_whole:
            return 1.0
        return min(1.0, self.examined / self.spans) if self.spans else 0.0

    @property
    def examples(self) -> list[RepricedExample]:
        """Those that change most, the first of them first."""
        return [example for _, example in sorted(self._examples.values(), key=lambda each: each[0], reverse=True)]

    def start(self, ended: Callable[[], Awaitable[None]]) -> None:
        """`ended` is called at its end, unless the server stops before."""
        self._task = asyncio.create_task(self._run(ended))

    async def wait(self, seconds: float) -> None:
        """Until it has ended, for so long at most."""
        assert self._task is not None
        await asyncio.wait({self._task}, timeout=seconds)

    async def _run(self, ended: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._walk()
            self.is_whole = True
        except Fault as fault:
            self.fault = fault
            log.warning("a re-pricing was cut: %s", fault.detail)
        except Exception:
            self.fault = Fault("It failed for a reason that the server's log holds.")
            log.exception("a re-pricing was cut")
        try:
            await ended()
        except Fault as fault:
            log.warning("how a re-pricing ended was not written down: %s", fault.detail)

    async def _walk(self) -> None:
        counted = await insist(TRIES, self._store.query, self._tenant, *count_priced(self._priced))
        self.spans = msgspec.json.decode(counted)["count"]
        after = BEGINNING
        while True:
            page = priced_page(self._priced, after, sized=not self.dry_run)
            lines = await insist(TRIES, self._store.query, self._tenant, *page)
            candidates = await asyncio.to_thread(read_candidates, lines)
            changed = await asyncio.to_thread(self._price, candidates)
            if not self.dry_run:
                for piece in _pieces(changed):
                    await insist(TRIES, self._store.reprice, self._tenant, piece)
                    # No further ahead of the engine than this: whoever reads meanwhile waits for what was written.
                    await insist(TRIES, self._store.caught_up, self._tenant)
            self.examined += len(candidates)
            if len(candidates) < PAGE_ROWS:
                return
            after = Place(candidates[-1].key_time, candidates[-1].id)

    def _price(self, candidates: Sequence[Candidate]) -> list[_Changed]:
        """Those that change, and what is told of them."""
        found = []
        for span in candidates:
            before = cost_of(span)
            after = reprice(span, self._book, self._overrides)
            if after is None:
                continue
            fields = {name: getattr(after, name) for name in Cost.__struct_fields__}
            found.append(_Changed(Repriced(id=span.id, key_time=span.key_time, basis=span.basis, **fields), span.size))
            self._tell(span, before, after)
        return found

    def _tell(self, span: Candidate, before: Cost, after: Cost) -> None:
        self.changed += 1
        self.cost_before += before.cost or ZERO
        self.cost_after += after.cost or ZERO
        by = abs((after.cost or ZERO) - (before.cost or ZERO))
        known = self._examples.get(span.model)
        if known is not None and by <= known[0]:
            return
        example = RepricedExample(
            id=span.id,
            timestamp=moment(span.timestamp),
            model=span.model,
            cost_before=before.cost,
            cost_after=after.cost,
            source_before=before.cost_source,
            source_after=after.cost_source,
        )
        self._examples[span.model] = by, example
        if len(self._examples) > EXAMPLES:
            del self._examples[min(self._examples, key=lambda model: self._examples[model][0])]


def _pieces(changed: Sequence[_Changed]) -> Iterator[list[Repriced]]:
    """Prices in lists of as many spans as are laid over at once."""
    piece: list[Repriced] = []
    size = 0
    for each in changed:
        if piece and size + each.size > PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(each.price)
        size += each.size
    if piece:
        yield piece
