"""The role of each character of a source: keyword, name, string, number, comment, or none of them.

In: a source and the language of a style. Out: role numbers for any span. Knows nothing of pages and colours; Pygments' lexers tell one role
from another. A source is lexed in segments that begin at fixed places in it, so that a page by its index has the roles that it has in a
stream, and memory and time for one page stay bounded. What a lexer cannot do is left plain and told.
"""

from __future__ import annotations

import re
import threading
import time
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from smallprint.render import languages
from smallprint.render.source import START, Position, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES = ("keyword", "name", "string", "number", "comment")
"""The roles that have colours, from number 1 on; 0 is plain."""

# Types of tokens (https://pygments.org/docs/tokens/, read 2026-11-21); one that is not here has the role of the type that it belongs to.
_ROLE_OF_TYPE = {
    "Comment": "comment",
    "Comment.Preproc": "keyword",
    "Comment.PreprocFile": "string",
    "Generic.Deleted": "string",
    "Generic.Heading": "keyword",
    "Generic.Inserted": "comment",
    "Generic.Prompt": "name",
    "Generic.Subheading": "keyword",
    "Keyword": "keyword",
    "Literal": "string",
    "Literal.Number": "number",
    "Literal.Date": "number",
    "Literal.String.Doc": "comment",
    "Name.Attribute": "name",
    "Name.Builtin": "name",
    "Name.Class": "name",
    "Name.Decorator": "name",
    "Name.Exception": "name",
    "Name.Function": "name",
    "Name.Namespace": "name",
    "Name.Tag": "name",
    "Operator.Word": "keyword",
}

_SEGMENT = 1 << 18
"""Characters that are lexed at a time: a quarter of a second of most lexers. Nearly all files of code are shorter."""
_ROOM = 1 << 16
"""Characters beyond them among which the next segment's beginning is looked for."""
_MAX_LINE = 10_000
"""A longer line is left plain: it is data or was made by a program, and the patterns of many lexers take quadratic time on it."""
_CPU_S = 30.0
"""Processor time that a segment may take, a hundred times what is usual: some lexers are quadratic on comments that are opened and never
closed, or on thousands of empty lines, and would take hours."""
_KEPT = 1 << 22
"""Characters whose roles are kept."""
_BATCH = 64
_FRESH = re.compile(r"\n\r?\n(?=\S)")
"""After an empty line a line that is not indented: seldom inside a string or a comment."""


class Plain(NamedTuple):
    """A part of the source that was to be highlighted and was not."""

    span: tuple[int, int]
    why: str


class Runs(NamedTuple):
    """The roles of a segment: each holds from its start, counted from the segment's, to the next."""

    starts: NDArray[np.int32]
    roles: NDArray[np.uint8]


@dataclass(eq=False)
class _Part:
    """A stretch of the source in one language, and the places where its segments begin, as far as they are known."""

    lexer: str
    start: Position
    end: int | None
    """None for the end of the source."""
    cuts: list[Position] = field(default_factory=list[Position])
    is_cut: bool = False


