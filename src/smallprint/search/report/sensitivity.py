"""How much the objectives move with each knob.

In: findings. Out: for each knob, the share of an objective's variance that a small model puts down to it, and the rank correlation of the
two. The share is half of what the model's squared error grows by when the knob's values are shuffled among the trials (Breiman 2001,
doi:10.1023/A:1010933404324): where knobs are drawn independently that is Sobol's total effect (Jansen 1999,
doi:10.1016/S0010-4655(98)00154-4).

The model is a ridge regression on each number and its square and on each choice, fitted on four fifths of the trials and asked about the
rest, in turn. What it cannot explain of trials that it was not fitted on, it says nothing of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from smallprint.search.objectives import compression, fidelity
from smallprint.search.space import Knob

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.search.report.findings import Findings
    from smallprint.search.values import Scores, Value

    Array: TypeAlias = NDArray[np.float64]

LEAST_TRIALS = 25
"""With five in each fold; the model has some 30 columns."""
LEAST_EXPLAINED = 0.1
"""Of the variance: a model that explains less has nothing to tell."""
OBJECTIVES: Mapping[str, Callable[[Scores], float]] = {"compression": compression, "fidelity": fidelity}
_FOLDS, _SHUFFLES = 5, 10
_RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""On standardized columns; the one with the least error on trials that are left out, one at a time, is taken."""


@dataclass(frozen=True, kw_only=True)
class Influence:
    """What one knob does to the objectives, in their order."""

    knob: Knob
    share: tuple[float | None, ...]
    """Of the variance; None where the model explains too little."""
    rank: tuple[float | None, ...]
    """Spearman's; None for choices and where nothing varies."""

    @property
    def total(self) -> float:
        return sum(each or 0.0 for each in self.share)


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Of all knobs, those that matter most first."""

    n: int
    """Trials."""
    explained: tuple[float | None, ...]
    """Share of each objective's variance over trials that the model was not fitted on; None where there are too few, or nothing varies."""
    influences: tuple[Influence, ...]


def sensitivity(found: Findings) -> Sensitivity:
    """Over all trials that were measured, those that were stopped early too."""
    import numpy as np

    rows = [found.knobs(dot.trial) for dot in found.dots]
    knobs = found.space.knobs
    names = list(OBJECTIVES)
    columns = {knob.name: _columns(knob, [row.get(knob.name) for row in rows]) for knob in knobs}
    targets = [np.array([OBJECTIVES[name](dot.scores) for dot in found.dots], np.float64) for name in names]
    told = [_told(columns, target) for target in targets]
    influences = [
        Influence(
            knob=knob,
            share=tuple(shares.get(knob.name) for _, shares in told),
            rank=tuple(_rank(knob, [row.get(knob.name) for row in rows], target) for target in targets),
        )
        for knob in knobs
    ]
    return Sensitivity(
        n=len(rows),
        explained=tuple(explained for explained, _ in told),
        influences=tuple(sorted(influences, key=lambda each: -each.total)),
    )


def _columns(knob: Knob, values: Sequence[Value | None]) -> Array:
    """(N, C), each column with mean 0 and deviation 1 over the trials where the knob has an effect, 0 elsewhere."""
    import numpy as np

    is_there = np.array([value is not None for value in values], bool)
    if knob.choices:
        made = np.array([[float(value == choice) for choice in knob.choices] for value in values], np.float64)
    else:
        middle, half = (knob.low + knob.high) / 2, max(knob.high - knob.low, knob.step) / 2
        level = np.array([(float(value or 0) - middle) / half for value in values], np.float64)
        made = np.stack([level, level**2], axis=1)
    made = made.reshape(len(values), -1)
    if not is_there.any():
        return np.zeros((len(values), 0))
    mean, deviation = made[is_there].mean(axis=0), made[is_there].std(axis=0)
    varies = deviation > 1e-9
    made = (made[:, varies] - mean[varies]) / deviation[varies]
    made[~is_there] = 0
    return made


def _told(columns: Mapping[str, Array], target: Array) -> tuple[float | None, Mapping[str, float]]:
    """What a model explains of the variance, and each knob's share of it."""
    import numpy as np

    n, spread = len(target), float(((target - target.mean()) ** 2).sum()) if len(target) else 0.0
    if n < LEAST_TRIALS or spread < 1e-12:
        return None, {}
    draw = np.random.default_rng(0)
    fold = draw.permutation(n) % _FOLDS
    whole = np.concatenate(list(columns.values()), axis=1)
    models = [_fit(whole[fold != at], target[fold != at]) for at in range(_FOLDS)]

    def explained(held: Array) -> float:
        missed = sum(
            float(((target[fold == at] - mean - held[fold == at] @ weights) ** 2).sum())
            for at, (mean, weights) in enumerate(models)
        )
        return 1 - missed / spread

    before = explained(whole)
    if before < LEAST_EXPLAINED:
        return before, {}
    shares: dict[str, float] = {}
    start = 0
    for name, part in columns.items():
        end = start + part.shape[1]
        after: list[float] = []
        for _ in range(_SHUFFLES if end > start else 0):
            mixed = whole.copy()
            mixed[:, start:end] = part[draw.permutation(n)]
            after.append(explained(mixed))
        shares[name] = max(0.0, before - sum(after) / len(after)) / 2 if after else 0.0
        start = end
    return before, shares


def _fit(columns: Array, target: Array) -> tuple[float, Array]:
    """(mean, weights) of a ridge regression."""
    import numpy as np

    mean = float(target.mean())
    sizes, turn = np.linalg.eigh(columns.T @ columns)
    turned = columns @ turn
    pulled = turned.T @ (target - mean)
    best: tuple[float, Array] | None = None
    for ridge in _RIDGES:
        scale = 1 / (sizes.clip(0) + ridge)
        # What each trial would be missed by if the model had not seen it.
        missed = (target - mean - turned @ (scale * pulled)) / (1 - 1 / len(target) - turned**2 @ scale).clip(1e-6)
        error = float((missed**2).mean())
        if best is None or error < best[0]:
            best = (error, turn @ (scale * pulled))
    assert best is not None
    return mean, best[1]


def _rank(knob: Knob, values: Sequence[Value | None], target: Array) -> float | None:
    import numpy as np

    pairs = [(float(value), target[at]) for at, value in enumerate(values) if value is not None and not knob.choices]
    if len(pairs) < 3:
        return None
    ranks = [_ranks(np.array(side, np.float64)) for side in zip(*pairs, strict=True)]
    one, other = (each - each.mean() for each in ranks)
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size > 0 else None


def _ranks(values: Array) -> Array:
    """Equal values share the mean of their places."""
    import numpy as np

    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[which]
