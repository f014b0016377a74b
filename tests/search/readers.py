"""Readers for tests of the search: they see the text that is drawn, and misread it by rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from smallprint.errors import Unavailable
from smallprint.render import Style
from smallprint.search.transcribers import Reading


class Blurred:
    """The smaller the letters, the more of them come out as "#": none from 8 px on, all at 4. Counts what it read."""

    name, family, is_priced = "blurred", "glm-4.1v", True
    about: Mapping[str, str] = {}

    def __init__(self, on_read: Callable[[Style], object] | None = None) -> None:
        self.read_texts: list[tuple[str, str]] = []
        self._on_read = on_read

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        if self._on_read:
            self._on_read(style)
        wrong = min(1.0, max(0.0, (8 - style.font_size) / 4)) ** 3
        readings: list[Reading] = []
        for text in texts:
            self.read_texts.append((style.digest, text))
            random = Random(f"{style.digest} {text}")
            read = "".join("#" if random.random() < wrong and char != " " else char for char in text)
            readings.append(Reading(text=read, n_pages=1, seconds=0.001, tokens_in=10, tokens_out=5, usd=0.001))
        return readings


class Broken:
    """Never answers."""

    name, family, is_priced = "broken", "glm-4.1v", True
    about: Mapping[str, str] = {}

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        raise Unavailable("nobody is there")
