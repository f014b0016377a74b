"""Figures and names as words, safe to stand in HTML.

In: numbers, values of knobs, anything that somebody wrote. Out: short text. Knows no trial.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from typing import cast

from smallprint.search.values import Value

UNKNOWN = "–"
MOST_CHARS = 600
"""Of a reason or a cause in a table."""


def percent(share: float | None) -> str:
    """0.0074 -> 0.74%."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    return f"{100 * share:.2f}%"


def percents(share: float | None, interval: Sequence[float] | None) -> str:
    """0.74% (0.66 to 0.83)."""
    if interval is None or len(interval) != 2 or not all(map(math.isfinite, interval)):
        return percent(share)
    return f"{percent(share)} ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"


def times(ratio: float | None) -> str:
    """11.934 -> 11.93x."""
    return UNKNOWN if ratio is None or not math.isfinite(ratio) else f"{ratio:.2f}x"


def saved(compression: float) -> str:
    """The share of the text's tokens that pages save, if they save any."""
    if not math.isfinite(compression) or compression <= 0:
        return UNKNOWN
    return f"{100 * (1 - 1 / compression):.1f}%"


def plural(n: int, noun: str) -> str:
    """(1, "trial") -> 1 trial."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def value(held: Value) -> str:
    """Of a knob."""
    if isinstance(held, bool):
        return "yes" if held else "no"
    return f"{held:g}" if isinstance(held, float) else str(held)


def said(held: object) -> str:
    """A setting as one line: lists by commas, tables as JSON."""
    if isinstance(held, str):
        return held
    if isinstance(held, Mapping):
        return json.dumps(held, ensure_ascii=False, default=str)
    if isinstance(held, Sequence):
        return ", ".join(map(said, cast("Sequence[object]", held)))
    if isinstance(held, int) and not isinstance(held, bool):
        return f"{held:,}"
    return str(held)


def cut(text: str, most: int) -> str:
    """At most so many characters, with a sign where some were left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def escaped(text: object) -> str:
    """As it stands in HTML, in attributes too."""
    return html.escape(str(text))
