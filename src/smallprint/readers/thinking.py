"""An answer without the model's thinking aloud.

In: what a model wrote, whole or in pieces. Out: what it says. Open reasoning models put their thoughts into the answer's text: GLM-4.1V
and models made
from it (Glyph among them) write <think>...</think><answer>...</answer>, and GLM-4.5V marks short answers with a box. Knows no API.

Some chat templates write the opening tag themselves, so that a server's text has only the closing one. What came before it is thoughts
then, and is no part of the answer; a stream, which cannot know this before, has shown it by then, and goes on with the answer on a line of
its own. A reader that knows what its template wrote puts the opening tag back, as that of models in this process does, and nothing is
shown.
"""

from __future__ import annotations

import re

_MARKS = ("<answer>", "</answer>", "<|begin_of_box|>", "<|end_of_box|>")
# https://huggingface.co/zai-org/GLM-4.1V-9B-Thinking and GLM-4.5V, read 2026-11
OPEN, CLOSE = "<think>", "</think>"
_MARK = re.compile("|".join(map(re.escape, _MARKS)))


def spoken(text: str) -> str:
    """The answer alone. A text whose thinking was never closed is returned as it is: there is nothing else to show."""
    body = text.lstrip()
    if body.startswith(OPEN) and CLOSE not in body:
        return text
    if CLOSE in body:
        body = body.split(CLOSE, 1)[1]
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
        self._thought = False
        """The thoughts are over: a further closing tag is part of the answer."""

    def feed(self, piece: str) -> str:
        self._held += piece
        if self._thinking is None:
            start = self._held.lstrip()
            if OPEN.startswith(start):
                return ""
            self._thinking = start.startswith(OPEN)
        if self._thinking:
            if CLOSE not in self._held:
                return ""
            self._held = self._held.split(CLOSE, 1)[1]
            self._thinking, self._starting, self._thought = False, True, True
        if self._starting:
            self._held = self._held.lstrip()
            self._starting = not self._held
        shown = ""
        if not self._thought and CLOSE in self._held:
            shown, self._held = self._held.split(CLOSE, 1)
            shown, self._held = _MARK.sub("", shown) + "\n\n", self._held.lstrip()
            self._thought, self._starting = True, not self._held
        text = _MARK.sub("", self._held)
        tags = _MARKS if self._thought else (*_MARKS, CLOSE)
        keep = next((n for n in range(min(len(text), 15), 0, -1) if any(m.startswith(text[-n:]) for m in tags)), 0)
        self._held = text[len(text) - keep :]
        return shown + text[: len(text) - keep]

    def end(self) -> str:
        held, self._held = self._held, ""
        return held
