"""`smallprint bench`: its arguments, its table, its picture and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.cli import main

QUICK = ["bench", "render", "--rounds", "1", "--chars", "3000", "--engines", "ours,floor", "--cases", "prose-running"]


@pytest.fixture
def book(tmp_path: Path) -> str:
    path = tmp_path / "book.txt"
    path.write_text("Reader, I married him.\n" * 200, encoding="utf-8")
    return str(path)


def test_it_prints_a_table(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, book]) == 0
    out = capsys.readouterr().out
    assert "prose-running: " in out
    assert "3,000 characters of book.txt, 1 pages, style flow" in out
    assert "ours: layout " in out


def test_arguments_may_come_in_any_order(book: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", *QUICK[2:], "render", book]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "smallprint.bench.render/1"
    assert [row["engine"] for row in found["cases"][0]["engines"]] == ["ours", "floor"]


def test_what_is_missing_is_in_the_table(book: str, without_yardstick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*QUICK, "--engines", "floor,yardstick", book]) == 0
    assert without_yardstick in capsys.readouterr().out


def test_it_writes_a_picture(book: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / "speed.png"
    assert main([*QUICK, "--plot", str(path), book]) == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_files_that_differ_are_exit_code_1(
    book: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("smallprint.bench.compare.same_pixels", lambda files, job: (len(files), 1))
    assert main([*QUICK, book]) == 1
    assert "1 differ" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rounds", "0"], "rounds 0"),
        (["--engines", "ours,cairo"], "unknown engine cairo; known: ours"),
        (["--engines", ""], "unknown engine"),
        (["--cases", "poems"], "unknown case poems"),
        (["--sample", "0"], "sample 0"),
        (["--plot", "speed.doc"], "--plot speed.doc"),
        (["--plot", "no/such/folder/speed.png"], "no folder"),
        (["none.txt"], "none.txt: no such file"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, book: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "--plot" in arguments:
        pytest.importorskip("matplotlib")
    given = [*QUICK, *arguments]
    assert main(given if arguments == ["none.txt"] else [*given, book]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_an_unknown_subject_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["bench", "coffee"])
    assert stopped.value.code == 2
    assert "render" in capsys.readouterr().err
