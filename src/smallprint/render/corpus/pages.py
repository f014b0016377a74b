"""A document's pages as rows.

In: a `Document`. Out: a `Row` for each page, with its PNG file, its text and its place; or a `Failure`. A long document is laid out twice,
once for what the rows say of it as a whole and once to be drawn, so that memory does not grow with it. Knows nothing of files of shards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import StoreError, StyleError, TextError
from smallprint.render.corpus.documents import small_text
from smallprint.render.corpus.records import Failure
from smallprint.render.pages import Page, Pages, render
from smallprint.render.source import FileSource, TextSource

if TYPE_CHECKING:
    from smallprint.render.corpus.records import Document
    from smallprint.render.corpus.spec import Spec

COUNTS: tuple[str, ...] = ("documents", "empty", "failed", "pages", "chars", "bytes", "missing", "substituted")
"""What is counted: documents drawn, those of them without text, documents that failed; pages; characters and UTF-8 bytes of text;
characters of it that no face has, and that are drawn as something else."""
_LONG = 2_000_000
"""Characters (bytes of a file) from which on a document is laid out twice: its pages would take some 25 MiB. Laying out takes a fifth of
the time of drawing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A page, and what it is a page of."""

    key: str
    """Ten digits for the document and five for the page, in the order of the corpus."""
    png: bytes
    text: str
    id: str
    document: int
    page: int
    n_pages: int
    span: tuple[int, int]
    byte_span: tuple[int, int]
    width_px: int
    height_px: int
    sha256_png: str
    style_digest: str
    n_missing: int
    n_substituted: int
    meta: str | None

    def to_json(self) -> dict[str, Any]:
        """All but the pixels and the text."""
        left_out = ("key", "png", "text")
        return {key: getattr(self, key) for key in self.__slots__ if key not in left_out}


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A document's pages, and what they hold: `COUNTS`, but for what failed."""

    counts: dict[str, int]
    rows: Iterable[Row]


def draw(document: Document, spec: Spec, threads: int) -> Drawn | Failure:
    """The pages of a document; of a long one they are drawn, by `threads` at once, while `rows` are taken."""
    name = document.place.input
    try:
        pages = render(_source(document), spec.style)
        if _is_long(document):
            n_bytes = pages[-1].byte_span[1]
            return _drawn(document, spec, pages, n_bytes, pages.pngs(spec.png, threads=threads))
        drawn = list(pages.pngs(spec.png, threads=1))
        return _drawn(document, spec, pages, drawn[-1][0].byte_span[1] if drawn else 0, drawn)
    except (StyleError, TextError, StoreError) as error:
        # Messages name the file with its path, which is another on every machine.
        cause = str(error).replace(str(document.text), name) if isinstance(document.text, Path) else str(error)
        return Failure(place=document.place, id=document.id, cause=cause)
    except OSError as error:
        return Failure(place=document.place, id=document.id, cause=f"cannot read {name}: {error.strerror or error}")
    except MemoryError:
        return Failure(place=document.place, id=document.id, cause="its pages do not fit into memory")


def _is_long(document: Document) -> bool:
    text = document.text
    return (len(text) if isinstance(text, str) else text.stat().st_size) > _LONG


def _source(document: Document) -> TextSource | FileSource:
    text = document.text
    if isinstance(text, str):
        return TextSource(text, name=document.id)
    return FileSource(text) if _is_long(document) else TextSource(small_text(text, document.id), name=document.id)


def _drawn(document: Document, spec: Spec, pages: Pages, n_bytes: int, pngs: Iterable[tuple[Page, bytes]]) -> Drawn:
    report = pages.report
    n_pages = len(pages)
    n_missing = sum(item.count for item in report.missing)
    n_substituted = sum(item.count for item in report.substituted)

    def rows() -> Iterator[Row]:
        for page, png in pngs:
            yield Row(
                key=f"{document.place.number:010d}-{page.index:05d}",
                png=png,
                text=page.text,
                id=document.id,
                document=document.place.number,
                page=page.index,
                n_pages=n_pages,
                span=page.span,
                byte_span=page.byte_span,
                width_px=page.width_px,
                height_px=page.height_px,
                sha256_png=hashlib.sha256(png).hexdigest(),
                style_digest=spec.style_digest,
                n_missing=n_missing,
                n_substituted=n_substituted,
                meta=document.meta,
            )

    counts = {
        "documents": 1,
        "empty": int(not n_pages),
        "pages": n_pages,
        "chars": report.n_chars,
        "bytes": n_bytes,
        "missing": n_missing,
        "substituted": n_substituted,
    }
    return Drawn(counts=counts, rows=rows())
