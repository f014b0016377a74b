"""MMLongBench-Doc's items, from documents that are drawn here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import DataError
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.mmlongbench import TASKS

canvas = pytest.importorskip("reportlab.pdfgen.canvas")

ROW = {
    "doc_id": "ferry.pdf", "doc_type": "Brochure", "question": "How many passengers does the ferry carry? ", "answer": "40",
    "evidence_pages": "[2]", "evidence_sources": "['Pure-text (Plain-text)']", "answer_format": "Int",
}  # fmt: skip
(TASK,) = TASKS


def draw(path: Path, pages: list[str]) -> None:
    made = canvas.Canvas(str(path), pagesize=(200, 100))
    for text in pages:
        if text:
            made.drawString(10, 50, text)
        else:
            made.rect(10, 10, 50, 50, fill=1)
        made.showPage()
    made.save()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    draw(tmp_path / "documents" / "ferry.pdf", ["The ferry", "carries 40 passengers"])
    draw(tmp_path / "documents" / "scan.pdf", ["", ""])
    write(tmp_path, ROW, {**ROW, "doc_id": "scan.pdf", "answer_format": "None", "answer": "Not answerable"})
    return tmp_path


def write(folder: Path, *rows: dict[str, Any]) -> None:
    (folder / "samples.json").write_text(json.dumps(rows), "utf-8")


def test_items(data: Path) -> None:
    text, scan = TASK.make(Wanted(data=str(data)))
    assert text.id == "mmlongbench_doc/ferry.pdf/0000"
    assert text.pdf == data / "documents" / "ferry.pdf"
    assert "carries 40 passengers" in text.context
    assert (text.answers, text.all_classes) == (("40",), ("Int",))
    assert text.meta["evidence_pages"] == [2]
    assert text.n_tokens
    assert (scan.context, scan.n_tokens, scan.all_classes) == ("", None, ("None",))
    assert scan.question == text.question, "the form of an unanswerable question would give it away"
    assert TASK.rule is None


def test_the_layout_of_the_repository(data: Path) -> None:
    (data / "data").mkdir()
    (data / "documents").rename(data / "data" / "documents")
    (data / "samples.json").rename(data / "data" / "samples.json")
    assert len(list(TASK.make(Wanted(data=str(data))))) == 2


def test_lengths_are_those_of_the_text(data: Path) -> None:
    assert [item.answers for item in TASK.make(Wanted(data=str(data), lengths=(10,)))] == [("Not answerable",)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"doc_id": "missing.pdf"}, "no file documents/missing.pdf"),
        ({"doc_id": "../ferry.pdf"}, "the name of a file is needed"),
        ({"answer_format": "Word"}, "answer_format is 'Word'; allowed: Str"),
        ({"question": None}, "no field question"),
    ],
)
def test_rows_of_another_form(data: Path, change: dict[str, Any], says: str) -> None:
    write(data, {**ROW, **change})
    with pytest.raises(DataError, match=says):
        list(TASK.make(Wanted(data=str(data))))


def test_a_document_that_is_none(data: Path) -> None:
    (data / "documents" / "ferry.pdf").write_bytes(b"nothing")
    with pytest.raises(DataError, match="not a PDF"):
        list(TASK.make(Wanted(data=str(data))))
