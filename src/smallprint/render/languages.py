"""Names of languages, and which one a file is in.

In: what a user writes, or a file's name. Out: the name of one of Pygments' lexers, or the lexer. Knows nothing of text. Lexers that other
packages add to Pygments are left out, so that a file is in the same language on every machine.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from smallprint.errors import StyleError

if TYPE_CHECKING:
    from pygments.lexer import Lexer

OFF, AUTO = "off", "auto"

# Where several lexers claim a name, Pygments 2.21 takes the last of the alphabet, such as Prolog for *.pl, or none; these are what the name
# most often means (2026-11-21).
_FILES = {
    "*.pl": "perl",
    "*.pm": "perl",
    "*.t": "perl",
    "*.sql": "sql",
    "*.fs": "fsharp",
    "*.S": "gas",
    "*.inc": "php",
    "*.ipynb": "json",
    "Cargo.lock": "toml",
    "poetry.lock": "toml",
    "uv.lock": "toml",
    "go.mod": "text",
}


def check(language: str) -> None:
    """Raise `StyleError`, with names that look alike, unless `highlight` may be this."""
    if language in (OFF, AUTO) or language in _lexers():
        return
    from difflib import get_close_matches

    near = get_close_matches(language, _lexers(), n=4, cutoff=0.5)
    meant = f" near it: {', '.join(near)};" if near else ""
    raise StyleError(f"highlight: unknown language {language!r};{meant} give auto, off or the name of a Pygments lexer")


def by_name(language: str) -> str | None:
    """The lexer that a style names; None for plain text."""
    return _colored(_lexers()[language])


@lru_cache(maxsize=1 << 12)
def by_file(file_name: str) -> str | None:
    """The lexer for a file's name, its folder left out; None where there is none."""
    from pygments.lexers import find_lexer_class, get_all_lexers

    for pattern, language in _FILES.items():
        if _matches(file_name, pattern):
            return by_name(language)
    claims = (
        (name, pattern)
        for name, _, patterns, _ in get_all_lexers(plugins=False)
        for pattern in patterns
        if _matches(file_name, pattern)
    )
    # As Pygments rates them: whole names before patterns.
    rated = [
        (lexer.priority + (0.5 if "*" not in pattern else 0), lexer.__name__, name)
        for name, pattern in claims
        if (lexer := find_lexer_class(name))
    ]
    return _colored(max(rated)[2]) if rated else None


def make_lexer(name: str) -> Lexer:
    """A fresh lexer: some remember what they met before."""
    from pygments.lexers import find_lexer_class

    found = find_lexer_class(name)
    assert found is not None
    return found()


def pygments_version() -> str:
    import pygments

    return pygments.__version__


@cache
def _lexers() -> dict[str, str]:
    """The lexer's name for each name of a language."""
    from pygments.lexers import get_all_lexers

    return {alias.lower(): name for name, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases}


def _colored(name: str) -> str | None:
    return None if name == "Text only" else name


def _matches(file_name: str, pattern: str) -> bool:
    ending = pattern[1:]
    if pattern.startswith("*") and not set(ending) & set("*?["):
        return file_name.endswith(ending)
    from fnmatch import fnmatchcase

    return fnmatchcase(file_name, pattern)
