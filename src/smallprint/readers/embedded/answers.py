"""An answer made of what was found, in the words of the document.

In: a `Book` and a question. Out: text, and the `Evidence` for it. It reports where things stand and adds no thought of its own: a value is
copied, a passage is quoted, and what is not there is said to be not there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from smallprint.readers.base import Evidence, Span
from smallprint.readers.embedded.book import Book
from smallprint.readers.embedded.needles import Value, find_values, needle_of
from smallprint.readers.embedded.questions import Question
from smallprint.readers.embedded.search import Found, Search
from smallprint.readers.embedded.words import Word

MAX_PASSAGES = 5
MIN_SCORE = 0.4
"""The score, in parts of the best passage's, that a passage must have to be shown."""
MIN_COVERAGE = 0.3
"""The part of the question's words, by weight, that the best passage must have; under it nothing is shown."""
MAX_NAMES = 8

NOTE = (
    "This reader finds and quotes; it does not reason. For more, ask a model: --model PROVIDER:NAME (model= in Python)."
)
TEXT_NOTE = "It searched the text itself: nothing was read from pages."

_GAP = re.compile(r"\.?\s+|-|['’]")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is said, and what it rests on."""

    text: str
    evidence: tuple[Evidence, ...] = ()


def answer(book: Book, question: str, *, n_passages: int = MAX_PASSAGES) -> Finding:
    """The value that is asked for and its sentence, or the passages that are closest; or that there are none."""
    asked = Question.of(question)
    needle = needle_of(asked)
    if needle is not None:
        values = find_values(book, needle)
        if values and needle.is_exact:
            missing = [name for name in needle.names if values[0].key and name not in {value.key for value in values}]
            return _of_values(book, values, [], many=needle.wants_all, missing=missing)
        if needle.is_exact:
            return _told(
                book, [f"Not found: no sentence has {_listed(needle.names or needle.keys[0])} with what is asked for."]
            )
        if values:
            passages = _shown(Search(book).best(asked, n_passages))
            return _of_values(book, values[:1], passages, many=False)
    passages = _shown(Search(book).best(asked, n_passages))
    if not passages:
        nowhere = [term for term in asked.terms if term not in book.vocabulary]
        return _told(book, ["Not found: no passage has the words of the question." + _nowhere(nowhere)])
    return _of_passages(book, passages, asked)


def _of_values(
    book: Book, values: Sequence[Value], passages: Sequence[Found], *, many: bool, missing: Sequence[str] = ()
) -> Finding:
    told = [f"{value.key}: {_flat(book, value.span)}" if value.key else _flat(book, value.span) for value in values]
    said = list(dict.fromkeys([*told, *(f"{name}: not found" for name in missing)]))
    first = "; ".join(said) if many or values[0].key else said[0]
    if said[1:] and not (many or values[0].key):
        first += f" (the text also gives {', '.join(said[1:])})"
    if any(_is_doubtful(book, value.span) for value in values):
        first += " (some of its letters were hard to read)"
    sentences = list(dict.fromkeys(value.sentence for value in values))
    lines = [first, *(_quoted(book, span) for span in sentences)]
    others = [
        (each.passage.start, each.passage.end)
        for each in passages
        if not any(each.passage.start < end and start < each.passage.end for start, end in sentences)
    ]
    if others:
        lines += ["Further passages that are close to the question:", *(_quoted(book, span) for span in others)]
    return _told(book, lines, [*sentences, *others])


def _of_passages(book: Book, passages: Sequence[Found], question: Question) -> Finding:
    spans = [(each.passage.start, each.passage.end) for each in passages]
    n = len(spans)
    first = (
        "The passage that is closest to the question:"
        if n == 1
        else f"The {n} passages that are closest to the question, best first:"
    )
    lines = [first, *(_quoted(book, span) for span in spans)]
    if question.asks_who and (names := _names(book, spans, question)):
        lines.append(f"Names in them: {', '.join(names)}.")
    return _told(book, lines, spans)


def _told(book: Book, lines: Sequence[str], spans: Sequence[Span] = ()) -> Finding:
    note = NOTE if any(leaf.pages for leaf in book.leaves) else f"{NOTE} {TEXT_NOTE}"
    return Finding(text="\n\n".join([*lines, note]), evidence=tuple(evidence_of(book, span) for span in spans))


def evidence_of(book: Book, span: Span) -> Evidence:
    """A place of the book, with its pages, or its place in the source."""
    leaves = book.leaves_at(*span)
    text = book.text[slice(*span)]
    pages = tuple(dict.fromkeys(page for leaf, _ in leaves for page in leaf.pages))
    if not pages and leaves and all(leaf.span for leaf, _ in leaves):
        (first, (start, _)), (last, (_, end)) = leaves[0], leaves[-1]
        assert first.span
        assert last.span
        return Evidence(text=text, span=(first.span[0] + start, last.span[0] + end))
    return Evidence(text=text, pages=pages)


def _quoted(book: Book, span: Span) -> str:
    pages = [page + 1 for leaf, _ in book.leaves_at(*span) for page in leaf.pages]
    text = _flat(book, span)
    if not pages:
        return f"“{text}”"
    where = f"page {pages[0]}" if pages[0] == pages[-1] else f"pages {pages[0]} to {pages[-1]}"
    return f"“{text}” ({where})"


def _flat(book: Book, span: Span) -> str:
    return " ".join(book.text[slice(*span)].split())


def _shown(found: Sequence[Found]) -> list[Found]:
    if not found or max(each.coverage for each in found) < MIN_COVERAGE:
        return []
    return [each for each in found if each.score >= MIN_SCORE * found[0].score]


def _is_doubtful(book: Book, span: Span) -> bool:
    return any(
        start < high and low < end for leaf, (low, high) in book.leaves_at(*span) for start, end in leaf.doubtful
    )


def _names(book: Book, spans: Sequence[Span], question: Question) -> list[str]:
    """Names in some places of the book, best first, as they are written; those of the question are left out."""
    found: defaultdict[str, float] = defaultdict(float)
    for rank, (start, end) in enumerate(spans, 1):
        run: list[Word] = []
        for word in book.words_between(start, end):
            is_name = word.is_capital and word.term in book.names and word.term not in question.terms
            if run and not (is_name and _GAP.fullmatch(book.text, run[-1].end, word.start)):
                found[_flat(book, (run[0].start, run[-1].end))] += 1 / rank
                run = []
            run += [word] * is_name
        if run:
            found[_flat(book, (run[0].start, run[-1].end))] += 1 / rank
    kept: dict[str, float] = {}
    for name, weight in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        # "Mr. St. John" is the "St. John" that was there before, and the other way round.
        same = next((each for each in kept if f" {name} " in f" {each} " or f" {each} " in f" {name} "), name)
        kept[same] = kept.get(same, 0.0) + weight
    return [name for name in sorted(kept, key=lambda each: -kept[each]) if len(name) > 2][:MAX_NAMES]


def _listed(names: Sequence[str]) -> str:
    return " ".join(names) if len(names) < 2 else ", ".join(names)


def _nowhere(terms: Sequence[str]) -> str:
    return f" Nowhere in it: {', '.join(terms)}." if terms else ""
