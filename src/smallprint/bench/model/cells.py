"""One measurement a file, so that a run can be cut anywhere and goes on.

In: a folder, and what has to be the same for its measurements to belong together. Out: the cells that are there; new ones are written
whole or not at all. Knows not what the figures mean.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError

BENCH, CELLS = "bench.json", "cells"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What was measured once, or why it could not be."""

    what: str
    """render, patches, encode, prefill, decode, decode-largest, train or encode-train."""
    length: int
    arm: str
    """A style's name, or text."""
    n_tokens: int
    """That the model reads."""
    samples: tuple[float, ...] = ()
    """Seconds of one pass or step."""
    warmed: bool = True
    batch: int = 1
    kv_bytes: int | None = None
    peak_bytes: int | None = None
    layers: int | None = None
    """Text layers that were measured, where they are fewer than the model has and the seconds are extended to all."""
    error: str | None = None
    wall_s: float = 0.0
    """That the cell took, with warming up."""
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Counts of pages and tokens, where the cell has them."""

    @property
    def key(self) -> tuple[str, int, str]:
        return self.what, self.length, self.arm


class Store:
    """The cells of a folder; without a folder, of this process alone."""

    def __init__(self, folder: Path | None, same: Mapping[str, Any]) -> None:
        """Goes on with the folder's cells where `same` is the same.

        Raises `StoreError` where it is not, and where nothing can be written.
        """
        self._folder = folder
        self.cells: dict[tuple[str, int, str], Cell] = {}
        if folder is None:
            return
        try:
            (folder / CELLS).mkdir(parents=True, exist_ok=True)
            path = folder / BENCH
            kept = sorted((folder / CELLS).glob("*.json"))
            if path.exists() and kept:
                earlier = json.loads(path.read_text(encoding="utf-8"))
                now = json.loads(json.dumps(same))
                if changed := [key for key in sorted({*earlier, *now}) if earlier.get(key) != now.get(key)]:
                    key = changed[0]
                    raise StoreError(
                        f"{folder}: it holds measurements with {key} {earlier.get(key)!r}, not {now.get(key)!r}; give another --out"
                    )
            else:
                _write(path, json.dumps(same, indent=2) + "\n")
            for each in kept:
                cell = _read(each)
                self.cells[cell.key] = cell
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror or error}") from None

    def add(self, cell: Cell) -> None:
        """Raises `StoreError` where the disk takes no more."""
        self.cells[cell.key] = cell
        if self._folder is None:
            return
        # A style may be a path: its name is shortened to what files may be called, and a digest keeps two apart.
        digest = hashlib.sha256(cell.arm.encode()).hexdigest()[:8]
        arm = re.sub(r"[^\w.-]+", "-", cell.arm)[-40:]
        path = self._folder / CELLS / f"{cell.what}-{cell.length}-{arm}-{digest}.json"
        try:
            _write(path, json.dumps(asdict(cell)) + "\n")
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}") from None


def _write(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _read(path: Path) -> Cell:
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        plain["samples"] = tuple(plain["samples"])
        return Cell(**plain)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{path}: not a cell of this version ({error}); remove it and run again") from None
