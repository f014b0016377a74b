"""What was read of excerpts on one rung, in figures.

In: excerpts and readings. Out: a `Read` of each, and a `RungScore` of all on a rung: characters wrong by kind with their interval, strings
that are right to the last character, replies that were cut off, fell short or were refused. Knows no reader.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.evals.statistics import ratio_interval
from smallprint.readers.sight.compare import Flat
from smallprint.search.ladder import Fill, Rung
from smallprint.search.specimens import STRINGS
from smallprint.search.transcribers import REFUSED

if TYPE_CHECKING:
    from smallprint.search.transcribers import Reading
    from smallprint.search.validation import Excerpt

STRETCH_CHARS = 250
"""What is drawn anew for an interval: mistakes come in lines, and a line of a page has 100 to 250 characters."""
SHORT = 0.5
"""A reply with less of the text's length, and not cut off, is a summary or a lapse, no transcript."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """One excerpt on one rung."""

    rung: str
    excerpt: str
    kind: str
    errors: tuple[int, ...]
    """Of each stretch of the text."""
    chars: tuple[int, ...]
    read_chars: int
    exact: int
    exact_n: int
    text_tokens: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    seconds: float
    pages: int
    finish: str

    @property
    def key(self) -> tuple[str, str]:
        return self.rung, self.excerpt

    @property
    def is_short(self) -> bool:
        return self.finish == "stop" and self.read_chars < SHORT * sum(self.chars)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Read:
        """Raises `TypeError`, `KeyError` or `ValueError` for what is none."""
        stretches: dict[str, Any] = {name: tuple(map(int, row[name])) for name in ("errors", "chars")}
        return cls(**{**row, **stretches})


@dataclass(frozen=True, kw_only=True)
class KindScore:
    """All excerpts of a kind on a rung."""

    kind: str
    chars: int
    errors: int
    cer: float
    """No more than 1, however much a model adds."""
    interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RungScore:
    """A rung and how it was read."""

    size_px: float
    fill: Fill
    ratio: float
    """Text tokens over visual tokens on full pages, for the kind that decides."""
    kinds: tuple[KindScore, ...]
    exact: float | None
    """Share of the strings that are right to the last character; None where none were read."""
    exact_n: int
    readings: int
    cut_off: int
    """At the token cap."""
    short: int
    refused: int
    output: float | None
    """Tokens that were answered over the text's; None where they are not counted."""
    tokens_in: int
    tokens_out: int
    usd: float | None
    """None where no price is known, or not of all replies."""
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.size_px:g} px, {self.fill}"

    def of(self, kind: str) -> KindScore | None:
        """None where the kind was not read."""
        return next((each for each in self.kinds if each.kind == kind), None)

    def cer(self, kind: str) -> float:
        """1 for a kind that was not read."""
        found = self.of(kind)
        return 1.0 if found is None else found.cer

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def read_of(rung: Rung, excerpt: Excerpt, reading: Reading, text_tokens: int) -> Read:
    """What came of one excerpt."""
    truth, read = Flat.of(excerpt.text, reading.codes).text, Flat.of(reading.text).text
    errors, chars = stretches(truth, read)
    return Read(
        rung=rung.name,
        excerpt=excerpt.id,
        kind=excerpt.kind,
        errors=tuple(errors),
        chars=tuple(chars),
        read_chars=len(read),
        exact=sum(Flat.of(string).text in read for string in excerpt.exact),
        exact_n=len(excerpt.exact),
        text_tokens=text_tokens,
        tokens_in=reading.tokens_in,
        tokens_out=reading.tokens_out,
        usd=reading.usd,
        seconds=reading.seconds,
        pages=reading.n_pages,
        finish=reading.finish,
    )


def stretches(truth: str, read: str) -> tuple[list[int], list[int]]:
    """(errors, characters) of each stretch of a text; the errors add up to the Levenshtein distance."""
    from rapidfuzz.distance import Levenshtein

    n = max(1, -(-len(truth) // STRETCH_CHARS))
    errors = [0] * n
    for op in Levenshtein.opcodes(truth, read):
        if op.tag == "equal":
            continue
        if op.tag == "insert":
            errors[min(op.src_start // STRETCH_CHARS, n - 1)] += op.dest_end - op.dest_start
        for at in range(op.src_start, op.src_end):
            errors[at // STRETCH_CHARS] += 1
    return errors, [min(STRETCH_CHARS, len(truth) - STRETCH_CHARS * at) for at in range(n)]


def score_of(rung: Rung, ratio: float, reads: Sequence[Read]) -> RungScore:
    """Of all that was read on a rung."""
    strings = [each for each in reads if each.exact_n]
    # Without the strings at random, those of a user's text alone would be another measure.
    exact_n = sum(each.exact_n for each in strings) if any(each.kind == STRINGS for each in strings) else 0
    tokens_out = sum(each.tokens_out for each in reads)
    known = [each.usd for each in reads if each.usd is not None]
    return RungScore(
        size_px=rung.size_px,
        fill=rung.fill,
        ratio=ratio,
        kinds=tuple(
            _kind(kind, [each for each in reads if each.kind == kind])
            for kind in dict.fromkeys(each.kind for each in reads)
        ),
        exact=sum(each.exact for each in strings) / exact_n if exact_n else None,
        exact_n=exact_n,
        readings=len(reads),
        cut_off=sum(each.finish == "length" for each in reads),
        short=sum(each.is_short for each in reads),
        refused=sum(each.finish == REFUSED for each in reads),
        output=tokens_out / max(1, sum(each.text_tokens for each in reads)) if tokens_out else None,
        tokens_in=sum(each.tokens_in for each in reads),
        tokens_out=tokens_out,
        usd=sum(known) if len(known) == len(reads) else None,
        seconds=sum(each.seconds for each in reads),
    )


def _kind(kind: str, reads: Sequence[Read]) -> KindScore:
    errors = [count for each in reads for count in each.errors]
    chars = [count for each in reads for count in each.chars]
    low, high = ratio_interval(errors, chars)
    return KindScore(
        kind=kind,
        chars=sum(chars),
        errors=sum(errors),
        cer=min(1.0, sum(errors) / max(1, sum(chars))),
        interval=(min(1.0, low), min(1.0, high)),
    )
