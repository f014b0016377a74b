"""Training samples without end: crops of pages in styles at random, with the class of each slot.

In: a corpus, a recipe's mixture, a seed and a number. Out: the batch of that number; the same for the same seed, in any order, so that
training can go on anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import DataError, StyleError
from smallprint.readers.sight import image
from smallprint.readers.sight.alphabet import WIDE
from smallprint.readers.sight.slots import grid
from smallprint.render import Page, Style, render
from smallprint.render.random_style import random_styles
from smallprint.train.reader import degrade
from smallprint.train.reader.corpus import Corpus
from smallprint.train.reader.targets import Targets, page_targets

T = TypeVar("T")

FINE_PX = (4, 5, 6, 7, 8)

MAX_AREA_PX = 2_200_000
LEAST_LEADING_PX, LEAST_SIZE_PX = 5.5, 5.5
BATCHES_A_POOL, STYLES_A_POOL = 100, 48
"""Styles of the paper's mixture are drawn for so many batches at a time, since each has letters of its own to be drawn."""
MAX_CHARS = 14_000
"""More than a page of the smallest print holds at 72 dpi."""


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """What pages look like. Shares of all pages."""

    small_print: float = 0.55
    """Letters of 7 to 10 pt at 72 dpi on full pages, as `flow` and `glyph-en` are; the rest is the paper's mixture."""
    fine_print: float = 0.0
    """Letters of 4 to 8 px in whole pixels, as in the presets `fine-8` to `fine-4`. Such pages are not rescaled: no one could read them."""
    fine_steps: tuple[float, ...] = (1, 1, 1, 1, 1)
    """Shares of letters of 4, 5, 6, 7 and 8 px among them."""
    presets: tuple[str, ...] = ()
    """Presets that fine print takes in place of the above, with their own margins."""
    faces: tuple[str, ...] = ()
    """Faces of small print in place of those of `FACES`, and in few ways, since thousands of characters are drawn anew for each way; named
    twice, one is taken twice as often."""
    sizes_pt: tuple[float, ...] = ()
    """The same for its sizes."""
    foreign: float = 0.0
    """Pages in ordinary fine and small print, which a network for other letters must leave to the one that reads them: not to be read."""
    no_text: float = 0.01
    """Images without text."""
    turned: float = 0.01
    """Pages that lie on their side or stand on their head: not to be read."""
    large_tokens: float = 0.25
    """Pages seen in tokens of 32 px; the rest, of 28 px."""
    crop_tokens: int = 8
    """Side of a crop in visual tokens."""
    crops_a_page: int = 2

    def __post_init__(self) -> None:
        if len(self.fine_steps) != len(FINE_PX) or min(self.fine_steps) < 0 or not sum(self.fine_steps):
            raise DataError(
                f"pages: fine_steps has shares of letters of {', '.join(map(str, FINE_PX))} px: give {len(FINE_PX)} numbers"
            )


@dataclass(frozen=True, eq=False)
class Crops:
    """A batch: ink (B, H, W) float32, targets (B, R, S), from pages seen in tokens of `token_px`."""

    token_px: int
    ink: NDArray[np.float32]
    targets: Targets


FACES = (
    ("DejaVu Sans", 0.5),
    ("DejaVu Sans Condensed", 0.15),
    ("DejaVu Serif", 0.1),
    ("DejaVu Sans Mono", 0.15),
    ("Source Sans 3", 0.1),
)
SIZES_PT = ((7, 0.1), (7.5, 0.05), (8, 0.2), (8.5, 0.05), (9, 0.4), (9.5, 0.05), (10, 0.15))


