"""Where rows of data sets come from: a file, a folder, or the Hugging Face hub.

In: what the user named, or a task's usual data set, and the files that are wanted of it. Out: `Rows`: dictionaries, with what names them
in a result. Knows no task. JSON, JSON Lines and Parquet, as they are, in .gz and in .zip. The hub is asked only where a data set of it was
named, or where a task's usual one was asked for; what was downloaded before is found again without a connection.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import gzip
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from smallprint.errors import DataError

Row: TypeAlias = dict[str, Any]

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_SUFFIXES = (".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zip")
_ROWS_AT_ONCE = 16
"""Of a Parquet file: rows may hold a million tokens each."""
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError, OSError)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What names the data in a result."""

    name: str
    """Of the data set on the hub, or of the file or folder, without the folders above it."""
    revision: str | None
    """The commit on the hub."""
    sha256: str
    """Of the file; of several files, of the list of their digests and names."""

    def to_json(self) -> dict[str, str | None]:
        return dataclasses.asdict(self)


class Rows:
    """Rows in the order of the files; each iteration reads them anew, so that none has to be kept."""

    def __init__(self, root: Path, files: Sequence[Path], patterns: Sequence[str], provenance: Provenance) -> None:
        self._root = root
        self._files = tuple(files)
        self._patterns = tuple(patterns)
        self.provenance = provenance

    def __iter__(self) -> Iterator[Row]:
        """Raises `DataError` for a file that is damaged or of another form."""
        for path in self._files:
            yield from _read(path, self._patterns)

    def file(self, *names: str) -> Path:
        """Another file of the data set, by the first of its names that there is. Raises `DataError` where there is none."""
        if self.provenance.revision is None:
            found = [path for name in names if (path := self._root / name).is_file()]
        else:
            folder = _snapshot(self.provenance.name, self.provenance.revision, names)
            found = [path for name in names if (path := folder / name).is_file()]
        if not found:
            raise DataError(f"data: {self.provenance.name} has no file {' or '.join(names)}")
        return found[0]


def rows(data: str | None, *, default: str, revision: str | None, files: Sequence[str]) -> Rows:
    """The rows of `data`: the path of a file or folder, or the ``owner/name`` of a data set on the hub; None is `default`.

    `files` are names with wildcards, the ones that are liked best first: all files that the first fitting one fits are read. They may stand
    in any folder, and in a .zip. A file that the user named is taken whatever its name.

    Raises `DataError` for data that is not there, that cannot be had, or that has no such file.
    """
    named = default if data is None else data
    path = Path(named).expanduser()
    if path.is_file():
        return Rows(path.parent, [path], files, Provenance(name=path.name, revision=None, sha256=_sha256(path)))
    if path.is_dir():
        chosen = _chosen(path, files, named)
        return Rows(path, chosen, files, Provenance(name=path.name, revision=None, sha256=_digest(path, chosen)))
    if not _HUB_NAME.fullmatch(named) or named.startswith((".", "~")) or named.endswith(_SUFFIXES):
        raise DataError(f"data: there is no file or folder {named!r}, and the hub's names are of the form owner/name")
    folder = _snapshot(named, revision, [wild for file in files for wild in (file, f"*/{file}")])
    chosen = _chosen(folder, files, named)
    # The hub's cache names a snapshot's folder by its commit.
    return Rows(folder, chosen, files, Provenance(name=named, revision=folder.name, sha256=_digest(folder, chosen)))


def _snapshot(name: str, revision: str | None, patterns: Sequence[str]) -> Path:
    """The folder of a data set's snapshot, with the files that fit."""
    hub = _needed("huggingface_hub")
    try:
        return Path(hub.snapshot_download(name, repo_type="dataset", revision=revision, allow_patterns=list(patterns)))
    except Exception as error:  # the hub's own, its HTTP library's and the disk's; which ones depends on its version
        why = str(error).strip().split("\n")[0] or type(error).__name__
        at = f" at {revision}" if revision else ""
        raise DataError(
            f"data: {name}{at} cannot be had from the hub ({why}); without a connection, name a local copy: a file or folder"
        ) from None


def _needed(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise DataError(f'data: needs {module.split(".")[0]}; pip install "smallprint[eval]"') from None


def _chosen(folder: Path, patterns: Sequence[str], named: str) -> list[Path]:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    names = _fitting(sorted(there), patterns)
    if not names:
        raise DataError(f"data: {named} has no file {' or '.join(patterns)}")
    return [there[name] for name in names]


def _fitting(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Those that the first fitting pattern fits, by their path or by their last part."""
    for pattern in patterns:
        found = [name for name in names if any(fnmatch.fnmatchcase(each, pattern) for each in (name, _last(name)))]
        if found:
            return found
    return []


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _read(path: Path, patterns: Sequence[str]) -> Iterator[Row]:
    try:
        if path.suffix != ".zip":
            with path.open("rb") as stream:
                yield from _parsed(path.name, stream)
            return
        with zipfile.ZipFile(path) as archive:
            # Archives made on macOS have a second file of each name.
            names = sorted(name for name in archive.namelist() if "__MACOSX" not in name)
            members = _fitting(names, patterns)
            if not members:
                raise DataError(f"data: {path.name} has no file {' or '.join(patterns)}")
            for member in members:
                with archive.open(member) as stream:
                    yield from _parsed(f"{path.name}/{member}", stream)
    except _DAMAGED as error:
        raise DataError(f"data: {path.name} cannot be read: {error}") from None


def _parsed(name: str, stream: IO[bytes]) -> Iterator[Row]:
    if name.endswith(".gz"):
        with gzip.open(stream) as inner:
            yield from _parsed(name[:-3], cast("IO[bytes]", inner))
    elif name.endswith(".parquet"):
        parquet = _needed("pyarrow.parquet")
        try:
            table = parquet.ParquetFile(io.BytesIO(stream.read()))
        except ValueError as error:  # pyarrow's ArrowInvalid is one
            raise DataError(f"data: {name} cannot be read: {error}") from None
        for batch in table.iter_batches(batch_size=_ROWS_AT_ONCE):
            yield from batch.to_pylist()
    elif name.endswith(".json"):
        found = _json(stream.read(), name)
        if not isinstance(found, list):
            raise DataError(f"data: {name} is JSON, but no list of rows")
        for at, row in enumerate(cast("list[object]", found)):
            yield _row(row, f"{name}, row {at}")
    elif name.endswith((".jsonl", ".ndjson")):
        for at, line in enumerate(stream, start=1):
            if line.strip():
                yield _row(_json(line, f"{name}, line {at}"), f"{name}, line {at}")
    else:
        raise DataError(f"data: {name}: files of rows are {', '.join(_SUFFIXES)}")


def _json(raw: bytes, where: str) -> object:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise DataError(f"data: {where} is not JSON: {error}") from None


def _row(row: object, where: str) -> Row:
    if not isinstance(row, dict):
        raise DataError(f"data: {where} is no row: an object is needed")
    return cast("Row", row)


def _digest(root: Path, files: Sequence[Path]) -> str:
    if len(files) == 1:
        return _sha256(files[0])
    listed = "".join(f"{_sha256(path)}  {path.relative_to(root).as_posix()}\n" for path in files)
    return hashlib.sha256(listed.encode()).hexdigest()


def _sha256(path: Path) -> str:
    try:
        found = path.stat()
        return _sha256_of(path, found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise DataError(f"data: {path.name} cannot be read: {error}") from None


@lru_cache(maxsize=256)
def _sha256_of(path: Path, _size: int, _mtime_ns: int) -> str:
    """One archive holds the rows of many tasks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
