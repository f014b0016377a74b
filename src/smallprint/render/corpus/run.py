"""From inputs to a folder of shards: the whole run.

In: names of files and folders, a folder, and a `Spec`. Out: the folder, complete. A run that was stopped, however, goes on where it was
when it is started again, and ends with the same bytes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from smallprint.errors import DataError, TextError
from smallprint.render.corpus.folder import MANIFEST, CorpusFolder
from smallprint.render.corpus.plan import Plan, Shard
from smallprint.render.corpus.scan import make_plan
from smallprint.render.corpus.shards import Record, Tick
from smallprint.render.corpus.workers import draw_shards
from smallprint.render.source import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smallprint.render.corpus.spec import Spec


@dataclass(kw_only=True, slots=True)
class Done:
    """How far a run is."""

    documents: int = 0
    pages: int = 0
    chars: int = 0
    """Drawn by this run, earlier ones not counted."""
    share: float = 0.0
    """Of the input that is in shards already, earlier runs counted."""
    seconds_left: float | None = None
    """None until a shard is done."""


Progress = Callable[[Done], None]


class Draw(Protocol):
    """What draws shards: processes here, or machines."""

    def __call__(
        self, shards: Iterable[Shard], spec: Spec, folder: Path, *, tick: Tick | None
    ) -> Generator[Record]: ...


@dataclass(frozen=True, kw_only=True)
class CorpusWritten:
    """What `write_corpus` did."""

    manifest: Path
    summary: dict[str, Any]
    """The manifest, but for its shards."""
    n_shards: int
    n_kept: int
    """Shards that were there already."""


def write_corpus(
    inputs: Sequence[str | Path],
    out: str | Path,
    spec: Spec,
    *,
    workers: int | None = None,
    draw: Draw | None = None,
    progress: Progress | None = None,
) -> CorpusWritten:
    """Draw a corpus into shards, by `workers` processes (one a processor, if None), or by `draw`, such as `on_ray.ray_draw`.

    Processes are started afresh, so a script needs ``if __name__ == "__main__":`` around its work. Documents that cannot be drawn are
    counted in the summary and listed in ``failures.jsonl``. Raises `TextError` where there are no documents; `StoreError` for a folder that
    another process is at work on, that holds something else, or that was begun with another style, input or option, and for what cannot be
    read or written; `DataError` for a file of records that is none; `FontError`; `SmallprintError` where a process died.
    """
    named = [Path(name) for name in inputs]
    folder = Path(out).resolve()
    for name in named:
        if name.is_dir() and folder.is_relative_to(name.resolve()):
            raise DataError(
                f"--out {out}: lies in {printable(str(name))}, of which all files are read; give a folder elsewhere"
            )
    made_with = spec.to_json()
    workers = workers or os.cpu_count() or 1
    with CorpusFolder(folder) as corpus:
        plan = make_plan(named, spec, corpus.state / "plan.jsonl")
        if not plan.n_shards:
            raise TextError(f"{', '.join(printable(name.name) for name in named)}: no documents, nothing to do")
        # As it will be read back.
        identity = json.loads(json.dumps({**made_with, "inputs": plan.inputs}))
        if not corpus.begin(identity, plan.n_shards):
            summary = corpus.manifest()
            assert summary is not None
            n_kept = plan.n_shards
        else:
            n_kept = _draw(plan, spec, corpus, draw or _Here(min(workers, plan.n_shards), workers), progress)
            summary = corpus.finish(identity)
    return CorpusWritten(manifest=folder / MANIFEST, summary=summary, n_shards=plan.n_shards, n_kept=n_kept)


def _draw(plan: Plan, spec: Spec, corpus: CorpusFolder, draw: Draw, progress: Progress | None) -> int:
    """Draw what an earlier run has not; the number of shards that it had."""
    done = Done()
    kept = [0, 0]
    weight, began = 0, time.monotonic()

    def missing() -> Generator[Shard]:
        for shard in plan.shards():
            if corpus.is_done(shard.index):
                kept[0] += 1
                kept[1] += shard.weight
            else:
                yield shard

    def tick(documents: int, pages: int, chars: int) -> None:
        done.documents += documents
        done.pages += pages
        done.chars += chars
        done.share = (weight + kept[1]) / max(1, plan.weight)
        if weight:
            done.seconds_left = (plan.weight - weight - kept[1]) / weight * (time.monotonic() - began)
        if progress:
            progress(done)

    with closing(draw(missing(), spec, corpus.folder, tick=tick)) as records:
        for record in records:
            corpus.add(record)
            weight += record["weight"]
            tick(0, 0, 0)
    return kept[0]


class _Here:
    """Processes of this machine."""

    def __init__(self, workers: int, threads: int) -> None:
        self._workers = workers
        self._threads = threads

    def __call__(self, shards: Iterable[Shard], spec: Spec, folder: Path, *, tick: Tick | None) -> Generator[Record]:
        return draw_shards(shards, spec, folder, workers=self._workers, threads=self._threads, tick=tick)
