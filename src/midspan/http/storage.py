"""The route of storage: how the journal, the engine and the disk are doing."""

import asyncio
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.settings import Settings
from midspan.store import sizes
from midspan.store.engine import EngineError
from midspan.store.faults import fault
from midspan.store.sizes import TableSize
from midspan.store.store import Store


class JournalSize(msgspec.Struct):
    """Rows that are on disk and not in the engine yet. They are in every answer all the same."""

    pending_bytes: int
    pending_segments: int
    lag_seconds: float
    """Age of the oldest of them."""
    bytes_max: int
    """Where writing is refused until the engine catches up."""
    failures: int
    """Writes that failed since the start."""


class EngineWork(msgspec.Struct):
    """What the engine has done since the start."""

    inserts: int
    insert_failures: int
    rows_inserted: int
    rows_rejected: int
    """Rows that it refused; copies are in `rejected/`."""


class DiskSize(msgspec.Struct):
    """The file system of the data directory."""

    free_bytes: int
    size_bytes: int
    free_bytes_min: int
    """Where writing is refused."""


class Storage(msgspec.Struct):
    """The state of the store, of all organizations together."""

    journal: JournalSize
    engine: EngineWork
    tables: list[TableSize]
    disk: DiskSize
    rejected_files: int
    """Rows set aside in `rejected/`, of earlier runs too."""


@dataclass(frozen=True, kw_only=True)
class Storages:
    """The handler of this route, and what it needs."""

    store: Store
    settings: Settings

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """The state of the store."""
        return Json(msgspec.json.encode(await asyncio.to_thread(self._look)))

    def _look(self) -> Storage:
        store, settings = self.store, self.settings
        journal, drain = store.journal, store.drain
        try:
            tables = sizes.tables(store.engine)
        except EngineError as error:
            raise fault(error) from error
        disk = sizes.disk(store.home)
        return Storage(
            JournalSize(
                journal.pending_bytes,
                journal.pending_segments,
                journal.lag_seconds,
                settings.journal_bytes_max,
                journal.failures,
            ),
            EngineWork(drain.inserts, drain.failures, drain.rows_inserted, drain.rows_rejected),
            tables,
            DiskSize(disk.free, disk.size, settings.disk_free_bytes_min),
            sum(1 for _ in store.home.rejected.glob("*.json")),
        )


def operations(handlers: Storages) -> list[Operation]:
    """The route of storage."""
    return [
        Operation(
            method="GET",
            path="/api/storage/",
            name="retrieveStorage",
            handler=handlers.retrieve,
            right="admin",
            people=True,
            tag="Storage",
            summary="See how storing goes",
            help="Journal, parts, disk and how far the engine is behind. `midspan doctor` looks closer.",
            answers={200: Answer("The state of the store.", Storage)},
        )
    ]
