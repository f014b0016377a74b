"""Styles at random: what every other proposer has to beat.

In: a space and the history. Out: genomes whose styles nobody tried. Knows no scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from random import Random

from smallprint.search.proposers.unseen import Unseen
from smallprint.search.space import Space
from smallprint.search.values import Proposal, Trial

TRIES = 50
"""Draws for each proposal. Two of the same style are rare but in spaces of a few choices, where nothing new may be left."""


class RandomProposer:
    """Each value of each knob as likely as any other."""

    name = "random"

    def __init__(self, space: Space) -> None:
        self._space = space

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        # The number of trials is part of the seed: a caller whose seed stays the same gets other draws in the next turn.
        random = Random(f"random {seed} {len(history)}")
        unseen = Unseen(self._space, history)
        drawn = (self._space.draw(random) for _ in range(max(n, 0) * TRIES))
        new = (genome for genome in drawn if unseen.takes(genome))
        return [Proposal(genome=genome, proposer=self.name) for genome in islice(new, max(n, 0))]
