"""Bytes to a zlib stream (RFC 1950 and 1951, read 2026-11-20) that is the same on every machine.

In: bytes and a `Code`. Out: one DEFLATE block: a long run of equal bytes becomes a match at distance 1, all else a literal, in the Huffman
code that the caller gives. zlib is not asked, since its builds differ in the bytes they give. Knows nothing of images.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from smallprint.render import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_MATCH, MAX_MATCH = 3, 258
MIN_REPEATS = 8
"""Of a byte, that are sent as a match: fewer cost no more as literals, and the kernel goes faster through long stretches of them."""
N_SYMBOLS = 286
MAX_BITS = 13
"""Of a symbol's code: DEFLATE allows 15; with 13 two literals fit into 26 bits, which the kernel's table of pairs leans on."""
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
_SYMBOL_OF_LENGTH = np.array(
    [0] * MIN_MATCH
    + [257 + max(n for n, base in enumerate(_LENGTH_BASE) if base <= length) for length in range(MIN_MATCH, MAX_MATCH + 1)]
)
# fmt: on


@dataclass(frozen=True, eq=False)
class Code:
    """A Huffman code, as bits to emit. Fields with `_n` count bits; bits are in the order in which they are sent."""

    lengths: tuple[int, ...]
    """Of symbols 0 to 285."""

    @classmethod
    def fit(cls, counts: NDArray[np.int64]) -> Code:
        """The best code for symbols met so many times, with a word for every symbol."""
        return cls(package_merge((counts * 64 + 1).tolist(), MAX_BITS))

    @cached_property
    def words(self) -> tuple[int, ...]:
        return canonical(self.lengths)

    @cached_property
    def literal_bits(self) -> NDArray[np.uint64]:
        return np.array(self.words[:256], np.uint64)

    @cached_property
    def literal_n(self) -> NDArray[np.int64]:
        return np.array(self.lengths[:256], np.int64)

    @cached_property
    def match_bits(self) -> NDArray[np.uint64]:
        """By length of the match; the distance is included: its one code, of one bit, is 0."""
        return np.array(
            [
                self.words[symbol] | (length - _LENGTH_BASE[symbol - 257]) << self.lengths[symbol] if symbol else 0
                for length, symbol in enumerate(_SYMBOL_OF_LENGTH.tolist())
            ],
            np.uint64,
        )

    @cached_property
    def match_n(self) -> NDArray[np.int64]:
        return np.array(
            [
                self.lengths[symbol] + _LENGTH_EXTRA[symbol - 257] + 1 if symbol else 0
                for symbol in _SYMBOL_OF_LENGTH.tolist()
            ]
        )

    @property
    def end(self) -> tuple[int, int]:
        return self.words[_END], self.lengths[_END]

    @cached_property
    def header(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The last block, dynamic code: the lengths follow in a code-length code that gives each of 0 to 15 four bits."""
        plain = canonical([4] * 16)
        fields = [(1, 1), (2, 2), (N_SYMBOLS - 257, 5), (0, 5), (len(_CODE_LENGTH_ORDER) - 4, 4)]
        fields += [(4 if symbol < 16 else 0, 3) for symbol in _CODE_LENGTH_ORDER]
        fields += [(plain[length], 4) for length in [*self.lengths, 1]]
        return np.array([bits for bits, _ in fields], np.uint64), np.array([n for _, n in fields])

    @cached_property
    def kernel_table(self) -> bytes:
        """For `kernel`."""
        return kernel.code_table(self)

    @cached_property
    def packed_header(self) -> tuple[bytes, int]:
        """The header's bits in bytes, and how many they are."""
        bits, n_bits = self.header
        return _join(bits, n_bits), int(n_bits.sum())


def count(data: bytes | bytearray) -> NDArray[np.int64]:
    """How often each symbol would be sent for some bytes, (286,)."""
    is_literal, value, length = symbols(data)
    counts = np.bincount(value[is_literal], minlength=N_SYMBOLS)
    counts += np.bincount(_SYMBOL_OF_LENGTH[length[~is_literal]], minlength=N_SYMBOLS)
    counts[_END] = 1
    return counts


def deflate(data: bytes | bytearray, code: Code) -> bytes:
    """A zlib stream of `data`."""
    if kernel.module:
        return kernel.deflate(data, code)
    is_literal, value, length = symbols(data)
    bits = np.where(is_literal, code.literal_bits[value], code.match_bits[length])
    n_bits = np.where(is_literal, code.literal_n[value], code.match_n[length])
    header_bits, header_n = code.header
    end_bits, end_n = code.end
    body = _join(
        np.concatenate([header_bits, bits, np.array([end_bits], np.uint64)]),
        np.concatenate([header_n, n_bits, np.array([end_n], np.int64)]),
    )
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(data))


def symbols(data: bytes | bytearray) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.int64]]:
    """What is sent for some bytes, one entry a symbol: whether it is a literal, its byte, and else the length of the match."""
    values = np.frombuffer(data, np.uint8)
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    repeats = np.diff(np.append(starts, len(values))) - 1
    n_long, rest = repeats // MAX_MATCH, repeats % MAX_MATCH
    n_short = np.where(rest < MIN_REPEATS, rest, 0)
    has_match = rest >= MIN_REPEATS
    # Each run gives: its byte, matches of 258, then one match or a few more literals for what is left.
    n_symbols = 1 + n_long + n_short + has_match
    run = np.repeat(np.arange(len(starts)), n_symbols)
    order = np.arange(len(run)) - np.repeat(np.cumsum(n_symbols) - n_symbols, n_symbols)
    is_literal = (order == 0) | (order > (n_long + has_match)[run])
    length = np.where(order <= n_long[run], MAX_MATCH, rest[run])
    return is_literal, values[starts][run], length


def package_merge(weights: list[int], limit: int) -> tuple[int, ...]:
    """Lengths of an optimal prefix code in which no word is longer than `limit` (Larmore and Hirschberg, JACM 37, 1990)."""
    leaves = sorted((weight, (symbol,)) for symbol, weight in enumerate(weights))
    packages: list[tuple[int, tuple[int, ...]]] = []
    for _ in range(limit):
        merged = sorted([*leaves, *packages])
        packages = [
            (first[0] + second[0], first[1] + second[1])
            for first, second in zip(merged[::2], merged[1::2], strict=False)
        ]
    lengths = [0] * len(weights)
    for _, members in packages[: len(weights) - 1]:
        for symbol in members:
            lengths[symbol] += 1
    return tuple(lengths)


def canonical(lengths: tuple[int, ...] | list[int]) -> tuple[int, ...]:
    """Codes for given lengths (RFC 1951, 3.2.2), with the bits in the order in which they are sent."""
    codes = [0] * len(lengths)
    code = 0
    for n in range(1, max(lengths) + 1):
        for symbol, length in enumerate(lengths):
            if length == n:
                codes[symbol] = int(f"{code:0{n}b}"[::-1], 2)
                code += 1
        code <<= 1
    return tuple(codes)


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
