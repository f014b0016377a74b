"""What there is to tell of a search.

In: trials, space, goal, weights, references. Out: `Findings`: points that can be drawn, the front, the best style, what each trial added.
What is no number is left out here, so that nothing after has to ask. Knows no markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from smallprint.search.objectives import BEST_CER, Goal, best
from smallprint.search.proposers.mix import gains
from smallprint.search.space import Space
from smallprint.search.values import HELD_OUT, Genome, Reference, Scores, Trial, Value, Weights

Chosen: TypeAlias = int | Literal["search"] | None
"""Number of the best style; None where the last choice found none; "search" where there was no last choice: the trial whose style the
reference `HELD_OUT` has, else the densest within the limit."""

MOST_CARDS = 24
"""Of a longer front, as many: a piece of a page has some 20 KB."""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A trial that was measured."""

    trial: Trial
    scores: Scores
    is_front: bool
    gain: float
    """What it added to the hypervolume when its turn came."""

    @property
    def wrong(self) -> float:
        """Character errors as they are drawn: half a mistake where there was none, at least what can be told apart."""
        found = self.scores.cer or 0.5 / (max(0, self.scores.chars) + 1)
        return max(BEST_CER, found)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A knob that two genomes have at different values."""

    knob: str
    before: Value
    after: Value


@dataclass(frozen=True, kw_only=True)
class Findings:
    """A search as its report tells of it."""

    trials: tuple[Trial, ...]
    """By number."""
    space: Space
    goal: Goal
    weights: Weights
    dots: tuple[Dot, ...]
    """By number; stopped ones among them."""
    best: Dot | None
    held_out: Reference | None
    """The best style on other text."""
    references: tuple[Reference, ...]
    """The styles to compare with."""
    proposers: tuple[str, ...]
    """As they first came."""
    _knobs: dict[int, Genome] = field(default_factory=dict[int, Genome], init=False, repr=False, compare=False)

    @cached_property
    def front(self) -> tuple[Dot, ...]:
        """The densest last."""
        return tuple(sorted((dot for dot in self.dots if dot.is_front), key=lambda dot: dot.scores.compression))

    @cached_property
    def cards(self) -> Mapping[int, Dot]:
        """Those of which a page is shown, by number, the densest last: the front, or as many evenly over it, and the best style, which the
        last choice may have found beside the front."""
        n = len(self.front)
        picked = {round(at * (n - 1) / (MOST_CARDS - 1)) for at in range(MOST_CARDS)} if n > MOST_CARDS else range(n)
        found = [dot for at, dot in enumerate(self.front) if at in picked and dot is not self.best]
        if self.best is not None:
            found.append(self.best)
        return {dot.trial.number: dot for dot in sorted(found, key=lambda dot: dot.scores.compression)}

    @property
    def shown(self) -> Dot | None:
        """The best style; where there is none, the most accurate of the front."""
        return self.best or min(self.front, key=lambda dot: dot.wrong, default=None)

    @cached_property
    def by_number(self) -> Mapping[int, Dot]:
        """The measured trials."""
        return {dot.trial.number: dot for dot in self.dots}

    def knobs(self, trial: Trial) -> Genome:
        """Those that have an effect, the missing ones at their default."""
        if trial.number not in self._knobs:
            self._knobs[trial.number] = self.space.active(self.space.repaired(trial.genome)[0])
        return self._knobs[trial.number]

    def changes(self, trial: Trial, start: Trial | None = None) -> list[Change]:
        """From another trial to this one; from the space's default where none is given."""
        before = self.space.active(self.space.default) if start is None else self.knobs(start)
        return [
            Change(knob=name, before=before.get(name, self.space[name].default), after=after)
            for name, after in self.knobs(trial).items()
            if before.get(name, self.space[name].default) != after
        ]


def findings(
    trials: Sequence[Trial],
    space: Space,
    goal: Goal,
    weights: Weights,
    references: Sequence[Reference] = (),
    *,
    chosen: Chosen = "search",
) -> Findings:
    """Trials may be of any state."""
    ordered = tuple(sorted(trials, key=lambda trial: trial.number))
    rows = [(trial, trial.scores) for trial in ordered if trial.scores is not None and is_sound(trial.scores, goal)]
    # What was stopped early was measured on too little to be on the front.
    whole = [trial for trial, scores in rows if scores.complete]
    front = {trial.number for trial in goal.front(whole)}
    gained = [gain for _, gain in gains([trial for trial, _ in rows], goal)]
    dots = tuple(
        Dot(trial=trial, scores=scores, is_front=trial.number in front, gain=gain)
        for (trial, scores), gain in zip(rows, gained, strict=True)
    )
    held_out = next((row for row in references if row.name == HELD_OUT and is_drawable(row)), None)
    if chosen == "search":
        same = (trial.number for trial in whole if held_out is not None and trial.style == held_out.style)
        densest = best(whole, weights)
        chosen = next(same, None if densest is None else densest.number)
    return Findings(
        trials=ordered,
        space=space,
        goal=goal,
        weights=weights,
        dots=dots,
        best=next((dot for dot in dots if dot.trial.number == chosen), None),
        held_out=held_out,
        references=tuple(row for row in references if row.name != HELD_OUT),
        proposers=tuple(dict.fromkeys(trial.proposal.proposer for trial in ordered)),
    )


def is_sound(scores: Scores, goal: Goal) -> bool:
    """Whether all that is drawn and compared are numbers that can be."""
    try:
        held = (scores.compression, scores.cer, *goal.point(scores))
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return all(map(math.isfinite, held)) and scores.compression > 0 and scores.cer >= 0


def is_drawable(row: Reference) -> bool:
    """Whether its figures are numbers that have a place."""
    return math.isfinite(row.compression) and row.compression > 0 and math.isfinite(row.cer)
