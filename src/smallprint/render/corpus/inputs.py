"""What a user names, as files in a fixed order: records in JSON lines or Parquet, and texts.

In: names of files and folders. Out: an `InputFile` for each file. Folders are walked a folder at a time, sorted, so that memory does not
grow with the corpus; what is hidden is left out. Knows nothing of what is in the files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from smallprint.errors import DataError, StoreError
from smallprint.render.source import printable

Kind = Literal["text", "jsonl", "jsonl.gz", "parquet"]
_ENDINGS: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl.gz",
    ".ndjson.gz": "jsonl.gz",
    ".parquet": "parquet",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """A file of the corpus."""

    path: str
    name: str
    """As ids, failures and the manifest have it: of a file in a folder, its path below that folder."""
    kind: Kind


def input_files(named: Path) -> Iterator[InputFile]:
    """The file, or all files below the folder. Raises `StoreError` for what does not exist or cannot be listed."""
    if str(named) == "-":
        raise DataError(
            "--corpus: standard input cannot be read twice, as going on after a kill needs it; give files or folders"
        )
    if named.is_dir():
        yield from _walk(named, "")
    elif named.is_file():
        yield _file(str(named.resolve()), named.name)
    else:
        what = "neither a file nor a folder" if named.exists() else "no such file or folder"
        raise StoreError(f"{printable(str(named))}: {what}")


def _walk(folder: Path, above: str) -> Iterator[InputFile]:
    try:
        with os.scandir(folder.resolve()) as found:
            entries = sorted(
                (entry.name, entry.path, entry.is_dir(follow_symlinks=False), entry.is_file())
                for entry in found
                if not entry.name.startswith(".")
            )
    except OSError as error:
        raise StoreError(f"cannot list {printable(str(folder))}: {error.strerror or error}") from None
    for name, path, is_folder, is_file in entries:
        if is_folder:
            yield from _walk(Path(path), f"{above}{name}/")
        elif is_file:
            # A link to a file is taken, as the caches of data sets are made of them; one to a folder may lead in circles.
            yield _file(path, f"{above}{name}")


def _file(path: str, name: str) -> InputFile:
    lower = name.lower()
    kinds: list[Kind] = [kind for ending, kind in _ENDINGS.items() if lower.endswith(ending)]
    return InputFile(path=path, name=printable(name), kind=kinds[0] if kinds else "text")
