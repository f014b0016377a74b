"""MMLongBench-Doc: questions about PDF documents, whose pages are taken as they are.

In: the data set, from the hub or a disk. Out: items with the document's path; `context` is its text layer, empty where it has none, so that
text and pages can be compared. Knows no reader and no metric.

The official run sends the bare question and has another model cut the answer out of what was written (run_api.py of
github.com/mayubo2333/MMLongBench-Doc, read 2026-11-21 at d73f0dc). Here nothing stands between, so the question asks for the answer alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import cast

from smallprint.errors import DataError, StyleError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import hub
from smallprint.evals.tasks.sampling import sampled
from smallprint.tokens import count

DATA_SET = "yubo2333/MMLongBench-Doc"
_FILES = ("samples.json", "samples.jsonl", "*.parquet", "*.json", "*.jsonl")
_FORMS = ("Str", "Int", "Float", "List", "None")
"""`answer_format`; None is that of a question which the document does not answer, so that no question may show its form."""
_MAX_NEW_TOKENS = 1024
"""run_api.py, read 2026-11-21."""


def _make(wanted: Wanted) -> Iterator[Item]:
    rows = hub.rows(wanted.data, default=DATA_SET, revision=wanted.revision, files=_FILES)
    data = rows.provenance.to_json()

    def item(place: int, row: hub.Row) -> Item:
        where = f"{rows.provenance.name}, row {place}"
        document, question = _text(row, "doc_id", where), _text(row, "question", where)
        form = _text(row, "answer_format", where)
        if Path(document).name != document:
            raise DataError(f"data: {where}: doc_id is {document!r}; the name of a file is needed")
        if form not in _FORMS:
            raise DataError(f"data: {where}: answer_format is {form!r}; allowed: {', '.join(_FORMS)}")
        pdf = rows.file(f"documents/{document}", f"data/documents/{document}", document)
        context = text_layer(pdf)
        asked = _question(question)
        return Item(
            id=f"mmlongbench_doc/{document}/{place:04}",
            context=context,
            question=asked,
            answers=(_text(row, "answer", where),),
            all_classes=(form,),
            max_output_tokens=_MAX_NEW_TOKENS,
            n_tokens=count(context + asked, wanted.tokenizer).tokens if context else None,
            pdf=pdf,
            meta={
                "document": document,
                "document_type": row.get("doc_type"),
                "evidence_pages": _listed(row.get("evidence_pages")),
                "evidence_sources": _listed(row.get("evidence_sources")),
                "data": data,
            },
        )

    yield from sampled(rows, item, wanted, "mmlongbench_doc")


def _question(question: str) -> str:
    return (
        f"\n\nQuestion: {question.strip()}\n"
        "Write the answer alone: a phrase, a number in digits, or a list such as ['a', 'b']. "
        'If the document does not answer the question, write "Not answerable".\nAnswer:'
    )


@lru_cache(maxsize=8)
def text_layer(pdf: Path) -> str:
    """The text of all pages; empty where they are pictures. Raises `DataError` for a file that is no PDF."""
    from smallprint.render.pdf import PdfPages

    try:
        text = PdfPages(pdf).text
    except StyleError as error:
        raise DataError(f"data: {pdf.name}: {error}") from None
    return text if text.strip() else ""


def _text(row: hub.Row, field: str, where: str) -> str:
    if row.get(field) is None:
        raise DataError(f"data: {where} has no field {field}")
    return str(row[field])


def _listed(value: object) -> list[object]:
    """The data set writes its lists as Python does, in a string."""
    try:
        found = ast.literal_eval(value) if isinstance(value, str) else value
    except (ValueError, SyntaxError):
        return [value]
    return list(cast("list[object]", found)) if isinstance(found, list | tuple) else [found]


TASKS: tuple[Task, ...] = (Task(suite="mmlongbench-doc", name="mmlongbench_doc", make=_make, is_loaded=lambda _: True),)
