"""The table of model families: one row each, read from families.toml.

In: a family's name, or a model's name as an API spells it. Out: a `Family`, frozen. Knows neither how a rule counts (vision.py) nor what a
token costs (prices.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from smallprint.errors import TokenError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may hold; None where no source gives a number."""

    max_images: int | None = None
    max_side_px: int | None = None
    """Sides over this are rejected, not resized."""
    many_images: int | None = None
    """Above this number of images the pixel limit is `many_images_max_side_px`."""
    many_images_max_side_px: int | None = None
    max_request_mib: float | None = None
    """The whole request: images in base64, and text."""
    max_image_mib: float | None = None
    """One image in base64."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """A row of the table."""

    name: str
    rule: str
    params: Mapping[str, float]
    """The rule's parameters, by the names of `vision.RULES`."""
    tokenizer: str
    """A row of tokenizers.toml."""
    overhead: int
    """Text tokens around each image, beyond `vision_tokens`."""
    limits: Limits
    price_model: str | None
    price_provider: str | None
    detail: str | None
    """What OpenAI is asked for, `detail` of an image, so that it counts as the rule does; None: left out."""
    media_resolution: str | None
    """The same for Gemini."""
    source: str
    date: str
    note: str


_OWN_KEYS = {
    "name",
    "rule",
    "tokenizer",
    "overhead",
    "limits",
    "price_model",
    "price_provider",
    "detail",
    "media_resolution",
    "source",
    "date",
    "note",
}


@cache
def _table() -> tuple[dict[str, Family], tuple[tuple[re.Pattern[str], str], ...]]:
    import tomllib
    from importlib import resources

    data = tomllib.loads(resources.files("smallprint.tokens").joinpath("families.toml").read_text("utf-8"))
    rows: dict[str, Family] = {}
    for row in cast("list[dict[str, Any]]", data["family"]):
        rows[row["name"]] = Family(
            name=row["name"],
            rule=row["rule"],
            params={key: value for key, value in row.items() if key not in _OWN_KEYS},
            tokenizer=row["tokenizer"],
            overhead=row.get("overhead", 0),
            limits=_limits(row.get("limits", {})),
            price_model=row.get("price_model"),
            price_provider=row.get("price_provider"),
            detail=row.get("detail"),
            media_resolution=row.get("media_resolution"),
            source=row["source"],
            date=row["date"],
            note=row.get("note", ""),
        )
    aliases = tuple((re.compile(row["pattern"]), row["family"]) for row in cast("list[dict[str, str]]", data["alias"]))
    return rows, aliases


def _limits(row: dict[str, Any]) -> Limits:
    unknown = set(row) - {f.name for f in fields(Limits)}
    assert not unknown, f"families.toml: unknown limits {sorted(unknown)}"
    return Limits(**row)


def families() -> tuple[str, ...]:
    """Names of all families, in the order of the table."""
    return tuple(_table()[0])


def family(name: str) -> Family:
    """The row of one family. Raises `TokenError` for an unknown name."""
    rows = _table()[0]
    try:
        return rows[name]
    except (KeyError, TypeError):
        raise TokenError(f"family: unknown name {name!r}; known are {', '.join(rows)}") from None


def family_of(model: str) -> Family:
    """The family of a model as an API or a hub names it: ``claude-sonnet-4-6``, ``Qwen/Qwen3-VL-8B-Instruct``, ``gpt-5.5-2026-04-23``.

    A family's own name is its family. Raises `TokenError` where no pattern fits.
    """
    rows, aliases = _table()
    if model in rows:
        return rows[model]
    low = model.lower()
    for pattern, name in aliases:
        if pattern.search(low):
            return rows[name]
    raise TokenError(f"model: no family is known for {model!r}; name one of {', '.join(rows)}")
