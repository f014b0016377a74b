"""The documents of a part of the corpus: texts with an id, or why there is none.

In: a `Part` and a `Spec`. Out: a `Document` or a `Failure` for each line, row or file, in order. What is wrong with one document stops
nothing. Knows nothing of pages. Lines and rows are read one after another; a text file is not read here at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from smallprint.errors import DataError
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
_JSON_NAMES: dict[type, str] = {
    bool: "true or false",
    type(None): "null",
    list: "a list",
    dict: "an object",
    int: "a number",
    float: "a number",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a document stands in the corpus."""

    number: int
    """Lines, rows and texts of the corpus before it."""
    input: str
    line: int | None = None
    """Counted from 1; of rows of Parquet, from 0. None for a file that is one document."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text to draw: in memory, or a file."""

    place: Place
    id: str
    text: str | Path
    meta: str | None = None
    """The fields that are carried along, as a JSON object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A document that is not drawn, and why."""

    place: Place
    id: str | None
    cause: str

    def to_json(self) -> dict[str, Any]:
        place = self.place
        return {"input": place.input, "line": place.line, "document": place.number, "id": self.id, "cause": self.cause}


class _Bad(Exception):
    """What is wrong with a record."""


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
                yield _of_line(line, place, spec)
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


def _of_line(line: bytes, place: Place, spec: Spec) -> Document | Failure:
    try:
        record = json.loads(line.rstrip(b"\r\n").decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        cause = f"not UTF-8: byte 0x{line[error.start]:02x} at offset {error.start} of the line"
        return Failure(place=place, id=None, cause=cause)
    except (ValueError, RecursionError) as error:
        return Failure(place=place, id=None, cause=f"not JSON: {error}")
    if not isinstance(record, dict):
        return Failure(place=place, id=None, cause=f"{_name(record)}, not a JSON object")
    return _of_record(cast("dict[str, Any]", record), place, spec)


def _no_number(name: str) -> None:
    """NaN and Infinity, which Python writes and JSON does not know."""


def _of_record(record: dict[str, Any], place: Place, spec: Spec) -> Document | Failure:
    name = None
    try:
        name = _id(record, place, spec)
        return Document(place=place, id=name, text=_text(record, spec), meta=_meta(record, spec))
    except _Bad as error:
        return Failure(place=place, id=name, cause=str(error))


def _text(record: dict[str, Any], spec: Spec) -> str:
    text = _field(record, spec.text_field)
    if not isinstance(text, str):
        raise _Bad(f"field {spec.text_field!r} is {_name(text)}, not a string")
    _check_unicode(text, spec.text_field)
    return text


def _id(record: dict[str, Any], place: Place, spec: Spec) -> str:
    if spec.id_field is None and record.get("id") is None:
        return f"{place.input}:{place.line}"
    key = spec.id_field or "id"
    value = _field(record, key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Bad(f"field {key!r} is {_name(value)}, not a string or a whole number")
    _check_unicode(str(value), key)
    return str(value)


def _meta(record: dict[str, Any], spec: Spec) -> str | None:
    if not spec.meta_fields:
        return None
    if ALL_FIELDS in spec.meta_fields:
        taken = (spec.text_field, spec.id_field or "id")
        kept = {key: value for key, value in record.items() if key not in taken}
    else:
        kept = {key: record[key] for key in spec.meta_fields if key in record}
    try:
        text = json.dumps(kept, ensure_ascii=False, default=_plain, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(kept, default=_plain)
    except ValueError:
        return json.dumps(_finite(kept), ensure_ascii=False, default=_plain)
    return text


def _plain(value: object) -> str:
    """Dates, times and decimals as they are written; bytes as hexadecimal digits."""
    return value.hex() if isinstance(value, bytes) else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_finite(each) for each in cast("list[Any]", value)]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _field(record: dict[str, Any], key: str) -> Any:
    if key not in record:
        there = ", ".join(map(repr, [*record][:20])) or "no fields"
        raise _Bad(f"no field {key!r}; it has {there}")
    return record[key]


def _check_unicode(text: str, key: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise _Bad(
            f"field {key!r}: half a surrogate pair, U+{code:04X}, at offset {error.start}, which UTF-8 cannot hold"
        ) from None


def _name(value: object) -> str:
    return _JSON_NAMES.get(type(value)) or f"a {type(value).__name__}"


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
        yield Failure(place=place, id=None, cause=cause) if cause else _of_record(record, place, spec)
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
