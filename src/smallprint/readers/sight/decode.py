"""From slots to lines of text.

In: for each slot of a page how likely it holds a character, and which. Out: characters with their places, line by line. Where a character
lies between two slots, each of them has a part of it: so characters are counted, not slots. The k-th character of a cluster stands where
the running sum of what its slots hold passes k less `ENOUGH`. Two wide letters cannot stand in neighbouring slots: the likelier stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import classes_of

FAINT = 0.04
"""What a slot must hold to belong to a cluster."""
NARROW = "iljtfrI1!|.,:;'`\"()[]{}/\\- ‘’“”·íìîïł"
"""Letters so narrow that the middles of two may be less than 4 px apart, in the smallest print that is read."""
ENOUGH, ENOUGH_FINE = 0.6, 0.45
"""A character counts where its slots hold 0.4 of it. Of 0.5, 0.55, 0.6 and 0.65, 0.55 and 0.6 read prose and code best (LOG.md). In slots
of a pixel fewer characters lie between two, and what is faint is more often nothing: there it takes 0.55 of one."""
_FINE_COLUMN_PX = 1.5
SHARED_ROW = 1.3
"""Two rows whose slots hold less than this together show one line that lies between them."""


@dataclass(frozen=True, eq=False)
class Characters:
    """Characters in reading order; arrays of the same length."""

    row: NDArray[np.int64]
    """Row of slots."""
    column: NDArray[np.int64]
    """Column of slots."""
    x_px: NDArray[np.float32]
    """Where the character's middle lies."""
    label: NDArray[np.int64]
    confidence: NDArray[np.float32]
    """What the network says of it: too sure (see `confidence.py`)."""
    presence: NDArray[np.float32] = field(repr=False)
    """Of the page, (R, S): what the network sees in its slots."""
    held: NDArray[np.float32] = field(repr=False)
    """The same with lines that lie between two rows gathered in one of them, and without what is faint."""
    certainty: NDArray[np.float32] = field(repr=False)


def characters(
    presence: NDArray[np.float32], label: NDArray[np.integer], certainty: NDArray[np.float32], column_px: float
) -> Characters:
    """Of a page: `presence` (R, S) in 0..1, `label` (R, S), and `certainty` (R, S), how likely the label is right; slots are `column_px`
    wide."""
    held, label, certainty = _joined_rows(presence, label, certainty)
    held = np.where(held > FAINT, held, 0)
    # A cluster begins behind an empty slot; sums start anew in each, so that small shortfalls do not add up along a line.
    flat = held.ravel()
    filled = flat > 0
    starts = filled.copy()
    starts[1:] &= ~filled[:-1]
    starts.reshape(held.shape)[:, 0] = held[:, 0] > 0
    total = np.cumsum(flat, dtype=np.float64)
    first = np.flatnonzero(starts)
    cluster = np.cumsum(starts) - 1
    before = np.concatenate([[0.0], total])[first]
    within = np.where(filled, total - before[cluster], 0.0) if len(first) else np.zeros_like(total)
    count = np.floor(within + (ENOUGH if column_px > _FINE_COLUMN_PX else ENOUGH_FINE))
    earlier = np.where(starts | ~filled, 0.0, np.concatenate([[0.0], count[:-1]]))
    at = np.flatnonzero(filled & (count > earlier))
    n_columns = held.shape[1]
    # Of the slots that share the character, the one that holds most of it knows best which it is.
    left, right = np.maximum(at - 1, 0), np.minimum(at + 1, len(flat) - 1)
    taken = np.isin(left, at)
    best = np.where(~taken & (flat[left] > flat[at]) & (left // n_columns == at // n_columns), left, at)
    taken = np.isin(right, at) | np.isin(right, best)
    best = np.where(~taken & (flat[right] > flat[best]) & (right // n_columns == at // n_columns), right, best)
    kept = _possible(best, label.ravel()[best], flat, n_columns)
    at, best = at[kept], best[kept]
    weight = np.minimum(flat[best] + np.where(best == at, 0, flat[at]), 1.0)
    return Characters(
        row=at // n_columns,
        column=best % n_columns,
        x_px=((best % n_columns + 0.5) * column_px).astype(np.float32),
        label=label.ravel()[best].astype(np.int64),
        confidence=(certainty.ravel()[best] * np.where(flat[best] > 0.5, 1, 2 * weight).clip(0, 1)).astype(np.float32),
        presence=presence,
        held=held,
        certainty=certainty,
    )


def _possible(
    best: NDArray[np.int64], label: NDArray[np.integer], held: NDArray[np.float32], n_columns: int
) -> NDArray[np.bool_]:
    """Which characters stay, where two wide ones are in neighbouring slots."""
    wide = ~np.isin(label, narrow())
    close = (np.diff(best) == 1) & (best[1:] // n_columns == best[:-1] // n_columns) & wide[1:] & wide[:-1]
    second = np.flatnonzero(close) + 1
    kept = np.ones(len(best), bool)
    kept[np.where(held[best[second]] < held[best[second - 1]], second, second - 1)] = False
    return kept


@cache
def narrow() -> NDArray[np.int16]:
    """Classes of `NARROW`."""
    return classes_of(NARROW)


def _joined_rows(
    presence: NDArray[np.float32], label: NDArray[np.integer], certainty: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.integer], NDArray[np.float32]]:
    """With lines that lie between two rows gathered in one of them."""
    held, label, certainty = presence.copy(), label.copy(), certainty.copy()
    mass = held.sum(1)
    for row in np.flatnonzero((mass[:-1] > 0.5) & (mass[1:] > 0.5)).tolist():
        upper, lower = held[row], held[row + 1]
        if min(upper.sum(), lower.sum()) < 0.5:
            continue
        wide = _spread(upper), _spread(lower)
        both = np.minimum(wide[0], wide[1])
        shared = both > 0.1
        # Two lines have letters above each other; one line that is torn apart has each letter once.
        if (
            shared.any()
            and both.sum() > 0.25 * min(wide[0].sum(), wide[1].sum())
            and (wide[0] + wide[1])[shared].mean() > SHARED_ROW
        ):
            continue
        to, of = (row, row + 1) if upper.sum() >= lower.sum() else (row + 1, row)
        stronger = held[of] > held[to]
        label[to][stronger], certainty[to][stronger] = label[of][stronger], certainty[of][stronger]
        held[to] = np.minimum(held[to] + held[of], 1)
        held[of] = 0
    return held, label, certainty


def _spread(held: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of each slot and the fuller of its neighbours: one letter, in one slot or between two, however close the next one stands."""
    pairs = np.convolve(held, np.ones(2, held.dtype))
    return np.maximum(pairs[:-1], pairs[1:])
