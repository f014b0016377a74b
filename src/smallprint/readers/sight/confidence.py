"""How likely each character is right, and none is missing beside it.

In: the characters of a page and what its slots hold. Out: a probability each. What the network says of itself is too sure; how much is
left over in the slots between two letters, how sure their neighbours are and which letter it is tell more. A small perceptron, fitted to
pages of which the text is known (`train/reader/calibrate.py`), weighs them; it travels with the weights of the network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import SPACE, classes_of
from smallprint.readers.sight.decode import Characters, narrow

METADATA = "confidence"
"""Under this name it stands in a model's metadata."""
ALIKE = "Il|1i!"
N_LETTERS = 97
"""Letters that are told apart: those of ASCII; all others count as one."""
N_FEATURES = 26
_LEAST = 1e-6
_FAINTEST = 1e-4
_FAR_PX = 12.0


@dataclass(frozen=True, eq=False)
class Confidence:
    """A perceptron of one hidden layer of n numbers: `letters` (N_LETTERS, n), `weights` (F, n), `bias` (n,), `out` (n,), `offset`."""

    letters: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]
    offset: float
    sure: float
    """From this probability on, a character is sure; below it, doubtful."""

    def __call__(self, found: Characters) -> NDArray[np.float32]:
        """Probabilities (n,)."""
        return self.of(features(found), letter(found))

    def of(self, features: NDArray[np.float32], letter: NDArray[np.int64]) -> NDArray[np.float32]:
        """The same from `features` (n, F) and `letter` (n,)."""
        inner = np.tanh(features @ self.weights + self.letters[letter] + self.bias)
        return (1 / (1 + np.exp(-(inner @ self.out + np.float32(self.offset))))).astype(np.float32)

    def to_json(self) -> str:
        return json.dumps(
            {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}
        )

    @classmethod
    def from_json(cls, text: str) -> Confidence:
        """What `to_json` wrote. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        values = json.loads(text)
        if len(values["weights"]) != N_FEATURES:
            raise ValueError(f"{len(values['weights'])} features, not {N_FEATURES}")
        arrays = {name: np.array(values[name], np.float32) for name in ("letters", "weights", "bias", "out")}
        return cls(**arrays, offset=float(values["offset"]), sure=float(values["sure"]))


def letter(found: Characters) -> NDArray[np.int64]:
    """Rows of `Confidence.letters` (n,)."""
    return np.minimum(found.label, N_LETTERS - 1)


def features(found: Characters) -> NDArray[np.float32]:
    """What tells a right character from a wrong one (n, F)."""
    held, certainty, row, column = found.held, found.certainty, found.row, found.column
    n, n_columns = len(row), held.shape[1]
    edge = np.pad(held, ((0, 0), (1, 1)))
    left_over = edge.copy()
    left_over[row, column + 1] = 0
    above_or_below = np.pad(found.presence, ((1, 1), (0, 0)))
    torn = np.maximum(above_or_below[row, column], above_or_below[row + 2, column])
    follows = np.zeros(n, bool)
    follows[1:] = row[1:] == row[:-1]
    place, total = row * n_columns + column, np.cumsum(held, dtype=np.float64)
    before = np.where(follows, np.roll(place, 1), np.maximum(place - 3, 0))
    gap_left = total[np.maximum(place - 1, before)] - total[before]
    followed = np.roll(follows, -1)
    after = np.where(followed, np.roll(place, -1), np.minimum(place + 3, held.size - 1))
    gap_right = total[np.maximum(after - 1, place)] - total[place]
    sure, seen = _logit(certainty[row, column]), _logit(held[row, column])
    step = np.log(np.clip(np.where(followed, np.roll(found.x_px, -1) - found.x_px, _FAR_PX), 1, _FAR_PX))
    return np.stack(
        [
            sure,
            seen,
            *(_next_to(values, follows, shift) for values in (sure, seen) for shift in (1, -1)),
            np.minimum(sure, 3),
            np.minimum(seen, 3),
            np.minimum(sure, 6),
            np.minimum(seen, 6),
            _log(left_over[row, column + 2]),
            _log(left_over[row, column]),
            _log(gap_right),
            _log(gap_left),
            _log(gap_left + gap_right),
            _log(torn),
            step,
            np.where(follows, np.roll(step, 1), np.log(_FAR_PX)),
            np.log(np.clip(found.confidence, _LEAST, 1)),
            np.isin(found.label, narrow()),
            found.label == SPACE,
            np.isin(found.label, _alike()),
            # A page, or a line, that is hard to read is so for each of its letters.
            np.full(n, np.minimum(sure, 6).mean() if n else 0.0),
            np.full(n, np.minimum(seen, 6).mean() if n else 0.0),
            _mean_of_line(np.minimum(sure, 6), row),
            _mean_of_line(np.minimum(seen, 6), row),
        ],
        axis=1,
    ).astype(np.float32)


def _mean_of_line(values: NDArray[np.float32], row: NDArray[np.int64]) -> NDArray[np.float64]:
    which = np.unique(row, return_inverse=True)[1]
    return (np.bincount(which, values) / np.maximum(np.bincount(which), 1))[which] if len(row) else np.zeros(0)


def _next_to(values: NDArray[np.float32], follows: NDArray[np.bool_], shift: int) -> NDArray[np.float32]:
    """The values of the characters before (1) or after (-1) in the line; where there is none, its own."""
    there = follows if shift == 1 else np.roll(follows, -1)
    return np.where(there, np.roll(values, shift), values)


def _logit(chance: NDArray[np.floating]) -> NDArray[np.float32]:
    kept = np.clip(chance, _LEAST, 1 - _LEAST)
    return np.log(kept / (1 - kept)).astype(np.float32)


def _log(held: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.log(np.clip(held, _FAINTEST, 1)).astype(np.float32)


@cache
def _alike() -> NDArray[np.int16]:
    return classes_of(ALIKE)
