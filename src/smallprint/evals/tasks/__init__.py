"""All tasks, by suite and name.

ruler/           13 tasks, generated
mrcr.py          the nth of several like requests in a long chat: generated, or openai/mrcr
exact.py         hashes, UUIDs, numbers, names, identifiers at every depth
words.py         random words: nothing to guess from
transcription.py the document itself
code.py          which functions call X, where is Y defined: from any Python code
longbench.py     LongBench and LongBench-E
mmlongbench.py   MMLongBench-Doc: PDF pages as they are
hub.py           data sets, from a disk or by name
shipped.py       the texts that come with the package
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from smallprint.errors import DataError
from smallprint.evals.task import Task

_MODULES = ("ruler", "mrcr", "exact", "words", "transcription", "code", "longbench", "mmlongbench")


@cache
def all_tasks() -> dict[str, Task]:
    """Every task by `suite/name`, suites together."""
    found: dict[str, Task] = {}
    for module in _MODULES:
        rows: tuple[Task, ...] = import_module(f"{__name__}.{module}").TASKS
        found |= {f"{task.suite}/{task.name}": task for task in rows}
    return found


def named(name: str) -> tuple[Task, ...]:
    """The tasks of a suite, or one task: `ruler`, `ruler/vt` or `vt`.

    Raises `DataError` for a name that nobody has.
    """
    tasks = all_tasks()
    if name in tasks:
        return (tasks[name],)
    if rows := tuple(task for task in tasks.values() if task.suite == name):
        return rows
    if rows := tuple(task for task in tasks.values() if task.name == name):
        return rows
    suites = dict.fromkeys(task.suite for task in tasks.values())
    raise DataError(
        f"task: {name!r} is not known; allowed: {', '.join(suites)}, or one task such as {next(iter(tasks))}"
    )
