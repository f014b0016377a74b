"""Scores: what was misread is counted, once, and hopeless styles are given up early."""

from __future__ import annotations

import dataclasses

import pytest

from smallprint.errors import Unavailable
from smallprint.render import Style, render
from smallprint.render.source import TextSource
from smallprint.search.evaluate import Evaluator, TaskScores
from smallprint.search.objectives import Goal
from smallprint.search.transcribers import Reading
from smallprint.search.validation import validation_of
from smallprint.tokens.text import count
from smallprint.tokens.vision import vision_tokens
from tests.search.readers import Blurred, Broken
from tests.search.test_validation import prose

TEXT = prose(120_000)
VALIDATION = validation_of(TextSource(TEXT, name="made"), seed=1)
FLOW = Style.preset("flow")


def small(size: float) -> Style:
    return FLOW.with_keys({"font-size": size, "line-height": size})


def test_a_perfect_reader_has_no_errors_and_every_string() -> None:
    found = Evaluator(VALIDATION, Blurred(), Goal(), rungs=(2, 4))(FLOW)
    assert (found.errors, found.cer, found.exact, found.items, found.rung, found.complete) == (0, 0, 1, 4, 2, True)
    assert found.cer_interval[0] == 0 < found.cer_interval[1]
    assert found.chars == sum(len(" ".join(excerpt.text.split())) for excerpt in VALIDATION.search[:4])
    assert found.confusions == ()


def test_compression_is_that_of_all_pages() -> None:
    found = Evaluator(VALIDATION, Blurred(), Goal())
    pages = list(render(VALIDATION.layout, FLOW))
    tokens = sum(vision_tokens("glm-4.1v", page.width_px, page.height_px) for page in pages)
    assert found.compression(FLOW, VALIDATION.layout) == count(VALIDATION.layout).tokens / tokens


def test_errors_are_those_that_were_made() -> None:
    class OneInTen(Blurred):
        def read(self, texts: object, style: Style) -> list[Reading]:
            return [
                dataclasses.replace(
                    each, text="".join("#" if at % 10 == 3 else char for at, char in enumerate(each.text))
                )
                for each in super().read(texts, style)  # pyright: ignore
            ]

    found = Evaluator(VALIDATION, OneInTen(), Goal(), rungs=(2,))(FLOW)
    assert found.cer == pytest.approx(0.1, abs=0.02)
    assert found.cer_interval[0] <= found.cer <= found.cer_interval[1]
    assert found.exact is not None
    assert found.exact < 1
    assert all(each.read == "#" and len(each.truth) == 1 for each in found.confusions)
    assert [each.count for each in found.confusions] == sorted((each.count for each in found.confusions), reverse=True)


def test_a_style_that_cannot_win_is_not_read_on() -> None:
    evaluate = Evaluator(VALIDATION, Blurred(), Goal(), rungs=(2, 4, 8))
    best = evaluate(small(8))
    worse = evaluate(small(6.5), [best])
    assert worse.complete
    assert worse.compression > best.compression
    hopeless = evaluate(small(4), [best])
    assert (hopeless.complete, hopeless.rung) == (False, 1)
    assert hopeless.cer > 0.5
    beaten = evaluate(small(7).with_keys({"line-height": 12}), [best])
    assert not beaten.complete
    # Without a front, what is of no use at all is given up all the same.
    assert not evaluate(small(4)).complete


def test_the_final_measure_reads_what_the_search_did_not() -> None:
    reader = Blurred()
    evaluate = Evaluator(VALIDATION, reader, Goal(), rungs=(2, 4))
    evaluate(FLOW)
    seen = {text for _, text in reader.read_texts}
    evaluate.measured(FLOW, VALIDATION.held_out)
    later = [text for _, text in reader.read_texts[len(seen) :]]
    assert not seen & set(later)
    assert len(later) > len(VALIDATION.held_out)


def test_every_excerpt_is_read_once_whatever_the_rungs() -> None:
    reader = Blurred()
    found = Evaluator(VALIDATION, reader, Goal(), rungs=(1, 2, 500))(FLOW)
    texts = [text for _, text in reader.read_texts]
    assert len(texts) == len(set(texts))
    assert found.items == len(VALIDATION.search)
    assert found.complete


def test_questions_are_asked_of_complete_styles_alone() -> None:
    asked: list[str] = []

    class Questions:
        def score(self, style: Style) -> TaskScores:
            asked.append(style.digest)
            return TaskScores(mean=0.5, interval=(0.2, 0.8), n=4, judge=0.7, usd=0.25, tokens=100)

    evaluate = Evaluator(VALIDATION, Blurred(), Goal(), rungs=(2, 4), questions=Questions())
    found = evaluate(FLOW)
    assert (found.task, found.task_interval, found.task_n, found.judge) == (0.5, (0.2, 0.8), 4, 0.7)
    assert found.usd == pytest.approx(0.25 + 0.001 * 6)
    evaluate(small(4))
    assert asked == [FLOW.digest]


def test_a_broken_reader_is_told() -> None:
    with pytest.raises(Unavailable):
        Evaluator(VALIDATION, Broken(), Goal())(FLOW)


def test_what_is_not_asked_yet_may_still_be_right() -> None:
    class Questions:
        def score(self, style: Style) -> TaskScores:
            return TaskScores(mean=1.0, interval=None, n=1)

    goal = Goal(names=("compression", "task"))
    poor = dataclasses.replace(Evaluator(VALIDATION, Blurred(), goal, rungs=(2,))(small(6)), task=0.0)
    found = Evaluator(VALIDATION, Blurred(), goal, rungs=(1, 2, 3, 4, 5), questions=Questions())(FLOW, [poor])
    assert (found.complete, found.task, found.items) == (True, 1.0, 5)
