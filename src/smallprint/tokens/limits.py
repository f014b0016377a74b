"""Fitting pages into what one request may hold.

In: page sizes and a family. Out: a `Grouping` of consecutive pages into images, one page an image where that fits, else pages set in a grid
on fewer images; or `TooLarge` with the numbers. Draws nothing but the sample that tells how large the files would be (encoded.py): whoever
sends the pages pastes them together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smallprint.errors import TokenError, TooLarge
from smallprint.tokens.families import Limits, family
from smallprint.tokens.vision import shrink, vision_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smallprint.tokens.encoded import PngBytes, PngMode

MAX_GROWTH = 0.02
"""Grouped images may cost this much more than the pages one by one: padding at the edges is rounded up to whole patches."""

MAX_PAGES_PER_IMAGE = 64
_SHRINK_SLACK = 0.005
MIB = 1 << 20
_BASE64 = 4 / 3
"""Requests carry images in base64: four bytes for three."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """One image: pages set left to right, then down, each in a cell of the largest page's size."""

    first: int
    n_pages: int
    columns: int
    rows: int
    cell_width_px: int
    cell_height_px: int

    @property
    def width_px(self) -> int:
        return self.columns * self.cell_width_px

    @property
    def height_px(self) -> int:
        return self.rows * self.cell_height_px

    def offset(self, page: int) -> tuple[int, int]:
        """(x, y) in pixels of the upper left corner of a page, by its index in the document."""
        row, column = divmod(page - self.first, self.columns)
        return column * self.cell_width_px, row * self.cell_height_px


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """How the pages go into images."""

    family: str
    groups: tuple[Group, ...]
    tokens: int
    """Visual tokens of the images."""
    tokens_one_by_one: int
    """Visual tokens of the pages, an image each."""
    png_mode: PngMode = "default"
    """How the images must be encoded to fit."""

    @property
    def n_images(self) -> int:
        return len(self.groups)

    @property
    def is_regrouped(self) -> bool:
        return any(group.n_pages > 1 for group in self.groups)


def fit_images(
    sizes: Sequence[tuple[int, int]],
    family_name: str,
    *,
    files: PngBytes | None = None,
    text_bytes: int = 0,
    max_growth: float = MAX_GROWTH,
) -> Grouping:
    """The fewest pages an image that one request to this family takes.

    ``sizes`` are (width_px, height_px) of the pages; ``files`` tells how large they are as PNG files, without it nothing is said of bytes;
    ``text_bytes`` is what else the request holds. Pages are set together only where the provider is known to shrink the image no more than
    it shrinks the pages, and the tokens grow by at most `max_growth`. The smaller, slower PNG mode is taken where it makes them fit.

    Raises `TooLarge`, with the numbers, where no grouping fits, and `TokenError` for an unknown family or a bad size.
    """
    limits = family(family_name).limits
    found = _fit(sizes, family_name, max_growth)
    if files is None or (limits.max_request_mib is None and limits.max_image_mib is None):
        return found
    modes: tuple[PngMode, PngMode] = ("default", "small")
    refusal = ""
    for mode in modes:
        page_bytes = files.of(mode)
        image_bytes = [sum(page_bytes[group.first : group.first + group.n_pages]) for group in found.groups]
        refusal = over_bytes(image_bytes, limits, text_bytes)
        if not refusal:
            return replace(found, png_mode=mode)
    raise TooLarge(f"{family_name}: {refusal}, as far as a sample of the pages tells")


