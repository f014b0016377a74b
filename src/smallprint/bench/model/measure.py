"""Repeats, medians and memory.

In: a closure, and a way to wait for the device. Out: `Timing`, with every repeat. The first run is for warming up and not counted, unless
it took so long that warming up is lost in it. Knows not what it times.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from smallprint.readers import sdk

LONG_S = 10.0
"""A first run that takes this long counts: kernels are chosen and memory is found in a second or so."""
_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")
"""What torch's allocators say; the processor's raises a plain RuntimeError."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Repeats of one thing, in seconds."""

    samples: tuple[float, ...]
    warmed: bool
    """Whether a run before them was left out."""

    @property
    def median_s(self) -> float:
        return median(self.samples)


CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}
"""`cpu` is the time that a processor spends on this process, all its threads together: what others do on the machine is not in it."""


def timed(
    work: Callable[[], Any], *, sync: Callable[[], None], clock: Callable[[], float], repeats: int, budget_s: float
) -> Timing:
    """Run until there are `repeats` samples, or until one more would go over `budget_s`; there is always one."""
    first = _once(work, sync, clock)
    samples = [first] if first >= LONG_S else []
    spent = first
    while len(samples) < repeats and (not samples or spent + samples[-1] <= budget_s):
        samples.append(_once(work, sync, clock))
        spent += samples[-1]
    return Timing(samples=tuple(samples), warmed=first < LONG_S)


def _once(work: Callable[[], Any], sync: Callable[[], None], clock: Callable[[], float]) -> float:
    sync()
    began = clock()
    work()
    sync()
    return clock() - began


@dataclass(kw_only=True)
class Peaks:
    """Filled when the block ends."""

    n_bytes: int | None = None


@contextmanager
def peak_memory(device: str) -> Generator[Peaks]:
    """The most that was held inside the block: what torch allocated on a GPU, the process's resident memory elsewhere (Linux)."""
    found = Peaks()
    if device.startswith("cuda"):
        torch = sdk.load("torch", extra="local", needed_by="bench model")
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        try:
            yield found
        finally:
            found.n_bytes = int(torch.cuda.max_memory_allocated(device))
        return
    known = _forget_peak()
    try:
        yield found
    finally:
        found.n_bytes = _status_bytes("VmHWM") if known else None


def available_bytes() -> int | None:
    """Of main memory; None where the system does not say."""
    return _field(Path("/proc/meminfo"), "MemAvailable")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory did not suffice."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def largest(fits: Callable[[int], bool], *, start: int, limit: int) -> int:
    """The largest number from 1 to `limit` that fits, by doubling or halving from `start`, then bisecting; 0 where not even 1 does."""
    low, high = 0, limit + 1
    at = max(1, min(start, limit))
    while low + 1 < high:
        if fits(at):
            low = at
            at = min(at * 2, (low + high) // 2 if high <= limit else limit)
        else:
            high = at
            at = at // 2 if low == 0 else (low + high) // 2
        at = max(low + 1, min(at, high - 1))
    return low


def _forget_peak() -> bool:
    """Set the kernel's record of this process's largest size to its size now (Linux: proc(5), clear_refs)."""
    try:
        Path(f"/proc/{os.getpid()}/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _status_bytes(name: str) -> int | None:
    return _field(Path("/proc/self/status"), name)


def _field(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return None
