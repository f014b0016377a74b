"""A picture of density: character errors against compression, on a log axis, beside DeepSeek-OCR's figures.

In: a `DensityReport` and the path of a PNG, SVG or PDF file. Out: the file. Needs matplotlib; `plot.check` says so before time is spent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.bench.density import DEEPSEEK_OCR
from smallprint.errors import StoreError

if TYPE_CHECKING:
    from smallprint.bench.density import DensityReport, Row

_COLORS = {"prose": "#1f4e79", "code": "#b5532a", "strings": "#5a7d3c"}
_LINES = ("-", "--", ":", "-.")
_LEAST = 1e-4
_LEARNED = "learned-"


def plot(report: DensityReport, path: Path) -> None:
    """Write the picture: a line for each kind of text and family, stars for learned letters, undamaged pages alone. Raises `StoreError`."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import StrMethodFormatter

    figure: Any = Figure(figsize=(8, 5.5), layout="constrained")
    axes = figure.subplots()
    rows = [row for row in report.rows if row.damage == "none"]
    families = list(dict.fromkeys(row.family for row in rows))
    for kind in dict.fromkeys(row.kind for row in rows):
        for family, line in zip(families, _LINES * len(families), strict=False):
            here = sorted((row for row in rows if (row.kind, row.family) == (kind, family)), key=lambda row: row.ratio)
            printed = [row for row in here if not row.style.startswith(_LEARNED)]
            axes.plot(*_points(printed), line, color=_COLORS[kind], marker="o", markersize=4, label=f"{kind}, {family}")
            # Letters of another kind: no point on the way to smaller ones.
            learned = [row for row in here if row.style.startswith(_LEARNED)]
            axes.plot(
                *_points(learned), "*", color=_COLORS[kind], markersize=11, alpha=1 if family == families[-1] else 0.5
            )
            for row in here if (kind, family) == (rows[0].kind, families[-1]) else ():
                axes.annotate(
                    row.style,
                    (row.ratio, max(row.cer, _LEAST)),
                    xytext=(4, -10),
                    textcoords="offset points",
                    fontsize=7,
                )
    axes.plot(
        [ratio for ratio, _ in DEEPSEEK_OCR],
        [1 - right for _, right in DEEPSEEK_OCR],
        "D",
        color="#777777",
        label="DeepSeek-OCR, pages of Fox (its own measure)",
    )
    axes.set(xscale="log", yscale="log", xlabel="text tokens a visual token", ylabel="characters read wrong")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}x"))
    axes.xaxis.set_minor_formatter(StrMethodFormatter("{x:g}x"))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.2%}"))
    axes.tick_params(which="both", labelsize=8)
    axes.grid(True, which="both", color="#e6e6e6", linewidth=0.6)
    figure.legend(fontsize=8, loc="outside lower center", ncols=4, frameon=False)
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise StoreError(f"--plot {path}: {error.strerror or error}") from None


def _points(rows: list[Row]) -> tuple[list[float], list[float]]:
    return [row.ratio for row in rows], [max(row.cer, _LEAST) for row in rows]
