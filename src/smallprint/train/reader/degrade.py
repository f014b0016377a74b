"""What happens to pages on their way to a model: rescaling, JPEG, noise, another rasteriser's weight.

In: gray pixels, a random number generator. Out: gray pixels. Also images that are no pages of text.
"""

from __future__ import annotations

import io
from random import Random

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight.image import resize

RESCALE, WEIGHT, NOISE, JPEG = 0.35, 0.25, 0.12, 0.12
"""Shares of pages."""


def rescaled(random: Random, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page at 0.9 to 1.25 of its size, both sides nearly alike."""
    if random.random() >= RESCALE:
        return pixels
    height, width = pixels.shape
    scale = random.uniform(0.9, 1.25)
    return resize(pixels, round(width * scale * random.uniform(0.985, 1.015)), round(height * scale))


def degraded(random: Random, pixels: NDArray[np.uint8], *, worst_jpeg: int) -> NDArray[np.uint8]:
    """The page with heavier or thinner strokes, noise, or JPEG's traces; most pages unchanged."""
    if random.random() < WEIGHT:
        levels = np.arange(256) / 255
        pixels = np.rint(levels ** random.uniform(0.6, 1.6) * 255).astype(np.uint8)[pixels]
    if random.random() < NOISE:
        made = np.random.default_rng(random.getrandbits(64)).normal(0, random.uniform(2, 14), pixels.shape)
        pixels = np.clip(pixels + made, 0, 255).astype(np.uint8)
    if random.random() < JPEG:
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=random.randint(worst_jpeg, 95))
        pixels = np.asarray(Image.open(file))
    return pixels


def no_text(random: Random, side_px: int) -> NDArray[np.uint8]:
    """Shades, grain, lines and blots: (side_px, side_px)."""
    numbers = np.random.default_rng(random.getrandbits(64))
    coarse = random.choice((2, 4, 9, 20, 60, side_px))
    image = resize(numbers.integers(0, 256, (coarse, coarse), np.uint8), side_px, side_px).astype(np.float32)
    if random.random() < 0.5:
        for _ in range(random.randint(1, 12)):
            y, x = random.randrange(side_px), random.randrange(side_px)
            height, width = random.choice(((1, 200), (200, 1), (random.randint(2, 90), random.randint(2, 90))))
            image[y : y + height, x : x + width] = random.randrange(256)
    image += numbers.normal(0, random.choice((0, 3, 12)), image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)
