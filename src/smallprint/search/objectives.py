"""What a search is for: objectives, the front, and the area under it.

In: trials. Out: points, which are the better the larger, the trials that no other one beats, and the hypervolume.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from smallprint.search.values import Scores, Trial, Weights

WORST_CER = 0.1
"""A page of which more is misread is worth nothing: accuracy counts from here."""
BEST_CER = 1e-4
"""Fewer mistakes than this are not told apart: a validation set has some 100,000 characters."""
WORST_USD, BEST_USD = 1000.0, 1e-3
"""For a million characters: as text they cost about a dollar (250,000 tokens at $5 a million)."""
WORST_S, BEST_S = 1000.0, 1e-3
"""To read a page."""


def compression(scores: Scores) -> float:
    """In doublings: 0 for as many visual tokens as text tokens."""
    return math.log2(max(scores.compression, 1e-6))


def fidelity(scores: Scores) -> float:
    """In powers of ten of character errors below `WORST_CER`: 1 is 1% wrong, 2 is 0.1%. Half a mistake is added, so that none in a short
    text is not better than one in a long one."""
    cer = (scores.errors + 0.5) / (scores.chars + 1)
    return math.log10(WORST_CER / max(cer, BEST_CER))


def thrift(scores: Scores) -> float:
    """In powers of ten of dollars for a million characters read, below `WORST_USD`; none where the price is not known."""
    if scores.usd is None:
        return 0.0
    return math.log10(WORST_USD / max(scores.usd / max(1, scores.chars) * 1e6, BEST_USD))


def quickness(scores: Scores) -> float:
    """In powers of ten of seconds a page, below `WORST_S`."""
    return math.log10(WORST_S / max(scores.seconds_a_page, BEST_S))


def _accuracy(value: Callable[[Scores], float | None]) -> Callable[[Scores], float]:
    return lambda scores: -1.0 if (found := value(scores)) is None else found


OBJECTIVES: Mapping[str, Callable[[Scores], float]] = {
    "compression": compression,
    "fidelity": fidelity,
    "exact": _accuracy(lambda scores: scores.exact),
    "task": _accuracy(lambda scores: scores.task),
    "judge": _accuracy(lambda scores: scores.judge),
    "dollars": thrift,
    "latency": quickness,
}
"""Name -> what is to be made large."""
DEFAULT = ("compression", "fidelity")


@dataclass(frozen=True, kw_only=True)
class Goal:
    """The objectives of a search, in order."""

    names: tuple[str, ...] = DEFAULT

    def point(self, scores: Scores) -> tuple[float, ...]:
        """One number for each objective, the larger the better."""
        return tuple(OBJECTIVES[name](scores) for name in self.names)

    def front(self, trials: Sequence[Trial]) -> list[Trial]:
        """The done trials that no other one beats in every objective, by compression, the densest last."""
        rows = [(self.point(trial.scores), trial) for trial in trials if trial.scores is not None]
        kept = [
            trial
            for at, (point, trial) in enumerate(rows)
            if not any(
                dominates(other, point) or (other == point and before < at)
                for before, (other, _) in enumerate(rows)
                if before != at
            )
        ]
        return sorted(kept, key=lambda trial: trial.scores.compression if trial.scores else 0.0)

    def hypervolume(self, trials: Sequence[Trial]) -> float:
        """Of the part of the space above zero in every objective that the trials beat."""
        return hypervolume([self.point(trial.scores) for trial in trials if trial.scores is not None])


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """No worse in anything, and better in something."""
    return all(a >= b for a, b in zip(one, other, strict=True)) and any(a > b for a, b in zip(one, other, strict=True))


def hypervolume(points: Sequence[Sequence[float]]) -> float:
    """Volume between zero and the points, all to be made large; exact, by slices along the last axis. A point that is not above zero in
    every axis adds nothing."""
    above = [tuple(point) for point in points if all(value > 0 for value in point)]
    if not above:
        return 0.0
    if len(above[0]) == 1:
        return max(point[0] for point in above)
    total, below = 0.0, 0.0
    for level in sorted({point[-1] for point in above}):
        total += (level - below) * hypervolume([point[:-1] for point in above if point[-1] >= level])
        below = level
    return total


def scalar(scores: Scores, weights: Weights) -> float:
    """alpha x accuracy + beta x compression; accuracy is 1 less the character errors."""
    return weights.alpha * (1 - scores.cer) + weights.beta * scores.compression


def best(trials: Sequence[Trial], weights: Weights) -> Trial | None:
    """The densest of the completely measured trials whose character errors are at most `max_cer`; None where there is none."""
    fit = [trial for trial in trials if trial.scores and trial.scores.complete and trial.scores.cer <= weights.max_cer]
    return max(fit, key=lambda trial: trial.scores.compression if trial.scores else 0.0, default=None)
