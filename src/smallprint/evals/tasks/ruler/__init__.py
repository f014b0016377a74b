"""RULER's thirteen tasks, made here: needles in a haystack, variable tracking, word counts, questions on documents.

prompts      RULER's own words          fitting     as much text as a length allows
haystacks    texts and words            needles     niah
tracing      vt                         frequencies cwe and fwe
questions    qa_1 and qa_2              rules       answers without a model
overlap      the same for questions

Shapes are those of NVIDIA's scripts/synthetic.yaml at c3f5e3b (2026-07-22). Scores are comparable with published ones in kind, not to the
digit: the essays are a novel, the words are the novel's, the questions are samples of XQuAD and HotpotQA, and each item's essay begins
elsewhere. `Wanted.data` may name one's own essays, or SQuAD's and HotpotQA's JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from smallprint.evals.item import Item
from smallprint.evals.task import Rule, Task, Wanted
from smallprint.evals.tasks.ruler import frequencies, needles, questions, rules, tracing
from smallprint.evals.tasks.ruler.needles import Shape
from smallprint.evals.tasks.ruler.overlap import overlap

_SHAPES = {
    "niah_single_1": Shape(haystack="noise"),
    "niah_single_2": Shape(haystack="essay"),
    "niah_single_3": Shape(haystack="essay", values="uuids"),
    "niah_multikey_1": Shape(haystack="essay", n_keys=4),
    "niah_multikey_2": Shape(haystack="needle"),
    "niah_multikey_3": Shape(haystack="needle", keys="uuids", values="uuids"),
    "niah_multivalue": Shape(haystack="essay", n_values=4),
    "niah_multiquery": Shape(haystack="essay", n_queries=4),
}


def _task(name: str, group: str, make: Callable[[str, Wanted], Iterator[Item]], rule: Rule) -> Task:
    return Task(suite="ruler", name=name, group=group, make=partial(make, name), rule=rule)


TASKS: tuple[Task, ...] = (
    *(_task(name, "retrieval", partial(needles.items, shape=shape), rules.needles) for name, shape in _SHAPES.items()),
    _task("vt", "tracing", tracing.items, rules.tracing),
    _task("cwe", "aggregation", frequencies.common_words, rules.common_words),
    _task("fwe", "aggregation", frequencies.frequent_words, rules.frequent_words),
    _task("qa_1", "questions", questions.squad, overlap),
    _task("qa_2", "questions", questions.hotpot, overlap),
)
