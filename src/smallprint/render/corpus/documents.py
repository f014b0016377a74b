"""The documents of a part of the corpus: texts with an id, or why there is none.

In: a `Part` and a `Spec`. Out: a `Document` or a `Failure` for each line, row or file, in order. What is wrong with one document stops
nothing. Knows nothing of pages. Lines and rows are read one after another; a text file is not read here at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from smallprint.errors import DataError
from smallprint.render.corpus.records import Document, Failure, Place, of_line, of_record
from smallprint.render.corpus.spec import ALL_FIELDS
from smallprint.render.source import decode

if TYPE_CHECKING:
    from smallprint.render.corpus.plan import Part
    from smallprint.render.corpus.spec import Spec

MAX_LINE_BYTES = 1 << 28
"""A longer line is a failure: a line is in memory whole, and a file without line ends would not fit. A text file may be of any size."""
_BATCH = 32
"""Rows of Parquet that are unpacked at a time."""
_BOM = b"\xef\xbb\xbf"


def read_part(part: Part, spec: Spec) -> Iterator[Document | Failure]:
    """Raises `DataError` where the file is not as it was when the corpus was planned."""
    stat = Path(part.path).stat()
    if (stat.st_size, stat.st_mtime_ns) != (part.n_bytes, part.mtime_ns):
        raise DataError(f"{part.name}: was changed since this run began; start it again")
    if part.kind == "text":
        place = Place(number=part.number, input=part.name)
        yield Document(place=place, id=part.name, text=Path(part.path))
    elif part.kind == "parquet":
        yield from _rows(part, spec)
    else:
        yield from _lines(part, spec)


def _lines(part: Part, spec: Spec) -> Iterator[Document | Failure]:
    if part.kind == "jsonl.gz":
        yield from _lines_of(PACKED.get(part.path, part.mtime_ns), part, spec)
        return
    with open(part.path, "rb") as file:
        yield from _lines_of(file, part, spec)


def _lines_of(file: IO[bytes], part: Part, spec: Spec) -> Iterator[Document | Failure]:
    # In a compressed file, what lies before is unpacked and dropped.
    file.seek(part.start)
    at, line_number = part.start, part.line
    while at < part.end:
        line = file.readline(MAX_LINE_BYTES + 1)
        if not line:
            raise DataError(f"{part.name}: ends before byte {part.end:,}; it was changed since this run began")
        place = Place(number=part.number + line_number - part.line, input=part.name, line=line_number + 1)
        if len(line) > MAX_LINE_BYTES:
            at += len(line) + _skip_line(file)
            yield Failure(
                place=place,
                id=None,
                cause=f"a line of more than {MAX_LINE_BYTES >> 20} MiB; give such a text as a file",
            )
        else:
            if at == 0:
                line = line.removeprefix(_BOM)
            at = file.tell()
            if not line.isspace():
                yield of_line(line, place, spec)
        line_number += 1


def _skip_line(file: IO[bytes]) -> int:
    n = 0
    while piece := file.readline(1 << 20):
        n += len(piece)
        if piece.endswith(b"\n"):
            break
    return n


class _Packed:
    """The compressed file that was read last. It stays open, so that a process unpacks a file once, however many parts of it it reads."""

    def __init__(self) -> None:
        self._key: tuple[str, int] | None = None
        self._file: IO[bytes] | None = None

    def get(self, path: str, mtime_ns: int) -> IO[bytes]:
        if self._file is None or self._key != (path, mtime_ns):
            from isal import igzip

            self.close()
            self._file, self._key = igzip.open(path, "rb"), (path, mtime_ns)
        return self._file

    def close(self) -> None:
        if self._file:
            self._file.close()
        self._file = self._key = None


PACKED = _Packed()


def _rows(part: Part, spec: Spec) -> Iterator[Document | Failure]:
    row = part.start
    for column in _columns(part, spec):
        place = Place(number=part.number + row - part.start, input=part.name, line=row)
        record: dict[str, Any] = {}
        cause = None
        for key, value in column.items():
            try:
                record[key] = value.as_py()
            except ValueError as error:  # a string whose bytes are not UTF-8 is one
                cause = cause or f"column {key!r}: {error}"
        yield Failure(place=place, id=None, cause=cause) if cause else of_record(record, place, spec)
        row += 1


def _columns(part: Part, spec: Spec) -> Iterator[dict[str, Any]]:
    """The rows of a part, as Arrow's scalars."""
    parquet: Any = import_module("pyarrow.parquet")
    # Without read-ahead and with a buffer, a row group is not in memory as a whole.
    with parquet.ParquetFile(part.path, pre_buffer=False, buffer_size=1 << 20) as file:
        if ALL_FIELDS in spec.meta_fields:
            columns = None
        else:
            wanted = {spec.text_field, spec.id_field or "id", *spec.meta_fields}
            columns = [name for name in file.schema_arrow.names if name in wanted]
        row, groups = 0, list[int]()
        skip = 0
        for index in range(file.metadata.num_row_groups):
            n = file.metadata.row_group(index).num_rows
            if row < part.end and row + n > part.start:
                skip = skip if groups else part.start - row
                groups.append(index)
            row += n
        left = part.end - part.start
        for batch in file.iter_batches(batch_size=_BATCH, row_groups=groups, columns=columns, use_threads=False):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            piece = batch.slice(skip, left)
            skip, left = 0, left - piece.num_rows
            names = piece.schema.names
            for index in range(piece.num_rows):
                yield {name: piece.column(at)[index] for at, name in enumerate(names)}
            if not left:
                return


def small_text(path: Path, name: str) -> str:
    """A text file as a whole. Raises `TextError` for what is not UTF-8, `OSError`."""
    return decode(path.read_bytes(), name)
