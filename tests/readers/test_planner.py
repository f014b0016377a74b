"""Pages become images within the limits, and no pixel is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from loopback import png_size
from numpy.typing import NDArray

from smallprint.errors import TooLarge
from smallprint.readers.base import Request, TextPart
from smallprint.readers.planner import check_bytes, compose, images_of
from smallprint.render import png
from smallprint.tokens.encoded import PngBytes, PngMode
from smallprint.tokens.limits import Group, fit_images


@dataclass
class Sheet:
    """A page with its index written all over it."""

    index: int
    size: tuple[int, int]
    in_color: bool = False

    @property
    def span(self) -> tuple[int, int]:
        return self.index * 10, self.index * 10 + 10

    @property
    def pixels(self) -> NDArray[np.uint8]:
        width_px, height_px = self.size
        return np.full((height_px, width_px, 3) if self.in_color else (height_px, width_px), self.index, np.uint8)

    def png(self, mode: PngMode = "default") -> bytes:
        return png.encode(self.pixels, mode)


@dataclass
class Sheets:
    pages: Sequence[Sheet]

    def __getitem__(self, index: int) -> Sheet:
        return self.pages[index]

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self.pages)

    def sizes(self) -> list[tuple[int, int]]:
        return [page.size for page in self.pages]

    def spans(self) -> list[tuple[int, int]]:
        return [page.span for page in self.pages]


def test_one_page_an_image_where_that_fits() -> None:
    sheets = Sheets([Sheet(n, (300, 400)) for n in range(3)])
    images, spans = images_of(sheets, fit_images(sheets.sizes(), "claude"))
    assert [image.pages for image in images] == [(0,), (1,), (2,)]
    assert [png_size(image.data()) for image in images] == sheets.sizes()
    assert spans == [(0, 10), (10, 20), (20, 30)]


def test_too_many_pages_are_joined_and_every_pixel_is_there() -> None:
    sheets = Sheets([Sheet(n, (280, 280 if n < 100 else 140)) for n in range(101)])
    grouping = fit_images(sheets.sizes(), "claude")
    assert grouping.is_regrouped
    images, spans = images_of(sheets, grouping, as_pixels=True)
    assert len(images) <= 100
    assert [page for image in images for page in image.pages] == list(range(101))
    assert len(spans) == 101
    for image in images:
        assert image.pixels is not None
        sheet = image.pixels()
        assert sheet.shape == (image.height_px, image.width_px)
        assert png_size(image.data()) == (image.width_px, image.height_px)
        for index in image.pages:
            if index < 255:
                width_px, height_px = sheets.pages[index].size
                assert int((sheet == index).sum()) == width_px * height_px


def test_a_grid_is_read_left_to_right_then_down_on_white() -> None:
    group = Group(first=4, n_pages=3, columns=2, rows=2, cell_width_px=5, cell_height_px=4)
    sheet = compose([Sheet(4, (5, 4)).pixels, Sheet(5, (3, 4)).pixels, Sheet(6, (5, 2)).pixels], group)
    assert sheet.shape == (8, 10)
    assert (sheet[:4, :5] == 4).all()
    assert (sheet[:4, 5:8] == 5).all()
    assert (sheet[4:6, :5] == 6).all()
    assert (sheet[:, 8:] == 255).all()
    assert (sheet[6:] == 255).all()
    assert (sheet[4:, 5:] == 255).all()


def test_colour_is_kept_when_a_gray_page_stands_beside_it() -> None:
    group = Group(first=0, n_pages=2, columns=2, rows=1, cell_width_px=2, cell_height_px=2)
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    sheet = compose([red, np.full((2, 2), 7, np.uint8)], group)
    assert sheet.shape == (2, 4, 3)
    assert (sheet[:, :2] == (255, 0, 0)).all()
    assert (sheet[:, 2:] == 7).all()


def test_what_cannot_be_fitted_is_refused_with_the_numbers() -> None:
    with pytest.raises(TooLarge, match=r"claude: .*9,000 pixels.*8,000"):
        fit_images([(9000, 100)], "claude")


class Heavy(Sheet):
    """Four MiB a page, three in the small mode."""

    def png(self, mode: PngMode = "default") -> bytes:
        return bytes((4 if mode == "default" else 3) << 20)


def test_the_small_mode_is_used_where_the_grouping_says_so() -> None:
    sheets = Sheets([Heavy(n, (300, 400)) for n in range(4)])
    grouping = fit_images(sheets.sizes(), "gemini-2.5", files=PngBytes(sheets))
    images, _ = images_of(sheets, grouping)
    assert [len(image.data()) for image in images] == [3 << 20] * 4
    joined = replace(
        grouping, groups=(Group(first=0, n_pages=4, columns=2, rows=2, cell_width_px=300, cell_height_px=400),)
    )
    (image,), _ = images_of(sheets, joined)
    small = png.encode(compose([sheet.pixels for sheet in sheets], joined.groups[0]), "small")
    assert image.data() == small != png.encode(compose([sheet.pixels for sheet in sheets], joined.groups[0]))


def test_requests_over_the_limits_in_bytes_are_refused_with_the_numbers() -> None:
    sheets = Sheets([Heavy(n, (300, 400)) for n in range(4)])
    images, _ = images_of(sheets, fit_images(sheets.sizes(), "gemini-2.5"))
    with pytest.raises(TooLarge, match=r"gemini-2.5: the images in base64 and the text are 21\.3 MiB, over the 20 MiB"):
        check_bytes(Request(question="?", parts=tuple(images)), "gemini-2.5")
    three = tuple(images[:3])
    check_bytes(Request(question="?", parts=three), "gemini-2.5")
    with pytest.raises(TooLarge, match=r"are 2[01]\.\d MiB"):
        check_bytes(Request(question="?", parts=(*three, TextPart(text="ж" * (5 << 19)))), "gemini-2.5")
    with pytest.raises(TooLarge, match=r"the text is 21\.0 MiB"):
        check_bytes(Request(question="?", parts=(TextPart(text="x" * (21 << 20)),)), "gemini-2.5")
    with pytest.raises(TooLarge, match=r"claude: an image of 5\.3 MiB in base64 is over the 5 MiB"):
        check_bytes(Request(question="?", parts=three[:1]), "claude")
    check_bytes(Request(question="?", parts=(*three, *images)), "glm-4.1v")
