"""One lock for all processes that work on a file.

In: the path of a lock file. Out: a context that one process is in at a time; the system ends it with the process, however that ends. Knows
nothing of what it protects.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from smallprint.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_PAUSE_S = 0.01
"""Between two tries: less than a commit to a disk takes."""


@contextmanager
def locked(path: Path, wait_s: float) -> Generator[None]:
    """Waits for the others. The file is made where there is none, and stays. Without `fcntl` nobody is kept out.

    Raises `StoreError` where the file cannot be opened, and where another process has the lock for longer than `wait_s`.
    """
    if fcntl is None:
        yield
        return
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from None
    try:
        until = time.monotonic() + wait_s
        while True:
            try:
                # A lock of the open file, not of the process: threads exclude each other too.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise StoreError(f"{path}: another process has held it for more than {wait_s:g} s") from None
                time.sleep(_PAUSE_S)
            except OSError as error:
                raise StoreError(f"{path}: {error.strerror or error}") from None
        try:
            yield
        finally:
            # Closing would not do where a forked process has the file too.
            fcntl.flock(file, fcntl.LOCK_UN)
    finally:
        os.close(file)
