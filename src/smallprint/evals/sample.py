"""What came of one item in one arm.

In: what was sent and answered. Out: a `Sample`, a line of the log, and back. Knows no reader.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smallprint.errors import StoreError


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One line of `samples.jsonl`."""

    task: str
    """`suite/name`."""
    item: str
    digest: str
    """Of the item's prompt and answers."""
    arm: str
    score: float | None
    """0 to 1; None where there is no answer for reasons that are not the model's."""
    prediction: str | None
    answers: tuple[str, ...]
    length: int | None = None
    n_tokens: int | None = None
    depths: tuple[float, ...] = ()
    text_tokens: int = 0
    """Of the context as text."""
    context_tokens: int = 0
    """That stood for it."""
    n_images: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    usd: float | None = None
    reckoned_usd: float | None = None
    """The most that the request was reckoned to cost before it was sent."""
    finish: str | None = None
    error: str | None = None
    """The kind of error, as in `smallprint.errors`, where there was one."""
    message: str | None = None
    seconds: float = 0.0
    attempts: int = 1
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The request without the images' bytes: its texts, and each image's size and digest."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The exchange as the provider described it."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.task, self.item, self.arm

    @property
    def is_final(self) -> bool:
        """Whether it stays when a run goes on: what has no score is asked again."""
        return self.score is not None

    @property
    def compression(self) -> float | None:
        return self.text_tokens / self.context_tokens if self.context_tokens and self.text_tokens else None

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Sample:
        """Raises `StoreError` for a row of another form."""
        names = {each.name for each in dataclasses.fields(cls)}
        if set(row) != names:
            raise StoreError(f"samples.jsonl: a line has the keys {sorted(row)}; allowed: {sorted(names)}")
        held: dict[str, Any] = {**row, "answers": tuple(row["answers"]), "depths": tuple(row["depths"])}
        return cls(**held)
