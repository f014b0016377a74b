"""One text, as a model gets it: as text tokens, or as pages.

In: a text, a number of text tokens, a style, a shape. Out: `TextPart` (the piece of the text that is so many tokens) and `PagePart` (its
pages as patches of pixels, with their grid). Text tokens are counted as Qwen's, exactly, as in the papers; GLM's own tokenizer is not at
hand, and the house counts it so too. Which ids the tokens have does not matter to speed. Knows no network.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.bench.model.shapes import Shape
from smallprint.errors import DataError
from smallprint.readers import sdk
from smallprint.readers.profile import Profile
from smallprint.render import Style, render
from smallprint.tokens.families import family
from smallprint.tokens.text import count
from smallprint.tokens.vision import resized, vision_tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENIZER = "qwen"
_THREADS = 8


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """The beginning of a text that is so many tokens."""

    text: str
    n_tokens: int
    """As asked for, or a few less, where a token does not end there."""


@dataclass(frozen=True, kw_only=True)
class PagePart:
    """Pages of a text in a style, as a family sees them."""

    n_pages: int
    visual_tokens: int
    """As `vision_tokens` counts them."""
    overhead: int
    """Tags around each page."""
    pixels: tuple[NDArray[np.uint8], ...]
    """Each page as it is drawn."""
    render_s: float

    @property
    def n_tokens(self) -> int:
        """What the model reads: visual tokens and tags."""
        return self.visual_tokens + self.n_pages * self.overhead


@dataclass(frozen=True, kw_only=True)
class Patches:
    """Some pages as a vision encoder takes them."""

    pixel_values: Any
    """(n_patches, 3 * 2 * patch * patch), normalised, on the device."""
    grid_thw: Any
    """(n_pages, 3): frames, rows and columns of patches."""
    visual_tokens: tuple[int, ...]
    """Of each page."""


def cut(text: str, n_tokens: int) -> TextPart:
    """A beginning of `text` that is so many tokens, or a few less where a token does not end there.

    A text that is too short is said again until it is long enough.

    Raises `DataError` for a text without anything to read.
    """
    if not text.strip():
        raise DataError("bench model: there is nothing to read in the text")
    while (found := count(text, TOKENIZER).tokens) < n_tokens:
        text = "\n\n".join([text] * max(2, min(64, n_tokens // max(found, 1) + 1)))
    # Steps of the mean characters a token are there sooner than halving is.
    width = len(text) / found
    low, high, best, best_tokens = 0, len(text), 0, 0
    at = int(n_tokens * width)
    while low <= high:
        at = max(low, min(at, high))
        tokens = count(text[:at], TOKENIZER).tokens
        if tokens <= n_tokens and at >= best:
            best, best_tokens = at, tokens
        if tokens == n_tokens:
            break
        if tokens < n_tokens:
            low = at + 1
            at += max(1, int((n_tokens - tokens) * width))
        else:
            high = at - 1
            at -= max(1, int((tokens - n_tokens) * width))
    return TextPart(text=text[:best], n_tokens=best_tokens)


def load_style(name: str) -> Style:
    """A style by its name, from a file, or ``profile:FILE`` for that of a model's profile.

    Raises `StyleError`, `StoreError` or `DataError`.
    """
    kind, _, path = name.partition(":")
    return Profile.load(Path(path)).style if kind == "profile" and path else Style.load(name)


def draw(part: TextPart, style: Style, shape: Shape, *, clock: Callable[[], float] = time.perf_counter) -> PagePart:
    """Draw the pages now, on one thread, to pixels in memory; how long that took is in the result. Raises `StyleError`, `FontError`."""
    began = clock()
    pixels = tuple(page.pixels for page in render(part.text, style))
    seconds = clock() - began
    return PagePart(
        n_pages=len(pixels),
        visual_tokens=sum(vision_tokens(shape.family, page.shape[1], page.shape[0]) for page in pixels),
        overhead=family(shape.family).overhead,
        pixels=pixels,
        render_s=seconds,
    )


def patches(pages: tuple[NDArray[np.uint8], ...], shape: Shape, *, device: str, dtype: Any) -> Patches:
    """What the family's own image processor makes of the pages: sides brought to whole tokens, patches in its order, normalised.

    Bytes go to the device and become numbers there.
    """
    import numpy as np

    torch = sdk.load("torch", extra="local", needed_by="bench model")
    vision = shape.config["vision_config"]
    side = int(vision["patch_size"])
    merge = int(vision.get("spatial_merge_size", 2))
    frames = int(vision.get("temporal_patch_size", 2))
    flat: list[NDArray[np.uint8]] = []
    grid: list[tuple[int, int, int]] = []
    # Pillow lets other threads run while it resizes.
    with ThreadPoolExecutor(max(1, min(_THREADS, len(pages), os.cpu_count() or 1))) as pool:
        all_seen = list(pool.map(_as_seen, pages, repeat(shape.family)))
    for seen in all_seen:
        rows, columns = seen.shape[0] // side, seen.shape[1] // side
        # (rows of tokens, row in token, y, columns of tokens, column in token, x, channels)
        cells = seen.reshape(rows // merge, merge, side, columns // merge, merge, side, -1)
        flat.append(cells.transpose(0, 3, 1, 4, 6, 2, 5).reshape(rows * columns, -1, side * side))
        grid.append((1, rows, columns))
    bytes_of = torch.from_numpy(np.concatenate(flat)).to(device)
    mean = torch.tensor(shape.mean, device=device)[None, :, None]
    std = torch.tensor(shape.std, device=device)[None, :, None]
    values = torch.empty(len(bytes_of), 3, frames, side * side, device=device, dtype=dtype)
    # One product and one sum for each channel, then a copy for each further frame.
    values[:, :, 0] = torch.addcmul(-mean / std, bytes_of.to(torch.float32), 1 / (255 * std))
    for frame in range(1, frames):
        values[:, :, frame] = values[:, :, 0]
    return Patches(
        pixel_values=values.view(len(values), -1),
        grid_thw=torch.tensor(grid, device=device),
        visual_tokens=tuple(rows * columns // merge**2 for _, rows, columns in grid),
    )


def _as_seen(page: NDArray[np.uint8], family_name: str) -> NDArray[np.uint8]:
    """(height, width, channels) after the family's resize; gray stays one channel."""
    import numpy as np

    size = resized(family_name, page.shape[1], page.shape[0])
    if size != (page.shape[1], page.shape[0]):
        from PIL import Image

        page = np.asarray(Image.fromarray(page).resize(size, Image.Resampling.BICUBIC))
    return page if page.ndim == 3 else page[:, :, None]
