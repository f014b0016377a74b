"""Characters to cells: what each character is drawn as, how wide, and where a line may break around it.

In: a style and text. Out: for each character a number into tables of advances (16.16 pixels) and flags. A character without a glyph, or a
control character, becomes a visible code such as ``<U+1F600>``, never an empty box. Knows nothing of lines or pages.

Most characters have one cell wherever they stand. Paragraphs with characters that need more (letters that join or stack, marks, runs from
right to left, sequences) go through `runs` and `word_cells`; their cells also say at which level of direction they stand and where a line
may break.
"""

from __future__ import annotations

import mmap
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import StyleError
from smallprint.render import fonts, kernel
from smallprint.render.blocks import pieces
from smallprint.render.fonts import AnyFace
from smallprint.render.runs import analyse, needed
from smallprint.render.unicode.properties import value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.indents import IndentCells
    from smallprint.render.style import Style
    from smallprint.render.word_cells import WordCells

ONE_PX = 1 << 16
"""Pen positions and advances are 16.16 fixed-point pixels, so that every machine adds them up alike."""

HANGS = 1  # white space that vanishes where a line breaks
NEWLINE = 2
TAB = 4
BREAK_AFTER = 8
IDEOGRAPH = 16  # a line may break on either side
NO_START = 32  # not at the start of a line
NO_END = 64  # not at the end of a line
INK = 128
FOLDED = 256  # zero width, not drawn
MISSING = 512  # no face has it: drawn as a visible code
SUBSTITUTED = 1024  # drawn as something else on purpose
INDENT = 2048  # white space at the start of a line, drawn as a mark
MARK = 4096  # the visible newline, or a mark for white space at the start of a line
PART = 8192  # drawn with the character before it
RTL = 16384  # of a paragraph that runs from right to left
LEVEL_SHIFT = 16
LEVEL = 0x7F << LEVEL_SHIFT  # the level of direction (UAX #9), 0 to 126
CLOSES = 1 << 23  # not at the start of a line after an ideograph
OPENS = 1 << 24  # not at the end of a line before an ideograph

FOLDED_CR = 0
"""The number of the cell of a "\\r" before "\\n"."""

NEWLINES = frozenset("\n\r\v\f\x85\u2028\u2029")
_FIXED_SPACES = frozenset("\u00a0\u2007\u202f")
# Format characters that nevertheless have a shape (Unicode 15.1, Prepended_Concatenation_Mark).
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Default_Ignorable_Code_Point but for format characters (Unicode 15.0, DerivedCoreProperties.txt).
_IGNORABLE = frozenset(
    (
        0x34F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0000, 0xE1000),
    )
)
_FIRST_EMOJI = 0x231A
_NO_START = frozenset(
    "、。，．・：；？！）〕］｝〉》」』】〗〙’”…‥—～ー々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NO_END = frozenset("（〔［｛〈《「『【〖〘‘“")
# Ranges after UAX #14 class ID and neighbours, https://www.unicode.org/reports/tr14/ (2026-11-20).
_IDEOGRAPHS = (
    (0x2E80, 0x2FDF),
    (0x3001, 0x312F),
    (0x3190, 0x4DBF),
    (0x4E00, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF9F),
    (0x20000, 0x3FFFF),
)
# Classes of UAX #14 that no line ends in front of, or behind, where an ideograph stands on the other side. Curly quotation marks (QU, Pi
# and Pf) may be cut off from ideographs on their outer side, as Chinese is set and as Unicode 16 has it (LB19a).
_CLOSING = frozenset(["CL", "CP", "EX", "IS", "SY", "NS", "CJ", "BA", "HY", "PO", "IN", "GL", "QU"])
_OPENING = frozenset(["OP", "PR", "BB", "GL", "QU"])
_FIRST_IN_CONTEXT = 0x300
"""Below it every character is drawn alike wherever it stands, so that plain text need not load Unicode's tables."""
_IN_CONTEXT = -1
"""In place of a cell's number: the character's cell depends on its neighbours."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a face, `dx` to the right of the cell's pen and `dy` above it (16.16 px)."""

    face: AnyFace
    index: int
    dx: int
    dy: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """What one character becomes."""

    glyphs: tuple[Glyph, ...]
    advance: int
    flags: int
    drawn: str
    """How the report names what is drawn, for characters that are not drawn as themselves."""


@dataclass(frozen=True, kw_only=True)
class Lettering:
    """What of a style decides how characters look; styles that share it share cells and bitmaps."""

    font: str
    size_px: float
    stretch: float
    """Width of the letters, over their width in the face."""
    grid_px: float
    """Advances are rounded to multiples of it, and never to none; 0 leaves them as they are."""
    gray_bits: int
    tab_width: int
    mark: str
    """Drawn for a newline; empty where a newline breaks the line."""
    indent: str = ""
    """Drawn for `indent_width` spaces at the start of a line; empty where spaces are drawn as they are."""
    indent_width: int = 4

    @classmethod
    def of(cls, style: Style) -> Lettering:
        return cls(
            font=style.font,
            size_px=style.font_size * style.scale,
            stretch=style.letter_scale * style.horizontal_scale,
            grid_px=style.advance_grid_px,
            gray_bits=style.gray_bits,
            tab_width=style.tab_width,
            mark=style.newline_mark if style.newline == "mark" else "",
            indent=style.indent_mark,
            indent_width=style.indent_width,
        )


def _empty_numbers() -> NDArray[np.int32]:
    """Zeros that take no memory until they are written to: pages of their own, and small ones, so that a letter does not bring two
    megabytes."""
    memory = mmap.mmap(-1, 0x110000 * 4)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        with suppress(OSError):  # a system without large pages does not know the word
            memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, np.int32)


