"""Shapes of models: the configuration that decides how fast one runs.

In: a name of shapes.toml, or the path of a Hugging Face ``config.json``. Out: a `Shape`. Knows no weights; nothing is downloaded and no
code of a checkpoint is run.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from smallprint.errors import DataError
from smallprint.readers import sdk
from smallprint.tokens.families import family


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A model without its weights."""

    name: str
    family: str
    """How it counts images: a row of families.toml."""
    config: Mapping[str, Any]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    source: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def n_layers(self) -> int:
        """Text layers of the whole model."""
        return int(self.hub_config().get_text_config().num_hidden_layers)

    def hub_config(self, layers: int | None = None) -> Any:
        """The configuration as transformers has it, with so many text layers where they are given. Raises `DataError`."""
        hub = sdk.load("transformers", extra="local", needed_by="bench model")
        plain = json.loads(json.dumps(self.config))
        try:
            config = hub.AutoConfig.for_model(plain.pop("model_type"), **plain)
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"--shape {self.name}: transformers does not take its configuration: {error}") from None
        if layers is not None:
            config.get_text_config().num_hidden_layers = layers
        return config


def shape_names() -> tuple[str, ...]:
    return tuple(_table()["shape"])


def load_shape(name: str, *, family_name: str | None = None) -> Shape:
    """A shape by its name, or from a file that ends in ``.json``. Raises `DataError` or `TokenError` for an unknown family."""
    table = _table()
    if name in table["shape"]:
        row = table["shape"][name]
        config, source, counted = row["config"], row["source"], family_name or row["family"]
    elif name.lower().endswith(".json"):
        config = _read(Path(name))
        source, counted = name, family_name or table["family_of"].get(config.get("model_type"))
    else:
        raise DataError(
            f"--shape {name}: unknown; known: {', '.join(shape_names())}, or the path of a Hugging Face config.json"
        )
    kind = str(config.get("model_type"))
    if kind not in table["family_of"] or counted is None:
        raise DataError(f"--shape {name}: model_type {kind!r}; allowed: {', '.join(table['family_of'])}")
    found = family(counted)
    vision = config.get("vision_config", {})
    side_px = int(vision.get("patch_size", 0)) * int(vision.get("spatial_merge_size", 2))
    if found.rule != "smart_resize" or side_px != int(found.params["factor"]):
        raise DataError(
            f"--shape {name}: its tokens are squares of {side_px} px; the family {found.name} counts otherwise "
            f"({found.rule}, {found.params.get('factor', 'no')} px); give another --family"
        )
    normal = table["normalize"][table["normalize_of"][kind]]
    return Shape(
        name=Path(name).stem if name not in table["shape"] else name,
        family=found.name,
        config=config,
        mean=tuple(normal["mean"]),
        std=tuple(normal["std"]),
        source=source,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"--shape {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise DataError(f"--shape {path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise DataError(f"--shape {path}: not an object")
    return {str(key): value for key, value in found.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("smallprint.bench.model").joinpath("shapes.toml").read_text(encoding="utf-8"))
