"""A file that is written once, from its beginning to its end, and appears when it is whole.

In: bytes, a piece at a time. Out: the file under its name, on the disk, with its length and sha256. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import IO


class Sink:
    """As much of a file as writers need; `keep` or `drop` ends it."""

    def __init__(self, path: Path) -> None:
        self.n_bytes = 0
        self.sha256 = hashlib.sha256()
        self.closed = False
        self._path = path
        self._file: IO[bytes] = path.open("wb")

    def write(self, data: bytes) -> int:
        if self.closed:
            # What writes Parquet writes its end even when it is given up.
            return len(data)
        self.sha256.update(data)
        n_bytes = memoryview(data).nbytes
        self.n_bytes += n_bytes
        self._file.write(data)
        return n_bytes

    def flush(self) -> None:
        """Nobody reads the file before it is whole."""

    def keep(self, path: Path) -> None:
        """To the disk, and under its name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._close()
        self._path.replace(path)

    def drop(self) -> None:
        self._close()
        with suppress(OSError):
            self._path.unlink()

    def _close(self) -> None:
        self.closed = True
        self._file.close()
