"""Pages of a source: what `render` gives.

In: text, a file or a `Source`, and a `Style`. Out: `Pages`, lazy: a page is laid out when it is reached and drawn when its pixels are asked
for. Iterating streams. What stays is one small entry a page, which makes ``pages[i]`` quick, and the report: two or three bytes for each
place where white space vanished or a character was replaced.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

import numpy as np

from smallprint.errors import TextError
from smallprint.render import png, shaping
from smallprint.render.boxes import Box, char_boxes, char_edges, page_boxes
from smallprint.render.highlight import Highlighter
from smallprint.render.languages import OFF
from smallprint.render.layout import LaidPage, Place
from smallprint.render.parallel import in_order
from smallprint.render.press import Press
from smallprint.render.report import Report, ReportBuilder
from smallprint.render.source import FileSource, Position, Source, TextSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import AnyFace
    from smallprint.render.layout import Line
    from smallprint.render.style import Style


R = TypeVar("R")

_GROUP = 8
"""Pages that a thread takes at a time."""
_ONE_PAGE = 1 << 15
"""Characters that are read at a time where a single page is wanted."""


class Page:
    """One page. Offsets are half-open spans in code points of the source."""

    def __init__(self, laid: LaidPage, press: Press, highlighter: Highlighter | None = None) -> None:
        self._laid = laid
        self._press = press
        self._highlighter = highlighter

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
        code_points = self._press.cells.code_point[self._laid.cells]
        return code_points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def faces(self) -> list[tuple[int, int, str]]:
        """Spans of the page's part of the source, and the face that each is drawn with. White space and newlines have none."""
        cells, flags = self._press.cells, self._press.cells.flags[self._laid.cells]
        at = self._laid.place.at.chars
        names: dict[int, str] = {}
        spans: list[tuple[int, int, str]] = []
        head = ""
        numbers: list[int] = self._laid.cells.tolist()
        for place, (number, flag) in enumerate(zip(numbers, flags.tolist(), strict=True), at):
            if number not in names:
                glyphs = cells.cells[number].glyphs
                names[number] = glyphs[0].face.name if glyphs else ""
            face = head if flag & shaping.PART else names[number]
            head = face
            if not face:
                continue
            if spans and spans[-1][1] == place and spans[-1][2] == face:
                spans[-1] = (spans[-1][0], place + 1, face)
            else:
                spans.append((place, place + 1, face))
        return spans

    @property
    def codes(self) -> dict[str, str]:
        """Characters on the page that are drawn as a code, such as ``<U+17000>``, and that code."""
        cells, text, numbers = self._press.cells.cells, self.text, self._laid.cells
        made: dict[str, str] = {}
        for number in np.unique(numbers).tolist():
            drawn = cells[int(number)].drawn
            if drawn.startswith("<U+"):
                made[text[int(np.argmax(numbers == number))]] = drawn
        return made

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8, (H, W) gray, or (H, W, 3) where the style has colours."""
        return self._press.pixels(self._laid, self._roles)

    @property
    def sha256(self) -> str:
        """Over the bytes of `pixels`, row by row."""
        return hashlib.sha256(self.pixels.data).hexdigest()

    def png(self, mode: png.Mode = "default") -> bytes:
        """The page as a PNG file that decodes to `pixels`."""
        return self._press.png(self._laid, mode, self._roles)

    @cached_property
    def _roles(self) -> NDArray[np.uint8] | None:
        return self._highlighter.roles(*self.span) if self._highlighter else None

    def boxes(self, start: int, end: int) -> list[Box]:
        """Pixel rectangles of the characters from `start` to `end` on this page, one a line and direction; what lies on other pages is left
        out."""
        return page_boxes(self._laid, self._press.atlas, start, end)

    def char_boxes(self) -> NDArray[np.int32]:
        """For each character of the page x0, y0, x1, y1 in pixels, ends excluded: (n, 4). Zeros for white space that vanished."""
        return char_boxes(self._laid, self._press.atlas)

    def char_edges(self) -> NDArray[np.float64]:
        """For each character of the page where it begins and ends along its line, in pixels, exactly: (n, 2)."""
        return char_edges(self._laid, self._press.cells)


@dataclass(frozen=True, kw_only=True)
class FaceUse:
    """A face that drew something, and the file that the style asked for where this one stands in for it."""

    face: str
    sha256: str
    stands_in_for: str | None


class Pages(Sequence[Page]):
    """A lazy sequence of pages over a source. Iterate from one thread; the pages themselves may be used from any."""

    def __init__(self, source: Source, style: Style) -> None:
        self.source = source
        self.style = style
        self._press = Press(style)
        self.highlighter = None if style.highlight == OFF else Highlighter(source, style.highlight)
        """What colours the letters of code; None where the style asks for none."""
        self._rows = np.zeros((0, 8), np.int64)
        """Of each page: characters and bytes before it, whether it starts a paragraph, its lead in both, whether a line begins there,
        width and height."""
        self._builder = ReportBuilder(self._press.cells)
        self._report: Report | None = None

    def __iter__(self) -> Iterator[Page]:
        for laid in self._scan():
            yield Page(laid, self._press, self.highlighter)

    def __len__(self) -> int:
        self._complete()
        return len(self._rows)

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
        chars, n_bytes, starts_paragraph, lead_chars, lead_bytes, begins_line, *_ = self._rows[at].tolist()
        lead = Position(lead_chars, lead_bytes)
        place = Place(at, Position(chars, n_bytes), bool(starts_paragraph), lead, bool(begins_line))
        laid = next(self._press.lay_out(self.source.chunks(place.begin, _ONE_PAGE), place))
        return Page(laid, self._press, self.highlighter)

    def map(self, work: Callable[[Page], R], *, threads: int | None = None) -> Iterator[R]:
        """`work` on every page, in order, by `threads` at once (all processors, if None), in memory that does not grow with the text."""
        from concurrent.futures import ThreadPoolExecutor

        threads = threads or os.cpu_count() or 1
        if threads == 1:
            yield from map(work, self)
            return
        with ThreadPoolExecutor(threads) as pool:
            yield from in_order(
                self, lambda group: [work(page) for page in group], pool, at_once=4 * threads, group=_GROUP
            )

    def pngs(self, mode: png.Mode = "default", *, threads: int | None = None) -> Iterator[tuple[Page, bytes]]:
        """Every page with its PNG file, drawn by `threads` at once (all processors, if None)."""
        return self.map(lambda page: (page, page.png(mode)), threads=threads)

    @property
    def text(self) -> str:
        """The source, in memory."""
        return self.source.text

    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each page in pixels; lays out, draws nothing."""
        self._complete()
        return [(width, height) for width, height in self._rows[:, 6:].tolist()]

    def spans(self) -> list[tuple[int, int]]:
        """Each page's part of the source, in code points; lays out, draws nothing."""
        n_chars = self.report.n_chars
        return list(pairwise([*self._rows[:, 0].tolist(), n_chars]))

    @property
    def report(self) -> Report:
        """What the pages do not show as it stands in the source."""
        self._complete()
        assert self._report is not None
        return self._report

    def faces(self) -> list[FaceUse]:
        """The faces that the pages laid out so far are drawn with, which may be some more than were taken."""
        used = self._builder.faces()
        return [_face_use(used[name]) for name in sorted(used)]

    def font_chain(self) -> list[FaceUse]:
        """The faces that the pages may be drawn with, in the order in which they are asked for a character."""
        return [_face_use(face) for face in self._press.cells.faces]

    def find(self, offset: int) -> int:
        """The index of the page that holds a character of the source. Raises `IndexError` where none does."""
        if not 0 <= offset < self.report.n_chars:
            raise IndexError(f"offset {offset} is outside the source")
        return int(np.searchsorted(self._rows[:, 0], offset, side="right")) - 1

    def _complete(self) -> None:
        """Lay out all pages once."""
        if self._report is None:
            for _ in self._scan():
                pass

    def _scan(self) -> Iterator[LaidPage]:
        builder = ReportBuilder(self._press.cells)
        if self._report is None:
            self._builder = builder
        rows = array("q")
        n_chars = 0
        for laid in self._press.lay_out(self.source.chunks(), Place(), builder):
            place, at, lead = laid.place, laid.place.at, laid.place.lead
            rows.extend((at.chars, at.bytes, place.starts_paragraph, lead.chars, lead.bytes, place.begins_line))
            rows.extend((laid.width_px, laid.height_px))
            n_chars = laid.end.chars
            yield laid
        if self._report is None:
            self._rows, self._report = np.frombuffer(rows, np.int64).reshape(-1, 8), builder.build(n_chars)


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


def _face_use(face: AnyFace) -> FaceUse:
    return FaceUse(face=face.name, sha256=face.sha256, stands_in_for=face.stands_in_for)
