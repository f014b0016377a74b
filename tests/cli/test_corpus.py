"""`smallprint render --corpus`: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smallprint.cli import main
from tests.render.corpora import RECORDS, contents, write_lines

pytest.importorskip("pyarrow")
FLAGS = ["--set", "page-size=200,60", "--shard-mb", "0.003", "--workers", "1"]


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    return str(write_lines(tmp_path / "corpus.jsonl", RECORDS))


def test_a_corpus_becomes_shards(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["render", "--corpus", corpus, "--out", str(out), *FLAGS]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert f"pages of {len(RECORDS)} documents" in said.out
    assert "96 characters that no face has are drawn as codes" in said.out
    assert "4 documents are empty and have no pages" in said.out
    assert main(["render", "--corpus", corpus, "--out", str(out), *FLAGS, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    del manifest["shards"]
    assert found == {**manifest, "folder": str(out), "n_shards": found["n_shards"], "n_kept": found["n_shards"]}
    assert main(["render", "--out", str(tmp_path / "two"), corpus, *FLAGS, "--corpus"]) == 0
    assert contents(out) == contents(tmp_path / "two")


def test_documents_that_failed_are_counted_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = write_lines(tmp_path / "a.jsonl", ["no JSON", {"body": "x"}, {"text": 1}, {"text": "x"}])
    out = tmp_path / "out"
    for _ in range(2):
        assert main(["render", "--corpus", str(lines), "--out", str(out), *FLAGS]) == 1
        assert f"3 documents failed; {out / 'failures.jsonl'} says which and why" in capsys.readouterr().out
    assert len((out / "failures.jsonl").read_text().splitlines()) == 3


def test_a_dry_run_writes_nothing(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["render", "--corpus", corpus, "--out", str(tmp_path / "out"), *FLAGS, "--dry-run"]
    assert main(command) == 0
    assert "told from a sample, nothing was written" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"input_bytes", "n_shards", "chars", "pages", "file_bytes"}
    assert [path.name for path in tmp_path.iterdir()] == ["corpus.jsonl"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--workers", "2"], "--workers: only with --corpus"),
        (["--format", "parquet"], "--format: only with --corpus"),
        (["--meta-fields", "a"], "--meta-fields: only with --corpus"),
        (["--dry-run"], "--dry-run: only with --corpus"),
        (["--corpus", "--threads", "2"], "--threads: not with --corpus"),
        (["--corpus", "--pdf-dpi", "70"], "--pdf-dpi: not with --corpus"),
        (["--corpus", "--workers", "2", "--ray", "auto"], "--workers and --ray"),
        (["--corpus", "--dry-run", "--ray", "auto"], "--dry-run and --ray"),
        (["--corpus", "-"], "standard input cannot be read twice"),
        (["--corpus", "--style", "nothing"], "unknown preset 'nothing'"),
        (["--corpus", "--set", "font-path=/nowhere.ttf"], "/nowhere.ttf"),
        (["--corpus", "nowhere.jsonl"], "nowhere.jsonl: no such file or folder"),
    ],
)
def test_what_makes_no_sense_is_refused(
    corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    out = tmp_path / "out"
    assert main(["render", corpus, "--out", str(out), *options]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_another_style_is_refused(corpus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["render", "--corpus", corpus, "--out", str(tmp_path / "out"), *FLAGS]
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--theme", "dark"]) == 2
    said = capsys.readouterr()
    assert "holds another corpus (style_digest:" in said.err
    assert said.out == ""
