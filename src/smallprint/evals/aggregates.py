"""The means that the benchmarks report.

In: samples of one arm. Out: each suite's own means by name, 0 to 1, beside which results have the plain one. A mean over tasks that
were not all run is none: it would be another figure under the same name. Knows no arms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from smallprint.evals.metrics import longbench, mmlongbench, ruler
from smallprint.evals.sample import Sample


def aggregates(samples: Sequence[Sample]) -> dict[str, float]:
    """By name, as in `ruler/all 13`."""
    scored = [sample for sample in samples if sample.score is not None]
    suites: dict[str, list[Sample]] = {}
    for sample in scored:
        suites.setdefault(sample.task.partition("/")[0], []).append(sample)
    found: dict[str, float] = {}
    for suite, own in suites.items():
        found |= {f"{suite}/{name}": value for name, value in _OF.get(suite, _none)(own).items()}
    return found


def _none(_: Sequence[Sample]) -> dict[str, float]:
    return {}


def _percentages(samples: Sequence[Sample], percentage: Callable[[Sequence[float]], float]) -> dict[str, float]:
    """By task, rounded to two places, as the official codes do before they take means."""
    by_task: dict[str, list[float]] = {}
    for sample in samples:
        by_task.setdefault(sample.task.partition("/")[2], []).append(sample.score or 0.0)
    return {task: percentage(scores) for task, scores in by_task.items()}


def _ruler(samples: Sequence[Sample]) -> dict[str, float]:
    """Over all tasks, and without those of UUIDs, as the Glyph paper has it: all lengths together and, where there are several, each."""
    found: dict[str, float] = {}
    lengths = sorted({sample.length for sample in samples if sample.length is not None})
    groups: Mapping[str, list[Sample]] = {
        "": list(samples),
        **{
            f" at {length:,}": [sample for sample in samples if sample.length == length]
            for length in lengths
            if len(lengths) > 1
        },
    }
    for where, own in groups.items():
        figures = _percentages(own, ruler.percentage)
        if all(task in figures for task in ruler.TASKS if task not in ruler.UUID_TASKS):
            found[f"11 without UUIDs{where}"] = ruler.average_without_uuid(figures) / 100
        if all(task in figures for task in ruler.TASKS):
            found[f"all 13{where}"] = ruler.average(figures) / 100
    return found


def _longbench(samples: Sequence[Sample]) -> dict[str, float]:
    """The categories' means, and the paper's mean of the six."""
    figures = _percentages(samples, longbench.percentage)
    found = {name: mean / 100 for name, mean in longbench.category_means(figures).items()}
    if len(found) == len(longbench.CATEGORIES) and figures.keys() >= longbench.DATASETS.keys():
        found["mean of six categories"] = longbench.average(figures) / 100
    return found


def _longbench_e(samples: Sequence[Sample]) -> dict[str, float]:
    """By bucket of length, the mean over data sets."""
    by_task: dict[str, list[tuple[float, float]]] = {}
    for sample in samples:
        by_task.setdefault(sample.task, []).append((sample.score or 0.0, sample.meta["length"]))
    figures = [longbench.percentages_by_length(scores) for scores in by_task.values()]
    found = {name: [own for row in figures if (own := row[name]) is not None] for name, _ in longbench.BUCKETS}
    return {name: fmean(own) / 100 for name, own in found.items() if own}


def _mmlongbench(samples: Sequence[Sample]) -> dict[str, float]:
    """Accuracy, and F1, which does not reward a model for answering nothing."""
    accuracy, f1 = mmlongbench.accuracy_and_f1(
        mmlongbench.Scored(answer=sample.answers[0], prediction=sample.prediction or "", score=sample.score or 0.0)
        for sample in samples
    )
    return {"accuracy": accuracy, "F1": f1}


def _mrcr(samples: Sequence[Sample]) -> dict[str, float]:
    """By number of needles, the mean over the bins of length that there are, so that a full bin counts no more than another."""
    by_task: dict[str, dict[str, list[float]]] = {}
    for sample in samples:
        bins = by_task.setdefault(sample.task.partition("/")[2], {})
        bins.setdefault(str(sample.meta.get("bin")), []).append(sample.score or 0.0)
    return {
        f"{task}, mean of bins": fmean(fmean(scores) for scores in bins.values())
        for task, bins in by_task.items()
        if len(bins) > 1
    }


_OF = {
    "ruler": _ruler,
    "longbench": _longbench,
    "longbench-e": _longbench_e,
    "mmlongbench-doc": _mmlongbench,
    "mrcr": _mrcr,
}
