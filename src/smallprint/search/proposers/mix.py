"""Several proposers that share one budget: the turns go to whoever moves the front.

In: proposers and the history. Out: proposals of one of them, under its own name. Who is next follows from the history and the seed alone: a
search that is taken up again, and a second worker, decide alike. Knows no space.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from smallprint.errors import DataError
from smallprint.search.objectives import Goal, dominates, hypervolume
from smallprint.search.values import Proposal, Proposer, Trial

FLOOR = 0.2
"""Share of the turns that all proposers have alike: with four of them each gets at least one turn in twenty, so that one whose time comes
late is found. Of this and the three figures below, several values were tried on two made-up landscapes; none was much better."""
HALF_LIFE = 16
"""Trials after which a gain counts half: what moves the front in the beginning is not what moves it in the end."""
KEENNESS = 2
"""Who earns twice as much has four times the chance."""
PRIOR = 1.0
"""Trials that the mean of all counts for."""


class MixProposer:
    """Probability matching: a proposer's chance is its share of the gains for each trial, besides the floor."""

    name = "mix"

    def __init__(self, proposers: Sequence[Proposer], goal: Goal) -> None:
        """Raises `DataError` for none, or for two of one name: gains are booked by name."""
        names = [proposer.name for proposer in proposers]
        if not names or len(set(names)) < len(names):
            raise DataError(f"mix: it needs proposers with names of their own, not {', '.join(names) or 'none'}")
        self.proposers = tuple(proposers)
        self._goal = goal

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        made: list[Proposal] = []
        for proposer in self._order(history, Random(f"mix {seed} {len(history)}")):
            if len(made) >= n:
                break
            said = proposer.propose(history, n - len(made), seed)
            # What two proposers say in one turn is not the same but by chance; the first one has it.
            made += [each for each in said if each.genome not in [other.genome for other in made]]
        return made

    def chances(self, history: Sequence[Trial]) -> dict[str, float]:
        """Of being the next, by name."""
        names = [proposer.name for proposer in self.proposers]
        rates = _rates(history, self._goal)
        known = [rates[name] for name in names if name in rates]
        # Of one that never had a trial, the best is expected.
        hoped = {name: rates.get(name, max(known, default=1.0)) for name in names}
        keen = {name: hoped[name] ** KEENNESS for name in names}
        total = sum(keen.values())
        share = {name: (keen[name] / total if total > 0 else 1 / len(names)) for name in names}
        return {name: FLOOR / len(names) + (1 - FLOOR) * share[name] for name in names}

    def _order(self, history: Sequence[Trial], random: Random) -> list[Proposer]:
        """Who is asked, and who after them where they have nothing to say."""
        had = {trial.proposal.proposer for trial in history}
        ours = sum(trial.proposal.proposer in {each.name for each in self.proposers} for trial in history)
        # Everybody gets a first turn; but one that had it and proposed nothing is not asked for ever.
        first = [each for each in self.proposers if each.name not in had and ours < 4 * len(self.proposers)]
        chances = self.chances(history)
        rest = [each for each in self.proposers if each not in first]
        # The largest of u^(1/w) are a draw without replacement by weights w (Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003).
        rest.sort(key=lambda each: -(random.random() ** (1 / chances[each.name])))
        return first + rest


def earned(history: Sequence[Trial], goal: Goal) -> dict[str, float]:
    """The hypervolume that each proposer's trials added, in the order of their numbers; together they are that of the whole history."""
    total: dict[str, float] = {}
    for name, gain in gains(history, goal):
        total[name] = total.get(name, 0.0) + gain
    return total


def gains(history: Sequence[Trial], goal: Goal) -> list[tuple[str, float]]:
    """Proposer and gain in hypervolume of each done trial, in the order of their numbers."""
    front: list[tuple[float, ...]] = []
    volume = 0.0
    found: list[tuple[str, float]] = []
    for trial in sorted(history, key=lambda trial: trial.number):
        if trial.scores is None:
            continue
        point = goal.point(trial.scores)
        gain = 0.0
        # The volume of the front alone: it is that of all points, and a front is short.
        if all(map(math.isfinite, point)) and not any(other == point or dominates(other, point) for other in front):
            front = [other for other in front if not dominates(point, other)] + [point]
            now = hypervolume(front)
            gain, volume = max(0.0, now - volume), now
        found.append((trial.proposal.proposer, gain))
    return found


def _rates(history: Sequence[Trial], goal: Goal) -> dict[str, float]:
    """Gain for each trial, the latest counted most. Of a proposer that had no turn for long, as much is expected as of all together."""
    sums: dict[str, tuple[float, float]] = {}
    for age, (name, gain) in enumerate(reversed(gains(history, goal))):
        weight = 0.5 ** (age / HALF_LIFE)
        gained, count = sums.get(name, (0.0, 0.0))
        sums[name] = gained + weight * gain, count + weight
    total = [sum(each) for each in zip(*sums.values(), strict=True)]
    mean = total[0] / total[1] if total else 0.0
    return {name: (gained + PRIOR * mean) / (count + PRIOR) for name, (gained, count) in sums.items()}
