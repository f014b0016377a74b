"""Letters in a case, and pages set from them so that what a network makes of the page can change the letters.

In: a style, for the letters to begin with; text. Out: pages (B, H, W) of ink, with the class of each slot. Lines break anywhere: only what
a letter looks like beside any other counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from smallprint.errors import DataError
from smallprint.readers.sight.alphabet import classes_of
from smallprint.readers.sight.slots import CELL_PX, ROW_PX, grid
from smallprint.render import Style, render
from smallprint.render.raster import INK_GAMMA
from smallprint.train.reader.tensors import tensor

NEWLINE = "↵"


@dataclass(frozen=True, eq=False)
class Case:
    """Letters of one style: ink (n, line_px, widest) float32, 0 to 1, and advances (n,) in px. Space is empty."""

    letters: str
    ink: NDArray[np.float32]
    advance: NDArray[np.int64]

    @property
    def line_px(self) -> int:
        return self.ink.shape[1]

    @classmethod
    def of(cls, style: Style, letters: str) -> Case:
        """The style's letters, each cut to its advance and its line.

        Raises `DataError` where lines or advances are not whole pixels, or lines are closer than a row of slots.
        """
        line_px = round(style.line_height_px)
        if (
            style.advance_grid_px < 1
            or style.advance_grid_px % 1
            or line_px != style.line_height_px
            or line_px < ROW_PX
        ):
            raise DataError(f"style: lines and advances must be whole pixels, and lines at least {ROW_PX} px apart")
        wide = style.with_keys({"margin-x": 8, "margin-y": 8, "newline-markup": NEWLINE})
        parts: list[NDArray[np.float32]] = []
        for letter in letters:
            page = render("n" + ("\n" if letter == NEWLINE else letter) + "n", wide)[0]
            (x0, x1), top = page.char_edges()[1].round().astype(int), page.lines[0].top_px
            parts.append((1 - page.pixels[top : top + line_px, x0:x1] / 255).astype(np.float32))
        advance = np.array([part.shape[1] for part in parts])
        ink = np.zeros((len(letters), line_px, int(advance.max())), np.float32)
        for at, part in enumerate(parts):
            ink[at, : part.shape[0], : part.shape[1]] = part
        return cls(letters, ink, advance)

    @property
    def inside(self) -> NDArray[np.float32]:
        """1 for the pixels that a letter has (n, 1, widest)."""
        made = np.zeros((len(self.letters), 1, self.ink.shape[2]), np.float32)
        for at, (letter, width) in enumerate(zip(self.letters, self.advance.tolist(), strict=True)):
            made[at, 0, :width] = letter != " "
        return made


class Letters(nn.Module):
    """The pixels, between no ink and full ink."""

    def __init__(self, case: Case, spread: float) -> None:
        super().__init__()
        start = tensor(case.ink, "cpu").clamp(0.03, 0.97)
        self.logit = nn.Parameter(torch.logit(start) + spread * torch.randn_like(start))
        self.register_buffer("inside", tensor(case.inside, "cpu"), persistent=False)

    def forward(self) -> Tensor:
        return torch.sigmoid(self.logit) * cast(Tensor, self.inside)


def coverage(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What the renderer must be given to draw such ink: it makes letters a little darker."""
    return np.rint(255 * np.clip(ink, 0, 1) ** (1 / INK_GAMMA)).astype(np.uint8)


def drawn(covered: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The ink that it draws in 256 levels."""
    return (np.rint(255 * (covered / 255) ** INK_GAMMA) / 255).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Places:
    """Letters on pages: which page, which letter, left edge and top, each (n,); the classes of slots (B, R, S); what the pages say."""

    page: NDArray[np.int64]
    letter: NDArray[np.int64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    classes: NDArray[np.int64]
    texts: tuple[str, ...]


def placed(texts: Iterable[str], case: Case, side_px: int, slots_a_cell: int) -> Places:
    """Square pages, each filled with a text from the top left on; what the case lacks is left out."""
    number = {letter: at for at, letter in enumerate(case.letters)}
    advance = case.advance.tolist()
    label = classes_of(case.letters).tolist()
    pages = list(texts)
    classes = np.full((len(pages), *grid(side_px, side_px, slots_a_cell)), -1)
    columns: list[list[int]] = [[], [], [], []]
    shown: list[str] = []
    for page, text in enumerate(pages):
        x = y = 0
        lines: list[list[str]] = [[]]
        for char in text:
            if (at := number.get(char)) is None:
                continue
            if x + advance[at] > side_px:
                x, y = 0, y + case.line_px
                if y + case.line_px > side_px:
                    break
                lines.append([])
            for column, value in zip(columns, (page, at, x, y), strict=True):
                column.append(value)
            row, column = (2 * y + case.line_px) // (2 * ROW_PX), (2 * x + advance[at]) * slots_a_cell // (2 * CELL_PX)
            classes[page, row, column] = label[at]
            lines[-1].append(char)
            x += advance[at]
        shown.append("\n".join(map("".join, lines)))
    on_page, letter, left, top = (np.array(column, np.int64) for column in columns)
    return Places(on_page, letter, left, top, classes, tuple(shown))


def composed(ink: Tensor, places: Places, side_px: int) -> Tensor:
    """Pages (B, H, W) of letters' ink (n, line_px, widest)."""
    n_pages, widest = len(places.texts), ink.shape[2]
    parts = ink[tensor(places.letter, "cpu")]
    rows = tensor(places.page * side_px + places.y, "cpu")[:, None, None] + torch.arange(ink.shape[1])[None, :, None]
    columns = tensor(places.x, "cpu")[:, None, None] + torch.arange(widest)[None, None, :]
    flat = torch.zeros(n_pages * side_px, side_px + widest).index_put(
        (rows.expand_as(parts), columns.expand_as(parts)), parts, accumulate=True
    )
    return flat[:, :side_px].reshape(n_pages, side_px, side_px).clamp(0, 1)
