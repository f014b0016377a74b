"""Letters of Latin, Greek and Cyrillic that are drawn alike, told apart by the letters around them.

In: text as it was read. Out: text of the same length, in which the letters of a word belong to one script where they can. Pixels cannot
tell an A from an А or an Α; a word has letters of one script nearly always. Nor can they tell the cedilla of Turkish from the comma of
Romanian; a text has one of them.
"""

from __future__ import annotations

import re
from collections import Counter

_ALIKE = (
    "AАΑ", "BВΒ", "EЕΕ", "HНΗ", "IІΙ", "KКΚ", "MМΜ", "N Ν", "OОΟ", "PРΡ", "CС ", "TТΤ", "XХΧ", "Y Υ", "Z Ζ", "JЈ ", "SЅ ",
    "aа ", "cс ", "eе ", "oоο", "pр ", "xх ", "yу ", "iі ", "jј ", "sѕ ", "v ν", "ó ό", "ëё ", "ïї ", "ËЁ ", "ÏЇΪ",
)  # fmt: skip
"""Latin, Cyrillic, Greek; a space where a script has none."""

_CEDILLA, _COMMA = "şŞţŢ", "șȘțȚ"
FEW = 1 / 3
"""Share of the letters with a cedilla or a comma under which those of one kind are the other kind misread."""

_LATIN, _CYRILLIC, _GREEK = range(3)
_OTHERS: dict[str, str] = {letter: letters for letters in _ALIKE for letter in letters if letter != " "}
_WORD = re.compile(r"[^\W\d_]+")


def _script(letter: str) -> int:
    if "\u0370" <= letter <= "\u03ff":
        return _GREEK
    return _CYRILLIC if "\u0400" <= letter <= "\u04ff" else _LATIN


def one_script(text: str) -> str:
    """`text` with each word in the script of those of its letters that look like no other script's; where it has none, in that of its
    line."""
    if not any(_script(letter) != _LATIN for letter in set(text) if letter.isalpha()):
        return text
    return "".join(_line(line) for line in re.split(r"(?<=\n)", text))


def one_hook(text: str) -> str:
    """`text` with all its letters with a cedilla or a comma below of one kind, where nearly all of them are."""
    cedillas, commas = (sum(map(text.count, letters)) for letters in (_CEDILLA, _COMMA))
    if not cedillas or not commas:
        return text
    if cedillas < FEW * (cedillas + commas):
        return text.translate(str.maketrans(_CEDILLA, _COMMA))
    if commas < FEW * (cedillas + commas):
        return text.translate(str.maketrans(_COMMA, _CEDILLA))
    return text


def _line(line: str) -> str:
    counts = Counter(_script(letter) for letter in line if letter.isalpha() and letter not in _OTHERS)
    (usual, _), *_ = counts.most_common(1) or [(_LATIN, 0)]
    return _WORD.sub(lambda word: _word(word.group(), usual), line)


def _word(word: str, usual: int) -> str:
    counts = Counter(_script(letter) for letter in word if letter not in _OTHERS)
    ((script, _), *_) = counts.most_common(1) or [(usual, 0)]
    return "".join(_as(letter, script) for letter in word)


def _as(letter: str, script: int) -> str:
    alike = _OTHERS.get(letter)
    return alike[script] if alike and alike[script] != " " else letter
