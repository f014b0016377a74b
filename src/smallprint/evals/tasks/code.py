"""Questions about a code base: who calls X, where is Y defined, what does Z take.

In: a code base. Out: items whose context is whole files in an order that is drawn, with those that the answer needs among them. Knows no
pages; the rule is that of `code_rules`.

No answer depends on a reader's judgement:

- A name is asked for only if one `def` or `class` in all of the code base has it, nothing else is given it as its value, and no other text
  writes `def` or `class` before it.
- Calls are told by name: `X(...)` and `something.X(...)` are calls of X, whatever `something` is. X is asked for only if each place of the
  code base where `X(` stands, comments and prose too, is its definition or a call inside a function. The caller is the innermost function.
- Parameters are those of the one definition, without `self` and `cls`, annotations, defaults and stars.

The answers are those of the context, not of the whole code base: who calls X in a file that was left out is none. A code base that is
shorter than the length is shown whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import accumulate
from random import Random

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.code_base import CodeBase, CodeFile, Definition, code_base
from smallprint.evals.tasks.code_rules import CALLS, DEFINED, SIGNATURE, rule
from smallprint.evals.tasks.fill import LENGTHS, checked, drawn, item_id, n_tokens

_BEFORE = "Read the source files. A line above each names it.\n\n"
_MOST_OUTPUT = 128
_MOST_ANSWERS = 8
_SHORTEST_NAME = 5
_CALLS_ARE = (
    "A call is `{name}(...)` or `something.{name}(...)`, and counts for the innermost function around it. "
    "Write the functions' names alone, without their classes, with commas between."
)
_SIGNATURE_IS = (
    "Write their names alone, in order, without `self` and `cls`, types, defaults and stars, with commas between."
)


@dataclass(frozen=True)
class _Target:
    """Something to ask for."""

    name: str
    question: str
    needs: str
    """The path of the file without which there is no answer."""
    answers: dict[str, tuple[str, ...]]
    """By the file that they are from."""
    marks: str
    """What stands at the answers' places."""


def _calls(base: CodeBase) -> list[_Target]:
    opened = Counter(re.findall(r"(\w+)\s*\(", base.text))
    found: list[_Target] = []
    for definition in _told_apart(base):
        name = definition.name
        calls = [call for call in base.calls if call.name == name]
        callers = dict.fromkeys(call.caller for call in calls)
        if definition.is_class or not calls or None in callers or len(callers) > _MOST_ANSWERS:
            continue
        if opened[name] != len(calls) + 1:
            continue
        answers: dict[str, tuple[str, ...]] = {}
        for call in calls:
            assert call.caller is not None
            answers[call.file] = (*answers.get(call.file, ()), call.caller)
        question = f"{CALLS.format(name=name)} {_CALLS_ARE.format(name=name)}"
        found += [_Target(name, question, file, answers, f"{name}(") for file in answers]
    return found


def _defined(base: CodeBase) -> list[_Target]:
    found: list[_Target] = []
    for each in _told_apart(base):
        kind = "class" if each.is_class else "function"
        question = f"{DEFINED.format(kind=kind, name=each.name)} Write its path alone."
        found.append(_Target(each.name, question, each.file, {each.file: (each.file,)}, f" {each.name}"))
    return found


def _signature(base: CodeBase) -> list[_Target]:
    return [
        _Target(
            each.name,
            f"{SIGNATURE.format(name=each.name)} {_SIGNATURE_IS}",
            each.file,
            {each.file: each.parameters},
            f"def {each.name}",
        )
        for each in _told_apart(base)
        if 2 <= len(each.parameters) <= 2 * _MOST_ANSWERS and len(set(each.parameters)) == len(each.parameters)
    ]


