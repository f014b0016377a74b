"""Shards drawn by many machines, through Ray Data.

In: an address, then shards and what is made of them. Out: a record of each, as they are done. The inputs and the corpus's folder have to
be on a disk that all machines share. What draws a shard is the function that draws it here: one that is drawn twice, since Ray starts a
task again whose process or machine was lost, is the same to the byte.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Generator, Iterable
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, SmallprintError
from smallprint.render.corpus.plan import Shard
from smallprint.render.corpus.shards import Record, Tick, draw_shard
from smallprint.render.corpus.spec import difference

if TYPE_CHECKING:
    from smallprint.render.corpus.run import Draw
    from smallprint.render.corpus.spec import Spec

_AT_ONCE = 4096
"""Shards that are given to Ray at a time, of which its plan is in memory: 30 GB of input, at the default size of a shard."""


def ray_draw(address: str = "auto") -> Draw:
    """What `write_corpus` takes as `draw`. `address` is that of a cluster, ``auto`` for the one that runs, or ``local`` for one of this
    machine, which ends with the run. Raises `DataError` where Ray is not installed."""
    ray, data = _ray()

    def draw(shards: Iterable[Shard], spec: Spec, folder: Path, *, tick: Tick | None) -> Generator[Record]:
        begun = not ray.is_initialized()
        if begun:
            _begin(ray, address)
        context = data.DataContext.get_current()
        context.enable_progress_bars = False
        # That it shows none is no news.
        logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)
        try:
            rest = iter(shards)
            while some := list(islice(rest, _AT_ONCE)):
                for record in _draw_some(data, some, spec, folder):
                    if tick:
                        tick(record["documents"], record["pages"], record["chars"])
                    yield record
        finally:
            if begun:
                ray.shutdown()

    return draw


def _ray() -> tuple[Any, Any]:
    # Ray tells its makers about each cluster that it starts, unless it is told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return import_module("ray"), import_module("ray.data")
    except ImportError as error:
        raise DataError(f'--ray: cannot import Ray ({error}); pip install "smallprint[ray]"') from None


def _begin(ray: Any, address: str) -> None:
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == "local":
        quiet["include_dashboard"] = False
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise DataError(f"--ray {address}: {error}; give the address of a cluster that runs, auto, or local") from None
    logging.getLogger("ray.data").setLevel(logging.WARNING)


def _draw_some(data: Any, shards: list[Shard], spec: Spec, folder: Path) -> Generator[Record]:
    made_with = json.dumps(spec.to_json())

    def draw_row(row: dict[str, Any]) -> dict[str, bytes]:
        return {"record": _answer(row["shard"], spec, folder, made_with)}

    # A block is a task, so that what is lost with a machine is a shard.
    rows = data.from_items([{"shard": shard.to_line()} for shard in shards], override_num_blocks=len(shards))
    try:
        for row in rows.map(draw_row, num_cpus=1).iter_rows():
            found = json.loads(row["record"])
            if "error" in found:
                raise (DataError if found["is_data"] else SmallprintError)(found["error"])
            yield found
    except SmallprintError:
        raise
    except Exception as error:  # Ray's, of which there are many
        raise SmallprintError(f"--ray: {_said(error)}; run the same command again to go on") from None


def _answer(line: bytes, spec: Spec, folder: Path, made_with: str) -> bytes:
    """Runs on a machine of the cluster. What goes wrong is an answer, too: Ray would wrap it into errors of its own."""
    try:
        differs = difference(json.loads(made_with), json.loads(json.dumps(spec.to_json())))
        if differs:
            raise DataError(f"a machine of the cluster has other packages than the one that began ({differs})")
        return json.dumps(draw_shard(Shard.from_line(line), spec, folder)).encode()
    except (SmallprintError, OSError) as error:
        return json.dumps({"error": str(error), "is_data": isinstance(error, DataError)}).encode()


def _said(error: Exception) -> str:
    """The last line of what Ray says: before it there are traces of several processes."""
    lines = str(error).strip().splitlines()
    return lines[-1][:300] if lines else type(error).__name__
