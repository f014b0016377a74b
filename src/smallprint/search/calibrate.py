"""Goes down the ladder: how much of a page a model still reads as the letters become small, and what it does when it cannot.

In: a `Subject`, `Specimens`, a `Ladder`. Out: a `Calibration`: a score for each size down to where nothing is read any more, the other fill
where that may matter, and what came of questions. Knows no file but the one that replies are kept in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from smallprint._version import __version__
from smallprint.render import Style
from smallprint.search.abstention import Abstention, Asked, Questioner, abstention_of, questions
from smallprint.search.calibration import SCHEMA, Calibration, Limits
from smallprint.search.kept import Kept
from smallprint.search.ladder import FILLS, Ladder, Rung, text_tokens
from smallprint.search.legibility import RungScore, read_of, score_of
from smallprint.search.specimens import Specimens
from smallprint.search.subject import Purse, Reckoned, Subject, check_cap
from smallprint.search.transcribers import CONCURRENCY
from smallprint.search.validation import Excerpt

ILLEGIBLE = 0.3
"""Character errors of a page that is not read any more: one letter in three is wrong or missing."""
SIZES_OVER = 2
"""So many sizes in a row must be illegible: one alone may be bad luck with how its letters fall on the pixels."""


def key_of(subject: Subject, specimens: Specimens) -> dict[str, Any]:
    """What replies depend on: with the same, those of an earlier run hold."""
    return {"schema": SCHEMA, "smallprint": __version__, **subject.to_json(), "text": specimens.sha256}


def planned(subject: Subject, specimens: Specimens, ladder: Ladder) -> list[tuple[str, Reckoned]]:
    """What a run takes if it stops nowhere: each rung, the other fill at two sizes, the questions. Those two are reckoned on the largest
    letters, which are the dearest."""
    rows = [(rung.name, _whole(subject, specimens, ladder, rung)) for rung in map(ladder.rung, ladder.sizes)]
    for fill in FILLS[1:]:
        other = _whole(subject, specimens, ladder, ladder.rung(ladder.sizes[0], fill))
        rows.append((f"{fill}, at two sizes", other + other))
    if subject.reader is not None:
        style = ladder.as_read(ladder.rung(ladder.sizes[0]), specimens.page.text)
        asker = Questioner(subject.reader, subject.family, specimens, subject.price, subject.ask_tokens)
        asks = [subject.reckoned_question(specimens, style, asker.question(ref)) for ref, _ in questions(specimens)]
        rows.append(("questions, on two rungs", sum(asks + asks, Reckoned())))
    return rows


def calibrate(
    subject: Subject,
    specimens: Specimens,
    ladder: Ladder,
    kept: Kept,
    *,
    limits: Limits,
    progress: Callable[[int, int], object] | None = None,
) -> Calibration:
    """Goes down the ladder. Raises what the reader raises; what was read until then is in `kept`."""
    check_cap(subject, limits.max_usd)
    return _Descent(subject, specimens, ladder, kept, limits, progress).go()


class _Stopped(Exception):
    """The cap is reached."""


def _whole(subject: Subject, specimens: Specimens, ladder: Ladder, rung: Rung) -> Reckoned:
    """Of all excerpts."""
    each = [subject.reckoned(excerpt.text, ladder.as_read(rung, excerpt.text)) for excerpt in specimens.excerpts]
    return sum(each, Reckoned())


class _Descent:
    """One run."""

    def __init__(
        self,
        subject: Subject,
        specimens: Specimens,
        ladder: Ladder,
        kept: Kept,
        limits: Limits,
        progress: Callable[[int, int], object] | None,
    ) -> None:
        self._subject, self._specimens, self._ladder, self._kept = subject, specimens, ladder, kept
        self._limits, self._progress = limits, progress
        self._decides = specimens.decides
        self._purse = Purse(limits.max_usd)
        self._scores: list[RungScore] = []
        self._asked: list[Asked] = []
        self._abstention: list[Abstention] = []
        self._done = 0
        self._total = len(ladder.sizes) * len(specimens.excerpts)

    def go(self) -> Calibration:
        stopped = ""
        for row in (*self._kept.reads.values(), *self._kept.asked.values()):
            self._purse.book(row.usd, Reckoned())
        try:
            self._down()
            self._other_fill()
            self._questions()
        except _Stopped as why:
            stopped = str(why)
        return Calibration(
            subject=self._subject.to_json(),
            text=self._specimens.to_json(),
            limits=self._limits,
            decides=self._decides,
            rungs=tuple(self._scores),
            abstention=tuple(self._abstention),
            stopped=stopped,
            asked=tuple(self._asked),
        )

    def _down(self) -> None:
        for size in self._ladder.sizes:
            kinds = self._legible()
            if self._decides not in kinds:
                return
            self._score(self._ladder.rung(size), kinds)

    def _legible(self) -> list[str]:
        """The kinds that are worth reading in still smaller letters."""
        last = self._scores[-SIZES_OVER:]
        if len(last) < SIZES_OVER:
            return list(self._specimens.kinds)
        return [kind for kind in self._specimens.kinds if any(score.cer(kind) <= ILLEGIBLE for score in last)]

    def _other_fill(self) -> None:
        """At the best size; and at the next smaller one, where it may be within the limits though the first fill is not. Not where the
        first one is illegible: it shows the same letters."""
        at = self._scores.index(self._best())
        for score in [each for each in self._scores[at : at + 2] if each.cer(self._decides) <= ILLEGIBLE]:
            for fill in FILLS[1:]:
                self._score(self._ladder.rung(score.size_px, fill), [each.kind for each in score.kinds])

    def _best(self) -> RungScore:
        """The densest within the limits, or else the one that is read best."""
        within = self._limits.best(self._scores, self._decides)
        return within or min(self._scores, key=lambda score: score.cer(self._decides))

    def _score(self, rung: Rung, kinds: Sequence[str]) -> None:
        excerpts = [excerpt for excerpt in self._specimens.excerpts if excerpt.kind in kinds]
        waiting = [excerpt for excerpt in excerpts if (rung.name, excerpt.id) not in self._kept.reads]
        self._tell(len(excerpts) - len(waiting))
        for style, group in self._groups(rung, waiting):
            self._read(rung, style, group)
            self._tell(len(group))
        reads = [self._kept.reads[rung.name, excerpt.id] for excerpt in excerpts]
        self._scores.append(score_of(rung, self._ladder.compression(rung, self._specimens.layout), reads))

    def _groups(self, rung: Rung, excerpts: Sequence[Excerpt]) -> Iterator[tuple[Style, list[Excerpt]]]:
        """As many as are read at a time: what they come to is kept before the next are paid for."""
        styles = {excerpt.id: self._ladder.as_read(rung, excerpt.text) for excerpt in excerpts}
        for style in dict.fromkeys(styles.values()):
            for group in _in(CONCURRENCY, [excerpt for excerpt in excerpts if styles[excerpt.id] == style]):
                yield style, group

    def _read(self, rung: Rung, style: Style, excerpts: Sequence[Excerpt]) -> None:
        reckoned = [self._subject.reckoned(excerpt.text, style) for excerpt in excerpts]
        self._pay(reckoned)
        readings = self._subject.transcriber.read([excerpt.text for excerpt in excerpts], style)
        for excerpt, reading, most in zip(excerpts, readings, reckoned, strict=True):
            if reading.usd is None:
                # Nobody says what a refusal cost: no more than this.
                reading = replace(reading, usd=most.most_usd)
            self._kept.add(read_of(rung, excerpt, reading, text_tokens(excerpt.text, self._subject.family)))
            self._purse.book(reading.usd, most)

    def _questions(self) -> None:
        """On the best rung, and on the first that is illegible, or else on the one that was read worst."""
        reader = self._subject.reader
        if reader is None:
            return
        worst = max(self._scores, key=lambda score: score.cer(self._decides))
        illegible = next((score for score in self._scores if score.cer(self._decides) > ILLEGIBLE), worst)
        asker = Questioner(reader, self._subject.family, self._specimens, self._subject.price, self._subject.ask_tokens)
        for score in dict.fromkeys((self._best(), illegible)):
            self._ask(asker, self._ladder.rung(score.size_px, score.fill))

    def _ask(self, asker: Questioner, rung: Rung) -> None:
        asks = questions(self._specimens)
        style = self._ladder.as_read(rung, self._specimens.page.text)
        waiting = [(ref, value) for ref, value in asks if (rung.name, ref) not in self._kept.asked]
        self._tell(len(asks) - len(waiting))
        for group in _in(CONCURRENCY, waiting):
            reckoned = [
                self._subject.reckoned_question(self._specimens, style, asker.question(ref)) for ref, _ in group
            ]
            self._pay(reckoned)
            rows = asyncio.run(asker.ask_all(rung.name, style, group))
            for row, most in zip(rows, reckoned, strict=True):
                row = row if row.usd is not None else replace(row, usd=most.most_usd)
                self._kept.add(row)
                self._purse.book(row.usd, most)
            self._tell(len(group))
        rows = [self._kept.asked[rung.name, ref] for ref, _ in asks]
        self._asked += rows
        self._abstention.append(abstention_of(rung.name, rows))

    def _pay(self, reckoned: Sequence[Reckoned]) -> None:
        if why := self._purse.why_not(reckoned):
            raise _Stopped(why)

    def _tell(self, done: int) -> None:
        self._done += done
        if self._progress:
            self._progress(self._done, max(self._total, self._done))


_Item = TypeVar("_Item")


def _in(size: int, items: Sequence[_Item]) -> Iterator[list[_Item]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
