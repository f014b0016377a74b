"""Where pages lost most against text.

In: samples of a run. Out: pairs of samples of the same item, the widest gap first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from smallprint.evals.results import TEXT
from smallprint.evals.sample import Sample

SHOWN = 24
PER_TASK = 3


@dataclass(frozen=True, kw_only=True)
class Miss:
    """An item that one arm answered worse than the text arm, or wrong where there is no text arm."""

    sample: Sample
    text: Sample | None

    @property
    def lost(self) -> float:
        return (1.0 if self.text is None else self.text.score or 0.0) - (self.sample.score or 0.0)


def worst_misses(samples: Sequence[Sample]) -> list[Miss]:
    """At most `PER_TASK` of a task in an arm and `SHOWN` in all, of arms that send pages."""
    texts = {(sample.task, sample.item): sample for sample in samples if sample.arm == TEXT}
    misses = [
        Miss(sample=sample, text=texts.get((sample.task, sample.item)))
        for sample in samples
        if sample.n_images and sample.score is not None
    ]
    shown: list[Miss] = []
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for miss in sorted(misses, key=lambda each: (-each.lost, each.sample.key)):
        place = miss.sample.task, miss.sample.arm
        if miss.lost <= 0 or len(shown) == SHOWN:
            break
        if taken[place] < PER_TASK:
            taken[place] += 1
            shown.append(miss)
    return shown
