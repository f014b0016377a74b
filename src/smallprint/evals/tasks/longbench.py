"""LongBench and LongBench-E: 21 tasks of long text in English, Chinese and code.

In: the data set, from the hub or a disk, and the official templates (longbench.toml). Out: items whose prompt is the official one, letter
for letter. Knows no metric and cuts nothing: `truncation.middle_truncated` cuts as the official code does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import Any, cast

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import hub
from smallprint.evals.tasks.sampling import sampled
from smallprint.tokens import count

DATA_SET = "zai-org/LongBench"
"""Once THUDM/LongBench. It holds data.zip, with one .jsonl a task (read 2026-11-21)."""
_BUCKETS = ((4000, "0-4k"), (8000, "4-8k"))
_LAST_BUCKET = "8k+"
"""Of LongBench-E, by the field `length`: words of English, characters of Chinese (LongBench/eval.py, read 2026-11-21)."""
_FIELDS = ("input", "context", "answers", "length")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A row of longbench.toml."""

    prompt: str
    max_new_tokens: int
    category: str
    in_e: bool
    chat_template: bool
    """Whether the official code wraps the prompt in the model's chat template."""

    def split(self, row: hub.Row) -> tuple[str, str, str]:
        """(before, context, question), which joined are the template with the row filled in."""
        before, _, after = self.prompt.partition("{context}")
        return before, row["context"], after.replace("{input}", row["input"])


@cache
def templates() -> dict[str, Template]:
    """By task, without the `_e` of LongBench-E."""
    table = tomllib.loads(resources.files("smallprint.evals.tasks").joinpath("longbench.toml").read_text("utf-8"))
    rows = cast("dict[str, dict[str, Any]]", table["tasks"])
    return {name: Template(**row) for name, row in rows.items()}


def _make(name: str, wanted: Wanted) -> Iterator[Item]:
    """Items of the task `name`, which ends in `_e` for LongBench-E."""
    rows = hub.rows(
        wanted.data, default=DATA_SET, revision=wanted.revision, files=(f"{name}.jsonl", f"{name}.json", "data.zip")
    )
    template = templates()[name.removesuffix("_e")]
    data = rows.provenance.to_json()

    def item(place: int, row: hub.Row) -> Item:
        _check(row, f"{rows.provenance.name}, row {place}")
        before, context, question = template.split(row)
        return Item(
            id=f"{name}/{row.get('_id') or f'{place:04}'}",
            before=before,
            context=context,
            question=question,
            answers=tuple(row["answers"]),
            all_classes=tuple(row["all_classes"]) if row.get("all_classes") else None,
            max_output_tokens=template.max_new_tokens,
            n_tokens=count(before + context + question, wanted.tokenizer).tokens,
            meta={
                "category": template.category,
                "language": row.get("language"),
                "length": row["length"],
                "bucket": bucket(row["length"]),
                "chat_template": template.chat_template,
                "data": data,
            },
        )

    yield from sampled(rows, item, wanted, name)


def bucket(length: int) -> str:
    """Of LongBench-E.

    >>> bucket(3999), bucket(4000), bucket(8000)
    ('0-4k', '4-8k', '8k+')
    """
    return next((name for below, name in _BUCKETS if length < below), _LAST_BUCKET)


def _check(row: hub.Row, where: str) -> None:
    if missing := [field for field in _FIELDS if field not in row]:
        raise DataError(f"data: {where} has no field {', '.join(missing)}; LongBench's rows have {', '.join(_FIELDS)}")
    for field, kind in (("input", str), ("context", str), ("answers", list), ("length", int)):
        if not isinstance(row[field], kind):
            raise DataError(f"data: {where}: {field} is {type(row[field]).__name__}; LongBench's is {kind.__name__}")


def _task(suite: str, name: str, template: Template) -> Task:
    return Task(suite=suite, name=name, group=template.category, make=partial(_make, name), is_loaded=lambda _: True)


TASKS: tuple[Task, ...] = (
    *(_task("longbench", name, row) for name, row in templates().items()),
    *(_task("longbench-e", f"{name}_e", row) for name, row in templates().items() if row.in_e),
)
