"""The space as a prompt tells it: knobs by name, in JSON.

In: the prompt's part about the space. Out: values a few steps on, the nearest that is allowed, and which knobs have an effect. Knows no
trials, and nothing of the space but what it was told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

Values = Mapping[str, Any]
"""Name of a knob -> its value."""


@dataclass(frozen=True)
class Knobs:
    """The rows that `Knob.to_json` wrote, by name."""

    rows: Mapping[str, Mapping[str, Any]]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    @property
    def defaults(self) -> dict[str, Any]:
        return {name: row["default"] for name, row in self.rows.items()}

    def is_number(self, name: str) -> bool:
        return "choices" not in self.rows[name]

    def choices(self, name: str) -> list[Any]:
        """Empty for a number, and for what is no knob of this space."""
        return list(self.rows.get(name, {}).get("choices", ()))

    def active(self, values: Values) -> dict[str, Any]:
        """Without the knobs that have no effect."""
        return {name: values[name] for name in self if self._is_active(values, name)}

    def key(self, values: Values) -> str:
        """Equal for equal styles."""
        return json.dumps(self.active(values), ensure_ascii=False)

    def nearest(self, name: str, value: float) -> float:
        """The nearest number that is allowed."""
        low, high, step = self._bounds(name)
        made = low + round((min(max(value, low), high) - low) / step) * step
        return round(made) if all(each.is_integer() for each in (low, high, step)) else round(made, 6)

    def plus(self, name: str, value: Any, steps: int) -> float:
        """A number some steps on, as far as there is room."""
        return self.nearest(name, float(value) + steps * self._bounds(name)[2])

    def share(self, name: str, value: Any) -> float:
        """Where a number lies in its range, 0 to 1."""
        low, high, _ = self._bounds(name)
        return (float(value) - low) / ((high - low) or 1.0)

    def stepped(self, values: Values, steps: Mapping[str, int]) -> dict[str, Any]:
        """Numbers moved by steps; empty where one of them has no room, or is no number of this space."""
        if not all(name in self and self.is_number(name) for name in steps):
            return {}
        made = {name: self.plus(name, values[name], n) for name, n in steps.items()}
        return made if all(made[name] != values[name] for name in made) else {}

    def moved(self, values: Values, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
        """A change (before, after) of another trial: choices as they became, numbers as far as they went; without what stays the same."""
        made = {
            name: self.nearest(name, float(values[name]) + after - before) if self.is_number(name) else after
            for name, (before, after) in changes.items()
        }
        return {name: value for name, value in made.items() if value != values[name]}

    def middle(self, one: Values, other: Values, share: float) -> dict[str, Any]:
        """Numbers between; choices of the nearer one."""
        made: dict[str, Any] = {}
        for name in self:
            low, high = one[name], other[name]
            if self.is_number(name):
                made[name] = self.nearest(name, float(low) + share * (float(high) - float(low)))
            else:
                made[name] = low if share <= 0.5 else high
        return self.active(made)

    def varied(self, values: Values, n: int, random: Random) -> dict[str, Any]:
        """A few knobs drawn anew: numbers within five steps, choices from all."""
        names = list(self.active(values))
        return {
            name: self.plus(name, values[name], random.choice((-5, -3, -2, -1, 1, 2, 3, 5)))
            if self.is_number(name)
            else random.choice(self.choices(name))
            for name in random.sample(names, min(n, len(names)))
        }

    def _bounds(self, name: str) -> tuple[float, float, float]:
        row = self.rows[name]
        return float(row["low"]), float(row["high"]), float(row["step"])

    def _is_active(self, values: Values, name: str) -> bool:
        only = self.rows[name].get("only_when", "")
        if not only:
            return True
        other, operator, value = only.split(" ", 2)
        return float(values[other]) > float(value) if operator == ">" else str(values[other]) == value
