"""Axes and elements of pictures.

In: numbers. Out: places in px, ticks, SVG as text. Knows nothing of searches.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

_LEADING = ((1,), (2, 5), (3, 7), (4, 6, 8, 9))
"""First digits of ticks on a log axis, the most wanted first."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Values from `low` to `high` on px from `start` to `end`, which may run backwards."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    @classmethod
    def of(cls, values: Iterable[float], start: float, end: float, *, is_log: bool = False, room: float = 0.05) -> Axis:
        """Around some values, of which there may be none, with room at both ends. Those of a log axis are above zero."""
        held = list(values) or ([1.0, 10.0] if is_log else [0.0, 1.0])
        low, high = min(held), max(held)
        if is_log:
            low, high = math.log10(low), math.log10(high)
        if high - low < 1e-9:
            # One value stands in the middle.
            low, high = low - (0.15 if is_log else 0.5), high + (0.15 if is_log else 0.5)
        low, high = low - room * (high - low), high + room * (high - low)
        return cls(low=10**low, high=10**high, start=start, end=end, is_log=True) if is_log else cls(
            low=low, high=high, start=start, end=end
        )  # fmt: skip

    def at(self, value: float) -> float:
        """Its place in px; values beyond the ends stand at them."""
        value = min(max(value, self.low), self.high)
        share = (self._level(value) - self._level(self.low)) / (self._level(self.high) - self._level(self.low))
        return self.start + share * (self.end - self.start)

    def ticks(self, gap: float) -> list[float]:
        """Round values at least `gap` px apart."""
        if not self.is_log or self.high / self.low < 2.5:
            return self._even(gap)
        found: list[float] = []
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for digits in _LEADING:
            for value in sorted(digit * 10.0**decade for decade in decades for digit in digits):
                if self.low <= value <= self.high and all(abs(self.at(value) - self.at(have)) >= gap for have in found):
                    found.append(value)
        return sorted(found)

    def _even(self, gap: float) -> list[float]:
        """Multiples of 1, 2 or 5 times a power of ten."""
        power = 10.0 ** math.floor(math.log10((self.high - self.low) * gap / abs(self.end - self.start)))
        found: list[float] = []
        for step in (factor * power for factor in (1, 2, 5, 10, 20, 50, 100)):
            whole = range(math.ceil(self.low / step), math.floor(self.high / step) + 1)
            # Without the dust of a product.
            found = [float(f"{at * step:.12g}") for at in whole]
            if all(abs(self.at(one) - self.at(other)) >= 0.999 * gap for one, other in pairwise(found)):
                break
        return found

    def _level(self, value: float) -> float:
        return math.log10(value) if self.is_log else value


@dataclass(frozen=True, kw_only=True)
class Box:
    """A piece of a picture."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


class Labels:
    """Finds places for words beside points, where they cover the least of what is there."""

    def __init__(self, frame: Box, taken: Iterable[tuple[float, float]], *, size: float = 12) -> None:
        """`taken` are points that would rather be seen."""
        self._frame, self._size = frame, size
        self._boxes = [Box(left=x - 4, top=y - 4, right=x + 4, bottom=y + 4) for x, y in taken]

    def place(self, x: float, y: float, text: str) -> str:
        """The element of a label for a point."""
        width, height, off = 0.58 * self._size * len(text), self._size, 9
        best: tuple[float, Box] | None = None
        for left, middle in (
            (x + off, y), (x - off - width, y), (x - width / 2, y - off - height / 2), (x - width / 2, y + off + height / 2),
            (x + off, y - off), (x + off, y + off), (x - off - width, y - off), (x - off - width, y + off),
        ):  # fmt: skip
            box = Box(left=left, top=middle - height / 2, right=left + width, bottom=middle + height / 2)
            outside = width * height - box.overlap(self._frame)
            cost = 10 * outside + sum(map(box.overlap, self._boxes))
            if best is None or cost < best[0] - 1e-6:
                best = (cost, box)
        assert best is not None
        self._boxes.append(best[1])
        return element("text", html.escape(text), class_="label", x=best[1].left, y=best[1].bottom - 0.2 * height)


def element(name: str, *inside: str, **attributes: object) -> str:
    """`element("rect", class_="grid", stroke_width=2)`: what stands inside is markup, values are text."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(inside)}</{name}>" if inside else f"<{name}{written}/>"


def text(words: str, x: float, y: float, class_: str = "tick", **attributes: object) -> str:
    return element("text", html.escape(words), class_=class_, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    return element("line", class_=class_, x1=x1, y1=y1, x2=x2, y2=y2)


def picture(width: float, height: float, title: str, inside: Iterable[str]) -> str:
    """An SVG that shrinks with its surroundings; the title is for those who do not see it."""
    return element(
        "svg", *inside, viewBox=f"0 0 {_written(width)} {_written(height)}", width=width, height=height, role="img",
        aria_label=title,
    )  # fmt: skip


def path(points: Iterable[tuple[float, float]]) -> str:
    """The `d` of straight lines through points."""
    return "M" + "L".join(f"{_written(x)} {_written(y)}" for x, y in points)


def _written(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
