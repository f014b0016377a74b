"""Pairs of whole numbers, kept small: a few bytes each, so that the record of a gigabyte of text fits into memory.

In: pairs in ascending order of the first number. Out: the same, in blocks. Knows nothing of what they mean.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BLOCK = 1 << 16


class PairLog:
    """Grows by `add`; rows come back as (n, 2) arrays of int64. `block` rows are packed together, some ten thousand when it is 0."""

    def __init__(self, block: int = 0) -> None:
        self._block = block or _BLOCK
        self._packed: list[bytes] = []
        self._fresh: list[NDArray[np.int64]] = []
        self._n_fresh = 0

    def add(self, rows: NDArray[np.int64]) -> None:
        self._fresh.append(rows)
        self._n_fresh += len(rows)
        if self._n_fresh >= self._block:
            self._packed.append(_pack(np.concatenate(self._fresh)))
            self._fresh, self._n_fresh = [], 0

    @property
    def n_bytes(self) -> int:
        """What the log takes in memory."""
        return sum(map(len, self._packed)) + sum(rows.nbytes for rows in self._fresh)

    def blocks(self) -> Iterator[NDArray[np.int64]]:
        """All rows, some ten thousand at a time."""
        for packed in self._packed:
            yield _unpack(packed)
        if self._n_fresh:
            yield np.concatenate(self._fresh)


def _pack(rows: NDArray[np.int64]) -> bytes:
    # Differences are small and alike; transposed, their many zero bytes stand together.
    first = np.diff(rows[:, 0], prepend=0)
    second = rows[:, 1] - rows[:, 0]
    planes = np.stack([first, second]).astype("<i8").view(np.uint8).reshape(2, -1, 8).transpose(0, 2, 1)
    return zlib.compress(np.ascontiguousarray(planes).tobytes(), 1)


def _unpack(packed: bytes) -> NDArray[np.int64]:
    planes = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(2, 8, -1).transpose(0, 2, 1)
    first, second = np.ascontiguousarray(planes).view("<i8")[:, :, 0].astype(np.int64)
    start = np.cumsum(first)
    return np.stack([start, start + second], axis=1)
