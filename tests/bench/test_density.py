"""How much text a visual token carries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.bench import density
from smallprint.bench.density import Settings, kind_texts, measure_density, strings
from smallprint.cli import main
from smallprint.errors import DataError, StyleError

PROSE = "The hallway smelt of boiled cabbage and old rag mats, and nobody saw the poster on the wall. " * 120


def test_rows_for_all_that_was_asked(tmp_path: Path) -> None:
    settings = Settings(
        styles=("flow", "legible"),
        families=("glm-4.1v", "qwen3-vl"),
        kinds=("prose",),
        damages=("none", "jpeg"),
        pages=1,
    )
    report = measure_density({"prose": ("p", PROSE)}, settings)
    assert len(report.rows) == 8
    flow, *_ = report.rows
    assert (flow.family, flow.style, flow.pages) == ("glm-4.1v", "flow", 1)
    assert flow.errors == round(flow.cer * flow.chars)
    assert flow.cer < 0.05
    assert 2 < flow.ratio < 5
    assert flow.cer_interval[0] <= flow.cer <= flow.cer_interval[1]
    assert all(0 <= value <= 1 for row in report.rows for value in (row.sure, row.wrong_of_sure, row.errors_in_doubt))
    by_style = {row.style: row.ratio for row in report.rows if row.family == "glm-4.1v"}
    assert by_style["flow"] > by_style["legible"]


def test_a_page_that_is_not_full_says_nothing_of_density() -> None:
    text = PROSE[:10_300]
    report = measure_density(
        {"prose": ("p", text)}, Settings(styles=("flow",), families=("glm-4.1v",), kinds=("prose",), pages=5)
    )
    assert report.rows[0].pages == 1


def test_strings_cannot_be_guessed() -> None:
    text = strings(1, 5000)
    assert text == strings(1, 5000) != strings(2, 5000)
    assert all(6 <= len(word) <= 24 and word.isalnum() for word in text.split())
    assert 4900 < len(text) < 5100


def test_texts_of_each_kind(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text("One.\n", encoding="utf-8")
    found = kind_texts([str(tmp_path / "a.py"), str(tmp_path / "a.txt")], ("prose", "code", "strings"), seed=3)
    assert (found["prose"][1], found["code"][1]) == ("One.\n", "x = 1\n")
    assert found["strings"][1] == strings(3)
    assert len(kind_texts([], ("prose", "code"), seed=1)["code"][1]) > 100_000
    with pytest.raises(DataError, match="unknown kind 'verse'"):
        kind_texts([], ("verse",), seed=1)


def test_what_is_not_known() -> None:
    text = {"prose": ("p", PROSE)}
    with pytest.raises(DataError, match="unknown damage"):
        measure_density(text, Settings(damages=("fire",), kinds=("prose",)))
    with pytest.raises(StyleError):
        measure_density(text, Settings(styles=("nothing",), kinds=("prose",)))


def test_damage_is_done() -> None:
    import io

    import numpy as np
    from PIL import Image

    from smallprint.render import Style, render

    page = render(PROSE, Style.preset("flow"))[0]
    whole = np.asarray(Image.open(io.BytesIO(page.png())).convert("L"))
    for damage in ("jpeg", "resize"):
        hurt = np.asarray(Image.open(io.BytesIO(density._damaged(page.png(), damage))))  # pyright: ignore[reportPrivateUsage]
        assert hurt.shape == whole.shape
        assert not np.array_equal(hurt, whole)
        assert np.abs(hurt.astype(float) - whole).mean() < 25


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "book.txt").write_text(PROSE, encoding="utf-8")
    command = ["bench", "density", "--text", str(tmp_path / "book.txt"), "--styles", "flow"]
    command += ["--families", "glm-4.1v", "--kinds", "prose", "--pages", "1"]
    assert main([*command, "--plot", str(tmp_path / "density.png")]) == 0
    assert "95% interval" in capsys.readouterr().out
    assert (tmp_path / "density.png").read_bytes().startswith(b"\x89PNG")
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "smallprint.bench.density/1"
    assert {"family", "kind", "style", "ratio", "cer"} <= set(found["rows"][0])
    assert main(["bench", "density", "--kinds", "verse"]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--styles", ""], "at least one style"),
        (["--families", ""], "at least one style"),
        (["--styles", "flow,nothing"], "nothing"),
        (["--damages", "jpeg", "--plot", "x.png"], "put none among --damages"),
    ],
)
def test_what_cannot_be_measured(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert main(["bench", "density", "--kinds", "strings", *arguments]) == 2
    assert said in capsys.readouterr().err
