"""A training of letters, as one frozen value read from TOML.

In: a recipe file. Out: a `LetterRecipe`. Unknown keys are errors.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smallprint.errors import DataError
from smallprint.readers.sight.alphabet import ALPHABET
from smallprint.train.reader.corpus import TextShare
from smallprint.train.reader.model import Shape
from smallprint.train.reader.recipe import Schedule, from_table, read_tables

LETTERS = "".join(char for char in ALPHABET if " " <= char < "\u0100") + "–—‘’“”„…•†€™→↵"
"""ASCII, Latin-1, the quotes and dashes of print, and the mark for a newline."""


@dataclass(frozen=True, kw_only=True)
class LetterCheck:
    """Held-out text that is read now and then during the training."""

    name: str
    file: str
    """Below the root, or `generated`."""
    pages: int = 4


@dataclass(frozen=True, kw_only=True)
class LetterRecipe:
    """See the top of this file."""

    name: str
    seed: int = 1
    threads: int = 1
    style: str
    """The preset or style file whose letters it begins with, and whose advances and lines it keeps."""
    face: str
    """Name of the face that it makes."""
    letters: str = LETTERS
    learn: bool = True
    """False leaves the letters as they are: the same training for comparison."""
    letter_rate: float = 2e-2
    """Of Adam, for the logits of pixels."""
    spread: float = 0.5
    """Standard deviation of what is added to the first logits, so that letters that look alike can part."""
    noise: float = 0.04
    """Standard deviation of the noise on each pixel, in shares of full ink."""
    rare: float = 0.12
    """Share of pages of letters at random, each as likely as any other."""
    side_px: int = 192
    """Of a page of the training: a multiple of `token_px`."""
    token_px: int = 32
    shape: Shape
    schedule: Schedule
    text: tuple[TextShare, ...]
    check: tuple[LetterCheck, ...] = ()

    def __post_init__(self) -> None:
        if self.side_px % self.token_px:
            raise DataError(f"side_px: {self.side_px} is not a multiple of token_px = {self.token_px}")
        if len(set(self.letters)) != len(self.letters) or not set(self.letters) <= set(ALPHABET):
            raise DataError("letters: each must be in the reader's alphabet, and be given once")
        if self.schedule.parts != 1:
            raise DataError("schedule: letters are learned by one process: give parts = 1")

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def load_letter_recipe(path: Path, *, seed: int | None = None, steps: int | None = None) -> LetterRecipe:
    """`seed` and `steps` stand in for the file's.

    Raises `DataError` for a file that cannot be read, or a key or a type that is not allowed.
    """
    tables = {"shape": Shape, "schedule": Schedule}
    keys = read_tables(path, tables, {"text": TextShare, "check": LetterCheck}, seed=seed, steps=steps)
    return from_table(path, "recipe", LetterRecipe, keys)