class CellTable:
    """Cells of a lettering, resolved as characters turn up. May be used from several threads."""

    def __init__(self, lettering: Lettering) -> None:
        self.lettering = lettering
        self.faces = fonts.chain(lettering.font)
        self.size_px = lettering.size_px
        self.stretch = lettering.stretch
        self.faces[0].require(size_px=self.size_px, stretch=self.stretch)
        self.cells: list[Cell] = []
        self.lock = threading.Lock()
        """Held while cells are added."""
        self.advance: NDArray[np.int64] = np.zeros(256, np.int64)
        """Of each cell, 16.16 px. This and the next three double in length as cells are added."""
        self.flags: NDArray[np.int32] = np.zeros(256, np.int32)
        self.n_bytes: NDArray[np.int8] = np.zeros(256, np.int8)
        """Of each cell's character, in UTF-8."""
        self.code_point: NDArray[np.uint32] = np.zeros(256, np.uint32)
        self._number = _empty_numbers()
        """Of each code point, its cell's number plus one, or `_IN_CONTEXT`."""
        self._alone: dict[int, int] = {}
        """The same of code points in `_IN_CONTEXT`, were they alone."""
        self._words: WordCells | None = None
        self._grid = round(lettering.grid_px * ONE_PX)
        self._space = max(1, self._glyph_advance(*self._find(0x20)))
        # White space at the end of a line; with a mark for the newline it must stay between the word and its mark.
        self.append(ord("\r"), Cell((), 0, FOLDED | (0 if lettering.mark else HANGS), ""))
        self._mark = lettering.mark.strip()
        for char in self._mark:
            if not self.has(ord(char)):
                raise StyleError(f"newline-markup: no face has a glyph for U+{ord(char):04X}; give another mark")
        self.indents: IndentCells | None = None
        """What draws white space at the start of lines as marks, if the lettering asks for it."""
        if lettering.indent:
            from smallprint.render.indents import IndentCells

            self.indents = IndentCells(self, lettering.indent, lettering.indent_width)

    @property
    def tab(self) -> int:
        """Distance of tab stops, 16.16 px."""
        return self.lettering.tab_width * self._space

    def numbers(self, text: str, *, begins_line: bool = True) -> tuple[NDArray[np.int32], NDArray[np.int64] | None]:
        """The cell number of each character of whole paragraphs; where those begin and end that have characters in context, (n, 2).

        The "\\r" of a "\\r\\n" is `FOLDED_CR`: the pair is one newline. `begins_line`: a line begins where the text does.
        """
        spans = None
        found = kernel.numbers(text, self._number) if kernel.module else self._number[_code_points(text)] - 1
        if found.size and int(found.min()) < 0:
            code_points = _code_points(text)
            with self.lock:
                for code_point in np.unique(code_points[found == -1]).tolist():
                    if not self._number[code_point]:
                        has_one = code_point < _FIRST_IN_CONTEXT or not needed()[code_point]
                        self._number[code_point] = self.simple(code_point) + 1 if has_one else _IN_CONTEXT
                found = self._number[code_points] - 1
                in_context = found < 0
                if in_context.any():
                    spans = self._number_in_context(text, code_points, in_context, found)
        if "\r\n" in text:
            first, second = self._number[[13, 10]] - 1
            found[:-1][(found[:-1] == first) & (found[1:] == second)] = FOLDED_CR
        if self.indents:
            self.indents.put(_code_points(text), found, spans, at_start=begins_line)
        return found, spans

    def _number_in_context(
        self, text: str, code_points: NDArray[np.uint32], in_context: NDArray[np.bool_], found: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Fill in the cells of the paragraphs that have characters in context; where these begin and end."""
        starts = np.array(pieces(text), np.int64)
        lengths = np.diff(starts, append=len(text))
        chosen = np.logical_or.reduceat(in_context, starts)
        inside = np.repeat(chosen, lengths)
        kept = lengths[chosen]
        if self._words is None:
            from smallprint.render.word_cells import WordCells

            self._words = WordCells(self)
        found[inside] = self._words.numbers(analyse(code_points[inside], np.cumsum(kept) - kept))
        if "\r\n" in text:
            found[:-1][inside[:-1] & (code_points[:-1] == ord("\r")) & (code_points[1:] == ord("\n"))] = FOLDED_CR
        return np.stack([starts, starts + lengths], axis=1)[chosen]

    def simple(self, code_point: int) -> int:
        """The number of the cell that a character has by itself. The lock must be held."""
        number = int(self._number[code_point])
        if number <= 0:
            number = self._alone.get(code_point, 0)
        if not number:
            number = self._alone[code_point] = self.append(code_point, self._make(code_point)) + 1
        return number - 1

    def on_grid(self, advance: int) -> int:
        """An advance as the lettering's grid has it, both 16.16 px."""
        if not self._grid or not advance:
            return advance
        return max(1, (advance + self._grid // 2) // self._grid) * self._grid

    def metrics(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`advance` and `flags`, of one length: another thread may be adding cells."""
        with self.lock:
            return self.advance, self.flags

    def line_metrics(self) -> tuple[int, int]:
        """Ascent and descent of the first face, 16.16 px, both positive."""
        face = self.faces[0]
        unit = self.size_px / face.units_per_em * ONE_PX
        return round(face.ascender * unit), round(-face.descender * unit)

    def append(self, code_point: int, cell: Cell) -> int:
        """Take up a cell of a character; its number. The lock must be held."""
        number = len(self.cells)
        if number == len(self.advance):
            self.advance = np.resize(self.advance, 2 * number)
            self.flags = np.resize(self.flags, 2 * number)
            self.n_bytes = np.resize(self.n_bytes, 2 * number)
            self.code_point = np.resize(self.code_point, 2 * number)
        self.cells.append(cell)
        self.advance[number] = cell.advance
        self.flags[number] = cell.flags
        self.n_bytes[number] = 1 + (code_point > 0x7F) + (code_point > 0x7FF) + (code_point > 0xFFFF)
        self.code_point[number] = code_point
        return number

    def _make(self, code_point: int) -> Cell:
        char = chr(code_point)
        if char in NEWLINES:
            return self._newline(char)
        if char == "\t":
            return Cell((), 0, TAB | HANGS, "")
        if is_ignorable(code_point):
            return Cell((), 0, FOLDED | NO_START, "")
        category = unicodedata.category(char)
        # The mark must mean a newline and nothing else.
        if category in ("Cc", "Cs") or char == self._mark:
            return self.code(code_point, SUBSTITUTED)
        face, index = self._find(code_point)
        if not index:
            return self.code(code_point, MISSING)
        if category.startswith("M"):
            # A mark on nothing would be drawn over what stands before it.
            return self.code(code_point, SUBSTITUTED)
        advance = self._glyph_advance(face, index)
        if category == "Zs":
            return Cell((), advance, 0 if char in _FIXED_SPACES else HANGS, "")
        if not face.metrics(index)[1]:
            return self.code(code_point, MISSING)
        return Cell((Glyph(face, index, 0),), advance, INK | _break_flags(char), "")

    def _newline(self, char: str) -> Cell:
        flags = NEWLINE if char in "\r\n" else NEWLINE | SUBSTITUTED
        mark = self.lettering.mark
        if not mark:
            return Cell((), 0, flags, "a line break")
        glyphs, advance = self.run(mark)
        return Cell(glyphs, advance, flags | INK | MARK | BREAK_AFTER | SUBSTITUTED | CLOSES, mark)

    def code(self, code_point: int, why: int) -> Cell:
        """The visible code of a character, `MISSING` or `SUBSTITUTED`."""
        text = f"<U+{code_point:04X}>"
        glyphs, advance = self.run(text)
        return Cell(glyphs, advance, INK | why | BREAK_AFTER, text)

    def has(self, code_point: int) -> bool:
        """Whether a face has a glyph for a character."""
        return bool(self._find(code_point)[1])

    def run(self, text: str) -> tuple[tuple[Glyph, ...], int]:
        """The glyphs of a text in a row, and their width."""
        pen = 0
        glyphs: list[Glyph] = []
        for char in text:
            face, index = self._find(ord(char))
            if face.metrics(index)[1]:
                glyphs.append(Glyph(face, index, pen))
            pen += self._glyph_advance(face, index)
        return tuple(glyphs), pen

    def _find(self, code_point: int) -> tuple[AnyFace, int]:
        for face in self.asked(code_point):
            if index := face.glyph_index(code_point):
                return face, index
        return self.faces[0], 0

    def asked(self, code_point: int, script: str = "") -> Iterator[AnyFace]:
        """The faces that are asked for a character, or for a word or cluster that begins with it, in turn; the script is its own if none is
        given."""
        script = script or value_of("script", code_point)
        if is_emoji(code_point):
            yield fonts.emoji()
        yield from (face for face in self.faces if fonts.is_asked(face, script))
        yield from fonts.of_script(script)
        if face := fonts.of_shared(code_point):
            yield face

    def _glyph_advance(self, face: AnyFace, index: int) -> int:
        units, _ = face.metrics(index)
        return self.on_grid(round(units * self.size_px * self.stretch / face.units_per_em * ONE_PX))


def is_ignorable(code_point: int) -> bool:
    """Whether a character has no shape of its own: most format characters, selectors of variants, fillers."""
    if unicodedata.category(chr(code_point)) == "Cf":
        return chr(code_point) not in _VISIBLE_FORMAT
    return code_point in _IGNORABLE


def is_emoji(code_point: int) -> bool:
    """Whether a character asks to be seen as an emoji without a selector: pictographs that are as wide as ideographs."""
    return (
        code_point >= _FIRST_EMOJI
        and value_of("extended_pictographic", code_point) == "Y"
        and value_of("east_asian_width", code_point) == "W"
    )


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _break_flags(char: str) -> int:
    flags = 0
    if _within(ord(char), _IDEOGRAPHS):
        flags |= IDEOGRAPH
    if char in _NO_START:
        flags |= NO_START
    if char in _NO_END:
        flags |= NO_END
    kind = value_of("line_break", ord(char))
    category = unicodedata.category(char)
    if kind in _CLOSING and category != "Pi":
        flags |= CLOSES
    if kind in _OPENING and category != "Pf":
        flags |= OPENS
    return flags


def _within(code_point: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code_point <= last for first, last in ranges)
