"""Seconds beyond the longest length that was measured.

In: lengths and seconds. Out: a curve a + b n + c n^2 with no negative part, fitted to relative errors. It knows nothing of models, only
that a pass is some fixed cost, some cost a token and some cost a pair of tokens; what is read off it is an extrapolation and marked as
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, kw_only=True)
class Curve:
    """a + b n + c n^2."""

    fixed: float
    linear: float
    square: float
    error: float
    """The largest relative error at the points it was fitted to."""

    def at(self, n: float) -> float:
        return self.fixed + self.linear * n + self.square * n * n


def fit(lengths: Sequence[float], seconds: Sequence[float], *, square: bool = True) -> Curve | None:
    """The curve that is nearest in relative terms; None below three points."""
    import numpy as np

    if len(lengths) < 3 or len(set(lengths)) < 3:
        return None
    scale = float(max(lengths))
    n = np.asarray(lengths, dtype=np.float64) / scale
    t = np.asarray(seconds, dtype=np.float64)
    columns = [np.ones_like(n), n, n * n] if square else [np.ones_like(n), n]
    best: tuple[float, tuple[int, ...], list[float]] | None = None
    # With three terms all subsets can be tried; the best without a negative coefficient is the least-squares solution under that condition.
    for size in range(1, len(columns) + 1):
        for chosen in combinations(range(len(columns)), size):
            left = np.stack([columns[at] / t for at in chosen], axis=1)
            found = np.linalg.lstsq(left, np.ones_like(t), rcond=None)[0]
            if (found < 0).any():
                continue
            loss = float(((left @ found - 1) ** 2).sum())
            if best is None or loss < best[0]:
                best = loss, chosen, [float(each) for each in found]
    if best is None:
        return None
    parts = dict(zip(best[1], best[2], strict=True))
    made = Curve(
        fixed=parts.get(0, 0.0),
        linear=parts.get(1, 0.0) / scale,
        square=parts.get(2, 0.0) / scale**2,
        error=0.0,
    )
    error = max(abs(made.at(length) / second - 1) for length, second in zip(lengths, seconds, strict=True))
    return Curve(fixed=made.fixed, linear=made.linear, square=made.square, error=error)


def crossing(lengths: Sequence[float], values: Sequence[float], level: float = 1.0) -> tuple[float | None, bool]:
    """(the smallest length from which `values` stay above `level`, whether it is only an upper bound).

    Interpolated over the logarithm of the length. (None, False) where the last value is not above.
    """
    import math

    if not values or values[-1] <= level:
        return None, False
    at = len(values) - 1
    while at > 0 and values[at - 1] > level:
        at -= 1
    if at == 0:
        return float(lengths[0]), True
    (x0, x1), (y0, y1) = lengths[at - 1 : at + 1], values[at - 1 : at + 1]
    share = (level - y0) / (y1 - y0)
    return math.exp(math.log(x0) + share * (math.log(x1) - math.log(x0))), False
