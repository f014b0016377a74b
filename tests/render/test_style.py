"""Styles: files in and out, bounds, presets."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import StyleError
from smallprint.render import Style, preset_names
from smallprint.render.style_keys import KEYS

# config/config_en.json of https://github.com/thu-coai/Glyph, read 2026-11-20.
GLYPH_EN = {
    "page-size": "595,842",
    "dpi": 72,
    "margin-x": 10,
    "margin-y": 10,
    "font-path": "../config/Verdana.ttf",
    "font-size": 9,
    "line-height": 10,
    "font-color": "#000000",
    "alignment": "LEFT",
    "horizontal-scale": 1.0,
    "first-line-indent": 0,
    "left-indent": 0,
    "right-indent": 0,
    "space-after": 0,
    "space-before": 0,
    "border-width": 0,
    "border-padding": 0,
    "page-bg-color": "#FFFFFF",
    "para-bg-color": "#FFFFFF",
    "auto-crop-width": True,
    "auto-crop-last-page": True,
}


def test_glyph_configuration_comes_back_unchanged() -> None:
    text = json.dumps(GLYPH_EN)
    assert json.dumps(Style.from_glyph(text).to_glyph()) == text


@pytest.mark.parametrize("markup", ['<font color="#FF0000"> \\n </font>', "¶", "<br/>"])
def test_newline_markup_of_glyph(markup: str) -> None:
    style = Style.from_glyph({**GLYPH_EN, "newline-markup": markup})
    assert style.newline == ("break" if markup == "<br/>" else "mark")
    assert style.to_glyph().get("newline-markup", "<br/>") == markup
    if "FF0000" in markup:
        assert (style.newline_mark, style.newline_color) == (" \\n ", "#FF0000")


@pytest.mark.parametrize(
    "config",
    [
        {
            **GLYPH_EN,
            "newline-markup": "<br/>",
            "para-border-color": "#FFFFFF",
            "font-size": 9.0,
            "page-size": "595.0,842.0",
        },
        {"font-path": "DejaVu Sans", "font-size": 8, "horizontal-scale": 1},
    ],
)
def test_what_a_configuration_says_in_its_own_way_stays(config: dict[str, object]) -> None:
    style = Style.from_glyph(config)
    assert json.dumps(style.to_glyph()) == json.dumps(config)
    changed = style.with_keys({"font-size": 7, "line-height": 9, "columns": 2})
    assert Style.from_glyph(changed.to_glyph()) == changed
    assert {"font-size", "columns", "line-height"} <= set(changed.to_glyph())


def test_absent_keys_take_the_defaults_of_glyphs_scripts() -> None:
    style = Style.from_glyph({"font-path": "DejaVu Sans", "font-size": 8})
    assert (style.alignment, style.margin_x, style.line_height, style.crop_width) == ("justify", 20, 9, False)
    assert style.page_width == pytest.approx(595.276, abs=1e-3)


@pytest.mark.parametrize("name", preset_names())
def test_presets_round_trip(name: str) -> None:
    style = Style.preset(name)
    for again in (Style.from_glyph(json.dumps(style.to_glyph())), Style.from_toml(style.to_toml())):
        assert again == style
        assert again.digest == style.digest


def test_the_papers_page() -> None:
    flow = Style.preset("flow")
    assert (flow.width_px, flow.height_px, flow.dpi, flow.font_size, flow.line_height) == (595, 842, 72, 9, 10)
    assert (flow.font, flow.letter_scale, flow.margin_x, flow.margin_y, flow.newline) == (
        "DejaVu Sans",
        1.0,
        10,
        10,
        "mark",
    )
    assert Style.preset("glyph-en").newline == "break"


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "dpi": st.floats(72, 300),
            "font-size": st.floats(4, 10),
            "line-height": st.floats(8, 50),
            "letter-scale": st.floats(0.5, 2),
            "advance-grid": st.floats(0, 4),
            "crop-grid": st.integers(1, 256),
            "columns": st.integers(1, 3),
            "font-color": st.sampled_from(["#123456", "#abcdef"]),
            "gray-bits": st.sampled_from([1, 2, 4, 8]),
            "newline-markup": st.sampled_from(["<br/>", "↵", "&lt;nl&gt;", '<font color="#00FF00">|</font>']),
        },
    )
)
def test_every_style_round_trips(keys: dict[str, object]) -> None:
    style = Style.from_keys(keys)
    assert Style.from_keys(style.to_glyph()) == style
    assert Style.from_toml(style.to_toml()).digest == style.digest


def test_digest_is_over_every_knob_but_the_name() -> None:
    style = Style()
    assert dataclasses.replace(style, name="other").digest == style.digest
    changed = {
        "page-size": "600,842", "dpi": 73, "margin-x": 9, "margin-y": 9, "font-path": "DejaVu Serif", "font-size": 8,
        "line-height": 11, "font-color": "#000001", "alignment": "RIGHT", "horizontal-scale": 0.9, "first-line-indent": 1,
        "left-indent": 1, "right-indent": 1, "space-after": 1, "space-before": 1, "border-width": 1, "border-padding": 1,
        "page-bg-color": "#FFFFFE", "para-bg-color": "#FFFFFE", "auto-crop-width": True, "auto-crop-last-page": True,
        "para-border-color": "#FFFFFE", "newline-markup": "|", "letter-scale": 0.9, "tab-width": 4, "columns": 2,
        "column-gap": 11, "gray-bits": 8, "highlight": "auto", "advance-grid": 1, "crop-grid": 32, "indent-width": 8,
    }  # fmt: skip
    # Marks for white space are for styles that mark newlines.
    assert {*changed, "indent-markup"} == {key.name for key in KEYS}
    digests = {style.with_keys({key: value}).digest for key, value in changed.items()}
    digests.add(style.with_keys({"newline-markup": "|", "indent-markup": "›"}).digest)
    assert len(digests | {style.digest}) == len(changed) + 2


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"font-sise": 9}, "unknown key 'font-sise'"),
        ({"font-size": "big"}, "font-size: 'big'"),
        ({"font-size": True}, "font-size: True"),
        ({"dpi": 0}, "dpi: 0 is not allowed; give a number from 20 to 1200"),
        ({"dpi": float("nan")}, "dpi: nan"),
        ({"page-size": "595"}, "page-size: '595'"),
        ({"page-size": "30000,10"}, "page-size"),
        ({"page-size": "20000,20000", "dpi": 144}, "at most 20000 px a side"),
        ({"alignment": "MIDDLE"}, "LEFT, CENTER, RIGHT or JUSTIFY"),
        ({"font-color": "red"}, "#rrggbb"),
        ({"auto-crop-width": 1}, "true or false"),
        ({"newline-markup": "<b>x</b>"}, "newline-markup"),
        ({"newline-markup": "  "}, "newline-markup"),
        ({"margin-x": 300}, "leaves no room"),
        ({"font-size": 40}, "draw lines over each other; give at least 28"),
        ({"font-color": "#ffffff"}, "cannot be seen"),
        ({"newline-markup": '<font color="#FFFFFF">|</font>'}, "cannot be seen"),
        ({"dpi": 700}, "at most 40,000,000 px a page"),
        ({"first-line-indent": -20}, "outside the page"),
        ({"page-size": "100,15"}, "leaves no room"),
    ],
)
def test_bad_keys_are_named_with_what_is_allowed(keys: dict[str, object], said: str) -> None:
    with pytest.raises(StyleError) as error:
        Style.from_keys(keys)
    assert said in str(error.value)


def test_unknown_preset_theme_and_unreadable_file(tmp_path) -> None:
    with pytest.raises(StyleError, match="unknown preset 'tiny'; known: glyph-en"):
        Style.load("tiny")
    with pytest.raises(StyleError, match="unknown 'neon'; known: light, dark"):
        Style().themed("neon")
    with pytest.raises(StyleError, match="cannot read"):
        Style.load(str(tmp_path / "none.toml"))
    for content in ("{", "[" * 100_000, '{"dpi": ' + "9" * 5000 + "}"):
        (tmp_path / "bad.json").write_text(content)
        with pytest.raises(StyleError, match="not JSON"):
            Style.load(str(tmp_path / "bad.json"))
