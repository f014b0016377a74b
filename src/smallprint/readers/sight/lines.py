"""From characters on a page to its text, as a person would copy it.

In: characters with their places, in slots. Out: text, with a confidence and a box for each character. Lines are set apart where the page
breaks them, and joined where it wrapped them: a line that had room for the next line's first word ended on purpose. A page with newline
marks is running text, in which only the marks break lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import ALPHABET, ALPHABETS, SPACE, WIDE, classes_of, text_of
from smallprint.readers.sight.decode import Characters
from smallprint.readers.sight.homoglyphs import one_hook, one_script
from smallprint.readers.sight.slots import ROW_PX

MARK = ALPHABET.index("↵")
STRIP_PX = 2
"""How finely lengths along a line are told apart."""
GUTTER_PX, GUTTER_SPACES = 10, 3
"""Least empty width between columns of text, in pixels and in spaces: in letters of one width, a space may stand in the same place in
many lines."""
CLOSING = "、。，．：；？！）］｝〉》」』】〕〗’”…—～々%"
"""Marks of Chinese that no line begins with."""
MARKS_A_PAGE = 1
"""Newline marks from which on a page counts as running text."""


@dataclass(frozen=True, eq=False)
class Line:
    """Characters of a line, left to right; `x_px` are their middles, `y_px` is the line's."""

    x_px: NDArray[np.float32]
    y_px: float
    label: NDArray[np.int64]
    confidence: NDArray[np.float32]
    column: int
    """Of the page, where it has several columns of text."""


@dataclass(frozen=True, eq=False)
class Transcript:
    """Text, and for each of its characters a confidence (0 to 1) and a box x0, y0, x1, y1 in pixels of the page as it was seen, (n, 4)."""

    text: str
    confidence: NDArray[np.float32]
    boxes: NDArray[np.float32]


def transcript(found: Characters, width_px: int) -> Transcript:
    """The text of a page that was seen `width_px` wide."""
    space_px = _space(found)
    lines = _lines(found, width_px, space_px)
    if not lines:
        return Transcript("", np.zeros(0, np.float32), np.zeros((0, 4), np.float32))
    pitch_px = _pitch(lines)
    running = sum(int((line.label == MARK).sum()) for line in lines) >= MARKS_A_PAGE
    pieces: list[str] = []
    confidences: list[NDArray[np.float32]] = []
    boxes: list[NDArray[np.float32]] = []

    def add(text: str, confidence: NDArray[np.float32], box: NDArray[np.float32]) -> None:
        pieces.append(text)
        confidences.append(confidence)
        boxes.append(box)

    def gap(text: str, line: Line) -> None:
        """White space that is not drawn: as sure as the letter before it."""
        if text:
            x = float(line.x_px[-1])
            box = np.array([x, line.y_px - pitch_px / 2, x, line.y_px + pitch_px / 2], np.float32)
            add(text, np.full(len(text), line.confidence[-1], np.float32), np.tile(box, (len(text), 1)))

    for column in range(lines[-1].column + 1):
        here = [line for line in lines if line.column == column]
        left_px, right_px = min(float(line.x_px[0]) for line in here), max(float(line.x_px[-1]) for line in here)
        for at, line in enumerate(here):
            indent = 0 if running else round((float(line.x_px[0]) - left_px) / space_px)
            if indent > 1 and (not pieces or pieces[-1].endswith("\n")):
                gap(" " * indent, Line(line.x_px[:1], line.y_px, line.label, line.confidence[:1], column))
            add(text_of(line.label).replace("↵", "\n"), line.confidence, _boxes(line, pitch_px))
            if at + 1 < len(here):
                after = here[at + 1]
                wrapped = "" if line.label[-1] == MARK else _joint(line, after)
                gap(wrapped if running else _break(line, after, right_px, pitch_px, space_px), line)
        if column < lines[-1].column:
            gap("\n", here[-1])
    return Transcript(one_hook(one_script("".join(pieces))), np.concatenate(confidences), np.concatenate(boxes))


def _lines(found: Characters, width_px: int, space_px: float) -> list[Line]:
    x_px = found.x_px
    part = np.searchsorted(_gutters(found, width_px, space_px), x_px)
    lines: list[Line] = []
    for column in range(int(part.max(initial=0)) + 1):
        for row in np.unique(found.row[part == column]).tolist():
            at = np.flatnonzero((part == column) & (found.row == row))
            inked = np.flatnonzero(found.label[at] != SPACE)
            if len(inked):
                # Spaces at either end are margin.
                at = at[inked[0] : inked[-1] + 1]
                lines.append(Line(x_px[at], (row + 0.5) * ROW_PX, found.label[at], found.confidence[at], column))
    return lines


