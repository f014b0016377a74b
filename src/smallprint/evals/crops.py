"""The piece of a page on which an answer stands, to look at beside what was answered.

In: an item and its pages. Out: a PNG of the lines around the answer, or None where it is nowhere to be found. Knows no score.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from smallprint.evals.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smallprint.readers.planner import PagesLike

FOLDER = "crops"
MAX_CROPS = 8
"""Of a task in an arm: some 10 KB each."""
_AROUND_PX, _HALF_WIDTH_PX = 14, 220


def crop_path(folder: Path, sample: Sample) -> Path:
    """Where the crop of a sample lies."""
    return folder / FOLDER / f"{hashlib.sha256('/'.join(sample.key).encode('utf-8', 'replace')).hexdigest()[:24]}.png"


def crop_of(
    pages: PagesLike, context: str, answers: Sequence[str], prediction: str, *, near: Sequence[float] = ()
) -> bytes | None:
    """The first answer that the prediction lacks, with the lines around it, as a PNG file. `near` says where the answers stand, as shares
    of the context: a word of every day may stand elsewhere too."""
    from smallprint.render import Page, png

    missing = [answer for answer in answers if answer and answer.casefold() not in prediction.casefold()]
    for answer in missing or answers:
        start = _find(context, answer, near)
        page = _page_at(pages, start) if start >= 0 else None
        if not isinstance(page, Page):
            continue
        boxes = page.boxes(start, start + len(answer))
        if not boxes:
            continue
        pixels = page.pixels
        box = boxes[0]
        x = (box.x0 + box.x1) // 2
        top, bottom = max(0, box.y0 - _AROUND_PX), min(pixels.shape[0], box.y1 + _AROUND_PX)
        left = min(max(0, x - _HALF_WIDTH_PX), max(0, pixels.shape[1] - 2 * _HALF_WIDTH_PX))
        return png.encode(pixels[top:bottom, left : left + 2 * _HALF_WIDTH_PX].copy())
    return None


def _find(context: str, answer: str, near: Sequence[float]) -> int:
    """Where the answer stands nearest to one of the places; -1 for nowhere."""
    places = [match.start() for match in re.finditer(re.escape(answer[:40]), context)] if answer else []
    wanted = [share * len(context) for share in near]
    return min(places, key=lambda place: min((abs(place - each) for each in wanted), default=place), default=-1)


def _page_at(pages: PagesLike, place: int) -> object | None:
    for index, (start, end) in enumerate(pages.spans()):
        if start <= place < end:
            return pages[index]
    return None
