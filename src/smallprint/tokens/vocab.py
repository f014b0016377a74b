"""The vocabularies that the package carries.

In: a row of vocab/VOCAB.toml. Out: a tiktoken `Encoding`, built once a process. Knows nothing of how long a text it may be given: that is
pieces.py. The raw file's sha256 is checked at every load (2.6 MB: a few milliseconds), so a damaged install is an error and not a wrong
count.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from smallprint.errors import TokenError

if TYPE_CHECKING:
    import tiktoken


def raw_vocabulary(name: str) -> bytes:
    """The vocabulary file as its makers publish it. Raises `TokenError` when it is not the file that VOCAB.toml names."""
    import hashlib
    import lzma

    row = _rows()[name]
    data = lzma.decompress(_folder().joinpath(str(row["file"])).read_bytes())
    digest = hashlib.sha256(data).hexdigest()
    if digest != row["raw_sha256"]:
        raise TokenError(
            f"tokenizer {name!r}: {row['file']} has sha256 {digest}, but {row['raw_sha256']} is needed; install smallprint again"
        )
    return data


def parse_ranks(raw: bytes) -> dict[bytes, int]:
    """Token bytes to rank, from a .tiktoken file: a base64 token, a space and a rank on each line."""
    from base64 import b64decode

    return {b64decode(token): int(rank) for token, rank in (line.split() for line in raw.splitlines() if line)}


@cache
def carried_encoding(name: str) -> tiktoken.Encoding:
    """The carried vocabulary as an encoding without special tokens: what looks like one in a text is text."""
    import tiktoken

    row = _rows()[name]
    return tiktoken.Encoding(
        name, pat_str=str(row["pattern"]), mergeable_ranks=parse_ranks(raw_vocabulary(name)), special_tokens={}
    )


@cache
def _rows() -> dict[str, dict[str, str | int]]:
    import tomllib

    table = tomllib.loads(_folder().joinpath("VOCAB.toml").read_text("utf-8"))
    return {name: row for name, row in table.items() if name != "schema"}


def _folder():
    from importlib import resources

    return resources.files("smallprint.tokens").joinpath("vocab")
