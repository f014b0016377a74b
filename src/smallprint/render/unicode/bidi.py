"""Which way characters run: the Unicode Bidirectional Algorithm, UAX #9 (revision 46, of Unicode 15.0), for one paragraph.

In: code points. Out: an embedding level for each, even from left to right, odd from right to left, and the order in which they
stand on a line. Knows no fonts and no lines: a paragraph is taken as one line, and `line_levels` does for a line of it what rule L1 asks.

The functions here are the reference; `kernel/bidi.c` does the same in C. The rules' names are the standard's. The time that a
paragraph takes grows with its length, whatever is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel
from smallprint.render.unicode.properties import N_CODE_POINTS, brackets, classes, names

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_DEPTH = 125
"""BD2: the highest level that embeddings reach."""
MAX_OPEN_BRACKETS = 63
"""BD16: the size of the stack."""
AUTO, LEFT_TO_RIGHT, RIGHT_TO_LEFT = -1, 0, 1

OPENING, CLOSING = 0x40, 0x80
"""Paired brackets in `kernel_table`: one of these and the number of the pair, below 64; all other numbers are bidi classes."""

STRONG = frozenset({"L", "R", "AL"})
ISOLATES = frozenset({"LRI", "RLI", "FSI"})
REMOVED = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "BN"})
"""X9: what stands nowhere."""
SPACES = frozenset({"WS", "PDI"}) | ISOLATES
"""L1: white space with which a line or a segment ends."""
NEUTRAL = frozenset({"B", "S", "WS", "ON", "PDI"}) | ISOLATES
AS_RIGHT = frozenset({"R", "EN", "AN"})
"""N0 to N2: numbers count as right-to-left."""
LEFTWARD = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "FSI", "LRE", "LRO", "LRI", "PDF"})
"""Without any of these, a paragraph from left to right has level 0 throughout."""


def levels(code_points: NDArray[np.uint32], base: int = AUTO) -> NDArray[np.uint8]:
    """(n,) levels of a paragraph's n characters, after L1 for the paragraph as one line.

    `base` is the paragraph's own level, 0 or 1, or -1 for that of its first strong character (P2, P3; 0 if there is none). Characters
    that X9 removes get the level of the character before them, at the paragraph's beginning its own. Separators of paragraphs end all
    embeddings wherever they stand; a text of several paragraphs is to be cut at them by the caller.
    """
    code_points = _checked(code_points, base)
    if kernel.module is not None:
        return kernel.bidi_levels(code_points, kernel_table(), base)
    return _reference(code_points, base)


def base_level(code_points: NDArray[np.uint32]) -> int:
    """P2, P3: 1 if the first character with a direction, isolates apart, runs from right to left; else 0."""
    code_points = _checked(code_points, AUTO)
    if kernel.module is not None:
        return kernel.bidi_base(code_points, kernel_table())
    return _first_strong(_classes(code_points))


def line_levels(code_points: NDArray[np.uint32], levels: NDArray[np.uint8], base: int) -> NDArray[np.uint8]:
    """L1 for a line: the levels of its characters with those of white space at its end set to the paragraph's, 0 or 1."""
    if base == AUTO:
        raise ValueError("base: a line has its paragraph's, 0 or 1, and not -1")
    code_points = _checked(code_points, base)
    if len(code_points) != len(levels):
        raise ValueError(f"levels: {len(levels)} for {len(code_points)} characters")
    line = np.array(levels, np.uint8)
    if kernel.module is not None:
        kernel.bidi_line(code_points, kernel_table(), base, line)
        return line
    kinds = _classes(code_points)
    end = len(kinds)
    while end and (kinds[end - 1] in SPACES or kinds[end - 1] in REMOVED):
        end -= 1
    while 0 < end < len(kinds) and kinds[end] in REMOVED:
        end += 1
    line[end:] = base
    return line


