"""Where a text may be cut so that counting the parts counts the whole.

In: a text of any length. Out: parts of a bounded length. Knows no vocabulary, only what the word patterns of current tokenizers have in
common.

A byte-pair tokenizer first splits a text into pieces by a pattern and merges inside a piece only. The patterns of Qwen, GLM, cl100k, o200k,
DeepSeek and tekken are of one kind: a run of letters, a short run of digits, a run of punctuation, white space, each maybe with one
character before it or line ends after it. For all of them a piece ends

- after a letter or digit that is followed by white space or by one of ``, . ; : ! ?`` or their Chinese forms (not an apostrophe, which
  may go on), and
- after a line feed that is followed by a letter.

No alternative looks behind itself, and the only look ahead, ``\\s+(?!\\S)``, tells white space from the rest, so both sides of such a cut
are split as they were. Runs without such a place are cut at `MAX_CHARS` anyway, since tiktoken overflows its stack on a million blanks
(PanicException, tiktoken 0.14); such a cut moves a count by a few tokens (`TOKENS_PER_CUT`), and the caller is told of each.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARS = 65_536
"""tiktoken 0.14 takes a piece of this length in about 15 ms; the time for a piece grows a little faster than its length."""

_CUT = re.compile(r"[^\W_](?=[ \t\r\n,.;:!?，。、；：！？])|\n(?=[^\W\d_])")
_NEAR = 4_096
"""Ordinary text has a cut within this many characters; the rest of a part is searched only when it has none there."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_LONG_RUN = 32
_END_OF_MARKS = 0x1E960
"""The last combining mark of Unicode 14 (Python 3.11) is U+1E94A."""


TOKENS_PER_CUT = 3
"""The most that a cut inside a piece moved a count, over 6,000 random texts and seven tokenizers (2026-11-20)."""

MAX_CHARS_WITHOUT_PATTERN = 1 << 20
"""For tokenizers whose pieces nobody has looked at: few cuts, a second of work each."""


class Stretch(NamedTuple):
    text: str
    at_boundary: bool
    """False when the part ends inside a piece."""
    is_last: bool


def parts(text: str, max_chars: int = MAX_CHARS) -> Iterator[Stretch]:
    """The text in parts of at most `max_chars` characters, each as long as can be."""
    start, n = 0, len(text)
    while n - start > max_chars:
        end = start + max_chars
        cut = _last_cut(text, max(start, end - _NEAR), end) or _last_cut(text, start, end)
        yield Stretch(text[start : cut or end], cut is not None, False)
        start = cut or end
    if start < n:
        yield Stretch(text[start:], True, True)


def _last_cut(text: str, start: int, end: int) -> int | None:
    """The last place in (start, end) where a piece surely ends.

    A tokenizer built with another Unicode version may see another class in a character that is new: only letters and digits of Unicode 3.2,
    which Python carries, are trusted.
    """
    cuts = [match.end() for match in _CUT.finditer(text, start, end)]
    old = unicodedata.ucd_3_2_0
    for cut in reversed(cuts):
        before, after = text[cut - 1], text[cut]
        if old.category(after if before == "\n" else before)[0] in "LN":
            return cut
    return None


def well_formed(text: str) -> str:
    """The text with every lone surrogate replaced by U+FFFD, as tiktoken does; two halves of one character are joined first."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def nfc(text: str) -> str:
    """NFC in linear time.

    `unicodedata.normalize` sorts a run of combining marks by insertion, so a run of n takes n squared steps. Long runs are put in order
    first, by a stable sort on the same key, and are then left as they stand.
    """
    if text.isascii():
        return text
    # Most texts have few marks, and a look at each character's class takes a hundredth of the pattern's time.
    if _n_marks(text) >= _LONG_RUN:
        text = _mark_runs().sub(_sorted_marks, text)
    return unicodedata.normalize("NFC", text)


def _sorted_marks(match: re.Match[str]) -> str:
    return "".join(sorted(match[0], key=unicodedata.combining))


def _n_marks(text: str) -> int:
    """How many combining marks a text has."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    is_mark = np.zeros(_END_OF_MARKS, bool)
    is_mark[list(_marks())] = True
    return int(is_mark[codes[codes < _END_OF_MARKS]].sum())


@cache
def _marks() -> tuple[int, ...]:
    """Code points of combining marks, read off Python's own Unicode table."""
    return tuple(code for code in range(0x300, _END_OF_MARKS) if unicodedata.combining(chr(code)))


@cache
def _mark_runs() -> re.Pattern[str]:
    return re.compile(f"[{''.join(map(chr, _marks()))}]{{{_LONG_RUN},}}")
