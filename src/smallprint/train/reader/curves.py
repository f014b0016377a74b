"""The course of a training as a picture.

In: its history. Out: a PNG file. Needs matplotlib.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_COLORS = ("#1f4e79", "#b5532a", "#4b7f52", "#7a1fa2", "#8a6d00")


def draw_curves(history: list[dict[str, Any]], path: Path, *, title: str) -> None:
    """Losses in nats a character on the left, character errors on held-out pages on the right, both on log axes."""
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    n_chars = [row["n_chars"] / 1e6 for row in history]
    for color, (key, name) in zip(_COLORS, (("letters", "which letter"), ("presence", "where one is")), strict=False):
        left.plot(n_chars, [row[key] for row in history], color=color, label=name, linewidth=1.2)
    for color, name in zip(_COLORS, history[-1]["checks"], strict=False):
        errors = [100 * row["checks"][name] for row in history]
        right.plot(n_chars, errors, color=color, label=f"{name}: {errors[-1]:.2f}% at the end", linewidth=1.2)
    left.set_ylabel("training loss, nats a character")
    right.set_ylabel("character errors, held-out pages, %")
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlabel("million characters seen")
        axes.grid(True, color="#dfe3e8", linewidth=0.6)
        if axes.get_lines():
            axes.legend(frameon=False, fontsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=9, color="#555555")
    figure.savefig(path, dpi=150)