def small_styles(random: Random, mixture: Mixture | None = None) -> Iterator[Style]:
    """Styles like the presets for small print, without end; with the faces and sizes of `mixture` where it has some."""
    mixture = mixture or Mixture()
    faces = tuple((face, 1.0) for face in mixture.faces) or FACES
    sizes_pt = tuple((size, 1.0) for size in mixture.sizes_pt) or SIZES_PT
    while True:
        size = float(_draw(random, sizes_pt))
        keys: dict[str, Any] = {
            "font-path": _draw(random, faces),
            "font-size": size,
            "line-height": size + random.choice((0, 1, 1, 1, 2)),
            "margin-x": random.choice((2, 5, 10, 10)),
            "margin-y": random.choice((2, 5, 10, 10)),
            "tab-width": random.choice((4, 8)),
            "auto-crop-width": random.random() < 0.3,
            "horizontal-scale": random.choice((0.8, 0.85, 0.9)) if random.random() < 0.1 else 1.0,
        }
        if mixture.faces:
            keys |= {"tab-width": 4, "horizontal-scale": 1.0}
        if random.random() < 0.5:
            keys["newline-markup"] = (
                "↵" if mixture.faces or random.random() < 0.7 else '<font color="#FF0000"> \\n </font>'
            )
        if random.random() < 0.2:
            keys["page-size"] = random.choice(("588,840", "768,768", "1024,1024", "612,792"))
        style = Style.from_keys(keys, name="small")
        yield style.themed("dark") if random.random() < 0.05 else style


def fine_style(random: Random, shares: tuple[float, ...], side_px: int) -> Style:
    """A style like the presets for fine print, on a page of `side_px`."""
    (size,) = random.choices(FINE_PX, shares)
    keys: dict[str, Any] = {
        "page-size": f"{side_px},{side_px}",
        "margin-x": random.choice((0, 1, 1, 2, 5)),
        "margin-y": random.choice((0, 1, 2, 3, 4)),
    }
    if random.random() < 0.15:
        keys["font-path"] = random.choice(("DejaVu Sans", "DejaVu Sans Condensed", "DejaVu Sans Mono", "Source Sans 3"))
        keys["letter-scale"] = random.choice((0.95, 1, 1, 1.05))
    if random.random() < 0.1:
        keys["line-height"] = size + 1
    if random.random() < 0.3:
        keys["newline-markup"] = "<br/>"
    return Style.preset(f"fine-{size}").with_keys(keys)


def preset_style(random: Random, names: tuple[str, ...], side_px: int) -> Style:
    """One of the presets on a page of `side_px`; one in ten breaks lines at newlines."""
    keys: dict[str, Any] = {"page-size": f"{side_px},{side_px}"}
    if random.random() < 0.1:
        keys["newline-markup"] = "<br/>"
    return Style.preset(random.choice(names)).with_keys(keys)


def _draw(random: Random, shares: tuple[tuple[T, float], ...]) -> T:
    (value,) = random.choices([value for value, _ in shares], [share for _, share in shares])
    return value


