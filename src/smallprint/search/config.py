"""What a search is asked to do.

In: the command line, or a caller. Out: a frozen `SearchConfig`, saved with the study: a study goes on only with the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError
from smallprint.search.evaluate import RUNGS
from smallprint.search.objectives import DEFAULT, OBJECTIVES, Goal
from smallprint.search.values import Weights

if TYPE_CHECKING:
    from smallprint.search.space import Level, Space
    from smallprint.search.validation import ValidationSet

SCHEMA = "smallprint.search/1"
FREE = frozenset({"evaluations", "max_tokens", "max_usd", "analyst", "batch"})
"""What may differ when a study is gone on with."""


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """Raises `DataError` for a value that is not allowed."""

    reader: str
    evaluations: int = 100
    seed: int = 0
    proposer: str = "mix"
    analyst: str = "rules"
    """Who writes the critiques: a model by the registry's name, or the rules that stand in for one."""
    objectives: tuple[str, ...] = DEFAULT
    weights: Weights = field(default_factory=Weights)
    level: Level = "core"
    fonts: tuple[str, ...] = ()
    rungs: tuple[int, ...] = RUNGS
    batch: int = 1
    """Proposals that are asked for at a time: fewer prompts to an analyst, and less for each to go by."""
    max_tokens: int | None = None
    """Tokens that the reader may be sent and may answer, in all."""
    max_usd: float | None = None

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise DataError(f"evaluations: {self.evaluations} is not allowed; give at least 1")
        if len(set(self.objectives)) < max(2, len(self.objectives)) or set(self.objectives) - set(OBJECTIVES):
            raise DataError(
                f"objectives: {', '.join(self.objectives)} is not allowed; give two or more of {', '.join(OBJECTIVES)}"
            )
        if list(self.rungs) != sorted(set(self.rungs)) or not self.rungs or self.rungs[0] < 1:
            raise DataError(f"rungs: {self.rungs} is not allowed; give rising numbers of excerpts")
        if self.batch < 1:
            raise DataError(f"batch: {self.batch} is not allowed; give at least 1")
        for name, value in (("max_tokens", self.max_tokens), ("max_usd", self.max_usd)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise DataError(f"{name}: {value} is not allowed; give a number above 0")
        if not all(math.isfinite(value) for value in (self.weights.alpha, self.weights.beta)):
            raise DataError(f"alpha, beta: {self.weights.alpha}, {self.weights.beta} is not allowed; give numbers")
        if not 0 < self.weights.max_cer < 1:
            raise DataError(f"max_cer: {self.weights.max_cer} is not allowed; give a share between 0 and 1")

    @property
    def goal(self) -> Goal:
        return Goal(names=self.objectives)

    def to_json(self, space: Space, validation: ValidationSet) -> Mapping[str, Any]:
        """All that decides what the scores mean, and the budget."""
        made = asdict(self)
        return {
            "schema": SCHEMA,
            **made,
            "family": space.family,
            "kinds": list(space.kinds),
            "knobs": {knob.name: knob.to_json() for knob in space.knobs},
            "text": validation.to_json(),
        }
