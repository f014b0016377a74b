"""The document itself as the answer: what was read, character for character.

In: a text or code base, the shipped ones unless another is named. Out: items that ask for the whole context: prose, code, or strings in
which there is nothing to guess. Knows no pages and no score. `rule` gives back what was read.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from random import Random
from typing import TypeAlias

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.code_base import code_base
from smallprint.evals.tasks.fill import LENGTHS, checked, cost, drawn, filled, fitting, item_id, n_tokens, prose

_BEFORE = "Transcribe the document.\n\n"
_QUESTION = "\n\nWrite the whole document above, character for character, and nothing else.\n"
_MORE = 1.1
_AND_MORE = 16
"""An answer may have so many more tokens than the document: where it is misread, it falls into more of them."""
_ENOUGH = 1.3
"""Lines joined are fewer tokens than lines alone, by at most so much."""
_IN_LINE = 8
_CHARACTERS = string.ascii_letters + string.digits

Text: TypeAlias = Callable[[Wanted, int, Random], tuple[str, str]]
"""(wanted, budget, random) -> (text of at most so many tokens, its source)"""


def _prose(wanted: Wanted, budget: int, random: Random) -> tuple[str, str]:
    text, source = prose(wanted.data)
    return filled(text, budget=budget, tokenizer=wanted.tokenizer, random=random).text, source


def _code(wanted: Wanted, budget: int, random: Random) -> tuple[str, str]:
    base = code_base(wanted.data)
    lines = [line for file in base.files if file.is_python for line in file.text.split("\n")]
    at = random.randrange(len(lines))
    return _of_lines(cycle(lines[at:] + lines[:at]), wanted, budget), base.name


def _random(wanted: Wanted, budget: int, random: Random) -> tuple[str, str]:
    def lines() -> Iterator[str]:
        while True:
            yield " ".join("".join(random.choices(_CHARACTERS, k=random.randint(3, 10))) for _ in range(_IN_LINE))

    return _of_lines(lines(), wanted, budget), "random"


def _of_lines(lines: Iterator[str], wanted: Wanted, budget: int) -> str:
    pieces: list[str] = []
    costs: list[int] = []
    used = 0
    for line in islice(lines, max(0, budget) + 1):
        pieces.append(line)
        # The line's end is a token, or a part of one.
        costs.append(cost(line, wanted.tokenizer) + 1 if line.strip() else 1)
        used += costs[-1]
        if used > budget * _ENOUGH + 64:
            break
    n = fitting(lambda n: "\n".join(pieces[:n]), costs, budget, budget, wanted.tokenizer)
    return "\n".join(pieces[:n]).strip("\n")


def _make(task: str, text: Text, wanted: Wanted) -> Iterator[Item]:
    around = n_tokens(_BEFORE, wanted.tokenizer) + n_tokens(_QUESTION, wanted.tokenizer)
    for length in wanted.lengths or LENGTHS:
        budget = int((length - around - _AND_MORE - 2) / (1 + _MORE))
        for sample in range(wanted.samples):
            context, source = text(wanted, budget, drawn(task, wanted, length, sample))
            if not context.strip():
                raise DataError(f"lengths: {length:,} is too short for {task}: no line has room")
            yield checked(
                Item(
                    id=item_id(task, wanted, length, sample),
                    before=_BEFORE,
                    context=context,
                    question=_QUESTION,
                    answers=(context,),
                    max_output_tokens=math.ceil(n_tokens(context, wanted.tokenizer) * _MORE) + _AND_MORE,
                    length=length,
                    n_tokens=n_tokens(_BEFORE + context + _QUESTION, wanted.tokenizer),
                    meta={"source": source},
                )
            )


def rule(context: str, question: str) -> str:
    """What was read."""
    return context


def _task(name: str, text: Text) -> Task:
    task = f"transcription_{name}"
    made = partial(_make, task, text)
    return Task(suite="transcription", name=task, make=made, rule=rule)


TASKS: tuple[Task, ...] = (
    _task("prose", _prose),
    _task("code", _code),
    _task("random", _random),
)
