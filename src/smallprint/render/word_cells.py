"""Words to cells: what HarfBuzz makes of the words of `runs`, kept for the next time that they occur.

In: runs and the cell table that takes up new cells. Out: for each character a cell number. The first character of a cluster has the
cluster's glyphs, those after it are drawn with it. A word is drawn with the first face that has all of its characters, else cluster by
cluster; a character that no face has becomes a visible code. May be used from several threads.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import fonts, harfbuzz, kernel, shaping
from smallprint.render.runs import BREAK_BIT, CODE_POINT, LEVEL_BIT, RTL_BIT, Runs, kinds, script_of
from smallprint.render.shaping import Cell, Glyph
from smallprint.render.unicode import graphemes
from smallprint.render.unicode.properties import classes, mirrored, names, value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import Face
    from smallprint.render.shaping import CellTable

    Units = NDArray[np.uint32]

_MOST_UNITS = 1 << 22
"""Characters of words that are kept; beyond it all are forgotten, and shaped again when they occur."""
_TEXT_STYLE, _EMOJI_STYLE = 0xFE0E, 0xFE0F
_SHARED = ("Zyyy", "Zinh")
_REGIONAL = (0x1F1E6, 0x1F1FF)
_MIX = np.random.default_rng(0).integers(1, 1 << 63, 3 + 3 * 4096, np.uint64) | np.uint64(1)
"""Odd numbers that turn a row into one number, by which equal rows are found; whether they are equal is looked at."""
_OF_NEIGHBOURS = (
    shaping.IDEOGRAPH | shaping.NO_START | shaping.NO_END | shaping.CLOSES | shaping.OPENS | shaping.BREAK_AFTER
)
"""What plain text asks of a character to know where lines break; in context that is known."""
_SEPARATOR = 0x0A
"""Between words that are shaped in one call: joins with nothing."""


class WordCells:
    """Cells of words, for a cell table."""

    def __init__(self, table: CellTable) -> None:
        self._table = table
        self._words = kernel.WordTable() if kernel.module else WordTable()
        self._made: dict[bytes, int] = {}
        """Cell numbers by what they are drawn as."""
        self._has: dict[int, dict[int, bool]] = defaultdict(dict)
        self._mirror = dict(mirrored().tolist())
        self._faces: list[Face] = []
        self._glyphs: dict[tuple[object, ...], tuple[Glyph, ...]] = {}
        """So that cells that are drawn alike have the same tuple, which is drawn once."""
        self._cluster_faces: dict[bytes, tuple[Face | None, str, int]] = {}

    def numbers(self, runs: Runs) -> NDArray[np.int32]:
        """The cell number of each character. The table's lock must be held."""
        if self._words.n_units > _MOST_UNITS:
            self._words.clear()
        found, missing = self._words.find(runs.units, runs.starts)
        if len(missing):
            units = np.concatenate([runs.units[start:end] for start, end in missing.tolist()])
            lengths = missing[:, 1] - missing[:, 0]
            try:
                shaped = self._shaped(units, lengths)
            except BaseException:
                # The table has taken up words that will have no cells.
                self._words.clear()
                raise
            self._words.add(units, lengths, shaped)
            found, missing = self._words.find(runs.units, runs.starts)
            assert not len(missing)
        return found

    def _shaped(self, units: Units, lengths: NDArray[np.int64]) -> NDArray[np.int32]:
        """Cell numbers of the characters of some words, one after another."""
        numbers = np.full(len(units), -1, np.int32)
        ends = np.cumsum(lengths)
        starts = ends - lengths
        code_points = (units & CODE_POINT).astype(np.uint32)
        kind = kinds()[code_points[starts]]
        alone = (lengths == 1) & (kind == 0)
        self._put_alone(units, starts[alone], numbers)
        words = np.stack([starts, ends], axis=1)[~alone]
        direction = (units[words[:, 0]] >> LEVEL_BIT & 1).astype(np.int64)
        groups = kind[~alone].astype(np.int64) << 1 | direction
        for group in np.unique(groups).tolist():
            self._put_group(units, code_points, words[groups == group], group >> 1, bool(group & 1), numbers)
        return numbers

    def _put_group(
        self,
        units: Units,
        code_points: Units,
        words: NDArray[np.int64],
        kind: int,
        rtl: bool,
        numbers: NDArray[np.int32],
    ) -> None:
        """Words of one script (or of characters that stand alone) and direction: whole by the first face that has them, else by cluster."""
        # A mark on nothing would be drawn over what stands before it: such clusters are drawn as codes.
        loose = _marks()[code_points[words[:, 0]]]
        rest = words[~loose]
        if kind and len(rest):
            script = script_of(kind)
            for face in self._asked(int(code_points[rest[0, 0]]), script):
                if not len(rest):
                    break
                has = self._covers(face, code_points, rest)
                if has.any():
                    self._put(face, units, code_points, rest[has], script, rtl, numbers)
                rest = rest[~has]
        clusters: dict[tuple[Face | None, str], list[tuple[int, int]]] = defaultdict(list)
        for start, end in [*rest.tolist(), *words[loose].tolist()]:
            firsts = np.flatnonzero(graphemes.starts(code_points[start:end])) + start
            for first, after in zip(firsts.tolist(), [*firsts[1:].tolist(), end], strict=True):
                face, script, n = self._face_of(code_points[first:after])
                if n:
                    clusters[face, script].append((first, first + n))
                if first + n < after:
                    clusters[None, ""].append((first + n, after))
        for (face, script), spans in clusters.items():
            if face:
                self._put(face, units, code_points, np.array(spans), script, rtl, numbers)
            else:
                self._put_alone(units, _inside(np.array(spans)), numbers)

    def _face_of(self, cluster: Units) -> tuple[Face | None, str, int]:
        """The face that has most of a cluster from its beginning on, the script to shape that as, and how many characters it has. No face
        where they are drawn one by one."""
        key = cluster.tobytes()
        if key not in self._cluster_faces:
            best: Face | None = None
            most = 0
            code_points: list[int] = cluster.tolist()
            # A space with a vowel sign is of the sign's script.
            scripts = [script for code in code_points if (script := value_of("script", code)) not in _SHARED]
            script = scripts[0] if scripts else value_of("script", code_points[0])
            if len(cluster) > 1 and not shaping.is_ignorable(code_points[0]) and not _marks()[code_points[0]]:
                for face in self._asked(code_points[0], script, code_points):
                    n = self._n_covered(face, cluster)
                    if n > max(most, 1):
                        best, most = face, n
            self._cluster_faces[key] = best, script, most
        return self._cluster_faces[key]

    def _n_covered(self, face: Face, cluster: Units) -> int:
        """How many characters of a cluster a face has, up to the first that it has not."""
        for n in range(len(cluster), 0, -1):
            if self._covers(face, cluster, np.array([[0, n]]))[0]:
                return n
        return 0

    def _asked(self, first: int, script: str, cluster: list[int] | None = None) -> list[Face]:
        """The faces that are asked for a word or cluster, in turn."""
        faces = list(self._table.asked(first, script))
        if cluster and (_EMOJI_STYLE in cluster or _REGIONAL[0] <= first <= _REGIONAL[1]):
            faces.insert(0, fonts.emoji())
        if cluster and _TEXT_STYLE in cluster:
            faces = [*self._table.faces, *faces]
        return [face for face in faces if isinstance(face, fonts.Face)]

    def _covers(self, face: Face, code_points: Units, words: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the face has all characters of each word. Those that have no shape of their own do not count."""
        known = self._has[id(face)]
        every, place = np.unique(code_points[_inside(words)], return_inverse=True)
        for code_point in every.tolist():
            if code_point not in known:
                known[code_point] = bool(face.glyph_index(code_point)) or shaping.is_ignorable(code_point)
        has = np.array([known[code_point] for code_point in every.tolist()])[place]
        firsts = np.cumsum(words[:, 1] - words[:, 0]) - (words[:, 1] - words[:, 0])
        covered = np.logical_and.reduceat(has, firsts)
        for at in np.flatnonzero(~covered & has[firsts]).tolist():
            # A letter and its mark may be one character of the face.
            start, end = words[at].tolist()
            text = "".join(map(chr, code_points[start:end].tolist()))
            composed = unicodedata.normalize("NFC", text)
            covered[at] = all(face.glyph_index(ord(char)) or shaping.is_ignorable(ord(char)) for char in composed)
        return covered

    def _put_alone(self, units: Units, places: NDArray[np.int64], numbers: NDArray[np.int32]) -> None:
        """Characters by themselves."""
        every, inverse = np.unique(units[places], return_inverse=True)
        numbers[places] = np.array([self._alone(unit) for unit in every.tolist()], np.int32)[inverse]

    def _alone(self, unit: int) -> int:
        key = b"a%d" % unit
        if key not in self._made:
            code_point = unit & CODE_POINT
            shown = self._mirror.get(code_point, code_point) if unit >> LEVEL_BIT & 1 else code_point
            cell = self._table.cells[self._table.simple(shown)]
            if cell.flags & shaping.MISSING:
                cell = self._table.cells[self._table.simple(code_point)]
            kept = cell.flags & ~_OF_NEIGHBOURS
            if kept & shaping.HANGS and not kept & shaping.TAB and not unit >> BREAK_BIT & 1:
                kept &= ~shaping.HANGS
            flags = kept | context(unit)
            self._made[key] = self._table.append(code_point, Cell(cell.glyphs, cell.advance, flags, cell.drawn))
        return self._made[key]

    def _part(self, unit: int) -> int:
        """A character that is drawn with the one before it."""
        key = b"p%d" % unit
        if key not in self._made:
            code_point = unit & CODE_POINT
            what = shaping.FOLDED if shaping.is_ignorable(code_point) else shaping.PART
            self._made[key] = self._table.append(code_point, Cell((), 0, what | context(unit), ""))
        return self._made[key]

    def _put(
        self,
        face: Face,
        units: Units,
        code_points: Units,
        words: NDArray[np.int64],
        script: str,
        rtl: bool,
        numbers: NDArray[np.int32],
    ) -> None:
        """Words that the face has all of, shaped in one call."""
        if not len(words):
            return
        lengths = words[:, 1] - words[:, 0]
        # Where the characters of the words stand in `units`, and between words -1.
        step = lengths + 1
        firsts = np.cumsum(step) - step
        places = np.full(int(step.sum()), -1, np.int64)
        inside = np.ones(len(places), np.bool_)
        inside[firsts + lengths] = False
        places[inside] = _inside(words)
        text = np.where(inside, code_points[places], _SEPARATOR).astype(np.uint32)
        glyphs = harfbuzz.shape(face, text, script=script, rtl=rtl)

        # Runs of glyphs of one cluster, then the clusters in the order of the text.
        first = np.flatnonzero(np.diff(glyphs.cluster, prepend=-1))
        last = np.append(first[1:], len(glyphs.cluster))
        heads = glyphs.cluster[first]
        torn = ~np.isin(firsts, heads)
        if torn.any():
            # A letter that takes hold of what stands before it, such as Thai's sara am: each such word by itself, with nothing before it.
            self._put(face, units, code_points, words[~torn], script, rtl, numbers)
            for at in np.flatnonzero(torn).tolist():
                self._put(face, units, code_points, words[at : at + 1], script, rtl, numbers)
            return
        if rtl:
            first, last, heads = first[::-1], last[::-1], heads[::-1]
        real = inside[heads]
        first, last, heads = first[real], last[real], heads[real]
        pen = np.cumsum(glyphs.advance) - glyphs.advance
        n_glyphs = last - first
        width = pen[last - 1] + glyphs.advance[last - 1] - pen[first]
        at = places[heads]
        is_part = np.ones(len(units), np.bool_)
        is_part[at] = False
        parts = places[inside]
        parts = parts[is_part[parts]]
        if len(parts):
            every, inverse = np.unique(units[parts], return_inverse=True)
            numbers[parts] = np.array([self._part(unit) for unit in every.tolist()], np.int32)[inverse]
        has_part = np.zeros(len(units) + 1, np.bool_)
        has_part[parts] = True
        # A break goes with the last character of a cluster.
        head_units = units[at].astype(np.int64)
        head_units[has_part[at + 1]] &= ~(1 << BREAK_BIT)
        every_n: list[int] = np.unique(n_glyphs).tolist()
        for n in every_n:
            chosen = n_glyphs == n
            index = first[chosen][:, None] + np.arange(n)
            rows = np.empty((len(index), 3 + 3 * n), np.int64)
            rows[:, 0], rows[:, 1], rows[:, 2] = head_units[chosen], self._face_number(face), width[chosen]
            rows[:, 3::3] = glyphs.glyph[index]
            rows[:, 4::3] = pen[index] - pen[first[chosen]][:, None] + glyphs.dx[index]
            rows[:, 5::3] = glyphs.dy[index]
            numbers[at[chosen]] = self._made_of(face, rows)

    def _made_of(self, face: Face, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """The cells of clusters with as many glyphs each, made where they are new."""
        key = (rows.astype(np.uint64) * _MIX[: rows.shape[1]]).sum(axis=1, dtype=np.uint64)
        _, index, inverse = np.unique(key, return_index=True, return_inverse=True)
        every = rows[index]
        if not (every[inverse] == rows).all():
            every, inverse = np.unique(rows, axis=0, return_inverse=True)
        found: list[int] = []
        for row in every:
            row_key = row.tobytes()
            number = self._made.get(row_key)
            if number is None:
                number = self._made[row_key] = self._cluster(face, row.tolist())
            found.append(number)
        return np.array(found, np.int32)[inverse]

    def _cluster(self, face: Face, row: list[int]) -> int:
        """The cell of a cluster: its unit, a face number, its width, then a glyph and its place, three by three."""
        unit, _, width, *glyphs = row
        code_point = unit & CODE_POINT
        table = self._table
        unit_px = table.size_px / face.units_per_em * shaping.ONE_PX
        key = (face.name, *glyphs)
        if key not in self._glyphs:
            self._glyphs[key] = tuple(
                Glyph(face, index, round(x * unit_px * table.stretch), round(y * unit_px))
                for index, x, y in zip(glyphs[::3], glyphs[1::3], glyphs[2::3], strict=True)
                if face.metrics(index)[1]
            )
        drawn = self._glyphs[key]
        if not drawn and not table.cells[table.simple(code_point)].flags & shaping.INK:
            # A space with a joiner behind it, or a joiner by itself.
            return self._alone(unit)
        if not drawn or 0 in glyphs[::3]:
            return self._code(unit)
        advance = table.on_grid(round(width * unit_px * table.stretch))
        return table.append(code_point, Cell(drawn, advance, shaping.INK | context(unit), ""))

    def _code(self, unit: int) -> int:
        """The code of a character that a face has no picture of after all."""
        cell = self._table.code(unit & CODE_POINT, shaping.MISSING)
        flags = cell.flags & ~shaping.BREAK_AFTER | context(unit)
        return self._table.append(unit & CODE_POINT, Cell(cell.glyphs, cell.advance, flags, cell.drawn))

    def _face_number(self, face: Face) -> int:
        if face not in self._faces:
            self._faces.append(face)
        return self._faces.index(face)


@cache
def _marks() -> NDArray[np.bool_]:
    """(0x110000,) whether a character is a mark, which stands on another."""
    categories = names("general_category")
    return np.isin(classes("general_category"), [categories.index(name) for name in ("Mn", "Mc", "Me")])


def _inside(words: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places that spans, (n, 2), are made of."""
    lengths = words[:, 1] - words[:, 0]
    return np.arange(int(lengths.sum())) + np.repeat(words[:, 0] - (np.cumsum(lengths) - lengths), lengths)


def context(unit: int) -> int:
    """The flags of a cell that come from where its character stands."""
    return (
        (shaping.BREAK_AFTER if unit >> BREAK_BIT & 1 else 0)
        | (unit >> LEVEL_BIT & 0x7F) << shaping.LEVEL_SHIFT
        | (shaping.RTL if unit >> RTL_BIT & 1 else 0)
    )


class WordTable:
    """Cell numbers of words. This is the reference; the kernel has one that does the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, NDArray[np.int32]] = {}
        self.n_units = 0

    def find(self, units: Units, starts: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Cell numbers, and where the words begin and end that are not known yet: each once, (n, 2)."""
        numbers = np.full(len(units), -1, np.int32)
        data = units.tobytes()
        places = np.flatnonzero(starts).tolist()
        missing: dict[bytes, tuple[int, int]] = {}
        for start, end in zip(places, [*places[1:], len(units)], strict=True):
            word = data[4 * start : 4 * end]
            cells = self._known.get(word)
            if cells is None:
                missing.setdefault(word, (start, end))
            else:
                numbers[start:end] = cells
        return numbers, np.array(list(missing.values()), np.int64).reshape(-1, 2)

    def add(self, units: Units, lengths: NDArray[np.int64], numbers: NDArray[np.int32]) -> None:
        """Words, one after another, and their cells."""
        end = 0
        for length in lengths.tolist():
            start, end = end, end + length
            self._known[units[start:end].tobytes()] = numbers[start:end]
        self.n_units += end

    def clear(self) -> None:
        self._known.clear()
        self.n_units = 0
