"""A stream of many documents, drawn by several processes.

In: names with text or files, and a style. Out: a `Document` for each, in the same order. What is wrong with one is said in its place and
stops nothing. Input is read as results are taken; small documents travel in groups, so that the way to the processes costs little.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from smallprint.errors import SmallprintError, StoreError, StyleError, TextError
from smallprint.render.pages import render
from smallprint.render.parallel import in_order

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from smallprint.render import png
    from smallprint.render.style import Style

_GROUP_BYTES = 1 << 18
_GROUP_MAX = 64
"""A task is documents of this size together (some 25 pages, which take 10 ms), and no more than this many."""
_WAITING = 3
"""Groups for each process that are under way or waiting to be taken."""

Input = tuple[str, "str | Path"]
"""A name, and a text or a file of text."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """The pages of one document, or why there are none."""

    name: str
    pages: tuple[bytes, ...] = ()
    """PNG files."""
    spans: tuple[tuple[int, int], ...] = ()
    """Each page's part of the source, in code points."""
    sizes: tuple[tuple[int, int], ...] = ()
    """Width and height of each page in pixels."""
    n_missing: int = 0
    """Characters that no face has, drawn as visible codes."""
    error: str | None = None
    """What is wrong with the document; then it has no pages."""


def render_documents(
    documents: Iterable[Input], style: Style, *, processes: int | None = None, mode: png.Mode = "default"
) -> Generator[Document, None, None]:
    """Draw documents by `processes` at once (one a processor, if None; with 1, in this one), and give them in order.

    Some groups of documents are in memory at a time, whole; render a single long text with `Pages.pngs` instead. Processes are started
    afresh, so a script needs ``if __name__ == "__main__":`` around its work. Close the iterator, or drop it, to end them early.

    Raises `FontError` for a face that cannot be read, `SmallprintError` where a process died, and what `documents` raises.
    """
    # What is wrong with the style is wrong with every document.
    render("", style)
    processes = processes or os.cpu_count() or 1
    groups = _groups(documents)
    if processes == 1:
        for group in groups:
            yield from _draw_all(group, style, mode)
        return
    pool = ThreadPoolExecutor(processes)
    painters = [_Painter(style, mode) for _ in range(processes)]
    free: SimpleQueue[_Painter] = SimpleQueue()
    for painter in painters:
        free.put(painter)

    def draw(some: list[list[Input]]) -> list[list[Document]]:
        painter = free.get()
        try:
            return [painter.draw(group) for group in some]
        finally:
            free.put(painter)

    try:
        for group in in_order(groups, draw, pool, at_once=_WAITING * processes, group=1):
            yield from group
    finally:
        for painter in painters:
            painter.stop()
        pool.shutdown(cancel_futures=True)
        for painter in painters:
            painter.close()


class _Painter:
    """A process that draws, and the way to it. A pool of the standard library waits forever for one that is killed while it answers."""

    def __init__(self, style: Style, mode: png.Mode) -> None:
        # Not fork: this process may have threads.
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, style, mode), daemon=True)
        self._process.start()
        # With the last copy gone, the end of the process is the end of what can be read.
        theirs.close()

    def draw(self, group: list[Input]) -> list[Document]:
        try:
            self._connection.send(group)
            return self._connection.recv()
        except (EOFError, OSError):
            raise SmallprintError(
                f"a process that draws documents has died (killed, or out of memory); it had {group[0][0]}"
                + (f" to {group[-1][0]}" if len(group) > 1 else "")
            ) from None

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.terminate()

    def close(self) -> None:
        self._process.join()
        self._process.close()
        self._connection.close()


def _serve(connection: Connection, style: Style, mode: png.Mode) -> None:
    """Draw what comes, until the other side is gone."""
    # Ctrl-C goes to all processes of a terminal; the parent ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            connection.send(_draw_all(connection.recv(), style, mode))
    except (EOFError, OSError):
        return


def _groups(documents: Iterable[Input]) -> Iterator[list[Input]]:
    group: list[Input] = []
    n_bytes = 0
    for document in documents:
        group.append(document)
        n_bytes += _size(document[1])
        if n_bytes >= _GROUP_BYTES or len(group) == _GROUP_MAX:
            yield group
            group, n_bytes = [], 0
    if group:
        yield group


def _size(content: str | Path) -> int:
    if isinstance(content, str):
        return len(content)
    try:
        return content.stat().st_size
    except OSError:
        # Said where the document is drawn.
        return 0


def _draw_all(group: list[Input], style: Style, mode: png.Mode) -> list[Document]:
    return [_draw(name, content, style, mode) for name, content in group]


def _draw(name: str, content: str | Path, style: Style, mode: png.Mode) -> Document:
    try:
        pages = render(content, style)
        drawn = [(page.png(mode), page.span, (page.width_px, page.height_px)) for page in pages]
        return Document(
            name=name,
            pages=tuple(png for png, _, _ in drawn),
            spans=tuple(span for _, span, _ in drawn),
            sizes=tuple(size for _, _, size in drawn),
            n_missing=sum(item.count for item in pages.report.missing),
        )
    except (StyleError, TextError, StoreError) as error:
        return Document(name=name, error=str(error))
    except MemoryError:
        return Document(name=name, error="its pages do not fit into memory")
