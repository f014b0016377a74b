"""What a study was made with.

In: a configuration, a space, a goal. Out: JSON that is kept with the study, and what differs in another one. Knows no storage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from smallprint._version import __version__
from smallprint.errors import DataError
from smallprint.search.objectives import OBJECTIVES, Goal
from smallprint.search.space import Space

SCHEMA = 1
MARK = "smallprint"
"""The study's attribute."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """All that must be the same for trials of one study."""

    config: Mapping[str, Any]
    goal: tuple[str, ...]
    knobs: Mapping[str, Any]
    """Name -> choices, or the lowest, the highest and the step. Optuna takes no other choices in a study."""
    version: str = __version__
    schema: int = SCHEMA

    @classmethod
    def of(cls, config: Mapping[str, Any], space: Space, goal: Goal) -> Mark:
        """All in the types that JSON gives back."""
        knobs = {knob.name: knob.choices or (knob.low, knob.high, knob.step) for knob in space.knobs}
        row = json.loads(json.dumps({"config": dict(config), "knobs": knobs}))
        return cls(config=row["config"], knobs=row["knobs"], goal=goal.names)

    @classmethod
    def read(cls, attributes: Mapping[str, Any], shown: str) -> Mark:
        """Of a study's attributes. Raises `DataError` for a study of another program or of another version; `shown` names it."""
        kept = attributes.get(MARK)
        if not isinstance(kept, dict):
            raise DataError(f"{shown} was made by another program")
        row = cast("dict[str, Any]", kept)
        goal = tuple(row.get("goal", ()))
        if row.get("schema") != SCHEMA or set(goal) - set(OBJECTIVES):
            raise DataError(f"{shown} was made by smallprint {row.get('version')}, this is {__version__}")
        return cls(config=row["config"], knobs=row["knobs"], goal=goal, version=row["version"])

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def difference(self, other: Mark, free: frozenset[str]) -> str | None:
        """The first key that differs, with both values, but for keys of the configuration that are `free`; None where nothing does."""
        configs = [{key: value for key, value in each.config.items() if key not in free} for each in (self, other)]
        return (
            _changed(configs[0], configs[1])
            or _changed({"goal": list(self.goal)}, {"goal": list(other.goal)})
            or _changed({"knobs": self.knobs}, {"knobs": other.knobs})
        )


def _changed(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """`wanted.samples: 3, and now it is 4`."""
    for key in {**earlier, **now}:
        first, second = earlier.get(key), now.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            if inner := _changed(cast("dict[str, Any]", first), cast("dict[str, Any]", second)):
                return f"{key}.{inner}"
        elif first != second:
            return f"{key}: {json.dumps(first)[:80]}, and now it is {json.dumps(second)[:80]}"
    return None
