"""What a corpus is read from, and what becomes of documents that cannot be read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import DataError, StoreError, TextError
from smallprint.render.corpus import write_corpus
from smallprint.render.corpus.size import estimate_size
from tests.render.corpora import RECORDS, STYLE, contents, failures, manifest, rows_of, spec, texts_of, write_lines

NARROW = STYLE.with_keys({"page-size": "20,60", "margin-x": 6})


def drawn(out: Path, *inputs: Path, **given: Any) -> dict[str, str]:
    write_corpus(inputs, out, spec(**given), workers=1)
    return texts_of(rows_of(out), lambda row: row["id"])


def expected() -> dict[str, str]:
    return {each["id"]: each["text"] for each in RECORDS if each["text"]}


@pytest.mark.parametrize("members", [1, 3])
def test_compressed_lines_give_the_shards_of_plain_ones(tmp_path: Path, members: int) -> None:
    plain = write_lines(tmp_path / "a.jsonl", RECORDS)
    lines = plain.read_bytes().splitlines(keepends=True)
    size = -(-len(lines) // members)
    packed = tmp_path / "packed" / "a.jsonl.gz"
    packed.parent.mkdir()
    packed.write_bytes(b"".join(gzip.compress(b"".join(lines[at : at + size])) for at in range(0, len(lines), size)))
    assert (
        drawn(tmp_path / "one", plain)
        == drawn(
            tmp_path / "two",
            packed,
        )
        == expected()
    )
    shards = [
        {name: data for name, data in contents(tmp_path / out).items() if name != "manifest.json"}
        for out in ("one", "two")
    ]
    assert shards[0] == shards[1]
    write_corpus([packed], tmp_path / "three", spec(), workers=2)
    assert contents(tmp_path / "three") == contents(tmp_path / "two")


@pytest.mark.parametrize("kind", ["string", "large_string", "dictionary"])
@pytest.mark.parametrize("row_group_size", [1, 5, 1000])
def test_rows_of_parquet(tmp_path: Path, kind: str, row_group_size: int) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.Table.from_pylist(RECORDS)
    types = {"dictionary": arrow.dictionary(arrow.int32(), arrow.string()), "large_string": arrow.large_string()}
    table = table.set_column(1, "text", table["text"].cast(types.get(kind, arrow.string())))
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=row_group_size)
    assert drawn(tmp_path / "out", tmp_path / "a.parquet") == expected()
    assert len({each["shard"] for each in manifest(tmp_path / "out")["shards"]}) > 1


def test_folders_of_texts_in_order(tmp_path: Path) -> None:
    texts = {
        "b.txt": "second " * 900,
        "a/z.md": "first\r\n\ufeffline",
        "a.py": "print()\n",
        "c/d/e.txt": "漢字\U0001f3af",
        "empty.txt": "",
    }
    folder = tmp_path / "texts"
    for name, text in {**texts, ".hidden/x.txt": "no", ".x": "no"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    (folder / "link.txt").symlink_to(folder / "a.py")
    (folder / "loop").symlink_to(folder)
    found = drawn(tmp_path / "out", folder)
    assert found == {name: text for name, text in {**texts, "link.txt": "print()\n"}.items() if text}
    assert list(found) == ["a/z.md", "a.py", "b.txt", "c/d/e.txt", "link.txt"]
    (given,) = manifest(tmp_path / "out")["inputs"]
    assert (given["name"], given["n_files"]) == ("texts", 6)


def test_several_inputs_in_turn(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "many"
    folder.mkdir()
    parquet.write_table(arrow.Table.from_pylist(RECORDS[:5]), folder / "1.parquet")
    parquet.write_table(arrow.Table.from_pylist(RECORDS[5:9]), folder / "2.parquet")
    write_lines(folder / "0.jsonl", RECORDS[9:11])
    lines = write_lines(tmp_path / "rest.jsonl", RECORDS[11:])
    (tmp_path / "last.txt").write_text("the end", encoding="utf-8")
    found = drawn(tmp_path / "out", lines, folder, tmp_path / "last.txt")
    order = [*RECORDS[11:], *RECORDS[9:11], *RECORDS[:9]]
    assert list(found.items()) == [
        *((each["id"], each["text"]) for each in order if each["text"]),
        ("last.txt", "the end"),
    ]


def test_fields_by_name_and_fields_carried_along(tmp_path: Path) -> None:
    records = [
        {"name": 7, "body": "one", "score": float("nan"), "tags": ["a", "ä"], "half": "\ud800"},
        {"name": "b", "body": "two", "url": "http://b"},
    ]
    lines = write_lines(tmp_path / "a.jsonl", map(json.dumps, records))
    write_corpus([lines], tmp_path / "all", spec(text_field="body", id_field="name", meta_fields=("*",)), workers=1)
    rows = rows_of(tmp_path / "all")
    assert [row["id"] for row in rows] == ["7", "b"]
    assert [json.loads(row["meta"]) for row in rows] == [
        {"score": None, "tags": ["a", "ä"], "half": "\ud800"}, {"url": "http://b"}
    ]  # fmt: skip
    write_corpus([lines], tmp_path / "some", spec(text_field="body", meta_fields=("url", "name")), workers=1)
    rows = rows_of(tmp_path / "some")
    assert [row["id"] for row in rows] == ["a.jsonl:1", "a.jsonl:2"]
    assert [json.loads(row["meta"]) for row in rows] == [{"name": 7}, {"url": "http://b", "name": "b"}]


def test_dates_bytes_and_numbers_of_parquet_are_carried_along(tmp_path: Path) -> None:
    import datetime
    from decimal import Decimal

    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    row = {"text": "x", "day": datetime.date(2026, 1, 2), "raw": b"\xff", "price": Decimal("1.50"), "nan": float("nan")}
    parquet.write_table(arrow.Table.from_pylist([row]), tmp_path / "a.parquet")
    write_corpus([tmp_path / "a.parquet"], tmp_path / "out", spec(meta_fields=("*",)), workers=1)
    (found,) = rows_of(tmp_path / "out")
    assert found["id"] == "a.parquet:0"
    assert json.loads(found["meta"]) == {"day": "2026-01-02", "raw": "ff", "price": "1.50", "nan": None}


def test_a_bad_line_is_a_failure_with_its_cause_and_stops_nothing(tmp_path: Path) -> None:
    good = b'{"id": "good", "text": "fine"}'
    bad = [
        (b'{"id": "x", "text": "\xff"}', None, "not UTF-8: byte 0xff at offset 21 of the line"),
        (b'{"id": "x", "te', None, "not JSON: Unterminated string"),
        (b"[" * 100_000, None, "not JSON: "),
        (b"[1]", None, "a list, not a JSON object"),
        (b'{"id": "x", "body": ""}', "x", "no field 'text'; it has 'id', 'body'"),
        (b'{"id": "x", "text": 7}', "x", "field 'text' is a number, not a string"),
        (b'{"id": "x", "text": null}', "x", "field 'text' is null, not a string"),
        (b'{"id": [1], "text": "y"}', None, "field 'id' is a list, not a string or a whole number"),
        (b'{"id": true, "text": "y"}', None, "field 'id' is true or false, not a string or a whole number"),
        (rb'{"id": "x", "text": "a\ud800"}', "x", "field 'text': half a surrogate pair, U+D800, at offset 1"),
        (b"\0\0\0\0", None, "not JSON: "),
    ]
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n\n" + b"\n \n".join(line for line, *_ in bad) + b"\n" + good)
    assert drawn(tmp_path / "out", lines) == {"good": "finefine"}
    found = failures(tmp_path / "out")
    assert [each["line"] for each in found] == [3 + 2 * at for at in range(len(bad))]
    for each, (_, name, cause) in zip(found, bad, strict=True):
        assert (each["input"], each["id"], each["document"]) == ("a.jsonl", name, each["line"] - 1)
        assert each["cause"].startswith(cause)
    about = manifest(tmp_path / "out")
    assert (about["counts"]["failed"], about["counts"]["documents"]) == (len(bad), 2)
    assert about["failures"] == "failures.jsonl"


def test_bad_files_rows_and_documents_that_the_style_has_no_room_for(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"abc\xff")
    (folder / "b.bin").write_bytes(b"\0\1\xfe")
    (folder / "c.txt").write_text("iii")
    (folder / "d.txt").write_text("i\U0001f3af")
    bytes_as_text = arrow.array([b"ok", b"\xff", None], arrow.binary()).view(arrow.string())
    parquet.write_table(arrow.table({"text": bytes_as_text}), folder / "e.parquet")
    assert drawn(tmp_path / "out", folder, style=NARROW) == {"c.txt": "iii", "e.parquet:0": "ok"}
    found = [(each["input"], each["line"], each["id"], each["cause"]) for each in failures(tmp_path / "out")]
    assert [each[:3] for each in found] == [
        ("a.txt", None, "a.txt"), ("b.bin", None, "b.bin"), ("d.txt", None, "d.txt"),
        ("e.parquet", 1, None), ("e.parquet", 2, "e.parquet:2"),
    ]  # fmt: skip
    causes = ["a.txt: not UTF-8", "b.bin: a binary file", "", "column 'text': 'utf-8' codec", "field 'text' is null"]
    for each, cause in zip(found, causes, strict=True):
        assert each[3].startswith(cause)
        assert str(tmp_path) not in each[3]


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallprint.render.corpus.documents.MAX_LINE_BYTES", 1000)
    lines = write_lines(tmp_path / "a.jsonl", [{"text": "a"}, {"text": "b" * 3_000_000}, {"text": "c"}])
    assert list(drawn(tmp_path / "out", lines).values()) == ["a", "c"]
    assert failures(tmp_path / "out")[0]["line"] == 2


def test_nothing_to_do_and_empty_documents(tmp_path: Path) -> None:
    empty = tmp_path / "a.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(TextError, match=r"a\.jsonl: no documents, nothing to do"):
        write_corpus([empty], tmp_path / "out", spec())
    assert not (tmp_path / "out").exists()
    write_lines(empty, [{"text": ""}, {"text": ""}])
    written = write_corpus([empty], tmp_path / "out", spec())
    assert written.summary["counts"] == {
        **dict.fromkeys(written.summary["counts"], 0), "documents": 2, "empty": 2
    }  # fmt: skip
    assert manifest(tmp_path / "out")["shards"] == []


@pytest.mark.parametrize(
    ("name", "data", "error", "message"),
    [
        ("gone.jsonl", None, StoreError, r"gone\.jsonl: no such file or folder"),
        ("a.parquet", b"PAR1 but not really", DataError, r"a\.parquet: not Parquet"),
        ("a.jsonl.gz", b"plain", DataError, r"a\.jsonl\.gz: not whole, or not gzip"),
        ("a.jsonl.gz", gzip.compress(b'{"text": "x"}\n' * 100)[:-20], DataError, r"not whole"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, data: bytes | None, error: type[Exception], message: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=message):
        write_corpus([tmp_path / name], tmp_path / "out", spec())
    assert not (tmp_path / "out").exists()


def test_columns_that_are_not_there_or_no_text(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(arrow.table({"text": [1], "body": ["x"]}), tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"column 'text' is int64; a column of strings is needed"):
        write_corpus([tmp_path / "a.parquet"], tmp_path / "out", spec())
    with pytest.raises(DataError, match=r"no column 'nr'; it has text, body"):
        write_corpus([tmp_path / "a.parquet"], tmp_path / "out", spec(text_field="body", id_field="nr"))


def test_shards_in_the_folder_that_is_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match="of which all files are read"):
        write_corpus([tmp_path], tmp_path / "out", spec())


def test_an_estimate_is_near(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "a.jsonl", RECORDS * 12)
    size = estimate_size([lines], spec(shard_mb=0.02))
    counts = write_corpus([lines], tmp_path / "out", spec(shard_mb=0.02), workers=1).summary["counts"]
    for told, found in (
        (size.chars, counts["chars"]),
        (size.pages, counts["pages"]),
        (size.file_bytes, counts["file_bytes"]),
    ):
        assert abs(told - found) < 0.15 * found
