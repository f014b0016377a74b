"""Image files and arrays to ink."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from smallprint.errors import DataError
from smallprint.readers.sight import image
from smallprint.readers.sight.page_reader import pixels_of
from smallprint.render import Style, render

PIXELS = next(
    iter(render("Small print, and a lot of it. " * 30, Style.preset("flow").with_keys({"page-size": "200,100"})))
).pixels


def file_of(picture: Image.Image, kind: str = "PNG", **options: object) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    file.seek(0)
    return file


def png(width_px: int, height_px: int) -> bytes:
    """The beginning of a PNG file that says it is so large."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + head
        + struct.pack(">I", zlib.crc32(head))
        + struct.pack(">I", 0)
        + b"IDAT"
    )


def pale(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page in letters of light gray."""
    return (255 - (255 - levels.astype(int)) * 60 // 255).astype(np.uint8)


def test_dark_pages_come_out_like_light_ones() -> None:
    light = image.ink(PIXELS)
    assert light.dtype == np.float32
    assert (light.min(), light.max()) == (0, 1)
    assert np.array_equal(image.ink(255 - PIXELS), light)
    assert np.allclose(light, (255 - PIXELS.astype(np.float32)) / (255 - PIXELS.min()), atol=0.01)


def test_pale_letters_come_out_like_black_ones() -> None:
    assert np.abs(image.ink(pale(PIXELS)) - image.ink(PIXELS)).max() < 0.03


@pytest.mark.parametrize("text", ["Hi", "Chapter Seven", "A line of some ten words and then a little more."])
def test_a_full_page_with_little_on_it_is_not_blank(text: str) -> None:
    style = Style.preset("glyph-en").with_keys({"auto-crop-width": False, "auto-crop-last-page": False})
    page = next(iter(render(text, style)))
    assert page.pixels.shape == (842, 595)
    assert image.ink(image.resize(page.pixels, 588, 840)).max() == 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_pages_have_no_ink(level: int) -> None:
    blank = np.full((56, 84), level, np.uint8)
    assert not image.ink(blank).any()
    grain = np.random.default_rng(0).integers(-8, 9, blank.shape)
    assert not image.ink(np.clip(blank + grain, 0, 255).astype(np.uint8)).any()


def test_a_speck_of_dust_does_not_pale_the_page() -> None:
    dusty = np.tile(pale(PIXELS), (10, 5))
    clean = image.ink(dusty)
    dusty[40, 3] = 0
    assert image.ink(dusty)[41:].max() == 1
    assert np.array_equal(image.ink(dusty)[41:], clean[41:])


@given(st.integers(1, 90), st.integers(1, 90))
@settings(deadline=None, max_examples=30)
def test_resize_is_pillows_bicubic(width_px: int, height_px: int) -> None:
    ours = image.resize(PIXELS, width_px, height_px)
    theirs = Image.fromarray(PIXELS).resize((width_px, height_px), Image.Resampling.BICUBIC)
    assert ours.shape == (height_px, width_px)
    assert np.array_equal(ours, np.asarray(theirs))


def test_resize_to_its_own_size_changes_nothing() -> None:
    assert image.resize(PIXELS, PIXELS.shape[1], PIXELS.shape[0]) is PIXELS


def test_gray_is_pillows() -> None:
    colors = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    theirs = np.asarray(Image.fromarray(colors).convert("L")).astype(int)
    assert np.abs(image.gray(colors).astype(int) - theirs).max() <= 1
    assert image.gray(PIXELS) is PIXELS


def test_png_files_come_back_pixel_for_pixel(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.fromarray(PIXELS).save(path)
    assert np.array_equal(image.load(path), PIXELS)
    assert np.array_equal(image.load(file_of(Image.fromarray(PIXELS).convert("RGB"))), PIXELS)
    assert np.array_equal(image.load(file_of(Image.fromarray(PIXELS).convert("P"))), PIXELS)


def test_transparent_parts_are_white() -> None:
    ink = Image.fromarray(255 - PIXELS)
    letters = Image.merge("RGBA", (*[Image.new("L", ink.size, 0)] * 3, ink))
    assert np.abs(image.load(file_of(letters)).astype(int) - PIXELS).max() <= 1
    assert np.abs(image.load(file_of(letters.convert("LA"))).astype(int) - PIXELS).max() <= 1
    paletted = Image.new("P", (4, 2), 0)
    paletted.putpalette([0, 0, 0, 10, 10, 10])
    paletted.putpixel((1, 1), 1)
    assert image.load(file_of(paletted, transparency=0)).tolist() == [[255] * 4, [255, 10, 255, 255]]


def test_transparent_gray_is_white_too() -> None:
    """Grayscale PNG may name one level that is not there."""
    levels = Image.new("L", (3, 1), 0)
    levels.putpixel((1, 0), 90)
    assert image.load(file_of(levels, transparency=0)).tolist() == [[255, 90, 255]]


def test_black_and_white() -> None:
    bits = Image.fromarray(PIXELS).convert("1", dither=Image.Dither.NONE)
    for kind in ("PNG", "TIFF"):
        assert set(np.unique(image.load(file_of(bits, kind)))) == {0, 255}


def test_sixteen_bits_a_level() -> None:
    deep = Image.fromarray(PIXELS.astype(np.uint16) * 257)
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(image.load(file_of(deep, kind)), PIXELS)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(mode: str) -> None:
    seen = image.load(file_of(Image.fromarray(PIXELS).convert(mode), "JPEG", quality=95))
    assert np.abs(seen.astype(int) - PIXELS).mean() < 4


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", b"\x89PNG\r\n\x1a\n", png(100, 100), b"%PDF-1.7", file_of(Image.fromarray(PIXELS)).read()[:900]],
)
def test_what_is_no_image(content: bytes, tmp_path: Path) -> None:
    with pytest.raises((OSError, ValueError, SyntaxError)):
        image.load(io.BytesIO(content))
    with pytest.raises(DataError, match="the image: "):
        pixels_of(content)
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.png"):
        pixels_of(path)


@pytest.mark.parametrize("side_px", [15_000, 60_000])
def test_bombs_are_not_opened(side_px: int) -> None:
    with pytest.raises(DataError, match="the image: "):
        pixels_of(png(side_px, side_px))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        pixels_of(tmp_path / "none.png")
    with pytest.raises(DataError, match="directory"):
        pixels_of(tmp_path)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_damaged_files_are_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(file_of(Image.fromarray(PIXELS[:40, :60])).read())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        seen = pixels_of(bytes(content))
    except DataError:
        return
    assert seen.dtype == np.uint8
    assert seen.ndim == 2


@pytest.mark.parametrize(
    ("shape", "kind"), [((4, 4), float), ((4,), np.uint8), ((4, 4, 1), np.uint8), ((4, 4, 2), np.uint8)]
)
def test_arrays_that_are_no_pages(shape: tuple[int, ...], kind: type) -> None:
    with pytest.raises(DataError, match="a page is uint8"):
        pixels_of(np.zeros(shape, kind))
