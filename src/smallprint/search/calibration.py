"""What a calibration found: the legibility curve of a model, and the densest style within a limit.

In: scores of rungs, and what came of questions. Out: a `Calibration`, as JSON, and as a `Profile`. Knows nothing of how they were taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from smallprint._version import __version__
from smallprint.errors import DataError
from smallprint.readers.profile import CurvePoint, Profile
from smallprint.search.abstention import Abstention, Asked
from smallprint.search.ladder import FILLS, Ladder
from smallprint.search.legibility import RungScore

SCHEMA = "smallprint.calibration/1"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a style must keep to be recommended, and what may be spent. Raises `DataError` for a value that is not allowed."""

    max_cer: float = 0.01
    """Character errors in the kind that decides."""
    exact: float | None = None
    """Share of strings right to the last character; None where it does not matter."""
    max_usd: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("max_cer", self.max_cer), ("exact", self.exact)):
            if value is not None and not 0 <= value <= 1:
                raise DataError(f"{name}: {value:g} is not allowed; give a share from 0 to 1")

    def keeps(self, score: RungScore, kind: str) -> bool:
        if self.exact is not None and (score.exact is None or score.exact < self.exact):
            return False
        return score.of(kind) is not None and score.cer(kind) <= self.max_cer

    def best(self, scores: Sequence[RungScore], kind: str) -> RungScore | None:
        """The densest that keeps them; None where none does."""
        kept = [score for score in scores if self.keeps(score, kind)]
        return max(kept, key=lambda score: (score.ratio, -score.cer(kind)), default=None)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What a run found."""

    subject: dict[str, Any]
    text: dict[str, Any]
    limits: Limits
    decides: str
    """The kind of text by which a style is chosen."""
    rungs: tuple[RungScore, ...]
    """In the order in which they were read."""
    abstention: tuple[Abstention, ...]
    """On the best rung, then on one that is illegible or else was read worst. Empty where nothing can be asked."""
    stopped: str = ""
    """Why the run is not complete; empty where it is."""
    asked: tuple[Asked, ...] = field(default=(), repr=False)

    @property
    def best(self) -> RungScore | None:
        """The densest that keeps the limits; None where none does, or the run is not complete."""
        return None if self.stopped else self.limits.best(self.rungs, self.decides)

    @property
    def usd(self) -> float | None:
        """None where no price is known, or not of all replies."""
        found = [each.usd for each in (*self.rungs, *self.asked)]
        known = [usd for usd in found if usd is not None]
        return sum(known) if len(known) == len(found) else None

    @property
    def tokens(self) -> int:
        return sum(each.tokens_in + each.tokens_out for each in (*self.rungs, *self.asked))

    @property
    def seconds(self) -> float:
        """Of reading and answering, one after the other."""
        return sum(each.seconds for each in (*self.rungs, *self.asked))

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "smallprint": __version__,
            **self.subject,
            "text": self.text,
            "limits": asdict(self.limits),
            "rungs": [score.to_json() for score in self.rungs],
            "abstention": [each.to_json() for each in self.abstention],
            "recommended": None if self.best is None else self.best.name,
            "stopped": self.stopped,
            "usd": self.usd,
            "tokens": self.tokens,
            "seconds": self.seconds,
        }

    def profile(self, ladder: Ladder, *, date: str, command: str) -> Profile:
        """Raises `DataError` where no style is within the limits: one that was not found good is not handed on."""
        best = self.best
        if best is None:
            raise DataError("profile: no style is within the limits")
        about: dict[str, Any] = {
            "text": self.text["name"],
            "cer_of": self.decides,
            "max_cer": self.limits.max_cer,
            "exact_at_least": self.limits.exact,
            "base_url": self.subject["base_url"],
            "usd": self.usd,
            "tokens": self.tokens,
            "smallprint": __version__,
        }
        for name, each in zip(("best", "worst"), self.abstention, strict=False):
            about |= {f"{name}_rung": each.rung, f"{name}_made_up": each.made_up, f"{name}_denied": each.denied}
        curve = [score for score in self.rungs if score.fill == FILLS[0] or score == best]
        return Profile(
            reader=self.subject["reader"],
            family=self.subject["family"],
            style=ladder.rung(best.size_px, best.fill).style,
            curve=tuple(
                CurvePoint(
                    ratio=round(score.ratio, 3),
                    cer=score.cer(self.decides),
                    exact=score.exact,
                    style=score.name,
                )
                for score in sorted(curve, key=lambda score: score.ratio)
            ),
            date=date,
            command=command,
            about=about,
        )
