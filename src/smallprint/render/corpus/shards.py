"""A shard's documents, drawn, in files: what each process and each machine does.

In: a `Shard` of the plan, a `Spec`, and a folder. Out: the shard's files, and a record of them. A file appears under its name when it is
whole and on the disk; drawn again, it is the same to the byte, so a shard may be drawn as often as it takes. Knows nothing of other shards.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import StoreError
from smallprint.render.corpus.documents import read_part
from smallprint.render.corpus.pages import COUNTS, draw
from smallprint.render.corpus.parquet import ParquetWriter
from smallprint.render.corpus.records import Failure
from smallprint.render.corpus.sink import Sink
from smallprint.render.corpus.webdataset import TarWriter

if TYPE_CHECKING:
    from smallprint.render.corpus.pages import Row
    from smallprint.render.corpus.plan import Shard
    from smallprint.render.corpus.spec import Spec

STATE = ".smallprint-run"
"""The hidden folder in which unfinished things lie while a run lasts."""
_FILE_BYTES = 500_000_000
"""A file that has grown to this is full: what `datasets` makes of a large data set (datasets 5.2.0, config.MAX_SHARD_SIZE)."""

Record = dict[str, Any]
"""Of a shard: its index, counts, files and failures, as JSON."""
Tick = Callable[[int, int, int], None]
"""Called with documents, pages and characters that were drawn since the last call."""


def draw_shard(shard: Shard, spec: Spec, folder: Path, *, threads: int = 1, tick: Tick | None = None) -> Record:
    """Draw a shard; `threads` are for a document that is long.

    Raises `DataError` where an input was changed, `StoreError` where something cannot be read or written.
    """
    counts = dict.fromkeys(COUNTS, 0)
    failures: list[dict[str, Any]] = []
    files = _Files(f"pages-{shard.index:06d}", spec, folder)
    try:
        with files:
            for part in shard.parts:
                for document in read_part(part, spec):
                    drawn = document if isinstance(document, Failure) else draw(document, spec, threads)
                    if isinstance(drawn, Failure):
                        failures.append(drawn.to_json())
                        counts["failed"] += 1
                        continue
                    n_told = 0
                    for row in drawn.rows:
                        files.add(row)
                        # Of a long document, as it goes by.
                        if tick and row.span[1] - n_told > 1 << 20:
                            tick(0, 0, row.span[1] - n_told)
                            n_told = row.span[1]
                    for key, n in drawn.counts.items():
                        counts[key] += n
                    if tick:
                        tick(1, drawn.counts["pages"], drawn.counts["chars"] - n_told)
    except OSError as error:
        raise StoreError(f"shard {shard.index} in {folder}: {error.strerror or error}") from None
    return {"index": shard.index, "weight": shard.weight, **counts, "files": files.done, "failures": failures}


class _Files:
    """The files of a shard: a new one begins where one is full."""

    def __init__(self, stem: str, spec: Spec, folder: Path) -> None:
        self.done: list[dict[str, Any]] = []
        self._stem = stem
        self._spec = spec
        self._folder = folder
        self._file: Sink | None = None
        self._writer: ParquetWriter | TarWriter | None = None
        self._n_rows = 0

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            self._finish()
        elif self._file:
            self._file.drop()

    def add(self, row: Row) -> None:
        if self._writer is None or self._file is None:
            # The process's number and a name of its own: shards may be drawn twice at a time, where a machine is thought dead.
            at = self._folder / STATE / f"part-{os.getpid()}-{uuid.uuid4().hex[:8]}"
            self._file = Sink(at)
            self._writer = (ParquetWriter if self._spec.format == "parquet" else TarWriter)(self._file)
        self._writer.add(row)
        self._n_rows += 1
        if self._n_rows == self._spec.rows_per_shard or self._file.n_bytes >= _FILE_BYTES:
            self._finish()

    def _finish(self) -> None:
        if self._writer is None or self._file is None:
            return
        self._writer.close()
        name = f"{self._stem}-{len(self.done):03d}.{self._spec.suffix}"
        self._file.keep(self._folder / name)
        self.done.append(
            {"file": name, "rows": self._n_rows, "n_bytes": self._file.n_bytes, "sha256": self._file.sha256.hexdigest()}
        )
        self._writer = self._file = None
        self._n_rows = 0
