"""What Idempotency-Keys were answered with, for a day.

The answer travels on the last row of its request, in the same commit, so it is in the store exactly when the whole
request is. A filter says "surely new" without asking the engine; it is rebuilt at start, after the rows that an earlier
process left in the journal have reached the engine.
"""

import asyncio
import hashlib
import logging

import msgspec

from midspan.domain.span import Span
from midspan.errors import InFlight, Invalid
from midspan.store.engine import EngineError
from midspan.store.known import Known
from midspan.store.segment import Tenant
from midspan.store.store import Store

log = logging.getLogger("midspan.answers")

KEYS_FILTERED = 1 << 22
"""Keys between two starts that the filter is made for (8 MiB). Beyond, more and more new keys ask the engine."""

KEPT_MICROSECONDS = 24 * 3600 * 1_000_000


class Stored(msgspec.Struct):
    """The first answer to a key, as it is sent again."""

    status: int
    body: str


class Claim(msgspec.Struct, frozen=True):
    """One request under an Idempotency-Key, while it is being answered."""

    tenant: Tenant
    key: str
    """Hash of organization, environment and the client's key: 32 hex."""
    body_hash: str

    def mark(self, last: Span, status: int, body: bytes) -> None:
        """Put the answer on the request's last row, so that it is durable exactly when all of them are."""
        last.idempotency_key = self.key
        last.body_hash = self.body_hash
        last.answer = str(msgspec.json.encode(Stored(status, body.decode())), "utf-8")


class Answers:
    """The keys of the last day."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = Known(KEYS_FILTERED)
        self._running: set[str] = set()

    async def rebuild(self) -> None:
        """Read the keys of the last day back. Until then every key asks the engine."""
        # Not in a thread: one that waits for an engine that fails would keep the process from ending.
        while not self._store.journal.leftovers_drained.is_set():  # noqa: ASYNC110 (it is the event of a thread)
            await asyncio.sleep(0.05)
        try:
            lines = await asyncio.to_thread(
                self._store.engine.query,
                "SELECT groupConcat(idempotency_key) AS keys FROM answers "
                "WHERE received_at > now64() - INTERVAL 25 HOUR",
            )
        except EngineError as error:
            log.warning("the keys of the last day were not read back; each request asks the engine: %s", error)
            return
        self._known.add_joined(msgspec.json.decode(lines)["keys"])
        self._known.ready = True

    async def claim(self, tenant: Tenant, key: str, kind: str, body: bytes, now: int) -> Claim | Stored:
        """Begin to answer a request, or hear what it was answered with before.

        `kind`, of 16 letters at most, names the shape of the answer: a body means something else on another route.
        Raises `InFlight` (409) while the same key is being answered and `Invalid` (422) when it came with another body
        or on another route. A claim is to be released, whatever becomes of the request.
        """
        fingerprint = hashlib.blake2b(body, digest_size=16, person=kind.encode())
        claim = Claim(tenant, hashed(*tenant, key), fingerprint.hexdigest())
        if claim.key in self._running:
            raise InFlight("A request with this Idempotency-Key is being answered. Try again shortly.", retry_after=1)
        self._running.add(claim.key)
        try:
            stored = await self._find(claim, now) if self._known.maybe([claim.key]) else None
        except BaseException:
            self._running.discard(claim.key)
            raise
        if stored is not None:
            self._running.discard(claim.key)
            return stored
        return claim

    def release(self, claim: Claim, *, stored: bool) -> None:
        """The request is answered. Where nothing was stored the key is free again."""
        if stored:
            self._known.add([claim.key])
        self._running.discard(claim.key)

    async def _find(self, claim: Claim, now: int) -> Stored | None:
        lines = await self._store.query(
            claim.tenant,
            "SELECT body_hash, answer FROM answers WHERE organization_id = {organization_id:String} "
            "AND environment = {environment:String} AND idempotency_key = {key:String} "
            "AND received_at > fromUnixTimestamp64Micro({since:Int64}, 'UTC') ORDER BY received_at LIMIT 1",
            {"key": claim.key, "since": now - KEPT_MICROSECONDS},
        )
        if not lines:
            return None
        row = msgspec.json.decode(lines)
        if row["body_hash"] != claim.body_hash:
            raise Invalid(
                "This Idempotency-Key came before with another body or on another route. Send a new key with each.",
                code="idempotency_key_reused",
                errors={"Idempotency-Key": ["This key came before with another body or on another route."]},
            )
        return msgspec.json.decode(row["answer"], type=Stored)


def hashed(*parts: str) -> str:
    """32 hex digits that stand for the parts, each apart from the next."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