def visual_order(levels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """L2: (n,) places in the text of the characters of a line, from left to right."""
    levels = np.ascontiguousarray(levels, np.uint8)
    if kernel.module is not None:
        return kernel.bidi_order(levels)
    order = np.arange(len(levels), dtype=np.int64)
    odd = levels[levels % 2 == 1]
    if not len(odd):
        return order
    for level in range(int(levels.max()), int(odd.min()) - 1, -1):
        inside = levels >= level
        edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
        starts, ends = edges[::2], edges[1::2]
        # Runs of a level hold the same places before and after all turns of the levels above.
        at = np.flatnonzero(inside)
        order[at] = order[np.repeat(starts + ends - 1, ends - starts) - at]
    return order


@cache
def kernel_table() -> NDArray[np.uint8]:
    """(0x110000,) what the C functions read: bidi classes by number, paired brackets as `OPENING` or `CLOSING` and its pair's number."""
    table = classes("bidi_class").copy()
    rows = brackets()
    pair = np.unique(rows[:, 1], return_inverse=True)[1].reshape(-1)
    assert pair.max() < OPENING
    table[rows[:, 0]] = np.where(rows[:, 2] == 1, CLOSING, OPENING) + pair
    table.flags.writeable = False
    return table


def _checked(code_points: NDArray[np.uint32], base: int) -> NDArray[np.uint32]:
    if base not in (AUTO, LEFT_TO_RIGHT, RIGHT_TO_LEFT):
        raise ValueError(f"base: {base} is not -1, 0 or 1")
    code_points = np.ascontiguousarray(code_points, np.uint32)
    if code_points.ndim != 1 or (len(code_points) and int(code_points.max()) >= N_CODE_POINTS):
        raise ValueError("code points: not an array of numbers up to 0x10FFFF")
    return code_points


def _classes(code_points: NDArray[np.uint32]) -> list[str]:
    return [names("bidi_class")[number] for number in classes("bidi_class")[code_points].tolist()]


def _reference(code_points: NDArray[np.uint32], base: int) -> NDArray[np.uint8]:
    kinds = _classes(code_points)
    if base == AUTO:
        base = _first_strong(kinds)
    if base == LEFT_TO_RIGHT and LEFTWARD.isdisjoint(kinds):
        return np.zeros(len(kinds), np.uint8)
    found = _Explicit(kinds, base)
    for sequence in _sequences(found):
        for i, level in zip(sequence.places, _resolve(sequence, code_points), strict=True):
            found.levels[i] = level
    return np.array(_l1(kinds, found.levels, base), np.uint8)


def _first_strong(kinds: list[str]) -> int:
    depth = 0
    for kind in kinds:
        if kind in ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(depth - 1, 0)
        elif kind == "B":
            break
        elif kind in STRONG and not depth:
            return int(kind != "L")
    return 0


def _fsi(kinds: list[str]) -> list[str]:
    """X5c: FSI as the isolate that it stands for, all of them in one pass."""
    found = list(kinds)
    is_open: list[int] = []
    is_known: list[bool] = []
    for i, kind in enumerate(kinds):
        if kind in ISOLATES:
            is_open.append(i)
            is_known.append(kind != "FSI")
            if kind == "FSI":
                found[i] = "LRI"
        elif kind == "PDI" and is_open:
            is_open.pop()
            is_known.pop()
        elif kind == "B":
            is_open, is_known = [], []
        elif kind in STRONG and is_open and not is_known[-1]:
            is_known[-1] = True
            found[is_open[-1]] = "LRI" if kind == "L" else "RLI"
    return found


@dataclass(slots=True)
class _Run:
    """A level run (BD7) without what X9 removes."""

    level: int
    places: list[int]
    next: int = -1
    """The run that goes on after the isolate with which this one ends."""
    is_first: bool = True


class _Explicit:
    """X1 to X8: levels, classes as overridden, and level runs with their continuations."""

    def __init__(self, kinds: list[str], base: int) -> None:
        self.kinds = list(kinds)
        self.raw = kinds
        self.base = base
        self.levels = [base] * len(kinds)
        self.runs: list[_Run] = []
        # Level, override, the run that holds the isolate's initiator or None for an embedding.
        stack: list[tuple[int, str, int | None]] = [(base, "", None)]
        n_isolates = too_deep_isolates = too_deep_embeddings = 0
        for i, kind in enumerate(_fsi(kinds)):
            goes_on: int | None = None
            if kind == "PDI":  # X6a
                if too_deep_isolates:
                    too_deep_isolates -= 1
                elif n_isolates:
                    too_deep_embeddings = 0
                    while goes_on is None:
                        goes_on = stack.pop()[2]
                    n_isolates -= 1
            elif kind == "PDF":  # X7
                if too_deep_isolates:
                    pass
                elif too_deep_embeddings:
                    too_deep_embeddings -= 1
                elif stack[-1][2] is None and len(stack) > 1:
                    stack.pop()
            elif kind == "B":  # X8
                stack = stack[:1]
                n_isolates = too_deep_isolates = too_deep_embeddings = 0
            level, override, _ = stack[-1]
            if kind not in REMOVED:
                self.levels[i] = level
                if override and kind != "B":
                    self.kinds[i] = override
                self._add(i, level, goes_on)
            if kind in ("RLE", "LRE", "RLO", "LRO", "RLI", "LRI"):  # X2 to X5b
                is_isolate = kind in ISOLATES
                deeper = (level + 1) | 1 if kind[0] == "R" else (level + 2) & ~1
                if deeper <= MAX_DEPTH and not too_deep_isolates and not too_deep_embeddings:
                    n_isolates += is_isolate
                    turned = kind[0] if kind[2] == "O" else ""
                    stack.append((deeper, turned, len(self.runs) - 1 if is_isolate else None))
                elif is_isolate:
                    too_deep_isolates += 1
                elif not too_deep_isolates:
                    too_deep_embeddings += 1

    def _add(self, i: int, level: int, goes_on: int | None) -> None:
        if not self.runs or self.runs[-1].level != level:
            self.runs.append(_Run(level, []))
            if goes_on is not None:
                self.runs[goes_on].next = len(self.runs) - 1
                self.runs[-1].is_first = False
        self.runs[-1].places.append(i)


@dataclass(slots=True)
class _Sequence:
    """An isolating run sequence (BD13)."""

    level: int
    sos: str
    eos: str
    places: list[int]
    kinds: list[str]


def _sequences(found: _Explicit) -> list[_Sequence]:
    """X10."""
    made: list[_Sequence] = []
    runs = found.runs
    for first, run in enumerate(runs):
        if not run.is_first:
            continue
        places: list[int] = []
        last = at = first
        while at >= 0:
            places += runs[at].places
            last, at = at, runs[at].next
        before = runs[first - 1].level if first else found.base
        is_open = found.raw[places[-1]] in ISOLATES
        after = found.base if is_open or last + 1 == len(runs) else runs[last + 1].level
        sos, eos = ("R" if max(other, run.level) % 2 else "L" for other in (before, after))
        made.append(_Sequence(run.level, sos, eos, places, [found.kinds[i] for i in places]))
    return made


def _resolve(sequence: _Sequence, code_points: NDArray[np.uint32]) -> list[int]:
    """Levels of the sequence's characters."""
    is_mark = [kind == "NSM" for kind in sequence.kinds]
    kinds = _weak(sequence.kinds, sequence.sos)
    toward = "R" if sequence.level % 2 else "L"
    _n0(kinds, is_mark, code_points[sequence.places].tolist(), sequence, toward)
    _n1_n2(kinds, sequence, toward)
    # I1, I2
    up = {"L": 1, "R": 0, "EN": 1, "AN": 1} if sequence.level % 2 else {"L": 0, "R": 1, "EN": 2, "AN": 2}
    return [sequence.level + up[kind] for kind in kinds]


def _weak(kinds: list[str], sos: str) -> list[str]:
    """W1 to W7."""
    kinds = list(kinds)
    n = len(kinds)
    for i, kind in enumerate(kinds):  # W1
        if kind == "NSM":
            before = kinds[i - 1] if i else sos
            kinds[i] = "ON" if before in ISOLATES or before == "PDI" else before
    strong = sos
    for i, kind in enumerate(kinds):  # W2
        if kind in STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for i in range(1, n - 1):  # W4
        before, kind, after = kinds[i - 1 : i + 2]
        if before == after and ((kind in ("ES", "CS") and before == "EN") or (kind == "CS" and before == "AN")):
            kinds[i] = before
    for there in (range(n), range(n - 1, -1, -1)):  # W5
        before = ""
        for i in there:
            if kinds[i] == "ET" and before == "EN":
                kinds[i] = "EN"
            before = kinds[i]
    kinds = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]  # W6
    strong = sos
    for i, kind in enumerate(kinds):  # W7
        if kind in STRONG:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"
    return kinds