class Highlighter:
    """Roles of the characters of a source. May be used from several threads."""

    def __init__(self, source: Source, language: str) -> None:
        self._source = source
        self._language = language
        self._lock = threading.Lock()
        """Held while a segment's end is looked for."""
        self._lexing = threading.Lock()
        self._kept: dict[Position, tuple[int, Runs]] = {}
        """By the segment's beginning: its length and runs, oldest first."""
        self._plain: dict[Position, list[Plain]] = {}
        """Of each segment that was lexed once."""

    def roles(self, start: int, end: int) -> NDArray[np.uint8]:
        """The numbers of the roles of the characters from `start` to `end`."""
        out = np.zeros(end - start, np.uint8)
        for part in self._parts_at(start, end):
            for begin, stop in self._segments(part, start, end):
                first, last = max(start, begin.chars), min(end, stop.chars)
                out[first - start : last - start] = _expand(
                    self._runs(part, begin, stop), first - begin.chars, last - begin.chars
                )
        return out

    def plain(self) -> list[Plain]:
        """What was to be highlighted and was not; lexes what was not lexed yet."""
        found: list[Plain] = []
        for part in self._parts:
            for begin, stop in self._segments(part, part.start.chars, part.end):
                if begin not in self._plain:
                    self._runs(part, begin, stop)
                found += self._plain[begin]
        return found

    def to_json(self) -> dict[str, object]:
        """What a manifest says: the version that the roles depend on, and what is plain."""
        return {
            "pygments": languages.pygments_version(),
            "plain": [{"span": list(plain.span), "why": plain.why} for plain in self.plain()],
        }

    @cached_property
    def _parts(self) -> list[_Part]:
        from smallprint.render.inputs import JoinedSource

        source = self._source
        # A joined source is a string, in which places are counted in characters alone.
        spans: list[tuple[str, Position, int | None]] = (
            [(file.path, Position(file.span[0]), file.span[1]) for file in source.parts]
            if isinstance(source, JoinedSource)
            else [(source.name, START, None)]
        )
        auto = self._language == languages.AUTO
        parts: list[_Part] = []
        for name, start, end in spans:
            lexer = languages.by_file(Path(name).name) if auto else languages.by_name(self._language)
            if lexer and start.chars != end:
                parts.append(_Part(lexer, start, end, [start]))
        return parts

    @cached_property
    def _part_starts(self) -> NDArray[np.int64]:
        return np.array([part.start.chars for part in self._parts], np.int64)

    def _parts_at(self, start: int, end: int) -> list[_Part]:
        first, last = np.searchsorted(self._part_starts, (start, end), side="left").tolist()
        return self._parts[max(0, first - 1) : last]

    def _segments(self, part: _Part, start: int, end: int | None) -> Iterator[tuple[Position, Position]]:
        """Beginning and end of the segments of a part that hold characters from `start` to `end`."""
        with self._lock:
            number = max(0, bisect_right(part.cuts, start, key=lambda cut: cut.chars) - 1)
        while True:
            with self._lock:
                while not part.is_cut and len(part.cuts) < number + 2:
                    self._cut(part)
                if len(part.cuts) < number + 2:
                    return
                begin, stop = part.cuts[number : number + 2]
            if end is not None and begin.chars >= end:
                return
            if stop.chars > start:
                yield begin, stop
            number += 1

    def _cut(self, part: _Part) -> None:
        """Find where the part's next segment ends."""
        begin = part.cuts[-1]
        text = self._read(begin, _SEGMENT + _ROOM, part.end)
        at = _cut(text)
        if at:
            n_bytes = len(text[:at].encode("utf-8", "surrogatepass"))
            part.cuts.append(Position(begin.chars + at, begin.bytes + n_bytes))
        part.is_cut = len(text) < _SEGMENT + _ROOM and at == len(text)

    def _read(self, at: Position, n_chars: int, end: int | None) -> str:
        """`n_chars` of the source, or what there is of them before `end`."""
        if end is not None:
            n_chars = min(n_chars, end - at.chars)
        pieces: list[str] = []
        n_read = 0
        for piece in self._source.chunks(at, n_chars) if n_chars else ():
            pieces.append(piece)
            n_read += len(piece)
            if n_read >= n_chars:
                break
        return "".join(pieces)[:n_chars]

    def _runs(self, part: _Part, begin: Position, stop: Position) -> Runs:
        # Without the lock: threads that draw pages of what is lexed need not wait for one that lexes.
        if kept := self._kept.get(begin):
            return kept[1]
        with self._lexing:
            if kept := self._kept.get(begin):
                return kept[1]
            length = stop.chars - begin.chars
            runs, plain = lex(self._read(begin, length, part.end), part.lexer)
            self._plain[begin] = [Plain((begin.chars + first, begin.chars + last), why) for (first, last), why in plain]
            self._kept[begin] = length, runs
            n_kept = sum(length for length, _ in self._kept.values())
            for key, (length, _) in list(self._kept.items())[:-1]:
                if n_kept <= _KEPT:
                    break
                del self._kept[key]
                n_kept -= length
            return runs


