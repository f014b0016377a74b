"""A picture of a measurement: bars a case, on a log axis.

In: a `SpeedReport` and the path of a PNG, SVG or PDF file. Out: the file. Knows nothing of how the figures were taken. Needs matplotlib.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.bench.engines import INSTALL, YARDSTICK
from smallprint.errors import DataError, StoreError

if TYPE_CHECKING:
    from smallprint.bench.results import CaseResult, EngineResult, SpeedReport

_FORMATS = (".png", ".svg", ".pdf")
_OURS, _OTHERS, _UNIT, _FLOOR = "#1f4e79", "#9aa5b1", "#b5532a", "#dfe3e8"


def check(path: Path) -> None:
    """Say what would keep the picture from being written, before the time is spent.

    Raises `DataError` without matplotlib or for another kind of file, `StoreError` for a folder that is not there.
    """
    if find_spec("matplotlib") is None:
        raise DataError(f"--plot: matplotlib is not installed: {INSTALL}")
    if path.suffix.lower() not in _FORMATS:
        raise DataError(f"--plot {path}: give a file that ends in {', '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise StoreError(f"--plot {path}: no folder {path.parent}")


def plot(report: SpeedReport, path: Path) -> None:
    """Write the picture: how many times the yardstick's characters a second, or characters a second where it was not measured."""
    from matplotlib.figure import Figure

    cases = [case for case in report.cases if _rows(case)]
    if not cases:
        raise DataError("--plot: nothing was measured")
    heights = [len(_rows(case)) + 1.2 for case in cases]
    figure: Any = Figure(figsize=(8, 0.34 * sum(heights) + 0.5), layout="constrained")
    panels = figure.subplots(len(cases), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
    for axes, case in zip(panels[:, 0], cases, strict=True):
        _panel(axes, case)
    machine = report.machine
    figure.supxlabel(
        f"one thread, CPU time, median of {report.rounds} interleaved rounds; {machine['cpu']}, {machine['python']}",
        fontsize=7,
        color="#555555",
    )
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise StoreError(f"--plot {path}: {error.strerror or error}") from None


def _rows(case: CaseResult) -> list[EngineResult]:
    return [row for row in case.engines if row.missing is None]


def _panel(axes: Any, case: CaseResult) -> None:
    rows = _rows(case)[::-1]
    relative = all(row.ratios for row in rows)
    figures = [row.to_json() for row in rows]
    values: list[float] = [row["ratio" if relative else "chars_per_second"] for row in figures]
    axes.barh([row.engine for row in rows], values, color=[_color(row) for row in rows], height=0.62)
    axes.set_xscale("log")
    # Bars on a log axis have no foot: panels in the same unit begin at the same place.
    axes.set_xlim(min(0.5, min(values) / 2) if relative else min(values) / 3, max(values) * 6)
    for place, (value, row) in enumerate(zip(values, figures, strict=True)):
        axes.annotate(
            _label(value, row, relative=relative),
            (value, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    unit = f"times {YARDSTICK}" if relative else "characters a second"
    axes.set_title(f"{case.case}: {case.what} ({case.n_chars:,} characters, {unit})", fontsize=9, loc="left")
    axes.tick_params(labelsize=8, length=0)
    axes.minorticks_off()
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _label(value: float, row: dict[str, object], *, relative: bool) -> str:
    times = f"{value:,.3g}×" if relative and value < 100 else f"{value:,.0f}{'×' if relative else ''}"
    return times + (" (first pages)" if row["sampled"] else "")


def _color(row: EngineResult) -> str:
    if row.engine.startswith("ours"):
        return _OURS
    return {YARDSTICK: _UNIT, "floor": _FLOOR}.get(row.engine, _OTHERS)
