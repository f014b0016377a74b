"""What a run makes of each document: style, format, fields and sizes, as one frozen value.

In: keyword arguments. Out: a `Spec`, checked, and what a run must have in common with an earlier one to go on with its folder. Knows
nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from typing import Any, Literal, cast, get_args

from smallprint._version import __version__
from smallprint.errors import DataError
from smallprint.render import harfbuzz, png
from smallprint.render.fonts import freetype_version
from smallprint.render.languages import OFF, pygments_version
from smallprint.render.pages import render
from smallprint.render.style import Style

Format = Literal["parquet", "webdataset"]
FORMATS: tuple[Format, ...] = get_args(Format)
ALL_FIELDS = "*"


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Raises `DataError` for a value that is not allowed, and where Parquet is asked for without pyarrow."""

    style: Style
    format: Format = "parquet"
    png: png.Mode = "default"
    text_field: str = "text"
    id_field: str | None = None
    """None takes ``id`` where a record has it, else the file's name and the line."""
    meta_fields: tuple[str, ...] = ()
    """Other fields that are carried along as JSON; ``*`` stands for all."""
    shard_mb: float = 8
    """Input that makes one shard, in units of 1,000,000 bytes. In `flow` a megabyte of prose becomes 11 MiB of pages."""
    rows_per_shard: int = 10_000
    """Pages in a file at most: a shard of more, such as many short documents, is cut into several files."""

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise DataError(f"format: {self.format!r} is not allowed; give {' or '.join(FORMATS)}")
        if self.png not in get_args(png.Mode):
            raise DataError(f"png: {self.png!r} is not allowed; give {' or '.join(get_args(png.Mode))}")
        if not 0.001 <= self.shard_mb <= 4096:
            raise DataError(f"shard-mb: {self.shard_mb:g} is not allowed; give 0.001 to 4096")
        if self.rows_per_shard < 1:
            raise DataError(f"rows-per-shard: {self.rows_per_shard} is not allowed; give 1 or more")
        if self.text_field in (self.id_field, *self.meta_fields):
            raise DataError(f"text-field: {self.text_field!r} is the id or carried along already")
        if self.format == "parquet":
            need_pyarrow("--format parquet")

    @cached_property
    def style_digest(self) -> str:
        """That of the style, which takes longer than a short document."""
        return self.style.digest

    @property
    def shard_bytes(self) -> int:
        return round(self.shard_mb * 1_000_000)

    @property
    def suffix(self) -> str:
        return {"parquet": "parquet", "webdataset": "tar"}[self.format]

    def fonts(self) -> list[dict[str, Any]]:
        """The faces that pages may be drawn with, in the order in which they are asked for a character.

        Raises `FontError` for a face that cannot be read: what is wrong with the style is wrong with every document.
        """
        return [
            {"face": face.face, "sha256": face.sha256, "stands_in_for": face.stands_in_for}
            for face in render("", self.style).font_chain()
        ]

    def to_json(self) -> dict[str, Any]:
        """All on which the bytes of the shards depend, but for the input."""
        writer = {"pyarrow": version("pyarrow")} if self.format == "parquet" else {}
        small = {"isal": version("isal")} if self.png == "small" else {}
        colours = {"pygments": pygments_version()} if self.style.highlight != OFF else {}
        return {
            "version": __version__,
            "freetype": freetype_version(),
            "harfbuzz": harfbuzz.version(),
            **writer,
            **small,
            **colours,
            "style_name": self.style.name,
            "style_digest": self.style_digest,
            "style": self.style.to_glyph(),
            "fonts": self.fonts(),
            "format": self.format,
            "png": self.png,
            "text_field": self.text_field,
            "id_field": self.id_field,
            "meta_fields": list(self.meta_fields),
            "shard_mb": self.shard_mb,
            "rows_per_shard": self.rows_per_shard,
        }


def need_pyarrow(what: str) -> None:
    """Raise `DataError` where pyarrow is not installed."""
    try:
        import_module("pyarrow")
    except ImportError:
        raise DataError(f'{what}: needs pyarrow; pip install "smallprint[corpus]"') from None


def difference(earlier: object, now: dict[str, Any]) -> str | None:
    """The first key in which two runs differ, with both values; None where they are alike."""
    if not isinstance(earlier, dict):
        return "what it was made with cannot be read"
    before = cast("dict[str, Any]", earlier)
    for key in [*now, *before]:
        if before.get(key) != now.get(key):
            return f"{key}: {_short(before.get(key))} before, {_short(now.get(key))} now"
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
