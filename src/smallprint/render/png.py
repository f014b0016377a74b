"""Pixels to PNG bytes, the same bytes on every machine.

In: uint8 pixels, (H, W) gray or (H, W, 3) colour. Out: a PNG file (https://www.w3.org/TR/png-3/, read 2026-11-20) that decodes to exactly
these pixels. Knows nothing of pages.

The default mode does not ask zlib, whose builds differ in the bytes they give: a run of equal bytes becomes a match at distance 1, all
else a literal, in one DEFLATE block (RFC 1951) whose Huffman code is a constant fitted to pages of text (`tools/png_code.py`). ``small`` is
zlib at its best level: smaller, above all for photographs, and the same only where the zlib is.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from smallprint.render.png_code import LENGTHS_HEX

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mode = Literal["default", "small"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB, _PALETTE = 0, 2, 3
_MIN_MATCH, _MAX_MATCH = 3, 258
_END = 256
# RFC 1951, 3.2.5: first length and number of extra bits of the length symbols 257 to 285.
# fmt: off
_LENGTH_BASE = (
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27,
    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
)
_LENGTH_EXTRA = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0)
# RFC 1951, 3.2.7: the order in which the lengths of the code-length code are written.
_CODE_LENGTH_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def encode(pixels: NDArray[np.uint8], mode: Mode = "default") -> bytes:
    """PNG of (H, W) or (H, W, 3) uint8 pixels, at the least bit depth that holds them."""
    height, width = pixels.shape[:2]
    color_type, depth, palette, samples = _samples(pixels)
    raw = scanlines(samples, depth)
    body = zlib.compress(raw, 9) if mode == "small" else _deflate(raw)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b"")]
    if palette is not None:
        parts.insert(1, _chunk(b"PLTE", palette))
    return _SIGNATURE + b"".join(parts)


def _samples(pixels: NDArray[np.uint8]) -> tuple[int, int, bytes | None, NDArray[np.uint8]]:
    """Colour type, bit depth, palette and samples (uint8)."""
    if pixels.ndim == 2:
        levels = np.flatnonzero(np.bincount(pixels.ravel(), minlength=256))
        depth = next(bits for bits in (1, 2, 4, 8) if not (levels % (255 // ((1 << bits) - 1))).any())
        return _GRAY, depth, None, pixels // (255 // ((1 << depth) - 1))
    packed = pixels.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colors, numbers = np.unique(packed, return_inverse=True)
    if len(colors) > 256:
        return _RGB, 8, None, pixels
    palette = b"".join(int(color).to_bytes(3, "big") for color in colors)
    depth = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 1 << bits)
    return _PALETTE, depth, palette, numbers.astype(np.uint8).reshape(packed.shape)


def scanlines(samples: NDArray[np.uint8], depth: int) -> bytes:
    """Samples (H, W) or (H, W, 3) as PNG sends them: each row packed, behind a filter byte of 0."""
    packed = samples.reshape(len(samples), -1) if depth == 8 else _pack(samples, depth)
    return np.pad(packed, ((0, 0), (1, 0))).tobytes()


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


class _Code(NamedTuple):
    """The constant code as bits to emit: per literal, per match length (distance included), the end, and the block's header."""

    literal_bits: NDArray[np.uint64]
    literal_n: NDArray[np.int64]
    match_bits: NDArray[np.uint64]
    match_n: NDArray[np.int64]
    end: tuple[int, int]
    header: tuple[list[int], list[int]]


def _deflate(raw: bytes) -> bytes:
    code = _code()
    is_literal, value, length = symbols(raw)
    bits = np.where(is_literal, code.literal_bits[value], code.match_bits[length])
    n_bits = np.where(is_literal, code.literal_n[value], code.match_n[length])
    header_bits, header_n = code.header
    end_bits, end_n = code.end
    body = _join(
        np.concatenate([np.array(header_bits, np.uint64), bits, np.array([end_bits], np.uint64)]),
        np.concatenate([np.array(header_n, np.int64), n_bits, np.array([end_n], np.int64)]),
    )
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(raw))


