"""Questions on one or several of many documents: SQuAD's (qa_1) and HotpotQA's (qa_2) forms.

In: a `Wanted`. Out: items: the documents that a question is about, among others. Knows no reader. Source of the form: as prompts.py, qa.py.

The samples that ship are small: XQuAD's English part (1,190 questions, 240 paragraphs, 42,000 tokens) and 100 questions of HotpotQA
(130,000 tokens). A context that is longer than a sample's documents gets those of the other sample, and then the same again, but never a
second copy of what the question is about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, cycle
from pathlib import Path
from random import Random
from typing import Any

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Wanted
from smallprint.evals.tasks import shipped
from smallprint.evals.tasks.ruler import prompts
from smallprint.evals.tasks.ruler.fitting import Slot, fit, slots
from smallprint.evals.tasks.ruler.haystacks import sentences

SQUAD, HOTPOT = "xquad.en.json", "hotpotqa_100.json"

_BETWEEN = "\n\n"


@dataclass(frozen=True)
class _Question:
    text: str
    answers: tuple[str, ...]
    about: tuple[int, ...]
    """Places of the documents that go along in any case."""
    telling: tuple[int, ...]
    """Of those, the ones with the answer or a step to it."""
    near: tuple[int, ...]
    """Of documents on the same subject, which come before all others."""
    kind: str = ""


@dataclass(frozen=True)
class _Set:
    documents: tuple[str, ...]
    questions: tuple[_Question, ...]


def squad(name: str, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for data of another form and lengths that are too short."""
    own = _shipped_squad() if wanted.data is None else _parsed(wanted.data, "squad", _squad)
    return _items(name, wanted, own, () if wanted.data else _shipped_hotpot().documents)


def hotpot(name: str, wanted: Wanted) -> Iterator[Item]:
    """Raises as `squad`."""
    own = _shipped_hotpot() if wanted.data is None else _parsed(wanted.data, "hotpot", _hotpot)
    return _items(name, wanted, own, () if wanted.data else _shipped_squad().documents)


def _items(name: str, wanted: Wanted, own: _Set, more: tuple[str, ...]) -> Iterator[Item]:
    # The questions are the same at every length.
    order = Random(f"{name}/{wanted.seed}").sample(range(len(own.questions)), len(own.questions))
    for slot in slots(name, wanted):
        place = order[slot.index % len(order)]
        yield fit(partial(_item, own, more, place, slot), tokenizer=wanted.tokenizer)


def _item(own: _Set, more: tuple[str, ...], place: int, slot: Slot, n_sentences: int) -> Item:
    """`n_sentences` are those of the other documents, the last of which may be cut short."""
    random = Random(slot.id)
    question = own.questions[place]
    documents = [(own.documents[at], at in question.telling) for at in question.about]
    for other in _others(own, question, more, random):
        if n_sentences <= 0:
            break
        parts = _sentences(other)
        documents.append((other if len(parts) <= n_sentences else " ".join(parts[:n_sentences]), False))
        n_sentences -= len(parts)
    Random(f"{slot.id}/places").shuffle(documents)
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for number, (text, is_telling) in enumerate(documents, 1):
        pieces.append(prompts.DOCUMENT.format(number=number, text=text))
        if is_telling:
            starts.append(at)
        at += len(pieces[-1]) + len(_BETWEEN)
    context = _BETWEEN.join(pieces)
    return Item(
        id=slot.id,
        before=prompts.DOCUMENTS.before,
        context=context,
        question=prompts.DOCUMENTS.question.format(query=question.text),
        answers=question.answers,
        max_output_tokens=prompts.DOCUMENTS.max_output_tokens,
        length=slot.length,
        depths=tuple(round(start / len(context), 4) for start in starts),
        meta={"n_documents": len(documents), "row": place, "kind": question.kind},
    )


def _others(own: _Set, question: _Question, more: tuple[str, ...], random: Random) -> Iterator[str]:
    """Without end: first what is near, then the rest, then what other data has. Raises `DataError` where there is none."""
    known = frozenset((*question.about, *question.near))
    near = random.sample(question.near, len(question.near))
    rest = [at for at in range(len(own.documents)) if at not in known]
    random.shuffle(rest)
    once = [*(own.documents[at] for at in (*near, *rest)), *random.sample(more, len(more))]
    if not once:
        raise DataError(
            "data: no documents besides those that the question is about; allowed: two questions or more on different ones"
        )
    return cycle(once)


@cache
def _sentences(document: str) -> list[str]:
    return sentences(document) or [""]


@cache
def _shipped_squad() -> _Set:
    return _squad(json.loads(shipped.text(SQUAD)))


@cache
def _shipped_hotpot() -> _Set:
    return _hotpot(json.loads(shipped.text(HOTPOT)))


def _squad(data: Any) -> _Set:
    articles = [[paragraph["context"] for paragraph in article["paragraphs"]] for article in data["data"]]
    documents, place = _places(chain.from_iterable(articles))
    questions: list[_Question] = []
    for article, paragraphs in zip(data["data"], articles, strict=True):
        on_subject = dict.fromkeys(place[text] for text in paragraphs)
        for paragraph in article["paragraphs"]:
            at = place[paragraph["context"]]
            near = tuple(other for other in on_subject if other != at)
            for asked in paragraph["qas"]:
                answers = tuple(dict.fromkeys(str(answer["text"]) for answer in asked["answers"]))
                if answers and not asked.get("is_impossible", False):
                    questions.append(_Question(str(asked["question"]), answers, (at,), (at,), near))
    return _Set(documents, tuple(questions))


def _hotpot(data: Any) -> _Set:
    rows = [[(str(title), f"{title}\n{''.join(text)}") for title, text in row["context"]] for row in data]
    documents, place = _places(text for row in rows for _, text in row)
    questions: list[_Question] = []
    for row, texts in zip(data, rows, strict=True):
        facts = {str(title) for title, _ in row.get("supporting_facts", ())}
        about = dict.fromkeys(place[text] for _, text in texts)
        telling = dict.fromkeys(place[text] for title, text in texts if title in facts)
        questions.append(
            _Question(
                str(row["question"]), (str(row["answer"]),), tuple(about), tuple(telling), (), str(row.get("type", ""))
            )
        )
    return _Set(documents, tuple(questions))


def _places(texts: Iterator[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    documents = tuple(sorted(dict.fromkeys(texts)))
    return documents, {text: at for at, text in enumerate(documents)}


def _parsed(data: str, stem: str, parse: Callable[[Any], _Set]) -> _Set:
    """From a JSON file, or the one in a folder whose name has `stem` in it."""
    path = Path(data)
    if path.is_dir():
        files = sorted(file for file in path.glob("*.json") if stem in file.name.lower())
        if not files:
            raise DataError(f"{path}: no *{stem}*.json in it; allowed: a folder with one, or such a file")
        path = files[0]
    try:
        found = parse(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: not of the form of {stem} ({type(error).__name__}: {error})") from error
    if not found.questions:
        raise DataError(f"{path}: no questions with answers in it")
    return found
