"""Exact strings in a novel: one wrong character makes them another string, and no reader can guess it.

In: a text, the shipped novel unless another is named. Out: items with eleven planted sentences, one at each tenth of the context, of which
the question asks for one. Knows no pages. `rule` looks the sentence up and copies what follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.fill import LENGTHS, checked, drawn, filled, item_id, n_tokens, prose
from smallprint.evals.tasks.nearest import end_of

_DEPTHS = 11
_MOST_OUTPUT = 64
"""A UUID is some thirty tokens."""
_BEFORE = "Read the text. Among its sentences are some that name an exact string for a thing.\n\n"
_ASKS = "What is the {noun} of the {thing} in the text? Write it alone, exactly as it stands there."
_ASKED = re.compile(r"What is the (\w+) of the (.+?) in the text\?")
_VALUE = re.compile(r"\s*(\S.{0,72}?)[.,;:](?=\s|$)", re.DOTALL)

_LOOKS = (
    "amber", "brass", "copper", "crimson", "dotted", "ebony", "folded", "gilded", "hollow", "ivory", "jagged", "knotted", "lacquered",
    "marble", "narrow", "olive", "painted", "quilted", "rusty", "silver", "tarnished", "upright", "velvet", "woven",
)  # fmt: skip
_THINGS = (
    "anchor", "barometer", "candlestick", "drawer", "easel", "fountain", "gramophone", "harness", "inkwell", "kettle", "lantern",
    "microscope", "notebook", "ottoman", "pendulum", "quiver", "rowboat", "sextant", "telescope", "umbrella", "violin", "wardrobe",
    "xylophone", "zither",
)  # fmt: skip
_SYLLABLES = (
    "bar", "cel", "dor", "fen", "gal", "hul", "jor", "kem", "lin", "mar", "nev", "osk", "pel", "quin", "ros", "sul", "tav", "ulm", "ver",
    "wen", "yar", "zol",
)  # fmt: skip


def _hexadecimal(random: Random) -> str:
    return f"{random.getrandbits(64):016x}"


def _uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _number(random: Random) -> str:
    return str(random.randrange(10**9, 10**10))


def _name(random: Random) -> str:
    return " ".join("".join(random.choices(_SYLLABLES, k=size)).capitalize() for size in (2, 3))


def _identifier(random: Random) -> str:
    words = ["".join(random.choices(_SYLLABLES, k=2)) for _ in range(3)]
    made = "_".join(words) if random.random() < 0.5 else words[0] + "".join(word.capitalize() for word in words[1:])
    return f"{made}{random.randrange(10, 100)}"


@dataclass(frozen=True)
class _Kind:
    noun: str
    value: Callable[[Random], str]


_KINDS = {
    "hex": _Kind("checksum", _hexadecimal),
    "uuid": _Kind("reference", _uuid),
    "number": _Kind("number", _number),
    "name": _Kind("keeper", _name),
    "identifier": _Kind("label", _identifier),
}


def _make(task: str, kind: _Kind, wanted: Wanted) -> Iterator[Item]:
    text, source = prose(wanted.data)
    for length in wanted.lengths or LENGTHS:
        order = list(range(_DEPTHS))
        drawn(task, wanted, length, -1).shuffle(order)
        for sample in range(wanted.samples):
            random = drawn(task, wanted, length, sample)
            things = zip(random.sample(_LOOKS, _DEPTHS), random.sample(_THINGS, _DEPTHS), strict=True)
            values = [(" ".join(thing), kind.value(random)) for thing in things]
            asked = order[sample % _DEPTHS]
            question = f"\n\n{_ASKS.format(noun=kind.noun, thing=values[asked][0])}\nAnswer:"
            planted = [
                (place / (_DEPTHS - 1), f"{_opening(kind.noun, thing)} {value}.")
                for place, (thing, value) in enumerate(values)
            ]
            context = filled(
                text,
                budget=length - _MOST_OUTPUT,
                tokenizer=wanted.tokenizer,
                random=random,
                planted=planted,
                before=_BEFORE,
                question=question,
            )
            yield checked(
                Item(
                    id=item_id(task, wanted, length, sample),
                    before=_BEFORE,
                    context=context.text,
                    question=question,
                    answers=(values[asked][1],),
                    max_output_tokens=_MOST_OUTPUT,
                    length=length,
                    n_tokens=n_tokens(_BEFORE + context.text + question, wanted.tokenizer),
                    depths=(context.depths[asked],),
                    meta={"depth": asked / (_DEPTHS - 1), "source": source},
                )
            )


def _opening(noun: str, thing: str) -> str:
    return f"The {noun} of the {thing} is"


def rule(context: str, question: str) -> str:
    """What follows the sentence's beginning, up to its full stop; empty where no place is like it."""
    asked = _ASKED.search(question)
    if asked is None:
        return ""
    noun, thing = asked.groups()
    text = " ".join(context.split())
    end = end_of(_opening(noun, thing), text)
    if end is None:
        return ""
    found = _VALUE.match(text, end)
    if found is None:
        return next(iter(text[end:].split()), "").rstrip(".,;:")
    # Only names have blanks; another one came in by the reading.
    return found[1] if noun == _KINDS["name"].noun else found[1].replace(" ", "")


TASKS: tuple[Task, ...] = tuple(
    Task(
        suite="exact",
        name=f"exact_{name}",
        group="exact",
        make=partial(_make, f"exact_{name}", kind),
        rule=rule,
    )
    for name, kind in _KINDS.items()
)
