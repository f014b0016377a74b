"""What samples come to."""

from __future__ import annotations

import pytest

from smallprint.evals.aggregates import aggregates
from smallprint.evals.metrics import longbench, ruler
from smallprint.evals.report.misses import worst_misses
from smallprint.evals.results import results
from smallprint.evals.sample import Sample


def sample(task: str, item: str, arm: str, score: float | None, **fields: object) -> Sample:
    given = {"digest": "", "prediction": "p", "answers": ("a",), "text_tokens": 100, "context_tokens": 100}
    return Sample(task=task, item=item, arm=arm, score=score, **{**given, **fields})  # pyright: ignore[reportArgumentType]


def test_differences_are_over_items_that_both_answered() -> None:
    rows = [
        sample("s/a", "1", "text", 1.0), sample("s/a", "1", "pages:flow", 0.5, context_tokens=25),
        sample("s/a", "2", "text", None, error="Unavailable"), sample("s/a", "2", "pages:flow", 0.0, context_tokens=25),
        sample("s/b", "1", "text", 0.0), sample("s/b", "1", "pages:flow", 1.0, context_tokens=25),
    ]  # fmt: skip
    text, pages = results(rows)["arms"]
    assert text["score"] == 0.5
    assert text["failures"] == 1
    assert text["difference"] is None
    assert pages["score"] == pytest.approx((0.25 + 1.0) / 2)
    assert pages["difference"]["mean"] == pytest.approx((-0.5 + 1.0) / 2)
    assert pages["compression"] == 4.0
    assert [task["n"] for task in pages["tasks"]] == [2, 1]


def test_tasks_count_alike() -> None:
    rows = [sample("s/a", str(n), "text", 1.0) for n in range(9)] + [sample("s/b", "1", "text", 0.0)]
    assert results(rows)["arms"][0]["score"] == 0.5


def test_by_length_and_depth() -> None:
    rows = [
        sample("s/a", f"{length}/{n}", "text", float(n > 1), length=length, depths=(n / 4,))
        for length in (4096, 8192) for n in range(5)
    ]  # fmt: skip
    task = results(rows)["arms"][0]["tasks"][0]
    assert [(row["length"], row["score"], row["n"]) for row in task["by_length"]] == [(4096, 0.6, 5), (8192, 0.6, 5)]
    assert [row["depth"] for row in task["by_depth"]] == [0.05, 0.25, 0.55, 0.75, 0.95]
    assert [row["score"] for row in task["by_depth"]] == [0, 0, 1, 1, 1]


def test_ruler_has_both_means_or_none() -> None:
    rows = [sample(f"ruler/{task}", "1", "text", 0.0 if task in ruler.UUID_TASKS else 1.0) for task in ruler.TASKS]
    found = aggregates(rows)
    assert found["ruler/11 without UUIDs"] == 1.0
    assert found["ruler/all 13"] == pytest.approx(11 / 13)
    assert aggregates(rows[:-1]) == {}


def test_longbench_mean_is_over_categories() -> None:
    rows = [
        sample(f"longbench/{name}", "1", "text", float(row.category == "code"))
        for name, row in longbench.DATASETS.items()
    ]
    found = aggregates(rows)
    assert found["longbench/mean of six categories"] == pytest.approx(1 / 6)
    assert found["longbench/code"] == 1.0
    assert "longbench/mean of six categories" not in aggregates(rows[1:])


def test_longbench_e_is_by_length() -> None:
    rows = [
        sample("longbench-e/qasper_e", "1", "text", 1.0, meta={"length": 100}),
        sample("longbench-e/trec_e", "1", "text", 0.0, meta={"length": 3999}),
        sample("longbench-e/trec_e", "2", "text", 1.0, meta={"length": 9000}),
    ]
    assert aggregates(rows) == {"longbench-e/0-4k": 0.5, "longbench-e/8k+": 1.0}


def test_answering_nothing_earns_no_f1() -> None:
    rows = [
        sample(
            "mmlongbench-doc/mmlongbench_doc",
            "1",
            "text",
            1.0,
            answers=("Not answerable",),
            prediction="Not answerable",
        ),
        sample("mmlongbench-doc/mmlongbench_doc", "2", "text", 0.0, answers=("Paris",), prediction="Not answerable"),
    ]
    assert aggregates(rows) == {"mmlongbench-doc/accuracy": 0.5, "mmlongbench-doc/F1": 0.0}


def test_mrcr_bins_count_alike() -> None:
    rows = [sample("mrcr/mrcr_2needle", str(n), "text", 1.0, meta={"bin": "4-8K"}) for n in range(9)]
    rows.append(sample("mrcr/mrcr_2needle", "x", "text", 0.0, meta={"bin": "16-32K"}))
    assert aggregates(rows) == {"mrcr/mrcr_2needle, mean of bins": 0.5}


def test_the_widest_gaps_come_first_and_no_task_fills_the_list() -> None:
    rows = [
        sample("s/a", str(n), arm, score, n_images=int(arm != "text"))
        for n in range(9)
        for arm, score in (("text", 1.0), ("pages:flow", 0.5))
    ]
    rows += [sample("s/b", "1", "text", 1.0), sample("s/b", "1", "pages:flow", 0.0, n_images=1)]
    misses = worst_misses(rows)
    assert [miss.sample.task for miss in misses] == ["s/b", "s/a", "s/a", "s/a"]
    assert misses[0].lost == 1.0
    assert misses[0].text is not None
