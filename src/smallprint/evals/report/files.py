"""The files of a run's report.

In: the folder of a run. Out: results.json, report.md and report.html in it, each whole or not at all. A run that was stopped can be
reported too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError
from smallprint.evals import log
from smallprint.evals.report.markdown import markdown
from smallprint.evals.report.page import page
from smallprint.evals.results import results
from smallprint.evals.sample import Sample

RESULTS, MARKDOWN, HTML = "results.json", "report.md", "report.html"


def write_report(folder: Path, *, samples: Sequence[Sample] | None = None, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Writes the three files and returns what results.json holds.

    `samples` are those of the log by default. Raises `StoreError` where the folder has no run or cannot be written.
    """
    try:
        config: dict[str, Any] = json.loads((folder / log.RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder}: there is no run in it ({error})") from None
    held = log.read(folder) if samples is None else list(samples)
    found = {"schema": config["schema"], "run": config, **results(held), "notes": [*_notes(config), *notes]}
    log.write(folder / RESULTS, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    log.write(folder / MARKDOWN, markdown(found, found["notes"]))
    log.write(folder / HTML, page(found, held, found["notes"], folder, _dpis(config)))
    return found


def _notes(config: Mapping[str, Any]) -> list[str]:
    """What a reader of the figures has to know."""
    wanted = config["wanted"]
    lengths = ", ".join(f"{length:,}" for length in wanted["lengths"]) or "as the data has them"
    notes = [
        f"Reader: {config['reader']}, counted as {config['family']}; {config['base_url'] or 'no server named'}.",
        f"Tasks: {', '.join(config['tasks'])}; lengths in {wanted['tokenizer']} tokens: {lengths}; at most {wanted['samples']} items each; "
        f"seed {wanted['seed']}.",
        f'Predictions are scored by the convention "{config["convention"]}". Intervals are 95%, by bootstrap over items; differences are '
        "over the same items.",
        "Compression is text tokens of the contexts over the tokens that stood for them (images with their tags, pins); the question and "
        "the instructions stay text and are not in it.",
    ]
    if config["reader"].startswith("embedded"):
        notes.append(
            "Answers come from a rule for each task, the same in every arm, over the context as it was sent or as our network read it from "
            "pixels: the differences are what reading costs. They say nothing about what a language model understands."
        )
    return notes


def _dpis(config: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"{arm}:{name}": float(style["keys"].get("dpi", 72))
        for arm in config["arms"]
        for name, style in config["styles"].items()
    }
