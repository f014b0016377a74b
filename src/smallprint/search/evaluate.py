"""How good a style is: what it costs, and what of it is read back.

In: a style. Out: `Scores`. Excerpts are read in rungs, each with more of them than the last; a style that cannot reach the front any more
is not given the next rung (successive halving, arXiv 1502.07943, with a bound in place of a share). Knows no proposer and no storage.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from smallprint.errors import StyleError
from smallprint.evals.statistics import ratio_interval
from smallprint.readers.sight.compare import Flat, Tally, tally
from smallprint.render import Style, render
from smallprint.search.objectives import WORST_CER, Goal, dominates
from smallprint.search.transcribers import as_read
from smallprint.search.values import Confusion, Scores
from smallprint.tokens.families import family as family_row
from smallprint.tokens.text import count
from smallprint.tokens.vision import vision_tokens

if TYPE_CHECKING:
    from smallprint.search.transcribers import Reading, Transcriber
    from smallprint.search.validation import Excerpt, ValidationSet

RUNGS = (3, 9, 27)
"""Excerpts of 3,000 characters that have been read at the end of each rung: 81,000 in all, where 1% wrong is known to a tenth of itself."""
STRINGS_A_RUNG = (1, 2, 4)
MOST_CONFUSIONS = 12
_SLACK = 3.0
"""Standard deviations by which a style may have been unlucky before it is given up."""


@dataclass(frozen=True, kw_only=True)
class TaskScores:
    """What came of questions that were answered from pages."""

    mean: float
    interval: tuple[float, float] | None
    n: int
    judge: float | None = None
    usd: float | None = None
    tokens: int = 0


class Questions(Protocol):
    """Asks about pages in a style."""

    def score(self, style: Style) -> TaskScores: ...


@dataclass
class _Sums:
    """What has been read so far."""

    errors: list[int] = field(default_factory=list[int])
    chars: list[int] = field(default_factory=list[int])
    kinds: list[str] = field(default_factory=list[str])
    exact: int = 0
    exact_n: int = 0
    seconds: float = 0.0
    pages: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def add(self, excerpt: Excerpt, reading: Reading) -> None:
        self.seconds += reading.seconds
        self.pages += reading.n_pages
        self.tokens += reading.tokens_in + reading.tokens_out
        self.usd = None if self.usd is None or reading.usd is None else self.usd + reading.usd
        read = Flat.of(reading.text).text
        self.exact_n += len(excerpt.exact)
        self.exact += sum(string in read for string in excerpt.exact)
        if excerpt.kind == "strings":
            return
        counted: Tally = tally(excerpt.text, reading.text, reading.codes)
        self.errors.append(counted.errors)
        self.chars.append(counted.chars)
        self.kinds.append(excerpt.kind)
        self.confusions.update(_confusions(excerpt.text, reading))

    def scores(self, compression: float, rung: int) -> Scores:
        chars = sum(self.chars)
        kinds = {
            kind: sum(e for e, k in zip(self.errors, self.kinds, strict=True) if k == kind)
            / max(1, sum(c for c, k in zip(self.chars, self.kinds, strict=True) if k == kind))
            for kind in dict.fromkeys(self.kinds)
        }
        return Scores(
            compression=compression,
            # A model that talks on is not more than wholly wrong.
            cer=min(1.0, sum(self.errors) / max(1, chars)),
            cer_interval=ratio_interval(self.errors, self.chars),
            errors=sum(self.errors),
            chars=chars,
            items=len(self.chars),
            exact=self.exact / self.exact_n if self.exact_n else None,
            exact_n=self.exact_n,
            usd=self.usd,
            tokens=self.tokens,
            seconds_a_page=self.seconds / max(1, self.pages),
            rung=rung,
            by_kind=kinds,
            confusions=tuple(
                Confusion(truth=truth, read=read, count=n)
                for (truth, read), n in self.confusions.most_common(MOST_CONFUSIONS)
            ),
        )


class Evaluator:
    """Measures styles on a validation set; the same style gives the same scores, as far as the reader does."""

    def __init__(
        self,
        validation: ValidationSet,
        transcriber: Transcriber,
        goal: Goal,
        *,
        rungs: Sequence[int] = RUNGS,
        questions: Questions | None = None,
    ) -> None:
        self._validation, self._transcriber, self._goal = validation, transcriber, goal
        self._rungs = tuple(rungs)
        self._questions = questions
        self._text_tokens: dict[str, int] = {}

    def __call__(self, style: Style, front: Sequence[Scores] = ()) -> Scores:
        """`front` are the styles to be reached; without it every rung is climbed.

        Raises `StyleError` for a style in which nothing can be drawn, and what the reader raises.
        """
        compression = self.compression(style, self._validation.layout)
        sums = _Sums()
        scores: Scores | None = None
        for rung, upto in enumerate(self._rungs):
            excerpts = self._validation.search[len(sums.chars) : upto]
            if scores is not None and not excerpts:
                break
            last = len(STRINGS_A_RUNG) - 1
            first = STRINGS_A_RUNG[min(rung - 1, last)] if rung else 0
            strings = self._validation.strings[first : STRINGS_A_RUNG[min(rung, last)]]
            self._read((*excerpts, *strings), style, sums)
            scores = sums.scores(compression, rung + 1)
            is_last = len(sums.chars) >= min(self._rungs[-1], len(self._validation.search))
            if not is_last and self._is_hopeless(scores, front):
                return replace(scores, complete=False)
        assert scores is not None
        return self._with_questions(style, scores)

    def measured(self, style: Style, excerpts: Sequence[Excerpt]) -> Scores:
        """All of some excerpts, with the strings that the search did not see; compression over the layout text."""
        sums = _Sums()
        strings = self._validation.strings[max(STRINGS_A_RUNG) :]
        self._read((*excerpts, *strings), style, sums)
        return sums.scores(self.compression(style, self._validation.layout), 0)

    def compression(self, style: Style, text: str) -> float:
        """Text tokens over visual tokens, all pages counted. Raises `StyleError` where nothing fits on a page."""
        family = self._transcriber.family
        sizes = render(text, style).sizes()
        tokens = sum(vision_tokens(family, *size) for size in sizes)
        if not tokens:
            raise StyleError("style: no pages")
        if text not in self._text_tokens:
            self._text_tokens[text] = count(text, family_row(family).tokenizer).tokens
        return self._text_tokens[text] / tokens

    def _read(self, excerpts: Sequence[Excerpt], style: Style, sums: _Sums) -> None:
        texts = [excerpt.text for excerpt in excerpts]
        readings = self._transcriber.read(texts, as_read(style, texts, self._transcriber.family))
        for excerpt, reading in zip(excerpts, readings, strict=True):
            sums.add(excerpt, reading)

    def _is_hopeless(self, scores: Scores, front: Sequence[Scores]) -> bool:
        """Whether even a lucky style that had been this unlucky would be beaten by one of the front, or is of no use at all."""
        fewest = max(0.0, scores.errors - _SLACK * math.sqrt(scores.errors + 1))
        # Mistakes come in lines and pages rather than one by one: half as many more are thought possible than chance has it.
        lucky = replace(scores, errors=int(fewest / 1.5), cer=fewest / 1.5 / max(1, scores.chars))
        if lucky.cer > WORST_CER:
            return True
        point = self._goal.point(self._at_best(lucky))
        return any(dominates(self._goal.point(other), point) for other in front)

    def _at_best(self, scores: Scores) -> Scores:
        """With what has not been asked yet taken for right, and exact strings for as good as their number allows."""
        chance = _SLACK * math.sqrt(0.25 / max(1, scores.exact_n))
        unasked = 1.0 if self._questions else None
        return replace(
            scores,
            task=unasked if scores.task is None else scores.task,
            judge=unasked if scores.judge is None else scores.judge,
            exact=None if scores.exact is None else min(1.0, scores.exact + chance),
        )

    def _with_questions(self, style: Style, scores: Scores) -> Scores:
        if self._questions is None:
            return scores
        found = self._questions.score(style)
        usd = None if scores.usd is None or found.usd is None else scores.usd + found.usd
        return replace(
            scores,
            task=found.mean,
            task_interval=found.interval,
            task_n=found.n,
            judge=found.judge,
            usd=usd,
            tokens=scores.tokens + found.tokens,
        )


def _confusions(text: str, reading: Reading) -> Counter[tuple[str, str]]:
    """Short stretches that were read as something else."""
    from rapidfuzz.distance import Levenshtein

    truth, read = Flat.of(text, reading.codes).text, Flat.of(reading.text).text
    found: Counter[tuple[str, str]] = Counter()
    for op in Levenshtein.opcodes(truth, read):
        one, other = truth[op.src_start : op.src_end], read[op.dest_start : op.dest_end]
        if op.tag != "equal" and len(one) <= 3 and len(other) <= 3:
            found[one, other] += 1
    return found
