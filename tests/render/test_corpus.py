"""What shards hold: every page with its source, as Parquet and as tar."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import DataError
from smallprint.render import TextSource, render
from smallprint.render.corpus import write_corpus
from smallprint.render.corpus.parquet import COLUMNS
from tests.render.corpora import RECORDS, STYLE, contents, failures, manifest, rows_of, spec, texts_of, write_lines


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "corpus.jsonl", RECORDS)


def test_pages_are_those_of_render_and_join_to_their_documents(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_corpus([corpus], out, spec(), workers=1)
    rows = rows_of(out)
    assert texts_of(rows, lambda row: row["id"]) == {each["id"]: each["text"] for each in RECORDS if each["text"]}
    assert [(row["document"], row["page"]) for row in rows] == sorted((row["document"], row["page"]) for row in rows)
    at = 0
    for number, record in enumerate(RECORDS):
        pages = render(TextSource(record["text"]), STYLE)
        counts = [sum(item.count for item in items) for items in (pages.report.missing, pages.report.substituted)]
        for page in pages:
            row = rows[at]
            at += 1
            assert (row["id"], row["document"], row["page"], row["n_pages"]) == (
                record["id"],
                number,
                page.index,
                len(pages),
            )
            assert (tuple(row["span"]), tuple(row["byte_span"])) == (page.span, page.byte_span)
            assert record["text"].encode()[slice(*row["byte_span"])].decode() == row["text"] == page.text
            assert row["image"] == {"bytes": page.png(), "path": f"{number:010d}-{page.index:05d}.png"}
            assert (row["width_px"], row["height_px"]) == (page.width_px, page.height_px)
            assert row["sha256_png"] == hashlib.sha256(page.png()).hexdigest()
            assert [row["n_missing"], row["n_substituted"]] == counts
            assert (row["style_digest"], row["meta"]) == (STYLE.digest, None)
    assert at == len(rows)


def test_manifest_says_what_the_shards_are(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    written = write_corpus([corpus], out, spec(), workers=1)
    found = manifest(out)
    data = corpus.read_bytes()
    assert found["inputs"] == [
        {"name": "corpus.jsonl", "n_files": 1, "n_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    ]
    assert found["style"] == STYLE.to_glyph()
    assert found["style_digest"] == STYLE.digest
    assert {"face", "sha256"} <= set(found["fonts"][0])
    assert found["version"]
    files = {each["file"]: each for each in found["shards"]}
    assert {path.name for path in out.iterdir()} == {*files, "manifest.json"}
    assert list(files) == sorted(files)
    for name, each in files.items():
        shard = (out / name).read_bytes()
        assert (each["n_bytes"], each["sha256"]) == (len(shard), hashlib.sha256(shard).hexdigest())
        assert 0 < each["rows"] <= 20
    rows = rows_of(out)
    assert sum(each["rows"] for each in files.values()) == len(rows)
    texts = [record["text"] for record in RECORDS]
    assert found["counts"] == {
        "documents": len(RECORDS), "empty": 4, "failed": 0, "pages": len(rows), "chars": sum(map(len, texts)),
        "bytes": len("".join(texts).encode()), "missing": 4 * 12 * 2, "substituted": found["counts"]["substituted"],
        "files": len(files), "file_bytes": sum(each["n_bytes"] for each in files.values()),
    }  # fmt: skip
    assert written.summary["counts"] == found["counts"]
    # Some shards are cut into several files, and there are several shards.
    assert len({each["shard"] for each in found["shards"]}) == written.n_shards > 3
    assert len(files) > written.n_shards
    assert str(tmp_path) not in (out / "manifest.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["parquet", "webdataset"])
def test_shards_do_not_depend_on_the_number_of_processes(corpus: Path, tmp_path: Path, kind: str) -> None:
    for workers in (1, 3):
        write_corpus([corpus], tmp_path / str(workers), spec(format=kind), workers=workers)
    assert contents(tmp_path / "1") == contents(tmp_path / "3")


def test_parquet_has_the_layout_of_hugging_face_images(corpus: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_corpus([corpus], tmp_path / "out", spec(), workers=1)
    file = tmp_path / "out" / manifest(tmp_path / "out")["shards"][0]["file"]
    schema = parquet.read_schema(file)
    assert tuple(schema.names) == COLUMNS
    assert str(schema.field("image").type) == "struct<bytes: binary, path: string>"
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["image"] == {"_type": "Image"}
    assert features["text"] == {"dtype": "string", "_type": "Value"}


def test_a_file_that_is_large_enough_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallprint.render.corpus.shards._FILE_BYTES", 100_000)
    text = tmp_path / "long.txt"
    text.write_text("word " * 40_000, encoding="utf-8")
    write_corpus([text], tmp_path / "out", spec(rows_per_shard=10_000), workers=1)
    shards = manifest(tmp_path / "out")["shards"]
    assert len(shards) > 2
    # What is not written yet, a row group of Parquet, comes on top.
    assert all(100_000 <= each["n_bytes"] < 300_000 for each in shards[:-1])
    assert texts_of(rows_of(tmp_path / "out")) == {0: text.read_text(encoding="utf-8")}


@pytest.mark.parametrize("workers", [1, 3])
def test_long_documents_are_drawn_by_threads_with_the_same_shards(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_text(RECORDS[2]["text"] * 3, encoding="utf-8", newline="")
    (texts / "b.txt").write_bytes(b"good " * 500 + b"\xff")
    given = spec(shard_mb=1)
    write_corpus([corpus, texts], tmp_path / "short", given, workers=1)
    monkeypatch.setattr("smallprint.render.corpus.pages._LONG", 100)
    write_corpus([corpus, texts], tmp_path / "long", given, workers=workers)
    assert contents(tmp_path / "long") == contents(tmp_path / "short")
    (failed,) = failures(tmp_path / "long")
    assert failed["cause"] == "b.txt: not UTF-8: byte 0xff at offset 2500"


DATASETS = """
import sys
import datasets, numpy, io
from PIL import Image
datasets.disable_progress_bars()
found = datasets.load_dataset("parquet", data_files=sys.argv[1] + "/*.parquet", split="train", cache_dir=sys.argv[2])
assert isinstance(found.features["image"], datasets.Image), found.features
raw = found.cast_column("image", datasets.Image(decode=False))
for row, other in zip(found, raw):
    assert row["image"].size == (row["width_px"], row["height_px"])
    assert numpy.array_equal(row["image"], Image.open(io.BytesIO(other["image"]["bytes"])))
