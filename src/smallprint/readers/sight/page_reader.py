"""Page images to text.

In: pages, arrays or image files. Out: a `PageText` each. It sees pixels and nothing else. The page is first given the size that a model
family gives it, so that it is read from as many visual tokens as that family counts.
"""

from __future__ import annotations

import dataclasses
import io
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from smallprint.errors import DataError, ReaderError
from smallprint.readers.sight import image
from smallprint.readers.sight.alphabet import WIDE
from smallprint.readers.sight.compare import spans_of
from smallprint.readers.sight.decode import characters
from smallprint.readers.sight.lines import Transcript, transcript
from smallprint.readers.sight.network import Network, chosen
from smallprint.readers.sight.slots import CELL_PX
from smallprint.render.pages import Page
from smallprint.render.parallel import in_order
from smallprint.tokens.families import family as family_row
from smallprint.tokens.vision import resized

FAMILY = "glm-4.1v"
DOUBT = 0.8
"""Confidence under which a character is doubtful, where the weights do not say."""
GOOD = 0.96
"""Quality from which on a page is not looked at in other sizes."""
CHINESE = "han"
SCALED = ("reader", CHINESE)
"""Networks for print of many sizes."""
SCALES = (0.5, 2.0, 0.25)
"""Sizes that are tried on a part of a page that cannot be read as it is."""
PART_PX = 448
"""Side of that part."""
MAX_PX = 12_000_000
"""Pixels of a page as it is seen; more is made smaller. 15,000 tokens of 28 px."""
FINE_PITCH_PX = 8
"""Lines so close may be fine print."""
FAIR = 0.95
"""Quality from which on a page is not looked at by the network for Chinese, which is slow: pages of Vietnamese and Greek come to 0.955,
pages of which a tenth is Chinese to 0.94 (LOG.md, 2026-11-22)."""
PLAINLY = 0.85
"""Quality from which on a part of a page is Chinese without a look by the others: of letters, its network sees 0.7 at the most (LOG.md)."""
LEAST_WIDE = 0.1
"""Share of Chinese characters under which a page is not for the network that reads them: it knows letters too, and less well."""
_MOST_PITCH_PX = 40
_MAX_ASPECT = 100  # half of what families take (families.toml)
_INKED, _EXPLAINED_PX = 0.35, (12, 10)


@runtime_checkable
class PageLike(Protocol):
    """A page that has its pixels: uint8, (H, W) or (H, W, 3)."""

    @property
    def pixels(self) -> NDArray[np.uint8]: ...


Readable: TypeAlias = "PageLike | Page | NDArray[np.uint8] | bytes | str | os.PathLike[str]"


@dataclass(frozen=True, kw_only=True, eq=False)
class PageText:
    """What is on a page."""

    text: str
    confidence: NDArray[np.float32] = field(repr=False)
    """How likely each character is right and none is missing beside it, 0 to 1: (n,)."""
    boxes: NDArray[np.int32] = field(repr=False)
    """x0, y0, x1, y1 of each character in pixels of the page as it was given, ends excluded: (n, 4). No width for white space that is not
    drawn."""
    doubtful: tuple[tuple[int, int], ...]
    """Spans of the text that may be wrong, half-open. Of the rest one or two characters in 10,000 are, on small print like that of the
    training."""
    quality: float
    """Mean confidence of the characters, times the share of the page's ink that lies at one: low for photographs and for what lies
    askew."""


