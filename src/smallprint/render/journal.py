"""The record of the pages that a run has written so far, so that a run that was stopped goes on where it was.

In: what identifies the run, then a line for each page, in order. Out: the lines of an earlier run like this one, and in the end all lines.
Knows nothing of what a line says. Lines are read and written in step with the pages, so that memory does not grow with their number.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

NAME = "journal.jsonl"
_GROUP = 64
"""Lines that are handed to the system at a time: what a kill may cost."""
_SYNC_S = 1.0
"""Seconds between two syncs to the disk: what a loss of power may cost. A sync for each page would take longer than drawing it."""


class Journal:
    """Lines in a file of a hidden folder. `earlier` may be called from several threads, all else from one."""

    def __init__(self, folder: Path, identity: bytes) -> None:
        """Goes on with the folder's journal where its first line is `identity`; else the folder is emptied."""
        head = identity + b"\n"
        path = folder / NAME
        if not path.is_file() or _begin(path, len(head)) != head:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            path.write_bytes(head)
        self._path = path
        self._head = self._end = len(head)
        """Bytes of the journal that are known to be in order."""
        self._appends = False
        self._unflushed = 0
        self._synced = time.monotonic()
        self._lock = threading.Lock()
        self._ahead: dict[int, bytes] = {}
        self._n_read = 0
        self._is_over = False
        self._file = path.open("r+b")
        self._reader = path.open("rb")
        self._reader.seek(self._head)

    def earlier(self, index: int) -> bytes | None:
        """The line of an earlier run at this place. May be asked once for each place, in about ascending order."""
        with self._lock:
            while self._n_read <= index and not self._is_over:
                line = self._reader.readline()
                # The last line of a run that was killed may be cut.
                if line.endswith(b"\n"):
                    self._ahead[self._n_read] = line[:-1]
                    self._n_read += 1
                else:
                    self._is_over = True
            return self._ahead.pop(index, None)

    def add(self, line: bytes, *, stands: bool) -> None:
        """The next line; `stands` says that it is the line of the earlier run at its place."""
        if stands and not self._appends:
            self._end += len(line) + 1
            return
        if not self._appends:
            self._cut()
        self._file.write(line + b"\n")
        self._unflushed += 1
        now = time.monotonic()
        if self._unflushed >= _GROUP or now - self._synced >= _SYNC_S:
            self._file.flush()
            self._unflushed = 0
        if now - self._synced >= _SYNC_S:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def lines(self) -> Iterator[bytes]:
        """All lines, after the last was added."""
        if not self._appends:
            self._cut()
        self._file.flush()
        with self._path.open("rb") as file:
            file.seek(self._head)
            for line in file:
                yield line[:-1]

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        self._file.close()

    def _cut(self) -> None:
        """From here on lines are written; what an earlier run has after this place is dropped."""
        with self._lock:
            self._is_over = True
        self._file.seek(self._end)
        self._file.truncate()
        self._appends = True


def _begin(path: Path, n_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n_bytes)
