"""What the trials have in common: how density and errors go with each knob.

In: the trials of a case. Out: a guess of both for a trial with other knobs, and the changes that should move the front most. The guess is a
straight line for each number and a step for each choice, drawn towards no effect where there is little to go by (ridge regression).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import log10
from typing import Any, cast

from smallprint.search.proposers.case import LEAST_CER, Case, Row

PULL = 0.3
"""Weight of "no effect" against the trials: a choice that half of four trials had is believed by three quarters."""
LEAST = 6
"""Trials below which there is no trend."""
STEPS = (-3, -2, -1, 1, 2, 3)
"""Farther than that, no line is straight."""
_RANGE = 4.0
"""A number's whole range, where a choice has 1: a line is believed sooner than a step, for all trials tell of it."""
_TARGETS, _SINGLES, _PAIRED, _TRIPLED = 10, 6, 10, 7


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A trial with some knobs changed, as it should come out."""

    row: Row
    changes: Mapping[str, Any]
    density: float
    fidelity: float
    gain: float
    """In the front's hypervolume."""

    @property
    def told(self) -> str:
        cer = 10 ** -min(self.fidelity, -log10(LEAST_CER))
        return f"some {2**self.density:.2f}x with {min(cer, 1.0):.2%} wrong"


class Trend:
    """The guesses from `LEAST` trials on; with fewer there are none."""

    def __init__(self, case: Case) -> None:
        self.n_trials = len(case.useful)
        self._case = case
        self._floor = -log10(case.worthless_cer)
        self._front = [(row.density, row.fidelity - self._floor) for row in case.front]
        self._effects = self._fitted() if self.n_trials >= LEAST else {}

    def best(self) -> list[Guess]:
        """Changes of one to three knobs of trials on the front, the largest gain first."""
        found = [guess for row in self._case.targets[:_TARGETS] for guess in self._of(row)] if self._effects else []
        return sorted((guess for guess in found if guess.gain > 0), key=lambda guess: -guess.gain)

    def guess(self, row: Row, changes: Mapping[str, Any]) -> Guess:
        density, fidelity = row.density, row.fidelity
        for name, value in changes.items():
            for moved, at in ((1.0, value), (-1.0, row.knobs[name])):
                key, share = self._feature(name, at)
                effect = self._effects.get(key, (0.0, 0.0))
                density, fidelity = density + moved * share * effect[0], fidelity + moved * share * effect[1]
        gain = self._gain(density, min(fidelity, -log10(LEAST_CER)) - self._floor)
        return Guess(row=row, changes=changes, density=density, fidelity=fidelity, gain=gain)

    def _gain(self, density: float, above: float) -> float:
        """The part of a point's rectangle that is over the steps of the front."""
        if density <= 0 or above <= 0:
            return 0.0
        taken, left = 0.0, 0.0
        for step, height in self._front:
            right = min(step, density)
            taken += max(0.0, right - left) * min(height, above)
            left = max(left, right)
        return density * above - taken

    def _of(self, row: Row) -> Iterator[Guess]:
        singles = [self.guess(row, change) for change in self._changes(row)]
        singles.sort(key=lambda guess: -guess.gain)
        yield from singles[:_SINGLES]
        # What goes well together need not gain anything alone: a loss of one kind pays for a gain of the other.
        singles.sort(key=lambda guess: -(guess.density + guess.fidelity))
        for n, most in ((2, _PAIRED), (3, _TRIPLED)):
            for together in combinations(singles[:most], n):
                changes = {name: value for guess in together for name, value in guess.changes.items()}
                if len(changes) == n:
                    yield self.guess(row, changes)

    def _changes(self, row: Row) -> Iterator[dict[str, Any]]:
        knobs = self._case.knobs
        for name in knobs.active(row.knobs):
            values = knobs.choices(name) or [knobs.plus(name, row.knobs[name], n) for n in STEPS]
            yield from ({name: value} for value in dict.fromkeys(values) if value != row.knobs[name])

    def _fitted(self) -> dict[str, tuple[float, float]]:
        """By feature: what one of it adds to density and to fidelity."""
        import numpy as np

        rows = [dict(self._feature(name, row.knobs[name]) for name in self._case.knobs) for row in self._case.useful]
        names = sorted({name for row in rows for name in row})
        x = np.array([[row.get(name, 0.0) for name in names] for row in rows])
        y = np.array([[row.density, row.fidelity] for row in self._case.useful])
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
        weights = cast(Any, np.linalg.solve(x.T @ x + PULL * np.eye(len(names)), x.T @ y))
        return {
            name: (float(density), float(fidelity)) for name, (density, fidelity) in zip(names, weights, strict=True)
        }

    def _feature(self, name: str, value: Any) -> tuple[str, float]:
        knobs = self._case.knobs
        return (name, knobs.share(name, value) * _RANGE) if knobs.is_number(name) else (f"{name}={value}", 1.0)
