"""The last choice: the few best styles on excerpts that the search did not read, and what is reported on others that no choice has seen.

In: a study's trials. Out: the winner, and rows for the report. A style that was lucky in the search is found out here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.search.values import Scores, Trial, Weights

if TYPE_CHECKING:
    from smallprint.render import Style
    from smallprint.search.space import Space

MOST_FINALISTS = 10
BEST, PAPER, FLOW = "best", "glyph-en", "flow"
"""The winner, the configuration that the Glyph paper found, and our own preset."""


@dataclass(frozen=True, kw_only=True)
class Finalist:
    """A style in the final choice."""

    trial: int
    scores: Scores
    """Of the finals' excerpts alone: those of the search chose it."""

    def to_json(self) -> dict[str, Any]:
        return {"trial": self.trial, "scores": self.scores.to_json()}


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a style is read on text that no choice has seen."""

    name: str
    style: Style
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "style": self.style.to_glyph(),
            "digest": self.style.digest,
            **{key: value for key, value in self.scores.to_json().items() if key not in ("rung", "complete")},
        }


def finalists(trials: Sequence[Trial], weights: Weights) -> list[Trial]:
    """The densest complete trials that may be within the limit: their interval reaches it."""
    may = [
        trial
        for trial in trials
        if trial.scores and trial.scores.complete and trial.scores.cer_interval[0] <= weights.max_cer
    ]
    may.sort(key=lambda trial: -(trial.scores.compression if trial.scores else 0.0))
    return may[:MOST_FINALISTS]


def play(
    trials: Sequence[Trial],
    space: Space,
    measure: Callable[[Style], Scores],
    weights: Weights,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Finalist]:
    """Measures the finalists' styles on the finals' excerpts, the densest first, up to the first that keeps the limit for
    certain: the others are less dense."""
    chosen = finalists(trials, weights)
    played: list[Finalist] = []
    for done, trial in enumerate(chosen):
        if progress:
            progress(done, len(chosen))
        found = measure(space.style(trial.genome))
        played.append(Finalist(trial=trial.number, scores=found))
        if _keeps(found, weights):
            break
    return played


def winner(played: Sequence[Finalist], weights: Weights) -> Finalist | None:
    """The densest whose interval keeps the limit; where there is none, the densest that was within it; None where none was."""
    fit = [each for each in played if _keeps(each.scores, weights)]
    fit = fit or [each for each in played if each.scores.cer <= weights.max_cer]
    return max(fit, key=lambda each: each.scores.compression, default=None)


def _keeps(scores: Scores, weights: Weights) -> bool:
    """On other text too, as far as can be told: of the styles at the limit every other one is beyond it."""
    return scores.cer_interval[1] <= weights.max_cer


def rows(styles: Sequence[tuple[str, Style]], measure: Callable[[Style], Scores]) -> list[Row]:
    """Each style on held-out excerpts."""
    return [Row(name=name, style=style, scores=measure(style)) for name, style in styles]
