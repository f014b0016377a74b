"""The files of a run's report.

In: the folder of a run. Out: results.json, report.md and report.html in it, each whole or not at all. A run that was stopped can be
reported too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError
from smallprint.evals import log
from smallprint.evals.report.markdown import markdown
from smallprint.evals.report.page import page
from smallprint.evals.results import results
from smallprint.evals.sample import Sample

RESULTS, MARKDOWN, HTML = "results.json", "report.md", "report.html"


def write_report(folder: Path, *, samples: Sequence[Sample] | None = None) -> dict[str, Any]:
    """Writes the three files and returns what results.json holds.

    `samples` are those of the log by default, which may be of a run that is not complete: the notes say so. Raises `StoreError` where the
    folder has no run or cannot be written.
    """
    try:
        config: dict[str, Any] = json.loads((folder / log.RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder}: there is no run in it ({error})") from None
    held = _ordered(log.read(folder), config) if samples is None else list(samples)
    notes = _notes(config) + _state_notes(folder)
    found = {"schema": config["schema"], "run": config, **results(held), "notes": notes}
    log.write(folder / RESULTS, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    log.write(folder / MARKDOWN, markdown(found, notes))
    log.write(folder / HTML, page(found, held, notes, folder, _dpis(config)))
    return found


def _ordered(samples: Sequence[Sample], config: Mapping[str, Any]) -> list[Sample]:
    """As the run was to take them, whichever came first: tasks as they began, items by name, arms as they were asked for."""
    tasks = list(dict.fromkeys(sample.task for sample in samples))
    styles = list(config["styles"])

    def place(sample: Sample) -> tuple[int, str, int, int]:
        arm, _, style = sample.arm.partition(":")
        return (
            tasks.index(sample.task), sample.item, config["arms"].index(arm), styles.index(style) if style else 0,
        )  # fmt: skip

    return sorted(samples, key=place)


def _state_notes(folder: Path) -> list[str]:
    why, skipped = log.state(folder)
    missing = [] if find_spec("matplotlib") else ["No pictures: matplotlib is not installed."]
    left_out = [f"Left out: {name}: {reason}." for name, reason in skipped.items()]
    return [*left_out, *([f"Not complete: {why}."] if why else []), *missing]


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
