"""`smallprint search` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.cli import main
from smallprint.readers.profile import Profile
from tests.search.test_validation import CODE, prose


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_search_of_a_folder_from_beginning_to_end(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "docs").mkdir()
    (here / "docs" / "a.txt").write_text(prose(12_000), encoding="utf-8")
    (here / "docs" / "b.py").write_text(CODE, encoding="utf-8")
    command = [
        "search",
        "run",
        "docs",
        "--evaluations",
        "6",
        "--excerpts",
        "1,2",
        "--max-cer",
        "0.05",
        "--study",
        "s.db",
    ]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["trials"]) == 6
    assert found["best"]["compression"] > found["flow"]["compression"] > found["paper"]["compression"]
    assert {path.name for path in (here / "s-search").iterdir()} == {"crops", "report.html", "profile.toml"}
    assert len(list((here / "s-search" / "crops").iterdir())) == 6
    # The same command again tries nothing more.
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"best: trial {found['best']['trial']}, ")
    assert "s-search/profile.toml" in out
    assert main(["search", "show", "--study", "s.db"]) == 0
    assert "6 done" in capsys.readouterr().out
    assert main(["search", "show", "--study", "s.db", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["trials"]) == 6
    assert main(["search", "show", "--study", "s.db", "--trial", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["number"] == 2
    assert main(["search", "export", "--study", "s.db", "--trial", "1", "--out", "mine.toml"]) == 0
    assert Profile.load("mine.toml").about["trial"] == 1
    assert main(["search", "export", "--study", "s.db"]) == 0
    assert 'schema = "smallprint.profile/1"' in capsys.readouterr().out
    assert main(["search", "compare", "s.db", "s.db", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["estimate", "docs", "--profile", "s-search/profile.toml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["style"]["digest"] == found["best"]["digest"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run"], "give your documents"),
        (["run", "nowhere.txt"], "nowhere.txt"),
        (["run", "short.txt"], "too few"),
        (["run", "short.txt", "--evaluations", "0"], "evaluations"),
        (["run", "short.txt", "--reader", "nobody"], "nobody"),
        (["run", "long.txt", "--proposer", "oracle"], "oracle"),
        (["run", "long.txt", "--objectives", "beauty,truth"], "objectives"),
        (["run", "long.txt", "--judge", "embedded"], "judge"),
        (["run", "long.txt", "--reader", "tesseract", "--tasks", "exact"], "cannot be asked"),
        (["run", "long.txt", "--font", "nowhere.ttf"], "nowhere.ttf"),
        (["run", "long.txt", "--study", "long.txt"], "long.txt"),
        (["run", "."], "among the documents"),
        (["run", "long.txt", "--language", "deu"], "Tesseract's"),
        (["run", "long.txt", "--base-url", "http://localhost"], "not for it"),
        (["run", "long.txt", "--analyst", "scripted:x", "--proposer", "tpe"], "asks nobody"),
        (["run", "long.txt", "--objectives", "compression,task"], "need questions"),
        (["run", "long.txt", "--max-usd", "nan"], "max_usd"),
        (["run", "long.txt", "--reader", "scripted:x", "--max-usd", "1"], "price"),
        (["show", "--study", "absent.db"], "absent.db"),
        (["show", "long.txt"], "takes no files"),
        (["export", "--study", "long.txt"], "long.txt"),
        (["compare", "one.db"], "two or more"),
    ],
)
def test_bad_use_is_told(
    here: Path, arguments: list[str], why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    (here / "short.txt").write_text("too short", encoding="utf-8")
    (here / "long.txt").write_text(prose(20_000), encoding="utf-8")
    assert main(["search", *arguments]) == 2
    error = capsys.readouterr().err
    assert why in error
    assert "Traceback" not in error
    assert not list(here.glob("*.db"))


def test_without_optuna_it_says_what_to_install(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["search", "show"]) == 2
    assert "pip install 'smallprint[search]'" in capsys.readouterr().err
