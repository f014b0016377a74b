"""Optuna's samplers as proposers: NSGA-II and the tree-structured Parzen estimator.

In: a space, a goal and the history. Out: genomes as the sampler draws them. The whole history is put into a study in memory, whoever
proposed its trials; so the samplers hold no state, and a search that is taken up again goes on alike. Needs the extra `search`.
"""

from __future__ import annotations

import logging
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

from smallprint.search.distributions import distributions, need_optuna
from smallprint.search.objectives import DEFAULT, Goal
from smallprint.search.proposers.unseen import Unseen
from smallprint.search.space import Space
from smallprint.search.values import Genome, Proposal, Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.study import Study

TRIES = 8
"""So often is the sampler asked again for a style that was tried, or that cannot be drawn; then as many neighbours of its last one are
tried, for a sampler that has settled says the same again and again."""
START = 10
"""Trials before TPE learns from them: Optuna's own number."""
PARENTS = 8
"""Trials before they have children: the presets that a search begins with, and as many at random. Of the presets alone, children are too
much alike; a whole population of random ones takes a third of a budget of 60."""


class _Sampled(ABC):
    """A proposer around a sampler."""

    name: str

    def __init__(self, space: Space, goal: Goal) -> None:
        """Raises `DataError` where Optuna is not installed."""
        need_optuna()
        self._space = space
        self._goal = goal
        self._distributions = _Shared(distributions(space))

    @abstractmethod
    def _sampler(self, seed: int) -> BaseSampler: ...

    def _parents(self, sampler: BaseSampler, genome: Genome, numbers: Sequence[int]) -> tuple[int, ...]:
        """Numbers of the trials that a genome was made from; none where the sampler learns from all of them."""
        return ()

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        if n < 1:
            return []
        random = Random(f"{self.name} {seed} {len(history)}")
        with warnings.catch_warnings():
            # Before its version 5, Optuna warns of options that it calls experimental.
            warnings.simplefilter("ignore")
            sampler = self._sampler(random.getrandbits(31))
        study, numbers = self._study(history, sampler)
        unseen = Unseen(self._space, history)
        made: list[Proposal] = []
        for _ in range(n):
            for genome in self._drawn(study, random):
                if unseen.takes(genome):
                    parents = self._parents(sampler, genome, numbers)
                    made.append(Proposal(genome=genome, proposer=self.name, kind="sample", parents=parents))
                    break
        return made

    def _drawn(self, study: Study, random: Random) -> Iterator[Genome]:
        """What the sampler says, then neighbours of the last it said."""
        genome: Genome = {}
        for _ in range(TRIES):
            genome = self._space.repaired(study.ask(self._distributions).params)[0]
            yield genome
        for _ in range(TRIES):
            genome = self._space.mutated(genome, random, 1)
            yield genome

    def _study(self, history: Sequence[Trial], sampler: BaseSampler) -> tuple[Study, list[int]]:
        """The shadow of the history, and the number of the trial in each of its places."""
        from optuna import create_study
        from optuna.study import StudyDirection
        from optuna.trial import TrialState, create_trial

        with _quiet("optuna.storages._in_memory"):
            study = create_study(directions=[StudyDirection.MAXIMIZE] * len(self._goal.names), sampler=sampler)
        values = worth(history, self._goal)
        for trial in history:
            done = trial.number in values
            # TPE keeps away from what is running, for it will be known soon; and so it does from what failed.
            state = TrialState.COMPLETE if done else TrialState.RUNNING
            shadow = create_trial(state=state, values=values.get(trial.number))
            shadow.params, shadow.distributions = dict(self._space.repaired(trial.genome)[0]), self._distributions
            study.add_trial(shadow)
        return study, [trial.number for trial in history]


class NsgaProposer(_Sampled):
    """The best trials of the history are crossed and mutated."""

    name = "nsga2"

    def __init__(self, space: Space, goal: Goal, population: int = 20) -> None:
        super().__init__(space, goal)
        self._population = population

    def _sampler(self, seed: int) -> BaseSampler:
        from smallprint.search.proposers.steady import SteadyNsga

        least = min(PARENTS, self._population)
        return SteadyNsga(population=self._population, least=least, space=self._distributions, seed=seed)

    def _parents(self, sampler: BaseSampler, genome: Genome, numbers: Sequence[int]) -> tuple[int, ...]:
        """Those of the two that gave it something that the other has not; one of them where they are alike in all that it has."""
        from smallprint.search.proposers.steady import SteadyNsga

        if not isinstance(sampler, SteadyNsga) or len(sampler.mated) != 2:
            return ()
        one, other = sampler.mated
        first, second = _shared(one.params, genome), _shared(other.params, genome)
        gave = [each for each, knobs in ((one, first - second), (other, second - first)) if knobs]
        return tuple(numbers[each.number] for each in gave or [one])


class TpeProposer(_Sampled):
    """Draws where good trials are dense and bad ones are not, all knobs together."""

    name = "tpe"

    def _sampler(self, seed: int) -> BaseSampler:
        from optuna.samplers import TPESampler

        return TPESampler(n_startup_trials=START, multivariate=True, constant_liar=True, seed=seed)


@contextmanager
def _quiet(name: str) -> Generator[None, None, None]:
    """Without a line in the log for each turn, about a study that nobody can open."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def worth(history: Sequence[Trial], goal: Goal) -> dict[int, tuple[float, ...]]:
    """Number of each done trial -> its point, as samplers are told of it.

    What is misread beyond use, or takes more tokens than text, is worth nothing in the hypervolume, but may lie on the front: the densest
    styles always do. Here it comes behind all others, the worse the farther, and so it has no children while there is anything better.
    """
    points = {trial.number: goal.point(trial.scores) for trial in history if trial.scores is not None}
    points = {number: point for number, point in points.items() if all(map(math.isfinite, point))}
    lowest = [min(0.0, *values) for values in zip(*points.values(), strict=True)]
    lacks = {
        number: sum(max(0.0, -value) for name, value in zip(goal.names, point, strict=True) if name in DEFAULT)
        for number, point in points.items()
    }
    return {
        number: tuple(low - lacks[number] for low in lowest) if lacks[number] else point
        for number, point in points.items()
    }


class _Shared(dict[str, "BaseDistribution"]):
    """Distributions, which Optuna copies with each trial that is put into a study; nothing changes them, and the copies are most of the
    time that it takes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Shared:
        return self


def _shared(params: Mapping[str, Any], genome: Genome) -> set[str]:
    return {name for name, value in params.items() if genome[name] == value}
