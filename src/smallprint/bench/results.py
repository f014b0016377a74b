"""What a measurement of speed gives, in the form that goes to JSON.

In: numbers, one for each round. Out: `SpeedReport`, with medians and ratios worked out. Knows nothing of engines or clocks. Every ratio is
taken within a round, where the machine was as busy for both, and the median of the rounds' ratios is given with the least and the greatest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

SCHEMA = "smallprint.bench.render/1"


@dataclass(frozen=True, kw_only=True)
class Split:
    """CPU seconds of the parts of ours, each the median of the rounds.

    layout: all pages taken, nothing drawn. raster: all pages taken with their pixels, less layout. encode: all pages taken as PNG, less
    the time of taking their pixels; below what encoding costs by itself where PNG is written without going through `Page.pixels`.
    """

    layout_seconds: float
    raster_seconds: float
    encode_seconds: float

    @classmethod
    def of(cls, rounds: Sequence[tuple[float, float, float]]) -> Split:
        layout, raster, encode = (median(part) for part in zip(*rounds, strict=True))
        return cls(layout_seconds=layout, raster_seconds=raster, encode_seconds=encode)


@dataclass(frozen=True, kw_only=True)
class Threads:
    """Ours on several threads: wall seconds a round, and those on one thread next to them."""

    threads: int
    wall_seconds: tuple[float, ...]
    one_thread_wall_seconds: tuple[float, ...]

    @property
    def speedup(self) -> float:
        pairs = zip(self.one_thread_wall_seconds, self.wall_seconds, strict=True)
        return median(one / many for one, many in pairs)


@dataclass(frozen=True, kw_only=True)
class EngineResult:
    """One engine on one case: measured, or `missing` says why not."""

    engine: str
    what: str
    missing: str | None = None
    sampled: bool = False
    """Measured on the text's first pages; its figures count by the character."""
    n_chars: int = 0
    n_pages: int = 0
    n_bytes: int = 0
    cpu_seconds: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()
    """Characters a CPU second over the yardstick's, a round each; empty where that was not measured."""
    split: Split | None = None
    threads: Threads | None = None
    n_compared: int | None = None
    """Files of the first round that were compared: decoded with the page's pixels, or, without the kernel, bytes with bytes."""
    n_different: int | None = None

    @property
    def seconds(self) -> float:
        """Median CPU seconds for `n_chars` characters."""
        return median(self.cpu_seconds)

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"engine": self.engine, "what": self.what, "missing": self.missing}
        if self.missing is not None:
            return row
        row |= {
            "sampled": self.sampled,
            "n_chars": self.n_chars,
            "n_pages": self.n_pages,
            "cpu_seconds": list(self.cpu_seconds),
            "chars_per_second": self.n_chars / self.seconds,
            "pages_per_second": self.n_pages / self.seconds,
            "bytes_per_1000_chars": 1000 * self.n_bytes / self.n_chars if self.n_bytes else None,
            "ratio": median(self.ratios) if self.ratios else None,
            "ratio_range": [min(self.ratios), max(self.ratios)] if self.ratios else None,
        }
        if self.split is not None:
            row |= asdict(self.split)
        if self.threads is not None:
            row |= {**asdict(self.threads), "thread_speedup": self.threads.speedup}
        if self.n_compared is not None:
            row |= {"n_compared": self.n_compared, "n_different": self.n_different}
        return row


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """All engines on one text in one style."""

    case: str
    what: str
    style: str
    text: str
    sha256: str
    n_chars: int
    n_pages: int
    engines: tuple[EngineResult, ...]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "engines": [row.to_json() for row in self.engines]}


@dataclass(frozen=True, kw_only=True)
class SpeedReport:
    """A whole run."""

    machine: dict[str, str | int | None]
    versions: dict[str, str | None]
    rounds: int
    cases: tuple[CaseResult, ...]

    @property
    def n_different(self) -> int:
        """Files that are not what they should be; any is a bug."""
        return sum(row.n_different or 0 for case in self.cases for row in case.engines)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "machine": self.machine,
            "versions": self.versions,
            "rounds": self.rounds,
            "cases": [case.to_json() for case in self.cases],
        }


def ratios(mine: Sequence[float], n_chars: int, yardstick: Sequence[float], yardstick_chars: int) -> tuple[float, ...]:
    """Characters a second over the yardstick's, round by round."""
    return tuple(
        (n_chars / seconds) / (yardstick_chars / other) for seconds, other in zip(mine, yardstick, strict=True)
    )