class PageReader:
    """Reads pages. Several may be read at once; the network is loaded at the first."""

    def __init__(
        self, *, family: str = FAMILY, weights: str | os.PathLike[str] | None = None, threads: int | None = None
    ) -> None:
        """`family` gives pages their size and tokens, `weights` is an ONNX file (the shipped one by default), `threads` is how many pages
        are read at once (all processors by default).

        Raises `TokenError` for an unknown family, `ReaderError` for one whose tokens are not squares of 28 or 32 px.
        """
        params = family_row(family).params
        self.family = family
        self.token_px = int(params.get("factor", 0))
        if not self.token_px or self.token_px % CELL_PX:
            raise ReaderError(
                f"family {family!r}: the embedded reader reads tokens of a fixed size alone; give glm-4.1v, qwen2.5-vl or qwen3-vl"
            )
        self._names, self._threads = chosen(weights), threads or os.cpu_count() or 1
        self._networks: dict[str, Network] = {}
        self._lock = threading.Lock()

    @property
    def about(self) -> dict[str, str]:
        """The networks that it reads with, and the SHA-256 of each."""
        return {name: self._network(name).sha256 for name in self._names}

    def read(self, page_or_png: Readable) -> PageText:
        """A page, an array (H, W) or (H, W, 3), the bytes of an image file, or its path.

        Raises `DataError` for what is not an image, `ReaderError` without weights.
        """
        return self._read(pixels_of(page_or_png))[0]

    def read_all(self, pages: Iterable[Readable], *, alike: bool = False) -> Iterator[PageText]:
        """`read` of each page, in order, several at once; holds a few pages at a time. Pages that are `alike`, all in one style, are
        read in the way in which the first of them is read best: by which network, at which scale. Trying costs more than reading."""
        from concurrent.futures import ThreadPoolExecutor

        # A file that cannot be loaded is told before any page is taken.
        self._network(self._names[0])
        rest = iter(pages)
        way: _Way | None = None
        for first in islice(rest, 1 if alike else 0):
            text, way = self._read(pixels_of(first))
            yield text
        with ThreadPoolExecutor(self._threads) as pool:
            yield from in_order(
                rest,
                lambda group: [self._read(pixels_of(page), way)[0] for page in group],
                pool,
                at_once=2 * self._threads,
                group=1,
            )

    def _network(self, name: str) -> Network:
        with self._lock:
            if name not in self._networks:
                self._networks[name] = Network(name)
            return self._networks[name]

    def _read(self, pixels: NDArray[np.uint8], known: _Way | None = None) -> tuple[PageText, _Way]:
        """The page in the way that is known, or in the one that proves best; and that one."""
        height, width = pixels.shape
        if not pixels.size:
            raise DataError(f"an image of {width} x {height} px has nothing to read")
        pixels = _padded(pixels, self.token_px)
        way, look = (known, self._look(pixels, known)) if known else self._best(pixels)
        boxes = look.made.boxes * np.array(
            [pixels.shape[1] / look.width_px, pixels.shape[0] / look.height_px] * 2, np.float32
        )
        limits = np.array([width, height] * 2)
        outward = np.where([True, True, False, False], np.floor(boxes), np.ceil(boxes))
        text = PageText(
            text=look.made.text,
            confidence=look.made.confidence,
            boxes=np.clip(outward, 0, limits).astype(np.int32),
            doubtful=spans_of(look.made.confidence < look.sure),
            quality=look.quality,
        )
        return text, way

    def _best(self, pixels: NDArray[np.uint8]) -> tuple[_Way, _Look]:
        first, *others = self._ways(pixels)
        look = self._look(pixels, first)
        if look.quality >= GOOD:
            return first, look
        part = _inkiest(pixels)
        if look.quality >= FAIR:
            others = [way for way in others if way.network != CHINESE]
        chinese = _Way(CHINESE, 1.0)
        if chinese in others and self._look(part, chinese).quality >= max(PLAINLY, look.quality):
            best = chinese
        else:
            best = max((first, *others), key=lambda way: self._look(part, way).quality)
        other = look if best == first else self._look(pixels, best)
        return (best, other) if other.quality > look.quality else (first, look)

    def _ways(self, pixels: NDArray[np.uint8]) -> list[_Way]:
        """The networks and scales to read a page with, the likeliest first. Where lines are so close that it may be fine print, those for
        letters look at a part of the page, and the one that sees most in it goes first."""
        ways = [_Way(name, 1.0) for name in self._names]
        if len(ways) > 1 and _line_pitch(part := _inkiest(pixels)) <= FINE_PITCH_PX:
            # Chinese so small was not learnt: its network is asked where the others fail, as on any page.
            ways.sort(key=lambda way: 1.0 if way.network == CHINESE else -self._look(part, way).quality)
        return [
            *ways,
            *(_Way(name, scale) for name in self._names if name in SCALED or len(ways) == 1 for scale in SCALES),
        ]

    def _look(self, pixels: NDArray[np.uint8], way: _Way) -> _Look:
        height, width = pixels.shape
        scale = min(way.scale, (MAX_PX / (height * width)) ** 0.5)
        seen = resized(self.family, max(1, round(width * scale)), max(1, round(height * scale)))
        ink = image.ink(image.resize(pixels, *seen))
        network = self._network(way.network)
        slots = network.run(ink, self.token_px)
        found = characters(slots.presence, slots.label, slots.certainty, slots.column_px)
        quality = float(found.confidence.mean()) * _explained(ink, found.row, found.x_px) if len(found.row) else 0.0
        if network.knows_wide and len(found.row) and float((found.label >= WIDE).mean()) < LEAST_WIDE:
            quality = 0.0
        if network.confidence and len(found.row):
            found = dataclasses.replace(found, confidence=network.confidence(found))
        return _Look(
            made=transcript(found, seen[0]),
            quality=quality,
            width_px=seen[0],
            height_px=seen[1],
            sure=network.confidence.sure if network.confidence else DOUBT,
        )


