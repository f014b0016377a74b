"""Pages -> images within a provider's limits, before anything is sent.

In: pages, and the grouping that `smallprint.tokens.limits` found for them. Out: `ImagePart`s, or `TooLarge` with the numbers. Knows no
API and draws no text: pixels are touched only where pages are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from smallprint.readers.base import ImagePart, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.tokens.limits import Group, Grouping

WHITE = 255


class PageLike(Protocol):
    """What is asked of a page; `smallprint.render.Page` is one."""

    @property
    def index(self) -> int: ...
    @property
    def span(self) -> Span: ...
    @property
    def pixels(self) -> Any:
        """uint8, (H, W) or (H, W, 3)."""
        ...

    def png(self) -> bytes: ...


class PagesLike(Protocol):
    """What is asked of a sequence of pages; `smallprint.render.Pages` is one."""

    def __iter__(self) -> Iterator[PageLike]: ...
    def sizes(self) -> Sequence[tuple[int, int]]: ...


def images_of(
    pages: Iterable[PageLike], grouping: Grouping, *, as_pixels: bool = False
) -> tuple[list[ImagePart], list[Span]]:
    """One image a group, and the spans of the pages. Pages are taken once, in order.

    With `as_pixels` images are kept as pixels and encoded only if a reader asks for the PNG; without, they are encoded here and checked
    against the provider's limits in MiB. Raises `TooLarge` with the numbers.
    """
    images: list[ImagePart] = []
    spans: list[Span] = []
    ahead = iter(pages)
    for group in grouping.groups:
        held = list(islice(ahead, group.n_pages))
        spans += [page.span for page in held]
        images.append(_image(held, group, as_pixels=as_pixels))
    if not as_pixels:
        check_bytes(images, grouping.family)
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


def check_bytes(images: Sequence[ImagePart], family: str) -> None:
    """Raises `TooLarge`, with the numbers, where the encoded images are over the limits of a request or an image."""
    from smallprint.tokens.limits import fit_images

    fit_images(
        [(image.width_px, image.height_px) for image in images],
        family,
        image_bytes=[len(image.data()) for image in images],
    )


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


def _image(pages: Sequence[PageLike], group: Group, *, as_pixels: bool) -> ImagePart:
    from smallprint.render import png

    indexes = tuple(page.index for page in pages)
    if len(pages) == 1 and not as_pixels:
        encoded = pages[0].png()
        return ImagePart(png=encoded, width_px=group.width_px, height_px=group.height_px, pages=indexes)
    pixels = pages[0].pixels if len(pages) == 1 else compose([page.pixels for page in pages], group)
    encode = cache(partial(png.encode, pixels))
    return ImagePart(
        png=encode if as_pixels else encode(), width_px=group.width_px, height_px=group.height_px, pages=indexes,
        pixels=(lambda: pixels) if as_pixels else None,
    )  # fmt: skip