def lex(text: str, lexer: str) -> tuple[Runs, list[Plain]]:
    """The roles of a segment, and what of it is plain."""
    starts: list[NDArray[np.int32]] = [np.zeros(1, np.int32)]
    roles: list[NDArray[np.uint8]] = [np.zeros(1, np.uint8)]
    plain: list[Plain] = []
    until = time.thread_time() + _CPU_S
    for first, last, is_long in _stretches(text):
        found = None
        if is_long:
            why = f"a line of more than {_MAX_LINE:,} characters"
        else:
            why = f"the lexer {lexer} took more than {_CPU_S:g} s"
            try:
                found = _lex_lines(text[first:last], lexer, until)
            # A lexer is a collection of patterns for texts of its language, and may do anything with another text.
            except Exception as error:
                why = f"the lexer {lexer} failed: {type(error).__name__}: {error}"
        if found is None:
            plain.append(Plain((first, last), why))
            found = Runs(np.zeros(1, np.int32), np.zeros(1, np.uint8))
        starts.append(found.starts + np.int32(first))
        roles.append(found.roles)
    all_starts, all_roles = np.concatenate(starts), np.concatenate(roles)
    changes = np.append(True, all_roles[1:] != all_roles[:-1])
    return Runs(all_starts[changes], all_roles[changes]), plain


def _lex_lines(text: str, lexer: str, until: float) -> Runs | None:
    """The roles of whole lines; None where time ran out."""
    # What Lexer.get_tokens does before it lexes, but for the stripping of lines, and so that the places are still known.
    lead = text.startswith("\ufeff")
    breaks = [found.start() for found in re.finditer("\r\n", text)] if "\r" in text else []
    clean = text[lead:].replace("\r\n", "\n").replace("\r", "\n")
    if not clean.endswith("\n"):
        clean += "\n"
    found_at, found_roles = array("i"), bytearray()
    tokens = iter(languages.make_lexer(lexer).get_tokens_unprocessed(clean))
    while batch := list(islice(tokens, _BATCH)):
        found_at.extend([at for at, _, _ in batch])
        found_roles += bytes([_ROLES[kind] for _, kind, _ in batch])
        if time.thread_time() > until:
            return None
    starts = np.array(found_at, np.int32) + np.int32(lead)
    roles = np.array(found_roles, np.uint8)
    if (starts[1:] < starts[:-1]).any():
        order = np.argsort(starts, kind="stable")
        starts, roles = starts[order], roles[order]
    if breaks:
        # By how many "\r" a place is further on in the text than in what was lexed.
        lost = np.array(breaks, np.int32) - np.arange(len(breaks), dtype=np.int32)
        starts = starts + np.searchsorted(lost, starts, side="left").astype(np.int32)
    inside = starts < len(text)
    return Runs(np.append(np.int32(0), starts[inside]), np.append(np.uint8(0), roles[inside]))


def _stretches(text: str) -> Iterator[tuple[int, int, bool]]:
    """Long lines, and the whole lines between them."""
    begun = at = 0
    for line in text.split("\n"):
        end = min(len(text), at + len(line) + 1)
        if len(line) > _MAX_LINE:
            if begun < at:
                yield begun, at, False
            yield at, end, True
            begun = end
        at = end
    if begun < len(text):
        yield begun, len(text), False


def _cut(text: str) -> int:
    """How many of these characters are a segment: all, where the text goes no further than one."""
    if len(text) <= _SEGMENT:
        return len(text)
    if fresh := _FRESH.search(text, _SEGMENT):
        return fresh.end()
    return text.find("\n", _SEGMENT) + 1 or len(text)


def _expand(runs: Runs, start: int, end: int) -> NDArray[np.uint8]:
    """One number for each character from `start` to `end` of a segment."""
    first = int(np.searchsorted(runs.starts, start, side="right")) - 1
    last = int(np.searchsorted(runs.starts, end, side="left"))
    edges = np.clip(np.append(runs.starts[first:last], end), start, end)
    return np.repeat(runs.roles[first:last], np.diff(edges))


class _RoleTable(dict[tuple[str, ...], int]):
    """The role of each type of token, filled as they are met."""

    def __missing__(self, kind: tuple[str, ...]) -> int:
        names = (_ROLE_OF_TYPE.get(".".join(kind[:n])) for n in range(len(kind), 0, -1))
        name = next((name for name in names if name), None)
        self[kind] = role = 1 + ROLES.index(name) if name else 0
        return role


_ROLES = _RoleTable()
