"""Faces: what ships, what stands in, what is refused."""

from __future__ import annotations

import hashlib
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from smallprint.errors import FontError
from smallprint.render import Style, fonts, render

FACES = Path(str(resources.files("smallprint.render") / "faces"))


def test_shipped_faces_are_the_recorded_files_with_their_licences() -> None:
    table = tomllib.loads((FACES / "FACES.toml").read_text(encoding="utf-8"))["face"]
    for entry in table.values():
        assert hashlib.sha256((FACES / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert (FACES / entry["licence"]).stat().st_size > 1000
    files = {path.name for path in FACES.iterdir() if path.suffix in (".ttf", ".png")}
    assert files == {entry["file"] for entry in table.values()}


def test_a_face_that_may_not_ship_has_a_stand_in_that_is_recorded() -> None:
    pages = render("Hamburgefonstiv", Style.preset("glyph-en").with_keys({"font-path": "../config/Verdana.ttf"}))
    assert pages[0].sha256 == render("Hamburgefonstiv", Style.preset("glyph-en"))[0].sha256
    assert [(use.face, use.stands_in_for) for use in pages.faces()] == [("DejaVu Sans", "../config/Verdana.ttf")]


def test_a_users_font_file_is_taken() -> None:
    path = FACES / "SourceSans3-Regular.ttf"
    by_path = render("Hamburgefonstiv", Style.from_keys({"font-path": str(path)}))[0]
    assert by_path.sha256 == render("Hamburgefonstiv", Style.from_keys({"font-path": "Source Sans 3"}))[0].sha256


def test_unknown_and_broken_fonts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FontError, match="neither a file nor one of DejaVu Sans"):
        render("a", Style.from_keys({"font-path": "Comic Sans"}))
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    with pytest.raises(FontError, match="not a font that FreeType reads"):
        render("a", Style.from_keys({"font-path": str(broken)}))


def test_advances_do_not_depend_on_what_was_drawn_before() -> None:
    face = fonts.resolve("DejaVu Sans")
    glyph = face.glyph_index(ord("m"))
    before = face.metrics(glyph)
    face.bitmap(glyph, size_px=9, stretch=0.5, shift_64=16)
    assert face.metrics(glyph) == before
