"""What flows through a search: genomes, proposals, scores, trials.

In: nothing. Out: frozen values that the parts of a search hand to each other and that a study keeps as JSON. Knows no reader, no storage
and no style.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, cast

Value: TypeAlias = str | int | float | bool
Genome: TypeAlias = Mapping[str, Value]
"""Name of a knob -> its value. Every knob of the space is there; those that a condition turns off have no effect."""

Kind = Literal["seed", "sample", "mutation", "crossover"]
State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A style that somebody wants tried."""

    genome: Genome
    proposer: str
    kind: Kind = "sample"
    parents: tuple[int, ...] = ()
    """Numbers of the trials that it was made from."""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """What was read in place of what stands there, and how often."""

    truth: str
    read: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What an evaluation measured. Shares are 0 to 1, intervals 95%."""

    compression: float
    """Text tokens of the reader's family over its visual tokens, over the whole of the validation text."""
    cer: float
    """Character errors over the characters that were read back."""
    cer_interval: tuple[float, float]
    errors: int
    chars: int
    items: int
    exact: float | None = None
    """Share of the exact strings that were read back without a mistake; None where there were none."""
    exact_n: int = 0
    task: float | None = None
    """Mean score of questions that were answered from the pages; None where none were asked."""
    task_interval: tuple[float, float] | None = None
    task_n: int = 0
    judge: float | None = None
    """Mean mark that a model gave to the answers; None where none was asked."""
    usd: float | None = None
    """What the evaluation cost; None where no price is known."""
    tokens: int = 0
    """Tokens that the evaluation sent and got."""
    seconds_a_page: float = 0.0
    """To read a page."""
    rung: int = 0
    """How many rungs of the ladder of items it was given."""
    complete: bool = True
    """False where it was stopped early because it cannot reach the front."""
    by_kind: Mapping[str, float] = field(default_factory=dict[str, float])
    """Character errors by kind of text: prose, code, cjk."""
    confusions: tuple[Confusion, ...] = ()
    """The most frequent ones first."""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Scores:
        known: dict[str, Any] = {
            key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value for key, value in row.items()
        }
        known["confusions"] = tuple(Confusion(**each) for each in row.get("confusions", ()))
        return cls(**known)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One style in a study."""

    number: int
    proposal: Proposal
    style: str
    """Digest of the style that the genome stands for."""
    state: State = "done"
    scores: Scores | None = None
    """None unless it is done."""
    error: str = ""
    """Why it failed."""

    @property
    def genome(self) -> Genome:
        return self.proposal.genome


HELD_OUT = "held_out"
"""Name of the reference that is the best style of a search, on text that the search did not use."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A style that was measured after a search, on text that the search did not use, to compare with."""

    name: str
    """Of a preset; or `HELD_OUT`."""
    style: str
    """Digest of the style."""
    compression: float
    cer: float
    cer_interval: tuple[float, float]
    exact: float | None = None


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The scalar view: alpha x accuracy + beta x compression, and the error beyond which a style is no candidate."""

    alpha: float = 1.0
    beta: float = 0.02
    max_cer: float = 0.01


class Proposer(Protocol):
    """Somebody who says which styles to try. The same history and seed give the same proposals, as far as it is up to the proposer."""

    name: str

    def propose(self, history: Sequence[Trial], n: int, seed: int) -> list[Proposal]:
        """At most `n` proposals; fewer, or none, where it has nothing to say. Never raises for what a model answered.

        `history` has the trials in the order of their numbers, waiting, running and failed ones among them.
        """
        ...
