"""The same text, style and version give the same layout, pixels and bytes on every machine.

`golden.json` was written by ``python -m tests.render.test_golden``; a change of it is a change of every user's pages, and goes into the
changelog. Layout is compared first, since a moved line explains changed pixels.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from smallprint.render import Style, harfbuzz, preset_names, render
from smallprint.render.fonts import freetype_version

GOLDEN = Path(__file__).with_name("golden.json")
SCRIPTS = Path(__file__).with_name("scripts.toml")
NARROW = Style.preset("legible").with_keys({"page-size": "300,400"})
TEXT = (
    "There was no possibility of taking a walk that day.\n\n\tdef walk(day):\n        return 0xC0FFEE  # “day” – naïve\n"
    "Что делать? Ἐν ἀρχῇ ἦν ὁ λόγος. 道可道，非常道。名可名，非常名。 \U0001f3af \x07 fi ½ →\n"
) * 6


def cases() -> dict[str, Style]:
    styles = {name: Style.preset(name) for name in preset_names()}
    styles["dark"] = Style.preset("flow").themed("dark")
    styles["justified"] = Style.preset("glyph-en").with_keys(
        {"alignment": "JUSTIFY", "columns": 2, "letter-scale": 0.85, "first-line-indent": 9, "space-after": 3}
    )
    styles["framed"] = Style.preset("glyph-en").with_keys(
        {
            "newline-markup": '<font color="#FF0000"> \\n </font>',
            "border-width": 1,
            "border-padding": 2,
            "para-border-color": "#3050A0",
            "para-bg-color": "#FFF8E0",
            "dpi": 96,
            "font-path": "DejaVu Serif",
        }
    )
    # Depends on the version of Pygments too.
    styles["highlighted"] = Style.preset("code").with_keys({"highlight": "python"})
    styles["source-sans"] = Style.preset("legible").with_keys({"font-path": "Source Sans 3", "gray-bits": 8})
    return styles


def scripts() -> dict[str, str]:
    return tomllib.loads(SCRIPTS.read_text(encoding="utf-8"))


def record(style: Style, text: str = TEXT) -> dict[str, object]:
    pages = list(render(text, style))
    return {
        "digest": style.digest,
        "sizes": [[page.width_px, page.height_px] for page in pages],
        "lines": [[line.end, line.left, line.right, line.baseline_px] for page in pages for line in page.lines],
        "sha256_pixels": [page.sha256 for page in pages],
        "sha256_png": [hashlib.sha256(page.png()).hexdigest() for page in pages],
    }


@pytest.mark.parametrize("name", cases())
def test_pages_are_the_recorded_ones(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())[name]
    found = json.loads(json.dumps(record(cases()[name])))
    for key in ("digest", "sizes", "lines", "sha256_pixels", "sha256_png"):
        assert found[key] == golden[key], key


@pytest.mark.parametrize("name", scripts())
def test_scripts_are_drawn_as_recorded(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())[f"script {name}"]
    found = json.loads(json.dumps(record(NARROW, scripts()[name])))
    for key in ("digest", "sizes", "lines", "sha256_pixels", "sha256_png"):
        assert found[key] == golden[key], key


def test_freetype_and_harfbuzz_are_the_pinned_ones() -> None:
    assert freetype_version() == "2.13.2"
    assert harfbuzz.version() == "15.0.0"


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib; from tests.render.test_golden import *;"
        "print(hashlib.sha256(b''.join(p.png() for p in render(TEXT, Style.preset('flow')))).hexdigest())"
    )
    root = Path(__file__).parents[2]
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(runs) == 1


if __name__ == "__main__":
    recorded = {name: record(style) for name, style in cases().items()}
    recorded |= {f"script {name}": record(NARROW, text) for name, text in scripts().items()}
    GOLDEN.write_text(json.dumps(recorded, indent=None) + "\n")
