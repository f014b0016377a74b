"""Variable tracking: one chain of assignments, spread over the lines of a text that says nothing.

In: a `Wanted`. Out: items; the answers are the five variables that have the value. Knows no reader. Source of the form and the numbers:
as prompts.py, variable_tracking.py and synthetic.yaml.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from random import Random

from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.ruler import prompts
from smallprint.evals.tasks.ruler.fitting import Slot, fit, most_units, slots
from smallprint.evals.tasks.ruler.haystacks import NOISE
from smallprint.tokens import count

N_HOPS = 4
_LETTERS = 5
"""Of a variable's name."""
_LETTERS_OF_EXAMPLE = 3
_EXAMPLE_TOKENS = 500
"""The example, without its answer, has as many lines as fit."""
_FEWEST_LINES = N_HOPS + 1


def items(name: str, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for lengths that are too short."""
    n_lines = None
    for slot in slots(name, wanted):
        n_lines = n_lines or _lines_of_example(wanted.tokenizer)
        yield fit(partial(_item, slot, n_lines), tokenizer=wanted.tokenizer, least=_FEWEST_LINES)


def _item(slot: Slot, n_lines_of_example: int, n_lines: int) -> Item:
    random = Random(slot.id)
    names, value = _names(random, _LETTERS), _value(random)
    context, places = _hidden(names, value, n_lines, Random(f"{slot.id}/places"))
    return Item(
        id=slot.id,
        before=f"{_example(random, n_lines_of_example)}\n\n{prompts.TRACING.before}",
        context=context,
        question=_question(value),
        answers=tuple(names),
        max_output_tokens=prompts.TRACING.max_output_tokens,
        length=slot.length,
        depths=tuple(round(place / len(context), 4) for place in places),
        meta={"haystack": "noise", "n_chains": 1, "n_hops": N_HOPS, "n_examples": 1},
    )


def _names(random: Random, n_letters: int) -> list[str]:
    names: list[str] = []
    while len(names) <= N_HOPS:
        name = "".join(random.choices(string.ascii_uppercase, k=n_letters))
        if name not in names:
            names.append(name)
    return names


def _value(random: Random) -> str:
    return str(random.randrange(10000, 99999))


def _question(value: str) -> str:
    return prompts.TRACING.question.format(query=value, n_variables=N_HOPS + 1)


def _hidden(names: list[str], value: str, n_lines: int, random: Random) -> tuple[str, list[int]]:
    """The text, and where in it each variable is assigned."""
    # The blank at the end of the later ones is RULER's own.
    chain = [f"VAR {names[0]} = {value}"]
    chain += [f"VAR {name} = VAR {before} " for before, name in pairwise(names)]
    lines = [NOISE] * n_lines
    for shift, (place, link) in enumerate(zip(sorted(random.sample(range(n_lines), len(chain))), chain, strict=True)):
        lines.insert(place + shift, link)
    text = "\n".join(lines)
    return text, [text.index(link) for link in chain]


def _example(random: Random, n_lines: int) -> str:
    """One that is answered, with other names and another value."""
    names, value = _names(random, _LETTERS_OF_EXAMPLE), _value(random)
    context, _ = _hidden(names, value, n_lines, random)
    return f"{prompts.TRACING.before}{context}{_question(value)} {' '.join(names)}"


def _lines_of_example(tokenizer: str) -> int:
    def n_tokens(n_lines: int) -> int:
        return count(_example(Random("example"), n_lines), tokenizer).tokens

    return most_units(n_tokens, budget=_EXAMPLE_TOKENS, least=_FEWEST_LINES) or _FEWEST_LINES
