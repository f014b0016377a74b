"""One prediction, scored as its task says.

In: a task's name, a prediction, answers. Out: 0 to 1. Knows no reader, no prompts and no data sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, get_args

from smallprint.errors import DataError
from smallprint.evals.metrics import longbench, mmlongbench, own, ruler, similarity
from smallprint.evals.metrics.longbench import Convention

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
"""What a figure is to be compared with; `score` says what each is."""
MRCR = ("mrcr", "mrcr_2needle", "mrcr_4needle", "mrcr_8needle")
MMLONGBENCH = ("mmlongbench-doc", "mmlongbench_doc")
_END_TAG = "<|user|>"
"""What the Glyph scripts for MRCR take out of a prediction (evaluation/mrcr/scripts/post_api_mrcr.py, read 2026-11-21)."""


@dataclass(frozen=True, kw_only=True)
class _Case:
    task: str
    prediction: str
    answers: tuple[str, ...]
    all_classes: tuple[str, ...] | None
    convention: Convention
    prefix: str | None


def score(
    task: str,
    prediction: str,
    answers: Sequence[str],
    *,
    all_classes: Sequence[str] | None = None,
    convention: Convention = "official",
    prefix: str | None = None,
) -> float:
    """What the benchmark's own code gives one prediction, 0 to 1, to the last digit.

    >>> score("longbench/qasper", "The encoder, of course.", ["an encoder", "the decoder"])
    0.5
    >>> score("ruler/vt", "ABC and def", ["ABC", "DEF", "GHI"])
    0.6666666666666666

    - `task`: a data set of LongBench (also with `_e`), a task of RULER, `mrcr` or `mrcr_2needle` to `mrcr_8needle`, `mmlongbench-doc`; of
      our own `exact`, `words`, `transcription`, `code`, also with a kind behind them as in `exact_uuid`. A suite may stand in front
      (`ruler/vt`).
    - `answers`: the best counts, but `exact`, `code` and most of RULER ask for all of them. A bare string is one answer.
    - `all_classes`: the labels that there are, for `trec` and `lsht`; for `mmlongbench-doc` the answer's form, as in `["Float"]`.
    - `convention`: `official`; `glyph` cleans the prediction as the Glyph scripts do (LongBench: no thinking, one blank for all white
      space; MRCR: no white space at the ends; the others: as it is); `true-rouge` gives long summaries the score for which the official
      code's stack is too short (longbench.exceeds_recursion).
    - `prefix`: what the answer has to begin with, for `mrcr`; None takes the answer's first ten characters.

    Raises `DataError` for an unknown task or convention, and for an item that lacks what its metric needs.
    """
    if convention not in CONVENTIONS:
        raise DataError(f"convention: {convention!r} is not known; allowed: {', '.join(CONVENTIONS)}")
    name = task.rpartition("/")[2]
    metric = _metric(name)
    given = (answers,) if isinstance(answers, str) else tuple(answers)
    wrong = [value for value in (prediction, *given) if not isinstance(value, str)]  # pyright: ignore[reportUnnecessaryIsInstance]
    if wrong:
        raise DataError(f"prediction, answers: strings are needed, got {wrong[0]!r}")
    classes = None if all_classes is None else tuple(all_classes)
    return metric(
        _Case(
            task=name, prediction=prediction, answers=given, all_classes=classes, convention=convention, prefix=prefix
        )
    )


_Metric: TypeAlias = Callable[[_Case], float]


def _longbench(case: _Case) -> float:
    row = longbench.dataset(case.task)
    assert row is not None
    return longbench.score(row, case.prediction, case.answers, all_classes=case.all_classes, convention=case.convention)


def _ruler(case: _Case) -> float:
    return ruler.score(case.task, case.prediction, case.answers)


def _mrcr(case: _Case) -> float:
    prediction = case.prediction
    if case.convention == "glyph":
        prediction = prediction.strip().replace(_END_TAG, "")
    return max(similarity.grade(prediction, answer, case.prefix) for answer in _some(case))


def _mmlongbench(case: _Case) -> float:
    if case.all_classes is None or len(case.all_classes) != 1:
        raise DataError(
            f"all_classes: {case.task} needs the answer's form, one of {', '.join(mmlongbench.FORMS)}, got {case.all_classes!r}"
        )
    return max(mmlongbench.score(answer, case.prediction, case.all_classes[0]) for answer in _some(case))


_OWN: dict[str, Callable[[str, Sequence[str]], float]] = {
    "exact": own.exact,
    "words": own.transcription,
    "transcription": own.transcription,
    "code": own.code,
}
"""By the first word of the task's name."""


def _own(case: _Case) -> float:
    return _OWN[case.task.partition("_")[0]](case.prediction, _some(case))


def _some(case: _Case) -> tuple[str, ...]:
    if not case.answers:
        raise DataError(f"answers: {case.task} needs at least one, got none")
    return case.answers


def _metric(name: str) -> _Metric:
    if longbench.dataset(name) is not None:
        return _longbench
    for names, metric in ((ruler.TASKS, _ruler), (MRCR, _mrcr), (MMLONGBENCH, _mmlongbench)):
        if name in names:
            return metric
    if name.partition("_")[0] in _OWN:
        return _own
    allowed = (*longbench.DATASETS, *ruler.TASKS, *MRCR, MMLONGBENCH[0], *_OWN)
    raise DataError(f"task: {name!r} is not known; allowed: {', '.join(allowed)}")
