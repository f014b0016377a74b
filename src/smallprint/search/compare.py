"""Several studies side by side.

In: studies. Out: a row of each, and a picture of their hypervolume as trials go by. Only studies of one reader, text
and goal can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import DataError, StoreError
from smallprint.search.objectives import best
from smallprint.search.values import Weights

if TYPE_CHECKING:
    from smallprint.search.study import Study

_ALIKE = ("reader", "family", "text", "objectives", "knobs", "rungs")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A study in figures."""

    name: str
    proposer: str
    seed: int
    n_trials: int
    hypervolume: float
    course: tuple[float, ...]
    """Hypervolume after each trial, in the order of their numbers."""
    ratio: float | None
    """Compression of the densest style within the limit, on the search's own excerpts; None where there is none."""
    cer: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def compared(studies: Sequence[tuple[str, Study]]) -> list[Compared]:
    """Raises `DataError` where two studies differ in what their scores mean."""
    first_name, first = studies[0]
    made: list[Compared] = []
    for name, study in studies:
        for key in _ALIKE:
            # A split dealt with another seed is another validation set of the same text: that is what several seeds are for.
            if study.config.get(key) != first.config.get(key):
                raise DataError(
                    f"compare: {first_name} and {name} differ in {key}: {first.config.get(key)!r}, {study.config.get(key)!r}"
                )
        done = [trial for trial in study.trials() if trial.scores]
        course = tuple(study.goal.hypervolume(done[: n + 1]) for n in range(len(done)))
        won = best(done, Weights(**study.config["weights"]))
        made.append(
            Compared(
                name=name,
                proposer=study.config["proposer"],
                seed=study.config["seed"],
                n_trials=len(done),
                hypervolume=course[-1] if course else 0.0,
                course=course,
                ratio=won.scores.compression if won and won.scores else None,
                cer=won.scores.cer if won and won.scores else None,
            )
        )
    return made


def draw(rows: Sequence[Compared], path: Path) -> None:
    """A line for each proposer: the median of its studies, with all of them thin behind it. Raises `StoreError`."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np

    figure, axes = cast(Any, plt).subplots(figsize=(8, 5), layout="constrained")
    names = list(dict.fromkeys(row.proposer for row in rows))
    for at, name in enumerate(names):
        own = [row for row in rows if row.proposer == name]
        for row in own:
            axes.plot(range(1, len(row.course) + 1), row.course, color=f"C{at}", linewidth=0.6, alpha=0.4)
        n = min(len(row.course) for row in own)
        if n:
            median = np.median([row.course[:n] for row in own], axis=0)
            axes.plot(range(1, n + 1), median, color=f"C{at}", linewidth=2, label=f"{name} ({len(own)})")
    axes.set_xlabel("styles tried")
    axes.set_ylabel("hypervolume of the front")
    axes.legend(frameon=False, title="median, studies")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from None
    finally:
        plt.close(figure)
