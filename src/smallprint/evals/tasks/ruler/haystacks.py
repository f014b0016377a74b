"""Text to hide things in, and words to name them with.

In: nothing, or the path of one's own texts. Out: sentences in order, and plain English words. Knows no needles and no tokens.

RULER takes Paul Graham's essays, which nobody may pass on, and the word lists of the package wonderwords. Here it is the novel that ships
with this package (Jane Eyre, public domain), and words of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from smallprint.errors import DataError
from smallprint.evals.tasks import shipped

NOISE = "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again."
"""One line of it. Source as prompts.py, niah.py and variable_tracking.py."""
BOOK = "jane_eyre.txt"

# A mark of the end, what closes behind it, and a beginning after the blank; titles end no sentence.
_END = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)[.!?][\"')\]_]*(?= [\"'(\[_]?[A-Z0-9])")
_WORD = re.compile(r"(?<![\w'-])[a-z]{4,12}(?![\w'-])")
_FEWEST = 2
"""A word that the book has once only may be a slip of its printer."""


def sentences(text: str) -> list[str]:
    """The sentences of a text on one line, in order; joined by blanks they are the text without its line breaks."""
    flat = " ".join(text.split())
    ends = [match.end() for match in _END.finditer(flat)]
    starts = [0, *(end + 1 for end in ends)]
    return [flat[start:end] for start, end in zip(starts, [*ends, len(flat)], strict=True) if start < end]


@cache
def words() -> tuple[str, ...]:
    """Words of the shipped book in alphabetical order: small letters a to z only, 4 to 12 of them, at least twice in the book."""
    times: dict[str, int] = {}
    for word in _WORD.findall(shipped.text(BOOK)):
        times[word] = times.get(word, 0) + 1
    return tuple(sorted(word for word, n in times.items() if n >= _FEWEST))


@dataclass(frozen=True)
class Essays:
    """Running text."""

    text: str
    sentences: tuple[str, ...]
    n_words: tuple[int, ...]
    """Of each sentence."""

    def passage(self, start: int, n_words: int) -> list[str]:
        """So many words from sentence `start` on, the last sentence cut short; from the beginning again where the text ends."""
        taken: list[str] = []
        at = start
        while n_words > 0:
            sentence, length = self.sentences[at], self.n_words[at]
            taken.append(sentence if length <= n_words else " ".join(sentence.split(" ")[:n_words]))
            n_words -= length
            at = (at + 1) % len(self.sentences)
        return taken


def essays(data: str | None) -> Essays:
    """The shipped book, or the texts at a path: a text file, RULER's JSON (``{"text": ...}``), or a folder of such files.

    Raises `DataError` when there is no text at the path.
    """
    return _book() if data is None else _essays(_read(Path(data)), data)


@cache
def _book() -> Essays:
    return _essays(shipped.text(BOOK), BOOK)


def _essays(text: str, name: str) -> Essays:
    found = tuple(sentences(text))
    if not found:
        raise DataError(f"{name}: no text in it")
    return Essays(" ".join(found), found, tuple(sentence.count(" ") + 1 for sentence in found))


def _read(path: Path) -> str:
    if path.is_dir():
        files = sorted(path.glob("*.txt")) or sorted(path.glob("*Essays.json"))
        if not files:
            raise DataError(
                f"{path}: no essays; allowed: a folder with *.txt or PaulGrahamEssays.json, or one such file"
            )
        return "\n\n".join(_read(file) for file in files)
    try:
        text: Any = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            text = json.loads(text)["text"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: no essays ({error}); allowed: a UTF-8 text file, JSON with the key 'text', or a folder of such files"
        ) from error
    if not isinstance(text, str):
        raise DataError(f"{path}: 'text' is {type(text).__name__}; allowed: a string")
    return text