def _gutters(found: Characters, width_px: int, space_px: float) -> NDArray[np.float64]:
    """Middles of the empty strips that part columns of text: no line crosses them, and many lines lie on either side."""
    rows, row = np.unique(found.row, return_inverse=True)
    if len(rows) < 8:
        return np.zeros(0)
    inked = found.label != SPACE
    n_slots = width_px // STRIP_PX
    seen = np.zeros((len(rows), n_slots + 2), bool)
    at = (found.x_px / STRIP_PX).astype(np.int64)
    for shift in (-1, 0, 1):
        seen[row[inked], np.clip(at[inked] + shift, 0, n_slots + 1)] = True
    empty = ~seen.any(0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], empty.astype(np.int8), [0]])))
    middles: list[float] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        sides = seen[:, :first].any(1).mean() > 0.6, seen[:, last:].any(1).mean() > 0.6
        if (last - first + 2) * STRIP_PX >= max(GUTTER_PX, GUTTER_SPACES * space_px) and all(sides):
            middles.append((first + last) / 2 * STRIP_PX)
    return np.array(middles)


def _pitch(lines: list[Line]) -> float:
    """Distance of neighbouring lines."""
    steps = [after.y_px - before.y_px for before, after in pairwise(lines) if after.column == before.column]
    return _usual(np.array(steps), ROW_PX) if steps else 3 * ROW_PX


def _space(found: Characters) -> float:
    """Width of a space, from the letters on either side of spaces; exact where all letters are of one width."""
    at = np.flatnonzero(found.label[1:-1] == SPACE) + 1
    at = at[(found.row[at - 1] == found.row[at]) & (found.row[at + 1] == found.row[at])]
    widths = (found.x_px[at + 1] - found.x_px[at - 1]) / 2
    return _usual(widths, STRIP_PX) if len(at) else 2.0 * STRIP_PX


def _usual(lengths_px: NDArray[np.floating], slot_px: int) -> float:
    """Mean of what lies within a slot of the median: slots round a length down here and up there, the median always to one side."""
    middle_px = np.sort(lengths_px)[(len(lengths_px) - 1) // 2]
    return float(lengths_px[np.abs(lengths_px - middle_px) <= slot_px].mean())


def _break(line: Line, after: Line, right_px: float, pitch_px: float, space_px: float) -> str:
    """What stands between two lines in the text."""
    empty = round((after.y_px - line.y_px) / pitch_px) - 1
    if empty >= 1:
        return "\n" * min(empty + 1, 3)
    n_chars, free_px = _first_word(after, space_px)
    word = after.x_px[:n_chars]
    room_px = right_px - float(line.x_px[-1])
    return "\n" if room_px > float(word[-1] - word[0]) + free_px else _joint(line, after)


def _joint(line: Line, after: Line) -> str:
    """What stood between two lines that were one: Chinese has no spaces between its characters."""
    return "" if line.label[-1] >= WIDE or after.label[0] >= WIDE else " "


def _first_word(line: Line, space_px: float) -> tuple[int, float]:
    """How many characters of a line belong together, and how much more room than their middles span they need at the end of another."""
    wide = line.label >= WIDE
    ends = line.label == SPACE
    # Lines break on either side of a Chinese character, but not before a mark that closes.
    ends[1:] |= (wide[1:] | wide[:-1]) & ~np.isin(line.label[1:], _closing())
    ends[0] = False
    n_chars = int(np.argmax(ends)) if ends.any() else len(ends)
    if not wide[:n_chars].any():
        return n_chars, 2.5 * space_px
    steps = np.diff(line.x_px)[wide[1:] & wide[:-1]]
    return n_chars, 1.5 * (_usual(steps, STRIP_PX) if len(steps) else 2 * space_px)


@cache
def _closing() -> NDArray[np.int16]:
    return classes_of(CLOSING, ALPHABETS["han"])


def _boxes(line: Line, pitch_px: float) -> NDArray[np.float32]:
    """From halfway to the letter before, to halfway to the letter after."""
    x = line.x_px
    between = (x[1:] + x[:-1]) / 2
    half = float(np.median(np.diff(x))) / 2 if len(x) > 1 else pitch_px / 4
    left = np.concatenate([[x[0] - half], between])
    right = np.concatenate([between, [x[-1] + half]])
    top, bottom = np.full(len(x), line.y_px - pitch_px / 2), np.full(len(x), line.y_px + pitch_px / 2)
    return np.stack([left, top, right, bottom], axis=1).astype(np.float32)
