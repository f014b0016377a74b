"""Means with intervals.

In: scores of items. Out: a mean and its 95% interval. Draws are seeded: the same scores give the same interval.

Items are drawn anew with replacement (the percentile bootstrap, Efron 1979). Where all items of a task have the same score of 0 or 1 there
is nothing to draw from, and five right answers of five are no proof of a hundred: the mean is then drawn from Jeffreys' posterior,
Beta(k + 1/2, n - k + 1/2) (Brown, Cai and DasGupta 2001, doi:10.1214/ss/1009213286).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 4000
LEVEL = 0.95
_Z = 1.96
_ROWS = 500
"""Resamples that are drawn at a time: a thousand items take 4 MB."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over n values and its 95% interval; none where nothing tells how far it may be off."""

    mean: float
    low: float | None
    high: float | None
    n: int

    def to_json(self) -> dict[str, object]:
        return {"mean": self.mean, "interval": None if self.low is None else [self.low, self.high], "n": self.n}


def mean_of(values: Sequence[float]) -> Mean:
    """Of scores from 0 to 1. Raises `ValueError` without values."""
    return stratified_mean([values])


def stratified_mean(groups: Sequence[Sequence[float]], *, are_scores: bool = True) -> Mean:
    """The mean of the groups' means, each group drawn by itself. With `are_scores` values lie from 0 to 1; differences of scores do not.

    Raises `ValueError` for an empty group, or none.
    """
    import numpy as np

    if not groups or not all(groups):
        raise ValueError("groups: there are none, or one is empty")
    draw = np.random.default_rng(0)
    n = sum(len(group) for group in groups)
    mean = sum(sum(group) / len(group) for group in groups) / len(groups)
    drawn = [_means(np.asarray(group, np.float64), draw, are_scores=are_scores) for group in groups]
    known = [means for means in drawn if means is not None]
    if len(known) < len(drawn):
        return Mean(mean, None, None, n)
    if len(groups) > 1:
        # Jeffreys' posterior leans towards the middle, a little for each task: of many tasks the sum would lean by as much.
        known = [means - means.mean() + sum(group) / len(group) for means, group in zip(known, groups, strict=True)]
    total = np.clip(np.mean(known, axis=0), 0 if are_scores else -1, 1)
    low, high = (float(cast(Any, np.quantile(total, at))) for at in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    if low == high:
        return Mean(mean, None, None, n)
    return Mean(mean, min(mean, low), max(mean, high), n)


def ratio_interval(parts: Sequence[float], wholes: Sequence[float]) -> tuple[float, float]:
    """The 95% interval of a ratio of sums, such as the errors of pages over their characters: pairs are drawn anew with replacement, and it
    is at least as wide as chance makes the sum of the parts alone (Poisson's, by Byar's approximation: Breslow and Day 1987, ISBN
    978-92-832-0182-3, page 69), since a few pages do not show how far pages differ.

    Raises `ValueError` without values.
    """
    import numpy as np

    over, under = np.asarray(parts, np.float64), np.asarray(wholes, np.float64)
    if not len(over) or len(over) != len(under):
        raise ValueError("parts and wholes: there are none, or not as many of either")
    drawn = np.random.default_rng(0).integers(0, len(over), (RESAMPLES, len(over)))
    ratios = over[drawn].sum(1) / np.maximum(1, under[drawn].sum(1))
    low, high = (float(cast(Any, np.quantile(ratios, at))) for at in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    count, total = float(over.sum()), max(1.0, float(under.sum()))
    fewest = 0.0 if count < 1 else count * max(0.0, 1 - 1 / (9 * count) - _Z / (3 * count**0.5)) ** 3
    most = (count + 1) * (1 - 1 / (9 * (count + 1)) + _Z / (3 * (count + 1) ** 0.5)) ** 3
    return min(low, fewest / total), min(1.0, max(high, most / total))


def _means(values: NDArray[np.float64], draw: np.random.Generator, *, are_scores: bool) -> NDArray[np.float64] | None:
    """Draws of the mean (RESAMPLES,); None where the values say nothing of how far it may be off."""
    import numpy as np

    n = len(values)
    if (values == values[0]).all():
        if are_scores and values[0] in (0, 1):
            right = n * values[0]
            return draw.beta(right + 0.5, n - right + 0.5, RESAMPLES)
        # Of one value nothing is known; many that are alike are taken for what they are.
        return None if n < 2 else np.full(RESAMPLES, values[0])
    means = [values[draw.integers(0, n, (min(_ROWS, RESAMPLES - at), n))].mean(1) for at in range(0, RESAMPLES, _ROWS)]
    return np.concatenate(means)