@lru_cache(maxsize=2)
def _told_apart(base: CodeBase) -> tuple[Definition, ...]:
    """Definitions whose names are theirs alone."""
    times = Counter(each.name for each in base.definitions)
    written = Counter(re.findall(r"\b(?:def|class)[ \t]+(\w+)", base.text))
    return tuple(
        each
        for each in base.definitions
        if times[each.name] == written[each.name] == 1
        and each.name not in base.assigned
        and len(each.name) >= _SHORTEST_NAME
        and not each.name.startswith("__")
    )


_Find = Callable[[CodeBase], list[_Target]]
_FINDERS: dict[str, _Find] = {"code_calls": _calls, "code_defined": _defined, "code_signature": _signature}


@lru_cache(maxsize=8)
def _targets(base: CodeBase, find: _Find) -> tuple[_Target, ...]:
    return tuple(find(base))


@lru_cache(maxsize=4)
def _costs(base: CodeBase, tokenizer: str) -> dict[str, int]:
    """Tokens of each file with the line above it."""
    return {file.path: n_tokens(file.shown, tokenizer) for file in base.files}


def _make(task: str, find: _Find, wanted: Wanted) -> Iterator[Item]:
    base = code_base(wanted.data)
    costs = _costs(base, wanted.tokenizer)
    targets = _targets(base, find)
    for length in wanted.lengths or LENGTHS:
        budget = length - _MOST_OUTPUT
        fitting = [target for target in targets if costs[target.needs] + _around(target, wanted.tokenizer) <= budget]
        if not fitting:
            raise DataError(f"lengths: {length:,} is too short for {task}: no file of {base.name} with a target fits")
        drawn(task, wanted, length, -1).shuffle(fitting)
        # No question twice: that would count one item as two.
        for sample, target in enumerate(fitting[: wanted.samples]):
            question = f"\n\n{target.question}\nAnswer:"
            files, context = _context(
                base, target, budget, wanted.tokenizer, drawn(task, wanted, length, sample), costs, question
            )
            answers = dict.fromkeys(name for file in files for name in target.answers.get(file.path, ()))
            yield checked(
                Item(
                    id=item_id(task, wanted, length, sample),
                    before=_BEFORE,
                    context=context,
                    question=question,
                    answers=tuple(answers),
                    max_output_tokens=_MOST_OUTPUT,
                    length=length,
                    n_tokens=n_tokens(_BEFORE + context + question, wanted.tokenizer),
                    depths=_depths(files, target, len(context)),
                    meta={"source": base.name, "target": target.name, "files": len(files)},
                )
            )


def _around(target: _Target, tokenizer: str) -> int:
    return n_tokens(f"{_BEFORE}\n\n{target.question}\nAnswer:", tokenizer)


def _context(
    base: CodeBase, target: _Target, budget: int, tokenizer: str, random: Random, costs: dict[str, int], question: str
) -> tuple[list[CodeFile], str]:
    """The file that is needed and as many others as fit, in the order that was drawn."""
    room = budget - _around(target, tokenizer)
    others = [file for file in base.files if file.path != target.needs]
    random.shuffle(others)
    kept = [file for file in base.files if file.path == target.needs]
    room -= costs[target.needs]
    for file in others:
        if costs[file.path] <= room:
            kept.append(file)
            room -= costs[file.path]
    while True:
        order = random.sample(kept, len(kept))
        context = "".join(file.shown for file in order).rstrip()
        if len(kept) == 1 or n_tokens(_BEFORE + context + question, tokenizer) <= budget:
            return order, context
        kept.pop()


def _depths(files: list[CodeFile], target: _Target, n_chars: int) -> tuple[float, ...]:
    """Where each file begins to say something about the target."""
    begins = accumulate((len(file.shown) for file in files), initial=0)
    return tuple(
        (begin + max(0, file.shown.find(target.marks))) / n_chars
        for begin, file in zip(begins, files, strict=False)
        if file.path in target.answers
    )


TASKS: tuple[Task, ...] = tuple(
    Task(suite="code", name=name, group="code", make=partial(_make, name, find), rule=rule)
    for name, find in _FINDERS.items()
)
