"""Highlighted code: roles, colours, segments, and what a lexer cannot do."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smallprint.cli import main
from smallprint.errors import StyleError
from smallprint.render import FileSource, Pages, Style, TextSource, highlight, kernel, languages, render
from smallprint.render.highlight import ROLES, Highlighter
from smallprint.render.inputs import JoinedSource
from smallprint.render.palette import INDEXED, RGB, contrast, inks, make_palette
from smallprint.render.source import START, Position

CODE = '''@cache
def walk(day=0xC0FFEE):
    """A day's walk."""
    return "no" if day else None  # rain

class Weather(Exception):
    wet = True
'''
LETTER = {"keyword": "k", "name": "n", "string": "s", "number": "0", "comment": "c"}
ROLES_OF_CODE = """nnnnnn
kkk nnnn(day=00000000):
    cccc ccccc cccccccc
    kkkkkk ssss kk day kkkk kkkk  c cccc

kkkkk nnnnnnn(nnnnnnnnn):
    wet = kkkk
"""
LONG = "".join(CODE.replace("walk(", f"walk_{number}(") + "\n" for number in range(60))


def shown(text: str, roles: np.ndarray) -> str:
    """The text with letters for roles; white space and what is plain as it stands."""
    letters = "." + "".join(LETTER[role] for role in ROLES)
    return "".join(
        char if not role or char.isspace() else letters[role] for char, role in zip(text, roles.tolist(), strict=True)
    )


def roles_of(text: str, language: str = "python") -> np.ndarray:
    return Highlighter(TextSource(text), language).roles(0, len(text))


def colored(**keys: object) -> Style:
    return Style.preset("code-color").with_keys(
        {"highlight": "python"} | {k.replace("_", "-"): v for k, v in keys.items()}
    )


FRAMED = {
    "border_width": 1,
    "border_padding": 2,
    "para_border_color": "#3050A0",
    "para_bg_color": "#FFF8E0",
}


def test_roles_of_python() -> None:
    assert shown(CODE, roles_of(CODE)) == ROLES_OF_CODE


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("lead", ["", "\ufeff"])
def test_newlines_and_marks_of_windows_move_no_role(end: str, lead: str) -> None:
    text = lead + CODE.replace("\n", end)
    assert shown(text, roles_of(text)) == lead + ROLES_OF_CODE.replace("\n", end)


def test_a_text_without_a_last_newline_has_all_its_roles() -> None:
    assert shown("x = 12", roles_of("x = 12")) == "x = 00"
    assert shown("\n\n  x = 12", roles_of("\n\n  x = 12")) == "\n\n  x = 00"
    assert roles_of("").size == 0


@pytest.mark.parametrize("theme", ["light", "dark", "paper"])
def test_colours_stand_out(theme: str) -> None:
    style = colored().themed(theme)
    colors = inks(style)
    assert len(set(colors)) == 1 + len(ROLES)
    assert all(contrast(color, style.paragraph_color) >= 7 for color in colors)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == contrast("#FFFFFF", "#000000") == pytest.approx(21)
    # The lightest gray that passes on white, and the next: https://webaim.org/resources/contrastchecker/
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


def test_the_paper_under_the_letters_chooses_the_colours() -> None:
    dark = inks(colored().themed("dark"))[1:]
    assert inks(colored(para_bg_color="#202020"))[1:] == dark
    assert inks(colored(page_bg_color="#202020"))[1:] == inks(colored())[1:] != dark


@pytest.mark.parametrize(
    ("keys", "n_colors", "color_type"),
    [
        ({}, 91, INDEXED),
        ({"gray_bits": 1}, 7, INDEXED),
        ({"newline_markup": '<font color="#00A0A0">|</font>'}, 106, INDEXED),
        ({"newline_markup": '<font color="#00A0A0">|</font>', "para_bg_color": "#FFF8E0"}, 205, INDEXED),
        (FRAMED, 261, RGB),
        ({"gray_bits": 8}, 1531, RGB),
    ],
)
def test_every_colour_is_drawn_and_kernel_and_reference_agree(
    keys: dict[str, object], n_colors: int, color_type: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    style = colored(page_size="300,200", **keys)
    palette = make_palette(style)
    # Colours that two levels share are counted once.
    assert n_colors * 0.9 < len(palette.colors) <= n_colors
    assert palette.color_type == color_type
    pages = list(render(LONG[:3000], style))
    drawn = [(page.pixels, page.png()) for page in pages]
    for pixels, png in drawn:
        assert pixels.ndim == 3
        image = Image.open(io.BytesIO(png))
        assert image.mode == "P" or color_type == RGB
        assert np.array_equal(np.asarray(image.convert("RGB")), pixels)
    monkeypatch.setattr(kernel, "module", None)
    for page, (pixels, png) in zip(render(LONG[:3000], style), drawn, strict=True):
        assert np.array_equal(page.pixels, pixels)
        assert page.png() == png


def test_letters_have_the_colour_of_their_role() -> None:
    # Large enough that strokes have pixels of full ink.
    style = colored(font_size=24, line_height=28)
    page = render(CODE, style)[0]
    ink = dict(zip(ROLES, inks(style)[1:], strict=True)) | {None: "#000000"}
    for snippet, role in (
        ("def", "keyword"),
        ("walk", "name"),
        ("no", "string"),
        ("0xC0", "number"),
        ("rain", "comment"),
        ("wet", None),
    ):
        at = CODE.index(snippet)
        (box,) = page.boxes(at, at + len(snippet))
        strip = page.pixels[box.y0 : box.y1, box.x0 : box.x1].reshape(-1, 3)
        wanted = np.array(list(bytes.fromhex(ink[role][1:])))
        assert (strip == wanted).all(axis=1).any(), snippet
        # Nothing else is on it: every pixel lies between the paper and the colour.
        level = (255 - strip.astype(float)) @ (255 - wanted) / ((255 - wanted) @ (255 - wanted))
        assert np.abs(255 - level[:, None] * (255 - wanted) - strip).max() < 2, snippet


@pytest.mark.parametrize("preset", ["code", "flow", "dense"])
def test_layout_is_that_of_plain_pages(preset: str) -> None:
    plain = Style.preset(preset)
    pages, colors = render(LONG, plain), render(LONG, plain.with_keys({"highlight": "python"}))
    assert [page.lines for page in colors] == [page.lines for page in pages]
    assert (colors.sizes(), colors.spans()) == (pages.sizes(), pages.spans())
    assert colors.report.folded == pages.report.folded
    hidden = [[(item.char, item.spans) for item in report.substituted] for report in (colors.report, pages.report)]
    assert hidden[0] == hidden[1]
    # In gray both are the same ink.
    assert np.array_equal((colors[0].pixels < 255).any(axis=2), pages[0].pixels < 255)


@pytest.mark.parametrize("color", [None, "#00A0A0"])
def test_newline_marks_keep_their_colour(color: str | None) -> None:
    mark = f'<font color="{color}">|</font>' if color else "|"
    text = '"""a\nb"""'
    page = render(text, colored(newline_markup=mark, font_size=24, line_height=28))[0]
    (box,) = page.boxes(4, 5)
    strip = page.pixels[box.y0 : box.y1, box.x0 : box.x1].reshape(-1, 3)
    wanted = bytes.fromhex(color[1:]) if color else b"\0\0\0"
    assert (strip == list(wanted)).all(axis=1).any()


class Crumbs(TextSource):
    """Text that comes in pieces of three characters."""

    def chunks(self, start: Position = START, size: int = 1) -> Iterator[str]:
        for at in range(start.chars, len(self._text), 3):
            yield self._text[at : at + 3]


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "_SEGMENT", 700)
    monkeypatch.setattr(highlight, "_ROOM", 300)
    monkeypatch.setattr(highlight, "_KEPT", 1500)


@pytest.mark.usefixtures("short_segments")
def test_segments_do_not_depend_on_access_or_chunks(tmp_path: Path) -> None:
    text = LONG.replace("day", "дня")
    path = tmp_path / "walk.py"
    path.write_text(text, encoding="utf-8", newline="")
    whole = Highlighter(TextSource(text), "python").roles(0, len(text))
    places = np.random.default_rng(1).integers(0, len(text), (40, 2))
    for source, language in (
        (FileSource(path), "auto"),
        (Crumbs(text), "python"),
        (TextSource(text, name="a.py"), "auto"),
    ):
        highlighter = Highlighter(source, language)
        for start, end in np.sort(places, axis=1).tolist():
            assert np.array_equal(highlighter.roles(start, end), whole[start:end])
        assert np.array_equal(highlighter.roles(0, len(text)), whole)
        assert sum(length for length, _ in highlighter._kept.values()) <= 1500
        assert highlighter.plain() == []


@pytest.mark.usefixtures("short_segments")
def test_segments_begin_where_code_does() -> None:
    expected = "".join(
        ROLES_OF_CODE.replace("nnnn(", f"{'n' * len(f'walk_{number}')}(", 1) + "\n" for number in range(60)
    )
    assert shown(LONG, roles_of(LONG)) == expected


@pytest.mark.usefixtures("short_segments")
def test_pages_by_index_and_by_threads_are_the_pages_of_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "walk.py"
    path.write_text(LONG, encoding="utf-8")
    style = Style.preset("code-color").with_keys({"page-size": "400,300"})
    streamed = [page.sha256 for page in render(path, style)]
    pages = render(path, style)
    assert [pages[at].sha256 for at in reversed(range(len(pages)))] == streamed[::-1]
    drawn = list(render(path, style).pngs(threads=3))
    assert [page.sha256 for page, _ in drawn] == streamed
    assert [png for _, png in drawn] == [page.png() for page in pages]


def joined() -> JoinedSource:
    texts = [("a/one.py", CODE), ("notes.txt", "def in None"), ("empty.py", ""), ("two.js", "let n = 1 // one\n")]
    return JoinedSource(texts, name="folder", skipped=[])


def test_joined_files_are_each_in_their_language() -> None:
    source = joined()
    text = source.text
    roles = Highlighter(source, "auto").roles(0, len(text))
    assert shown(text, roles) == text.replace(CODE, ROLES_OF_CODE).replace("let n = 1 // one", "kkk n = 0 cc ccc")
    by_page = Highlighter(source, "auto")
    for at in range(0, len(text), 7):
        end = min(at + 7, len(text))
        assert np.array_equal(by_page.roles(at, end), roles[at:end])


def test_joined_files_in_one_language() -> None:
    source = joined()
    roles = shown(source.text, Highlighter(source, "python").roles(0, len(source.text)))
    assert roles == source.text.replace(CODE, ROLES_OF_CODE).replace("def in None", "kkk nn kkkk").replace(
        "let n = 1 // one", "let n = 0 // one"
    )


class Failing:
    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
        yield 0, ("Keyword",), text[:2]
        raise ZeroDivisionError("in a pattern")


class Backwards:
    """As some lexers of languages inside languages do."""

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
        yield 3, ("Name", "Function", "Magic"), text[3:]
        yield 0, ("Keyword",), text[:3]


def test_a_lexer_that_fails_leaves_its_text_plain_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "make_lexer", lambda name: Failing())
    source = joined()
    highlighter = Highlighter(source, "auto")
    assert not highlighter.roles(0, len(source.text)).any()
    parts = {part.path: part.span for part in source.parts}
    told = [
        (parts["a/one.py"], "the lexer Python failed: ZeroDivisionError: in a pattern"),
        (parts["two.js"], "the lexer JavaScript failed: ZeroDivisionError: in a pattern"),
    ]
    assert highlighter.plain() == told
    # What no page asked for yet is told as well.
    pages = render(source, Style.preset("code-color"))
    assert pages.highlighter
    assert pages.highlighter.to_json() == {
        "pygments": languages.pygments_version(),
        "plain": [{"span": list(span), "why": why} for span, why in told],
    }


def test_tokens_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "make_lexer", lambda name: Backwards())
    assert shown("abcdef", roles_of("abcdef")) == "kkknnn"


def test_a_lexer_that_takes_too_long_leaves_its_text_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "_CPU_S", 0.0)
    highlighter = Highlighter(TextSource(CODE), "python")
    assert not highlighter.roles(0, len(CODE)).any()
    assert highlighter.plain() == [((0, len(CODE)), "the lexer Python took more than 0 s")]


def test_a_quadratic_lexer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "_CPU_S", 0.2)
    text = "/* a\n" * 50_000  # hours for Pygments 2.21
    highlighter = Highlighter(TextSource(text), "java")
    assert len(highlighter.roles(0, 100)) == 100
    ((_, why),) = {(0, plain.why) for plain in highlighter.plain()}
    assert "took more than" in why


def test_long_lines_are_plain_and_told() -> None:
    line = "x = " + "1 + " * 4000 + "1\n"
    text = CODE + line + CODE
    highlighter = Highlighter(TextSource(text), "python")
    assert shown(text, highlighter.roles(0, len(text))) == ROLES_OF_CODE + line + ROLES_OF_CODE
    assert highlighter.plain() == [((len(CODE), len(CODE + line)), "a line of more than 10,000 characters")]
    endless = "1 " * 400_000
    assert not roles_of(endless)[:-1].any()


def test_a_text_without_a_name_stays_plain_on_auto() -> None:
    plain, auto = render(CODE, Style.preset("code"))[0], render(CODE, Style.preset("code-color"))[0]
    assert np.array_equal(np.stack([plain.pixels] * 3, axis=2), auto.pixels)
    assert not Highlighter(TextSource(CODE, name="standard input"), "auto").roles(0, len(CODE)).any()
    assert not roles_of(CODE, "text").any()


@pytest.mark.parametrize(
    ("name", "lexer"),
    [
        ("a.py", "Python"), ("a.pyi", "Python"), ("a.c", "C"), ("a.h", "C"), ("a.hpp", "C++"), ("a.rs", "Rust"), ("a.pl", "Perl"),
        ("a.sql", "SQL"), ("a.fs", "F#"), ("a.tsx", "TSX"), ("Makefile", "Makefile"), ("CMakeLists.txt", "CMake"),
        ("Cargo.lock", "TOML"), ("a.txt", None), ("README", None), ("text", None), ("standard input", None), ("", None),
    ],
)  # fmt: skip
def test_languages_of_files(name: str, lexer: str | None) -> None:
    assert languages.by_file(name) == lexer


def test_every_file_that_is_named_has_a_language() -> None:
    assert all(language in languages._lexers() for language in languages._FILES.values())


def test_an_unknown_language_is_refused_with_names_like_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        StyleError, match=r"highlight: unknown language 'pyton'; near it: python, .*; give auto, off or"
    ):
        colored(highlight="pyton")
    with pytest.raises(StyleError, match="highlight: 3 is not allowed; give off, auto"):
        colored(highlight=3)
    assert colored(highlight="Python") == colored()
    path = tmp_path / "a.py"
    path.write_text(CODE)
    assert main(["estimate", str(path), "--highlight", "qqqqqqqqq"]) == 2
    assert "unknown language 'qqqqqqqqq'; give auto" in capsys.readouterr().err


def test_the_command_line_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(CODE)
    assert main(["render", str(path), "--style", "code", "--highlight", "auto", "-o", str(tmp_path / "out")]) == 0
    page = np.asarray(Image.open(tmp_path / "out/page-00001.png").convert("RGB"))
    assert np.array_equal(page, render(path, Style.preset("code-color"))[0].pixels)


def test_pygments_is_imported_only_where_something_is_highlighted() -> None:
    code = (
        "import sys; from smallprint.render import Style, render\n"
        "pages = render('def f(): pass', Style.preset('code-color')); pages.sizes()\n"
        "render('x', Style.preset('code'))[0].png()\n"
        "assert 'pygments' not in sys.modules\n"
        "pages[0].png(); assert 'pygments' in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pages_without_highlighting_have_no_highlighter() -> None:
    assert isinstance(pages := render(CODE, Style.preset("code")), Pages)
    assert pages.highlighter is None
