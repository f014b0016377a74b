"""MRCR: chats of the asked length, the same everywhere; the data set's rows; and the rule that finds the nth reply."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.mrcr import TASKS
from smallprint.evals.tasks.mrcr.forms import FORMS, TOPICS, written
from smallprint.evals.tasks.mrcr.turns import Turn, as_text, bin_of, ordinal
from smallprint.evals.tasks.ruler.haystacks import sentences
from smallprint.tokens import count

TASK = {task.name: task for task in TASKS}
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@cache
def some(name: str, length: int = 8192, samples: int = 3, seed: int = 0) -> list[Item]:
    return list(TASK[name].make(Wanted(lengths=(length,), samples=samples, seed=seed)))


def turns(context: str) -> list[tuple[str, str]]:
    found = re.split(r"(?:^|\n)User: (.*)\nAssistant: ", context)[1:]
    return list(zip(found[::2], found[1::2], strict=True))


def answered(task: Task, item: Item, context: str) -> str:
    assert task.rule is not None
    return task.rule(context, item.question)


def test_the_table() -> None:
    assert list(TASK) == ["mrcr_2needle", "mrcr_4needle", "mrcr_8needle"]
    assert {task.suite for task in TASKS} == {"mrcr"}


@every_task
def test_the_nth_of_so_many_requests_is_asked_for(task: Task) -> None:
    for item in [*some(task.name), *some(task.name, 32768, 1)]:
        asked = re.fullmatch(
            r"\n\nPrepend (\w{10}) to the (\d)(st|nd|rd|th) \(1 indexed\) (.+)\. Do not include any other text in your response\.",
            item.question,
        )
        assert asked
        replies = [reply for request, reply in turns(item.context) if request == f"write a {asked[4]}"]
        assert len(replies) == item.meta["n_needles"] == int(task.name[5])
        assert item.answers == (asked[1] + replies[int(asked[2]) - 1],)
        assert (item.prefix, item.meta["asked"]) == (asked[1], int(asked[2]))
        assert abs(item.context.index(item.answers[0][10:]) / len(item.context) - item.depths[0]) < 1e-4
        bodies = [set(sentences(reply)[2:-1]) for reply in replies]
        assert all(not one & other for one, other in combinations(bodies, 2))
        others = [request for request, _ in turns(item.context)]
        assert len(others) == item.meta["n_turns"]
        form = item.meta["form"]
        topic = asked[4].rsplit(" ", 1)[1]
        assert any(f" {form} " in request and topic not in request for request in others)
        assert item.context.count(item.answers[0][10:]) == 1


@every_task
def test_prompt_and_answer_fill_the_length(task: Task) -> None:
    for item in [*some(task.name, 4096), *some(task.name), *some(task.name, 32768, 1)]:
        assert item.length is not None
        assert item.n_tokens == count(item.prompt).tokens
        assert 0.98 * item.length <= item.n_tokens + item.max_output_tokens <= item.length
        answer_tokens = count(item.answers[0]).tokens
        assert item.max_output_tokens > 1.2 * answer_tokens
        assert item.meta["bin"] == bin_of(item.n_tokens + answer_tokens)


SHA256 = {
    "mrcr_2needle": "4e846e7a92375077",
    "mrcr_4needle": "ea8e88a8ea663840",
    "mrcr_8needle": "d5435fc7c8c2732c",
}


@every_task
def test_items_are_the_same_on_every_machine(task: Task) -> None:
    items = some(task.name)
    assert [item.id for item in items] == [f"{task.name}/8192/0/{index:03}" for index in range(3)]
    assert next(task.make(Wanted(lengths=(8192,), samples=1))) == items[0]
    assert some(task.name, seed=1, samples=1)[0].context != items[0].context
    whole = json.dumps([items[0].prompt, items[0].answers, items[0].depths])
    assert hashlib.sha256(whole.encode()).hexdigest()[:16] == SHA256[task.name]


@every_task
def test_the_rule_copies_the_reply(task: Task) -> None:
    for item in [*some(task.name), *some(task.name, 32768, 1)]:
        assert answered(task, item, item.context) == item.answers[0]
        flat = item.context.replace("\n", " ")
        wrapped = "\n".join(flat[at : at + 83] for at in range(0, len(flat), 83))
        for context in (flat, wrapped):
            assert "".join(answered(task, item, context).split()) == "".join(item.answers[0].split())


def test_the_rule_reads_over_errors_and_not_over_other_requests() -> None:
    rule = TASKS[0].rule
    assert rule is not None
    chat = [
        Turn("write a poem about cats", "A cat sat."),
        Turn("write a poem about bats", "The bats flew."),
        Turn("write a poem about cats", "Cats,\n\ntwo of them. "),
        Turn("write a poem about hats", "On hats"),
    ]
    context, _ = as_text(chat)
    question = "Prepend Xy1 to the 2nd (1 indexed) poem about cats. Do not include any other text in your response."
    assert rule(context, question) == "Xy1Cats,\n\ntwo of them. "
    misread = (
        context.replace("poem about cats", "poem ahout cals", 1)
        .replace("Assistant: A", "Assistanl: A")
        .replace("User:", "Usor:", 2)
    )
    assert misread.count("cals") == 1
    assert rule(misread, question) == "Xy1Cats,\n\ntwo of them. "
    assert rule(context.replace("Cats,", "Cals,"), question) == "Xy1Cals,\n\ntwo of them. "
    assert rule(context, question.replace("2nd", "3rd")) == ""


@settings(max_examples=25, deadline=None, database=None)
@given(data=st.data())
def test_the_rule_never_raises(data: st.DataObject) -> None:
    task = TASK["mrcr_8needle"]
    item = some(task.name)[0]
    random = Random(data.draw(st.integers(0, 10**6)))
    mutated = "".join(
        random.choice(("", char + char, "\n", "é", "User: write a ", ":")) if random.random() < 0.1 else char
        for char in item.context[: data.draw(st.integers(0, 6000))]
    )
    for context in (mutated, data.draw(st.text(max_size=100)), ""):
        for question in (item.question, data.draw(st.text(max_size=50)), ""):
            assert task.rule is not None
            assert isinstance(task.rule(context, question), str)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_keeps_the_words(form: str) -> None:
    said = ["The first one is here.", "A second; one-half of it!", "Third?", "And the last."]
    for n in range(1, 5):
        text = written(said[:n], form, "tapirs")
        assert "tapirs" in text.lower()
        left = " ".join(text.split())
        for word in " ".join(said[:n]).split():
            assert word in left
    assert len(set(TOPICS)) == len(TOPICS)


def test_bins_and_ordinals() -> None:
    assert [bin_of(n) for n in (100, 4096, 8192, 8193, 131072, 1 << 20, (1 << 20) + 1)] == [
        "0-4K", "4-8K", "4-8K", "8-16K", "64-128K", "512-1024K", "over 1024K",
    ]  # fmt: skip
    assert [ordinal(n) for n in range(1, 9)] == ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"]


def row(n_needles: int, *, words: int = 10, example: bool = True, **changes: object) -> dict[str, object]:
    chat = [
        "write a poem about tapirs",
        "one " * words,
        "write a riddle about rocks",
        "What?",
        "write a poem about tapirs",
        "two",
    ]
    asked = "Prepend aB3 to the 2nd (1 indexed) poem about tapirs. Do not include any other text in your response."
    opening = (
        ["Here are some examples:\n\n======EXAMPLE======\nUser: write a poem about owls\nAssistant: Owl\n"]
        if example
        else []
    )
    said = [*opening, *chat, asked]
    prompt = json.dumps([{"role": "user", "content": text} for text in said])
    made: dict[str, object] = {
        "prompt": prompt, "answer": "aB3two", "random_string_to_prepend": "aB3", "n_needles": n_needles, "desired_msg_index": 5,
        "total_messages": len(said), "n_chars": len(prompt),
    }  # fmt: skip
    return made | changes


def saved(folder: Path, *rows: object) -> str:
    path = folder / "mrcr.jsonl"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in rows), encoding="utf-8")
    return str(path)


def test_rows_of_the_data_set_become_items(tmp_path: Path) -> None:
    data = saved(
        tmp_path, row(4), row(2), row(2, example=False, words=5000), row(2), row(2, words=5001), row(2, words=9000)
    )
    items = list(TASK["mrcr_2needle"].make(Wanted(data=data, samples=1)))
    assert [item.id for item in items] == ["mrcr_2needle/00001", "mrcr_2needle/00002", "mrcr_2needle/00005"]
    assert [item.meta["bin"] for item in items] == ["0-4K", "4-8K", "8-16K"]
    first, long, _ = items
    assert first.before.startswith("Here are some examples:")
    assert first.before.endswith("\n\n")
    assert long.before == ""
    assert first.context.startswith("User: write a poem about tapirs\nAssistant: one one")
    assert first.context.endswith("User: write a poem about tapirs\nAssistant: two")
    assert (
        first.question
        == "\n\nPrepend aB3 to the 2nd (1 indexed) poem about tapirs. Do not include any other text in your response."
    )
    assert (first.answers, first.prefix) == (("aB3two",), "aB3")
    assert first.n_tokens == count(first.prompt).tokens
    assert first.depths == (round((len(first.context) - 3) / len(first.context), 4),)
    assert answered(TASK["mrcr_2needle"], first, first.context) == "aB3two"
    short = TASK["mrcr_2needle"].make(Wanted(data=data, lengths=(1000, 4096)))
    assert [item.id for item in short] == ["mrcr_2needle/00001", "mrcr_2needle/00003"]


def test_own_texts_are_cut_into_replies(tmp_path: Path) -> None:
    text = " ".join(f"The {number} whale is white and the sea is wide." for number in range(1000))
    (tmp_path / "whales.txt").write_text(text, encoding="utf-8")
    for data in (tmp_path, tmp_path / "whales.txt"):
        (item,) = TASK["mrcr_4needle"].make(Wanted(data=str(data), lengths=(4096,), samples=1))
        assert "whale is white" in item.answers[0]
    (tmp_path / "whales.txt").write_text("Call me Ishmael.", encoding="utf-8")
    with pytest.raises(DataError, match="too few"):
        list(TASK["mrcr_4needle"].make(Wanted(data=str(tmp_path), lengths=(4096,))))


def test_what_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    make = TASK["mrcr_2needle"].make
    for bad in (
        row(2, prompt="{"),
        row(2, prompt="[]"),
        row(2, prompt='[{"role": "user"}]'),
        row(2, prompt="3"),
        {"n_needles": 2},
    ):
        with pytest.raises(DataError, match=r"mrcr\.jsonl, row 1"):
            list(make(Wanted(data=saved(tmp_path, row(2), bad))))
    odd = json.dumps([{"role": "user", "content": text} for text in ("write a poem about owls", "Prepend")])
    with pytest.raises(DataError, match="without a reply"):
        list(make(Wanted(data=saved(tmp_path, row(2, prompt=odd)))))
    with pytest.raises(DataError, match="nothing"):
        list(make(Wanted(data=str(tmp_path / "nothing.jsonl"))))
    with pytest.raises(DataError, match="too short"):
        list(make(Wanted(lengths=(300,))))
