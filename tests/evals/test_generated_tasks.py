"""Tasks that are made here: lengths, answers, depths, and rules that read."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.metrics import score
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import code, exact, transcription, words
from smallprint.evals.tasks.code_base import CodeBase, CodeFile, code_base
from smallprint.evals.tasks.code_rules import callers, defining_file, parameters
from smallprint.evals.tasks.fill import filled
from smallprint.evals.tasks.shipped import text
from smallprint.tokens import count

ALL = (*exact.TASKS, *words.TASKS, *transcription.TASKS, *code.TASKS)
LENGTHS = (2_048, 8_192)
SAMPLES = 11
by_name = pytest.mark.parametrize("task", ALL, ids=lambda task: task.name)


@cache
def items(name: str) -> tuple[Item, ...]:
    (task,) = (task for task in ALL if task.name == name)
    return tuple(task.make(Wanted(lengths=LENGTHS, samples=SAMPLES)))


@by_name
def test_items_have_the_lengths_that_were_asked_for(task: Task) -> None:
    made = items(task.name)
    assert [item.length for item in made] == [length for length in LENGTHS for _ in range(SAMPLES)]
    for item in made:
        assert item.n_tokens == count(item.prompt).tokens
        used = item.n_tokens + item.max_output_tokens
        assert item.length
        assert item.length * 0.8 < used <= item.length
    assert len({item.id for item in made}) == len(made)
    assert made[0].id == f"{task.name}/2048/0/000"


@by_name
def test_answers_stand_in_the_context_and_fit_the_output(task: Task) -> None:
    for item in items(task.name):
        assert item.answers
        assert all(0 <= depth <= 1 for depth in item.depths)
        assert count(" ".join(item.answers)).tokens <= item.max_output_tokens
        json.dumps(item.meta)
        if task.name != "words":
            assert all(answer in item.context for answer in item.answers)


@by_name
def test_the_rule_is_right_on_the_clean_context(task: Task) -> None:
    assert task.rule
    for item in items(task.name):
        assert score(task.name, task.rule(item.context, item.question), item.answers) == 1.0, item.id


@by_name
def test_the_seed_alone_decides(task: Task) -> None:
    again = tuple(task.make(Wanted(lengths=LENGTHS[:1], samples=2)))
    assert again == items(task.name)[:2]
    other = tuple(task.make(Wanted(lengths=LENGTHS[:1], samples=2, seed=1)))
    assert all(a.context != b.context for a, b in zip(again, other, strict=True))


def test_items_are_the_same_on_every_machine() -> None:
    """A change here makes earlier results incomparable; CHANGELOG.md says why."""
    digest = hashlib.sha256()
    for task in ALL:
        for item in items(task.name)[:2]:
            digest.update(repr((item.id, item.prompt, item.answers, item.depths)).encode())
    assert digest.hexdigest() == "4e30b52327f89f809226e0ddba8b2d8519bd7e5a1547ca442710e33971c1e6c8"


@pytest.mark.parametrize("task", [*exact.TASKS, *words.TASKS], ids=lambda task: task.name)
def test_prose_without_its_line_breaks_reads_the_same(task: Task) -> None:
    assert task.rule
    for item in items(task.name):
        assert task.rule(" ".join(item.context.split()), item.question) == item.answers[0]


@pytest.mark.parametrize("task", exact.TASKS, ids=lambda task: task.name)
def test_every_depth_is_asked_for(task: Task) -> None:
    for length in LENGTHS:
        found = [item for item in items(task.name) if item.length == length]
        assert sorted(item.meta["depth"] for item in found) == [place / 10 for place in range(11)]
        for item in found:
            assert abs(item.depths[0] - item.meta["depth"]) < 0.12
            assert item.context.count(item.answers[0]) == 1


@pytest.mark.parametrize("task", exact.TASKS, ids=lambda task: task.name)
def test_the_rule_finds_a_place_that_was_misread(task: Task) -> None:
    """One letter in twelve is wrong, the value's left as they are."""
    assert task.rule
    right = 0
    for item in items(task.name):
        (value,) = item.answers
        before, after = item.context.split(value)
        answer = task.rule(misread(before, item.id) + value + misread(after, item.id), item.question)
        right += score(task.name, answer, item.answers) == 1.0
    assert right >= 0.95 * len(items(task.name))


def test_words_that_were_misread() -> None:
    (task,) = words.TASKS
    assert task.rule
    scores = [
        score(task.name, task.rule(misread(item.context, item.id), item.question), item.answers)
        for item in items(task.name)
    ]
    assert sum(each > 0.8 for each in scores) >= 0.9 * len(scores)


def misread(context: str, seed: str) -> str:
    draw = random.Random(seed)
    return "".join(draw.choice("aeinorst") if char.isalpha() and draw.random() < 1 / 12 else char for char in context)


def test_a_value_is_copied_as_it_was_read() -> None:
    question = items("exact_hex")[0].question
    thing = question.split(" of the ")[1].split(" in the")[0]
    for read, answer in (
        (f"And so. Tbe checksum of tne {thing} is 0f1e 2d3c. Then", "0f1e2d3c"),
        (f"The checksum of the {thing} is\n0f1e2d3c, Then", "0f1e2d3c"),
        (f"The checksum of the {thing} is 0f1e2d3c", "0f1e2d3c"),
        (f"The checksum of the {thing} is", ""),
        ("Nothing of the kind.", ""),
        ("", ""),
    ):
        assert exact.rule(read, question) == answer


def test_lines_whose_numbers_were_misread() -> None:
    context = "Line 1: a b Line 2: c d Lime 8: e f Line 4; g h Line 5: i j"
    ask = "Which words stand in lines {} and {}?".format
    assert words.rule(context, ask(3, 4)) == "e f g h"
    assert words.rule(context, ask(1, 2)) == "a b c d"
    assert words.rule(context, ask(4, 5)) == "g h i j"
    assert words.rule(context, ask(70, 71)) == ""


