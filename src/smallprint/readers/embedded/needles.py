"""Questions for one exact thing: a number, a code, a date.

In: a question and a `Book`. Out: the values that answer it, each with the sentence it stands in; none where no sentence has the
question's key. Knows nothing of pages. Whether a question is of this sort is told by the noun that it asks for.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smallprint.readers.base import Span
from smallprint.readers.embedded.book import Book
from smallprint.readers.embedded.questions import Question
from smallprint.readers.embedded.values import Kind, value_for
from smallprint.readers.embedded.words import words_of

_NOUNS: dict[Kind, str] = {
    "number": "number amount total quantity pin port nummer zahl numero nombre numarul число номер αριθμος sayi numara",
    "uuid": "uuid uuids guid",
    "hex": "hash sha sha1 sha256 digest checksum commit fingerprint",
    "code": (
        "code key id identifier token password passcode passwort contrasena serial licence license codigo clave cle kod код ключ пароль "
        "κωδικος"
    ),
    "email": "email mail e-mail",
    "url": "url link website homepage",
    "phone": "phone telephone telefon telefono",
    "ip": "ip",
    "version": "version release",
    "path": "path filename",
    "string": "phrase passphrase motto slogan codename codeword nickname",
    "date": "date deadline birthday datum fecha",
    "year": "year jahr ano annee anno anul год году",
}
_KIND_OF: dict[str, Kind] = {
    form: kind for kind, nouns in _NOUNS.items() for noun in nouns.split() for form in (noun, f"{noun}s")
}
_LOOSE_NOUNS = frozenset({"amount", "amounts", "total", "quantity"})
"""What a text may say in many ways, as it may dates: where the value is not found, its passages are worth showing."""
_PLURAL = frozenset(f"{noun}s" for nouns in _NOUNS.values() for noun in nouns.split())
_STRONGER: tuple[Kind, ...] = ("uuid", "hex", "email", "phone", "ip", "url", "version")
"""Kinds that a noun before the last one tells: "phone number", "IP address", "commit id"."""
_LOOSE: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"\bhow many\b|\bwie viele\b|\bcu[aá]nt[oa]s\b|\bcombien d|\bсколько\b", re.I), "count"),
    (re.compile(r"^\W*(?:in (?:what|which) year|when|wann|cu[aá]ndo|quand|когда|πότε|ne zaman)\b", re.I), "date"),
)  # fmt: skip
_ASKS = re.compile(
    r"^\W*(?:(?:on|in|at|to|by|for|from|under|with|via)\s+)?"
    r"(?:(?:what|which|give|tell|find|list|show|extract|name|return|welche[rs]?|wie|cu[aá]l|qu[eé]l?|quelle?|care)\b"
    r"|was(?=\s+(?:ist|sind|war)\b)|какой|как|ποι)",
    re.I,
)
_FILLERS = (
    "special magic mentioned provided given exact corresponding specified value values me all used use the of for"
)
_FILLER = frozenset(_FILLERS.split())
_AND = re.compile(r"\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+und\s+|\s+y\s+|\s+et\s+", re.IGNORECASE)
_LEAD = re.compile(r"^\s*(?:(?:for|of|to|in|at|on|von|für|de|del|la|el)\s+)+", re.IGNORECASE)
_BE = ("is", "are", "was", "were", "s", "ist", "lautet", "war", "es", "son", "era", "est", "sont", "este")
_AUXILIARY = ("did", "does", "do", "has", "have", "had", "can", "could", "will", "would")
"""After "what", they have the noun do something: "what did the key open"."""
_COMMANDS = ("give", "tell", "find", "list", "show", "extract", "name", "return")
_AFTER_BE, _AFTER_WHICH = 7, 3
"""Words after which the noun is not what is asked for: "what is the ... number", "which ... key"."""
MIN_KEY = 0.7
"""The part of a key's words, by weight, that a sentence must have."""
MIN_LOOSE = 0.8
ONE_OF_MANY = 0.95
"""How close to the best sentence others must come to have further values of the same key."""
ONE_AND_SAME = 0.999
"""The same where one value is asked for: a text that gives two is not to be answered with one of them alone."""
MAX_VALUES = 20


@dataclass(frozen=True, kw_only=True)
class Needle:
    """What is asked for, and of what."""

    kind: Kind
    keys: tuple[tuple[str, ...], ...]
    """The words that name the thing: one key, or several in a row."""
    names: tuple[str, ...] = ()
    """The same, as the question has them."""
    others: tuple[str, ...] = ()
    """Further words of the question."""
    is_exact: bool = True
    """Whether the question asks for the value itself, so that without it there is no answer."""
    wants_all: bool = False
    unit: str = ""
    """What is counted, where it is asked how many there are."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value and where it stands: places in `Book.text`."""

    key: str
    span: Span
    sentence: Span
    coverage: float


