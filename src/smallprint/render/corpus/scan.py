"""The inputs read through once, before anything is drawn: what identifies them, and the plan.

In: names of files and folders. Out: a `Plan`. Lines are counted, rows are told from what Parquet says of itself; nothing is parsed, so
that of a corpus this takes a hundredth of the time that drawing takes. Memory does not grow with the corpus.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, StoreError
from smallprint.render.corpus.inputs import InputFile, Kind, input_files
from smallprint.render.corpus.plan import Cutter, Plan
from smallprint.render.corpus.spec import ALL_FIELDS, need_pyarrow
from smallprint.render.source import printable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from smallprint.render.corpus.spec import Spec

_BLOCK = 1 << 20
_FILE_WEIGHT = 200
"""What a text counts beside its bytes, about its line in the plan, so that a shard of empty files ends too."""


def make_plan(named: Iterable[Path], spec: Spec, path: Path) -> Plan:
    """Read the inputs, and write the plan to `path`.

    Raises `StoreError` for what cannot be read, `DataError` for a file of records that is not what its name says.
    """
    with path.open("wb") as file:
        cutter = Cutter(spec.shard_bytes, file)
        inputs = [_take(name, spec, cutter) for name in named]
        cutter.cut()
    return Plan(path=path, n_shards=cutter.n_shards, weight=cutter.total, inputs=inputs)


def _take(named: Path, spec: Spec, cutter: Cutter) -> dict[str, Any]:
    n_files = n_bytes = 0
    over_all = hashlib.sha256()
    digest = over_all.hexdigest()
    for file in input_files(named):
        try:
            stat = Path(file.path).stat()
            digest = _TAKERS[file.kind](file, (stat.st_size, stat.st_mtime_ns), spec, cutter)
        except OSError as error:
            raise StoreError(f"cannot read {file.name}: {error.strerror or error}") from None
        over_all.update(f"{digest}  {file.name}\n".encode())
        n_files += 1
        n_bytes += stat.st_size
    is_folder = named.is_dir()
    return {
        "name": printable(named.resolve().name if is_folder else named.name),
        "n_files": n_files,
        "n_bytes": n_bytes,
        "sha256": over_all.hexdigest() if is_folder else digest,
    }


def _take_text(file: InputFile, stat: tuple[int, int], spec: Spec, cutter: Cutter) -> str:
    digest = "unreadable"
    # One that cannot be read is a document that failed, and says so where it is drawn.
    with suppress(OSError), _Hashed(file.path) as raw:
        raw.drain()
        digest = raw.sha256.hexdigest()
    cutter.add(file, stat, start=0, end=stat[0], line=0, n=1, weight=stat[0] + _FILE_WEIGHT)
    return digest


def _take_lines(file: InputFile, stat: tuple[int, int], spec: Spec, cutter: Cutter) -> str:
    with _Hashed(file.path) as raw:
        if file.kind == "jsonl":
            _cut_lines(raw, file, stat, cutter)
        else:
            from isal import igzip, isal_zlib

            try:
                with igzip.open(raw, "rb") as unpacked:
                    _cut_lines(unpacked, file, stat, cutter)
            except (EOFError, igzip.BadGzipFile, isal_zlib.IsalError) as error:
                raise DataError(f"{file.name}: not whole, or not gzip: {error}") from None
        raw.drain()
        return raw.sha256.hexdigest()


def _cut_lines(file: Any, given: InputFile, stat: tuple[int, int], cutter: Cutter) -> None:
    """Cut after the first line that fills a shard."""
    start = at = 0
    line = n = 0
    ends_line = True
    while block := file.read(_BLOCK):
        done = 0
        while done < len(block):
            # The last byte that still has room; a line that ends with it fills the shard exactly.
            full = max(done, start + cutter.room - at - 1)
            newline = block.find(b"\n", full) if full < len(block) else -1
            cut = newline + 1 or len(block)
            n += block.count(b"\n", done, cut)
            done = cut
            if newline >= 0:
                end = at + cut
                cutter.add(given, stat, start=start, end=end, line=line, n=n, weight=end - start)
                start, line, n = end, line + n, 0
        at += len(block)
        ends_line = block.endswith(b"\n")
    if at > start:
        cutter.add(given, stat, start=start, end=at, line=line, n=n + (not ends_line), weight=at - start)


def _take_rows(file: InputFile, stat: tuple[int, int], spec: Spec, cutter: Cutter) -> str:
    need_pyarrow(file.name)
    parquet: Any = import_module("pyarrow.parquet")
    try:
        found = parquet.ParquetFile(file.path)
    except ValueError as error:  # pyarrow's ArrowInvalid is one
        raise DataError(f"{file.name}: not Parquet: {error}") from None
    with found:
        _check_columns(file.name, found.schema_arrow, spec)
        metadata = found.metadata
        row = 0
        for index in range(metadata.num_row_groups):
            group = metadata.row_group(index)
            per_row = max(1, _size(group, spec.text_field) // max(1, group.num_rows))
            end = row + group.num_rows
            while row < end:
                upto = min(end, row + -(-cutter.room // per_row))
                cutter.add(file, stat, start=row, end=upto, line=row, n=upto - row, weight=(upto - row) * per_row)
                row = upto
    with _Hashed(file.path) as raw:
        raw.drain()
        return raw.sha256.hexdigest()


def _check_columns(name: str, schema: Any, spec: Spec) -> None:
    arrow: Any = import_module("pyarrow")
    needed = [spec.text_field, *filter(None, [spec.id_field]), *(key for key in spec.meta_fields if key != ALL_FIELDS)]
    for key in needed:
        if key not in schema.names:
            raise DataError(f"{name}: no column {key!r}; it has {', '.join(schema.names)}")
    kind = schema.field(spec.text_field).type
    kind = kind.value_type if arrow.types.is_dictionary(kind) else kind
    if not (arrow.types.is_string(kind) or arrow.types.is_large_string(kind) or arrow.types.is_string_view(kind)):
        raise DataError(f"{name}: column {spec.text_field!r} is {kind}; a column of strings is needed")


def _size(group: Any, column: str) -> int:
    """Bytes of a column in a row group, unpacked."""
    for index in range(group.num_columns):
        if group.column(index).path_in_schema == column:
            return group.column(index).total_uncompressed_size
    return 0


class _Hashed(io.RawIOBase):
    """A file, with the sha256 of what was read of it."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        n = self._file.readinto(buffer) or 0
        self.sha256.update(memoryview(buffer)[:n])
        return n

    def drain(self) -> None:
        """Read to the end."""
        buffer = bytearray(_BLOCK)
        while self.readinto(buffer):
            pass

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


_Taker = Callable[[InputFile, tuple[int, int], "Spec", Cutter], str]
_TAKERS: dict[Kind, _Taker] = {
    "text": _take_text,
    "jsonl": _take_lines,
    "jsonl.gz": _take_lines,
    "parquet": _take_rows,
}
"""How documents of a file are counted and cut, by its kind; each gives the sha256 of the file."""
