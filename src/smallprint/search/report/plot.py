"""The front as a picture in a file, for documents.

In: trials, references, the path of a PNG, SVG or PDF file. Out: the file. Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smallprint.errors import DataError, StoreError
from smallprint.search.objectives import BEST_CER, Goal
from smallprint.search.report.findings import Dot, is_drawable, is_sound
from smallprint.search.report.marks import LIGHT
from smallprint.search.report.svg import Axis
from smallprint.search.values import HELD_OUT, Reference, Trial

_FORMATS = (".png", ".svg", ".pdf")
_INK, _GRAY = "#1d1d1f", "#777777"


def draw_front(trials: Sequence[Trial], references: Sequence[Reference], path: Path) -> None:
    """Character errors against compression: a point for each trial by proposer, the front as a step line, references as diamonds.

    Raises `DataError` without matplotlib, for another kind of file and where nothing was measured, `StoreError` where the file cannot be
    written.
    """
    if find_spec("matplotlib") is None:
        raise DataError("plot: matplotlib is not installed: pip install 'smallprint[search]'")
    if path.suffix.lower() not in _FORMATS:
        raise DataError(f"plot: {path}: give a file that ends in {', '.join(_FORMATS)}")
    from matplotlib.figure import Figure

    dots = _dots(trials)
    if not dots:
        raise DataError("plot: nothing was measured")
    figure: Any = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(trial.proposal.proposer for trial in trials))
    for name, color in zip(names, LIGHT * len(names), strict=False):
        here = [dot for dot in dots if dot.trial.proposal.proposer == name]
        whole, part = ([dot for dot in here if dot.scores.complete is complete] for complete in (True, False))
        axes.scatter(*_points(whole), s=22, color=color, alpha=0.75, linewidths=0, label=_plain(name))
        axes.scatter(*_points(part), s=16, facecolors="none", edgecolors=color, linewidths=0.8)
    if any(not dot.scores.complete for dot in dots):
        axes.scatter([], [], s=16, facecolors="none", edgecolors=_GRAY, linewidths=0.8, label="stopped early")
    front = sorted((dot for dot in dots if dot.is_front), key=lambda dot: dot.scores.compression)
    axes.step(*_points(front), where="pre", color=_INK, linewidth=1.2, label="front")
    axes.scatter(*_points(front), s=34, facecolors="none", edgecolors=_INK, linewidths=1)
    rows = [row for row in references if is_drawable(row)]
    places = [(row.compression, max(BEST_CER, row.cer)) for row in rows]
    x, y = (Axis.of(side, 0, 1, is_log=True) for side in zip(*zip(*_points(dots), strict=True), *places, strict=True))
    if rows:
        axes.plot(*zip(*places, strict=True), "D", color=_GRAY, label="measured on other text")
        for row, place in zip(rows, places, strict=True):
            name = "best, on other text" if row.name == HELD_OUT else row.name
            # Names at the right end would run out of the picture.
            side = -1 if x.at(place[0]) > 0.75 else 1
            axes.annotate(
                _plain(name), place, xytext=(6 * side, -11), textcoords="offset points", fontsize=7, ha="left" if side > 0 else "right"
            )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="text tokens a visual token", ylabel="characters read wrong")
    axes.set(xlim=(x.low, x.high), ylim=(y.low, y.high))
    axes.minorticks_off()
    axes.set_xticks(at := x.ticks(0.05), [f"{tick:g}x" for tick in at])
    axes.set_yticks(at := y.ticks(0.05), [f"{100 * tick:g}%" for tick in at])
    axes.tick_params(which="both", labelsize=8)
    axes.grid(True, which="both", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(fontsize=8, loc="best")
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from None


def _dots(trials: Sequence[Trial]) -> list[Dot]:
    goal = Goal()
    rows = [(trial, trial.scores) for trial in trials if trial.scores is not None and is_sound(trial.scores, goal)]
    front = {trial.number for trial in goal.front([trial for trial, scores in rows if scores.complete])}
    return [Dot(trial=trial, scores=scores, is_front=trial.number in front, gain=0.0) for trial, scores in rows]


def _points(dots: Sequence[Dot]) -> tuple[list[float], list[float]]:
    return [dot.scores.compression for dot in dots], [dot.wrong for dot in dots]


def _plain(name: str) -> str:
    """Without what matplotlib takes for a formula."""
    return name.replace("$", r"\$")
