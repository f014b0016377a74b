"""Means with intervals.

In: scores of items. Out: a mean and its bootstrap interval. Draws are seeded: the same scores give the same interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 4000
LEVEL = 0.95
_ROWS = 500
"""Resamples that are drawn at a time: a thousand items take 4 MB."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over n values and the interval that it lies in with a probability of 95%; no interval of less than two values."""

    mean: float
    low: float | None
    high: float | None
    n: int

    def to_json(self) -> dict[str, object]:
        return {"mean": self.mean, "interval": None if self.low is None else [self.low, self.high], "n": self.n}


def mean_of(values: Sequence[float]) -> Mean:
    """The percentile bootstrap (Efron 1979) over items. Raises `ValueError` without values."""
    import numpy as np

    if not values:
        raise ValueError("values: there are none")
    held = np.asarray(values, np.float64)
    mean = float(held.mean())
    if len(held) < 2:
        return Mean(mean, None, None, len(held))
    draw = np.random.default_rng(0)
    means = np.concatenate(
        [
            held[draw.integers(0, len(held), (min(_ROWS, RESAMPLES - at), len(held)))].mean(1)
            for at in range(0, RESAMPLES, _ROWS)
        ]
    )
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Mean(mean, float(low), float(high), len(held))


def stratified_mean(groups: Sequence[Sequence[float]]) -> Mean:
    """The mean of the groups' means, each group resampled by itself. Raises `ValueError` for an empty group, or none."""
    import numpy as np

    if not groups or not all(groups):
        raise ValueError("groups: there are none, or one is empty")
    draw = np.random.default_rng(0)
    total = np.zeros(RESAMPLES)
    for group in groups:
        held = np.asarray(group, np.float64)
        for at in range(0, RESAMPLES, _ROWS):
            picked = draw.integers(0, len(held), (min(_ROWS, RESAMPLES - at), len(held)))
            total[at : at + len(picked)] += held[picked].mean(1)
    mean = sum(sum(group) / len(group) for group in groups) / len(groups)
    if max(len(group) for group in groups) < 2:
        return Mean(mean, None, None, len(groups))
    low, high = np.quantile(total / len(groups), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Mean(mean, float(low), float(high), sum(len(group) for group in groups))
