"""Where a style comes from.

In: a trial and all others by number. Out: its ancestors, the line of its nearest parents with what changed at each step, and places for a
drawing. A parent that is not there, or that is no older than its child, is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from smallprint.search.report.findings import Change, Findings
from smallprint.search.values import Trial

MOST_DRAWN = 60
"""Ancestors, the nearest ones: more are no picture any more."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A trial and what was changed for it."""

    trial: Trial
    parent: Trial | None
    """The one of its parents from which it differs least; None for a beginning."""
    others: tuple[int, ...]
    """Its other parents."""
    changes: tuple[Change, ...]
    """From the parent; of a beginning, from the space's default."""


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Ancestors in columns by generation; the line of nearest parents is the first row."""

    trials: Mapping[int, Trial]
    places: Mapping[int, tuple[int, int]]
    """Number -> (column, row)."""
    lines: Mapping[tuple[int, int], bool]
    """(parent, child) -> whether it belongs to the line."""
    left_out: int
    """Ancestors that are not drawn."""


def parents(found: Mapping[int, Trial], trial: Trial) -> list[Trial]:
    """Those that are there and older."""
    numbers = dict.fromkeys(number for number in trial.proposal.parents if number < trial.number)
    return [found[number] for number in numbers if number in found]


def chain(found: Findings, trial: Trial) -> list[Step]:
    """From a beginning to the trial, by its nearest parents."""
    by_number = {each.number: each for each in found.trials}
    steps: list[Step] = []
    at: Trial | None = trial
    while at is not None:
        here = at
        older = parents(by_number, here)
        nearest = min(older, key=lambda parent: len(found.changes(here, parent)), default=None)
        steps.append(
            Step(
                trial=here,
                parent=nearest,
                others=tuple(parent.number for parent in older if parent is not nearest),
                changes=tuple(found.changes(here, nearest)),
            )
        )
        at = nearest
    return steps[::-1]


def tree(found: Findings, steps: list[Step]) -> Tree:
    """Of the last step's trial."""
    by_number = {each.number: each for each in found.trials}
    line = [step.trial.number for step in steps]
    near = _ancestors(by_number, steps[-1].trial)
    # The line is drawn whole, then what is nearest to its end.
    kept = set(list(dict.fromkeys([*line, *near]))[: max(MOST_DRAWN, len(line))])
    generation: dict[int, int] = {}
    for number in sorted(kept):
        older = [parent.number for parent in parents(by_number, by_number[number]) if parent.number in kept]
        generation[number] = max((generation[parent] + 1 for parent in older), default=0)
    rows: dict[int, int] = defaultdict(int)
    places: dict[int, tuple[int, int]] = {}
    for number in [*line, *sorted(kept - set(line))]:
        column = generation[number]
        if number in line:
            places[number] = (column, 0)
            continue
        rows[column] += 1
        places[number] = (column, rows[column])
    bold = set(pairwise(line))
    lines = {
        (parent.number, number): (parent.number, number) in bold
        for number in sorted(kept)
        for parent in parents(by_number, by_number[number])
        if parent.number in kept
    }
    return Tree(
        trials={number: by_number[number] for number in sorted(kept)},
        places=places,
        lines=lines,
        left_out=len(set(near) | set(line)) - len(kept),
    )


def _ancestors(found: Mapping[int, Trial], trial: Trial) -> list[int]:
    """With the trial itself, the nearest first."""
    seen = [trial.number]
    for number in seen:
        seen += [parent.number for parent in parents(found, found[number]) if parent.number not in seen]
    return seen
