"""Texts from files, plain or gzipped.

In: a path. Out: the text, or a `DataError` that names the file.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from smallprint.errors import DataError


def read_text(path: Path) -> str:
    """UTF-8; bytes that are not become U+FFFD."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: {error}") from error
