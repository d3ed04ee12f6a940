"""What a writer knows: which spans it has sent, which were acknowledged, and which of them are there.

Every span bears the name of its slot (`custom_identifier`) and, as a span may be sent again, a version
(`thread_identifier`). Both are written to the ledger's file before the request goes out, and so is each
acknowledgement before the next request does.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.server import Server

PAGE_SIZE = 1000


@dataclass
class Slot:
    """One span as its writer knows it."""

    acknowledged: int | None = None
    """The version that the last 2xx was for."""
    open: set[int] = field(default_factory=set)
    """Versions sent since then, without a 2xx: they may be there or not."""
    id: str | None = None


class Ledger:
    """The list of one test, kept in a file and in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}
        self._acknowledgements = 0
        self.faults: list[str] = []
        """What was wrong with answers: another id for the same span."""

    def _write(self, event: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(event) + "\n")

    def __len__(self) -> int:
        """How many spans were acknowledged, counting each 2xx."""
        return self._acknowledgements

    def sent(self, spans: Sequence[tuple[str, int]]) -> None:
        """These (slot, version) are about to be sent."""
        with self._lock:
            self._write({"sent": spans})
            for name, version in spans:
                slot = self._slots.setdefault(name, Slot())
                if slot.acknowledged != version:
                    slot.open.add(version)

    def acknowledged(self, spans: Sequence[tuple[str, int]], ids: Sequence[str | None]) -> None:
        """A 2xx came for these; `ids` are those that the answer named, None where it named none."""
        with self._lock:
            self._write({"acknowledged": spans, "ids": list(ids)})
            self._acknowledgements += len(spans)
            for (name, version), id_ in zip(spans, ids, strict=True):
                slot = self._slots[name]
                slot.acknowledged = version
                slot.open.clear()
                if slot.id is not None and id_ is not None and slot.id != id_:
                    self.faults.append(f"{name} was answered with the ids {slot.id} and {id_}")
                slot.id = id_ or slot.id

    def snapshot(self) -> dict[str, Slot]:
        """What is known now, to be checked against later."""
        with self._lock:
            return {name: Slot(s.acknowledged, set(s.open), s.id) for name, s in self._slots.items()}

    def check(self, server: Server, slots: dict[str, Slot] | None = None) -> list[str]:
        """Everything that is wrong with what the server has; empty when each acknowledged span is there once.

        With a snapshot, versions sent after it count as open.
        """
        found = list(read_all(server.client))
        problems = list(self.faults)
        by_slot: dict[str, list[tuple[str, int]]] = {}
        for span in found:
            by_slot.setdefault(span["custom_identifier"], []).append((span["id"], int(span["thread_identifier"])))
        if len({span["id"] for span in found}) != len(found):
            problems.append("duplicate: an id is listed more than once")
        known = self._slots if slots is None else slots
        problems += [f"unknown: {name}" for name in by_slot.keys() - self._slots.keys()]
        for name, slot in known.items():
            rows = by_slot.get(name, [])
            if len(rows) > 1:
                problems.append(f"duplicate: {name} is there {len(rows)} times")
            if slot.acknowledged is None:
                continue
            if not rows:
                problems.append(f"lost: {name}, id {slot.id}")
                continue
            id_, version = rows[0]
            if version < slot.acknowledged:
                problems.append(f"lost: version {slot.acknowledged} of {name}; {version} is there")
            elif slots is None and version != slot.acknowledged and version not in slot.open:
                problems.append(f"wrong: version {version} of {name}; {slot.acknowledged} was acknowledged")
            if slot.id is not None and id_ != slot.id:
                problems.append(f"wrong: {name} has the id {id_}, {slot.id} was answered")
        return problems


def read_all(client: httpx.Client, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Every span of the last years, page by page. The count of each page is held against what is listed."""
    asked = {"start_time": "2001-01-01T00:00:00Z", "page_size": PAGE_SIZE, "sort_by": "id", **parameters}
    seen = 0
    cursor = ""
    while True:
        response = client.get("/api/request-logs/list/", params={**asked, **({"cursor": cursor} if cursor else {})})
        assert response.status_code == 200, response.text
        page = response.json()
        yield from page["results"]
        seen += len(page["results"])
        cursor = page["next_cursor"]
        if not cursor:
            assert seen == page["count"], f"{seen} spans are listed and {page['count']} counted"
            return
