"""What pages do not show as it stands in the source, with offsets.

In: laid pages and their cells, one after another. Out: a `Report`: spans of white space that vanished, characters that were drawn as
something else, characters that no face has. Everything else is drawn. Places are kept packed, and unpacked when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from smallprint.render import shaping
from smallprint.render.span_log import PairLog

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import AnyFace
    from smallprint.render.shaping import CellTable

Span = tuple[int, int]

REPLACED = shaping.MISSING | shaping.SUBSTITUTED


class Places:
    """Where the replaced characters of a report stand: place and cell number of each, and sorted by cell when first asked for."""

    def __init__(self) -> None:
        self.log = PairLog()

    @cached_property
    def by_cell(self) -> dict[int, PairLog]:
        """For each cell its spans, half-open, in code points."""
        logs: dict[int, PairLog] = {}
        for block in self.log.blocks():
            rows = block[np.argsort(block[:, 1], kind="stable")]
            starts = np.flatnonzero(np.diff(rows[:, 1], prepend=-1))
            for part in np.split(rows, starts[1:]):
                logs.setdefault(int(part[0, 1]), PairLog()).add(_spans(part[:, 0]))
        return logs


@dataclass(frozen=True, kw_only=True, eq=False)
class Replaced:
    """One character and what stands for it, wherever it occurs."""

    char: str
    drawn: str
    count: int
    cell: int = field(repr=False)
    places: Places = field(repr=False)

    def blocks(self) -> Iterator[NDArray[np.int64]]:
        """Its spans, half-open, in code points, joined where they touch: (n, 2) at a time."""
        return _joined(self.places.by_cell[self.cell].blocks())

    @property
    def spans(self) -> tuple[Span, ...]:
        return _tuples(self.blocks())

    @property
    def first(self) -> int:
        """The offset of the first one."""
        return int(next(self.blocks())[0, 0])

    def to_json(self) -> dict[str, Any]:
        """All but the spans."""
        return {
            "char": self.char if self.char.isprintable() else f"U+{ord(self.char):04X}",
            "code_point": f"U+{ord(self.char):04X}",
            "drawn": self.drawn,
            "count": self.count,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """How completely the pages show their source."""

    n_chars: int
    drawn: int
    """Characters that put ink on a page, as themselves or as a mark or code."""
    n_folded: int
    """Characters that leave no trace."""
    substituted: tuple[Replaced, ...]
    """Newline marks, control characters and marks on nothing as visible codes."""
    missing: tuple[Replaced, ...]
    """Characters that no face has, drawn as visible codes."""
    folded_log: PairLog = field(repr=False)

    def folded_blocks(self) -> Iterator[NDArray[np.int64]]:
        """`folded`, (n, 2) at a time."""
        return _joined(self.folded_log.blocks())

    @property
    def folded(self) -> tuple[Span, ...]:
        """White space at the ends of lines and characters of no width, which leave no trace."""
        return _tuples(self.folded_blocks())


class Survey(NamedTuple):
    """What one page or more hide; offsets count from the first character."""

    n_ink: int
    folded: NDArray[np.int64]
    """Spans, (n, 2)."""
    replaced: NDArray[np.int64]
    """Place and cell number, (n, 2)."""


class ReportBuilder:
    """Takes pages in order and adds up."""

    def __init__(self, cells: CellTable) -> None:
        self._table = cells
        self._drawn = self._n_folded = 0
        self._folded, self._places = PairLog(), Places()
        self._counts: dict[int, int] = {}
        self._seen = np.zeros(0, np.uint8)

    def seen(self) -> NDArray[np.uint8]:
        """One number for each cell of the table, to be set to 1 where a page has it."""
        n_cells = len(self._table.flags)
        if len(self._seen) < n_cells:
            self._seen = np.pad(self._seen, (0, n_cells - len(self._seen)))
        return self._seen

    def add(self, found: Survey, offset: int) -> None:
        """Take up what was found from `offset` on."""
        self._drawn += found.n_ink
        if len(found.folded):
            self._n_folded += int((found.folded[:, 1] - found.folded[:, 0]).sum())
            self._folded.add(found.folded + offset)
        if len(found.replaced):
            numbers, first, counts = np.unique(found.replaced[:, 1], return_index=True, return_counts=True)
            # In the order of the text, whatever the cells' numbers and however much of it comes at a time.
            for at in np.argsort(first).tolist():
                number = int(numbers[at])
                self._counts[number] = self._counts.get(number, 0) + int(counts[at])
            self._places.log.add(found.replaced + np.array([offset, 0]))

    def faces(self) -> dict[str, AnyFace]:
        """The faces that the characters so far are drawn with, by name."""
        used = np.flatnonzero(self._seen).tolist()
        return {glyph.face.name: glyph.face for number in used for glyph in self._table.cells[int(number)].glyphs}

    def build(self, n_chars: int) -> Report:
        def pick(flag: int) -> tuple[Replaced, ...]:
            return tuple(
                Replaced(
                    char=chr(int(self._table.code_point[number])),
                    drawn=self._table.cells[number].drawn,
                    count=count,
                    cell=number,
                    places=self._places,
                )
                for number, count in self._counts.items()
                if self._table.cells[number].flags & flag
            )

        return Report(
            n_chars=n_chars,
            drawn=self._drawn,
            n_folded=self._n_folded,
            substituted=pick(shaping.SUBSTITUTED),
            missing=pick(shaping.MISSING),
            folded_log=self._folded,
        )


def survey(numbers: NDArray[np.int32], table: NDArray[np.int64], cells: CellTable, seen: NDArray[np.uint8]) -> Survey:
    """What a page hides, from its cells and its lines; marks its cells in `seen`. This is the reference; the kernel does the same."""
    flags = cells.flags[numbers]
    seen[numbers] = 1
    vanished = np.zeros(len(flags) + 1, np.int8)
    _, ink_ends, ends = table[:, :3].T
    np.add.at(vanished, ink_ends, 1)
    np.add.at(vanished, ends, -1)
    is_break = (flags & (shaping.NEWLINE | shaping.MARK)) == shaping.NEWLINE
    gone = (np.cumsum(vanished[:-1]) > 0) & ~is_break | ((flags & shaping.FOLDED) != 0)
    odd = np.flatnonzero((flags & REPLACED) != 0)
    return Survey(
        n_ink=int(np.count_nonzero(flags & (shaping.INK | shaping.PART))),
        folded=_spans(np.flatnonzero(gone)),
        replaced=np.stack([odd, numbers[odd].astype(np.int64)], axis=1),
    )


def _spans(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending places as spans, (n, 2), joined where they touch."""
    starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
    ends = np.append(starts[1:], len(places)) - 1
    return np.stack([places[starts], places[ends] + 1], axis=1) if len(places) else np.zeros((0, 2), np.int64)


def _joined(blocks: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """Ascending spans of block after block, joined where they touch."""
    held = np.zeros((0, 2), np.int64)
    for block in blocks:
        every = np.concatenate([held, block])
        if not len(every):
            continue
        apart = every[1:, 0] != every[:-1, 1]
        joined = np.stack([every[np.append(True, apart), 0], every[np.append(apart, True), 1]], axis=1)
        # The last one may go on in the next block.
        held = joined[-1:]
        if len(joined) > 1:
            yield joined[:-1]
    if len(held):
        yield held


def _tuples(blocks: Iterator[NDArray[np.int64]]) -> tuple[Span, ...]:
    return tuple((start, end) for block in blocks for start, end in block.tolist())
