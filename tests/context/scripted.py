"""A reader that misreads what it is told to, and doubts what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from smallprint.readers.sight.page_reader import PageReader, PageText
from smallprint.render import Page


class Scripted(PageReader):
    """`misread` gives what it reads for a page; `doubted` are strings in which every character is in doubt."""

    def __init__(self, misread: Callable[[Page], str], doubted: tuple[str, ...] = (), family: str = "glm-4.1v") -> None:
        super().__init__(family=family)
        self._misread, self._doubted = misread, doubted

    def read_all(self, pages: Iterable[Any]) -> Iterator[PageText]:
        for page in pages:
            text = self._misread(page)
            confidence = np.full(len(text), 0.9999, np.float32)
            spans: list[tuple[int, int]] = []
            for string in self._doubted:
                at = text.find(string)
                if at >= 0:
                    spans.append((at, at + len(string)))
                    confidence[at : at + len(string)] = 0.4
            yield PageText(
                text=text,
                confidence=confidence,
                boxes=np.zeros((len(text), 4), np.int32),
                doubtful=tuple(sorted(spans)),
                quality=1.0,
            )
