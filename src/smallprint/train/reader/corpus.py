"""The texts that pages are made of.

In: the `[[text]]` tables of a recipe and a root folder. Out: passages drawn at random, by the recipe's shares. Files are text, or SQuAD's
JSON, plain or gzipped; `python:stdlib` is the standard library of the interpreter at hand.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from smallprint.errors import DataError
from smallprint.train.reader import strings
from smallprint.train.reader.files import read_text
from smallprint.train.reader.typography import typeset

STDLIB = "python:stdlib"
GENERATED, GENERATED_HAN = "generated", "generated:han"
MADE_UP: dict[str, Callable[[Random, int], str]] = {
    GENERATED: strings.unguessable,
    GENERATED_HAN: strings.unguessable_han,
}
"""Texts that are made up as they are asked for, from a random number generator and a length."""
_FAR = 400
"""A text without a space for so long has no words to begin at."""


@dataclass(frozen=True, kw_only=True)
class TextShare:
    """A part of the training text."""

    name: str
    share: float
    files: str
    """A glob below the root, `python:stdlib`, `generated`, or `generated:han` for Chinese characters at random."""
    exclude: tuple[str, ...] = ()
    """Names of files that are held out, as globs."""
    leave_last: int = 0
    """Paragraphs at the end of each SQuAD file that are held out."""
    inserts: float = 0.0
    """Share of passages with strings at random between their words."""
    typeset: float = 0.0
    """Share of passages with the quotes and dashes of print in place of a typewriter's."""


@dataclass(frozen=True)
class Corpus:
    """Texts in memory, by share."""

    shares: tuple[TextShare, ...]
    texts: tuple[tuple[str, ...], ...] = field(repr=False)

    @property
    def n_chars(self) -> dict[str, int]:
        return {share.name: sum(map(len, texts)) for share, texts in zip(self.shares, self.texts, strict=True)}

    @property
    def sha256(self) -> str:
        """Over all texts."""
        digest = hashlib.sha256()
        for texts in self.texts:
            for text in texts:
                digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def passage(self, random: Random, n_chars: int) -> str:
        """Some `n_chars` characters from one text, from the beginning of a word on."""
        (at,) = random.choices(range(len(self.shares)), [share.share for share in self.shares])
        share = self.shares[at]
        if make := MADE_UP.get(share.files):
            return make(random, n_chars)
        texts = self.texts[at]
        (text,) = random.choices(texts, [len(text) for text in texts])
        start = random.randrange(max(1, len(text) - n_chars))
        space = text.find(" ", start, start + _FAR) if start else -1
        start = space + 1 if space >= 0 else start
        passage = text[start : start + n_chars]
        if random.random() < share.typeset:
            passage = typeset(random, passage)
        return strings.with_inserts(random, passage) if random.random() < share.inserts else passage


def load_corpus(shares: tuple[TextShare, ...], root: Path) -> Corpus:
    """Raises `DataError` where a share has no file, or a file cannot be read."""
    return Corpus(shares, tuple(_texts(share, root) for share in shares))


def _texts(share: TextShare, root: Path) -> tuple[str, ...]:
    if share.files in MADE_UP:
        return ()
    here, files = (Path(sysconfig.get_path("stdlib")), "*.py") if share.files == STDLIB else (root, share.files)
    paths = [
        path
        for path in sorted(here.glob(files))
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in share.exclude)
    ]
    texts = tuple(text for path in paths for text in (_read(path, share.leave_last),) if text)
    if not texts:
        raise DataError(f"text {share.name!r}: no file matches {share.files!r} below {root}")
    return texts


def _read(path: Path, leave_last: int) -> str:
    text = read_text(path)
    try:
        return _paragraphs(text, leave_last) if ".json" in path.suffixes else text
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: {error}") from error


def _paragraphs(text: str, leave_last: int) -> str:
    contexts = [paragraph["context"] for article in json.loads(text)["data"] for paragraph in article["paragraphs"]]
    return "\n".join(contexts[: max(0, len(contexts) - leave_last)])
