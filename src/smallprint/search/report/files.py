"""The file of a search's report.

In: what a study holds, and its folder. Out: report.html in it, whole or not at all. A search that is still running can be reported too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError
from smallprint.evals import log
from smallprint.search.objectives import Goal
from smallprint.search.report.findings import Chosen, findings
from smallprint.search.report.page import page
from smallprint.search.space import Space
from smallprint.search.values import Reference, Trial, Weights

HTML, CROPS = "report.html", "crops"


def write_report(
    folder: Path,
    trials: Sequence[Trial],
    *,
    space: Space,
    goal: Goal,
    weights: Weights,
    config: Mapping[str, Any],
    notes: Mapping[str, Any],
    references: Sequence[Reference] = (),
    chosen: Chosen = "search",
) -> Path:
    """Writes the report and returns where it is.

    `references` are styles that were measured on text that the search did not use; the one named `HELD_OUT` is the best style. Pieces of
    pages are taken from `crops/<number>.png` in the folder, where they are there. Of the notes, `critiques` and `tallies` are shown. Raises
    `StoreError` where the report cannot be written.
    """
    found = findings(trials, space, goal, weights, references, chosen=chosen)
    path = folder / HTML
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror or error}") from None
    log.write(path, page(found, config, notes, _crops(folder, found.cards)))
    return path


def crop_path(folder: Path, number: int) -> Path:
    """Where the piece of a trial's page lies."""
    return folder / CROPS / f"{number}.png"


def _crops(folder: Path, numbers: Iterable[int]) -> dict[int, bytes]:
    held: dict[int, bytes] = {}
    for number in numbers:
        try:
            held[number] = crop_path(folder, number).read_bytes()
        except OSError:
            # A report without a picture is better than none.
            continue
    return held