@dataclass(frozen=True)
class _Way:
    """To look at a page: by which network, at which scale."""

    network: str
    scale: float


@dataclass(frozen=True, kw_only=True, eq=False)
class _Look:
    """What was seen: the text, how well, the size of the page as it was seen, and from which confidence on a character is sure."""

    made: Transcript
    quality: float
    width_px: int
    height_px: int
    sure: float


def pixels_of(page_or_png: Readable) -> NDArray[np.uint8]:
    """Gray pixels (H, W). Raises `DataError` for what is not an image."""
    if isinstance(page_or_png, Page):
        return image.gray(page_or_png.pixels)
    if isinstance(page_or_png, PageLike):
        return image.gray(page_or_png.pixels)
    if isinstance(page_or_png, np.ndarray):
        if page_or_png.dtype != np.uint8 or page_or_png.shape[2:] not in ((), (3,)) or page_or_png.ndim < 2:
            raise DataError(f"a page is uint8 (H, W) or (H, W, 3), not {page_or_png.dtype} {page_or_png.shape}")
        return image.gray(page_or_png)
    name = "the image" if isinstance(page_or_png, bytes) else os.fspath(page_or_png)
    try:
        return image.load(io.BytesIO(page_or_png) if isinstance(page_or_png, bytes) else Path(page_or_png))
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"{name}: {getattr(error, 'strerror', None) or 'not an image that can be read'}") from None


def _padded(pixels: NDArray[np.uint8], least_px: int) -> NDArray[np.uint8]:
    """With paper below and to the right where a side is shorter than a token, or so thin that no family takes it."""
    least_px = max(least_px, -(-max(pixels.shape) // _MAX_ASPECT))
    below, right = (max(0, least_px - side) for side in pixels.shape)
    if not below and not right:
        return pixels
    paper = int(np.bincount(pixels.ravel()).argmax())
    return np.pad(pixels, ((0, below), (0, right)), constant_values=paper)


def _inkiest(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The square of `PART_PX`, on a grid of half its side, whose gray levels vary most."""
    height, width = pixels.shape
    step = PART_PX // 2
    corners = [(y, x) for y in range(0, max(1, height - step), step) for x in range(0, max(1, width - step), step)]
    y, x = max(corners, key=lambda at: float(pixels[at[0] : at[0] + PART_PX, at[1] : at[1] + PART_PX].std()))
    return pixels[y : y + PART_PX, x : x + PART_PX]


def _line_pitch(pixels: NDArray[np.uint8]) -> int:
    """Distance of the lines of text, in pixels: the shortest shift at which rows are nearly as like each other as at the best."""
    rows = np.abs(pixels.astype(np.float32) - np.median(pixels)).mean(axis=1)
    rows -= rows.mean()
    alike = np.array([(rows[shift:] * rows[:-shift]).mean() for shift in range(2, min(_MOST_PITCH_PX, len(rows) // 2))])
    peaks = np.flatnonzero((alike[1:-1] >= alike[:-2]) & (alike[1:-1] > alike[2:]) & (alike[1:-1] > 0)) + 1
    if not len(peaks):
        return _MOST_PITCH_PX
    return 2 + int(peaks[alike[peaks] >= 0.7 * alike[peaks].max()][0])


def _explained(ink: NDArray[np.float32], row: NDArray[np.int64], x_px: NDArray[np.float32]) -> float:
    """Share of the page's inked cells that lie near a character."""
    height, width = ink.shape
    cells = ink.reshape(height // CELL_PX, CELL_PX, width // CELL_PX, CELL_PX)
    inked = cells.max(axis=3).max(axis=1) > _INKED
    if not inked.any():
        return 1.0
    near = np.zeros(inked.shape, bool)
    near[row, np.minimum((x_px / CELL_PX).astype(np.int64), width // CELL_PX - 1)] = True
    for axis, reach_px in zip((0, 1), _EXPLAINED_PX, strict=True):
        spread = near.copy()
        for shift in range(1, reach_px // CELL_PX + 1):
            for step in (shift, -shift):
                spread |= np.roll(near, step, axis)
        near = spread
    return float((near & inked).sum() / inked.sum())
