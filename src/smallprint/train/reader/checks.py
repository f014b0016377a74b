"""Pages of held-out text, read during the training.

In: a recipe's `[[check]]` tables. Out: character errors of a network on them. The same decoder and the same counting as for the finished
reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from smallprint.errors import DataError
from smallprint.readers.sight import image
from smallprint.readers.sight.alphabet import text_of
from smallprint.readers.sight.decode import FAINT, Characters, characters
from smallprint.render import Style, render
from smallprint.tokens.families import family
from smallprint.tokens.vision import resized
from smallprint.train.reader.corpus import MADE_UP
from smallprint.train.reader.files import read_text
from smallprint.train.reader.model import ReaderNet, Shape
from smallprint.train.reader.recipe import Check
from smallprint.train.reader.targets import page_targets
from smallprint.train.reader.tensors import tensor

_CHARS = 60_000


@dataclass(frozen=True, eq=False)
class _Sheet:
    name: str
    token_px: int
    ink: NDArray[np.float32]
    text: str


class Checker:
    """Reads the same pages each time."""

    def __init__(self, checks: tuple[Check, ...], root: Path, shape: Shape) -> None:
        self._sheets = [sheet for check in checks for sheet in _sheets(check, root, shape)]

    def __call__(self, net: ReaderNet) -> dict[str, float]:
        """Character errors by name of check, as shares."""
        from rapidfuzz.distance import Levenshtein

        errors: dict[str, int] = {}
        lengths: dict[str, int] = {}
        for sheet in self._sheets:
            wrong = Levenshtein.distance(read(net, sheet.ink, sheet.token_px), sheet.text)
            errors[sheet.name] = errors.get(sheet.name, 0) + wrong
            lengths[sheet.name] = lengths.get(sheet.name, 0) + len(sheet.text)
        return {name: round(errors[name] / max(1, lengths[name]), 5) for name in errors}


def read(net: ReaderNet, ink: NDArray[np.float32], token_px: int) -> str:
    """The lines of a page."""
    found = found_on(net, ink, token_px)
    return "\n".join(text_of(found.label[found.row == row]).strip() for row in np.unique(found.row))


@torch.no_grad()
def found_on(net: ReaderNet, ink: NDArray[np.float32], token_px: int) -> Characters:
    """The characters of a page."""
    device = next(net.parameters()).device
    presence, slots = net(tensor(ink, device)[None], token_px)
    held = torch.sigmoid(presence[0]).float().cpu().numpy()
    label, certainty = np.zeros(held.shape, np.int64), np.zeros(held.shape, np.float32)
    asked = held > FAINT
    best = torch.softmax(net.letters(slots[0][tensor(asked, device)]).float(), -1).max(-1)
    label[asked], certainty[asked] = best.indices.cpu().numpy(), best.values.cpu().numpy()
    return characters(held, label, certainty, ink.shape[1] / held.shape[1])


def _sheets(check: Check, root: Path, shape: Shape) -> list[_Sheet]:
    if check.file in MADE_UP:
        text = MADE_UP[check.file](Random(check.name), _CHARS)
    else:
        try:
            text = read_text(root / check.file)
        except DataError as error:
            raise DataError(f"check {check.name!r}: {error}") from None
        text = text[len(text) // 3 :][:_CHARS]
    style = Style.preset(check.style)
    token_px = family(check.family).params["factor"]
    sheets: list[_Sheet] = []
    for page, _ in zip(render(text, style), range(check.pages), strict=False):
        width_px, height_px = resized(check.family, page.width_px, page.height_px)
        classes = page_targets(page, style, width_px, height_px, shape.slots_a_cell, shape.n_classes).classes
        lines = (text_of(row[row >= 0]).strip() for row in classes)
        ink = image.ink(image.resize(image.gray(page.pixels), width_px, height_px))
        sheets.append(_Sheet(check.name, int(token_px), ink, "\n".join(line for line in lines if line)))
    return sheets
