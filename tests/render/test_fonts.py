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
    tables = [tomllib.loads((FACES / name).read_text(encoding="utf-8"))["face"] for name in ("FACES.toml", "NOTO.toml")]
    entries = {entry["file"]: entry for table in tables for entry in table.values()}
    for file, entry in entries.items():
        assert hashlib.sha256((FACES / file).read_bytes()).hexdigest() == entry["sha256"]
        assert (FACES / entry["licence"]).stat().st_size > 1000
    kinds = (".ttf", ".ttc", ".png")
    assert {path.relative_to(FACES).as_posix() for path in FACES.rglob("*") if path.suffix in kinds} == set(entries)


def test_a_collection_has_a_face_for_each_country() -> None:
    """The character for "bone" is written otherwise in China and in Japan."""
    chinese, japanese = fonts.resolve("Noto Sans CJK SC"), fonts.resolve("Noto Sans CJK JP")
    bone = ord("骨")
    assert chinese.sha256 == japanese.sha256
    assert chinese.glyph_index(bone) != japanese.glyph_index(bone)


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
