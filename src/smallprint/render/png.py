"""Pixels to PNG bytes, the same bytes on every machine.

In: uint8 pixels, (H, W) gray or (H, W, 3) colour, or the samples of a page. Out: a PNG file (https://www.w3.org/TR/png-3/, read 2026-11-20)
that decodes to exactly these pixels. Knows nothing of pages.

The default mode is `deflate`'s. ``small`` looks for repeats too, through ISA-L: a sixth smaller, and the same only on machines of a kind.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from smallprint.render.deflate import Code, count, deflate
from smallprint.render.palette import GRAY, INDEXED, RGB

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mode = Literal["default", "small"]

_ISAL_LEVEL = 2
"""Of 0 to 3; the last takes three times as long for 1% (bench/png_size.py)."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))


def encode(pixels: NDArray[np.uint8], mode: Mode = "default") -> bytes:
    """PNG of (H, W) or (H, W, 3) uint8 pixels, at the least bit depth that holds them."""
    height, width = pixels.shape[:2]
    color_type, depth, palette, samples = _samples(pixels)
    raw = scanlines(samples, depth)
    head = header(width, height, color_type, depth, palette)
    return wrap(head, small(raw) if mode == "small" else deflate(raw, Code.fit(count(raw))))


def header(width_px: int, height_px: int, color_type: int, depth: int, palette: bytes | None) -> bytes:
    """What a file begins with, up to the image data."""
    size = struct.pack(">IIBBBBB", width_px, height_px, depth, color_type, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", size) + (_chunk(b"PLTE", palette) if palette is not None else b"")


def wrap(head: bytes, body: bytes) -> bytes:
    """A file from its beginning and a zlib stream of its scanlines."""
    return head + _chunk(b"IDAT", body) + _END


def small(raw: bytes | bytearray) -> bytes:
    """A zlib stream of scanlines."""
    from isal import isal_zlib

    return isal_zlib.compress(raw, _ISAL_LEVEL)


def scanlines(samples: NDArray[np.uint8], depth: int) -> bytes:
    """Samples (H, W) or (H, W, 3) as PNG sends them: each row packed, behind a filter byte of 0."""
    packed = samples.reshape(len(samples), -1) if depth == 8 else _pack(samples, depth)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


def _samples(pixels: NDArray[np.uint8]) -> tuple[int, int, bytes | None, NDArray[np.uint8]]:
    """Colour type, bit depth, palette and samples (uint8)."""
    if pixels.ndim == 2:
        levels = np.flatnonzero(np.bincount(pixels.ravel(), minlength=256))
        depth = next(bits for bits in (1, 2, 4, 8) if not (levels % (255 // ((1 << bits) - 1))).any())
        return GRAY, depth, None, pixels // (255 // ((1 << depth) - 1))
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colors, numbers = np.unique(packed, return_inverse=True)
    if len(colors) > 256:
        return RGB, 8, None, pixels
    palette = b"".join(int(color).to_bytes(3, "big") for color in colors)
    depth = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 1 << bits)
    return INDEXED, depth, palette, numbers.astype(np.uint8).reshape(packed.shape)


def _pack(samples: NDArray[np.uint8], depth: int) -> NDArray[np.uint8]:
    per_byte = 8 // depth
    height, width = samples.shape
    padded = np.zeros((height, -(-width // per_byte) * per_byte), np.uint8)
    padded[:, :width] = samples
    groups = padded.reshape(height, -1, per_byte)
    shifts = np.arange(8 - depth, -1, -depth, dtype=np.uint8)
    return np.bitwise_or.reduce(groups << shifts, axis=2)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
