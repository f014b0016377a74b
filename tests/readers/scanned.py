"""Pages without a source and without a style, as those of a scanned PDF are."""

from __future__ import annotations

from collections.abc import Iterator

from smallprint.render import Page, Pages


class Scanned:
    """The pages, and nothing that tells what is on them."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __iter__(self) -> Iterator[Page]:
        return iter(self._pages)

    def __getitem__(self, index: int) -> Page:
        return self._pages[index]

    def __len__(self) -> int:
        return len(self._pages)

    def sizes(self) -> list[tuple[int, int]]:
        return self._pages.sizes()

    def spans(self) -> list[tuple[int, int]]:
        return self._pages.spans()
