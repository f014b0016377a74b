"""Tasks for Inspect: `inspect eval smallprint/ruler --model ...`, found through the entry point of the package.

In: a suite, lengths, a style. Out: Inspect's tasks, whose context is text or, with a style, pages as images between the question's two
parts. Scored as everywhere here. Knows no provider: that is Inspect's. Needs `pip install "smallprint[inspect]"`.
"""

from __future__ import annotations

import base64
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageUser, Content, ContentImage, ContentText
from inspect_ai.scorer import Score, Scorer, Target, grouped, mean, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.metrics import score
from smallprint.evals.said import said
from smallprint.evals.task import Wanted
from smallprint.evals.tasks import named
from smallprint.readers.marks import mark_note
from smallprint.render import Style, render

_LENGTHS = (4_096,)
"""Unless others are asked for: what every model takes."""


@task
def ruler(lengths: Any = _LENGTHS, samples: int = 10, seed: int = 0, style: str | None = None, **more: Any) -> Task:
    """RULER. Of `more`: `tokenizer`, `data`, `revision`, and `max_tokens` for models that think aloud."""
    return _task("ruler", lengths, samples, seed, style, **more)


@task
def mrcr(lengths: Any = _LENGTHS, samples: int = 10, seed: int = 0, style: str | None = None, **more: Any) -> Task:
    """The nth of several like requests in a long chat; `more` as for `ruler`."""
    return _task("mrcr", lengths, samples, seed, style, **more)


@task
def exact(lengths: Any = _LENGTHS, samples: int = 10, seed: int = 0, style: str | None = None, **more: Any) -> Task:
    """Exact strings in a novel; `more` as for `ruler`."""
    return _task("exact", lengths, samples, seed, style, **more)


@task
def code(lengths: Any = _LENGTHS, samples: int = 10, seed: int = 0, style: str | None = None, **more: Any) -> Task:
    """Questions about a code base; `more` as for `ruler`."""
    return _task("code", lengths, samples, seed, style, **more)


@task
def longbench(lengths: Any = (), samples: int = 10, seed: int = 0, style: str | None = None, **more: Any) -> Task:
    """LongBench, from the hub unless `data` names a copy; `more` as for `ruler`."""
    return _task("longbench", lengths, samples, seed, style, **more)


def _task(
    suite: str, lengths: Any, samples: int, seed: int, style: str | None, *, max_tokens: int | None = None,
    tokenizer: str = "qwen", data: str | None = None, revision: str | None = None,
) -> Task:  # fmt: skip
    if style is not None:
        Style.load(style)
    wanted = Wanted(
        lengths=_integers(lengths), samples=samples, seed=seed, tokenizer=tokenizer, data=data, revision=revision
    )
    rows = [
        _sample(f"{each.suite}/{each.name}", item, max_tokens) for each in named(suite) for item in each.make(wanted)
    ]
    return Task(dataset=MemoryDataset(rows, name=suite), solver=answer(style), scorer=as_the_benchmark())


def _integers(lengths: Any) -> tuple[int, ...]:
    """From the command line: `4096`, `4096,8192` or a list."""
    given = lengths.split(",") if isinstance(lengths, str) else lengths
    given = (given,) if isinstance(given, int) else given
    try:
        return tuple(int(each) for each in given)
    except (TypeError, ValueError):
        raise DataError(f"lengths: {lengths!r} is no list of whole numbers such as 4096,8192") from None


def _sample(task: str, item: Item, max_tokens: int | None) -> Sample:
    return Sample(
        id=item.id,
        input=item.prompt,
        target=list(item.answers),
        metadata={
            **item.meta,
            "task": task,
            "all_classes": item.all_classes,
            "prefix": item.prefix,
            "length": item.length,
            "n_tokens": item.n_tokens,
            "depths": item.depths,
            "max_tokens": max_tokens or item.max_output_tokens,
            # Where the context stands in the prompt.
            "context": (len(item.before), len(item.before) + len(item.context)),
        },
    )


@solver
def answer(style: str | None) -> Solver:
    """Asks once. With a style, the context becomes pages when its turn comes, so that not all of them are in memory."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if style is not None:
            start, end = state.metadata["context"]
            prompt = state.input_text
            pages = _images(prompt[start:end], style)
            note = mark_note(Style.load(style))
            parts: list[Content] = [*_texts(prompt[:start]), *pages, *_texts(note), *_texts(prompt[end:])]
            state.messages = [ChatMessageUser(content=parts)]
        return await generate(state, max_tokens=state.metadata["max_tokens"])

    return solve


def _texts(text: str) -> list[Content]:
    """Providers refuse a text without letters."""
    return [ContentText(text=text)] if text.strip() else []


def _images(text: str, style: str) -> list[Content]:
    pages = render(text, Style.load(style))
    return [ContentImage(image=f"data:image/png;base64,{base64.b64encode(page.png()).decode()}") for page in pages]


@scorer(metrics=[grouped(mean(), "task"), stderr()])
def as_the_benchmark() -> Scorer:
    """By the benchmark's own metric; the mean is that of the tasks."""

    async def scored(state: TaskState, target: Target) -> Score:
        value = score(
            state.metadata["task"],
            said(state.output.completion),
            list(target),
            all_classes=state.metadata["all_classes"],
            prefix=state.metadata["prefix"] or None,
        )
        return Score(value=value, answer=state.output.completion)

    return scored
