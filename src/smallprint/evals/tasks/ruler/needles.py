"""Needles in a haystack: "One of the special magic numbers for amber-river is: 5310927." between other text.

In: the shape of a task and a `Wanted`. Out: items, each a text with its needles, the question for some of them, and their values. Knows no
reader. Keys and values occur once: no other needle has them, and the haystack does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from random import Random
from typing import Literal
from uuid import UUID

from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.ruler import prompts
from smallprint.evals.tasks.ruler.fitting import Slot, fit, slots
from smallprint.evals.tasks.ruler.haystacks import NOISE, Essays, essays, words

Kind = Literal["numbers", "words", "uuids"]

DEPTH_POINTS = tuple(round(100 * point / 39) for point in range(40))
"""Per cent of the sentences before a needle; source as prompts.py, niah.py."""
_FEWEST_LINES = 5


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One row of RULER's scripts/synthetic.yaml."""

    haystack: Literal["noise", "essay", "needle"]
    keys: Kind = "words"
    values: Kind = "numbers"
    n_keys: int = 1
    n_values: int = 1
    """For each key."""
    n_queries: int = 1


@dataclass(frozen=True)
class _Needle:
    key: str
    value: str
    kind: Kind

    def __str__(self) -> str:
        return prompts.NEEDLE.format(values=self.kind, key=self.key, value=self.value)


def items(name: str, wanted: Wanted, *, shape: Shape) -> Iterator[Item]:
    """Raises `DataError` for essays that cannot be read and lengths that are too short."""
    text = essays(wanted.data) if shape.haystack == "essay" else None
    for slot in slots(name, wanted):
        least = 0 if text else max(_FEWEST_LINES, shape.n_keys * shape.n_values)
        yield fit(partial(_item, shape, text, slot), tokenizer=wanted.tokenizer, least=least)


def _item(shape: Shape, text: Essays | None, slot: Slot, n_units: int) -> Item:
    """`n_units` are words of essays, and lines of all else."""
    draw = _Draw(Random(slot.id), "" if text is None else text.text)
    needles = [
        _Needle(key, draw.new(shape.values), shape.values)
        for key in [draw.new(shape.keys) for _ in range(max(shape.n_keys, shape.n_queries))]
        for _ in range(shape.n_values)
    ]
    placed = draw.random.sample(needles, len(needles))
    asked = draw.random.sample(list(dict.fromkeys(needle.key for needle in needles)), shape.n_queries)
    points: list[int] = []
    if text is not None:
        points = sorted(draw.random.sample(DEPTH_POINTS, len(placed)))
        context = _among_sentences(text.passage(draw.random.randrange(len(text.sentences)), n_units), placed, points)
    else:
        lines = [NOISE] * n_units if shape.haystack == "noise" else _others(draw, shape, n_units)
        places = Random(f"{slot.id}/places").sample(range(n_units), len(placed))
        context = _among_lines(lines, placed, places)
    answers = [needle for key in asked for needle in needles if needle.key == key]
    prompt = prompts.ONE_NEEDLE if len(answers) == 1 else prompts.NEEDLES
    value = shape.values[:-1] if len(answers) == 1 else shape.values
    return Item(
        id=slot.id,
        before=prompt.before.format(value=value),
        context=context,
        question=prompt.question.format(value=value, query=_listed(asked)),
        answers=tuple(needle.value for needle in answers),
        max_output_tokens=prompt.max_output_tokens,
        length=slot.length,
        depths=tuple(round(context.index(str(needle)) / len(context), 4) for needle in answers),
        meta={
            "haystack": shape.haystack,
            "keys": shape.keys,
            "values": shape.values,
            "n_needles": len(needles),
            "depth_points": points,
        },
    )


class _Draw:
    """Keys and values, none twice and none that the haystack has."""

    def __init__(self, random: Random, haystack: str) -> None:
        self.random = random
        self._haystack = haystack
        self._taken: set[str] = set()

    def new(self, kind: Kind) -> str:
        while True:
            drawn = _DRAWN[kind](self.random)
            if drawn not in self._taken and drawn not in self._haystack:
                self._taken.add(drawn)
                return drawn


def _words(random: Random) -> str:
    return f"{random.choice(words())}-{random.choice(words())}"


def _number(random: Random) -> str:
    return str(random.randint(10**6, 10**7 - 1))


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


_DRAWN = {"numbers": _number, "words": _words, "uuids": _uuid}


def _others(draw: _Draw, shape: Shape, n_lines: int) -> list[str]:
    return [str(_Needle(draw.new(shape.keys), draw.new(shape.values), shape.values)) for _ in range(n_lines)]


def _among_sentences(haystack: list[str], needles: list[_Needle], points: list[int]) -> str:
    cuts = [0, *(int(len(haystack) * point / 100) for point in points), len(haystack)]
    pieces = [haystack[start:end] for start, end in pairwise(cuts)]
    with_needles = chain.from_iterable([*piece, str(needle)] for piece, needle in zip(pieces, needles, strict=False))
    return " ".join([*with_needles, *pieces[-1]])


def _among_lines(lines: list[str], needles: list[_Needle], places: list[int]) -> str:
    before = dict(zip(places, needles, strict=True))
    return "\n".join(
        line for at, hay in enumerate(lines) for line in ([str(before[at]), hay] if at in before else [hay])
    )


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])}, and {keys[-1]}"
