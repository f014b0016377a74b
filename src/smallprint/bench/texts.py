"""What is drawn: the cases, and the texts that they take.

In: files that the user names, or none. Out: a `Case` with its text cut to size. Knows nothing of engines. Without files, prose is the
example that a checkout has, and code the standard library's own sources, in the order of their names.
"""

from __future__ import annotations

import hashlib
import sysconfig
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import smallprint
from smallprint.errors import DataError, TextError
from smallprint.render.inputs import open_source

Kind = Literal["prose", "code", "line"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A kind of text in a style, and the engines that it says something about; None is all of them."""

    name: str
    what: str
    style: str
    kind: Kind
    engines: tuple[str, ...] | None = None


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(name="prose-plain", what="prose, newlines as line breaks", style="glyph-en", kind="prose"),
        Case(name="prose-running", what="prose as running text with newline marks", style="flow", kind="prose"),
        Case(name="code", what="Python source", style="code", kind="code"),
        Case(
            name="long-line",
            what="one line without a newline",
            style="flow",
            kind="line",
            engines=("ours", "ours-small", "yardstick"),
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class CaseText:
    """The text of a case and where it is from."""

    case: Case
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


def choose(names: list[str]) -> list[Case]:
    """Cases by name. Raises `DataError` for an unknown one."""
    unknown = [name for name in names if name not in CASES]
    if unknown or not names:
        raise DataError(f"bench: unknown case {', '.join(unknown) or '(none)'}; known: {', '.join(CASES)}")
    return [CASES[name] for name in names]


def case_texts(cases: list[Case], files: list[str], n_chars: int) -> list[CaseText]:
    """Each case's text, at most `n_chars` characters. ``.py`` files are code, all others prose.

    Raises `StoreError` or `TextError` for a file that cannot be taken, `DataError` where a case has no text.
    """
    code_files = [name for name in files if name.lower().endswith(".py")]
    prose_files = [name for name in files if name not in code_files]
    found: dict[str, tuple[str, str]] = {}
    for case in cases:
        which = "code" if case.kind == "code" else "prose"
        if which not in found:
            named = code_files if which == "code" else prose_files
            if named:
                source = open_source(named)
                found[which] = source.name, source.text
            else:
                found[which] = _library(n_chars) if which == "code" else example()
    texts: list[CaseText] = []
    for case in cases:
        name, text = found["code" if case.kind == "code" else "prose"]
        if case.kind == "line":
            text = " ".join(text.split())
        text = text[:n_chars]
        if not text.strip():
            raise TextError(f"{name}: nothing but white space in the first {n_chars:,} characters")
        texts.append(CaseText(case=case, name=name, text=text))
    return texts


def example() -> tuple[str, str]:
    """Name and text of the book that a checkout has. Raises `DataError` where there is none."""
    path = Path(smallprint.__file__).parents[2] / "examples/jane-eyre.txt"
    if not path.is_file():
        raise DataError("bench: no text: name a text file; only a checkout has an example text")
    return path.name, open_source([str(path)]).text


def _library(n_chars: int) -> tuple[str, str]:
    """Top-level modules of the standard library, joined until they are long enough."""
    parts: list[str] = []
    length = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"), key=lambda path: path.name):
        if length >= n_chars:
            break
        with tokenize.open(path) as file:
            parts.append(file.read())
        length += len(parts[-1])
    if not parts:
        raise DataError(
            "bench: this Python has no sources of its standard library: name a .py file, or leave out case code"
        )
    return "Python's standard library", "".join(parts)
