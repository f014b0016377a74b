"""In which slot a character counts that lies between two.

In: targets of crops, and what the network makes of their slots. Out: classes, in which each character stands in its own slot or in the
one beside it, whichever the network has rather chosen. A letter on the border of two slots can be in either, as pixels go; to ask for one
of them teaches only doubt. Alignment by the likeliest path is an old step of training for speech (Viterbi training); here a character may
move by one slot at most, and the farther it lies from the border, the surer the network must be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smallprint.train.reader.targets import EMPTY, Targets

NEAR_COLUMN = 0.2
"""From this distance of the slot's middle on, in slots, a character may count in the slot beside its own."""
NEAR_ROW = 0.35
"""The same for the lines of rows."""


def settle(targets: Targets, presence: NDArray[np.float32]) -> NDArray[np.int16]:
    """Classes (B, R, S) for targets (B, R, S), by the logits of presence (B, R, S)."""
    return _along_lines(*_between_rows(targets, presence), presence)


def _odds(distance: NDArray[np.floating] | float) -> NDArray[np.floating]:
    """Logarithm of the odds that a character so far from the middle of its slot counts in the next: even on the border."""
    return np.log(np.abs(distance) / (1 - np.abs(distance)))


def _between_rows(targets: Targets, presence: NDArray[np.float32]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Classes and places in slots, with whole lines moved to the row beside."""
    classes, x = targets.classes.copy(), targets.x.copy()
    held = targets.classes != EMPTY
    full = held.any(2)
    height = np.where(full, (targets.y * held).sum(2) / np.maximum(held.sum(2), 1), 0)
    n_rows = classes.shape[1]
    for page, row in np.argwhere(np.abs(height) > NEAR_ROW).tolist():
        other = row + (1 if height[page, row] > 0 else -1)
        if not 0 <= other < n_rows or (classes[page, other] != EMPTY).any():
            continue
        at = held[page, row]
        gain = (presence[page, other, at] - presence[page, row, at]).mean() + _odds(height[page, row])
        if gain > 0:
            for plane, empty in ((classes, EMPTY), (x, 0)):
                plane[page, other], plane[page, row] = plane[page, row].copy(), empty
    return classes, x


def _along_lines(
    classes: NDArray[np.int16], x: NDArray[np.float32], presence: NDArray[np.float32]
) -> NDArray[np.int16]:
    """Classes with characters moved to the slot beside, in order and each in a slot of its own: the likeliest path."""
    n_columns = classes.shape[2]
    flat, logit = classes.reshape(-1, n_columns), presence.reshape(-1, n_columns)
    line, column = np.nonzero(flat != EMPTY)
    if not len(line):
        return classes
    lines, which, count = np.unique(line, return_inverse=True, return_counts=True)
    k = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    shift = x.reshape(-1, n_columns)[line, column]
    beside = column + np.sign(shift).astype(np.int64)
    may = (np.abs(shift) > NEAR_COLUMN) & (beside >= 0) & (beside < n_columns)
    safe = np.where(may, shift, 0.5)
    gain = np.where(may, logit[line, np.where(may, beside, 0)] - logit[line, column] + _odds(safe), -np.inf)
    # Of each character of each line, its two places and what they are worth; lines that have ended keep what they have.
    n_lines, n_steps = len(lines), int(count.max())
    places = np.full((2, n_steps, n_lines), -1)
    worth = np.zeros((2, n_steps, n_lines))
    places[0, k, which], places[1, k, which], worth[1, k, which] = column, beside, gain
    came = np.zeros((2, n_steps, n_lines), np.int64)
    score = worth[:, 0]
    for step in range(1, n_steps):
        before, here = places[:, step - 1], places[:, step]
        ended = here[0] < 0
        options = np.where(before[:, None] < here[None], score[:, None], -np.inf)
        came[:, step] = np.where(ended, [[0], [1]], options.argmax(0))
        score = np.where(ended, score, options.max(0) + worth[:, step])
    chosen = np.zeros((n_steps, n_lines), np.int64)
    chosen[-1] = score.argmax(0)
    each = np.arange(n_lines)
    for step in range(n_steps - 1, 0, -1):
        chosen[step - 1] = came[chosen[step], step, each]
    made = np.full_like(flat, EMPTY)
    made[line, places[chosen[k, which], k, which]] = flat[line, column]
    return made.reshape(classes.shape)
