"""The analyst's stand-in: rules of thumb in place of a language model, for searches without one.

In: the prompt that `prompt.py` writes, and nothing else. Out: a reply as a model would write it: JSON with a critique, and proposals whose
reasons cite trials by number. It is no language model and asks none; its trials are called "rules". The same prompt gets the same reply.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any

from smallprint.search.proposers import prompt
from smallprint.search.proposers.case import Case, Row
from smallprint.search.proposers.replies import Idea
from smallprint.search.proposers.trend import Trend

_DENSER = (
    {"size": -1}, {"leading": -1}, {"letter_scale": -2}, {"size": -1, "leading": -1}, {"margin": -2},
    {"size": -1, "letter_scale": -1}, {"leading": -1, "margin": -2}, {"size": -2},
)  # fmt: skip
"""Steps of knobs, small ones first."""
_LOOSER = (
    {"size": 1},
    {"leading": 1},
    {"letter_scale": 2},
    {"size": 1, "leading": 1},
    {"size": 2},
    {"letter_scale": 4},
)
_TRADES = (
    {"size": 1, "leading": -1}, {"size": -1, "leading": 1}, {"size": 1, "letter_scale": -3}, {"size": -1, "letter_scale": 4},
    {"leading": 1, "letter_scale": -3}, {"leading": -1, "letter_scale": 3},
)  # fmt: skip
"""About the same density, spent elsewhere."""
_CRISP = {"whole_px": True, "gray_bits": 8}
_SMALL_PX, _CRISP_PX = 8.0, 7.0
"""Letters below the first lose most by being drawn at fractions of pixels; the second is the size of fine-7, a preset at whole ones."""
_LETTERS = ("face", "size", "letter_scale", "whole_px", "gray_bits", "theme")
_VARIED = 30
"""Draws around each trial, of which most are new."""


def answer(asked: str) -> str:
    """Raises `DataError` for what is no prompt of this package."""
    case = Case.of(prompt.read(asked))
    # What tells most comes twice in a round.
    rules = (likely, shrunk, untried, likely, traded, crisp, learned, between, untried, crossed, eased)
    # Another rule comes first each time, so that all have their say where few proposals are tried.
    first = case.n_trials // max(1, case.n) % len(rules)
    made = {rule: rule(case) for rule in rules}
    ideas = [made[rule] for rule in (*rules[first:], *rules[:first])]
    chosen: list[Idea] = []
    while ideas and len(chosen) < case.n + case.spare:
        for rule in list(ideas):
            idea = next((each for each in rule if case.is_new(each)), None)
            if idea is None:
                ideas.remove(rule)
            else:
                chosen.append(idea)
    # In a long search most of what the rules say was tried, in trials that are not shown.
    more = islice((idea for idea in varied(case) if case.is_new(idea)), 2 * case.n + case.spare)
    told = [
        {"kind": each.kind, "parents": each.parents, "knobs": each.knobs, "reason": each.reason}
        for each in (*chosen[: case.n + case.spare], *more)
    ]
    return json.dumps({"critique": critique(case), "proposals": told}, ensure_ascii=False)


def critique(case: Case) -> str:
    """What the trials show, in plain words."""
    if not case.done:
        return "There is no measured trial yet: the defaults are varied."
    said: list[str] = []
    if case.good:
        said.append(f"The densest trial within the limit of errors is {_of(case.good)}.")
    else:
        said.append(f"No trial is within the limit of errors; the nearest is {_of(case.bad[0])}.")
    if case.good and case.bad:
        said.append(f"{_of(case.bad[0])} is over it by the least.")
    said += [effect.told for effect in case.effects[:1]]
    said += [f"The front's widest gap lies between #{one.number} and #{other.number}." for one, other in case.gaps[:1]]
    return " ".join(said)


def likely(case: Case) -> Iterator[Idea]:
    """What should move the front most, by what all trials have in common."""
    trend = Trend(case)
    for guess in trend.best():
        changes = " and ".join(f"{name} {value}" for name, value in guess.changes.items())
        reason = f"by the trend of {trend.n_trials} trials, {_of(guess.row)} with {changes} comes out at {guess.told}"
        yield _mutation(guess.row, guess.changes, reason)


def shrunk(case: Case) -> Iterator[Idea]:
    """The densest good trial, and then the rest of the front, a step denser."""
    for row in case.targets:
        for steps in case.by_worth(_DENSER):
            yield from _stepped(case, row, steps, "has room to be denser")


def eased(case: Case) -> Iterator[Idea]:
    """Trials that err too much, beginning with those nearest to the limit, a step looser."""
    for row in case.bad[:4]:
        for steps in case.by_worth(_LOOSER):
            yield from _stepped(case, row, steps, "errs too much")


def traded(case: Case) -> Iterator[Idea]:
    """At the same density, room moved from one place to another."""
    for row in case.targets:
        for steps in case.by_worth(_TRADES):
            yield from _stepped(case, row, steps, "may spend its room better")


def crisp(case: Case) -> Iterator[Idea]:
    """Small letters at whole pixels and in all grays."""
    for row in case.targets:
        changes = {
            name: value
            for name, value in _CRISP.items()
            if value in case.knobs.choices(name) and row.knobs[name] != value
        }
        size = float(row.knobs.get("size", 0.0))
        if changes and size <= _SMALL_PX:
            smaller = case.knobs.stepped(row.knobs, {"size": -1})
            yield _mutation(row, changes, f"small letters of {_of(row)} are sharper at whole pixels in all grays")
            yield _mutation(row, {**changes, **smaller}, f"sharper than {_of(row)}, the letters may be smaller too")
        elif changes:
            yield _mutation(row, {**changes, "size": _CRISP_PX}, f"{_of(row)} with small letters, but sharp ones")


def learned(case: Case) -> Iterator[Idea]:
    """A change that helped one trial, in others that lack it."""
    for effect in case.effects:
        for row in case.targets:
            changes = case.knobs.moved(row.knobs, effect.changes)
            if changes and row.number not in (effect.one.number, effect.other.number):
                yield _mutation(row, changes, f"{effect.told} The same for #{row.number}.", effect.other)


def between(case: Case) -> Iterator[Idea]:
    """The middle of the densest good trial and of those just over the limit, then of the front's widest gaps."""
    pairs = [(case.good, bad, "the limit of errors lies") for bad in case.bad[:2] if case.good]
    for one, other, why in (*pairs, *((*gap, "the front has a gap") for gap in case.gaps[:4])):
        for share in (0.5, 0.25, 0.75):
            reason = f"{why} between {_of(one)} and {_of(other)}; this is {share:.0%} of the way"
            yield _cross(one, other, case.knobs.middle(one.knobs, other.knobs, share), reason)


