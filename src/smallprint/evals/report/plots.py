"""Pictures of a run, as SVG.

In: results. Out: a title and an SVG element each: scores against compression, by length, by depth, by dpi. Needs matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from statistics import fmean
from typing import Any

Arm = Mapping[str, Any]
_COLORS = ("#1f4e79", "#b5532a", "#5a7d3c", "#7d5a9e", "#8a8a8a", "#c79a2b", "#3c8f8f", "#a33b5b")


def plots(found: Mapping[str, Any], dpis: Mapping[str, float]) -> list[tuple[str, str]]:
    """(title, SVG) of each picture that there is something for; none without matplotlib. `dpis` has the dpi of arms with pages."""
    if find_spec("matplotlib") is None:
        return []
    arms: Sequence[Arm] = [arm for arm in found["arms"] if arm["score"] is not None]
    drawn = [
        ("Score against compression", _drawn(lambda axes: _compression(axes, arms)) if arms else None),
        ("By length", _lines(arms, "by_length", "length", "tokens")),
        ("By depth of the needle", _lines(arms, "by_depth", "depth", "place in the context")),
        ("By dpi", _by_dpi(arms, dpis)),
    ]
    return [(title, svg) for title, svg in drawn if svg is not None]


def _drawn(draw: Callable[[Any], None]) -> str:
    import matplotlib as plain
    from matplotlib.figure import Figure

    # Ids of SVG elements are drawn from a salt: the same figures give the same file.
    matplotlib: Any = plain
    with matplotlib.rc_context({"svg.hashsalt": "smallprint", "svg.fonttype": "none"}):
        figure: Any = Figure(figsize=(6.4, 4), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.set_ylabel("score")
        axes.grid(True, color="#e6e6e6", linewidth=0.6)
        axes.tick_params(labelsize=8)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]


def _compression(axes: Any, arms: Sequence[Arm]) -> None:
    for arm, color in zip(arms, _COLORS * len(arms), strict=False):
        low, high = arm["interval"] or (arm["score"], arm["score"])
        x, y = arm["compression"] or 1.0, 100 * arm["score"]
        axes.errorbar(
            x,
            y,
            yerr=[[max(0.0, y - 100 * low)], [max(0.0, 100 * high - y)]],
            fmt="o",
            color=color,
            capsize=3,
            markersize=5,
            label=arm["arm"],
        )
    axes.set(xlabel="text tokens a token that is sent for the context", ylim=(-4, 106))
    axes.margins(x=0.1)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))


def _lines(arms: Sequence[Arm], rows: str, key: str, label: str) -> str | None:
    """One line an arm, the mean over tasks at each place, of tasks that have them all, so that lines differ by place and not by task."""
    found: dict[str, dict[float, list[float]]] = {}
    n_places = max((len(task[rows]) for arm in arms for task in arm["tasks"]), default=0)
    for arm in arms:
        for task in arm["tasks"]:
            for row in task[rows] if len(task[rows]) == n_places else ():
                found.setdefault(arm["arm"], {}).setdefault(row[key], []).append(row["score"])
    if len({place for places in found.values() for place in places}) < 2:
        return None

    def draw(axes: Any) -> None:
        for (arm, places), color in zip(found.items(), _COLORS * len(found), strict=False):
            at = sorted(places)
            axes.plot(at, [100 * fmean(places[place]) for place in at], "o-", color=color, label=arm, markersize=4)
        if key == "length":
            at = sorted({place for places in found.values() for place in places})
            axes.set_xscale("log", base=2)
            axes.set_xticks(at, [f"{place / 1024:g}K" if place >= 1024 else f"{place:g}" for place in at])
        axes.set(xlabel=label, ylim=(-4, 106))
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))

    return _drawn(draw)


def _by_dpi(arms: Sequence[Arm], dpis: Mapping[str, float]) -> str | None:
    """Arms that are alike but for the dpi of their pages."""
    points = sorted((dpis[arm["arm"]], 100 * arm["score"], arm["arm"]) for arm in arms if arm["arm"] in dpis)
    if len({dpi for dpi, _, _ in points}) < 2:
        return None

    def draw(axes: Any) -> None:
        for kind, color in zip(dict.fromkeys(name.split(":")[0] for _, _, name in points), _COLORS, strict=False):
            here = [(dpi, y) for dpi, y, name in points if name.startswith(f"{kind}:")]
            axes.plot([dpi for dpi, _ in here], [y for _, y in here], "o-", color=color, label=kind, markersize=4)
        axes.set(xlabel="dpi of the pages", ylim=(-4, 106))
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))

    return _drawn(draw)
