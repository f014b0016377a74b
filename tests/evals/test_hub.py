"""Rows from files, folders, archives and a hub that is scripted."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smallprint.errors import DataError
from smallprint.evals.tasks import hub

ROWS = [{"a": 1, "text": "é"}, {"a": 2, "text": "x\ny"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
NOBODY = "nobody/nothing"


def found(data: Path | str | None, *files: str, default: str = NOBODY, revision: str | None = None) -> hub.Rows:
    return hub.rows(None if data is None else str(data), default=default, revision=revision, files=files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "one.jsonl").write_text(LINES + "\n", "utf-8")
    (tmp_path / "two.json").write_text(json.dumps(ROWS), "utf-8")
    (tmp_path / "data" / "three.jsonl.gz").write_bytes(gzip.compress(LINES.encode()))
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("data/four.jsonl", LINES)
        archive.writestr("data/five.jsonl", LINES)
        archive.writestr("__MACOSX/data/four.jsonl", "\0")
    return tmp_path


@pytest.mark.parametrize("file", ["one.jsonl", "two.json", "three.jsonl.gz", "data/three.jsonl.gz", "*.json"])
def test_a_folder(folder: Path, file: str) -> None:
    rows = found(folder, "missing.jsonl", file, "one.jsonl")
    assert list(rows) == ROWS
    assert list(rows) == ROWS, "a second reading"


def test_members_of_an_archive(folder: Path) -> None:
    assert list(found(folder, "four.jsonl", "data.zip")) == ROWS
    assert list(found(folder / "data.zip", "four.jsonl", "data.zip")) == ROWS
    with pytest.raises(DataError, match="no file six"):
        list(found(folder / "data.zip", "six.jsonl"))


def test_all_files_of_the_first_name_that_fits(folder: Path) -> None:
    assert list(found(folder, "*.jsonl*")) == ROWS * 2


def test_a_file_is_taken_whatever_its_name(folder: Path) -> None:
    rows = found(folder / "one.jsonl", "other.parquet")
    assert list(rows) == ROWS
    assert rows.provenance == hub.Provenance(
        name="one.jsonl", revision=None, sha256=hashlib.sha256((folder / "one.jsonl").read_bytes()).hexdigest()
    )
    assert str(folder) not in json.dumps(rows.provenance.to_json())


def test_the_digest_is_of_all_files(folder: Path) -> None:
    before = found(folder, "*.jsonl*").provenance.sha256
    (folder / "data" / "three.jsonl.gz").write_bytes(gzip.compress(b'{"a": 3}\n'))
    assert found(folder, "*.jsonl*").provenance.sha256 != before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a"\n', "line 2 is not JSON"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "line 2 is no row"),
        ("a.json", b'{"a": 1}', "no list of rows"),
        ("a.json", b"\xff\xfe\xff", "not JSON|cannot be read"),
        ("a.zip", b"PK nothing", "cannot be read"),
        ("a.jsonl.gz", b"\x1f\x8b nothing", "cannot be read"),
        ("a.csv", b"a,b", "files of rows are"),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        list(found(tmp_path / name))


@pytest.mark.parametrize("name", ["missing.jsonl", "a/missing.jsonl", "./a/b", "a/b/c", "nothing"])
def test_what_is_neither_here_nor_a_name_of_the_hub(name: str) -> None:
    with pytest.raises(DataError, match="owner/name"):
        found(name, "a.jsonl")


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    assert list(found(tmp_path, "*.parquet")) == ROWS
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="cannot be read"):
        list(found(tmp_path, "*.parquet"))


class Hub:
    """Stands in for huggingface_hub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None

    def snapshot_download(self, name: str, **options: Any) -> str:
        self.asked.append({"name": name, **options})
        if self.error:
            raise self.error
        return str(self.folder)


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    folder = tmp_path / "snapshots" / "c0ffee"
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text(LINES, "utf-8")
    stand_in = Hub(folder)
    module = SimpleNamespace(snapshot_download=stand_in.snapshot_download)
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", module)
    return stand_in


def test_the_usual_data_set(scripted: Hub) -> None:
    rows = found(None, "a.jsonl", default="somebody/something", revision="v1")
    assert list(rows) == ROWS
    assert rows.provenance.name == "somebody/something"
    assert rows.provenance.revision == "c0ffee"
    assert rows.provenance.sha256 == hashlib.sha256(LINES.encode()).hexdigest()
    assert scripted.asked == [
        {
            "name": "somebody/something",
            "repo_type": "dataset",
            "revision": "v1",
            "allow_patterns": ["a.jsonl", "*/a.jsonl"],
        }
    ]
    assert rows.file("b.pdf", "a.jsonl").name == "a.jsonl"
    assert scripted.asked[-1]["revision"] == "c0ffee", "of the commit that the rows are from"


def test_nothing_is_asked_for_where_there_is_a_copy(scripted: Hub, folder: Path) -> None:
    assert list(found(folder, "one.jsonl", default="somebody/something")) == ROWS
    assert not scripted.asked


def test_without_a_connection(scripted: Hub) -> None:
    scripted.error = ConnectionError("no route to host\nand more")
    with pytest.raises(DataError, match=r"somebody/something .* \(no route to host\); .*name a local copy"):
        found("somebody/something", "a.jsonl")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(DataError, match=r'pip install "smallprint\[eval\]"'):
        found("somebody/something", "a.jsonl")
