"""LongBench and LongBench-E: 21 tasks of long text in English, Chinese and code.

In: the data set, from the hub or a disk, and the official templates (longbench.toml). Out: items whose prompt is the official one, letter
for letter. Knows no metric and cuts nothing: `truncation.middle_truncated` cuts as the official code does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache, partial
from importlib import resources
from typing import cast

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.metrics.longbench import DATASETS, E_SUFFIX, Dataset, bucket, dataset
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import hub
from smallprint.evals.tasks.sampling import sampled
from smallprint.tokens import count

DATA_SET = "zai-org/LongBench"
"""Once THUDM/LongBench. It holds data.zip, with one .jsonl a task (read 2026-11-21)."""
_FIELDS = ("input", "context", "answers", "length")


@cache
def prompts() -> dict[str, str]:
    """The templates by data set, without the `_e` of LongBench-E."""
    table = tomllib.loads(resources.files("smallprint.evals.tasks").joinpath("longbench.toml").read_text("utf-8"))
    return cast("dict[str, str]", table["prompts"])


def _make(name: str, wanted: Wanted) -> Iterator[Item]:
    """Items of the task `name`, which ends in `_e` for LongBench-E."""
    rows = hub.rows(
        wanted.data, default=DATA_SET, revision=wanted.revision, files=(f"{name}.jsonl", f"{name}.json", "data.zip")
    )
    about = dataset(name)
    assert about is not None
    # What stands before and behind the context; joined, all three are the template with the row filled in.
    before, _, after = prompts()[about.name].partition("{context}")
    data = rows.provenance.to_json()

    def item(place: int, row: hub.Row) -> Item:
        _check(row, f"{rows.provenance.name}, row {place}")
        context, question = row["context"], after.replace("{input}", row["input"])
        return Item(
            id=f"{name}/{row.get('_id') or f'{place:04}'}",
            before=before,
            context=context,
            question=question,
            answers=tuple(row["answers"]),
            all_classes=tuple(row["all_classes"]) if row.get("all_classes") else None,
            max_output_tokens=about.max_new_tokens,
            n_tokens=count(before + context + question, wanted.tokenizer).tokens,
            meta={
                "category": about.category,
                "language": row.get("language"),
                "length": row["length"],
                "bucket": bucket(row["length"]),
                "chat_template": about.chat_template,
                "data": data,
            },
        )

    yield from sampled(rows, item, wanted, name)


def _check(row: hub.Row, where: str) -> None:
    if missing := [field for field in _FIELDS if field not in row]:
        raise DataError(f"data: {where} has no field {', '.join(missing)}; LongBench's rows have {', '.join(_FIELDS)}")
    for field, kind in (("input", str), ("context", str), ("answers", list), ("length", int)):
        if not isinstance(row[field], kind):
            raise DataError(f"data: {where}: {field} is {type(row[field]).__name__}; LongBench's is {kind.__name__}")


def _task(suite: str, name: str, about: Dataset) -> Task:
    return Task(suite=suite, name=name, group=about.category, make=partial(_make, name), is_loaded=lambda _: True)


TASKS: tuple[Task, ...] = (
    *(_task("longbench", name, about) for name, about in DATASETS.items()),
    *(_task("longbench-e", f"{name}{E_SUFFIX}", about) for name, about in DATASETS.items() if about.in_e),
)
