"""A proof to look at: pages with their misread and doubtful places lit.

In: pages with their proofs, one by one. Out: one HTML file that needs nothing else.
"""

from __future__ import annotations

import base64
import html
import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from smallprint.errors import StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.context.proofread import Finding, PageProof
    from smallprint.render import Page

MAX_PAGES = 60
"""More would make a file that browsers open slowly: those with the most mistakes are shown."""
_LIT_BEYOND_PX = 1


class ProofPages:
    """Collects the pages to show, the worst ones where there are many, and writes the file."""

    def __init__(self) -> None:
        self._seen = 0
        self._shown: list[tuple[int, PageProof, Page]] = []

    def add(self, page: Page, proof: PageProof) -> None:
        self._seen += 1
        self._shown.append((proof.tally.errors + len(proof.findings), proof, page))
        if len(self._shown) > MAX_PAGES:
            self._shown.remove(min(self._shown, key=lambda each: each[0]))

    def write(self, path: Path, *, name: str, style: str, summary: str) -> None:
        """Raises `OSError` where the file cannot be written."""
        template = (resources.files("smallprint.context") / "proof.html").read_text(encoding="utf-8")
        head, tail = template.split("<!--pages-->")
        if self._seen > len(self._shown):
            summary = f"{summary}; of {self._seen:,} pages, the {len(self._shown)} with the most findings"
        for key, value in (("name", name), ("style", style), ("summary", summary)):
            head = head.replace(f"{{{{{key}}}}}", html.escape(value))
        beside = path.with_name(path.name + ".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(head)
                for _, proof, page in sorted(self._shown, key=lambda each: each[1].index):
                    file.write(_figure(page, proof))
                file.write(tail)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


def check(path: Path) -> None:
    """Say what would keep the file from being written, before the time is spent. Raises `StoreError`."""
    if not path.name or path.is_dir():
        raise StoreError(f"--html {path}: a folder; give the name of a file")
    if not path.parent.is_dir():
        raise StoreError(f"--html {path}: no folder {path.parent}")


def _figure(page: Page, proof: PageProof) -> str:
    data = base64.b64encode(page.png()).decode()
    boxes = page.char_boxes()
    lines = np.array([line.start for line in page.lines])
    marks = "".join(_marks(page, boxes, lines, finding) for finding in proof.findings)
    return (
        f"<figure><figcaption>page {proof.index + 1} &middot; {proof.tally.cer:.2%} of {proof.tally.chars:,} characters misread"
        f" &middot; {sum(finding.misread for finding in proof.findings)} places</figcaption>"
        f'<div class="page" style="width:{page.width_px}px"><img alt="page {proof.index + 1}" width="{page.width_px}" '
        f'height="{page.height_px}" src="data:image/png;base64,{data}">{marks}</div></figure>\n'
    )


def _marks(page: Page, boxes: NDArray[np.int32], lines: NDArray[np.int64], finding: Finding) -> str:
    """Rectangles for the finding's part of each line."""
    start, end = finding.span
    first, last = page.span
    # What has no place of its own is lit at the characters beside it.
    start, end = (start, end) if end > start else (max(first, start - 1), min(last, start + 1))
    kind = "wrong" if finding.misread else "doubt"
    told = html.escape(
        json.dumps([finding.source, finding.read, finding.advice, finding.exact or ""], ensure_ascii=False)
    )
    places = np.arange(start, end)
    line = np.searchsorted(lines, places, side="right")
    made: list[str] = []
    for number in np.unique(line):
        part = boxes[places[line == number] - first]
        part = part[part[:, 2] > part[:, 0]]
        if len(part):
            (x0, y0), (x1, y1) = part[:, :2].min(0).tolist(), part[:, 2:].max(0).tolist()
            made.append(
                f'<i class="{kind}" data-told="{told}" style="left:{x0 - _LIT_BEYOND_PX}px;top:{y0}px;'
                f'width:{x1 - x0 + 2 * _LIT_BEYOND_PX}px;height:{y1 - y0}px"></i>'
            )
    return "".join(made)