SOURCE = '''\
===== FILE: a.py =====
@decorated(first(1))
def outer(left, right=(1, 2), *rest: "x, y", key: dict[str, int] = {"a": 1}, **more):  # what (it) is
    """Calls nothing( here."""
    def inner():
        return target(left)
    other(
        target(right),
    )
    return inner

===== FILE: b/c.py =====
class Thing:
    async def method(self, value):
        await target(value)
    text = target(1)
'''


def test_code_as_it_was_read() -> None:
    assert callers(SOURCE, "target") == ["inner", "outer", "method"]
    assert parameters(SOURCE, "outer") == ["left", "right", "rest", "key", "more"]
    assert parameters(SOURCE, "method") == ["value"]
    assert defining_file(SOURCE, "Thing") == "b/c.py"
    misread = (
        SOURCE.replace("outer", "outcr").replace("===== FILE: a", "==== FlLE; a").replace("def inner", "dcf inner")
    )
    assert parameters(misread, "outer")[:2] == ["left", "right"]
    assert defining_file(misread, "outer") == "a.py"
    assert callers(misread, "target") == ["outcr", "method"]
    assert callers(SOURCE.replace("target", "tarqet"), "target") == []


def test_names_are_told_apart() -> None:
    """Whatever is asked for has one definition, and its calls are all in functions."""
    base = code_base(None)
    joined = base.text
    for finder in code._FINDERS.values():
        for target in finder(base):
            assert len([each for each in base.definitions if each.name == target.name]) == 1
            assert joined.count(f"def {target.name}(") + joined.count(f"class {target.name}") >= 1
    twice = CodeBase(
        "", [CodeFile("a.py", "def double():\n    pass\n"), CodeFile("b.py", "def double():\n    once_only()\n")]
    )
    assert not code._defined(twice)


def test_a_folder_and_a_text_are_the_same_code_base(tmp_path: Path) -> None:
    base = code_base(None)
    folder = tmp_path / "folder"
    for file in base.files:
        if file.is_python:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / file.path).write_text(file.text, "utf-8")
    (folder / "two.py").write_text("x = '''\n===== FILE: y.py =====\n'''\n", "utf-8")
    (folder / "broken.py").write_text("def broken(:\n", "utf-8")
    (tmp_path / "text.txt").write_text("".join(file.shown for file in base.files if file.is_python), "utf-8")
    from_folder, from_text = code_base(str(folder)), code_base(str(tmp_path / "text.txt"))
    key = lambda each: (each.file, each.name)  # noqa: E731
    assert sorted(from_folder.definitions, key=key) == sorted(from_text.definitions, key=key)
    assert Counter(from_folder.calls) == Counter(from_text.calls)
    assert {file.path for file in from_folder.files} - {file.path for file in from_text.files} == {"broken.py"}
    (item,) = code.TASKS[1].make(Wanted(lengths=(4096,), samples=1, data=str(folder)))
    assert item.answers[0] in item.context
    assert str(tmp_path) not in item.prompt


@pytest.mark.parametrize(
    "task", [task for task in ALL if task.name != "transcription_random"], ids=lambda task: task.name
)
def test_data_that_cannot_be_taken(task: Task, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for data in (tmp_path / "missing", tmp_path / "bytes"):
        with pytest.raises(DataError, match="data: "):
            list(task.make(Wanted(lengths=(4096,), samples=1, data=str(data))))


@by_name
def test_a_length_that_is_too_short(task: Task) -> None:
    with pytest.raises(DataError, match="lengths: "):
        list(task.make(Wanted(lengths=(32,), samples=1)))


def test_a_text_that_is_too_short_is_gone_through_again() -> None:
    story = "One sentence is here. Another follows it! A third? The end."
    made = filled(
        story, budget=300, tokenizer="qwen", random=random.Random(1), planted=[(0.5, "Planted here."), (1.0, "Last.")]
    )
    assert 250 < count(made.text).tokens <= 300
    assert made.text.endswith("Last.")
    assert made.text.count("Planted here.") == 1
    assert 0.4 < made.depths[0] < 0.6
    assert made.text.count("The end.\n\nOne sentence") > 3
    assert story.split()[0] in made.text


def test_planted_sentences_keep_their_order() -> None:
    planted = [(place / 10, f"Number {place} stands here.") for place in range(11)]
    made = filled(text("jane_eyre.txt"), budget=900, tokenizer="qwen", random=random.Random(3), planted=planted)
    places = [made.text.index(sentence) for _, sentence in planted]
    assert places == sorted(places)
    assert [place / len(made.text) for place in places] == list(made.depths)
    assert made.text.startswith("Number 0 stands")
    assert made.text.endswith("Number 10 stands here.")
    assert all(b - a > 30 for a, b in pairwise(places))


@by_name
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_rule_raises_on_mutilated_text(task: Task, data: st.DataObject) -> None:
    assert task.rule
    made = items(task.name)
    item = made[data.draw(st.integers(0, SAMPLES - 1))]
    start = data.draw(st.integers(0, len(item.context)))
    end = data.draw(st.integers(start, len(item.context)))
    inserted = data.draw(st.text(max_size=40))
    dropped = data.draw(st.sampled_from(["", "\n", " ", "(", ")", ":", "=", "e", "."]))
    read = item.context[:start] + inserted + item.context[end:]
    read = read.replace(dropped, "") if dropped else read
    assert isinstance(task.rule(read, item.question), str)
    assert isinstance(task.rule(inserted, item.question), str)
    assert isinstance(task.rule(item.context[:end], inserted), str)
