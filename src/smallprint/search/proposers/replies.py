"""What a model's reply proposes.

In: any text. Out: `Advice`. Lenient about what stands around the JSON (thoughts, fences, prose, an end that was cut off), strict about what
is in it. Knows no space and no history.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from smallprint.errors import DataError
from smallprint.evals.said import said

MOST_CHARS = 60_000
"""Of a longer reply the end is read: six proposals take some 3,000 characters, and the answer comes last."""
MOST_STARTS = 1000
"""Braces that are tried as the beginning of an object: more of them are no reply, and each may take the whole text to read."""
MOST_IDEAS = 64
REASON_CHARS, CRITIQUE_CHARS, VALUE_CHARS = 400, 2000, 100
KINDS = ("mutation", "crossover", "new")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True)
class Idea:
    """A proposal as a model made it; nothing in it is checked against a space."""

    knobs: Mapping[str, Any]
    kind: str = ""
    """One of `KINDS`; empty where the reply has none of them."""
    parents: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A reply, read."""

    critique: str = ""
    ideas: tuple[Idea, ...] = ()
    odd: tuple[str, ...] = field(default=())
    """What stood among the proposals and is none: the reason for each."""


def read(text: str) -> Advice:
    """Raises `DataError` that says what is wrong with the reply."""
    body = said(text)[-MOST_CHARS:]
    if not body.strip():
        raise DataError("the reply is empty, or thought without an answer")
    objects = list(_objects(body))
    if not objects:
        raise DataError("there is no complete JSON object in it")
    # The last one: a model that thinks aloud may quote the form of the answer before it gives it.
    whole = [each for each in objects if isinstance(each.get("proposals"), list)]
    if whole:
        found = next((each for each in reversed(whole) if each["proposals"]), whole[-1])
        entries, critique = cast("list[Any]", found["proposals"]), found.get("critique")
    else:
        # A bare list of proposals, or one whose end was cut off.
        entries, critique = [each for each in objects if "knobs" in each], None
        if not entries:
            raise DataError('the JSON object has no list "proposals"')
    ideas: list[Idea] = []
    odd: list[str] = []
    for at, entry in enumerate(entries[:MOST_IDEAS], 1):
        try:
            ideas.append(_idea(entry))
        except DataError as error:
            odd.append(f"proposal {at}: {error}")
    if odd and not ideas:
        raise DataError(odd[0])
    return Advice(critique=_told(critique, CRITIQUE_CHARS), ideas=tuple(ideas), odd=tuple(odd))


def _idea(entry: Any) -> Idea:
    if not isinstance(entry, dict):
        raise DataError("it is no JSON object")
    row = cast("dict[str, Any]", entry)
    knobs = row.get("knobs")
    if not isinstance(knobs, dict):
        raise DataError('it has no object "knobs"')
    kind = str(row.get("kind")).strip().casefold() if isinstance(row.get("kind"), str) else ""
    return Idea(
        knobs=cast("dict[str, Any]", knobs),
        kind=kind if kind in KINDS else "",
        parents=tuple(dict.fromkeys(_numbers(row.get("parents")))),
        reason=_told(row.get("reason"), REASON_CHARS),
    )


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects of a text, in order."""
    decoder = json.JSONDecoder(strict=False)
    at, starts = text.find("{"), 0
    while at >= 0 and starts < MOST_STARTS:
        starts += 1
        try:
            found, end = decoder.raw_decode(text, at)
        # Nested beyond all measure; numbers of thousands of digits.
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield found
        at = text.find("{", end)


def _numbers(value: Any) -> Iterator[int]:
    """Whole numbers, `#12` among them."""
    for each in cast("list[Any]", value)[:MOST_IDEAS] if isinstance(value, list) else [value]:
        if isinstance(each, int) and not isinstance(each, bool):
            yield each
        elif isinstance(each, float) and each.is_integer():
            yield int(each)
        elif isinstance(each, str) and (found := re.fullmatch(r"\s*(?:trial)?\s*#?(\d{1,9})\s*", each)):
            yield int(found[1])


def _told(value: Any, most: int) -> str:
    """One line without what a file cannot take."""
    if not isinstance(value, str):
        return ""
    line = _WHITE.sub(" ", value[: 4 * most]).strip().encode("utf-8", "replace").decode()
    return line if len(line) <= most else f"{line[: most - 1]}…"
