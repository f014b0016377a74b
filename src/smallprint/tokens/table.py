"""The table of tokenizers: where each may lie on disk, its estimator's weights and their measured errors, or what is counted instead.

In: a tokenizer's name. Out: a row of tokenizers.toml, frozen. Knows no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from smallprint.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Tokenizer:
    """A row of tokenizers.toml; what the fields mean is said there."""

    name: str
    carried: str | None
    hub: tuple[str, ...]
    tiktoken: str | None
    mistral: bool
    pattern_cuts: bool
    weights: Mapping[str, Mapping[str, float]]
    """By script (estimator.py); empty where nothing was fitted."""
    error: Mapping[str, tuple[float, float]]
    """By script: (median, 95th percentile) of the relative error, the worst of the kinds of text measured."""
    proxy: str | None
    note: str
    source: str
    date: str | None


def tokenizers() -> tuple[str, ...]:
    """Names of all rows, in the order of the table."""
    return tuple(_rows())


def tokenizer(name: str) -> Tokenizer:
    """One row. Raises `TokenError` for an unknown name."""
    rows = _rows()
    if name not in rows:
        known = ", ".join(rows)
        raise TokenError(
            f"tokenizer: unknown name {name!r}; known are {known}, hf:<repository> and the path of a tokenizer.json"
        )
    return rows[name]


@cache
def _rows() -> dict[str, Tokenizer]:
    import tomllib
    from importlib import resources

    table = tomllib.loads(resources.files("smallprint.tokens").joinpath("tokenizers.toml").read_text("utf-8"))
    fits = tomllib.loads(resources.files("smallprint.tokens").joinpath("estimator.toml").read_text("utf-8"))
    return {name: _row(name, row, fits.get(name, {})) for name, row in table.items() if name != "schema"}


def _row(name: str, row: dict[str, Any], fit: dict[str, Any]) -> Tokenizer:
    return Tokenizer(
        name=name,
        carried=row.get("carried"),
        hub=tuple(row.get("hub", ())),
        tiktoken=row.get("tiktoken"),
        mistral=row.get("mistral", False),
        pattern_cuts=row.get("pattern_cuts", False),
        weights=fit.get("weights", {}),
        error={script: (median, p95) for script, (median, p95) in fit.get("error", {}).items()},
        proxy=row.get("proxy"),
        note=row.get("note", ""),
        source=fit.get("source", row.get("source", "")),
        date=fit.get("date"),
    )
