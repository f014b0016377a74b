"""The folder of a run: what was asked for, and a line for each sample.

In: a configuration, samples as they come. Out: the samples of an earlier run of the same configuration. A kill costs the line that was
being written, no more. Knows no scores.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError
from smallprint.evals.sample import Sample

RUN, SAMPLES, STATE = "run.json", "samples.jsonl", "state.json"


class Log:
    """`run.json` and `samples.jsonl` in a folder."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        """Goes on with the folder's run where its configuration is the same.

        Raises `StoreError` for a folder with another run, and for one that cannot be written.
        """
        self._folder = folder
        path = folder / RUN
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # A run that came to nothing, for a name that was misspelt, binds nobody.
            if path.exists() and _has_lines(folder / SAMPLES):
                earlier = json.loads(path.read_text(encoding="utf-8"))
                if changed := _changed(earlier, json.loads(json.dumps(config))):
                    raise StoreError(f"{folder}: it holds another run ({changed}); give another --out, or remove it")
            else:
                if _has_lines(folder / SAMPLES):
                    raise StoreError(f"{folder}: it has {SAMPLES} and no {RUN}; give another --out")
                write(path, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
            self.samples = {sample.key: sample for sample in read(folder)}
            self._file = (folder / SAMPLES).open("ab")
            _end_line(self._file, folder / SAMPLES)
            self.tell("it was stopped before its end", {})
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror or error}") from None

    def add(self, sample: Sample) -> None:
        """Raises `StoreError` where the disk takes no more."""
        line = json.dumps(sample.to_json(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise StoreError(f"{self._folder / SAMPLES}: {error.strerror or error}") from None
        self.samples[sample.key] = sample

    def tell(self, why: str, skipped: Mapping[str, str]) -> None:
        """What a report of the run has to say: why it is not complete, empty where it is, and what was left out. Raises `StoreError`."""
        write(self._folder / STATE, json.dumps({"why": why, "skipped": dict(skipped)}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


def read(folder: Path) -> list[Sample]:
    """The samples of a run, a later line for an item in the place of an earlier one. A last line that was cut is left out.

    Raises `StoreError` for a line that is none of ours.
    """
    path = folder / SAMPLES
    found: dict[tuple[str, str, str], Sample] = {}
    if not path.exists():
        return []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            # Where a run was killed, the next one began a new line.
            continue
        if not isinstance(row, dict):
            raise StoreError(f"{path}: line {number} is no sample")
        sample = Sample.from_json(row)  # pyright: ignore[reportUnknownArgumentType]
        found[sample.key] = sample
    return list(found.values())


def state(folder: Path) -> tuple[str, dict[str, str]]:
    """(why the run is not complete, what was left out), as it was told last."""
    try:
        found = json.loads((folder / STATE).read_text(encoding="utf-8"))
        return str(found["why"]), dict(found["skipped"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", {}


def write(path: Path, text: str) -> None:
    """The whole file or nothing. Raises `StoreError`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", errors="replace")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StoreError(f"{path}: {error.strerror or error}") from None


def _has_lines(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _end_line(file: Any, path: Path) -> None:
    """What a kill cut becomes a line of its own, which `read` leaves out."""
    if path.stat().st_size:
        with path.open("rb") as held:
            held.seek(-1, os.SEEK_END)
            if held.read(1) != b"\n":
                file.write(b"\n")
                file.flush()


def _changed(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """The first key that differs, with both values: `wanted.samples: 3, not 4`."""
    for key in {**earlier, **now}:
        first, second = earlier.get(key), now.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            if inner := _changed(first, second):  # pyright: ignore[reportUnknownArgumentType]
                return f"{key}.{inner}"
        elif first != second:
            return f"{key}: {json.dumps(first)[:80]}, not {json.dumps(second)[:80]}"
    return None