streamed = datasets.load_dataset("parquet", data_files=sys.argv[1] + "/*.parquet", split="train", streaming=True)
assert [row["text"] for row in streamed] == found["text"][:]
print(len(found))
"""


@pytest.mark.skipif(find_spec("datasets") is None, reason="datasets is not installed")
def test_datasets_decodes_the_images(corpus: Path, tmp_path: Path) -> None:
    write_corpus([corpus], tmp_path / "out", spec(), workers=1)
    command = [sys.executable, "-c", DATASETS, str(tmp_path / "out"), str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == manifest(tmp_path / "out")["counts"]["pages"]


def test_tar_has_each_page_under_one_key(corpus: Path, tmp_path: Path) -> None:
    write_corpus([corpus], tmp_path / "tar", spec(format="webdataset"), workers=1)
    write_corpus([corpus], tmp_path / "parquet", spec(), workers=1)
    pages: list[dict[str, bytes]] = []
    for each in manifest(tmp_path / "tar")["shards"]:
        with tarfile.open(tmp_path / "tar" / each["file"]) as tar:
            names = tar.getnames()
            assert len(names) == 3 * each["rows"]
            for at in range(0, len(names), 3):
                (key,) = {name.partition(".")[0] for name in names[at : at + 3]}
                files = [tar.extractfile(name) for name in names[at : at + 3]]
                assert all(files)
                pages.append({"key": key.encode()} | {
                    name.partition(".")[2]: file.read() for name, file in zip(names[at : at + 3], files, strict=True) if file
                })  # fmt: skip
    rows = rows_of(tmp_path / "parquet")
    assert len(pages) == len({page["key"] for page in pages}) == len(rows)
    for page, row in zip(pages, rows, strict=True):
        assert (page["png"], page["txt"].decode()) == (row["image"]["bytes"], row["text"])
        assert json.loads(page["json"]) == {key: row[key] for key in row if key not in ("image", "text")}
        size = np.asarray(Image.open(io.BytesIO(page["png"]))).shape
        assert size == (row["height_px"], row["width_px"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"format": "zip"}, "format: 'zip' is not allowed; give parquet or webdataset"),
        ({"png": "tiny"}, "png: 'tiny' is not allowed; give default or small"),
        ({"shard_mb": 0}, "shard-mb: 0 is not allowed"),
        ({"rows_per_shard": 0}, "rows-per-shard: 0 is not allowed; give 1 or more"),
        ({"meta_fields": ("text",)}, "text-field: 'text' is the id or carried along already"),
    ],
)
def test_what_is_not_allowed_is_said(given: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        spec(**given)


def test_parquet_without_pyarrow_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r'--format parquet: needs pyarrow; pip install "smallprint\[corpus\]"'):
        spec()
    assert spec(format="webdataset").suffix == "tar"


LONG = """
import resource, sys
from pathlib import Path
from smallprint import Style
from smallprint.render.corpus import Spec, write_corpus
written = write_corpus([Path(sys.argv[1])], Path(sys.argv[2]), Spec(style=Style.preset("flow")), workers=1)
print(written.summary["counts"]["files"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_a_document(tmp_path: Path) -> None:
    found: list[list[int]] = []
    for n in (1, 4):
        text = tmp_path / f"{n}.txt"
        text.write_text("It was the best of times, it was the worst of times.\n" * (60_000 * n), encoding="utf-8")
        command = [sys.executable, "-c", LONG, text, tmp_path / str(n)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found.append([int(word) for word in done.stdout.split()])
    # Nine million characters more are a hundred MiB of pages more.
    assert found[1][1] - found[0][1] < 20 * 1024
