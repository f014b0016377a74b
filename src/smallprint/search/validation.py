"""The texts that styles are tried on: the user's own, cut into excerpts and dealt to what they are for.

In: a source. Out: a `ValidationSet`: excerpts for the search, others for the final choice, others that are only for the report and that no
choice ever sees, and strings at random that must be read back exactly. Knows no style and no reader.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from smallprint.context.exact import exact_strings
from smallprint.context.fit import is_plain
from smallprint.errors import DataError
from smallprint.render.source import printable

if TYPE_CHECKING:
    from smallprint.render import Source

EXCERPT_CHARS = 3000
LEAST_CHARS = 9000
"""A third of so little is a page."""
SHARES = (0.5, 0.2, 0.3)
"""Of the excerpts: for the search, for the final choice, for the report."""
MOST = (64, 64, 64)
"""As many of each at most: more would tell no more than they cost."""
LAYOUT_CHARS = 300_000
"""So much of the text is laid out to know its compression."""
STRINGS, STRING_LINES = 8, 24
"""Excerpts of strings at random, and lines of each."""
_CJK_SHARE = 0.2
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_GAP = re.compile(r"\n\s*\n|\n")


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some text that is drawn and read back by itself."""

    id: str
    kind: str
    """prose, code, cjk; or strings, which count as exact strings alone."""
    text: str
    exact: tuple[str, ...]
    """What of it must be read without a mistake: hashes, numbers, names of files and the like."""


@dataclass(frozen=True, kw_only=True)
class ValidationSet:
    """Excerpts by what they are for; in each part the kinds come in turn, so that the first few have them all."""

    name: str
    sha256: str
    """Of the text."""
    n_chars: int
    layout: str
    """The text that compression is measured on."""
    search: tuple[Excerpt, ...]
    final: tuple[Excerpt, ...]
    held_out: tuple[Excerpt, ...]
    strings: tuple[Excerpt, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the excerpts of the search, the most frequent first."""
        kinds = [excerpt.kind for excerpt in self.search]
        return tuple(sorted(dict.fromkeys(kinds), key=lambda kind: -kinds.count(kind)))

    def to_json(self) -> dict[str, Any]:
        """What tells it from another one."""
        return {"name": self.name, "sha256": self.sha256, "n_chars": self.n_chars, "kinds": list(self.kinds)}


def validation_of(source: Source, *, seed: int) -> ValidationSet:
    """Deals the excerpts of a source; the same for the same text and seed.

    Raises `DataError` where there is too little text.
    """
    text = source.text
    pieces = [text[start:end] for start, end in _spans(text)]
    pieces = [piece for piece in pieces if len(piece.strip()) >= EXCERPT_CHARS // 4]
    if len(text.strip()) < LEAST_CHARS or len(pieces) < 3:
        raise DataError(
            f"{source.name}: {len(text):,} characters are too few to search on; give at least {LEAST_CHARS:,}"
        )
    random = Random(f"{seed}/validation")
    numbered = list(enumerate(pieces))
    random.shuffle(numbered)
    first = min(max(1, round(SHARES[0] * len(numbered))), len(numbered) - 2)
    second = min(max(1, round(SHARES[1] * len(numbered))), len(numbered) - first - 1)
    parts = numbered[:first], numbered[first : first + second], numbered[first + second :]
    # Of a large text only some pieces are looked at.
    search, final, held_out = (_dealt(part[: 4 * most], most) for part, most in zip(parts, MOST, strict=True))
    start = random.randrange(max(1, len(text) - LAYOUT_CHARS))
    return ValidationSet(
        name=printable(source.name),
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        n_chars=len(text),
        layout=text[start : start + LAYOUT_CHARS],
        search=search,
        final=final,
        held_out=held_out,
        strings=tuple(_strings(random, at) for at in range(STRINGS)),
    )


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of about `EXCERPT_CHARS`, cut at blank lines where there are some, else at line ends, else anywhere."""
    start = 0
    while start < len(text):
        end = start + EXCERPT_CHARS
        if end < len(text):
            gaps = list(_GAP.finditer(text, start + EXCERPT_CHARS * 2 // 3, start + EXCERPT_CHARS * 3 // 2))
            blank = [gap for gap in gaps if gap.group().count("\n") > 1]
            if gaps:
                end = min(blank or gaps, key=lambda gap: abs(gap.end() - end)).end()
        yield start, min(end, len(text))
        start = end


def _dealt(part: list[tuple[int, str]], most: int) -> tuple[Excerpt, ...]:
    kinds = [(number, text, _kind(text)) for number, text in part]
    return tuple(
        Excerpt(id=str(number), kind=kind, text=text, exact=_exact(text))
        for number, text, kind in _in_turn(kinds)[:most]
    )


def _kind(text: str) -> str:
    if len(_CJK.findall(text)) > _CJK_SHARE * len(text):
        return "cjk"
    return "prose" if is_plain(text) else "code"


def _exact(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.text for each in exact_strings(text)))


def _in_turn(pieces: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """With the kinds, which come last, spread evenly: each has at any point about the share that it has in all."""
    total = Counter(kind for _, _, kind in pieces)
    seen: Counter[str] = Counter()
    at: list[tuple[float, int]] = []
    for place, (_, _, kind) in enumerate(pieces):
        at.append(((seen[kind] + 0.5) / total[kind], place))
        seen[kind] += 1
    return [pieces[place] for _, place in sorted(at)]


def _strings(random: Random, number: int) -> Excerpt:
    """Lines such as "ref 17: 5f0c..." that nobody can guess."""
    values: list[str] = []
    for _ in range(STRING_LINES):
        kind = random.randrange(4)
        if kind == 0:
            values.append(f"{random.getrandbits(48):012x}")
        elif kind == 1:
            digits = f"{random.getrandbits(128):032x}"
            values.append("-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])))
        elif kind == 2:
            values.append(str(random.randrange(10**7, 10**10)))
        else:
            values.append("".join(random.choices(string.ascii_letters + string.digits, k=random.randint(8, 14))))
    lines = [f"ref {random.randrange(100, 1000)}: {value}" for value in values]
    return Excerpt(id=f"strings {number}", kind="strings", text="\n".join(lines), exact=tuple(values))
