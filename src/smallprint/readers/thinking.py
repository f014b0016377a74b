"""An answer without the model's thinking aloud.

In: what a model wrote, whole or in pieces. Out: what it says. Open reasoning models put their thoughts into the answer's text: GLM-4.1V
and models made
from it (Glyph among them) write <think>...</think><answer>...</answer>, and GLM-4.5V marks short answers with a box. Knows no API.
"""

from __future__ import annotations

import re

_MARKS = ("<answer>", "</answer>", "<|begin_of_box|>", "<|end_of_box|>")
# https://huggingface.co/zai-org/GLM-4.1V-9B-Thinking and GLM-4.5V, read 2026-11
_OPEN, _CLOSE = "<think>", "</think>"
_MARK = re.compile("|".join(map(re.escape, _MARKS)))


def spoken(text: str) -> str:
    """The answer alone. A text whose thinking was never closed is returned as it is: there is nothing else to show."""
    body = text.lstrip()
    if body.startswith(_OPEN) and _CLOSE not in body:
        return text
    if _CLOSE in body:
        body = body.split(_CLOSE, 1)[1]
    elif not _MARK.search(text):
        return text
    return _MARK.sub("", body).strip()


class Speaking:
    """The same, while the text comes: `feed` returns what can be shown now, `end` the rest."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking: bool | None = None
        self._starting = False
        """Nothing was said since the thoughts ended: white space is dropped."""

    def feed(self, piece: str) -> str:
        self._held += piece
        if self._thinking is None:
            start = self._held.lstrip()
            if _OPEN.startswith(start):
                return ""
            self._thinking = start.startswith(_OPEN)
        if self._thinking:
            if _CLOSE not in self._held:
                return ""
            self._held = self._held.split(_CLOSE, 1)[1]
            self._thinking, self._starting = False, True
        if self._starting:
            self._held = self._held.lstrip()
            self._starting = not self._held
        text = _MARK.sub("", self._held)
        keep = next((n for n in range(min(len(text), 15), 0, -1) if any(m.startswith(text[-n:]) for m in _MARKS)), 0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def end(self) -> str:
        held, self._held = self._held, ""
        return held
