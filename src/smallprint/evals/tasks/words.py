"""Words in no order: there is nothing to guess from, so what is right was read.

In: a text whose words are drawn from, the shipped novel unless another is named. Out: items that ask, in turn, for two lines by their
number and for the words that follow three others. Knows no pages. `rule` looks the place up and copies.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from rapidfuzz import fuzz

from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.fill import LENGTHS, checked, cost, drawn, fitting, item_id, n_tokens, prose
from smallprint.evals.tasks.nearest import end_of

_NAME = "words"
_VOCABULARY = 4_000
_IN_LINE = 10
_LINES = 2
_ANSWER = _IN_LINE * _LINES
_MOST_OUTPUT = 96
"""Twenty words are some thirty tokens."""
_MARGIN = 12
"""The words that are asked for may be more tokens than those of the widest question."""
_BEFORE = "Read the text. Its words stand in no order.\n\n"
_BY_NUMBER = (
    "Which words stand in lines {first} and {last}? Write all of them in order, without the numbers, and nothing else."
)
_AFTER = 'Which {n} words follow the words "{words}"? Write them in order, and nothing else.'
_ASKED_NUMBER = re.compile(r"lines (\d+) and (\d+)\?")
_ASKED_AFTER = re.compile(r'Which (\d+) words follow the words "(.+?)"')
_WORD = re.compile(r"\b[a-z]{3,10}\b")
_LABEL = "Line"
_LABEL_LIKE = 50.0


@lru_cache(maxsize=4)
def vocabulary(text: str) -> tuple[str, ...]:
    """The commonest words of a text, small letters only, without the one that lines begin with."""
    counts = Counter(_WORD.findall(text.lower()))
    counts.pop(_LABEL.lower(), None)
    return tuple(sorted(counts, key=lambda word: (-counts[word], word))[:_VOCABULARY])


def _make(wanted: Wanted) -> Iterator[Item]:
    text, source = prose(wanted.data)
    words = vocabulary(text)
    for length in wanted.lengths or LENGTHS:
        for sample in range(wanted.samples):
            random = drawn(_NAME, wanted, length, sample)
            by_number = sample % 2 == 0
            # The longest question that can come, so that lines can be counted before it is known.
            widest = _ask_number(10**6) if by_number else _ask_after(["characters"] * 3)
            room = length - _MOST_OUTPUT - _MARGIN - n_tokens(_BEFORE + widest, wanted.tokenizer)
            lines = _lines(words, room, wanted.tokenizer, random, numbered=by_number)
            if by_number:
                at = random.randrange(len(lines) - _LINES + 1)
                question = _ask_number(at + 1)
                answer = [word for line in lines[at : at + _LINES] for word in line.split()[2:]]
                begins = sum(len(line) + 1 for line in lines[:at])
                context = "\n".join(lines)
            else:
                context = "\n".join(lines)
                question, answer, begins = _after(context, random)
            yield checked(
                Item(
                    id=item_id(_NAME, wanted, length, sample),
                    before=_BEFORE,
                    context=context,
                    question=question,
                    answers=(" ".join(answer),),
                    max_output_tokens=_MOST_OUTPUT,
                    length=length,
                    n_tokens=n_tokens(_BEFORE + context + question, wanted.tokenizer),
                    depths=(begins / len(context),),
                    meta={"asks": "lines" if by_number else "after", "source": source},
                )
            )


def _ask_number(first: int) -> str:
    return f"\n\n{_BY_NUMBER.format(first=first, last=first + _LINES - 1)}\nAnswer:"


def _ask_after(words: list[str]) -> str:
    return f"\n\n{_AFTER.format(n=_ANSWER, words=' '.join(words))}\nAnswer:"


def _lines(words: tuple[str, ...], budget: int, tokenizer: str, random: Random, *, numbered: bool) -> list[str]:
    lines: list[str] = []
    costs: list[int] = []
    used = 0
    while used <= budget + budget // 20 or len(lines) < 3 * _LINES:
        drawn_words = random.choices(words, k=_IN_LINE)
        label = f"{_LABEL} {len(lines) + 1}: " if numbered else ""
        lines.append(label + " ".join(drawn_words))
        costs.append(sum(cost(word, tokenizer) for word in drawn_words) + (cost(label, tokenizer) if label else 0))
        used += costs[-1]
    n = fitting(lambda n: "\n".join(lines[:n]), costs, budget, budget, tokenizer)
    return lines[: max(n, 2 * _LINES)]


def _after(context: str, random: Random) -> tuple[str, list[str], int]:
    """(question, answer, where the answer begins): three words that stand together once."""
    words, flat = context.split(), " ".join(context.split())
    while True:
        at = random.randrange(len(words) - 3 - _ANSWER + 1)
        asked = words[at : at + 3]
        if flat.count(joined := " ".join(asked)) == 1:
            return _ask_after(asked), words[at + 3 : at + 3 + _ANSWER], flat.index(joined) + len(joined) + 1


def rule(context: str, question: str) -> str:
    """The words at the place that is asked for, as they were read; empty where there is none like it."""
    if found := _ASKED_NUMBER.search(question):
        return " ".join(_in_lines(context.split(), int(found[1]), int(found[2])))
    if found := _ASKED_AFTER.search(question):
        text = " ".join(context.split())
        end = end_of(found[2], text)
        return "" if end is None else " ".join(text[end:].split()[: int(found[1])])
    return ""


def _in_lines(tokens: list[str], first: int, last: int) -> list[str]:
    """Words from the number `first` to the one after `last`; a number that was misread is known by its neighbours."""
    numbers = [at for at, token in enumerate(tokens) if at and _is_number(token) and _is_label(tokens[at - 1])]
    read = [tokens[at].rstrip(":;.,") for at in numbers]
    place = _place(read, first)
    if place is None:
        return []
    behind = place + last - first + 1
    end = numbers[behind] - 1 if behind < len(numbers) else len(tokens)
    skipped = {at for number in numbers[place:behind] for at in (number - 1, number)}
    return [tokens[at] for at in range(numbers[place] + 1, end) if at not in skipped]


def _place(read: list[str], number: int) -> int | None:
    """Which of the numbers that were read is `number`: where both neighbours fit, else one, else by itself."""
    best, place = 0, None
    for at, token in enumerate(read):
        fits = 3 * (token == str(number))
        fits += 2 * (at > 0 and read[at - 1] == str(number - 1))
        fits += 2 * (at + 1 < len(read) and read[at + 1] == str(number + 1))
        if fits > best:
            best, place = fits, at
    return place


def _is_number(token: str) -> bool:
    return len(token) <= 8 and (token[-1] in ":;" or any(map(str.isdigit, token)))


def _is_label(token: str) -> bool:
    return token == _LABEL or fuzz.ratio(token, _LABEL) >= _LABEL_LIKE


TASKS: tuple[Task, ...] = (Task(suite="no-prior", name=_NAME, make=_make, rule=rule),)
