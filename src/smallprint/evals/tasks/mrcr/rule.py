"""How MRCR is answered without understanding: find the nth such request, copy what follows it.

In: the context as it was read, and the question. Out: the random string and the reply, as read. Knows no item. A turn is found by "User:
write", wherever line breaks went and although a letter of each word was misread; a request likewise.
"""

from __future__ import annotations

import re
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

_ASKED = re.compile(
    r"Prepend\s+(\S+)\s+to\s+the\s+(\d+)(?:st|nd|rd|th)\s+\(1 indexed\)\s+(.+?)\.\s+Do not include", re.DOTALL
)
_USER = re.compile(r"U\s?s\s?e\s?r\s?:\s*w\s?r\s?i\s?t\s?e\b")
_MAYBE_USER = re.compile(r"(?<![^\W_])([A-Za-z0-9]{3,5})[:;.,]?\s*([A-Za-z0-9]{4,6})\s(?=an?\s)")
_ASSISTANT = re.compile(r"A\s?s\s?s\s?i\s?s\s?t\s?a\s?n\s?t\s?:\s?")
_MAYBE_ASSISTANT = re.compile(r"([A-Za-z0-9]{7,11})[:;.,]?\s")
_LETTERS_AN_ERROR = 8
"""One error in so many letters still is the same word, or the same request."""


def nth_reply(context: str, question: str) -> str:
    """Empty where the context has not so many of these requests."""
    asked = _ASKED.search(question)
    if not asked:
        return ""
    prefix, number, thing = asked[1], int(asked[2]), asked[3]
    starts = [*_turns(context), len(context) + 1]
    replies: list[str] = []
    for start, end in pairwise(starts):
        # One character between turns: the line break, or what was read for it.
        request, reply = _halves(context[start : end - 1])
        if _is_same(request, thing, reply):
            replies.append(reply)
    return f"{prefix}{replies[number - 1]}" if 0 < number <= len(replies) else ""


def _turns(context: str) -> list[int]:
    """Where each begins."""
    found = {match.start() for match in _USER.finditer(context)}
    for match in _MAYBE_USER.finditer(context):
        if _is_near(match[1], "User") and _is_near(match[2], "write"):
            found.add(match.start())
    return sorted(found)


def _halves(turn: str) -> tuple[str, str]:
    """What was asked, without "User:", and what was replied."""
    label = _ASSISTANT.search(turn) or next(
        (match for match in _MAYBE_ASSISTANT.finditer(turn) if _is_near(match[1], "Assistant")), None
    )
    request, reply = (turn[: label.start()], turn[label.end() :]) if label else (turn, "")
    place = request.find(":")
    return request[place + 1 :] if 0 <= place < 8 else request[len("User") :], reply


def _is_same(request: str, thing: str, reply: str) -> bool:
    """Whether it asks for the thing, as it was read."""
    wanted = f"write a {thing}"
    most = len(_plain(wanted)) // _LETTERS_AN_ERROR
    distance = min(
        Levenshtein.distance(_plain(request), _plain(form), score_cutoff=most) for form in (wanted, f"write an {thing}")
    )
    if 0 < distance <= most:
        # "bats" for "cats" is another request and its reply is about bats; nobody writes about "cals".
        known = wanted.lower().split()
        others = [word for word in request.lower().split() if word not in known]
        return not any(re.search(rf"\b{re.escape(word)}\b", reply.lower()) for word in others)
    return distance == 0


def _plain(text: str) -> str:
    return "".join(text.lower().split())


def _is_near(word: str, wanted: str) -> bool:
    most = 1 + len(wanted) // _LETTERS_AN_ERROR
    return Levenshtein.distance(word, wanted, score_cutoff=most) <= most
