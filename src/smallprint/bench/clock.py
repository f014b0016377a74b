"""What drawing costs: CPU seconds of this process and of the processes it starts.

In: an engine and a job. Out: a `Measured`. Knows nothing of rounds. Engines without the C kernel, and runs with a time limit, are measured
in a process of their own (`python -m smallprint.bench.clock` reads a request and writes a result, both JSON): the kernel is chosen
when the package is imported, and a run that takes too long is ended.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from smallprint.bench.engines import ENGINES, Engine, Job
from smallprint.errors import DataError
from smallprint.render.style import Style

KERNEL_VARIABLE = "SMALLPRINT_KERNEL"
_WARM_UP = 2_000
"""Characters drawn before the clock starts: what is done once a process (imports, faces, what ours keeps for a style) is not counted."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of an engine."""

    cpu_seconds: float
    n_chars: int
    n_pages: int
    n_bytes: int
    sha256: tuple[str, ...] = ()
    """Of each file, where they were asked for."""


def cpu_seconds() -> float:
    """CPU time of this process and of the children that it has waited for; poppler is one of those."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def timed(work: Callable[[], Any]) -> float:
    """CPU seconds of some work."""
    gc.collect()
    began = cpu_seconds()
    work()
    return cpu_seconds() - began


def warm_up(engine: Engine, job: Job) -> None:
    """Draw a little, untimed."""
    for _ in engine.draw(Job(text=job.text[:_WARM_UP], style=job.style)):
        pass


def measure(engine: Engine, job: Job, *, keep: list[bytes] | None = None) -> Measured:
    """Draw the job's text once. Files go into `keep`, where one is given, else away."""
    if engine.placed:
        _ = job.placed
    gc.collect()
    n_pages = n_bytes = 0
    began = cpu_seconds()
    for file in engine.draw(job):
        n_pages += 1
        n_bytes += len(file)
        if keep is not None:
            keep.append(file)
    # Some clocks tick too slowly for a page or two of the floor.
    spent = max(cpu_seconds() - began, 1e-9)
    return Measured(cpu_seconds=spent, n_chars=len(job.text), n_pages=n_pages, n_bytes=n_bytes)


def measure_apart(engine: Engine, job: Job, *, hashes: bool = False, limit_s: float | None = None) -> Measured:
    """The same in a process of its own. Raises `subprocess.TimeoutExpired` after `limit_s` seconds, `DataError` where it fails."""
    request = {"engine": engine.name, "text": job.text, "style": job.style.to_glyph(), "hashes": hashes}
    environment = dict(os.environ) if engine.kernel else {**os.environ, KERNEL_VARIABLE: "off"}
    done = subprocess.run(
        [sys.executable, "-m", "smallprint.bench.clock"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        env=environment,
        timeout=limit_s,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise DataError(f"bench: engine {engine.name} failed in a process of its own: {last}")
    return Measured(**json.loads(done.stdout))


def _serve() -> None:
    request = json.load(sys.stdin)
    engine = ENGINES[request["engine"]]
    job = Job(text=request["text"], style=Style.from_glyph(request["style"]))
    warm_up(engine, job)
    files: list[bytes] = []
    measured = asdict(measure(engine, job, keep=files if request["hashes"] else None))
    measured["sha256"] = [hashlib.sha256(file).hexdigest() for file in files]
    print(json.dumps(measured))


if __name__ == "__main__":
    _serve()