@cache
def _bracket_rows() -> dict[int, tuple[int, bool]]:
    return {code: (pair, bool(closes)) for code, pair, closes in brackets().tolist()}


def _pairs(kinds: list[str], code_points: list[int]) -> list[tuple[int, int]]:
    """BD16: opening and closing places, by opening."""
    rows = _bracket_rows()
    found: list[tuple[int, int]] = []
    stack: list[tuple[int, int]] = []
    n_open: dict[int, int] = {}
    for i, (kind, code_point) in enumerate(zip(kinds, code_points, strict=True)):
        if kind != "ON" or code_point not in rows:
            continue
        pair, closes = rows[code_point]
        if not closes:
            if len(stack) == MAX_OPEN_BRACKETS:
                break
            stack.append((pair, i))
            n_open[pair] = n_open.get(pair, 0) + 1
        elif n_open.get(pair):
            opener = -1
            while opener != pair:
                opener, place = stack.pop()
                n_open[opener] -= 1
            found.append((place, i))  # pyright: ignore[reportPossiblyUnboundVariable]
    return sorted(found)


def _n0(kinds: list[str], is_mark: list[bool], code_points: list[int], sequence: _Sequence, toward: str) -> None:
    pairs = _pairs(kinds, code_points)
    if not pairs:
        return
    # How many characters before a place run either way. Pairs are nested or apart, so those seen to later change none of these counts.
    n_left = [0, *accumulate(kind == "L" for kind in kinds)]
    n_right = [0, *accumulate(kind in AS_RIGHT for kind in kinds)]
    strong, at = sequence.sos, 0
    for first, last in pairs:
        while at < first:
            strong = "R" if kinds[at] in AS_RIGHT else "L" if kinds[at] == "L" else strong
            at += 1
        has = {"L": n_left[last] > n_left[first], "R": n_right[last] > n_right[first]}
        other = "L" if toward == "R" else "R"
        if has[toward]:
            turned = toward
        elif has[other]:
            turned = strong if strong == other else toward
        else:
            continue
        for place in (first, last):
            kinds[place] = turned
            place += 1
            while place < len(kinds) and is_mark[place]:
                kinds[place] = turned
                place += 1


def _n1_n2(kinds: list[str], sequence: _Sequence, toward: str) -> None:
    before, start = sequence.sos, 0
    for i, kind in enumerate([*kinds, sequence.eos]):
        if kind in NEUTRAL:
            continue
        after = "R" if kind in AS_RIGHT else "L"
        for neutral in range(start, i):
            kinds[neutral] = before if before == after else toward
        before, start = after, i + 1


def _l1(kinds: list[str], levels: list[int], base: int) -> list[int]:
    """L1 for the whole paragraph; then the characters that X9 removed."""
    is_end = True
    for i in range(len(kinds) - 1, -1, -1):
        if kinds[i] in ("S", "B"):
            is_end = True
        elif kinds[i] not in SPACES and kinds[i] not in REMOVED:
            is_end = False
        if is_end:
            levels[i] = base
    for i, kind in enumerate(kinds):
        if kind in REMOVED:
            levels[i] = levels[i - 1] if i else base
    return levels
