"""A page as it was read, with the strings that went along as text put where they were misread.

In: the text of a page and its pins. Out: the text. A model has to do this by itself; here it is done for the rules.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST_ALIKE = 70.0
"""Of 100: a string that is less like the pin is another one."""


def with_pins(text: str, pins: Sequence[str]) -> str:
    """`text` with the stretch that is most like each pin replaced by it. Pins that stand there already change nothing."""
    from rapidfuzz import fuzz

    for pin in sorted(pins, key=len, reverse=True):
        if pin in text:
            continue
        found = fuzz.partial_ratio_alignment(pin, text, score_cutoff=LEAST_ALIKE)
        if found is not None and found.dest_end > found.dest_start:
            start, end = _whole(text, found.dest_start, found.dest_end)
            text = f"{text[:start]}{pin}{text[end:]}"
    return text


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch with the rest of the words that it cuts: pins are whole ones."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
