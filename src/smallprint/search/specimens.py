"""The texts that a model is calibrated on: short, of several kinds, the same in every run.

In: what ships with the package, or a source of the user's. Out: `Specimens`: excerpts that are drawn and read back by themselves, a long
text that compression is measured on, and a page of strings that questions are asked about. Knows no style and no reader.
"""

from __future__ import annotations

import hashlib
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from random import Random
from typing import TYPE_CHECKING, Any

from smallprint.context.exact import exact_strings
from smallprint.errors import DataError
from smallprint.evals.tasks import shipped
from smallprint.evals.tasks.code_base import HEAD_LIKE, SHIPPED
from smallprint.search.validation import LAYOUT_CHARS, Excerpt

if TYPE_CHECKING:
    from smallprint.render import Source

SAMPLES, CHARS = 2, 1500
"""Excerpts of each kind, and characters of each: 3,000 characters, where a limit of 1% is 30 mistakes. A run down to 5 px then has a dear
model write some 30,000 tokens."""
LEAST_CHARS = 200
"""Of a text of the user's: a few lines, under which a share says nothing."""
STRINGS = "strings"
"""The kind that nobody can guess: it has no language to go by."""
STRING_LINES = 16
"""Of such an excerpt: 32 strings in two."""
BOOK = "jane_eyre.txt"
_SEED = "smallprint.calibration/1"
_PARAGRAPH_CHARS = 80, 700
_DEFINITION = re.compile(r"^(?:async def|def|class) ", re.MULTILINE)
_BREAK = re.compile(r"\n\s*\n|\n")


@dataclass(frozen=True, kw_only=True)
class Specimens:
    """What is read, of one kind after the other."""

    name: str
    decides: str
    """The kind by which a style is chosen."""
    excerpts: tuple[Excerpt, ...]
    layout: str
    """The text that compression is measured on, of the kind that decides."""
    refs: Mapping[str, str]
    """Number -> the string beside it, of the page that is asked about."""

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(excerpt.kind for excerpt in self.excerpts))

    @property
    def page(self) -> Excerpt:
        """The excerpt that is asked about."""
        return next(excerpt for excerpt in self.excerpts if excerpt.kind == STRINGS)

    @cached_property
    def sha256(self) -> str:
        """Of all that is read."""
        joined = "\0".join([*(excerpt.text for excerpt in self.excerpts), self.layout])
        return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "sha256": self.sha256,
            "decides": self.decides,
            "excerpts": {kind: sum(each.kind == kind for each in self.excerpts) for kind in self.kinds},
            "chars": {kind: sum(len(each.text) for each in self.excerpts if each.kind == kind) for kind in self.kinds},
        }


