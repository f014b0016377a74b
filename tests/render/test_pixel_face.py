"""Faces of pixels: what is saved comes back, what is drawn is what was given, and what is no face is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import FontError
from smallprint.render import Style, fonts, render
from smallprint.render.pixel_face import PixelFace
from smallprint.render.raster import INK_GAMMA

STYLE = Style.preset("learned-4")


def face(letters: str = "ab ", size_px: int = 4, seed: int = 1) -> PixelFace:
    draw = np.random.default_rng(seed)
    pictures = [draw.integers(0, 256, (size_px, 1 + at % 4), np.uint8) for at in range(len(letters))]
    if " " in letters:
        pictures[letters.index(" ")][:] = 0
    return PixelFace("made", letters=letters, pictures=pictures, size_px=size_px, descent_px=1)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=70), st.integers(2, 12)
)
def test_what_is_saved_comes_back(text: str, size_px: int) -> None:
    import tempfile

    letters = "".join(dict.fromkeys(text))
    made = face(letters, size_px)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.png"
        made.save(path)
        read = PixelFace.load("made", path)
        assert (read.letters, read.units_per_em, read.ascender, read.descender) == (letters, size_px, size_px - 1, -1)
        assert read.sha256 == made.sha256
    for letter in letters:
        glyph = read.glyph_index(ord(letter))
        assert read.metrics(glyph) == made.metrics(glyph)
        one, other = (each.bitmap(glyph, size_px=size_px, stretch=1, shift_64=0) for each in (made, read))
        assert (one.coverage == other.coverage).all()


def test_a_page_has_the_pictures(tmp_path: Path) -> None:
    made = face("ab ")
    made.save(tmp_path / "own.png")
    style = STYLE.with_keys({"font-path": str(tmp_path / "own.png")})
    pages = render("ab a", style)
    page = pages[0]
    x = 0
    for letter in "ab a":
        picture = made.bitmap(made.glyph_index(ord(letter)), size_px=4, stretch=1, shift_64=0).coverage
        ink = 255 - page.pixels[:4, x : x + picture.shape[1]].astype(int)
        assert (ink == np.rint(255 * (picture / 255) ** INK_GAMMA)).all()
        x += picture.shape[1]
    assert not (255 - page.pixels[:4, x:]).any()
    list(pages)
    assert [use.face for use in pages.faces()] == ["own"]


def test_other_letters_come_from_the_faces_behind_it() -> None:
    pages = render("abc Ж 中", STYLE)
    list(pages)
    assert [use.face for use in pages.faces()] == ["DejaVu Sans", "Learned 4", "Noto Sans CJK SC"]


def test_the_shipped_one_has_every_letter_of_ascii_and_a_newline_unlike_any_other() -> None:
    shipped = fonts.resolve("Learned 4")
    letters = [*map(chr, range(0x20, 0x7F)), "↵"]
    pictures = [
        shipped.bitmap(shipped.glyph_index(ord(letter)), size_px=4, stretch=1, shift_64=0).coverage
        for letter in letters
    ]
    assert all(shipped.glyph_index(ord(letter)) for letter in letters)
    assert not pictures[0].any()
    assert all(picture.any() for picture in pictures[1:])
    assert len({(picture.shape, picture.tobytes()) for picture in pictures}) == len(letters)


@pytest.mark.parametrize(
    "keys", [{"font-size": 5, "line-height": 5}, {"letter-scale": 0.9}, {"dpi": 96}, {"horizontal-scale": 0.9}]
)
def test_pictures_are_not_scaled(keys: dict[str, float]) -> None:
    with pytest.raises(FontError, match="pictures of 4 px"):
        render("a", STYLE.with_keys(keys)).sizes()


def test_what_is_no_face_is_refused(tmp_path: Path) -> None:
    from PIL import Image

    plain, broken, cut = (tmp_path / f"{name}.png" for name in ("plain", "broken", "cut"))
    Image.new("L", (32, 4)).save(plain)
    broken.write_bytes(b"no picture")
    made = face("abcdef")
    made.save(cut)
    content = cut.read_bytes()
    cut.write_bytes(content.replace(b'"advances": [1, 2', b'"advances": [9, 9'))
    for path in (plain, broken, cut):
        with pytest.raises(FontError, match="not a face of pixels"):
            render("a", STYLE.with_keys({"font-path": str(path)})).sizes()
