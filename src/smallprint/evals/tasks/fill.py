"""A context of so many tokens, from a text that is longer or shorter.

In: a text, a budget of tokens, sentences to plant. Out: `Filled`: whole sentences of the text from a place that is drawn, with the planted
ones at their depths. Knows no question. Time is linear in the budget, but for one look for the text's sentences.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks import shipped
from smallprint.tokens import count

LENGTHS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
"""Where none are asked for: those of RULER."""
_SLACK = 48
"""Tokens that may be left over: about one sentence of a novel."""
_END = re.compile(
    r"(?:(?<!\bMr)(?<!\bMrs)(?<!\bDr)(?<!\bSt)[.!?][\"'”’)\]_]*\s+(?=[\"'“‘(\[_]*[A-Z])|[。！？]\s*|\n\s*\n\s*)"
)


@dataclass(frozen=True)
class Filled:
    text: str
    depths: tuple[float, ...]
    """Where each planted sentence begins, as a share of the characters; in the order in which they were given."""


def n_tokens(text: str, tokenizer: str) -> int:
    return count(text, tokenizer).tokens


def drawn(task: str, wanted: Wanted, length: int, sample: int) -> Random:
    """The same draws for the same item on every machine."""
    return Random(f"{task}/{length}/{wanted.seed}/{sample}")


def item_id(task: str, wanted: Wanted, length: int, sample: int) -> str:
    return f"{task}/{length}/{wanted.seed}/{sample:03}"


def checked(item: Item) -> Item:
    """The item, if prompt and answer keep to its length. Raises `DataError`."""
    assert item.n_tokens is not None
    assert item.length is not None
    if item.n_tokens + item.max_output_tokens > item.length:
        needed = item.n_tokens + item.max_output_tokens
        raise DataError(f"lengths: {item.length:,} is too short for {item.id}; it needs {needed:,} tokens")
    return item


def prose(data: str | None) -> tuple[str, str]:
    """(text, name): of the text file that the user named, or the shipped novel. Raises `DataError` for a file that is no text."""
    if data is None:
        return shipped.text("jane_eyre.txt"), "jane_eyre"
    path = Path(data).expanduser()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"data: {data}: a text file is needed ({error})") from None
    if not text.strip():
        raise DataError(f"data: {data} is empty")
    return text, path.name


def filled(
    text: str, *, budget: int, tokenizer: str, random: Random, planted: Sequence[tuple[float, str]] = (),
    before: str = "", question: str = "",
) -> Filled:  # fmt: skip
    """`text` and the (depth, sentence) pairs, which stand in the order of their depths; between `before` and `question`, which are not part
    of it, at most `budget` tokens in all.

    A text that is too short is gone through again. Raises `DataError` where the budget has no room for what is planted.
    """
    own = sum(cost(sentence, tokenizer) for _, sentence in planted)
    room = budget - own - n_tokens(before, tokenizer) - n_tokens(question, tokenizer)
    pieces, costs = _pieces(text, max(0, room), tokenizer, random)

    def build(n: int) -> str:
        return f"{before}{_planted(pieces[:n], costs[:n], planted).text}{question}"

    n = fitting(build, costs, room, budget, tokenizer)
    return _planted(pieces[:n], costs[:n], planted)


def fitting(build: Callable[[int], str], costs: Sequence[int], room: int, budget: int, tokenizer: str) -> int:
    """How many pieces `build` may take, so that what it makes of them has at most `budget` tokens, and few fewer.

    `costs` are the tokens of each piece, `room` the budget without what `build` adds. Pieces joined have other tokens than pieces
    alone, so the sum is put right by what the whole was found to have.
    """
    sums = list(accumulate(costs))
    fits, too_many = 0, len(sums) + 1
    while too_many - fits > 1:
        n = min(max(bisect_right(sums, room), fits + 1), too_many - 1)
        spare = budget - n_tokens(build(n), tokenizer)
        if spare < 0:
            too_many = n
        else:
            fits = n
            if spare <= _SLACK:
                break
        room += spare
    if not fits:
        raise DataError(f"lengths: {budget:,} tokens are too few for one piece of the text")
    return fits


@lru_cache(maxsize=4)
def _starts(text: str) -> list[int]:
    """Where sentences begin."""
    first = len(text) - len(text.lstrip())
    return [first, *(at for match in _END.finditer(text) if first < (at := match.end()) < len(text))]


@lru_cache(maxsize=1 << 15)
def cost(piece: str, tokenizer: str) -> int:
    """Tokens of a piece among others."""
    # Behind a blank, since a word's token begins with the blank before it.
    return n_tokens(f" {piece.rstrip(' ')}", tokenizer)


def _pieces(text: str, budget: int, tokenizer: str, random: Random) -> tuple[list[str], list[int]]:
    """Sentences with the white space behind them, and their tokens, a little more than the budget in all."""
    starts = _starts(text)
    at, used = random.randrange(len(starts)), 0
    pieces: list[str] = []
    costs: list[int] = []
    while used <= budget + budget // 20 + _SLACK:
        end = starts[at + 1] if at + 1 < len(starts) else None
        piece = text[starts[at] : end] if end else f"{text[starts[at] :].rstrip()}\n\n"
        pieces.append(piece)
        costs.append(max(1, cost(piece, tokenizer)))
        used += costs[-1]
        at = at + 1 if end else 0
    return pieces, costs


def _planted(pieces: Sequence[str], costs: Sequence[int], planted: Sequence[tuple[float, str]]) -> Filled:
    """Each planted sentence where its share of the tokens has passed."""
    sums = [0, *accumulate(costs)]
    out: list[str] = []
    length = done = 0
    begins: dict[int, int] = {}
    for which in sorted(range(len(planted)), key=lambda which: planted[which][0]):
        depth, sentence = planted[which]
        until = max(done, bisect_left(sums, depth * sums[-1]))
        before = "".join(pieces[done:until])
        # It ends the paragraph that it comes into, and the white space there follows it.
        body = before.rstrip()
        gap = before[len(body) :] or " "
        if not body and out:
            last = out.pop()
            body, gap = last.rstrip(), last[len(last.rstrip()) :]
            length -= len(last)
        opening = f"{body} " if body else ""
        begins[which] = length + len(opening)
        out.append(f"{opening}{sentence}{gap}")
        length += len(out[-1])
        done = until
    out.append("".join(pieces[done:]))
    text = "".join(out).rstrip()
    return Filled(text, tuple(begins[which] / len(text) for which in range(len(planted))))
