"""What a user names: text files, folders of code, standard input.

In: paths. Out: one `Source`. A single file is read in pieces; several, or a folder, become one text with a line above each file that
names it. Of a folder that is a checkout, what git tracks is taken; of what it does not track or ignore, and of other folders, what is
neither hidden, generated nor pages of ours. Files that are no text are left out and listed.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from smallprint.errors import StoreError, TextError
from smallprint.render.folder import MANIFEST
from smallprint.render.source import FileSource, Source, TextSource, decode, printable

_GENERATED = frozenset({"__pycache__", "node_modules", "build", "dist", "target", "venv"})
_MAX_FILE_BYTES = 8 << 20
"""Larger files in a folder are data, not code; named by themselves they are taken."""


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """One file of a joined source: its path and its span, the line above it left out."""

    path: str
    span: tuple[int, int]


class JoinedSource(TextSource):
    """Several files as one text. `parts` says which file is where, `skipped` which were left out and why."""

    def __init__(self, texts: list[tuple[str, str]], *, name: str, skipped: list[tuple[str, str]]) -> None:
        pieces: list[str] = []
        parts: list[FilePart] = []
        at = 0
        for path, text in texts:
            head = f"===== {path} =====\n"
            tail = "" if text.endswith("\n") else "\n"
            parts.append(FilePart(path=path, span=(at + len(head), at + len(head) + len(text))))
            pieces += [head, text, tail]
            at += len(head) + len(text) + len(tail)
        super().__init__("".join(pieces), name=name)
        self.parts = tuple(parts)
        self.skipped = tuple(skipped)

    def parts_json(self) -> dict[str, object]:
        return {
            "files": [{"path": part.path, "span": list(part.span)} for part in self.parts],
            "skipped": [{"path": path, "why": why} for path, why in self.skipped],
        }


def open_source(names: list[str]) -> Source:
    """The text of files, folders or ``-`` (standard input).

    Raises `StoreError` for what does not exist or cannot be read, `TextError` for what is empty or no text.
    """
    source = _one(names[0]) if len(names) == 1 and not os.path.isdir(names[0]) else _joined(names)
    if not source.digest.n_chars:
        raise TextError(f"{source.name}: empty, nothing to do")
    return source


def _one(name: str) -> Source:
    if name == "-":
        if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise StoreError("standard input is closed")
        return TextSource(decode(sys.stdin.buffer.read(), "standard input"), name="standard input")
    path = Path(name)
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        # A pipe cannot be read twice, nor from its middle.
        return FileSource(path) if regular else TextSource(decode(path.read_bytes(), name), name=printable(path.name))
    except FileNotFoundError:
        raise StoreError(f"{printable(name)}: no such file or folder") from None
    except OSError as error:
        raise StoreError(f"cannot read {printable(name)}: {error.strerror or error}") from None


def _joined(names: list[str]) -> JoinedSource:
    texts: list[tuple[str, str]] = []
    skipped: list[tuple[str, str]] = []
    for name in names:
        if not os.path.isdir(name):
            texts.append((printable(name), _one(name).text))
            continue
        for file in _files(Path(name)):
            shown = printable(str(file.relative_to(name)))
            try:
                texts.append((shown, _small_text(file, shown)))
            except TextError as error:
                skipped.append((shown, str(error).removeprefix(f"{shown}: ")))
            except OSError as error:
                skipped.append((shown, error.strerror or "cannot be read"))
    if not texts:
        raise TextError(f"{', '.join(map(printable, names))}: no text files")
    return JoinedSource(texts, name=printable(names[0]) if len(names) == 1 else f"{len(texts)} files", skipped=skipped)


def _small_text(file: Path, shown: str) -> str:
    if file.is_symlink():
        raise TextError(f"{shown}: a symbolic link")
    if not file.is_file():
        raise TextError(f"{shown}: not a regular file")
    if file.stat().st_size > _MAX_FILE_BYTES:
        raise TextError(f"{shown}: over {_MAX_FILE_BYTES >> 20} MiB; name it by itself to have it taken")
    return decode(file.read_bytes(), shown)


def _files(folder: Path) -> list[Path]:
    """What git tracks, and what else is neither ignored, hidden, generated nor pages of ours."""
    tracked, others = _git_files(folder, "--cached"), _git_files(folder, "--others", "--exclude-standard")
    if not tracked and not others:
        others = {path for path in folder.rglob("*") if not path.is_dir()}
    pages = {path.parent for path in others if path.name == MANIFEST and _is_manifest(path)}
    return sorted(
        tracked
        | {
            path
            for path in others
            if not any(part.startswith(".") or part in _GENERATED for part in path.relative_to(folder).parts)
            and path.parent not in pages
        }
    )


def _is_manifest(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b'"smallprint.manifest/' in file.read(100)
    except OSError:
        return False


def _git_files(folder: Path, *which: str) -> set[Path]:
    """Files that git names; none outside a checkout or without git."""
    # A folder from elsewhere may name a program in its own git configuration (core.fsmonitor), which listing would run.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), "ls-files", "-z", *which, "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    names = os.fsdecode(done.stdout).split("\0") if done.returncode == 0 else []
    return {folder / name for name in names if name}
