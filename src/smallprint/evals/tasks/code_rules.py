"""Answers to questions about code, from its text as it was read.

In: a context and a question of `code`. Out: the answer as the code that was read has it; empty where the name is nowhere. Parses nothing: a
line with a mistake in it says what it says, and the others are not lost with it.

A definition is the one with the name that is asked for, else the one whose name is most like it. A call stands in the last `def` above it
that no line since was indented as little as.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from smallprint.evals.tasks.nearest import nearest_name

CALLS = "Which functions call `{name}`?"
DEFINED = "In which file is the {kind} `{name}` defined?"
SIGNATURE = "Which parameters does the function `{name}` take?"
_ASKED = re.compile(
    r"Which functions (?P<calls>call) `(\w+)`|In which file is the \w+ `(\w+)` (?P<defined>defined)|"
    r"Which (?P<signature>parameters) does the function `(\w+)` take"
)
_HEAD = re.compile(r"={3,}[ \t]*F[Il1]LE[:;.]?[ \t]*(\S+)[ \t]*={3,}")
_DEFINITION = re.compile(r"\b(?:def|class)[ \t]+(\w+)")
_FUNCTION = re.compile(r"\bdef[ \t]+(\w+)")
_NAME = re.compile(r"\bdef[ \t]+(\w+)|(\w+)[ \t]?\(")
_STARTS = re.compile(r"(?:async[ \t]+)?def\b|class\b|@|={3,}")
_TRIPLE = re.compile(r"\"{3}|'{3}")
_COMMENT = re.compile(r"#[^\n]*")
_PARAMETER = re.compile(r"\s*\*{0,2}\s*(\w+)")
_LONGEST_SIGNATURE = 4_000
_LEAST_CALLED = 85.0
"""Likeness, 0 to 100, of a call's name as it was read: nearer than for a definition, of which there is one for certain."""


def rule(context: str, question: str) -> str:
    """The file, the parameters, or the callers, the last two with commas between."""
    asked = _ASKED.search(question)
    if asked is None:
        return ""
    name = next(each for each in asked.groups() if each and each not in ("call", "defined", "parameters"))
    if asked["calls"]:
        return ", ".join(callers(context, name))
    if asked["defined"]:
        return defining_file(context, name)
    return ", ".join(parameters(context, name))


def defining_file(context: str, name: str) -> str:
    at = _definition(context, name, _DEFINITION)
    if at is None:
        return ""
    heads = list(_HEAD.finditer(context))
    above = bisect_right([head.start() for head in heads], at)
    return heads[above - 1][1] if above else ""


def parameters(context: str, name: str) -> list[str]:
    """Without annotations, defaults, stars, `self` and `cls`."""
    at = _definition(context, name, _FUNCTION)
    if at is None:
        return []
    opening = context.find("(", at, at + 200)
    if opening < 0:
        return []
    found = (_PARAMETER.match(part) for part in _between_commas(context, opening + 1))
    return [each[1] for each in found if each and each[1] not in ("self", "cls")]


def callers(context: str, name: str) -> list[str]:
    """In the order of their first calls."""
    calls = list(_calls(context))
    wanted = _called(calls, name)
    return list(dict.fromkeys(caller for called, caller in calls if called == wanted and caller))


def _calls(context: str) -> Iterator[tuple[str, str]]:
    """(called, innermost function or "") for each call: a function is over where a line is indented as little as its `def`."""
    open_functions: list[tuple[int, str]] = []
    in_string = False
    for line in context.split("\n"):
        body = line.lstrip()
        indent = len(line) - len(body)
        starts = _STARTS.match(body)
        # A quotation mark that was misread must not turn the rest of the file inside out.
        if starts:
            in_string = False
        if body and not in_string and body[0] not in ")]}":
            while open_functions and open_functions[-1][0] >= indent:
                open_functions.pop()
        for found in _NAME.finditer(line):
            if found[1]:
                open_functions.append((indent, found[1]))
            else:
                yield found[2], open_functions[-1][1] if open_functions else ""
        in_string ^= len(_TRIPLE.findall(line)) % 2 == 1


def _called(calls: list[tuple[str, str]], name: str) -> str:
    """`name`, or what is most like it where all of its calls were misread."""
    seen = Counter(called for called, _ in calls)
    if name in seen:
        return name
    # A name that is called once and no more is rather one that was misread; nothing else tells the two apart.
    return nearest_name(name, (called for called, times in seen.items() if times == 1), least=_LEAST_CALLED) or name


def _definition(context: str, name: str, pattern: re.Pattern[str]) -> int | None:
    """Where the definition's name begins."""
    places: dict[str, int] = {}
    for found in pattern.finditer(context):
        places.setdefault(found[1], found.start(1))
    nearest = nearest_name(name, places)
    return None if nearest is None else places[nearest]


def _between_commas(context: str, start: int) -> list[str]:
    """What stands between the commas of a signature, up to its closing bracket."""
    text = _COMMENT.sub("", context[start : start + _LONGEST_SIGNATURE])
    depth, at = 0, 0
    parts: list[str] = []
    quote = ""
    for place, char in enumerate(text):
        if quote:
            if char in (quote, "\n"):
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}" or (char == "," and depth == 0):
            if char != "," and depth > 0:
                depth -= 1
                continue
            parts.append(text[at:place])
            at = place + 1
            if char != ",":
                break
    return parts
