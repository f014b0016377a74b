"""`smallprint eval` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.cli import main


def test_a_small_run_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    command = [
        "eval",
        "run",
        "exact/exact_number",
        "--lengths",
        "1k",
        "--samples",
        "1",
        "--arms",
        "text,pages",
        "--out",
        str(out),
    ]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [arm["arm"] for arm in found["arms"]] == ["text", "pages:flow"]
    text, pages = found["arms"]
    assert text["score"] == 1.0
    assert pages["compression"] > 3
    assert {"task", "score", "interval"} <= pages["tasks"][0].keys()
    assert {path.name for path in out.iterdir()} >= {
        "run.json",
        "samples.jsonl",
        "results.json",
        "report.md",
        "report.html",
    }
    # The same command again asks nothing, and its report is the same.
    lines = (out / "samples.jsonl").read_bytes()
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["arms"] == found["arms"]
    assert (out / "samples.jsonl").read_bytes() == lines
    assert main(["eval", "report", str(out)]) == 0
    assert "| pages:flow |" in capsys.readouterr().out


def test_the_tasks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "tasks", "--json"]) == 0
    rows = {row["task"]: row for row in json.loads(capsys.readouterr().out)}
    assert sum(row["suite"] == "ruler" for row in rows.values()) == 13
    assert sum(row["suite"] == "longbench" for row in rows.values()) == 21
    assert sum(row["suite"] == "longbench-e" for row in rows.values()) == 13
    assert rows["ruler/vt"]["embedded"]
    assert not rows["longbench/qasper"]["embedded"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run"], "give a task or a suite"),
        (["run", "ruler"], "--out"),
        (["run", "rulers", "--out", "x"], "task: 'rulers' is not known"),
        (["run", "vt", "--out", "x", "--arms", "sideways"], "arms: 'sideways' is not known"),
        (["run", "vt", "--out", "x", "--styles", "none-such"], "none-such"),
        (["run", "vt", "--out", "x", "--reader", "oracle"], "oracle"),
        (["run", "vt", "--out", "x", "--max-usd", "1", "--reader", "scripted:a"], "max-usd"),
        (["run", "vt", "--out", "x", "--convention", "mine"], "convention"),
        (["run", "vt", "--out", "x", "--tokenizer", "mine"], "mine"),
        (["run", "vt", "--out", "x", "--lengths", "20"], "20"),
        (["run", "vt", "--out", "x", "--max-usd", "nan"], "max_usd"),
        (["run", "vt", "--out", "x", "--arms", ","], "arms: there are none"),
        (["run", "longbench", "--out", "x"], "it takes understanding"),
        (["run", "vt", "--out", "x", "--styles", "a/s.json,b/s.json"], "two styles are called s"),
        (["report"], "give the folder"),
        (["report", "nowhere"], "no run"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, size in (("a", 9), ("b", 8)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "s.json").write_text(json.dumps({"font-path": "DejaVu Sans", "font-size": size}))
    assert main(["eval", *arguments]) == 2
    error = capsys.readouterr().err
    assert why in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("lengths", ["4x", "0", "-4k", ""])
def test_lengths_that_are_none(lengths: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["eval", "run", "vt", f"--lengths={lengths}", "--out", "x"])
    assert stopped.value.code == 2
    assert "is not a whole number from 1" in capsys.readouterr().err
