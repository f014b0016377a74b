"""Pages become images within the limits, and no pixel is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from loopback import png_size
from numpy.typing import NDArray

from smallprint.errors import TooLarge
from smallprint.readers.planner import check_bytes, compose, images_of
from smallprint.render import png
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

    def png(self) -> bytes:
        return png.encode(self.pixels)


@dataclass
class Sheets:
    pages: Sequence[Sheet]

    def __iter__(self) -> Iterator[Sheet]:
        return iter(self.pages)

    def sizes(self) -> list[tuple[int, int]]:
        return [page.size for page in self.pages]


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


def test_images_over_the_request_s_size_are_refused_with_the_numbers() -> None:
    class Heavy(Sheet):
        def png(self) -> bytes:
            return bytes(4 << 20)

    sheets = Sheets([Heavy(n, (300, 400)) for n in range(4)])
    grouping = fit_images(sheets.sizes(), "gemini-2.5")
    with pytest.raises(TooLarge, match=r"gemini-2.5: the images are 21\.3 MiB in base64, over the 20 MiB"):
        images_of(sheets, grouping)
    images, _ = images_of(sheets, grouping, as_pixels=True)
    check_bytes(images, "gemini-2.5")
