"""`proofread`: what will be misread on pages, by the weights that ship."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.cli import main

PROSE = "The hallway smelt of boiled cabbage and old rag mats. At one end of it a coloured poster had been tacked to the wall. "
CODE = "    self.cache[key] = value or {'a': 0x7f, 'b': [1, 2]}\n"


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "book.txt"
    path.write_text(PROSE * 12 + "The key is 9fceb02d0ae598e95dc970b74767f193.\n", encoding="utf-8")
    return str(path)


def test_it_says_how_much_is_misread(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["proofread", book]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 pages: ")
    assert "exact strings were misread or are in doubt" in out
    assert "other models misread other things" in out


def test_json_is_of_one_mind_with_itself(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["proofread", book, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "smallprint.proofread/1"
    text = Path(book).read_text(encoding="utf-8")
    (page,) = found["pages"]
    assert page["errors"] == found["errors"]
    assert found["cer"] < 0.03
    assert all(text[slice(*each["span"])] == each["source"] for each in page["findings"])


def test_a_threshold_is_the_exit_code(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = ["--set", "font-size=3", "--set", "line-height=3"]
    assert main(["proofread", book, "--max-cer", "0.05"]) == 0
    assert main(["proofread", book, "--max-cer", "0.05", *tiny]) == 1
    assert "letters too small to be read" in capsys.readouterr().out


def test_html(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["proofread", book, "--html", str(tmp_path / "proof.html")]) == 0
    html = (tmp_path / "proof.html").read_text(encoding="utf-8")
    assert "Proof of book.txt" in html
    assert "data:image/png;base64," in html
    assert main(["proofread", book, "--html", str(tmp_path / "no" / "proof.html")]) == 2
    assert "no folder" in capsys.readouterr().err


def test_fit_tiles_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mixed.md"
    path.write_text((PROSE * 8 + "\n\n") * 2 + (CODE * 10 + "\n\n") * 3, encoding="utf-8")
    code = main(["proofread", str(path), "--fit", "0.05", "--fit-styles", "flow,legible", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == (0 if all(part["met"] for part in found["parts"]) else 1)
    assert [part["style"] for part in found["alone"]] == ["flow", "legible"]
    assert found["parts"][0]["span"][0] == 0
    assert found["parts"][-1]["span"][1] == len(path.read_text(encoding="utf-8"))
    assert main(["proofread", str(path), "--fit", "0.05", "--fit-styles", "flow"]) in (0, 1)
    assert "one style for all:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--family", "nobody"], "nobody"),
        (["--fit", "0.01", "--fit-styles", "flow,nothing"], "nothing"),
        (["--style", "nothing"], "nothing"),
    ],
)
def test_what_cannot_be_done(book: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["proofread", book, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_pdf_has_no_text_to_be_held_against(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (60, 60), 255).save(tmp_path / "page.pdf")
    assert main(["proofread", str(tmp_path / "page.pdf")]) == 2
    assert "no text to hold them against" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fit", "0.1", "--html", "x.html"], "--html"),
        (["--fit", "0.1", "--style", "dense"], "--style"),
        (["--fit-styles", "flow"], "--fit-styles"),
        (["--html", "."], "give the name of a file"),
    ],
)
def test_what_does_not_go_together(
    book: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["proofread", book, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "blank.txt").write_text(" \n\n", encoding="utf-8")
    assert main(["proofread", str(tmp_path / "blank.txt")]) == 2
    assert "nothing to read" in capsys.readouterr().err
