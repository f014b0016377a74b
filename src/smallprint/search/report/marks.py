"""What the pictures of a search have in common: the colours of proposers, axes with their grid, intervals, words beside the pointer.

In: findings, axes. Out: pieces of SVG.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from smallprint.search.report.findings import Dot, Findings
from smallprint.search.report.svg import Axis, Box, element, line, text
from smallprint.search.report.words import cut, percents, plural, times
from smallprint.search.values import Trial

LIGHT = ("#1f4e79", "#b5532a", "#5a7d3c", "#7d5a9e", "#c79a2b", "#3c8f8f", "#a33b5b", "#6b4a36")
"""Of proposers: those of the report of evaluations, but for the gray, which is for references."""
DARK = ("#79aee0", "#ea9168", "#9cc777", "#bb9bdd", "#e3bd58", "#6fcaca", "#e58099", "#c9a189")

WIDTH = 1100
"""Of a picture that takes the whole page, px."""


def color(found: Findings, trial: Trial) -> int:
    """Number of the colour of who proposed it."""
    return found.proposers.index(trial.proposal.proposer) % len(LIGHT)


def swatch(number: int) -> str:
    """A spot of the colour of that number, in HTML."""
    return f"<i class='dot' data-p='{number % len(LIGHT)}'></i>"


def tip(trial: Trial, dot: Dot | None) -> str:
    """What is shown beside the pointer."""
    lines = [f"#{trial.number}, {trial.proposal.proposer}, {trial.proposal.kind}"]
    if dot is None:
        lines.append(f"{trial.state}: {cut(trial.error, 240)}" if trial.error else trial.state)
    else:
        scores = dot.scores
        lines.append(f"{times(scores.compression)}, {percents(scores.cer, scores.cer_interval)} wrong")
        lines.append("" if scores.complete else f"stopped early, after {plural(scores.chars, 'character')}")
    return "\n".join(each for each in (*lines, cut(trial.proposal.reason, 240)) if each)


def axes(x: Axis, y: Axis, frame: Box, x_title: str, y_title: str, *, plain: bool = False) -> list[str]:
    """The grid, the frame and what stands beside it: compression and shares, or with `plain` a count and a number."""
    pieces: list[str] = []
    for tick in (tick for tick in x.ticks(46) if not plain or tick.is_integer()):
        at = x.at(tick)
        pieces += [line(at, frame.top, at, frame.bottom, "grid")]
        pieces += [text(f"{tick:g}" if plain else f"{tick:g}x", at, frame.bottom + 17, "tick middle")]
    for tick in y.ticks(26):
        at = y.at(tick)
        pieces += [line(frame.left, at, frame.right, at, "grid")]
        pieces += [text(f"{tick:g}" if plain else f"{100 * tick:g}%", frame.left - 7, at + 4, "tick end")]
    width, height = frame.right - frame.left, frame.bottom - frame.top
    pieces += [element("rect", class_="frame", x=frame.left, y=frame.top, width=width, height=height)]
    pieces += [text(x_title, (frame.left + frame.right) / 2, frame.bottom + 38, "title middle")]
    middle = (frame.top + frame.bottom) / 2
    return [*pieces, text(y_title, 14, middle, "title middle", transform=f"rotate(-90 14 {middle:g})")]


def whisker(x: Axis, y: Axis, compression: float, interval: Sequence[float]) -> str:
    """An interval of character errors; nothing where it is not one."""
    if len(interval) != 2 or not all(map(math.isfinite, interval)):
        return ""
    at = x.at(compression)
    return line(at, y.at(interval[0]), at, y.at(interval[1]), "whisker")