def symbols(raw: bytes) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.int64]]:
    """What is sent for some bytes, one entry a symbol: whether it is a literal, its byte, and else the length of the match."""
    data = np.frombuffer(raw, np.uint8)
    starts = np.flatnonzero(np.append(True, data[1:] != data[:-1]))
    repeats = np.diff(np.append(starts, len(data))) - 1
    n_long, rest = repeats // _MAX_MATCH, repeats % _MAX_MATCH
    n_short = np.where(rest < _MIN_MATCH, rest, 0)
    has_match = rest >= _MIN_MATCH
    # Each run gives: its byte, matches of 258, then one match or one or two more literals for what is left.
    n_symbols = 1 + n_long + n_short + has_match
    run = np.repeat(np.arange(len(starts)), n_symbols)
    order = np.arange(len(run)) - np.repeat(np.cumsum(n_symbols) - n_symbols, n_symbols)
    is_literal = (order == 0) | (order > (n_long + has_match)[run])
    length = np.where(order <= n_long[run], _MAX_MATCH, rest[run])
    return is_literal, data[starts][run], length


def _join(bits: NDArray[np.uint64], n_bits: NDArray[np.int64]) -> bytes:
    """Fields of up to 31 bits, least significant bit first, one after another."""
    ends = np.cumsum(n_bits)
    starts = ends - n_bits
    words, shifts = starts >> 5, (starts & 31).astype(np.uint64)
    shifted = bits << shifts
    n_words = int(ends[-1] >> 5) + 2
    # The fields do not overlap, so that adding them is joining them; sums stay below 2**32 and exact.
    low = np.bincount(words, weights=(shifted & np.uint64(0xFFFFFFFF)).astype(np.float64), minlength=n_words)
    high = np.bincount(words + 1, weights=(shifted >> np.uint64(32)).astype(np.float64), minlength=n_words)
    joined = (low + high).astype(np.uint64).astype("<u4")
    return joined.tobytes()[: (int(ends[-1]) + 7) // 8]


@cache
def _code() -> _Code:
    lengths = [int(digit, 16) for digit in LENGTHS_HEX]
    codes = canonical(lengths)
    match_bits, match_n = np.zeros(_MAX_MATCH + 1, np.uint64), np.zeros(_MAX_MATCH + 1, np.int64)
    for length in range(_MIN_MATCH, _MAX_MATCH + 1):
        symbol = length_symbol(length)
        extra, base = _LENGTH_EXTRA[symbol - 257], _LENGTH_BASE[symbol - 257]
        # The one distance code, of one bit, is 0.
        match_bits[length] = codes[symbol] | (length - base) << lengths[symbol]
        match_n[length] = lengths[symbol] + extra + 1
    return _Code(
        literal_bits=np.array(codes[:256], np.uint64),
        literal_n=np.array(lengths[:256], np.int64),
        match_bits=match_bits,
        match_n=match_n,
        end=(codes[_END], lengths[_END]),
        header=_block_header(lengths),
    )


def _block_header(lengths: list[int]) -> tuple[list[int], list[int]]:
    """The last block, dynamic code: the lengths follow in a code-length code that gives each of 0 to 15 four bits."""
    plain = canonical([4] * 16)
    fields = [(1, 1), (2, 2), (len(lengths) - 257, 5), (0, 5), (len(_CODE_LENGTH_ORDER) - 4, 4)]
    fields += [(4 if symbol < 16 else 0, 3) for symbol in _CODE_LENGTH_ORDER]
    fields += [(plain[length], 4) for length in [*lengths, 1]]
    return [bits for bits, _ in fields], [n for _, n in fields]


def length_symbol(length: int) -> int:
    """The symbol of a match of 3 to 258 bytes."""
    return 257 + max(number for number, base in enumerate(_LENGTH_BASE) if base <= length)


def canonical(lengths: list[int]) -> list[int]:
    """Codes for given lengths (RFC 1951, 3.2.2), with the bits in the order in which they are sent."""
    codes = [0] * len(lengths)
    code = 0
    for n in range(1, max(lengths) + 1):
        for symbol, length in enumerate(lengths):
            if length == n:
                codes[symbol] = int(f"{code:0{n}b}"[::-1], 2)
                code += 1
        code <<= 1
    return codes
