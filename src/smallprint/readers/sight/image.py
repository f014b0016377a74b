"""A page as the network sees it: the size that its model family gives it, ink as 1 and paper as 0.

In: a PNG file or an array. Out: float32 (H, W), sides in whole visual tokens. The resize is the one of the family's image processor
(bicubic with antialiasing in Pillow, see `resize` in transformers' *_pil.py, read 2026-11-21).
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

MAX_IMAGE_PX = 200_000_000
"""Above this a file is taken for a decompression bomb."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's "L"
MIN_CONTRAST = 24
"""Gray levels between paper and ink under which a page counts as blank."""


def load(file: BinaryIO | Path) -> NDArray[np.uint8]:
    """An image file as gray pixels, (H, W); transparent parts are white. Raises `OSError`, `ValueError` or `SyntaxError` for what is not
    one."""
    from PIL import Image

    try:
        opened = Image.open(file)
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from None
    with opened:
        if opened.width * opened.height > MAX_IMAGE_PX:
            raise ValueError(f"{opened.width} x {opened.height} px is too large")
        if opened.mode.startswith("I"):
            # 16 bits a level, which Pillow would cut off at 255.
            return np.clip(np.asarray(opened) >> 8, 0, 255).astype(np.uint8)
        if opened.has_transparency_data:
            ground = Image.new("RGBA", opened.size, "white")
            return np.asarray(Image.alpha_composite(ground, opened.convert("RGBA")).convert("L"))
        return np.asarray(opened.convert("L"))


def gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) of (H, W), (H, W, 3)."""
    if pixels.ndim == 2:
        return pixels
    return np.rint(pixels[..., :3].astype(np.float32) @ _LUMA).astype(np.uint8)


def resize(pixels: NDArray[np.uint8], width_px: int, height_px: int) -> NDArray[np.uint8]:
    """(H, W) to (height_px, width_px)."""
    if pixels.shape == (height_px, width_px):
        return pixels
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize((width_px, height_px), Image.Resampling.BICUBIC))


def ink(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel is from the paper, whose level is the most frequent one: 0 to 1, 1 for what is farthest. Dark pages come out like
    light ones, and pale letters like black ones."""
    counts = np.bincount(pixels.ravel(), minlength=256)
    paper = int(counts.argmax())
    levels = np.abs(np.arange(256, dtype=np.float32) - paper)
    # The farthest level that more than a few pixels have.
    seen = np.flatnonzero(counts > pixels.size // 20_000)
    far = float(levels[seen].max(initial=0))
    if far < MIN_CONTRAST:
        # A line or two on a page: no level has so many, but those far from the paper have them together.
        beyond = np.bincount(levels.astype(np.int64), weights=counts)[::-1].cumsum()[::-1]
        far = float(np.flatnonzero(beyond > pixels.size // 20_000).max(initial=0))
    if far < MIN_CONTRAST:
        return np.zeros(pixels.shape, np.float32)
    return np.minimum(levels / far, 1.0)[pixels]
