"""Chats in which the same thing is asked for two, four or eight times.

In: a `Wanted`. Out: items; the answer is one of the replies. Knows no reader.

Replies are passages of a book in the form that was asked for. No two of the asked kind, and none of the others, have a sentence of it in
common; where the book is used up, the others begin again with other cuts. openai/mrcr opens with a solved example; made chats do not.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.mrcr.forms import FORMS, TOPICS, written
from smallprint.evals.tasks.mrcr.turns import (
    BEFORE_QUESTION,
    QUESTION,
    REQUEST,
    Turn,
    as_text,
    bin_of,
    most_output_tokens,
    ordinal,
)
from smallprint.evals.tasks.ruler.fitting import Slot, fit, slots
from smallprint.evals.tasks.ruler.haystacks import Essays, essays
from smallprint.tokens import count

_WORDS = (60, 200)
"""Of a reply, before its form is put on."""
_PREFIX_LETTERS = 10
"""As in openai/mrcr."""
_ALIKE = 0.25
"""Of the other requests, the share with the asked form, and the share with the asked topic."""


@dataclass(frozen=True)
class _Passage:
    first: int
    """Sentence of the book."""
    n_sentences: int
    n_words: int


@dataclass(frozen=True)
class _Chat:
    """What of an item does not depend on how long it is."""

    slot: Slot
    form: str
    topic: str
    needles: tuple[Turn, ...]
    asked: int
    prefix: str
    taken: tuple[range, ...]
    """Sentences of the book that the needles are."""
    max_output_tokens: int
    answer_tokens: int


def made(name: str, n_needles: int, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for texts that cannot be read or are too short, and for lengths that are."""
    book = essays(wanted.data)
    for slot in slots(name, wanted):
        chat = _chat(slot, n_needles, book, wanted.tokenizer)
        item = fit(partial(_item, chat, book), tokenizer=wanted.tokenizer)
        assert item.n_tokens is not None
        yield replace(item, meta={**item.meta, "bin": bin_of(item.n_tokens + chat.answer_tokens)})


def _chat(slot: Slot, n_needles: int, book: Essays, tokenizer: str) -> _Chat:
    random = Random(slot.id)
    form, topic = random.choice(FORMS), random.choice(TOPICS)
    passages = list(_passages(book, random))
    if len(passages) < 2 * n_needles:
        raise DataError(
            f"{slot.id}: {len(book.sentences)} sentences are too few; allowed: some {2 * n_needles * _WORDS[1]} words or more"
        )
    chosen = random.sample(passages, n_needles)
    needles = tuple(_turn(book, passage, form, topic, passage.n_words) for passage in chosen)
    asked = random.randrange(n_needles)
    prefix = "".join(random.choices(string.ascii_letters + string.digits, k=_PREFIX_LETTERS))
    answer_tokens = count(prefix + needles[asked].reply, tokenizer).tokens
    taken = tuple(range(passage.first, passage.first + passage.n_sentences) for passage in chosen)
    return _Chat(slot, form, topic, needles, asked, prefix, taken, most_output_tokens(answer_tokens), answer_tokens)


def _item(chat: _Chat, book: Essays, n_words: int) -> Item:
    """`n_words` are those of the other replies, the last of which may be cut short."""
    turns = list(_others(chat, book, n_words))
    places = sorted(Random(f"{chat.slot.id}/places").sample(range(len(turns) + len(chat.needles)), len(chat.needles)))
    for place, needle in zip(places, chat.needles, strict=True):
        turns.insert(place, needle)
    context, starts = as_text(turns)
    question = QUESTION.format(prefix=chat.prefix, ordinal=ordinal(chat.asked + 1), form=chat.form, topic=chat.topic)
    return Item(
        id=chat.slot.id,
        context=context,
        question=f"{BEFORE_QUESTION}{question}",
        answers=(chat.prefix + chat.needles[chat.asked].reply,),
        prefix=chat.prefix,
        max_output_tokens=chat.max_output_tokens,
        length=chat.slot.length,
        depths=(round(starts[places[chat.asked]] / len(context), 4),),
        meta={
            "n_needles": len(chat.needles),
            "asked": chat.asked + 1,
            "n_turns": len(turns),
            "form": chat.form,
            "answer_tokens": chat.answer_tokens,
        },
    )


def _others(chat: _Chat, book: Essays, n_words: int) -> Iterator[Turn]:
    """Turns that ask for something else, of so many words altogether; a longer chat begins with the same ones."""
    random = Random(f"{chat.slot.id}/others")
    while True:
        passages = list(_passages(book, random))
        random.shuffle(passages)
        for passage in passages:
            if n_words <= 0:
                return
            sentences = range(passage.first, passage.first + passage.n_sentences)
            if not any(needle.start < sentences.stop and sentences.start < needle.stop for needle in chat.taken):
                yield _turn(book, passage, *_other_request(chat, random), min(n_words, passage.n_words))
                n_words -= passage.n_words


def _other_request(chat: _Chat, random: Random) -> tuple[str, str]:
    """(form, topic), not both the asked ones."""
    share = random.random()
    form = chat.form if share < _ALIKE else random.choice([form for form in FORMS if form != chat.form])
    topic = chat.topic if 1 - share < _ALIKE else random.choice([topic for topic in TOPICS if topic != chat.topic])
    return form, topic


def _passages(book: Essays, random: Random) -> Iterator[_Passage]:
    """The whole book from a random sentence on, cut into pieces that follow each other."""
    start = random.randrange(max(1, min(len(book.sentences) // 4, _WORDS[1])))
    first, n_words, least = start, 0, random.randint(*_WORDS)
    for at in range(start, len(book.sentences)):
        n_words += book.n_words[at]
        if n_words >= least:
            yield _Passage(first, at + 1 - first, n_words)
            first, n_words, least = at + 1, 0, random.randint(*_WORDS)


def _turn(book: Essays, passage: _Passage, form: str, topic: str, n_words: int) -> Turn:
    sentences = book.passage(passage.first, n_words)
    return Turn(REQUEST.format(form=form, topic=topic), written(sentences, form, topic))
