"""The analyst: a language model that studies the trials and says what to try next.

In: a function that answers a prompt, the space, the goal, the history. Out: proposals that are checked against the space, a count of all
that was wrong with the replies, and what the model said about the trials. Knows no API: `asked.py` makes the function of a reader.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from smallprint.errors import DataError, SmallprintError, StyleError
from smallprint.search.objectives import Goal
from smallprint.search.proposers import prompt, replies
from smallprint.search.proposers.replies import Advice, Idea
from smallprint.search.proposers.unseen import Unseen
from smallprint.search.space import Space
from smallprint.search.values import Genome, Kind, Proposal, Trial, Weights

MOST_FAILURES = 3
"""Rounds in a row without an answer, after which a server is taken for gone: each of them was tried again by the reader already."""
MOST_MALFORMED = 5
"""Rounds in a row without a reply that can be read: the model cannot do it, and each round costs two replies."""
MOST_REASONS = 200
_HEAD_CHARS, _NOTE_CHARS = 400, 200
_AGAIN = """

Your last reply to this could not be used: {why}. It began:
{head}

Reply again, with the one JSON object and nothing else."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What came of asking."""

    asked: int = 0
    """Requests, those for a repair among them."""
    failed: int = 0
    """Requests that nobody answered."""
    replies: int = 0
    malformed: int = 0
    """Replies without proposals that could be read."""
    taken: int = 0
    """Proposals handed on."""
    repaired: int = 0
    """Of these, those in which something was put right."""
    repeated: int = 0
    """Proposals of a style that was tried, or proposed, before."""
    refused: int = 0
    """Proposals that are no style that can be drawn."""
    reasons: tuple[str, ...] = ()
    """What was wrong, the latest last; no more than `MOST_REASONS`."""

    def plus(self, *reasons: str, **counts: int) -> Tally:
        """With more of what `counts` names."""
        changed: dict[str, Any] = {name: getattr(self, name) + more for name, more in counts.items()}
        told = (*self.reasons, *(reason[:_NOTE_CHARS] for reason in reasons))[-MOST_REASONS:]
        return dataclasses.replace(self, **changed, reasons=told)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"reasons": list(self.reasons)}


@dataclass(frozen=True, kw_only=True)
class Critique:
    """What the model said about the trials."""

    trials: int
    """So many there were."""
    text: str


class AnalystProposer:
    """Asks `ask` with what `prompt` writes; a reply that cannot be read is asked for once more."""

    def __init__(
        self, space: Space, goal: Goal, weights: Weights, ask: Callable[[str], str], *, name: str = "llm"
    ) -> None:
        """`ask` may raise any `SmallprintError`."""
        self.name = name
        self.tally = Tally()
        self.critiques: list[Critique] = []
        self.stopped = ""
        """Why it asks no more; empty while it does."""
        self._space = space
        self._goal = goal
        self._weights = weights
        self._ask = ask
        self._failures = 0
        self._malformed = 0

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        if n < 1 or self.stopped:
            return []
        advice = self._advice(prompt.written(self._space, self._goal, self._weights, history, n, seed))
        if advice is None:
            return []
        if advice.critique:
            self.critiques.append(Critique(trials=len(history), text=advice.critique))
        return self._proposals(advice, history, n)

    def _advice(self, asked: str) -> Advice | None:
        """None where nobody answered, or where neither the first reply nor the second one can be read."""
        again = ""
        for _ in range(2):
            self.tally = self.tally.plus(asked=1)
            try:
                reply = self._ask(asked + again)
            except SmallprintError as error:
                self.tally = self.tally.plus(f"no answer: {error}", failed=1)
                self._failures += 1
                if self._failures >= MOST_FAILURES:
                    self.stopped = f"no answer {self._failures} times in a row; the last: {error}"
                return None
            self._failures = 0
            self.tally = self.tally.plus(replies=1)
            try:
                advice = replies.read(reply)
            except DataError as error:
                self.tally = self.tally.plus(f"malformed: {error}", malformed=1)
                again = _AGAIN.format(why=error, head=reply.strip()[:_HEAD_CHARS] or "(nothing)")
                continue
            self._malformed = 0
            self.tally = self.tally.plus(*advice.odd, refused=len(advice.odd))
            return advice
        self._malformed += 1
        if self._malformed >= MOST_MALFORMED:
            self.stopped = f"no reply that can be read in {self._malformed} rounds; the last: {self.tally.reasons[-1]}"
        return None

    def _proposals(self, advice: Advice, history: Sequence[Trial], n: int) -> list[Proposal]:
        unseen = Unseen(self._space, history)
        known = {trial.number: trial for trial in history}
        made: list[Proposal] = []
        for idea in advice.ideas:
            if len(made) == n:
                break
            parents = tuple(number for number in idea.parents if number in known)
            start = {**self._space.default, **known[parents[0]].genome} if parents else None
            genome, notes = self._genome(idea, start)
            notes += [f"parent {number}: no such trial" for number in idea.parents if number not in known]
            try:
                before = unseen.first(genome)
            except StyleError as error:
                self.tally = self.tally.plus(*notes, f"refused: {error}", refused=1)
                continue
            if before:
                self.tally = self.tally.plus(*notes, f"repeated: the style of {before}", repeated=1)
                continue
            self.tally = self.tally.plus(*notes, taken=1, repaired=1 if notes else 0)
            made.append(
                Proposal(
                    genome=genome, proposer=self.name, kind=_kind(idea, parents), parents=parents, reason=idea.reason
                )
            )
        return made

    def _genome(self, idea: Idea, start: Genome | None) -> tuple[Genome, list[str]]:
        """Of what the space can put right alone: not of lists in place of numbers, nor of a name for each of a million knobs."""
        names = {knob.name for knob in self._space.knobs}
        values = {name: value for name, value in idea.knobs.items() if name in names}
        odd = [name for name, value in values.items() if not _is_plain(value)]
        genome, notes = self._space.repaired({name: values[name] for name in values if name not in odd}, start)
        notes += [f"{name}: neither a number nor a choice" for name in odd]
        if unknown := [name for name in idea.knobs if name not in names]:
            shown = ", ".join(name[:40].encode("utf-8", "replace").decode() for name in unknown[:5])
            notes.append(f"no such knob: {shown}{f' and {len(unknown) - 5} more' if len(unknown) > 5 else ''}")
        return genome, notes


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and len(value) <= replies.VALUE_CHARS)


def _kind(idea: Idea, parents: Sequence[int]) -> Kind:
    """By what it comes from, where the model calls it something else."""
    if not parents:
        return "sample"
    if idea.kind == "crossover" or (not idea.kind and len(parents) > 1):
        return "crossover"
    return "mutation"
