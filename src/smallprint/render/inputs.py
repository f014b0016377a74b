"""What a user names: text files, folders of code, standard input.

In: paths. Out: one `Source`. A single file is read in pieces; several, or a folder, become one text with a line above each file that
names it. Of a folder, what git tracks or would track is taken where it is a checkout, else everything but hidden and generated folders;
files that are no text are left out and listed.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from smallprint.errors import StoreError, TextError
from smallprint.render.source import FileSource, Source, TextSource, decode

_GENERATED = frozenset({"__pycache__", "node_modules", "build", "dist", "target", "venv"})
_MAX_FILE_BYTES = 8 << 20
"""Larger files in a folder are data, not code; named by themselves they are taken."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One file of a joined source: its path and its span, the line above it left out."""

    path: str
    span: tuple[int, int]


class JoinedSource(TextSource):
    """Several files as one text. `parts` says which file is where, `skipped` which were left out and why."""

    def __init__(self, texts: list[tuple[str, str]], *, name: str, skipped: list[tuple[str, str]]) -> None:
        pieces: list[str] = []
        parts: list[Part] = []
        at = 0
        for path, text in texts:
            head = f"===== {path} =====\n"
            tail = "" if text.endswith("\n") else "\n"
            parts.append(Part(path=path, span=(at + len(head), at + len(head) + len(text))))
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
    if len(names) == 1 and not Path(names[0]).is_dir():
        source = _stdin() if names[0] == "-" else FileSource(_existing(names[0]))
    else:
        source = _joined(names)
    if not source.digest.n_chars:
        raise TextError(f"{source.name}: empty, nothing to do")
    return source


def _joined(names: list[str]) -> JoinedSource:
    texts: list[tuple[str, str]] = []
    skipped: list[tuple[str, str]] = []
    for name in names:
        if name == "-":
            texts.append(("standard input", _stdin().text))
            continue
        path = _existing(name)
        if not path.is_dir():
            texts.append((name, FileSource(path).text))
            continue
        for file in _files(path):
            shown = str(file.relative_to(path))
            try:
                if file.stat().st_size > _MAX_FILE_BYTES:
                    skipped.append((shown, f"over {_MAX_FILE_BYTES >> 20} MiB"))
                    continue
                texts.append((shown, decode(file.read_bytes(), shown)))
            except TextError as error:
                skipped.append((shown, str(error)))
            except OSError as error:
                skipped.append((shown, error.strerror or "cannot be read"))
    if not texts:
        raise TextError(f"{', '.join(names)}: no text files")
    return JoinedSource(texts, name=names[0] if len(names) == 1 else f"{len(texts)} files", skipped=skipped)


def _existing(name: str) -> Path:
    path = Path(name)
    if not path.exists():
        raise StoreError(f"{name}: no such file or folder")
    return path


def _stdin() -> TextSource:
    return TextSource(decode(sys.stdin.buffer.read(), "standard input"), name="standard input")


def _files(folder: Path) -> list[Path]:
    listed = _git_files(folder)
    if listed is None:
        listed = [
            path
            for path in folder.rglob("*")
            if not any(part.startswith(".") or part in _GENERATED for part in path.relative_to(folder).parts)
        ]
    return sorted(path for path in listed if path.is_file() and not path.is_symlink())


def _git_files(folder: Path) -> list[Path] | None:
    """Files that git tracks or does not ignore; None outside a checkout or without git."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return [folder / name for name in done.stdout.decode("utf-8", "surrogateescape").split("\0") if name]
