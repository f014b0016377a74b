"""Which workers live: a record that each of them keeps fresh while it holds trials.

In: where a record is to be written. Out: the worker's name, and whether the worker of a record still lives. On the worker's own machine its
process says so at once; from another machine the record's age does. Knows no trials and no storage.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError

BEAT_S = 20.0
"""Between two beats: one small commit."""
SILENT_S = 300.0
"""A worker of another machine that was silent for so long is dead: many beats, a database that was locked for a while, and clocks that
differ by a minute or two."""


class Lease:
    """A worker's record."""

    def __init__(self, write: Callable[[str, Mapping[str, Any]], None]) -> None:
        """`write` takes the worker's name and the record, on any thread, and may raise `StoreError`."""
        self.worker = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._write = write
        self._record: dict[str, Any] = {}
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def begun(self) -> bool:
        return self._thread is not None

    def begin(self) -> None:
        """Writes the record and keeps it fresh from now on. Raises `StoreError` where it cannot be written."""
        if self._thread is None:
            pid = os.getpid()
            self._record = {"place": list(_place()), "pid": pid, "started": _started(pid)}
            self._beat()
            self._end.clear()
            self._thread = threading.Thread(target=self._run, name="lease", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """The worker holds nothing any more."""
        if self._thread is not None:
            self._end.set()
            self._thread.join()
            self._thread = None
            self._beat(ended=True)

    def _beat(self, *, ended: bool = False) -> None:
        self._write(self.worker, {**self._record, "beat": time.time(), "ended": ended})

    def _run(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                self._beat()
            except StoreError:
                # The disk may have room again by the next beat; the worker itself meets the error when it writes a result.
                continue


def lives(record: Mapping[str, Any], now: float) -> bool:
    """Whether the worker that wrote the record is still there. `now` is seconds since 1970."""
    if record.get("ended"):
        return False
    if record.get("place") == list(_place()):
        runs = _runs(int(record["pid"]), record.get("started"))
        if runs is not None:
            return runs
    return now - float(record.get("beat", 0.0)) < SILENT_S


def _runs(pid: int, started: str | None) -> bool | None:
    """Whether a process of this machine runs; None where it cannot be told."""
    if os.name != "posix":
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # another user's
    found = _started(pid)
    return None if found is None or started is None else found == started


def _started(pid: int) -> str | None:
    """When a process was started, so that a later one with its number is not taken for it; empty for one that has ended and was not waited
    for; None where it cannot be told."""
    try:
        # The name, in brackets, may have spaces and brackets.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]  # proc(5): state, and starttime in clock ticks since boot
    except (OSError, IndexError):
        pass
    ask = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    try:
        told = subprocess.run(ask, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"})
    except OSError:
        return None
    state, _, began = told.stdout.strip().partition(" ")
    return None if not began else "" if state.startswith("Z") else began.strip()


@cache
def _place() -> tuple[str, str, str]:
    """Where numbers of processes mean the same: the machine since it was started, and the container in it."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        boot = space = ""
    return socket.gethostname(), boot, space
