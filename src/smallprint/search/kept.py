"""What was read and asked so far: a line for each, beside the profile that it is for.

In: rows as they come. Out: those of an earlier run of the same calibration, so that nothing is paid for twice. A kill costs the
line that was being written, no more. Knows no scores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from smallprint.errors import StoreError
from smallprint.search.abstention import Asked
from smallprint.search.legibility import Read
from smallprint.search.locks import locked

ENDING = ".partial.jsonl"
_HEAD = b'{"key"'
_LOCK_WAIT_S = 0.0
"""Two at a time would pay for the same."""


def beside(profile: Path) -> Path:
    """Where the rows for a profile are kept."""
    return profile.with_name(profile.name + ENDING)


class Kept:
    """A context: within it, one process has the file."""

    def __init__(self, path: Path, key: Mapping[str, Any]) -> None:
        """`key` is what the rows depend on."""
        self.path = path
        self._key = json.loads(json.dumps(key))
        self.reads: dict[tuple[str, str], Read] = {}
        self.asked: dict[tuple[str, str], Asked] = {}
        self._file: BinaryIO | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Raises `StoreError` for a file of another calibration, one that is none of ours, and one that cannot be written."""
        had = self.path.exists()
        self._stack.enter_context(locked(self.path, _LOCK_WAIT_S))
        try:
            data = self.path.read_bytes() if had else b""
            if b"\n" not in data and data.startswith(_HEAD):
                # The first line was cut.
                self.path.write_bytes(b"")
                data = b""
            self._load(data)
            self._file = self._stack.enter_context(self.path.open("ab"))
            if not data:
                self._write({"key": self._key})
            elif not data.endswith(b"\n"):
                # What a kill cut becomes a line of its own, which is left out.
                self._file.write(b"\n")
        except OSError as error:
            self._stack.close()
            raise StoreError(f"{self.path}: {error.strerror or error}") from None
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self:
            self.discard()
        self._stack.close()

    def __len__(self) -> int:
        return len(self.reads) + len(self.asked)

    def add(self, row: Read | Asked) -> None:
        """Raises `StoreError` where the disk takes no more."""
        if isinstance(row, Read):
            self.reads[row.key] = row
            line = {"read": row.to_json()}
        else:
            self.asked[row.key] = row
            line = {"asked": row.to_json()}
        try:
            self._write(line)
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror or error}") from None

    def discard(self) -> None:
        """Removes the file."""
        self.path.unlink(missing_ok=True)

    def _write(self, row: Mapping[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def _load(self, data: bytes) -> None:
        if not data:
            return
        head, *rows = [_parsed(line) for line in data.split(b"\n")]
        key = head.get("key") if head else None
        if not isinstance(key, dict):
            raise StoreError(f"{self.path}: not what a calibration has kept; remove it or give another --out")
        if changed := _changed(cast("Mapping[str, Any]", key), self._key):
            raise StoreError(f"{self.path}: it holds another calibration ({changed}); remove it or give another --out")
        try:
            for row in filter(None, rows):
                if "read" in row:
                    read = Read.from_json(row["read"])
                    self.reads[read.key] = read
                else:
                    asked = Asked.from_json(row["asked"])
                    self.asked[asked.key] = asked
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{self.path}: a line that is none of a calibration: {error}; remove it") from None


def _parsed(line: bytes) -> dict[str, Any] | None:
    """None for a line that a kill cut."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any]", row) if isinstance(row, dict) else None


def _changed(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first key that differs, with both values."""
    for key in dict.fromkeys([*now, *earlier]):
        if earlier.get(key) != now.get(key):
            return f"{key}: {json.dumps(earlier.get(key))[:80]}, not {json.dumps(now.get(key))[:80]}"
    return ""