def shipped_specimens(*, samples: int = SAMPLES, chars: int = CHARS) -> Specimens:
    """Prose, code, Chinese and Japanese, and strings at random. Raises `DataError` for a number that is too small."""
    _check(samples, chars)
    random = Random(_SEED)
    book = shipped.text(BOOK)
    code = shipped.text(SHIPPED)
    cjk = _table()["cjk"]
    refs = [_refs(random) for _ in range(samples)]
    return Specimens(
        name="Jane Eyre, the sources of httpx, sentences in Chinese and Japanese",
        decides="prose",
        excerpts=(
            *_excerpts("prose", [_prose(book, random, chars) for _ in range(samples)]),
            *_excerpts("code", [_code(code, random, chars) for _ in range(samples)]),
            *_excerpts("cjk", [text.strip()[:chars] for text in list(cjk.values())[:samples]]),
            *_strings(refs),
        ),
        layout=book[len(book) // 3 :][:LAYOUT_CHARS],
        refs=refs[0],
    )


def own_specimens(source: Source, *, samples: int = SAMPLES, chars: int = CHARS) -> Specimens:
    """Excerpts of a text of the user's, spread over it, and strings at random. Raises `DataError` for too little text."""
    _check(samples, chars)
    text = source.text
    if len(text.strip()) < LEAST_CHARS:
        raise DataError(f"{source.name}: {len(text.strip()):,} characters are too few; give at least {LEAST_CHARS:,}")
    random = Random(_SEED)
    refs = [_refs(random) for _ in range(samples)]
    return Specimens(
        name=source.name,
        decides="text",
        excerpts=(*_excerpts("text", _spread(text, samples, chars), has_exact=True), *_strings(refs)),
        # A page that is not full would say too little of compression.
        layout=(text + "\n") * max(1, LAYOUT_CHARS // 2 // len(text))
        if len(text) < LAYOUT_CHARS
        else text[:LAYOUT_CHARS],
        refs=refs[0],
    )


def _check(samples: int, chars: int) -> None:
    for name, value, least in (("samples", samples, 1), ("chars", chars, LEAST_CHARS)):
        if value < least:
            raise DataError(f"{name}: {value} is not allowed; give at least {least}")


def _excerpts(kind: str, texts: list[str], *, has_exact: bool = False) -> list[Excerpt]:
    return [
        Excerpt(
            id=f"{kind} {number}",
            kind=kind,
            text=text,
            exact=tuple(dict.fromkeys(each.text for each in exact_strings(text))) if has_exact else (),
        )
        for number, text in enumerate(texts, 1)
    ]


def _prose(book: str, random: Random, chars: int) -> str:
    """Paragraphs from all over the book, one after the other: of a page that it knows by heart a model would need to read but a line."""
    low, high = _PARAGRAPH_CHARS
    paragraphs = [each for each in book[len(book) // 20 :].split("\n\n") if low <= len(each) <= high]
    taken: list[str] = []
    while sum(map(len, taken)) < chars - high // 4:
        taken.append(random.choice(paragraphs))
    return "\n\n".join(taken)


def _code(code: str, random: Random, chars: int) -> str:
    """From a definition on, to the end of a line, within one file."""
    starts = [found.start() for found in _DEFINITION.finditer(code)]
    while True:
        start = random.choice(starts)
        end = code.find("\n", start + chars)
        piece = code[start : end if end > 0 else len(code)]
        if len(piece) >= chars and not HEAD_LIKE.search(piece) and "=====" not in piece:
            return piece


def _spread(text: str, samples: int, chars: int) -> list[str]:
    """As many pieces as there are, from evenly spread places, none over another; each begins after a line's end where one is near."""
    step = max(chars, len(text) // samples)
    found: list[str] = []
    for start in range(0, len(text), step):
        near = _BREAK.search(text, start, start + (step - chars) // 2) if start else None
        first = near.end() if near else start
        found.append(text[first : first + chars])
    kept = [piece for piece in found if len(piece.strip()) >= min(LEAST_CHARS, chars // 4)][:samples]
    return kept or [text.strip()[:chars]]


def _refs(random: Random) -> dict[str, str]:
    """Number -> a string that nobody can guess: hex, a UUID, digits, or letters with a digit; of eight characters or more."""
    made: dict[str, str] = {}
    for number in random.sample(range(100, 1000), STRING_LINES):
        digits = f"{random.getrandbits(128):032x}"
        letters = "".join(random.choices(string.ascii_letters + string.digits, k=random.randint(7, 13)))
        made[str(number)] = random.choice(
            (
                f"{random.getrandbits(48):012x}",
                "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])),
                str(random.randrange(10**7, 10**10)),
                letters + random.choice(string.digits),
            )
        )
    return made


def _strings(pages: list[dict[str, str]]) -> list[Excerpt]:
    return [
        Excerpt(
            id=f"{STRINGS} {number}",
            kind=STRINGS,
            text="\n".join(f"ref {ref}: {value}" for ref, value in refs.items()),
            exact=tuple(refs.values()),
        )
        for number, refs in enumerate(pages, 1)
    ]


def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("smallprint.search") / "specimens.toml").read_text(encoding="utf-8"))
