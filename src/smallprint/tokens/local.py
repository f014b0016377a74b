"""Tokenizers that already lie on this disk.

In: a row of tokenizers.toml, ``hf:<repository>`` or the path of a tokenizer.json. Out: an `Exact` counter, or None where the disk has none.
Knows the layouts of the Hugging Face cache, of tiktoken's cache directory and of mistral-common; opens no connection.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from smallprint.errors import TokenError
from smallprint.tokens import pieces, table

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Exact:
    """A counter that is right for any part that starts and ends between two pieces."""

    n_tokens: Callable[[str], int]
    prepare: Callable[[str], str]
    """What the tokenizer does to a text before it counts."""
    source: str
    pattern_cuts: bool
    """True when parts cut between pieces (pieces.py) count as the whole does."""


def find(name: str) -> Exact | None:
    """The exact counter of this name, or None. Raises `TokenError` for an unknown name, or a file that is there and cannot be read."""
    if name.startswith("hf:"):
        path = hub_file(name[3:])
        if path is None:
            raise TokenError(
                f"tokenizer: {name[3:]!r} has no tokenizer.json in the Hugging Face cache at {hub_cache()}"
            )
        return _from_tokenizer_json(path, path.stat().st_mtime_ns, name[3:], pattern_cuts=False)
    if name.endswith(".json"):
        path = Path(name)
        if not path.is_file():
            raise TokenError(f"tokenizer: there is no file {name!r}")
        return _from_tokenizer_json(path, path.stat().st_mtime_ns, name, pattern_cuts=False)
    row = table.tokenizer(name)
    if row.carried:
        return _carried(row.carried, row.source)
    if row.tiktoken and (path := tiktoken_file(row.tiktoken)):
        return _from_tiktoken_cache(row.tiktoken, path)
    for repository in row.hub:
        if (path := hub_file(repository)) and _has("tokenizers"):
            return _from_tokenizer_json(path, path.stat().st_mtime_ns, repository, pattern_cuts=row.pattern_cuts)
    if row.mistral and _has("mistral_common"):
        return _tekken()
    return None


def hub_cache() -> Path:
    """The Hugging Face cache, by the variables that huggingface_hub reads (its constants.py)."""
    for variable, below in (
        ("HF_HUB_CACHE", ""),
        ("HUGGINGFACE_HUB_CACHE", ""),
        ("HF_HOME", "hub"),
        ("XDG_CACHE_HOME", "huggingface/hub"),
    ):
        if value := os.environ.get(variable):
            return Path(value).expanduser() / below
    return Path.home() / ".cache" / "huggingface" / "hub"


def hub_file(repository: str, file_name: str = "tokenizer.json") -> Path | None:
    """A file of a repository's newest snapshot in the cache, the one that ``main`` names first."""
    folder = hub_cache() / f"models--{repository.replace('/', '--')}"
    try:
        head = (folder / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        head = ""
    if head and (path := folder / "snapshots" / head / file_name).is_file():
        return path
    found = [path for path in folder.glob(f"snapshots/*/{file_name}") if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


_TIKTOKEN_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_TIKTOKEN_SHA256 = {  # tiktoken 0.14, tiktoken_ext/openai_public.py, read 2026-11-20
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


def tiktoken_file(encoding: str) -> Path | None:
    """Where tiktoken keeps an encoding that it has downloaded before, or None (its load.py: the sha1 of the address is the file's name)."""
    import hashlib
    import tempfile

    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if variable in os.environ:
            folder = os.environ[variable]
            break
    else:
        folder = os.path.join(tempfile.gettempdir(), "data-gym-cache")
    if not folder:
        return None
    path = Path(folder) / hashlib.sha1(_TIKTOKEN_URL.format(encoding).encode(), usedforsecurity=False).hexdigest()
    return path if path.is_file() else None


@cache
def _carried(name: str, source: str) -> Exact:
    from smallprint.tokens.vocab import carried_encoding

    encoding = carried_encoding(name)
    return Exact(
        n_tokens=lambda text: len(encoding.encode_ordinary(text)), prepare=pieces.nfc, source=source, pattern_cuts=True
    )


@cache
def _from_tiktoken_cache(name: str, path: Path) -> Exact | None:
    """tiktoken itself would fetch the file anew when its sha256 is wrong, so the check comes first."""
    import hashlib

    import tiktoken

    if hashlib.sha256(path.read_bytes()).hexdigest() != _TIKTOKEN_SHA256[name]:
        return None
    encoding = tiktoken.get_encoding(name)
    return Exact(
        n_tokens=lambda text: len(encoding.encode_ordinary(text)),
        prepare=_unchanged,
        source=f"tiktoken's cache, {name} ({path.parent})",
        pattern_cuts=True,
    )


@cache
def _from_tokenizer_json(path: Path, _mtime_ns: int, label: str, *, pattern_cuts: bool) -> Exact:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise TokenError(f"tokenizer: {label!r} needs the package tokenizers (pip install tokenizers)") from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise TokenError(f"tokenizer: {path} cannot be read: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Exact(
        n_tokens=lambda text: len(tokenizer.encode(text, add_special_tokens=False)),
        prepare=_unchanged,
        source=f"{label} ({path})",
        pattern_cuts=pattern_cuts,
    )


@cache
def _tekken() -> Exact | None:
    """The newest tekken file that mistral-common carries."""
    import mistral_common
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    files = sorted((Path(mistral_common.__file__).parent / "data").glob("tekken_*.json"))
    if not files:
        return None
    tokenizer = Tekkenizer.from_file(files[-1])
    return Exact(
        n_tokens=lambda text: len(tokenizer.encode(text, bos=False, eos=False)),
        prepare=_unchanged,
        source=f"mistral-common, {files[-1].name}",
        pattern_cuts=True,
    )


def _unchanged(text: str) -> str:
    return text


def _has(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None
