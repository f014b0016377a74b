"""The folder of a corpus: who writes it, what of it is written, and what it holds in the end.

In: what identifies a run, then the record of each shard, in any order. Out: which shards are done; in the end `manifest.json`, last of
all, and `failures.jsonl` where documents failed. While a run lasts its state lies in a hidden folder. Knows nothing of how shards are
drawn. What stays in memory is eight bytes a shard.
"""

from __future__ import annotations

import json
import os
import shutil
from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from smallprint.errors import StoreError
from smallprint.render.corpus.pages import COUNTS
from smallprint.render.corpus.shards import STATE, Record
from smallprint.render.corpus.spec import difference

try:
    import fcntl
except ImportError:  # Windows, where two processes on one folder are not told from each other
    fcntl = None

SCHEMA = "smallprint.corpus/1"
MANIFEST = "manifest.json"
FAILURES = "failures.jsonl"
_IDENTITY = "identity.json"
_JOURNAL = "journal.jsonl"
_FOUND = ("schema", "counts", "failures")
"""Keys of a manifest that do not say what the corpus was made with."""
_ABSENT = -1


class CorpusFolder:
    """Use it as a context: one process at a time is in it, and however it ends, another can go on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / STATE
        self._lock = -1
        self._at = array("q")
        self._journal: IO[bytes] | None = None

    def __enter__(self) -> CorpusFolder:
        """Raises `StoreError` where another process is at work, and where the folder holds anything that was not written here."""
        folder = self.folder
        try:
            if folder.exists() and not folder.is_dir():
                raise StoreError(f"{folder} is a file; give a folder to write shards to")
            if folder.is_dir() and not self.state.is_dir() and self.manifest() is None:
                foreign = sorted(os.listdir(folder))
                if foreign:
                    raise StoreError(
                        f"{folder} holds files that are not shards of an earlier run ({foreign[0]}); give another folder"
                    )
            self.state.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
        except OSError as error:
            raise StoreError(f"cannot write {folder}: {error.strerror or error}") from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._journal:
            self._journal.close()
        if self._lock >= 0:
            if not (self.state / _IDENTITY).exists():
                # Nothing was begun.
                self._remove_state()
                with suppress(OSError):
                    self.folder.rmdir()
            os.close(self._lock)

    def manifest(self) -> dict[str, Any] | None:
        """What a finished run says of itself, but for its shards; None where there is none of ours."""
        try:
            with (self.folder / MANIFEST).open("rb") as file:
                head = file.readline().rstrip(b",\n")
            found = json.loads(head + b"}")
        except (OSError, ValueError):
            return None
        manifest = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        return manifest if manifest.get("schema") == SCHEMA else None

    def begin(self, identity: dict[str, Any], n_shards: int) -> bool:
        """Go on with a run like this one, or begin; False where all of it is done already.

        Raises `StoreError` for a folder of another style, input or option, which must not be mixed with this one.
        """
        finished = self.manifest()
        path = self.state / _IDENTITY
        if finished is not None:
            made_with = {key: value for key, value in finished.items() if key not in _FOUND}
            self._refuse(made_with, identity, "holds another corpus")
            self._remove_state()
            return False
        if path.is_file():
            try:
                earlier = json.loads(path.read_bytes())
            except ValueError:
                earlier = None
            self._refuse(earlier, identity, "was begun with something else")
        else:
            _replace(path, json.dumps(identity, ensure_ascii=False).encode())
        for left in self.state.glob("part-*"):
            left.unlink(missing_ok=True)
        self._open_journal(n_shards)
        return True

    def is_done(self, index: int) -> bool:
        return self._at[index] != _ABSENT

    def add(self, record: Record) -> None:
        """A shard's files are in place: from here on it is done."""
        assert self._journal
        _sync_folder(self.folder)
        self._at[record["index"]] = self._journal.tell()
        self._journal.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def records(self) -> Iterator[Record]:
        """Of the shards that are done, in order."""
        with (self.state / _JOURNAL).open("rb") as file:
            for at in self._at:
                if at != _ABSENT:
                    file.seek(at)
                    yield json.loads(file.readline())

    def finish(self, identity: dict[str, Any]) -> dict[str, Any]:
        """Write the failures and the manifest; what the latter says, but for its shards."""
        counts = dict.fromkeys(COUNTS, 0)
        n_files = n_bytes = 0
        failures = self.state / FAILURES
        with failures.open("wb") as file:
            for record in self.records():
                for key in COUNTS:
                    counts[key] += record[key]
                n_files += len(record["files"])
                n_bytes += sum(each["n_bytes"] for each in record["files"])
                file.writelines(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in record["failures"])
            file.flush()
            os.fsync(file.fileno())
        head = {
            "schema": SCHEMA,
            **identity,
            "counts": {**counts, "files": n_files, "file_bytes": n_bytes},
            "failures": FAILURES if counts["failed"] else None,
        }
        manifest = self.state / MANIFEST
        with manifest.open("wb") as file:
            # What a run is known by stands in the first line, and each file in one of its own.
            file.write(json.dumps(head, ensure_ascii=False).removesuffix("}").encode() + b',\n"shards": [')
            before = b"\n"
            for record in self.records():
                for each in record["files"]:
                    file.write(before + json.dumps({"shard": record["index"], **each}).encode())
                    before = b",\n"
            file.write(b"\n]}\n")
            file.flush()
            os.fsync(file.fileno())
        if counts["failed"]:
            failures.replace(self.folder / FAILURES)
        manifest.replace(self.folder / MANIFEST)
        _sync_folder(self.folder)
        self._remove_state()
        return head

    def _refuse(self, earlier: object, identity: dict[str, Any], what: str) -> None:
        differs = difference(earlier, identity)
        if differs:
            raise StoreError(
                f"{self.folder} {what} ({differs}); give another folder, or delete this one to start afresh"
            )

    def _open_journal(self, n_shards: int) -> None:
        """Read what an earlier run has done. The last line of one that was killed may be cut, and is dropped."""
        path = self.state / _JOURNAL
        self._at = array("q", [_ABSENT]) * n_shards
        self._journal = file = path.open("r+b" if path.exists() else "w+b")
        end = 0
        for line in file:
            record = _parsed(line)
            if record is None:
                break
            if all(self._is_there(each) for each in record["files"]):
                self._at[record["index"]] = end
            end += len(line)
        file.seek(end)
        file.truncate()

    def _is_there(self, found: dict[str, Any]) -> bool:
        try:
            return (self.folder / found["file"]).stat().st_size == found["n_bytes"]
        except OSError:
            return False

    def _remove_state(self) -> None:
        if self._journal:
            self._journal.close()
            self._journal = None
        shutil.rmtree(self.state, ignore_errors=True)

    def _locked(self) -> int:
        path = self.state / "lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(lock), path.stat()):
                raise FileNotFoundError
        except (BlockingIOError, FileNotFoundError):
            os.close(lock)
            raise StoreError(
                f"{self.folder}: another process is at work on it; wait for its end, or give another folder"
            ) from None
        except OSError:
            os.close(lock)
            raise
        return lock


def _parsed(line: bytes) -> Record | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return json.loads(line)
    except ValueError:
        return None


def _replace(path: Path, data: bytes) -> None:
    """All of a file or nothing."""
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _sync_folder(folder: Path) -> None:
    """Names of files are the folder's, and go to the disk with it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
