"""Which documents make which shard: consecutive ones, whole, until a shard has its share of the input.

In: documents by their place and size, one after another. Out: a file with a line for each shard. Where a shard ends depends on the input's
bytes alone, so every run over the same input has the same shards. Memory does not grow with the corpus. Knows nothing of what is in files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from smallprint.render.corpus.inputs import InputFile, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Consecutive documents of one file."""

    path: str
    name: str
    kind: Kind
    start: int
    """Bytes of JSON lines (of what is in the file, where that is compressed), rows of Parquet."""
    end: int
    line: int
    """Lines or rows of the file before the part."""
    number: int
    """Lines, rows and texts of the corpus before the part."""
    n_bytes: int
    """Of the file when it was planned, as is `mtime_ns`: a run that finds others stops."""
    mtime_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """The documents that become one shard."""

    index: int
    weight: int
    """Bytes of input."""
    parts: tuple[Part, ...]

    def to_line(self) -> bytes:
        return json.dumps([self.index, self.weight, [list(asdict(part).values()) for part in self.parts]]).encode()

    @classmethod
    def from_line(cls, line: bytes) -> Shard:
        index, weight, parts = json.loads(line)
        keys = Part.__slots__
        return cls(
            index=index, weight=weight, parts=tuple(Part(**dict(zip(keys, part, strict=True))) for part in parts)
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many shards there are, and what was read."""

    path: Path
    """A line for each shard."""
    n_shards: int
    weight: int
    inputs: list[dict[str, Any]]
    """Of each input that was named: name, files, bytes and sha256; of a folder, over what sha256sum prints of its files in order."""

    def shards(self) -> Iterator[Shard]:
        with self.path.open("rb") as file:
            for line in file:
                yield Shard.from_line(line)


class Cutter:
    """Gathers parts, and writes a shard whenever enough have come together."""

    def __init__(self, limit: int, to: IO[bytes]) -> None:
        self.n_shards = 0
        self.total = 0
        self.number = 0
        self._limit = limit
        self._to = to
        self._parts: list[Part] = []
        self._weight = 0

    @property
    def room(self) -> int:
        """Bytes until the shard is full."""
        return max(1, self._limit - self._weight)

    def add(
        self, file: InputFile, stat: tuple[int, int], *, start: int, end: int, line: int, n: int, weight: int
    ) -> None:
        """`n` documents more, of one file."""
        n_bytes, mtime_ns = stat
        self._parts.append(
            Part(path=file.path, name=file.name, kind=file.kind, start=start, end=end, line=line, number=self.number,
                 n_bytes=n_bytes, mtime_ns=mtime_ns)
        )  # fmt: skip
        self.number += n
        self._weight += weight
        if self._weight >= self._limit:
            self.cut()

    def cut(self) -> None:
        if self._parts:
            shard = Shard(index=self.n_shards, weight=self._weight, parts=tuple(self._parts))
            self._to.write(shard.to_line() + b"\n")
            self.n_shards += 1
            self.total += self._weight
            self._parts, self._weight = [], 0
