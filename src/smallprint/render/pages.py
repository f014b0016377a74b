"""Pages of a source: what `render` gives.

In: text, a file or a `Source`, and a `Style`. Out: `Pages`, lazy: a page is laid out when it is reached and drawn when its pixels are asked
for. Iterating streams. What stays is one small entry a page, which makes ``pages[i]`` quick, and the report: 16 bytes for each place where
white space vanished or a character was replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, overload

from smallprint.errors import TextError
from smallprint.render import png
from smallprint.render.boxes import Box, page_boxes
from smallprint.render.layout import LaidPage, Place, lay_out
from smallprint.render.raster import Atlas, draw
from smallprint.render.report import Report, ReportBuilder
from smallprint.render.shaping import CellTable
from smallprint.render.source import FileSource, Source, TextSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.render.fonts import Face
    from smallprint.render.layout import Line
    from smallprint.render.style import Style


_ONE_PAGE = 1 << 15
"""Characters that are read at a time where a single page is wanted."""


class Page:
    """One page. Offsets are half-open spans in code points of the source."""

    def __init__(self, laid: LaidPage, atlas: Atlas) -> None:
        self._laid = laid
        self._atlas = atlas

    @property
    def index(self) -> int:
        return self._laid.place.index

    @property
    def width_px(self) -> int:
        return self._laid.width_px

    @property
    def height_px(self) -> int:
        return self._laid.height_px

    @property
    def span(self) -> tuple[int, int]:
        """The page's part of the source, in code points."""
        return self._laid.place.at.chars, self._laid.end.chars

    @property
    def byte_span(self) -> tuple[int, int]:
        """The same in UTF-8 bytes."""
        return self._laid.place.at.bytes, self._laid.end.bytes

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._laid.lines

    @property
    def text(self) -> str:
        """The page's part of the source, character for character."""
        code_points = self._atlas.table.code_point[self._laid.cells]
        return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8, (H, W) gray, or (H, W, 3) where the style has colours."""
        return draw(self._laid, self._atlas)

    @property
    def sha256(self) -> str:
        """Over the bytes of `pixels`, row by row."""
        return hashlib.sha256(self.pixels.tobytes()).hexdigest()

    def png(self, mode: png.Mode = "default") -> bytes:
        """The page as a PNG file that decodes to `pixels`."""
        return png.encode(self.pixels, mode)

    def boxes(self, start: int, end: int) -> list[Box]:
        """Pixel rectangles of the characters from `start` to `end` on this page, one a line; what lies on other pages is left out."""
        return page_boxes(self._laid, self._atlas, start, end)


@dataclass(frozen=True, kw_only=True)
class FaceUse:
    """A face that drew something, and the file that the style asked for where this one stands in for it."""

    face: str
    sha256: str
    stands_in_for: str | None


class Pages(Sequence[Page]):
    """A lazy sequence of pages over a source. Not for use from two threads at once."""

    def __init__(self, source: Source, style: Style) -> None:
        self.source = source
        self.style = style
        self._cells = CellTable(style)
        self._atlas = Atlas(self._cells)
        self._places: list[Place] = [Place()]
        self._sizes: list[tuple[int, int]] = []
        self._report: Report | None = None

    def __iter__(self) -> Iterator[Page]:
        for laid in self._scan():
            yield Page(laid, self._atlas)

    def __len__(self) -> int:
        return len(self.sizes())

    @overload
    def __getitem__(self, index: int) -> Page: ...
    @overload
    def __getitem__(self, index: slice) -> list[Page]: ...
    def __getitem__(self, index: int | slice) -> Page | list[Page]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        at = index if index >= 0 else len(self) + index
        if not 0 <= at < len(self):
            raise IndexError(f"page {index} of {len(self)}")
        place = self._places[at]
        laid = next(lay_out(self.source.chunks(place.at, _ONE_PAGE), self._cells, place))
        return Page(laid, self._atlas)

    @property
    def text(self) -> str:
        """The source, in memory."""
        return self.source.text

    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each page in pixels; lays out, draws nothing."""
        if self._report is None:
            for _ in self._scan():
                pass
        return self._sizes

    def spans(self) -> list[tuple[int, int]]:
        """Each page's part of the source, in code points; lays out, draws nothing."""
        self.sizes()
        starts = [place.at.chars for place in self._places[: len(self._sizes)]]
        return list(pairwise([*starts, self.report.n_chars]))

    @property
    def report(self) -> Report:
        """What the pages do not show as it stands in the source."""
        self.sizes()
        assert self._report is not None
        return self._report

    def faces(self) -> list[FaceUse]:
        """The faces that the pages reached so far are drawn with."""
        used = self._cells.used_faces
        return [_face_use(used[name]) for name in sorted(used)]

    def font_chain(self) -> list[FaceUse]:
        """The faces that the pages may be drawn with, in the order in which they are asked for a character."""
        return [_face_use(face) for face in self._cells.faces]

    def find(self, offset: int) -> int:
        """The index of the page that holds a character of the source. Raises `IndexError` where none does."""
        from bisect import bisect_right

        self.sizes()
        if not 0 <= offset < self.source.digest.n_chars:
            raise IndexError(f"offset {offset} is outside the source")
        return bisect_right(self._places, offset, key=lambda place: place.at.chars) - 1

    def _scan(self) -> Iterator[LaidPage]:
        builder = ReportBuilder(self._cells)
        places: list[Place] = []
        sizes: list[tuple[int, int]] = []
        for laid in lay_out(self.source.chunks(), self._cells, Place()):
            places.append(laid.place)
            sizes.append((laid.width_px, laid.height_px))
            builder.add(laid)
            yield laid
        if self._report is None:
            self._places, self._sizes, self._report = places, sizes, builder.build()


def render(source: str | Path | Source, style: Style) -> Pages:
    """Pages of text (a string), of a file (a `Path`, read in pieces) or of any `Source`.

    Raises `FontError` for a face that cannot be read, `TextError` for a source of another type; `StyleError`, `TextError` and `StoreError`
    come while pages are taken.
    """
    if isinstance(source, str):
        source = TextSource(source)
    elif isinstance(source, Path):
        source = FileSource(source)
    elif not isinstance(source, Source):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TextError(f"render: text, a Path or a Source is needed, not {type(source).__name__}")
    return Pages(source, style)


def _face_use(face: Face) -> FaceUse:
    return FaceUse(face=face.name, sha256=face.sha256, stands_in_for=face.stands_in_for)
