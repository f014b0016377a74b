"""Texts that ship with the package.

In: a name. Out: the text, unpacked once for each process, and the file that it lies in. Knows no task; where each text is from and what
may be done with it stands beside the files, in `evals/data`.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from smallprint.errors import DataError

_FOLDER = Path(__file__).parent.parent / "data"


def path(name: str) -> Path:
    """The gzip file of a text named as without its ``.gz``. Raises `DataError` for one that does not ship."""
    file = _FOLDER / f"{name}.gz"
    if not file.is_file():
        known = ", ".join(sorted(other.stem for other in _FOLDER.glob("*.gz")))
        raise DataError(f"evals/data: no text {name!r}; there are {known}")
    return file


@cache
def text(name: str) -> str:
    """Raises `DataError` as `path`, and for a file that is not gzip of UTF-8."""
    file = path(name)
    try:
        return gzip.decompress(file.read_bytes()).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{file.name}: cannot be unpacked ({error}); install the package anew") from error
