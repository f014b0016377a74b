"""Where text comes from: a string, or a file read in pieces.

In: text or a path. Out: a `Source` that hands out its text in chunks from any position, with counts in code points and UTF-8 bytes. Knows
nothing of pages. Files are opened without newline translation and a byte-order mark is kept, so that joined chunks are the file.
"""

from __future__ import annotations

import codecs
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from smallprint.errors import StoreError, TextError

CHUNK = 1 << 18
"""Characters, or bytes of a file, that are taken up at a time."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two characters: code points and UTF-8 bytes before it."""

    chars: int = 0
    bytes: int = 0


START = Position()


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What identifies a source: sha256 over its UTF-8 bytes, and its sizes."""

    sha256: str
    n_chars: int
    n_bytes: int


class Source(ABC):
    """Text with a name. Lone surrogates, which only strings can hold, count as their three-byte form."""

    name: str

    @abstractmethod
    def chunks(self, start: Position = START, size: int = CHUNK) -> Iterator[str]:
        """The text from `start` on, in pieces of about `size`; no piece ends between "\\r" and "\\n"."""

    @property
    def text(self) -> str:
        """All of it, in memory."""
        return "".join(self.chunks())

    def parts_json(self) -> dict[str, object]:
        """What a manifest says of the files that a source is made of; nothing for a single one."""
        return {}

    @cached_property
    def digest(self) -> Digest:
        """sha256 and sizes; reads the source once."""
        sha256 = hashlib.sha256()
        n_chars = n_bytes = 0
        for chunk in self.chunks():
            data = chunk.encode("utf-8", "surrogatepass")
            sha256.update(data)
            n_chars += len(chunk)
            n_bytes += len(data)
        return Digest(sha256=sha256.hexdigest(), n_chars=n_chars, n_bytes=n_bytes)


class TextSource(Source):
    """A string."""

    def __init__(self, text: str, *, name: str = "text") -> None:
        self.name = name
        self._text = text

    @property
    def text(self) -> str:
        return self._text

    def chunks(self, start: Position = START, size: int = CHUNK) -> Iterator[str]:
        at = start.chars
        while at < len(self._text):
            end = at + size
            end += self._text[end - 1 : end + 1] == "\r\n"
            yield self._text[at:end]
            at = end


class FileSource(Source):
    """A UTF-8 file, never held in memory as a whole unless `text` is asked for.

    Raises `TextError` for bytes that are not UTF-8, with the offset of the first; `StoreError` for a file that cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.name = printable(self.path.name)

    def chunks(self, start: Position = START, size: int = CHUNK) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        done = start.bytes
        held = ""
        try:
            with self.path.open("rb") as file:
                file.seek(start.bytes)
                while True:
                    pending = len(decoder.getstate()[0])
                    data = file.read(size)
                    try:
                        text = decoder.decode(data, final=not data)
                    except UnicodeDecodeError as error:
                        offset = done - pending + error.start
                        raise TextError(_not_text(str(self.path), error.object, error.start, offset)) from None
                    done += len(data)
                    text = held + text
                    held = "\r" if data and text.endswith("\r") else ""
                    if len(text) > len(held):
                        yield text[: len(text) - len(held)]
                    if not data:
                        return
        except OSError as error:
            raise StoreError(f"cannot read {self.path}: {error.strerror or error}") from None


def printable(name: str) -> str:
    """A file's name, with bytes that are not UTF-8 written as escapes, so that it can be printed and stored."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def decode(data: bytes, name: str) -> str:
    """UTF-8 bytes as text. Raises `TextError` that names `name` and the offset of the first bad byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextError(_not_text(name, data, error.start, error.start)) from None


_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _not_text(name: str, data: bytes, at: int, offset: int) -> str:
    if offset == 0 and data.startswith(_UTF16_MARKS):
        return f"{name}: UTF-16, not UTF-8; convert it first (iconv -f UTF-16 -t UTF-8)"
    kind = "a binary file, not text" if b"\0" in data[: 1 << 13] else "not UTF-8"
    return f"{name}: {kind}: byte 0x{data[at]:02x} at offset {offset}"
