"""What pages do not show as it stands in the source, with offsets.

In: laid pages and their cells, one after another. Out: a `Report`: spans of white space that vanished, characters that were drawn as
something else, characters that no face has. Everything else is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from smallprint.render import shaping

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.layout import LaidPage
    from smallprint.render.shaping import CellTable

Span = tuple[int, int]

_NOT_PLAIN = shaping.FOLDED | shaping.MISSING | shaping.SUBSTITUTED | shaping.UNSHAPED


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """One character and what stands for it, wherever it occurs. `spans` are half-open, in code points, joined where they touch."""

    char: str
    drawn: str
    places: NDArray[np.int64]
    """The spans as an array, (n, 2)."""

    @property
    def spans(self) -> tuple[Span, ...]:
        return _tuples(self.places)

    @property
    def count(self) -> int:
        return _total(self.places)

    def to_json(self) -> dict[str, Any]:
        return {
            "char": self.char if self.char.isprintable() else f"U+{ord(self.char):04X}",
            "code_point": f"U+{ord(self.char):04X}",
            "drawn": self.drawn,
            "count": self.count,
            "spans": self.places.tolist(),
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """How completely the pages show their source."""

    n_chars: int
    drawn: int
    """Characters that put ink on a page, as themselves or as a mark or code."""
    folded_places: NDArray[np.int64]
    """`folded` as an array, (n, 2)."""
    substituted: tuple[Replaced, ...]
    """Newline marks, control characters as visible codes, letters of scripts that are not shaped yet."""
    missing: tuple[Replaced, ...]
    """Characters that no face has, drawn as visible codes."""

    @property
    def folded(self) -> tuple[Span, ...]:
        """White space at the ends of lines and characters of no width, which leave no trace."""
        return _tuples(self.folded_places)

    @property
    def n_folded(self) -> int:
        return _total(self.folded_places)

    def to_json(self) -> dict[str, Any]:
        return {
            "n_chars": self.n_chars,
            "drawn": self.drawn,
            "folded": self.folded_places.tolist(),
            "substituted": [item.to_json() for item in self.substituted],
            "missing": [item.to_json() for item in self.missing],
        }


class ReportBuilder:
    """Takes pages in order and adds up."""

    def __init__(self, cells: CellTable) -> None:
        self._table = cells
        self._n_chars = 0
        self._drawn = 0
        self._folded: list[NDArray[np.int64]] = []
        self._replaced: dict[int, list[NDArray[np.int64]]] = {}

    def add(self, page: LaidPage) -> None:
        table, offset = self._table, page.place.at.chars
        flags = table.flags[page.cells]
        self._n_chars += len(flags)
        self._drawn += int(np.count_nonzero(flags & shaping.INK))
        vanished = np.zeros(len(flags) + 1, np.int8)
        ends = np.array([line.end for line in page.lines]) - offset
        ink_ends = np.array([line.ink_end for line in page.lines]) - offset
        np.add.at(vanished, ink_ends, 1)
        np.add.at(vanished, ends, -1)
        is_break = (flags & (shaping.NEWLINE | shaping.MARK)) == shaping.NEWLINE
        gone = (np.cumsum(vanished[:-1]) > 0) & ~is_break | ((flags & shaping.FOLDED) != 0)
        self._folded.append(_spans(np.flatnonzero(gone) + offset))
        odd = np.flatnonzero((flags & _NOT_PLAIN & ~shaping.FOLDED) != 0)
        numbers = page.cells[odd]
        for number in np.unique(numbers).tolist():
            self._replaced.setdefault(number, []).append(_spans(odd[numbers == number] + offset))

    def build(self) -> Report:
        def pick(flag: int) -> tuple[Replaced, ...]:
            return tuple(
                Replaced(
                    char=chr(int(self._table.code_point[number])),
                    drawn=self._table.cells[number].drawn,
                    places=_joined(places),
                )
                for number, places in self._replaced.items()
                if self._table.cells[number].flags & flag
            )

        return Report(
            n_chars=self._n_chars,
            drawn=self._drawn,
            folded_places=_joined(self._folded),
            substituted=pick(shaping.SUBSTITUTED | shaping.UNSHAPED),
            missing=pick(shaping.MISSING),
        )


def _spans(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending places as spans, (n, 2), joined where they touch."""
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    ends = np.append(starts[1:], len(places)) - 1
    return np.stack([places[starts], places[ends] + 1], axis=1) if len(places) else np.zeros((0, 2), np.int64)


def _joined(spans: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Spans of page after page, joined where they touch."""
    if not spans:
        return np.zeros((0, 2), np.int64)
    every = np.concatenate(spans)
    apart = every[1:, 0] != every[:-1, 1]
    first, last = np.append(True, apart), np.append(apart, True)
    return np.stack([every[first[: len(every)], 0], every[last[-len(every) :], 1]], axis=1) if len(every) else every


def _tuples(spans: NDArray[np.int64]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in spans.tolist())


def _total(spans: NDArray[np.int64]) -> int:
    return int((spans[:, 1] - spans[:, 0]).sum())
