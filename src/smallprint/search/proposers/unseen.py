"""Which styles are new.

In: a space, the history, genomes one after the other. Out: whether each stands for a style that can be drawn and that nobody tried. Knows
no proposer.
"""

from __future__ import annotations

from collections.abc import Sequence

from smallprint.errors import StyleError
from smallprint.search.space import Space
from smallprint.search.values import Genome, Trial


class Unseen:
    """Grows with what is taken. Genomes that differ in knobs without effect are one style."""

    def __init__(self, space: Space, history: Sequence[Trial]) -> None:
        self._space = space
        self._seen = {trial.style: f"trial {trial.number}" for trial in history}

    def first(self, genome: Genome) -> str:
        """Where the style was seen before, empty where it is new; then it is seen now. Raises `StyleError`."""
        style = self._space.style(genome).digest
        before = self._seen.get(style, "")
        self._seen.setdefault(style, "an earlier proposal")
        return before

    def takes(self, genome: Genome) -> bool:
        """Whether it can be drawn and is new."""
        try:
            return not self.first(genome)
        except StyleError:
            return False