def _fit(sizes: Sequence[tuple[int, int]], family_name: str, max_growth: float) -> Grouping:
    limits = family(family_name).limits
    tokens = sum(vision_tokens(family_name, *size) for size in sizes)
    scales = [shrink(family_name, *size) for size in sizes]
    known = [scale for scale in scales if scale is not None]
    least = min(known, default=1.0)
    refusal = ""
    for columns, rows in _grids():
        groups = _group(sizes, columns, rows)
        why = _over(groups, limits)
        if why:
            refusal = refusal or why
            if columns * rows >= len(sizes):
                break
            continue
        if columns * rows == 1:
            return Grouping(family=family_name, groups=groups, tokens=tokens, tokens_one_by_one=tokens)
        if len(known) < len(scales):
            raise TooLarge(
                f"{family_name}: {refusal}; pages are not set together where the size that the model sees is not known"
            )
        try:
            grouped = sum(vision_tokens(family_name, g.width_px, g.height_px) for g in groups)
            shrunk = min(shrink(family_name, g.width_px, g.height_px) or 0.0 for g in groups)
        except TokenError:
            continue
        if grouped <= tokens * (1 + max_growth) and shrunk >= least - _SHRINK_SLACK:
            return Grouping(family=family_name, groups=groups, tokens=grouped, tokens_one_by_one=tokens)
    raise TooLarge(
        f"{family_name}: {refusal}; no grouping of pages into fewer images keeps the letters' size and the token count"
    )


def _grids() -> list[tuple[int, int]]:
    """(columns, rows) by number of pages, side by side before stacked."""
    n = MAX_PAGES_PER_IMAGE
    grids = [(columns, rows) for columns in range(1, n + 1) for rows in range(1, n // columns + 1)]
    return sorted(grids, key=lambda grid: (grid[0] * grid[1], abs(grid[0] - grid[1]), grid[1]))


def _group(sizes: Sequence[tuple[int, int]], columns: int, rows: int) -> tuple[Group, ...]:
    groups: list[Group] = []
    for first in range(0, len(sizes), columns * rows):
        cells = sizes[first : first + columns * rows]
        across = min(columns, len(cells))
        groups.append(
            Group(
                first=first,
                n_pages=len(cells),
                columns=across,
                rows=-(-len(cells) // across),
                cell_width_px=max(width for width, _ in cells),
                cell_height_px=max(height for _, height in cells),
            )
        )
    return tuple(groups)


def _over(groups: tuple[Group, ...], limits: Limits) -> str:
    side_px = max((max(group.width_px, group.height_px) for group in groups), default=0)
    return over_images(len(groups), side_px, limits)


def over_images(n_images: int, side_px: int, limits: Limits) -> str:
    """Which limit so many images break, with sides of at most `side_px`, and the numbers; empty where none."""
    if limits.max_images is not None and n_images > limits.max_images:
        return f"{n_images:,} images are over the {limits.max_images:,} of a request"
    many = limits.many_images is not None and n_images > limits.many_images
    if many and limits.many_images_max_side_px is not None and side_px > limits.many_images_max_side_px:
        return (
            f"an image of {side_px:,} pixels a side is over the {limits.many_images_max_side_px:,} that are taken"
            f" when a request holds more than {limits.many_images} images, and this one holds {n_images:,}"
        )
    if limits.max_side_px is not None and side_px > limits.max_side_px:
        return f"an image of {side_px:,} pixels a side is over the {limits.max_side_px:,} that are taken"
    return ""


def over_bytes(image_bytes: Sequence[int], limits: Limits, text_bytes: int = 0) -> str:
    """Which limit in MiB the PNG files and the text of a request break, with the numbers; empty where none."""
    total = (sum(image_bytes) * _BASE64 + text_bytes) / MIB
    largest = max(image_bytes, default=0) * _BASE64 / MIB
    if limits.max_request_mib is not None and total > limits.max_request_mib:
        what = "the images in base64 and the text are" if image_bytes else "the text is"
        return f"{what} {total:,.1f} MiB, over the {limits.max_request_mib:g} MiB of a request"
    if limits.max_image_mib is not None and largest > limits.max_image_mib:
        return f"an image of {largest:,.1f} MiB in base64 is over the {limits.max_image_mib:g} MiB that are taken"
    return ""
