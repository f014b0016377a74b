"""A line or a row of a corpus: a document, or why there is none.

In: the bytes of a line, or the fields of a row, and a `Spec`. Out: a `Document` or a `Failure`. What is wrong with one document stops
nothing. Knows nothing of files.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.render.corpus.spec import ALL_FIELDS

if TYPE_CHECKING:
    from smallprint.render.corpus.spec import Spec

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


def of_line(line: bytes, place: Place, spec: Spec) -> Document | Failure:
    """Of a line of JSON, with its end or without."""
    try:
        record = json.loads(line.rstrip(b"\r\n").decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        cause = f"not UTF-8: byte 0x{line[error.start]:02x} at offset {error.start} of the line"
        return Failure(place=place, id=None, cause=cause)
    except (ValueError, RecursionError) as error:
        return Failure(place=place, id=None, cause=f"not JSON: {error}")
    if not isinstance(record, dict):
        return Failure(place=place, id=None, cause=f"{_name(record)}, not a JSON object")
    return of_record(cast("dict[str, Any]", record), place, spec)


def _no_number(name: str) -> None:
    """NaN and Infinity, which Python writes and JSON does not know."""


def of_record(record: dict[str, Any], place: Place, spec: Spec) -> Document | Failure:
    """Of the fields of a line or a row."""
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
