"""What samples come to.

In: samples of a run. Out: for each arm and task the mean score with its interval, the difference from the text arm over the same items,
tokens, dollars, refusals and failures; the suites' own aggregates. Knows no files and no reader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, TypeVar

from smallprint.evals.aggregates import aggregates
from smallprint.evals.sample import Sample
from smallprint.evals.statistics import mean_of, stratified_mean

_Key = TypeVar("_Key")
TEXT = "text"
DEPTHS = 10
"""Parts of the context that scores by depth are given for."""


def results(samples: Sequence[Sample]) -> dict[str, Any]:
    """`arms[{arm, score, interval, compression, tasks[{task, score, interval, ...}], ...}]`; scores are 0 to 1."""
    by_arm = _grouped(samples, lambda sample: sample.arm)
    text = {(sample.task, sample.item): sample for sample in by_arm.get(TEXT, ())}
    return {"arms": [_arm(arm, rows, text) for arm, rows in by_arm.items()]}


def _arm(arm: str, samples: Sequence[Sample], text: Mapping[tuple[str, str], Sample]) -> dict[str, Any]:
    by_task = _grouped(samples, lambda sample: sample.task)
    tasks = [_task(task, rows, text) for task, rows in by_task.items()]
    scored = [scores for rows in by_task.values() if (scores := _scores(rows))]
    mean = stratified_mean(scored) if scored else None
    return {
        "arm": arm,
        "score": mean.mean if mean else None,
        "interval": None if mean is None or mean.low is None else [mean.low, mean.high],
        "difference": None if arm == TEXT else _difference(samples, text),
        "compression": _compression(samples),
        "aggregates": aggregates(samples),
        **_costs(samples),
        "tasks": tasks,
    }


def _task(task: str, samples: Sequence[Sample], text: Mapping[tuple[str, str], Sample]) -> dict[str, Any]:
    scores = _scores(samples)
    mean = mean_of(scores) if scores else None
    by_length = _grouped(
        (sample for sample in samples if sample.length is not None), lambda sample: int(sample.length or 0)
    )
    return {
        "task": task,
        "score": mean.mean if mean else None,
        "interval": None if mean is None or mean.low is None else [mean.low, mean.high],
        "difference": None if all(sample.arm == TEXT for sample in samples) else _difference(samples, text),
        "compression": _compression(samples),
        **_costs(samples),
        "by_length": [
            {"length": length, "score": fmean(own), "n": len(own), "compression": _compression(rows)}
            for length, rows in sorted(by_length.items())
            if (own := _scores(rows))
        ],
        "by_depth": _by_depth(samples),
    }


def _scores(samples: Iterable[Sample]) -> list[float]:
    return [sample.score for sample in samples if sample.score is not None]


def _difference(samples: Sequence[Sample], text: Mapping[tuple[str, str], Sample]) -> dict[str, Any] | None:
    """Of each item's score from the text arm's, over items that both answered; tasks count alike."""
    by_task: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        other = text.get((sample.task, sample.item))
        if sample.score is not None and other is not None and other.score is not None:
            by_task[sample.task].append(sample.score - other.score)
    if not by_task:
        return None
    return stratified_mean(list(by_task.values()), are_scores=False).to_json()


def _compression(samples: Sequence[Sample]) -> float | None:
    """Text tokens of all contexts a token that stood for them."""
    sent = [sample for sample in samples if sample.context_tokens and sample.text_tokens]
    return sum(sample.text_tokens for sample in sent) / sum(sample.context_tokens for sample in sent) if sent else None


def _costs(samples: Sequence[Sample]) -> dict[str, Any]:
    usd = [sample.usd for sample in samples if sample.usd is not None]
    errors = [sample.error for sample in samples if sample.error]
    return {
        "n": len(_scores(samples)),
        "refusals": errors.count("Refused"),
        "too_large": errors.count("TooLarge"),
        "failures": sum(sample.score is None for sample in samples),
        "cut_off": sum(sample.finish == "length" for sample in samples),
        "tokens_in": _known(sample.tokens_in for sample in samples),
        "tokens_out": _known(sample.tokens_out for sample in samples),
        "usd": sum(usd) if usd else None,
    }


def _known(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _by_depth(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """Items with one needle, by the tenth of the context that it stands in."""
    found: dict[int, list[float]] = defaultdict(list)
    for sample in samples:
        if len(sample.depths) == 1 and sample.score is not None:
            found[min(DEPTHS - 1, int(sample.depths[0] * DEPTHS))].append(sample.score)
    return [
        {"depth": (place + 0.5) / DEPTHS, "score": fmean(scores), "n": len(scores)}
        for place, scores in sorted(found.items())
    ]


def _grouped(samples: Iterable[Sample], key: Callable[[Sample], _Key]) -> dict[_Key, list[Sample]]:
    groups: dict[_Key, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(key(sample), []).append(sample)
    return groups
