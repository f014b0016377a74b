"""Shards drawn by several processes of this machine.

In: shards, and what is made of them. Out: a record of each, as they are done. A process that dies is said so, and stops the run, which can
be gone on with; with this process the others end too, whatever they do. Knows nothing of the corpus's folder.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator, Iterable
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import SmallprintError
from smallprint.render.corpus.documents import PACKED
from smallprint.render.corpus.shards import Record, Tick, draw_shard

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from smallprint.render.corpus.plan import Shard
    from smallprint.render.corpus.spec import Spec

_TICK_CHARS = 1 << 18
"""Characters between two messages of how far a process is: some 20 ms."""


def draw_shards(
    shards: Iterable[Shard], spec: Spec, folder: Path, *, workers: int, threads: int = 1, tick: Tick | None = None
) -> Generator[Record]:
    """Draw shards by `workers` processes at once; with 1, in this one. `threads` are for each document that is long. Close the iterator, or
    drop it, to end them early.

    Processes are started afresh, so a script needs ``if __name__ == "__main__":`` around its work. Raises what `draw_shard` raises, and
    `SmallprintError` where a process died.
    """
    if workers == 1:
        try:
            for shard in shards:
                yield draw_shard(shard, spec, folder, threads=threads, tick=tick)
        finally:
            PACKED.close()
        return
    rest = iter(shards)
    busy: dict[Connection, _Worker] = {}
    started: list[_Worker] = []
    try:
        # One is started for each shard until there are enough: a small corpus needs no more.
        for shard in _some(rest, workers):
            started.append(_Worker(spec, folder, threads))
            started[-1].draw(shard)
            busy[started[-1].connection] = started[-1]
        while busy:
            for ready in wait(list(busy)):
                worker = busy[cast("Connection", ready)]
                message = worker.message()
                if isinstance(message, tuple):
                    if tick:
                        tick(*cast("tuple[int, int, int]", message))
                    continue
                shard = next(rest, None)
                if shard is None:
                    del busy[worker.connection]
                else:
                    worker.draw(shard)
                yield cast("Record", message)
    finally:
        for worker in started:
            worker.stop()
        for worker in started:
            worker.close()


def _some(shards: Iterable[Shard], n: int) -> Iterable[Shard]:
    return (shard for _, shard in zip(range(n), shards, strict=False))


class _Worker:
    """A process that draws, and the way to it."""

    def __init__(self, spec: Spec, folder: Path, threads: int) -> None:
        # Not fork: this process may have threads.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, spec, folder, threads), daemon=True)
        self._process.start()
        # With the last copy gone, the end of the process is the end of what can be read.
        theirs.close()
        self._shard = -1

    def draw(self, shard: Shard) -> None:
        self._shard = shard.index
        with suppress(OSError):  # that it has died is said where its answer is waited for
            self.connection.send(shard)

    def message(self) -> object:
        """A record, or how far it is. Raises what went wrong."""
        try:
            message: Any = self.connection.recv()
        except (EOFError, OSError):
            raise SmallprintError(
                f"a process that draws pages has died (killed, or out of memory); it had shard {self._shard}; "
                "run the same command again to go on, with fewer --workers or a smaller --shard-mb where memory was short"
            ) from None
        if isinstance(message, BaseException):
            raise message
        return message

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()

    def close(self) -> None:
        self._process.join()
        self._process.close()
        self.connection.close()


def _serve(connection: Connection, spec: Spec, folder: Path, threads: int) -> None:
    """Draw what comes, until the other side is gone."""
    # Ctrl-C goes to all processes of a terminal; the parent ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    told = [0, 0, 0]

    def tick(documents: int, pages: int, chars: int) -> None:
        for at, n in enumerate((documents, pages, chars)):
            told[at] += n
        if told[2] >= _TICK_CHARS:
            connection.send(tuple(told))
            told[:] = 0, 0, 0

    try:
        while True:
            shard = connection.recv()
            try:
                answer: Record | Exception = draw_shard(shard, spec, folder, threads=threads, tick=tick)
            except Exception as error:  # the parent raises it
                answer = error
            connection.send(tuple(told))
            told[:] = 0, 0, 0
            connection.send(answer)
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    """A run that was killed may be gone on with at once: nobody must be writing to its folder any more."""
    parent = parent_process()
    if parent:
        wait([parent.sentinel])
        os._exit(1)