def crossed(case: Case) -> Iterator[Idea]:
    """The letters of one trial of the front on the page of another."""
    front = case.targets
    for one, other in (*pairwise(front), *zip(front, front[2:], strict=False)):
        for letters, page in ((one, other), (other, one)):
            knobs = {**page.knobs, **{name: letters.knobs[name] for name in _LETTERS if name in case.knobs}}
            reason = f"the letters of {_of(letters)} on the page of {_of(page)}"
            yield _cross(letters, page, case.knobs.active(knobs), reason)


def untried(case: Case) -> Iterator[Idea]:
    """A choice that no trial has had, or the one had least, in the best trials."""
    for row in case.targets[:3]:
        for name, value, had in case.rare():
            if row.knobs[name] != value:
                often = f"{had or 'no'} trial{'' if had == 1 else 's'} shown had {name} {value}"
                yield _mutation(row, {name: value}, f"{often}; {_of(row)} is a good place for it")


def varied(case: Case) -> Iterator[Idea]:
    """When nothing else is left to say: trials of the front with a few knobs drawn anew; the defaults, where there is none."""
    for at in range(_VARIED):
        for row in case.targets:
            changes = case.knobs.varied(row.knobs, 1 + at % 3, case.random)
            yield _mutation(row, changes, f"{_of(row)} with {' and '.join(changes)} drawn anew")
    for _ in range(_VARIED):
        changes = case.knobs.varied(case.knobs.defaults, 3, case.random)
        yield Idea(kind="new", knobs=changes, reason="the defaults with three knobs drawn anew")


def _stepped(case: Case, row: Row, steps: Mapping[str, int], why: str) -> Iterator[Idea]:
    if changes := case.knobs.stepped(row.knobs, steps):
        moved = ", ".join(f"{name} {row.knobs[name]:g} to {value:g}" for name, value in changes.items())
        yield _mutation(row, changes, f"{_of(row)} {why}: {moved}")


def _mutation(row: Row, changes: Mapping[str, Any], reason: str, *more: Row) -> Idea:
    parents = dict.fromkeys((row.number, *(each.number for each in more)))
    return Idea(kind="mutation", parents=tuple(parents), knobs=changes, reason=reason)


def _cross(one: Row, other: Row, knobs: Mapping[str, Any], reason: str) -> Idea:
    return Idea(kind="crossover", parents=(one.number, other.number), knobs=knobs, reason=reason)


def _of(row: Row) -> str:
    return f"#{row.number} ({row.compression:.2f}x, {row.cer:.2%} wrong)"
