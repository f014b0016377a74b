"""NSGA-II in a steady state: every trial so far is a possible parent, whoever proposed it.

In: a study of Optuna's. Out: values for its next trial, and the two trials that they came from. Knows no styles. Imports Optuna, so that
it is imported where it is needed alone.

Optuna counts generations by marks that its own sampler left on trials; trials of other proposers have none, and would never become parents.
"""

from __future__ import annotations

from random import Random
from typing import Any

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import NSGAIISampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from smallprint.search.objectives import dominates

LOCAL = 0.7
"""Share of the mutations of a number that move it by one to three steps; the others draw it anew."""


class SteadyNsga(NSGAIISampler):
    """The best `population` trials are the last generation, at any time."""

    def __init__(self, *, population: int, least: int, space: dict[str, BaseDistribution], seed: int) -> None:
        """Below `least` finished trials it draws at random."""
        super().__init__(population_size=population, seed=seed)
        self._least = least
        self._space = {name: each for name, each in space.items() if not each.single()}
        self._random = Random(f"steady {seed}")
        self.mated: list[FrozenTrial] = []
        """The parents of the latest child."""

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._space

    def get_trial_generation(self, study: Study, trial: FrozenTrial) -> int:
        return 1

    def get_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        """Two parents, by two tournaments; none where there are too few trials."""
        self.mated = []
        if generation == 0 or len(self.get_population(study, 0)) < self._least:
            return []
        elite = self.select_parent(study, generation)
        while elite and len(self.mated) < 2:
            left = [each for each in elite if each not in self.mated]
            one, other = self._random.choice(left), self._random.choice(left)
            self.mated.append(one if dominates(one.values, other.values) else other)
        return self.mated

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A knob to be mutated: Optuna leaves it out of the child."""
        each = param_distribution
        if not self.mated or not isinstance(each, FloatDistribution | IntDistribution) or each.single():
            return super().sample_independent(study, trial, param_name, each)
        if self._random.random() >= LOCAL:
            return super().sample_independent(study, trial, param_name, each)
        step = each.step or (each.high - each.low) / 20
        steps = self._random.choice((-3, -2, -1, -1, 1, 1, 2, 3))
        moved = self._random.choice(self.mated).params[param_name] + steps * step
        return type(each.low)(min(max(moved, each.low), each.high))
