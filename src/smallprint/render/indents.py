"""White space at the start of lines as marks: what code in running text need not spend its width on.

In: code points, a mark and how many spaces it stands for. Out: which white space begins a line and as what it is drawn; in a cell table,
the cells of it. A mark stands for so many spaces, "·" for each of those that are left over and "→" for a tab, so that the number of each
can be told. A character of the text that stands where it would be taken for one of them is drawn as its code. `restored` is the way back.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from smallprint.errors import StyleError
from smallprint.render import shaping
from smallprint.render.style_keys import INDENT_MARKS
from smallprint.render.unicode.properties import mirrored

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.shaping import CellTable

SPACE, TAB = INDENT_MARKS
"""Nearly every face has both, and the embedded reader knows them."""
_LEVEL, _PART, _SPACE, _TAB, _LITERAL = range(5)
"""The first space of a mark, the others of it, a space left over, a tab, and from here on a character that looks like one of the marks."""
_CONTEXT = shaping.LEVEL | shaping.RTL
_CODE = re.compile(r"<U\+([0-9A-F]{4,6})>")


class Found(NamedTuple):
    """Both of shape (n,)."""

    places: NDArray[np.int64]
    kinds: NDArray[np.int64]


def begins_line(text: str, *, at_start: bool) -> bool:
    """Whether a line begins behind a text, or has begun with white space alone. `at_start`: the text itself begins a line."""
    rest = text.rstrip(" \t")
    return rest[-1] in shaping.NEWLINES if rest else at_start


def find(
    code_points: NDArray[np.uint32],
    marks: tuple[int, ...],
    width: int,
    *,
    at_start: bool = True,
    cuts: NDArray[np.int64] | None = None,
) -> Found:
    """The white space that begins lines, and characters behind it that look like one of the `marks`.

    At `cuts` (ascending) white space goes on that is not seen together with what stands before it.
    """
    n = len(code_points)
    is_white = (code_points == 0x20) | (code_points == 0x09)
    is_newline = (code_points >= 0x0A) & (code_points <= 0x0D)
    if n and int(code_points.max()) > 0x7F:
        is_newline |= (code_points == 0x85) | (code_points == 0x2028) | (code_points == 0x2029)
    starts = np.flatnonzero(is_newline) + 1
    if at_start:
        starts = np.append(0, starts)
    starts = starts[: np.searchsorted(starts, n)]
    indented = starts[is_white[starts]]
    stops = np.append(np.flatnonzero(~is_white), n)
    ends = stops[np.searchsorted(stops, indented)]
    if cuts is not None and len(cuts):
        ends = np.minimum(ends, np.append(cuts, n)[np.searchsorted(cuts, indented, side="right")])
    firsts = np.concatenate([starts[~is_white[starts]], ends[ends < n]])
    literal = np.isin(code_points[firsts], marks)
    firsts = firsts[literal]
    looks_like = np.argmax(code_points[firsts][:, None] == np.array(marks), axis=1) if len(firsts) else firsts
    places, kinds = _runs(code_points, indented, ends, width)
    return Found(np.concatenate([places, firsts]), np.concatenate([kinds, looks_like + _LITERAL]))


def _runs(
    code_points: NDArray[np.uint32], starts: NDArray[np.int64], ends: NDArray[np.int64], width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places of some runs of white space, and their kinds."""
    lengths = ends - starts
    n = int(lengths.sum())
    begins = np.cumsum(lengths) - lengths
    places = np.arange(n) + np.repeat(starts - begins, lengths)
    is_tab = code_points[places] == 0x09
    # Spaces are counted from the start of their line or from the tab before them.
    is_first = is_tab.copy()
    is_first[1:] |= is_tab[:-1]
    is_first[begins] = True
    first = np.flatnonzero(is_first)
    sizes = np.diff(first, append=n)
    nth = np.arange(n) - np.repeat(first, sizes)
    whole = np.repeat(sizes // width * width, sizes)
    kinds = np.where(nth >= whole, _SPACE, np.where(nth % width, _PART, _LEVEL))
    kinds[is_tab] = _TAB
    return places, kinds


class IndentCells:
    """Cells of the white space that begins lines, for a cell table."""

    def __init__(self, table: CellTable, mark: str, width: int) -> None:
        self._table = table
        self._chars = (mark, SPACE, TAB)
        self._marks = tuple(map(ord, self._chars))
        self._width = width
        self._made: dict[int, int] = {}
        for char in self._chars:
            if not table.has(ord(char)):
                raise StyleError(f"indent-markup: no face has a glyph for U+{ord(char):04X}; give another mark or face")

    def put(
        self,
        code_points: NDArray[np.uint32],
        numbers: NDArray[np.int32],
        in_context: NDArray[np.int64] | None,
        *,
        at_start: bool,
    ) -> None:
        """Change the cell numbers of what `find` finds. `in_context`: where paragraphs begin and end that are drawn in context."""
        cuts = None if in_context is None else in_context[:, 0]
        places, kinds = find(code_points, self._marks, self._width, at_start=at_start, cuts=cuts)
        if not len(places):
            return
        table = self._table
        with table.lock:
            keys = kinds
            if in_context is not None:
                flags = table.flags[numbers[places]]
                is_literal = kinds >= _LITERAL
                behind = np.append(numbers, shaping.FOLDED_CR)[places + 1]
                # A letter with marks of its own does not look like ours.
                kept = ~is_literal | (table.flags[behind] & shaping.PART == 0)
                keys = kinds | flags & _CONTEXT
                inside = np.searchsorted(in_context[:, 0], places, side="right")
                inside = (inside > 0) & (places < np.append(0, in_context[:, 1])[inside])
                # In context the paragraph says where lines break, elsewhere the cell.
                keys |= np.where(is_literal & (~inside | (flags & shaping.BREAK_AFTER > 0)), shaping.BREAK_AFTER, 0)
                places, keys = places[kept], keys[kept]
            else:
                keys = kinds | np.where(kinds >= _LITERAL, shaping.BREAK_AFTER, 0)
            every, inverse = np.unique(keys, return_inverse=True)
            for key in every.tolist():
                if key not in self._made:
                    self._made[key] = self._make(key)
            numbers[places] = np.array([self._made[key] for key in every.tolist()], np.int32)[inverse]

    def _make(self, key: int) -> int:
        table, kind = self._table, key & 7
        flags = key & ~7 | shaping.SUBSTITUTED
        if kind >= _LITERAL:
            code_point = self._marks[kind - _LITERAL]
            cell = table.code(code_point, shaping.SUBSTITUTED)
            return table.append(
                code_point,
                shaping.Cell(cell.glyphs, cell.advance, cell.flags & ~shaping.BREAK_AFTER | flags, cell.drawn),
            )
        flags |= shaping.INDENT
        if kind == _PART:
            drawn = f"{self._chars[0]}, with the space before it"
            return table.append(0x20, shaping.Cell((), 0, flags | shaping.PART, drawn))
        drawn = self._chars[{_LEVEL: 0, _SPACE: 1, _TAB: 2}[kind]]
        shown = ord(drawn)
        if key >> shaping.LEVEL_SHIFT & 1:
            shown = dict(mirrored().tolist()).get(shown, shown)
            shown = shown if table.has(shown) else ord(drawn)
        glyphs, advance = table.run(chr(shown))
        flags |= shaping.INK | shaping.MARK
        return table.append(0x09 if kind == _TAB else 0x20, shaping.Cell(glyphs, advance, flags, chr(shown)))


def restored(text: str, newline_mark: str, indent_mark: str, width: int) -> str:
    """Running text as it is read from pages, with line ends and white space in place of their marks."""
    lines = text.replace(newline_mark, "\n").split("\n")
    spaces = {indent_mark: " " * width, SPACE: " ", TAB: "\t"}

    def line(said: str) -> str:
        n = 0
        while n < len(said) and said[n] in spaces:
            n += 1
        # With an accent on it, it is none of our marks.
        n -= 0 < n < len(said) and unicodedata.category(said[n])[0] == "M"
        run, rest = said[:n], said[n:]
        code = _CODE.match(rest)
        if code and chr(int(code[1], 16)) in spaces:
            rest = chr(int(code[1], 16)) + rest[code.end() :]
        return "".join(spaces[char] for char in run) + rest

    return "\n".join(map(line, lines))
