"""Rows as Parquet, with pages as Hugging Face has images.

In: rows, one after another, and a file to write to. Out: a Parquet file that `datasets` loads with an `Image` feature, and everything else
as columns. The same rows give the same bytes with the same pyarrow. Rows wait in memory for a row group, and no longer.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smallprint.render.corpus.pages import Row
    from smallprint.render.corpus.sink import Sink

_GROUP_ROWS = 100
"""What the Hugging Face hub advises for images, so that its viewer and random access read little
(https://huggingface.co/docs/hub/datasets-image, read 2026-11-22)."""
_INT32 = ("page", "n_pages", "width_px", "height_px")
_INT64 = ("document", "n_missing", "n_substituted")
_PAIRS = ("span", "byte_span")
COLUMNS = (
    "image", "text", "id", "document", "page", "n_pages", "span", "byte_span", "width_px", "height_px", "sha256_png",
    "style_digest", "n_missing", "n_substituted", "meta",
)  # fmt: skip


class ParquetWriter:
    """Call `add` for each row, then `close`."""

    def __init__(self, file: Sink) -> None:
        self._arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        self._schema = _schema(self._arrow)
        self._writer = parquet.ParquetWriter(
            self._arrow.PythonFile(file, mode="w"),
            self._schema,
            # PNG files and digests do not get smaller.
            compression={"image.bytes": "NONE", "sha256_png": "NONE"} | dict.fromkeys(_leaves(), "ZSTD"),
            use_dictionary=["id", "style_digest", "meta"],
            # Least and greatest of a text are the text.
            write_statistics=["id", *_INT32, *_INT64],
        )
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        rows, arrow, schema = self._rows, self._arrow, self._schema
        arrays = [
            arrow.StructArray.from_arrays(
                [
                    arrow.array([row.png for row in rows], arrow.binary()),
                    arrow.array([f"{row.key}.png" for row in rows], arrow.string()),
                ],
                fields=list(schema.field("image").type),
            ),
            *(arrow.array([getattr(row, name) for row in rows], schema.field(name).type) for name in COLUMNS[1:]),
        ]
        self._writer.write_table(arrow.Table.from_arrays(arrays, schema=schema), row_group_size=len(rows))
        self._rows = []


def _schema(arrow: Any) -> Any:
    kinds = {
        "image": arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())]),
        **dict.fromkeys(_INT32, arrow.int32()),
        **dict.fromkeys(_INT64, arrow.int64()),
        **dict.fromkeys(_PAIRS, arrow.list_(arrow.int64())),
    }
    fields = [(name, kinds.get(name, arrow.string())) for name in COLUMNS]
    return arrow.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features()}})})


def features() -> dict[str, Any]:
    """The columns as `datasets` describes them (datasets 5.2.0, features/features.py; ``Sequence`` is what older ones know too)."""

    def value(kind: str) -> dict[str, Any]:
        return {"dtype": kind, "_type": "Value"}

    kinds: dict[str, Any] = {
        "image": {"_type": "Image"},
        **dict.fromkeys(_INT32, value("int32")),
        **dict.fromkeys(_INT64, value("int64")),
        **{name: {"feature": value("int64"), "_type": "Sequence"} for name in _PAIRS},
    }
    return {name: kinds.get(name, value("string")) for name in COLUMNS}


def _leaves() -> list[str]:
    """The columns as Parquet's files have them that are worth compressing."""
    plain = [name for name in COLUMNS if name not in ("image", "sha256_png", *_PAIRS)]
    return ["image.path", *plain, *(f"{name}.list.element" for name in _PAIRS)]
