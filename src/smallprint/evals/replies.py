"""Replies that were paid for already, by the content of their requests.

In: a reader and a request. Out: the reply that the same reader gave to the same request before. One JSON file a reply, so that runs may
share a folder. Readers in this process are asked again: their time is no money.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from smallprint.errors import StoreError
from smallprint.evals.log import write
from smallprint.readers.base import Reader, Reply, Request
from smallprint.readers.prompt import text_of

_KEPT = ("text", "model", "finish", "tokens_in", "tokens_out", "cached_in", "written_in", "seconds", "attempts", "raw")


class Replies:
    """A folder of replies."""

    def __init__(self, folder: Path, reader: Reader, *, is_shared: bool) -> None:
        """`is_shared` says that other runs keep theirs there too: what lies there was not paid for by this one."""
        self.is_shared = is_shared
        self._folder = folder
        self._reader = reader

    def key(self, request: Request) -> str:
        """Of everything that the model sees, and of which model it is."""
        parts: list[Any] = [self._reader.name, self._reader.base_url, getattr(self._reader, "detail", None)]
        parts += [request.system, text_of(request), request.max_output_tokens, request.temperature]
        parts += [hashlib.sha256(image.data()).hexdigest() for image in request.images]
        return hashlib.sha256(json.dumps(parts).encode("utf-8", "replace")).hexdigest()

    def get(self, key: str) -> Reply | None:
        """None where there is none, or where what lies there is not readable."""
        try:
            row = json.loads(self._path(key).read_text(encoding="utf-8"))
            return Reply(**{name: row[name] for name in _KEPT})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Raises `StoreError`."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent}: {error.strerror or error}") from None
        row = dataclasses.asdict(reply)
        write(path, json.dumps({name: row[name] for name in _KEPT}, ensure_ascii=False))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"
