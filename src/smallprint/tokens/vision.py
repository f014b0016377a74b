"""What an image costs in tokens: the one interpreter of families.toml.

In: a family's name and an image size in pixels. Out: its visual tokens, and the size that the model sees. Knows no pixels, no text and no
price; every difference between models is in the table, a rule here is only arithmetic.

Where an open model's own processor works in floating point, so does its rule, in the same order, so that both round alike.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from smallprint.errors import TokenError
from smallprint.tokens.families import family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Seen(NamedTuple):
    """What a rule makes of an image: its tokens and the size in pixels that the model sees."""

    tokens: int
    width_px: int
    height_px: int
    size_is_known: bool = True


def vision_tokens(family_name: str, width_px: int, height_px: int) -> int:
    """Visual tokens of one image, without the tags around it (`Family.overhead`).

    >>> vision_tokens("glm-4.1v", 595, 842)
    630

    Raises `TokenError` for an unknown family, a side that is not a positive int, or a shape that the model does not take.
    """
    return _seen(family_name, width_px, height_px).tokens


def resized(family_name: str, width_px: int, height_px: int) -> tuple[int, int]:
    """(width_px, height_px) after the provider's own resize; for tiles, the size of the whole grid; unchanged where nobody says.

    Raises as `vision_tokens`.
    """
    seen = _seen(family_name, width_px, height_px)
    return seen.width_px, seen.height_px


def shrink(family_name: str, width_px: int, height_px: int) -> float | None:
    """The smaller of the two linear scales that the provider applies, at most 1: 0.5 halves the letters; None where nobody says.

    Raises as `vision_tokens`.
    """
    seen = _seen(family_name, width_px, height_px)
    if not seen.size_is_known:
        return None
    return min(1.0, seen.width_px / width_px, seen.height_px / height_px)


@lru_cache(maxsize=4096)
def _seen(family_name: str, width_px: int, height_px: int) -> Seen:
    row = family(family_name)
    for key, value in (("width_px", width_px), ("height_px", height_px)):
        if type(value) is not int or value <= 0:
            raise TokenError(f"{key}: {value!r} is not a size; a positive whole number of pixels is needed")
    max_aspect = row.params.get("max_aspect")
    try:
        return RULES[row.rule](row.params, width_px, height_px)
    except _Refusal as refusal:
        allowed = f"; the longer side may be at most {max_aspect:g} times the shorter" if max_aspect else ""
        raise TokenError(
            f"{row.name}: does not take an image of {width_px}x{height_px} pixels: {refusal}{allowed}"
        ) from None


class _Refusal(Exception):
    """A rule does not take this shape."""


def _smart_resize(params: Mapping[str, float], width: int, height: int) -> Seen:
    """Sides rounded to multiples of `factor`, then scaled so that frames x area lies between the limits."""
    factor = int(params["factor"])
    frames = int(params.get("frames", 1))
    if params.get("grow_to_factor") and (height < factor or width < factor):
        scale = max(factor / height, factor / width)
        width, height = int(width * scale), int(height * scale)
    if max(width, height) / min(width, height) > params["max_aspect"]:
        raise _Refusal("too long and thin")
    w, h = round(width / factor) * factor, round(height / factor) * factor
    if frames * w * h > params["max_pixels"]:
        beta = math.sqrt((frames * height * width) / params["max_pixels"])
        w = max(factor, math.floor(width / beta / factor) * factor)
        h = max(factor, math.floor(height / beta / factor) * factor)
    elif frames * w * h < params["min_pixels"]:
        beta = math.sqrt(params["min_pixels"] / (frames * height * width))
        w, h = math.ceil(width * beta / factor) * factor, math.ceil(height * beta / factor) * factor
    return Seen((w // factor) * (h // factor), w, h)


def _best_grid(width: int, height: int, tile_px: int, min_tiles: int, max_tiles: int) -> tuple[int, int]:
    """(columns, rows) of the grid nearest in shape; among equals the larger, while the image fills more than half of it."""
    grids = sorted(
        (
            (columns, rows)
            for columns in range(1, max_tiles + 1)
            for rows in range(1, max_tiles + 1)
            if min_tiles <= columns * rows <= max_tiles
        ),
        key=lambda grid: grid[0] * grid[1],
    )
    best, best_gap = (1, 1), math.inf
    for columns, rows in grids:
        gap = abs(width / height - columns / rows)
        fills_half = width * height > 0.5 * tile_px * tile_px * columns * rows
        if gap < best_gap or (gap == best_gap and fills_half):
            best, best_gap = (columns, rows), gap
    return best


def _tile_grid(params: Mapping[str, float], width: int, height: int) -> Seen:
    """The best grid of tiles, and a thumbnail when there is more than one."""
    tile = int(params["tile_px"])
    columns, rows = _best_grid(width, height, tile, int(params["min_tiles"]), int(params["max_tiles"]))
    tiles = columns * rows
    if tiles > 1 and params.get("thumbnail"):
        tiles += 1
    return Seen(tiles * int(params["tokens_per_tile"]), columns * tile, rows * tile)


def _overview_and_tiles(params: Mapping[str, float], width: int, height: int) -> Seen:
    """A padded overview always; a grid of tiles when a side is over one tile."""
    tile, overview = int(params["tile_px"]), int(params["overview_px"])
    if max(width, height) <= tile:
        scale = overview / max(width, height)
        return Seen(int(params["overview_tokens"]), max(1, round(width * scale)), max(1, round(height * scale)))
    columns, rows = _best_grid(width, height, tile, int(params["min_tiles"]), int(params["max_tiles"]))
    tokens = int(params["overview_tokens"]) + int(params["tokens_per_tile"]) * columns * rows
    return Seen(tokens, columns * tile, rows * tile)


def _fixed(params: Mapping[str, float], width: int, height: int) -> Seen:
    """The same number whatever the size; the side is known for open models only."""
    side = int(params.get("side_px", 0))
    tokens = int(params["tokens"])
    if not side:
        return Seen(tokens, width, height, size_is_known=False)
    if params.get("keep_aspect"):
        scale = side / max(width, height)
        return Seen(tokens, max(1, round(width * scale)), max(1, round(height * scale)))
    return Seen(tokens, side, side)


def _budget(params: Mapping[str, float], width: int, height: int) -> Seen:
    """Scaled up or down until the image fills a budget of unit squares, sides rounded down to whole units."""
    unit, budget = int(params["unit_px"]), int(params["budget"])
    scale = math.sqrt(budget * unit**2 / (width * height))
    columns, rows = math.floor(scale * width / unit), math.floor(scale * height / unit)
    if rows == 0:
        columns, rows = min(width // height, budget), 1
    elif columns == 0:
        columns, rows = 1, min(height // width, budget)
    return Seen(columns * rows, columns * unit, rows * unit)


def _patch_cover(params: Mapping[str, float], width: int, height: int) -> Seen:
    """Patches that cover the image after the largest resize, shape kept, whose padded sides and patch count are within the limits."""
    patch, max_patches = int(params["patch_px"]), int(params["max_patches"])
    max_cells = int(params["max_side_px"]) // patch

    def cells(long_px: int, short_px: int) -> tuple[int, int]:
        return -(-long_px // patch), -(-short_px // patch)

    def fits(long_px: int, short_px: int) -> bool:
        long_cells, short_cells = cells(long_px, short_px)
        return max(long_cells, short_cells) <= max_cells and long_cells * short_cells <= max_patches

    long_px, short_px = max(width, height), min(width, height)
    if not fits(long_px, short_px):
        aspect = long_px / short_px
        low, high = 1, long_px
        while low + 1 < high:
            middle = (low + high) // 2
            if fits(middle, max(round(middle / aspect), 1)):
                low = middle
            else:
                high = middle
        long_px, short_px = low, max(round(low / aspect), 1)
    long_cells, short_cells = cells(long_px, short_px)
    sides = (long_px, short_px) if width >= height else (short_px, long_px)
    return Seen(long_cells * short_cells, *sides)


def _fit_box(width: int, height: int, box_px: int) -> tuple[int, int]:
    """Made smaller, shape kept, until the longer side is at most `box_px`; fractions of a pixel are dropped."""
    longer = max(width, height)
    if longer <= box_px:
        return width, height
    return max(1, width * box_px // longer), max(1, height * box_px // longer)


def _scaled_tiles(params: Mapping[str, float], width: int, height: int) -> Seen:
    """Fitted into a box, then to a short side, both downwards only; a base and so much a tile."""
    width, height = _fit_box(width, height, int(params["box_px"]))
    short_px, tile = int(params["short_px"]), int(params["tile_px"])
    shorter = min(width, height)
    if shorter > short_px:
        width, height = width * short_px // shorter, height * short_px // shorter
    tiles = -(-width // tile) * -(-height // tile)
    return Seen(int(params["base"]) + int(params["tokens_per_tile"]) * tiles, width, height)


def _scaled_patches(params: Mapping[str, float], width: int, height: int) -> Seen:
    """Patches that cover the image, after a resize to a patch budget where the row has one, times a multiplier, rounded up."""
    patch = int(params["patch_px"])
    if "box_px" in params:
        width, height = _fit_box(width, height, int(params["box_px"]))
    columns, rows = -(-width // patch), -(-height // patch)
    limit = int(params.get("max_patches", 0))
    if limit and columns * rows > limit:
        columns, rows = _shrink_to_patches(width, height, columns, rows, limit)
        scale = min(columns * patch / width, rows * patch / height)
        width, height = max(1, int(width * scale)), max(1, int(height * scale))
    reject = int(params.get("reject_patches", 0))
    if reject and columns * rows > reject:
        raise _Refusal(f"{columns * rows:,} patches of {patch} pixels, over {reject:,}, are rejected")
    # In ten-thousandths, so that 513 x 1.2 is 615.6 and not a hair more.
    tokens = -(-columns * rows * round(params["multiplier"] * 10_000) // 10_000)
    return Seen(tokens, width, height)


def _shrink_to_patches(width: int, height: int, columns: int, rows: int, limit: int) -> tuple[int, int]:
    """(columns, rows) after the vendor's shrink: to an area of `limit` patches, then until one side is a whole number of them.

    The area's sides are sqrt(limit * width / height) and its inverse shape, so whole patches come from integer square roots, exactly.
    """
    across, down = math.isqrt(limit * width // height), math.isqrt(limit * height // width)
    if across == 0 or down == 0:
        return max(1, min(columns, limit)), max(1, min(rows, limit))
    if across * height <= down * width:
        return across, -(-across * height // width)
    return -(-down * width // height), down


def _plain_tiles(params: Mapping[str, float], width: int, height: int) -> Seen:
    """One tile for a small image, else tiles of a fixed size, or of a size that follows the image's short side."""
    if max(width, height) <= params["small_px"]:
        return Seen(int(params["tokens_per_tile"]), width, height)
    tile = int(params["tile_px"])
    if "crop_divisor" in params:
        tile = max(1, int(min(width, height) / params["crop_divisor"]))
    tiles = -(-width // tile) * -(-height // tile)
    return Seen(int(params["tokens_per_tile"]) * tiles, width, height)


RULES: dict[str, Callable[[Mapping[str, float], int, int], Seen]] = {
    "smart_resize": _smart_resize,
    "tile_grid": _tile_grid,
    "overview_and_tiles": _overview_and_tiles,
    "fixed": _fixed,
    "budget": _budget,
    "patch_cover": _patch_cover,
    "scaled_tiles": _scaled_tiles,
    "scaled_patches": _scaled_patches,
    "plain_tiles": _plain_tiles,
}
"""Rules by the name that a row gives."""