def needle_of(question: Question) -> Needle | None:
    """What exact thing a question asks for; None where it asks for something else."""
    words = list(words_of(question.text))
    terms = [word.term for word in words]
    at, is_of = _noun(question, terms)
    if at is None:
        return _loose(question)
    last = at
    while (
        last + 1 < len(terms)
        and terms[last + 1] in (*_KIND_OF, "address")
        and words[last + 1].start - words[last].end < 2
    ):
        last += 1
    nouns = terms[at : last + 1]
    kind = _kind(nouns)
    if kind in ("date", "year") or not _LOOSE_NOUNS.isdisjoint(nouns):
        return Needle(kind=kind, keys=(question.terms,), is_exact=False)

    def kept(part: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term for term in part if term in question.terms and term not in _FILLER))

    # "which code opens the gate": the text may have another verb. "What is the code of the gate" has none there.
    skipped = last + 1 if not is_of and kept(terms[last + 1 : last + 2]) and kept(terms[last + 2 :]) else last
    pieces = [
        (key, _LEAD.sub("", piece).strip(" ?.!\"'"))
        for piece in _AND.split(question.text[words[skipped].end :])
        if (key := kept(word.term for word in words_of(piece)))
    ]
    before = kept(terms[:at])
    if not pieces and not before:
        return None
    keys, names = zip(*pieces, strict=True) if pieces else ((before,), ())
    # "the phone number of Ann": which number it is belongs to what is looked for.
    others = (*(before if pieces else ()), *nouns, *terms[last + 1 : skipped + 1])
    return Needle(
        kind=kind, keys=keys, names=names, others=tuple(dict.fromkeys(others)),
        wants_all=terms[last] in _PLURAL or "all" in terms,
    )  # fmt: skip


def _noun(question: Question, terms: Sequence[str]) -> tuple[int | None, bool]:
    """Where the noun is that a question asks for, soon after its first word or after "what is the"; and whether it is the latter."""
    asks = _ASKS.search(question.text)
    if not asks:
        return None, False
    first = len(list(words_of(asks.group())))
    if terms[first : first + 1] and terms[first] in _AUXILIARY:
        return None, False
    is_of = terms[first - 1] in _COMMANDS or (first < len(terms) and terms[first] in _BE)
    ahead = range(first, min(first + (_AFTER_BE if is_of else _AFTER_WHICH), len(terms)))
    return next((n for n in ahead if terms[n] in _KIND_OF), None), is_of


def _kind(nouns: Sequence[str]) -> Kind:
    kinds: list[Kind] = [_KIND_OF[noun] for noun in nouns if noun in _KIND_OF]
    strong: list[Kind] = [kind for kind in kinds if kind in _STRONGER]
    return strong[0] if strong else kinds[-1]


def _loose(question: Question) -> Needle | None:
    for pattern, kind in _LOOSE:
        if found := pattern.search(question.text):
            unit = next((word.term for word in words_of(question.text[found.end() :])), "") if kind == "count" else ""
            return Needle(kind=kind, keys=(question.terms,), is_exact=False, unit=unit)
    return None


def find_values(book: Book, needle: Needle) -> list[Value]:
    """The values, in the order of the keys; empty where no key is to be found."""
    whole = _of_key(book, needle, tuple(dict.fromkeys(term for key in needle.keys for term in key)))
    if len(needle.keys) == 1 or (whole and whole[0].coverage >= ONE_OF_MANY):
        return whole
    # Not "the salt and pepper bridge", but several keys in a row.
    keys = zip(needle.keys, needle.names, strict=True)
    return [value for key, name in keys for value in _of_key(book, needle, key, name)]


def _of_key(book: Book, needle: Needle, key: tuple[str, ...], name: str = "") -> list[Value]:
    kin = {term: book.kin(term) for term in dict.fromkeys((*key, *needle.others))}
    hits: dict[int, dict[str, tuple[float, list[Span]]]] = defaultdict(dict)
    for term, others in kin.items():
        for other, weight in others.items():
            for at in book.places.get(other, ()):
                word = book.words[at]
                held, spans = hits[book.sentence_of[at]].get(term, (0.0, []))
                hits[book.sentence_of[at]][term] = max(held, weight), [*spans, (word.start, word.end)]
    n = len(book.sentences)
    n_with = {term: sum(term in each for each in hits.values()) for term in kin}
    weight_of = {term: math.log(1 + (n - n_with[term] + 0.5) / (n_with[term] + 0.5)) for term in kin}
    whole = sum(weight_of[term] for term in key) or 1.0
    more = sum(weight_of[term] for term in needle.others) or 1.0
    scored: list[tuple[float, float, int]] = []
    for sentence, has in hits.items():
        cover = sum(weight_of[term] * has[term][0] for term in key if term in has) / whole
        also = sum(weight_of[term] * has[term][0] for term in needle.others if term in has) / more
        if cover >= (MIN_KEY if needle.is_exact else MIN_LOOSE):
            scored.append((cover + 0.3 * also, cover, sentence))
    scored.sort(key=lambda each: (-each[0], each[2]))
    found: list[Value] = []
    for score, cover, sentence in scored:
        close = ONE_OF_MANY if needle.wants_all else ONE_AND_SAME
        if found and (not needle.is_exact or score < close * scored[0][0] or len(found) == MAX_VALUES):
            break
        keys = [span for term in key if term in hits[sentence] for span in hits[sentence][term][1]]
        if value := _value_at(book, needle, sentence, keys):
            found.append(Value(key=name, span=value[0], sentence=value[1], coverage=cover))
    distinct = {book.text[slice(*value.span)]: value for value in reversed(found)}
    return sorted(distinct.values(), key=found.index)


def _value_at(book: Book, needle: Needle, sentence: int, keys: Sequence[Span]) -> tuple[Span, Span] | None:
    """A value and the place of what to quote: of the sentence, or of the next one."""
    start, end = book.sentences[sentence]
    for last in range(sentence, min(sentence + 2, len(book.sentences))):
        end = book.sentences[last][1]
        value = value_for(
            book.text[start:end], needle.kind, [(at - start, to - start) for at, to in keys], unit=needle.unit
        )
        if value is not None:
            return (start + value[0], start + value[1]), (start, end)
    return None
