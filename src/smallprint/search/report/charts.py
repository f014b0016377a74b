"""The smaller pictures of a search's report.

In: findings. Out: SVG: the hypervolume as it grew, a mini plot for each knob, a trial's ancestors. Colours are classes, which the page has
for light and for dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from smallprint.search.report.findings import Dot, Findings
from smallprint.search.report.lineage import Tree
from smallprint.search.report.marks import WIDTH, axes, color, tip
from smallprint.search.report.svg import Axis, Box, element, line, path, picture, text
from smallprint.search.report.words import percent, plural, times, value
from smallprint.search.space import Knob
from smallprint.search.values import Trial


def growth(found: Findings) -> str:
    """The hypervolume over evaluations, each step in the colour of who made it."""
    frame = Box(left=66, top=16, right=1086, bottom=236)
    n = max(1, len(found.trials))
    gained = {dot.trial.number: dot.gain for dot in found.dots}
    x = Axis(low=0, high=n, start=frame.left, end=frame.right)
    y = Axis.of([0.0, sum(gained.values())], frame.bottom, frame.top, room=0.06)
    pieces = axes(x, y, frame, "styles tried", "hypervolume", plain=True)
    total, points, steps = 0.0, [(x.at(0), y.at(0))], list[str]()
    for at, trial in enumerate(found.trials, 1):
        if gain := gained.get(trial.number, 0.0):
            here, before, after = x.at(at), y.at(total), y.at(total + gain)
            points += [(here, before), (here, after)]
            total += gain
            words = f"#{trial.number}, {trial.proposal.proposer}\n+{gain:.3f}, {total:.3f} in all"
            shared = {"data_p": color(found, trial), "data_tip": words}
            steps.append(element("line", class_="step", x1=here, y1=before, x2=here, y2=after, **shared))
            steps.append(element("circle", class_="pt whole", cx=here, cy=after, r=4, **shared))
    points.append((x.at(n), y.at(total)))
    pieces += [element("path", class_="growth", d=path(points)), *steps]
    return picture(WIDTH, 286, f"Hypervolume, {total:.3f} after {plural(len(found.trials), 'style')}", pieces)


def mini(found: Findings, knob: Knob) -> str:
    """Character errors over the values of one knob, where it has an effect."""
    frame = Box(left=40, top=6, right=250, bottom=104)
    rows = [(knobs[knob.name], dot) for dot in found.dots if knob.name in (knobs := found.knobs(dot.trial))]
    y = Axis.of([dot.wrong for dot in found.dots], frame.bottom, frame.top, is_log=True, room=0.08)
    pieces = [element("rect", class_="frame", x=frame.left, y=frame.top, width=210, height=98)]
    for tick in _ends(y.ticks(24)):
        pieces += [line(frame.left, y.at(tick), frame.right, y.at(tick), "grid")]
        pieces += [text(f"{100 * tick:g}%", frame.left - 4, y.at(tick) + 3, "tick end")]
    slanted = False
    if knob.choices:
        wide = 210 / len(knob.choices)
        middles = {choice: frame.left + wide * (at + 0.5) for at, choice in enumerate(knob.choices)}
        slanted = any(5.6 * len(value(choice)) > wide for choice in knob.choices)
        for choice, middle in middles.items():
            pieces += [_choice(value(choice), middle, slanted)]
        spots = [(middles[held] + _jitter(dot.trial.number) * 0.6 * wide, dot) for held, dot in rows]
    else:
        x = Axis(low=knob.low, high=max(knob.high, knob.low + knob.step), start=frame.left + 6, end=frame.right - 6)
        for tick in x.ticks(34):
            if not knob.is_whole or tick.is_integer():
                pieces += [text(f"{tick:g}", x.at(tick), frame.bottom + 13, "tick middle")]
        loose = min(10.0, 0.5 * knob.step / (x.high - x.low) * (x.end - x.start))
        spots = [(x.at(float(held)) + loose * _jitter(dot.trial.number), dot) for held, dot in rows]
    for at, dot in sorted(spots, key=lambda spot: spot[1].is_front):
        pieces += [element("circle", class_="mini front" if dot.is_front else "mini", cx=at, cy=y.at(dot.wrong), r=2.4)]
    return picture(256, 168 if slanted else 128, f"{knob.name}: character errors over its values", pieces)


def tree(found: Findings, drawn: Tree) -> str:
    """A trial's ancestors, the oldest at the left, the line to the nearest parents in bold."""
    dx, dy, left, top = 92.0, 64.0, 44.0, 26.0
    places = {number: (left + dx * column, top + dy * row) for number, (column, row) in drawn.places.items()}
    width = left * 2 + dx * max((column for column, _ in drawn.places.values()), default=0)
    height = top + 48 + dy * max((row for _, row in drawn.places.values()), default=0)
    pieces: list[str] = []
    for (parent, child), bold in drawn.lines.items():
        (x1, y1), (x2, y2) = places[parent], places[child]
        bend = f"M{x1:.1f} {y1:.1f}C{x1 + 40:.1f} {y1:.1f} {x2 - 40:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        pieces.append(element("path", class_="descent main" if bold else "descent", d=bend))
    for number, (x, y) in places.items():
        trial, dot = drawn.trials[number], found.by_number.get(number)
        pieces.append(_node(found, trial, dot, x, y))
        pieces.append(text(f"#{number}", x, y + 23, "tick middle"))
        if dot is not None:
            pieces.append(
                text(f"{times(dot.scores.compression)}, {percent(dot.scores.cer)}", x, y + 36, "tick middle small")
            )
    return picture(max(width, 120), height, f"Ancestors: {', '.join(f'#{number}' for number in places)}", pieces)


def _ends(values: Sequence[float]) -> Sequence[float]:
    return values if len(values) < 3 else (values[0], values[len(values) // 2], values[-1])


def _node(found: Findings, trial: Trial, dot: Dot | None, x: float, y: float) -> str:
    kind = "part" if dot is None or not dot.scores.complete else "front" if dot.is_front else "whole"
    mark = element(
        "circle", class_=f"pt {kind}", cx=x, cy=y, r=8, data_p=color(found, trial), data_trial=trial.number,
        data_tip=tip(trial, dot),
    )  # fmt: skip
    return element("a", mark, href=f"#trial-{trial.number}")


def _choice(name: str, x: float, slanted: bool) -> str:
    if not slanted:
        return text(name, x, 117, "tick middle small")
    # What tells names apart is at both of their ends.
    shown = name if len(name) <= 15 else f"{name[:7]}…{name[-7:]}"
    return text(shown, x + 4, 114, "tick end small", transform=f"rotate(-38 {x + 4:.1f} 114)")


def _jitter(number: int) -> float:
    """From -0.5 to 0.5, the same for the same trial."""
    return (crc32(str(number).encode()) % 1000) / 1000 - 0.5
