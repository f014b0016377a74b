"""Pages -> images within a provider's limits, before anything is sent.

In: pages, and the grouping that `smallprint.tokens.limits` found for them. Out: `ImagePart`s, and `TooLarge` with the numbers for a request
that came out larger than was reckoned. Knows no API and draws no text: pixels are touched only where pages are joined.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from smallprint.errors import TooLarge
from smallprint.readers.base import ImagePart, Request, Span
from smallprint.readers.prompt import text_of
from smallprint.tokens.encoded import Drawable, Paged
from smallprint.tokens.families import family as family_row
from smallprint.tokens.limits import over_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.tokens.encoded import PngMode
    from smallprint.tokens.limits import Group, Grouping

WHITE = 255


class PageLike(Drawable, Protocol):
    """What is asked of a page; `smallprint.render.Page` is one."""

    @property
    def index(self) -> int: ...
    @property
    def span(self) -> Span: ...
    @property
    def pixels(self) -> Any:
        """uint8, (H, W) or (H, W, 3)."""
        ...


class PagesLike(Paged, Protocol):
    """What is asked of a sequence of pages; `smallprint.render.Pages` is one."""

    def __getitem__(self, index: int, /) -> PageLike: ...
    def __iter__(self) -> Iterator[PageLike]: ...


def images_of(pages: PagesLike, grouping: Grouping, *, as_pixels: bool = False) -> tuple[list[ImagePart], list[Span]]:
    """One image a group, and the spans of the pages.

    With `as_pixels` nothing is drawn before a reader asks for it, and nothing is kept: a book's pages need not be in memory together.
    Without, pages are taken once, in order, and encoded here, in the grouping's PNG mode.
    """
    if as_pixels:
        return [_undrawn(pages, group, grouping.png_mode) for group in grouping.groups], list(pages.spans())
    images: list[ImagePart] = []
    spans: list[Span] = []
    ahead = iter(pages)
    for group in grouping.groups:
        held = list(islice(ahead, group.n_pages))
        spans += [page.span for page in held]
        images.append(_image(held, group, grouping.png_mode))
    return images, spans


def outlines_of(grouping: Grouping) -> list[ImagePart]:
    """The images of a grouping before anything is drawn: without a PNG."""
    return [
        ImagePart(
            png=b"",
            width_px=group.width_px,
            height_px=group.height_px,
            pages=tuple(range(group.first, group.first + group.n_pages)),
        )
        for group in grouping.groups
    ]


def check_bytes(request: Request, family: str) -> None:
    """Raises `TooLarge`, with the numbers, where a request is over the limits in bytes of a request or an image."""
    limits = family_row(family).limits
    if limits.max_request_mib is None and limits.max_image_mib is None:
        return
    if why := over_bytes([len(image.data()) for image in request.images], limits, text_bytes(request)):
        raise TooLarge(f"{family}: {why}")


def text_bytes(request: Request) -> int:
    """Bytes of a request's text as JSON over UTF-8."""
    return len(json.dumps(request.system + text_of(request), ensure_ascii=False).encode("utf-8", "replace"))


def compose(pages: Sequence[NDArray[np.uint8]], group: Group) -> NDArray[np.uint8]:
    """Pages (H, W) or (H, W, 3) set left to right, then down, on white: (group.height_px, group.width_px), in colour if any page is."""
    import numpy as np

    in_color = any(page.ndim == 3 for page in pages)
    shape = (group.height_px, group.width_px, 3) if in_color else (group.height_px, group.width_px)
    sheet = np.full(shape, WHITE, np.uint8)
    for number, page in enumerate(pages):
        x, y = group.offset(group.first + number)
        height, width = page.shape[:2]
        sheet[y : y + height, x : x + width] = page[:, :, None] if in_color and page.ndim == 2 else page
    return sheet


def _undrawn(pages: PagesLike, group: Group, mode: PngMode) -> ImagePart:
    from smallprint.render import png

    indexes = tuple(range(group.first, group.first + group.n_pages))

    def pixels() -> NDArray[np.uint8]:
        drawn = [pages[index].pixels for index in indexes]
        return drawn[0] if len(drawn) == 1 else compose(drawn, group)

    return ImagePart(
        png=lambda: png.encode(pixels(), mode), width_px=group.width_px, height_px=group.height_px, pages=indexes,
        pixels=pixels,
    )  # fmt: skip


def _image(pages: Sequence[PageLike], group: Group, mode: PngMode) -> ImagePart:
    from smallprint.render import png

    indexes = tuple(page.index for page in pages)
    encoded = (
        pages[0].png(mode) if len(pages) == 1 else png.encode(compose([page.pixels for page in pages], group), mode)
    )
    return ImagePart(png=encoded, width_px=group.width_px, height_px=group.height_px, pages=indexes)
