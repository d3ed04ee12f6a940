"""Which client-sent ids may have been stored before: a Bloom filter over 128-bit hashes.

It answers "surely new" for nearly every new id, so that a segment need not ask the engine about each of its rows. A
wrong "maybe" (1 in 400 at the fullest) costs one look-up and nothing else. Ids are 32 hex digits of a uniform hash
(`ingest.ids`), so their own bits serve as the hash functions.
"""

import threading
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

ID_DIGITS = 32
HASHES = 4
SLOTS_PER_ID = 16
"""Bits of the filter for each id it is made for: 0.24 % wrong answers when full."""


class Known:
    """The filter. Until it is `ready` (rebuilt from the engine), every id is a maybe."""

    def __init__(self, capacity: int = 1 << 20) -> None:
        self._lock = threading.Lock()
        self._clear(capacity)
        self.ready = False

    def _clear(self, capacity: int) -> None:
        self.capacity = capacity
        self._size = 1 << (capacity * SLOTS_PER_ID - 1).bit_length()
        self._bits = np.zeros(self._size // 8, dtype=np.uint8)
        self.count = 0

    @property
    def is_full(self) -> bool:
        return self.count > self.capacity

    def _slots(self, ids: Sequence[str]) -> npt.NDArray[np.uint64]:
        halves = np.frombuffer(bytes.fromhex("".join(ids)), dtype=">u8").astype(np.uint64).reshape(-1, 2)
        steps = np.arange(HASHES, dtype=np.uint64)
        return (halves[:, :1] + steps * (halves[:, 1:] | np.uint64(1))) & np.uint64(self._size - 1)

    def add(self, ids: Sequence[str]) -> None:
        """Remember ids."""
        if not ids:
            return
        with self._lock:
            slots = self._slots(ids).ravel()
            bits = np.left_shift(np.uint8(1), (slots & np.uint64(7)).astype(np.uint8))
            np.bitwise_or.at(self._bits, slots >> np.uint64(3), bits)
            self.count += len(ids)

    def add_joined(self, digits: str) -> None:
        """Remember ids that stand one after the other, as the engine joins them."""
        self.add([digits[at : at + ID_DIGITS] for at in range(0, len(digits), ID_DIGITS)])

    def maybe(self, ids: Sequence[str]) -> list[str]:
        """Those of the ids that may be stored already; all of them while the filter is not ready."""
        if not ids:
            return []
        with self._lock:
            if not self.ready:
                return list(ids)
            slots = self._slots(ids)
            hit = ((self._bits[slots >> np.uint64(3)] >> (slots & np.uint64(7)).astype(np.uint8)) & 1).all(axis=1)
        return [ids[i] for i in np.flatnonzero(hit).tolist()]

    def restart(self, capacity: int) -> None:
        """Empty the filter for a rebuild; until `ready` is set again, every id is a maybe."""
        with self._lock:
            self.ready = False
            self._clear(capacity)
