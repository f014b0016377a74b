"""A training run, as one frozen value read from TOML.

In: a recipe file. Out: a `Recipe`. Unknown keys are errors; the recipe as it was resolved is saved beside what it made.
"""

from __future__ import annotations

import dataclasses
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from smallprint.errors import DataError
from smallprint.train.reader.corpus import TextShare
from smallprint.train.reader.data import Mixture
from smallprint.train.reader.model import Shape

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Steps and rates. The rate rises over `warm_up` steps, stays, and falls in a line to `last_rate` of itself over the last `decay` of
    all steps."""

    steps: int
    parts: int = 2
    """Parts of a batch, each learnt from by a process of its own: two that meet once a step lose less time than two threads that share
    every operation."""
    batch: int = 2
    """Crops in a part."""
    warm_up: int = 80
    decay: float = 0.4
    last_rate: float = 0.01
    matrix_rate: float = 4e-3
    """Of Muon, for the matrices."""
    rate: float = 6e-3
    """Of AdamW, for all else."""
    class_rate: float = 0.0
    """Of AdamW, for classes that begin with what their characters look like; 0 for the rate of all else."""
    weight_decay: float = 0.01
    clip: float = 1.0
    check_every: int = 300
    save_every: int = 300

    def __post_init__(self) -> None:
        for name in ("steps", "parts", "batch", "warm_up", "check_every", "save_every"):
            if getattr(self, name) < 1:
                raise DataError(f"schedule: {name} = {getattr(self, name)} is not allowed; give at least 1")

    def share(self, step: int) -> float:
        """Of the rates, at a step."""
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return min(1.0, (step + 1) / self.warm_up, max(self.last_rate, left))


@dataclass(frozen=True, kw_only=True)
class Check:
    """Held-out pages that are read now and then during the training."""

    name: str
    file: str
    """Below the root, or `generated`."""
    style: str = "flow"
    pages: int = 2
    family: str = "glm-4.1v"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """See the top of this file."""

    name: str
    seed: int = 1
    device: str = "cpu"
    threads: int = 1
    """Of each process."""
    workers: int = 0
    """Processes that draw pages ahead of the learning; 0 for a thread, which is enough for a processor."""
    calibrate_chars: int = 2_000_000
    """Characters of the pages that confidence is fitted to, at the end."""
    shape: Shape
    schedule: Schedule
    pages: Mixture
    text: tuple[TextShare, ...]
    check: tuple[Check, ...] = ()

    def __post_init__(self) -> None:
        if self.workers and self.schedule.parts > 1:
            raise DataError("workers: processes that draw pages serve a training with schedule.parts = 1 alone")

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def load_recipe(path: Path, *, seed: int | None = None, steps: int | None = None) -> Recipe:
    """`seed` and `steps` stand in for the file's.

    Raises `DataError` for a file that cannot be read, or a key or a type that is not allowed.
    """
    tables = {"shape": Shape, "schedule": Schedule, "pages": Mixture}
    keys = read_tables(path, tables, {"text": TextShare, "check": Check}, seed=seed, steps=steps)
    return from_table(path, "recipe", Recipe, keys)


def completed(recipe: dict[str, Any]) -> dict[str, Any]:
    """`Recipe.to_json` of this or an older version, as JSON has it, with the defaults of keys that it did not know."""
    known = json.loads(json.dumps(recipe))
    tables = {"shape": Shape, "schedule": Schedule, "pages": Mixture}
    rows = {"text": TextShare, "check": Check}
    made: dict[str, Any] = {**_defaults(Recipe), **known}
    made |= {name: {**_defaults(kind), **known.get(name, {})} for name, kind in tables.items()}
    made |= {name: [{**_defaults(kind), **row} for row in known.get(name, [])] for name, kind in rows.items()}
    return cast("dict[str, Any]", json.loads(json.dumps(made)))


def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(kind) if field.default is not dataclasses.MISSING}


def read_tables(
    path: Path, tables: dict[str, type[Any]], rows: dict[str, type[Any]], *, seed: int | None, steps: int | None
) -> dict[str, Any]:
    """The keys of a recipe's file, with its tables and lists of tables as values of their types; `seed` and `steps` stand in for the
    file's. Raises `DataError` as `load_recipe` does."""
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: {error}") from None
    if seed is not None:
        keys["seed"] = seed
    for name, kind in tables.items():
        keys[name] = from_table(path, name, kind, keys.get(name, {}))
    if steps is not None:
        keys["schedule"] = dataclasses.replace(keys["schedule"], steps=steps)
    for name, kind in rows.items():
        if not isinstance(found := keys.get(name, []), list):
            raise DataError(f"{path}: {name} must be tables, each under [[{name}]]")
        if found:
            keys[name] = tuple(from_table(path, name, kind, row) for row in cast("list[Any]", found))
    return keys


def from_table(path: Path, where: str, kind: type[T], keys: Any) -> T:
    """A frozen value of a file's table. Raises `DataError` for unknown keys and wrong types."""
    fields = {field.name: field for field in dataclasses.fields(cast(Any, kind))}
    if not isinstance(keys, dict):
        raise DataError(f"{path}: {where} must be a table")
    given = cast("dict[str, Any]", keys)
    if unknown := sorted(given.keys() - fields.keys()):
        raise DataError(f"{path}: {where}: unknown key {unknown[0]!r}; allowed are {', '.join(fields)}")
    made = {key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for key, value in given.items()}
    for key, value in made.items():
        if not _fits(str(fields[key].type), value):
            raise DataError(f"{path}: {where}: {key} = {value!r} is not {fields[key].type}")
    try:
        return kind(**made)
    except TypeError as error:
        raise DataError(f"{path}: {where}: {error}") from None
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _fits(annotation: str, value: Any) -> bool:
    if annotation == "tuple[str, ...]":
        return isinstance(value, tuple) and all(isinstance(item, str) for item in cast("tuple[Any, ...]", value))
    if annotation == "tuple[float, ...]":
        return isinstance(value, tuple) and all(
            isinstance(item, int | float) for item in cast("tuple[Any, ...]", value)
        )
    plain = {"int": int, "float": (int, float), "str": str}.get(annotation)
    return plain is None or (isinstance(value, plain) and not isinstance(value, bool))
