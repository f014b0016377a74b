"""The picture of the front.

In: findings. Out: SVG: compression against character errors, a point for each trial, the front as stairs, references, what failed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from smallprint.search.objectives import BEST_CER
from smallprint.search.report.findings import Dot, Findings, is_drawable
from smallprint.search.report.marks import WIDTH, axes, color, tip, whisker
from smallprint.search.report.svg import Axis, Box, Labels, element, line, path, picture, text
from smallprint.search.report.words import percents, plural, times
from smallprint.search.values import Reference

_HEIGHT = 560
_FRAME = Box(left=66, top=36, right=1086, bottom=510)
_FAILED_Y = 18


def scatter(found: Findings) -> str:
    """Compression against character errors, a point for each trial."""
    limit, frame = found.weights.max_cer, _FRAME
    limits = [limit] if math.isfinite(limit) and limit > 0 else []
    rows = [row for row in found.references if is_drawable(row)]
    beside = [*rows, *([found.held_out] if found.held_out else [])]
    x = Axis.of(
        [*(dot.scores.compression for dot in found.dots), *(row.compression for row in beside)],
        frame.left, frame.right, is_log=True,
    )  # fmt: skip
    y = Axis.of(
        [*(dot.wrong for dot in found.dots), *(_wrong(row) for row in beside), *limits],
        frame.bottom, frame.top, is_log=True,
    )  # fmt: skip
    places = {dot.trial.number: (x.at(dot.scores.compression), y.at(dot.wrong)) for dot in found.dots}
    stairs = _stairs(x, y, found.dots)
    marks = [(x.at(row.compression), y.at(_wrong(row))) for row in beside]
    labels = Labels(frame, [*(places[dot.trial.number] for dot in found.dots), *marks, *_along(stairs)])
    pieces = axes(x, y, frame, "text tokens a visual token", "characters read wrong")
    if limits:
        pieces += [line(frame.left, y.at(limit), frame.right, y.at(limit), "limit")]
        pieces += [text(f"limit {100 * limit:g}%", frame.left + 6, y.at(limit) - 5, "tick start")]
    by_rank = sorted(found.dots, key=lambda dot: (dot.is_front, dot.scores.complete))
    pieces += [whisker(x, y, dot.scores.compression, dot.scores.cer_interval) for dot in found.front]
    pieces += [element("path", class_="stairs", d=path(stairs))] if stairs else []
    pieces += [_point(found, dot, *places[dot.trial.number]) for dot in by_rank]
    pieces += _failed(found, frame)
    for row, at in zip(beside, marks, strict=True):
        name = row.name if row is not found.held_out else "best, on other text"
        words = f"{name}\n{times(row.compression)}, {percents(row.cer, row.cer_interval)} wrong"
        pieces += [whisker(x, y, row.compression, row.cer_interval)]
        pieces += [element("path", class_="reference", d=_diamond(*at), data_tip=words)]
        pieces += [labels.place(*at, name)]
    if found.best is not None:
        at = places[found.best.trial.number]
        pieces += [element("circle", class_="best", cx=at[0], cy=at[1], r=11)]
        pieces += [labels.place(*at, f"best: #{found.best.trial.number}")]
    title = f"{plural(len(found.dots), 'style')} by compression and character errors, {len(found.front)} on the front"
    return picture(WIDTH, _HEIGHT, title, pieces)


def _stairs(x: Axis, y: Axis, dots: Iterable[Dot]) -> list[tuple[float, float]]:
    """The least errors at each compression or more, of styles that were measured whole: the front in these two objectives."""
    points: list[tuple[float, float]] = []
    least = math.inf
    for dot in sorted(dots, key=lambda dot: (-dot.scores.compression, dot.wrong)):
        if dot.scores.complete and dot.wrong < least:
            here = x.at(dot.scores.compression)
            points += [(here, points[-1][1] if points else y.end), (here, y.at(dot.wrong))]
            least = dot.wrong
    return [*points, (x.start, points[-1][1])] if points else []


def _along(points: list[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    """Points on a line, every few px."""
    for (x1, y1), (x2, y2) in pairwise(points):
        n = 1 + int(max(abs(x2 - x1), abs(y2 - y1)) / 8)
        yield from ((x1 + (x2 - x1) * at / n, y1 + (y2 - y1) * at / n) for at in range(n))


def _point(found: Findings, dot: Dot, x: float, y: float) -> str:
    number = dot.trial.number
    kind = "front" if dot.is_front else "whole" if dot.scores.complete else "part"
    mark = element(
        "circle", class_=f"pt {kind}", cx=x, cy=y, r=6.5 if dot.is_front else 4.2, data_p=color(found, dot.trial),
        data_by=dot.trial.proposal.proposer, data_trial=number, data_tip=tip(dot.trial, dot),
    )  # fmt: skip
    return element("a", mark, href=f"#front-{number}" if number in found.cards else f"#trial-{number}")


def _failed(found: Findings, frame: Box) -> list[str]:
    """A row of crosses above the frame, in the order of trials."""
    failed = [trial for trial in found.trials if trial.state == "failed"]
    if not failed:
        return []
    words = f"{len(failed):,} failed"
    first = frame.left + 8 + 6.6 * len(words)
    step = min(14.0, (frame.right - first - 6) / len(failed))
    pieces = [text(words, frame.left, _FAILED_Y + 4, "tick start")]
    for at, trial in enumerate(failed):
        x = first + step * (at + 0.5)
        d = f"M{x - 4:.1f} {_FAILED_Y - 4}l8 8m0 -8l-8 8"
        mark = element(
            "path", class_="pt failed", d=d, data_p=color(found, trial), data_by=trial.proposal.proposer, data_tip=tip(trial, None)
        )  # fmt: skip
        pieces.append(element("a", mark, href=f"#trial-{trial.number}"))
    return pieces


def _diamond(x: float, y: float) -> str:
    return f"M{x:.1f} {y - 8:.1f}l8 8l-8 8l-8 -8z"


def _wrong(row: Reference) -> float:
    return max(BEST_CER, row.cer)
