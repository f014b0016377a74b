"""One thing to be answered.

In: what a task makes or loads. Out: an `Item`, which an arm turns into a request. Knows no reader, no pages and no score.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Item:
    """`before`, `context` and `question`, joined as they stand, are the whole prompt of the text arm."""

    id: str
    """Unique in its task, and the same for the same data or seed."""
    context: str
    """The long text: what becomes pages. Empty where `pdf` has the pages."""
    question: str
    """What follows the context and stays text in every arm: the question, the form of the answer, the answer's beginning."""
    answers: tuple[str, ...]
    """What counts as right; how several of them count is the metric's."""
    max_output_tokens: int
    before: str = ""
    """What stands before the context in the task's own prompt; stays text in every arm."""
    all_classes: tuple[str, ...] | None = None
    """The labels that there are, for classification."""
    prefix: str = ""
    """What the answer has to begin with, where the metric asks for it."""
    length: int | None = None
    """The length that was asked for, in tokens; None where the data has the length that it has."""
    n_tokens: int | None = None
    """Tokens of the whole prompt by the tokenizer that was named."""
    depths: tuple[float, ...] = ()
    """Where in the context the answers stand, 0 (beginning) to 1 (end)."""
    pdf: Path | None = None
    """A document whose pages are taken as they are."""
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a report may group by; serialises as JSON."""

    @property
    def prompt(self) -> str:
        """The whole prompt as text."""
        return f"{self.before}{self.context}{self.question}"
