"""The paper's three plots, with ours and its points: prefill, decoding and training, times text, by length.

In: a `ModelReport` and the path of a PNG, SVG or PDF file. Out: the file. Solid lines count everything, dashed ones the text part alone,
dots are the roofline with the encoder, hollow marks are extrapolated. Needs matplotlib.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smallprint.bench.model import paper
from smallprint.bench.model.report import ModelReport
from smallprint.bench.model.rows import Row
from smallprint.errors import DataError, StoreError

_COLORS = ("#1f4e79", "#b5532a", "#4d7c3a", "#7a4f9a")
_PAPER = "#777777"
_PANELS = (
    (
        "prefill",
        paper.PREFILL,
        "prefill_speedup_all_counted",
        "prefill_speedup",
        "prefill_speedup_encoder_counted",
        ("all counted", "encoder and rendering not counted", "encoder counted"),
    ),
    (
        "decoding",
        paper.DECODE,
        "decode_speedup",
        "decode_speedup_batch_1",
        "decode_speedup",
        ("largest batch", "batch 1", "largest batch"),
    ),
    (
        "training (SFT)",
        paper.SFT,
        "sft_speedup_all_counted",
        "sft_speedup",
        "sft_speedup_encoder_counted",
        ("all counted", "encoder and rendering not counted", "encoder counted"),
    ),
)
"""Title, the paper's points, the solid line, the dashed one, the roofline's, and what these three are.

Where nothing was run, the roofline's is the solid one."""


def plot(report: ModelReport, path: Path) -> None:
    """Write the picture. Raises `DataError` where there is nothing to show, `StoreError` where it cannot be written."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    if not report.rows:
        raise DataError("--plot: nothing was measured")
    figure: Any = Figure(figsize=(12, 4.6), layout="constrained")
    panels = figure.subplots(1, len(_PANELS))
    styles = list(dict.fromkeys(row.style for row in report.rows))
    for axes, (title, points, solid, dashed, roof, words) in zip(panels, _PANELS, strict=True):
        for style, color in zip(styles, _COLORS * len(styles), strict=False):
            here = [row for row in report.rows if row.style == style]
            ratio = here[-1].ratio
            only_roof = bool(report.machine.get("predicted"))
            counted = words[2] if only_roof else words[0]
            _line(axes, here, roof if only_roof else solid, color, "-", f"{style} ({ratio:.1f}x), {counted}")
            _line(axes, here, dashed, color, "--", f"{style}, {words[1]}")
            roofs = (
                []
                if only_roof
                else [
                    (row.length, row.roofline[roof])
                    for row in here
                    if roof in row.roofline and getattr(row, solid) is not None
                ]
            )
            if roofs:
                axes.plot(
                    *zip(*roofs, strict=True), ":", color=color, linewidth=1.2, label=f"{style}, roofline, {words[2]}"
                )
        axes.plot(paper.LENGTHS, points, "D", color=_PAPER, markersize=5, label="Glyph paper (9B, H100)")
        axes.axhline(1, color="#999999", linewidth=0.8)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel("text tokens", fontsize=9)
        axes.xaxis.set_major_formatter(FuncFormatter(_kilo))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_formatter(FuncFormatter(_times))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.tick_params(which="both", labelsize=8)
        axes.grid(True, color="#e6e6e6", linewidth=0.6)
        axes.legend(fontsize=6.5, frameon=False, loc="upper left", handlelength=3.2)
        low, high = axes.get_ylim()
        # Room for the legend above the lines.
        axes.set_ylim(low, high * 2.5)
    panels[0].set_ylabel("times as fast as text", fontsize=9)
    figure.supxlabel(_caption(report), fontsize=7, color="#555555")
    try:
        figure.savefig(path, dpi=160)
    except OSError as error:
        raise StoreError(f"--plot {path}: {error.strerror or error}") from None


def _line(axes: Any, rows: list[Row], figure: str, color: str, line: str, label: str) -> None:
    known = [(row.length, getattr(row, figure), row.extrapolated) for row in rows if getattr(row, figure) is not None]
    if not known:
        return
    measured = [(x, y) for x, y, beyond in known if not beyond]
    axes.plot(*zip(*measured, strict=True), line, color=color, marker="o", markersize=3.5, linewidth=1.4, label=label)
    further = [(x, y) for x, y, beyond in known if beyond]
    if further:
        axes.plot(*zip(measured[-1], *further, strict=True), line, color=color, linewidth=0.8, alpha=0.6)
        axes.plot(*zip(*further, strict=True), "o", color=color, markersize=5, markerfacecolor="white")


def _caption(report: ModelReport) -> str:
    machine, chosen = report.machine, report.settings
    if machine.get("predicted"):
        return f"{chosen.shape.name}, roofline of {machine['device_name']}: nothing was run"
    where = machine.get("device_name") or f"{machine['cpu']}, {machine['threads']} thread(s)"
    hollow = "; hollow: extrapolated" if any(row.extrapolated for row in report.rows) else ""
    return (
        f"{chosen.shape.name} with random weights on {where}, {chosen.dtype}, attention {chosen.attention}, {chosen.clock} time, "
        f"torch {machine['torch']}, {machine['date']}; medians{hollow}"
    )


def _times(value: float, _: Any) -> str:
    return f"{value:g}x"


def _kilo(value: float, _: Any) -> str:
    if value >= 2**20:
        return f"{value / 2**20:g}M"
    return f"{value / 1024:g}K" if value >= 1024 else f"{value:g}"
