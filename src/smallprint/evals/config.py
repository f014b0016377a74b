"""What a run is asked to do.

In: tasks, styles, arms, limits. Out: a `RunConfig`, which says what is not allowed, and as JSON what makes two runs the same run.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError
from smallprint.evals.arms import ARMS
from smallprint.evals.metrics import CONVENTIONS, Convention
from smallprint.tokens.text import count

if TYPE_CHECKING:
    from smallprint.evals.task import Wanted
    from smallprint.readers.base import Reader
    from smallprint.render import Style

SCHEMA = "smallprint.eval/1"
DEFAULT_ARMS = ("text", "pages", "pins", "truncated", "deleted", "bm25")
LENGTHS = (4096,)
"""Of items that are made, where none is asked for."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """What is run. Everything that a figure depends on is here, and is kept beside the figures."""

    tasks: tuple[str, ...]
    """Suites, or tasks as `suite/name`."""
    wanted: Wanted
    styles: Mapping[str, Style]
    """By name; the first is the one whose tokens the other arms get."""
    arms: tuple[str, ...] = DEFAULT_ARMS
    family: str
    convention: Convention = "official"
    """How predictions are cleaned before they are scored."""
    concurrency: int = 8
    max_usd: float | None = None
    window: int | None = None
    max_output_tokens: int | None = None
    """In place of the tasks' own, for models that think aloud."""
    temperature: float | None = None
    prices: str | None = None
    pdf_dpi: float = 96

    def __post_init__(self) -> None:
        if unknown := [arm for arm in self.arms if arm not in ARMS]:
            raise DataError(f"arms: {unknown[0]!r} is not known; allowed: {', '.join(ARMS)}")
        if not self.arms:
            raise DataError(f"arms: there are none; allowed: {', '.join(ARMS)}")
        if self.convention not in CONVENTIONS:
            raise DataError(f"convention: {self.convention!r} is not known; allowed: {', '.join(CONVENTIONS)}")
        if not self.styles:
            raise DataError("styles: there are none; the pages' tokens are the budget of every other arm")
        count("", self.wanted.tokenizer)
        for name, least in (
            ("concurrency", 1), ("max_output_tokens", 1), ("window", 1), ("max_usd", 0), ("temperature", 0), ("pdf_dpi", 20)
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not least <= value < math.inf:
                raise DataError(f"{name}: {value} is not a number from {least}")

    def to_json(self, reader: Reader) -> dict[str, Any]:
        """What makes two runs the same run: all but how fast and for how much."""
        from smallprint import __version__

        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        for name in ("concurrency", "max_usd", "prices"):
            del fields[name]
        return {
            "schema": SCHEMA,
            "version": __version__,
            "reader": reader.name,
            "base_url": reader.base_url,
            **fields,
            "wanted": dataclasses.asdict(self.wanted),
            "styles": {name: {"digest": style.digest, "keys": style.to_glyph()} for name, style in self.styles.items()},
        }
