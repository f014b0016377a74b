"""Rows as tar, as WebDataset has it: for each page ``KEY.png``, ``KEY.json`` and ``KEY.txt``, one after another.

In: rows, one after another, and a file to write to. Out: a POSIX tar (ustar) without times and owners, so that the same rows give the same
bytes. No row waits in memory.
"""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smallprint.render.corpus.pages import Row
    from smallprint.render.corpus.sink import Sink


class TarWriter:
    """Call `add` for each row, then `close`."""

    def __init__(self, file: Sink) -> None:
        self._file = file
        self._n_bytes = 0

    def add(self, row: Row) -> None:
        about = json.dumps(row.to_json(), ensure_ascii=False)
        for ending, data in (("png", row.png), ("json", about.encode()), ("txt", row.text.encode())):
            self._add(f"{row.key}.{ending}", data)

    def close(self) -> None:
        # Two empty blocks end an archive; it is a whole number of records.
        end = 2 * tarfile.BLOCKSIZE
        self._write(bytes(end + -(self._n_bytes + end) % tarfile.RECORDSIZE))

    def _add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._write(member.tobuf(tarfile.USTAR_FORMAT))
        self._write(data)
        self._write(bytes(-len(data) % tarfile.BLOCKSIZE))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._n_bytes += len(data)
