"""LongBench's items: the official prompt, letter for letter."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from smallprint.errors import DataError
from smallprint.evals.metrics.longbench import DATASETS
from smallprint.evals.task import Wanted
from smallprint.evals.tasks.longbench import TASKS, prompts
from smallprint.evals.truncation import head, middle_truncated, tail
from smallprint.tokens import count

SAMPLES = Path(__file__).parent / "samples"
BY_NAME = {task.name: task for task in TASKS}
PRESENT = sorted(path.stem for path in SAMPLES.glob("*.jsonl"))
E_NAMES = [
    "2wikimqa", "gov_report", "hotpotqa", "lcc", "multi_news", "multifieldqa_en", "passage_count", "passage_retrieval_en", "qasper",
    "repobench-p", "samsum", "trec", "triviaqa",
]  # fmt: skip


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", PRESENT)
def test_the_prompt_is_the_official_one(name: str) -> None:
    about = DATASETS[name.removesuffix("_e")]
    items = list(BY_NAME[name].make(Wanted(data=str(SAMPLES))))
    assert [item.prompt for item in items] == [prompts()[about.name].format(**row) for row in rows(name)]
    assert [item.context for item in items] == [row["context"] for row in rows(name)]
    for item, row in zip(items, rows(name), strict=True):
        assert item.id == f"{name}/{row['_id']}"
        assert list(item.answers) == row["answers"]
        assert (None if item.all_classes is None else list(item.all_classes)) == row["all_classes"]
        assert item.max_output_tokens == about.max_new_tokens
        assert item.n_tokens == count(item.prompt).tokens
        assert item.length is None
        assert json.loads(json.dumps(item.meta))["data"]["name"] == "samples"


def test_the_table() -> None:
    table = DATASETS
    assert len(table) == 21
    assert {row.category for row in table.values()} == {task.group for task in TASKS}
    assert sorted(name for name, row in table.items() if row.in_e) == E_NAMES
    assert sorted(name for name, row in table.items() if not row.chat_template) == [
        "lcc", "lsht", "repobench-p", "samsum", "trec", "triviaqa",
    ]  # fmt: skip
    assert all(prompt.count("{context}") == 1 and prompt.count("{") <= 2 for prompt in prompts().values())
    assert {name: row.max_new_tokens for name, row in table.items() if row.max_new_tokens not in (32, 64, 512)} == {
        "narrativeqa": 128, "qasper": 128, "dureader": 128, "samsum": 128,
    }  # fmt: skip
    assert sum(task.suite == "longbench-e" for task in TASKS) == 13
    assert len(BY_NAME) == 34


def test_buckets() -> None:
    items = BY_NAME["hotpotqa_e"].make(Wanted(data=str(SAMPLES)))
    assert [item.meta["bucket"] for item in items] == ["0-4k", "4-8k", "8k+"]


def test_an_archive_and_a_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.write(SAMPLES / "trec.jsonl", "data/trec.jsonl")
    task = BY_NAME["trec"]
    wanted = [item.prompt for item in task.make(Wanted(data=str(SAMPLES)))]
    for data in (tmp_path, tmp_path / "data.zip", SAMPLES / "trec.jsonl"):
        assert [item.prompt for item in task.make(Wanted(data=str(data)))] == wanted


def test_samples_are_chosen_by_the_seed_and_keep_their_order() -> None:
    task = BY_NAME["hotpotqa"]
    every = [item.id for item in task.make(Wanted(data=str(SAMPLES)))]
    chosen = {
        seed: [item.id for item in task.make(Wanted(data=str(SAMPLES), samples=2, seed=seed))] for seed in range(12)
    }
    assert all(ids == sorted(ids, key=every.index) and len(set(ids)) == 2 for ids in chosen.values())
    assert len({tuple(ids) for ids in chosen.values()}) == 3
    assert chosen[1] == [item.id for item in task.make(Wanted(data=str(SAMPLES), samples=2, seed=1))]


def test_items_are_no_longer_than_the_longest_length() -> None:
    task = BY_NAME["hotpotqa"]
    items = list(task.make(Wanted(data=str(SAMPLES))))
    sizes = sorted((item.n_tokens or 0) + item.max_output_tokens for item in items)
    assert len(set(sizes)) == 3
    assert len(list(task.make(Wanted(data=str(SAMPLES), lengths=(8, sizes[1]))))) == 2
    assert not list(task.make(Wanted(data=str(SAMPLES), lengths=(sizes[0] - 1,))))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"input": "a"}, "no field context, answers, length"),
        ({"input": "a", "context": 3, "answers": ["b"], "length": 1}, "context is int"),
        ({"input": "a", "context": "c", "answers": "b", "length": 1}, "answers is str"),
    ],
)
def test_rows_of_another_form(tmp_path: Path, row: dict[str, object], says: str) -> None:
    (tmp_path / "trec.jsonl").write_text(json.dumps(row), "utf-8")
    with pytest.raises(DataError, match=says):
        list(BY_NAME["trec"].make(Wanted(data=str(tmp_path))))


@pytest.mark.parametrize(
    "unit", ["The ferry carried forty passengers, and bees. ", "渡船造于一九一一年。", "a" * 7, "x=1\n"]
)
@pytest.mark.parametrize("n_tokens", [0, 1, 9, 200])
def test_the_middle_is_cut(unit: str, n_tokens: int) -> None:
    text = unit * 300
    cut = middle_truncated(text, n_tokens)
    assert n_tokens - 2 <= count(cut).tokens <= n_tokens + 1
    start, end = head(text, n_tokens // 2), tail(text, n_tokens // 2)
    assert cut == start + end
    assert text.startswith(start)
    assert text.endswith(end)


def test_the_middle_of_a_long_text() -> None:
    """Longer than the parts that texts are counted in."""
    text = " ".join(map(str, range(60_000)))
    total = count(text).tokens
    assert middle_truncated(text, total) == text
    cut = middle_truncated(text, total - 1000)
    assert total - 1003 <= count(cut).tokens <= total - 999
    assert cut.startswith("0 1 2")
    assert cut.endswith("59998 59999")
