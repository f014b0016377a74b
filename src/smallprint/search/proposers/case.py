"""What the rules see of a search: the trials of a prompt, ordered and compared.

In: a prompt, read. Out: the front, the limit between good and bad trials, gaps, effects of knobs. Knows no styles, and no trials but those
that the prompt tells of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from random import Random
from typing import Any

from smallprint.search.proposers.knobs import Knobs, Values
from smallprint.search.proposers.prompt import Told
from smallprint.search.proposers.replies import Idea

LEAST_CER = 1e-4
"""Fewer errors than this are not told apart, as in `objectives`."""
MOST_PAIRED = 2
"""Knobs in which two trials may differ, for their difference to be told of these."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A measured trial. All knobs are there; those that the prompt left out stand at their defaults."""

    number: int
    knobs: Values
    compression: float
    cer: float
    on_front: bool

    @property
    def density(self) -> float:
        """In doublings."""
        return math.log2(max(self.compression, 1e-6))

    @property
    def fidelity(self) -> float:
        """In powers of ten."""
        return -math.log10(max(self.cer, LEAST_CER))


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a change of one or two knobs did: (before, after) by name, from trial `one` to trial `other`."""

    one: Row
    other: Row
    changes: Mapping[str, tuple[Any, Any]]

    @property
    def gain(self) -> float:
        """Doublings and powers of ten together, as in the front's area."""
        return self.other.density - self.one.density + self.other.fidelity - self.one.fidelity

    @property
    def told(self) -> str:
        moved = " and ".join(f"{name} {before} to {after}" for name, (before, after) in self.changes.items())
        one, other = self.one, self.other
        return (
            f"From #{one.number} to #{other.number}, {moved} made {one.compression:.2f}x {other.compression:.2f}x "
            f"and {one.cer:.2%} errors {other.cer:.2%}."
        )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A prompt, for rules to look at."""

    knobs: Knobs
    done: Sequence[Row]
    """The best first, as the prompt has them."""
    max_cer: float
    worthless_cer: float
    n: int
    spare: int
    n_trials: int
    random: Random
    seen: set[str] = field(default_factory=set[str])
    """The styles that were tried or proposed."""

    @classmethod
    def of(cls, told: Told) -> Case:
        knobs = Knobs(told.space)
        rows: list[dict[str, Any]] = [{**row, "knobs": {**knobs.defaults, **row["knobs"]}} for row in told.history]
        names = ("number", "knobs", "compression", "cer", "on_front")
        return cls(
            knobs=knobs,
            done=[Row(**{name: row[name] for name in names}) for row in rows if "compression" in row],
            max_cer=told.goal["max_cer"],
            worthless_cer=told.goal["worthless_cer"],
            n=told.task["proposals"],
            spare=told.task["spare"],
            n_trials=told.task["trials_so_far"],
            random=Random(f"rules {told.task['seed']} {told.task['trials_so_far']}"),
            seen={knobs.key(row["knobs"]) for row in rows},
        )

    def is_new(self, idea: Idea) -> bool:
        """Whether the idea is a style that is neither shown nor proposed; it is not so a second time."""
        parents = {row.number: row.knobs for row in self.done}
        start = parents[idea.parents[0]] if idea.parents else self.knobs.defaults
        key = self.knobs.key({**start, **idea.knobs})
        new = key not in self.seen
        self.seen.add(key)
        return new

    @property
    def front(self) -> list[Row]:
        """The densest last."""
        return sorted((row for row in self.done if row.on_front), key=lambda row: row.compression)

    @property
    def useful(self) -> list[Row]:
        """Those that are read at all."""
        return [row for row in self.done if row.cer < self.worthless_cer]

    @property
    def good(self) -> Row | None:
        """The densest within the limit of errors."""
        return max((row for row in self.done if row.cer <= self.max_cer), key=lambda row: row.compression, default=None)

    @property
    def bad(self) -> list[Row]:
        """Those over the limit and denser than what is within, the fewest errors first; the limit lies between the two."""
        least = self.good.compression if self.good else -1.0
        found = (row for row in self.done if row.cer > self.max_cer and row.compression > least)
        return sorted(found, key=lambda row: row.cer)

    @property
    def targets(self) -> list[Row]:
        """The front: its corner and the ends of its widest gaps first; without a front, the trial with the fewest errors."""
        order = [self.good, *(row for gap in self.gaps for row in gap[::-1]), *reversed(self.front), *self.bad[:1]]
        found = {row.number: row for row in order if row is not None}
        return list(found.values())

    @property
    def gaps(self) -> list[tuple[Row, Row]]:
        """Neighbours on the front, the farthest apart first."""
        return sorted(pairwise(self.front), key=lambda pair: -_area(*pair))

    @property
    def effects(self) -> list[Effect]:
        """Changes that helped, the most first."""
        return sorted((effect for effect in self._effects() if effect.gain > 0), key=lambda effect: -effect.gain)

    def by_worth(self, moves: Sequence[Mapping[str, int]]) -> list[Mapping[str, int]]:
        """Moves by steps of knobs, those that did well in these trials first; unknown ones stay in their order."""
        known: dict[tuple[str, bool], list[float]] = {}
        for effect in self._effects():
            ((name, (before, after)), *more) = effect.changes.items()
            if not more and self.knobs.is_number(name):
                known.setdefault((name, after > before), []).append(effect.gain)
        worth = {key: sum(gains) / len(gains) for key, gains in known.items()}
        return sorted(moves, key=lambda move: -sum(worth.get((name, n > 0), 0.0) for name, n in move.items()))

    def rare(self) -> list[tuple[str, Any, int]]:
        """Knob, choice and how many trials had it, the rarest first; of equals, another one first each time."""
        counted = [
            (name, value, sum(row.knobs[name] == value for row in self.done))
            for name in self.knobs
            for value in self.knobs.choices(name)
        ]
        self.random.shuffle(counted)
        return sorted(counted, key=lambda each: each[2])

    def _effects(self) -> Iterator[Effect]:
        """Of each two trials that differ in little, either way."""
        for pair in combinations(self.useful, 2):
            names = [name for name in self.knobs if pair[0].knobs[name] != pair[1].knobs[name]]
            if 1 <= len(names) <= MOST_PAIRED:
                for one, other in (pair, pair[::-1]):
                    changes = {name: (one.knobs[name], other.knobs[name]) for name in names}
                    yield Effect(one=one, other=other, changes=changes)


def _area(one: Row, other: Row) -> float:
    return abs(other.density - one.density) * (abs(one.fidelity - other.fidelity) + 0.1)