class Samples:
    """Batches by number."""

    def __init__(
        self, corpus: Corpus, mixture: Mixture, *, seed: int, batch: int, slots_a_cell: int, n_classes: int = WIDE
    ) -> None:
        self.corpus, self.mixture, self.seed, self.batch = corpus, mixture, seed, batch
        self.slots_a_cell, self.n_classes = slots_a_cell, n_classes

    def __call__(self, number: int) -> Crops:
        """Batch `number`."""
        random = Random(f"{self.seed}/{number}")
        token_px = 32 if random.random() < self.mixture.large_tokens else 28
        small = small_styles(random, self.mixture)
        ink: list[NDArray[np.float32]] = []
        targets: list[Targets] = []
        while len(ink) < self.batch:
            style = self._style(random, small, number, token_px)
            for part, labels in self._page_crops(random, style, token_px):
                ink.append(part)
                targets.append(labels)
        return Crops(token_px, np.stack(ink[: self.batch]), Targets.stacked(targets[: self.batch]))

    def _style(self, random: Random, small: Iterator[Style], number: int, token_px: int) -> Style:
        mixture = self.mixture
        while True:
            if mixture.fine_print and random.random() < mixture.fine_print:
                side_px = (mixture.crop_tokens + random.randint(0, 2)) * token_px
                if mixture.presets:
                    return preset_style(random, mixture.presets, side_px)
                return fine_style(random, mixture.fine_steps, side_px)
            if random.random() < mixture.small_print:
                if self.fits(style := next(small)):
                    return style
            elif self.fits(style := random.choice(self._mixed(number // BATCHES_A_POOL))):
                return style

    def _foreign(self, random: Random, side_px: int) -> Style:
        if random.random() < 0.8:
            return fine_style(random, (1, 1, 1, 1, 1), side_px)
        return next(filter(self.fits, small_styles(random)))

    @lru_cache(maxsize=2)  # noqa: B019 - one or two of these live as long as the training
    def _mixed(self, pool: int) -> list[Style]:
        styles = random_styles(Random(f"{self.seed}/styles/{pool}"), pool=1, fresh=1.0, max_area_px=MAX_AREA_PX)
        return list(islice(filter(self.fits, styles), STYLES_A_POOL))

    @staticmethod
    def fits(style: Style) -> bool:
        """Whether each line has a row of slots of its own, and letters are not smaller than what is to be read."""
        return style.line_height_px >= LEAST_LEADING_PX and style.font_size * style.scale >= LEAST_SIZE_PX

    def page(self, random: Random) -> tuple[NDArray[np.float32], Targets, int] | None:
        """A whole page as it leaves the renderer: ink (H, W), its targets, and the side of a token in pixels. Drawn from `random` alone;
        now and then there is none."""
        token_px = 32 if random.random() < self.mixture.large_tokens else 28
        number = random.randrange(100_000) * BATCHES_A_POOL
        style = self._style(random, small_styles(random, self.mixture), number, token_px)
        page = self._rendered(random, style)
        if page is None:
            return None
        height_px, width_px = (max(1, round(px / token_px)) * token_px for px in page.pixels.shape[:2])
        ink = image.ink(image.resize(image.gray(page.pixels), width_px, height_px))
        return ink, page_targets(page, style, width_px, height_px, self.slots_a_cell, self.n_classes), token_px

    def _page_crops(self, random: Random, style: Style, token_px: int) -> Iterator[tuple[NDArray[np.float32], Targets]]:
        side, side_px = self.mixture.crop_tokens, self.mixture.crop_tokens * token_px
        kind = random.random()
        if kind < self.mixture.no_text:
            pixels = degrade.no_text(random, side_px)
            yield image.ink(pixels), Targets.empty(*self._grid(side_px, side_px))
            return
        # Recipes without such pages draw what they drew before there were any.
        is_foreign = self.mixture.foreign > 0 and random.random() < self.mixture.foreign
        if is_foreign:
            style = self._foreign(random, side_px)
        page = self._rendered(random, style)
        if page is None:
            return
        pixels, fine = image.gray(page.pixels), style.advance_grid_px > 0
        if not fine:
            pixels = degrade.rescaled(random, pixels)
        height_px, width_px = (max(1, round(px / token_px)) * token_px for px in pixels.shape)
        pixels = degrade.degraded(random, image.resize(pixels, width_px, height_px), worst_jpeg=75 if fine else 50)
        ink = image.ink(pixels)
        targets = page_targets(page, style, width_px, height_px, self.slots_a_cell, self.n_classes)
        is_turned = kind < self.mixture.no_text + self.mixture.turned
        if is_turned:
            ink = np.rot90(ink, random.choice((1, 2, 3)))
        if is_turned or is_foreign:
            targets = Targets.empty(*self._grid(ink.shape[1], ink.shape[0]))
        for _ in range(self.mixture.crops_a_page):
            y_px = random.randint(0, max(0, ink.shape[0] // token_px - side)) * token_px
            x_px = random.randint(0, max(0, ink.shape[1] // token_px - side)) * token_px
            part = ink[y_px : y_px + side_px, x_px : x_px + side_px]
            row, column = self._grid(x_px, y_px)
            crop = np.zeros((side_px, side_px), np.float32)
            crop[: part.shape[0], : part.shape[1]] = part
            yield crop, targets.crop(row, column, *self._grid(side_px, side_px))

    def _rendered(self, random: Random, style: Style) -> Page | None:
        """A page in `style` of a passage at random; none where the passage has nothing that fits."""
        try:
            return next(iter(render(self.corpus.passage(random, MAX_CHARS), style)))
        except (StyleError, StopIteration):
            return None

    def _grid(self, width_px: int, height_px: int) -> tuple[int, int]:
        return grid(width_px, height_px, self.slots_a_cell)
