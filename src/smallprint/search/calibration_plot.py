"""A picture of a calibration: characters wrong and strings right against compression.

In: a `Calibration` and the path of a PNG, SVG or PDF file. Out: the file. Needs matplotlib; `check` says so before anything is paid for.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, StoreError
from smallprint.search.calibrate import ILLEGIBLE
from smallprint.search.ladder import FILLS
from smallprint.search.specimens import STRINGS

if TYPE_CHECKING:
    from smallprint.search.calibration import Calibration
    from smallprint.search.legibility import RungScore

_FORMATS = (".png", ".svg", ".pdf")
_COLORS = {"prose": "#1f4e79", "text": "#1f4e79", "code": "#b5532a", "cjk": "#7a4b94", STRINGS: "#5a7d3c"}
_ACROSS = ("axes fraction", "data")
_LEAST = 1e-4
"""None wrong, on a log axis."""


def check(path: Path) -> None:
    """Raises `DataError` without matplotlib or for another kind of file, `StoreError` for a folder that is not there."""
    if find_spec("matplotlib") is None:
        raise DataError('--plot: matplotlib is not installed: pip install "smallprint[search]"')
    if path.suffix.lower() not in _FORMATS:
        raise DataError(f"--plot {path}: give a file that ends in {', '.join(_FORMATS)}")
    if not path.parent.is_dir():
        raise StoreError(f"--plot {path}: no folder {path.parent}")


def plot(calibration: Calibration, path: Path) -> None:
    """Write the picture: a line for each kind of text, hollow dots for lines that break. Raises `StoreError`."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter, StrMethodFormatter

    figure: Any = Figure(figsize=(8, 6.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": (3, 2)})
    for kind in dict.fromkeys(each.kind for score in calibration.rungs for each in score.kinds if each.kind != STRINGS):
        _errors(above, calibration, kind)
    above.axhline(calibration.limits.max_cer, color="#777777", linewidth=0.8, linestyle="--")
    above.annotate(
        f"limit for {calibration.decides}: {calibration.limits.max_cer:.2%}",
        (1, calibration.limits.max_cer),
        xycoords=_ACROSS,
        xytext=(-4, 3),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color="#555555",
    )
    above.axhspan(ILLEGIBLE, 1, color="#f3f3f3", linewidth=0)
    above.annotate("illegible", (0, ILLEGIBLE), xycoords=_ACROSS, xytext=(4, 3), textcoords="offset points", fontsize=7)
    for score in calibration.rungs:
        label = f"{score.size_px:g} px"
        if score.fill == FILLS[0]:
            # Below the points, where no line runs.
            above.annotate(label, (score.ratio, _LEAST / 1.8), ha="center", fontsize=7)
        else:
            place = score.ratio, max(score.cer(calibration.decides), _LEAST)
            above.annotate(label, place, xytext=(5, -3), textcoords="offset points", fontsize=7)
    known = [score for score in calibration.rungs if score.exact is not None]
    if known:
        _line(below, known, [score.exact or 0.0 for score in known], _COLORS[STRINGS], "strings right")
    if calibration.limits.exact is not None:
        below.axhline(calibration.limits.exact, color="#777777", linewidth=0.8, linestyle="--")
    if best := calibration.best:
        for axes in (above, below):
            axes.axvline(best.ratio, color="#c9a227", linewidth=6, alpha=0.35, zorder=0)
        below.annotate(
            f"recommended: {best.name}",
            (best.ratio, 0.04),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
    above.set(xscale="log", yscale="log", ylabel="characters read wrong", ylim=(_LEAST / 2.2, 1))
    below.set(xlabel="text tokens a visual token", ylabel="strings right to the last character", ylim=(-0.03, 1.03))
    below.xaxis.set_major_formatter(StrMethodFormatter("{x:g}x"))
    below.xaxis.set_minor_formatter(StrMethodFormatter("{x:g}x"))
    above.yaxis.set_major_formatter(StrMethodFormatter("{x:.2%}"))
    below.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    for axes in (above, below):
        axes.tick_params(which="both", labelsize=8, length=3, pad=3)
        axes.grid(True, which="both", color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
    if any(score.fill != FILLS[0] for score in calibration.rungs):
        above.plot([], [], "o", color="#555555", markersize=5, fillstyle="none", label="lines that break")
    # Above the axes, where it hides nothing.
    above.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.01, 0.99), ncols=5, frameon=False)
    above.set_title(
        f"{calibration.subject['reader']}, tokens of {calibration.subject['family']}", fontsize=9, loc="left"
    )
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise StoreError(f"--plot {path}: {error.strerror or error}") from None


def _errors(axes: Any, calibration: Calibration, kind: str) -> None:
    scores = [score for score in calibration.rungs if score.of(kind)]
    color = _COLORS[kind]
    for score in scores:
        found = score.of(kind)
        if found and score.fill == FILLS[0]:
            low, high = found.interval
            axes.plot([score.ratio] * 2, [max(low, _LEAST), max(high, _LEAST)], color=color, linewidth=1, alpha=0.4)
    _line(axes, scores, [max(score.cer(kind), _LEAST) for score in scores], color, kind)


def _line(axes: Any, scores: list[RungScore], values: list[float], color: str, label: str) -> None:
    rows = sorted(zip([score.ratio for score in scores], values, [score.fill for score in scores], strict=True))
    marked = [row for row in rows if row[2] == FILLS[0]]
    broken = [row for row in rows if row[2] != FILLS[0]]
    axes.plot([row[0] for row in marked], [row[1] for row in marked], "-o", color=color, markersize=4, label=label)
    axes.plot([row[0] for row in broken], [row[1] for row in broken], "o", color=color, markersize=5, fillstyle="none")
