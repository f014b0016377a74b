"""A recipe run to its end: the training, and what is kept of it.

In: a recipe, the folder of its texts, a folder to write to. Out, in that folder: `reader.onnx`, `record.json`, `curves.png`, beside what
the training itself writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from smallprint._version import __version__
from smallprint.errors import StoreError
from smallprint.machine import machine
from smallprint.readers.sight.confidence import METADATA
from smallprint.readers.sight.network import ALPHABET_KEY
from smallprint.train.reader.calibrate import calibrated
from smallprint.train.reader.curves import draw_curves
from smallprint.train.reader.export import to_onnx
from smallprint.train.reader.loop import train
from smallprint.train.reader.recipe import Recipe

SCHEMA = "smallprint.train.reader/1"


def run_recipe(
    recipe: Recipe,
    root: Path,
    folder: Path,
    *,
    command: str,
    say: Callable[[dict[str, Any]], None],
    until: int | None = None,
    start: Path | None = None,
) -> dict[str, Any]:
    """Trains, or goes on with the training that `folder` holds, and returns the record. `until` stops early: run it again to go on; `start`
    is the folder of the training whose weights it begins with.

    Raises what `loop.train` raises.
    """
    training = train(recipe, root, folder, say=say, until=until, start=start)
    corpus = training.samples.corpus
    confidence, calibration = calibrated(
        training.net, training.samples, n_chars=recipe.calibrate_chars, seed=recipe.seed
    )
    about = {"name": recipe.name, "seed": str(recipe.seed), "steps": str(training.step), "smallprint": __version__}
    about[METADATA] = confidence.to_json()
    about[ALPHABET_KEY] = recipe.shape.alphabet
    model = to_onnx(training.net, about=about)
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "recipe": recipe.to_json(),
        "command": command,
        "machine": machine(),
        "versions": {
            "smallprint": __version__,
            **{name: metadata.version(name) for name in ("torch", "numpy", "onnx")},
        },
        "data": {"sha256": corpus.sha256, "n_chars": corpus.n_chars},
        "steps": training.step,
        "finished": training.step == recipe.schedule.steps,
        "seconds": round(training.seconds, 1),
        "n_chars_seen": training.n_chars,
        "n_parameters": sum(p.numel() for p in training.net.parameters()),
        "last": training.history[-1],
        "calibration": calibration,
        "weights": {"file": "reader.onnx", "bytes": len(model), "sha256": hashlib.sha256(model).hexdigest()},
    }
    try:
        _replace(folder / "reader.onnx", model)
        _replace(folder / "record.json", (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode())
        draw_curves(
            training.history,
            folder / "curves.png",
            title=f"{recipe.name}, seed {recipe.seed}, {training.seconds / 60:.0f} minutes",
        )
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}") from None
    return record


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)
