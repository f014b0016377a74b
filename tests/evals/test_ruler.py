"""RULER's tasks: as long as asked for, the same everywhere, and answered in full by their rules where nothing was misread."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.errors import DataError, TokenError
from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks import shipped
from smallprint.evals.tasks.ruler import TASKS
from smallprint.evals.tasks.ruler.fitting import most_units
from smallprint.evals.tasks.ruler.haystacks import NOISE, sentences, words
from smallprint.evals.tasks.ruler.needles import DEPTH_POINTS
from smallprint.tokens import count

TASK = {task.name: task for task in TASKS}
QUESTIONS = ("qa_1", "qa_2")
ESSAYS = ("niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multivalue", "niah_multiquery")
NEW_TOKENS = {"niah": 128, "vt": 30, "cwe": 120, "fwe": 50, "qa": 32}
every_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@cache
def some(name: str, length: int = 4096, samples: int = 3, seed: int = 0) -> list[Item]:
    return list(TASK[name].make(Wanted(lengths=(length,), samples=samples, seed=seed)))


def score(task: Task, item: Item, context: str) -> float:
    """RULER's string_match_all, for questions string_match_part."""
    assert task.rule is not None
    said = task.rule(context, item.question).lower()
    hits = [answer.lower() in said for answer in item.answers]
    return float(any(hits)) if task.name in QUESTIONS else sum(hits) / len(hits)


def test_the_table() -> None:
    assert list(TASK) == [
        "niah_single_1", "niah_single_2", "niah_single_3", "niah_multikey_1", "niah_multikey_2", "niah_multikey_3", "niah_multivalue",
        "niah_multiquery", "vt", "cwe", "fwe", "qa_1", "qa_2",
    ]  # fmt: skip
    assert {task.suite for task in TASKS} == {"ruler"}


@every_task
def test_prompt_and_answer_fill_the_length(task: Task) -> None:
    for item in [*some(task.name), *some(task.name, 32768, 1)]:
        assert item.length is not None
        assert item.max_output_tokens == NEW_TOKENS[task.name.split("_")[0]]
        assert item.n_tokens == count(item.prompt).tokens
        used = item.n_tokens + item.max_output_tokens
        assert 0.98 * item.length <= used <= item.length, item.id


def test_lengths_are_the_named_tokenizers() -> None:
    for name in ("niah_single_2", "cwe"):
        (item,) = TASK[name].make(Wanted(lengths=(4096,), samples=1, tokenizer="claude"))
        assert item.n_tokens == count(item.prompt, "claude").tokens
        assert 4000 < item.n_tokens + item.max_output_tokens <= 4096
        assert abs(count(item.prompt).tokens - item.n_tokens) > 50
    with pytest.raises(TokenError):
        list(TASK["fwe"].make(Wanted(lengths=(4096,), tokenizer="nobody's")))


@every_task
def test_items_do_not_depend_on_what_else_is_asked_for(task: Task) -> None:
    three = some(task.name)
    assert [item.id for item in three] == [f"{task.name}/4096/0/{index:03}" for index in range(3)]
    assert next(task.make(Wanted(lengths=(4096,), samples=1))) == three[0]
    assert len({item.context for item in three}) == 3
    (other,) = some(task.name, samples=1, seed=1)
    assert other.id == f"{task.name}/4096/1/000"
    assert other.context != three[0].context
    assert json.loads(json.dumps(dict(other.meta))) == other.meta


SHA256 = {
    "niah_single_1": "f355a62e68ee0714",
    "niah_single_2": "961b0a483929e1c4",
    "niah_single_3": "3fd8fc3d78d083df",
    "niah_multikey_1": "6d75798d6d4cac0a",
    "niah_multikey_2": "ad92194d4dce6039",
    "niah_multikey_3": "a404a74e901656f5",
    "niah_multivalue": "abbe6bb937536725",
    "niah_multiquery": "ae8711b9e666c821",
    "vt": "d70cf00d9f2e0558",
    "cwe": "4aa39c92d76610ff",
    "fwe": "c7050b8312d56216",
    "qa_1": "659ad3b3cd5b3475",
    "qa_2": "381a359be8920fab",
}


@every_task
def test_items_are_the_same_on_every_machine(task: Task) -> None:
    (item,) = some(task.name, samples=1)
    whole = json.dumps([item.prompt, item.answers, item.depths])
    assert hashlib.sha256(whole.encode()).hexdigest()[:16] == SHA256[task.name]


@every_task
def test_rules_answer_a_text_that_was_read_without_errors(task: Task) -> None:
    if task.name in QUESTIONS:
        items = some(task.name, samples=10)
        mean = sum(score(task, item, item.context) for item in items) / len(items)
        empty = sum(score(task, item, "") for item in items) / len(items)
        assert mean >= {"qa_1": 0.6, "qa_2": 0.4}[task.name]
        assert empty == 0
        return
    for item in [*some(task.name), *some(task.name, 32768, 1)]:
        assert score(task, item, item.context) == 1.0, item.id


@every_task
def test_line_breaks_count_for_nothing(task: Task) -> None:
    if task.name in QUESTIONS:
        return
    item = some(task.name)[0]
    flat = item.context.replace("\n", " ")
    wrapped = "\n".join(flat[at : at + 97] for at in range(0, len(flat), 97))
    for context in (flat, wrapped, item.context.replace("\n", "")):
        assert score(task, item, context) == 1.0


@every_task
@settings(max_examples=15, deadline=None, database=None)
@given(data=st.data())
def test_rules_never_raise(task: Task, data: st.DataObject) -> None:
    assert task.rule is not None
    item = some(task.name)[0]
    random = Random(data.draw(st.integers(0, 10**6)))
    context = item.context[: data.draw(st.integers(0, 6000))]
    mutated = "".join(
        random.choice(("", char + char, "\n", "é", "=", "VAR", "special", ":")) if random.random() < 0.1 else char
        for char in context
    )
    for text in (mutated, data.draw(st.text(max_size=200)), ""):
        for question in (item.question, data.draw(st.text(max_size=50)), ""):
            assert isinstance(task.rule(text, question), str)


@pytest.mark.parametrize("name", [name for name in TASK if name.startswith("niah")])
def test_keys_and_values_occur_once(name: str) -> None:
    for item in some(name, 32768, 1):
        found = re.findall(r"One of the special magic (\w+) for (\S+) is: (\S+)\.", item.context)
        keys, values = [key for _, key, _ in found], [value for _, _, value in found]
        assert {kind for kind, _, _ in found} == {item.meta["values"]}
        assert len(set(values)) == len(values)
        assert all(item.prompt.count(answer) == 1 for answer in item.answers)
        if name == "niah_multivalue":
            assert (len(found), len(set(keys)), len(item.answers)) == (4, 1, 4)
        else:
            assert len(set(keys)) == len(keys)
            assert all(key in item.question for _, key, value in found if value in item.answers)
        if item.meta["haystack"] != "needle":
            assert len(found) == item.meta["n_needles"]


@pytest.mark.parametrize("name", ESSAYS)
def test_needles_stand_at_points_of_the_forty(name: str) -> None:
    assert DEPTH_POINTS[:4] == (0, 3, 5, 8)
    assert (len(set(DEPTH_POINTS)), DEPTH_POINTS[-1]) == (40, 100)
    for item in some(name):
        points = item.meta["depth_points"]
        assert len(set(points)) == len(points) == item.meta["n_needles"]
        assert set(points) <= set(DEPTH_POINTS)
        before = re.split(r"One of the special magic [^.]*\.", item.context)
        n_before, n_all = 0, sum(len(sentences(piece)) for piece in before)
        for piece, point in zip(before, points, strict=False):
            n_before += len(sentences(piece))
            # A sentence may seem to go on where a needle stood in it.
            assert abs(100 * n_before / n_all - point) < 4
        for answer, depth in zip(item.answers, item.depths, strict=True):
            assert 0 <= item.context.index(answer) / len(item.context) - depth < 0.02


def test_the_prompt_is_rulers() -> None:
    one = some("niah_single_1")[0]
    key = re.search(r"for (\S+) is:", one.context)
    assert key
    assert one.before == (
        "A special magic number is hidden within the following text. Make sure to memorize it. I will quiz you about the number "
        "afterwards.\n"
    )
    assert one.question == (
        f"\nWhat is the special magic number for {key[1]} mentioned in the provided text? The special magic number for {key[1]} "
        "mentioned in the provided text is"
    )
    assert Counter(one.context.split("\n")).most_common(1)[0][0] == NOISE
    four = some("niah_multiquery")[0]
    assert four.before.startswith("Some special magic numbers are hidden within")
    assert re.fullmatch(
        r"\nWhat are all the special magic numbers for (\S+, \S+, \S+, and \S+) mentioned in the provided text\? The special magic "
        r"numbers for \1 mentioned in the provided text are",
        four.question,
    )


def test_a_chain_is_four_hops_long() -> None:
    for item in some("vt"):
        links = [line for line in item.context.split("\n") if line.startswith("VAR")]
        value = re.search(r"assigned the value (\d{5}) in", item.question)
        assert value
        names = item.answers
        assert len(set(names)) == 5
        assert links[0] == f"VAR {names[0]} = {value[1]}"
        assert links[1:] == [f"VAR {name} = VAR {before} " for before, name in pairwise(names)]
        assert item.depths == tuple(sorted(item.depths))
        assert all(
            abs(item.context.index(link) / len(item.context) - at) < 1e-4
            for link, at in zip(links, item.depths, strict=True)
        )
        example, rest = item.before.split("\n\nMemorize")
        assert rest.endswith("hidden in the following text.\n\n")
        assert re.search(r"they are:  (?:[A-Z]{3} ){4}[A-Z]{3}$", example)
        assert 440 < count(example).tokens <= 510


def test_common_words_are_thirty_against_three() -> None:
    for item in some("cwe"):
        listed = re.findall(r"(\d+)\. (\S+)", item.context)
        assert [int(number) for number, _ in listed] == list(range(1, len(listed) + 1))
        times = Counter(word for _, word in listed)
        assert {word for word, n in times.items() if n == 30} == set(item.answers)
        assert set(times.values()) == {30, 3}
        assert len(item.answers) == 10
        assert item.before.count("Below is a numbered list of words.") == 2
        assert set(times) <= set(words())
    (short,) = some("cwe", 2048, 1)
    assert set(Counter(re.findall(r"\d\. (\S+)", short.context)).values()) == {6, 1}


def test_frequent_words_fall_off_as_zeta_says() -> None:
    for item in some("fwe"):
        times = Counter(item.context.split(" "))
        (dots, most), *others = times.most_common(4)
        assert dots == "..."
        assert tuple(word for word, _ in others) == item.answers
        for k, (_, n) in enumerate(others, 2):
            assert abs(n - most / k**2) <= 1
        assert all(re.fullmatch("[a-z]{6}", word) for word in times if word != "...")


@pytest.mark.parametrize("name", QUESTIONS)
def test_documents_are_numbered_and_hold_the_answer(name: str) -> None:
    for item in [*some(name), *some(name, 65536, 1)]:
        documents = re.split(r"(?:^|\n\n)Document (\d+):\n", item.context)[1:]
        assert documents[::2] == [str(number) for number in range(1, len(documents) // 2 + 1)]
        assert item.meta["n_documents"] == len(documents) // 2
        telling = [round(depth * len(item.context)) for depth in item.depths]
        assert telling
        for place in telling:
            # Depths have four digits.
            near = item.context[max(0, place - 20) : place + 20]
            assert "Document " in near
        if name == "qa_1":
            start = item.context.index("\n", max(0, telling[0] - 4)) + 1
            assert any(answer in item.context[start : start + 4000] for answer in item.answers)
            text = item.context[start + 20 : start + 200]
            assert item.context.count(text) == 1


def test_the_same_questions_at_every_length() -> None:
    for name in QUESTIONS:
        assert [item.question for item in some(name)][:1] == [item.question for item in some(name, 32768, 1)]


def test_a_misread_key_is_still_the_key_and_a_misread_value_is_not_mended() -> None:
    rule = TASK["niah_single_1"].rule
    assert rule is not None
    question = some("niah_single_1")[0].question
    key = re.search(r"for (\S+) mentioned", question)
    assert key
    at = len(key[1]) // 2
    misread = f"{key[1][:at]}q{key[1][at + 1 :]}"
    other = "One of the special magic numbers for bitter-orange is: 7654321."
    for text in (
        f"{NOISE}\nOne of the special magic numbers for {misread} is: 1234567.\n{NOISE}\n{other}",
        f"{other} One of the spccial magc number for {key[1]} is; 1234567. {NOISE}",
        f"{other} One of the special magic numbers for {key[1][:4]}\n{key[1][4:]} i\ns: 1234\n567. {NOISE}",
    ):
        assert rule(text, question) == "1234567"
    assert rule(f"{other} One of the special magic numbers for {key[1]} is: 1234S67.", question) != "1234567"
    assert rule(f"{NOISE} {other}", question) == ""


def test_a_chain_is_followed_through_misread_names() -> None:
    rule = TASK["vt"].rule
    assert rule is not None
    question = "\nQuestion: Find all variables that are assigned the value 12345 in the text above. Answer: "
    text = f"{NOISE}\nVAR QWERT = 1234S\n{NOISE}\nVnAR ZXCVB = VAB QWEBT \n{NOISE}\nVAR POIUY = VR ZXCVB \nVAR LKJHG = 99999"
    assert rule(text, question) == "QWERT ZXCVB POIUY"
    assert rule(NOISE, question) == ""


def test_own_essays_and_own_questions(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The whale is white. " * 300, encoding="utf-8")
    (tmp_path / "b.txt").write_text("The sea is blue! " * 50, encoding="utf-8")
    squad = {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": "The mast is of oak. It is old.",
                        "qas": [
                            {"question": "What is the mast of?", "answers": [{"text": "oak"}, {"text": "oak"}]},
                            {"question": "Who?", "answers": [], "is_impossible": True},
                        ],
                    },
                    {"context": "The sail is of linen.", "qas": []},
                ]
            }
        ]
    }
    (tmp_path / "my_squad.json").write_text(json.dumps(squad), encoding="utf-8")
    hotpot = [{"question": "Which?", "answer": "yes", "context": [["A", ["One.", " Two."]], ["B", ["Three."]]]}]
    (tmp_path / "hotpot.json").write_text(json.dumps(hotpot), encoding="utf-8")
    with pytest.raises(DataError, match="no documents besides"):
        list(TASK["qa_2"].make(Wanted(lengths=(512,), data=str(tmp_path))))
    hotpot.append({"question": "Who?", "answer": "D", "context": [["C", ["Four. Five."]]]})
    (tmp_path / "hotpot.json").write_text(json.dumps(hotpot), encoding="utf-8")
    wanted = Wanted(lengths=(2048,), samples=2, data=str(tmp_path))
    for item in TASK["niah_single_2"].make(wanted):
        assert set(re.sub(r" ?One of the special[^.]*\.", "", item.context)) <= set(
            "The whale is white. The sea is blue!"
        )
        assert score(TASK["niah_single_2"], item, item.context) == 1.0
    first, second = TASK["qa_1"].make(wanted)
    assert first.question == second.question
    assert (first.answers, first.context.count("The mast is of oak.")) == (("oak",), 1)
    of = {
        item.answers: item
        for item in TASK["qa_2"].make(Wanted(lengths=(512,), samples=2, data=str(tmp_path / "hotpot.json")))
    }
    assert set(of) == {("yes",), ("D",)}
    assert ":\nA\nOne. Two.\n\n" in f"{of['yes',].context}\n\n"
    assert "C\nFour. Five." in of["yes",].context


def test_data_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    for name in ("niah_single_2", "qa_1", "qa_2"):
        for data in (tmp_path, tmp_path / "nothing.json"):
            with pytest.raises(DataError, match=re.escape(str(data))):
                list(TASK[name].make(Wanted(lengths=(4096,), data=str(data))))
    for text in ("[]", "{}", '{"text": 3}', '"a"', "{", '[{"question": 1}]', '{"data": []}'):
        (tmp_path / "x.json").write_text(text, encoding="utf-8")
        for name in ("niah_single_2", "qa_1", "qa_2"):
            with pytest.raises(DataError, match=re.escape("x.json")):
                list(TASK[name].make(Wanted(lengths=(4096,), data=str(tmp_path / "x.json"))))
    with pytest.raises(DataError, match="no text 'x'; there are hotpotqa_100"):
        shipped.path("x")


@every_task
def test_lengths_that_are_too_short_are_said_so(task: Task) -> None:
    with pytest.raises(DataError, match=r"needs at least \d+"):
        list(task.make(Wanted(lengths=(100,))))
    with pytest.raises(DataError, match="lengths"):
        list(task.make(Wanted()))


def test_a_million_tokens_are_counted_a_few_times() -> None:
    calls: list[int] = []

    def n_tokens(n: int) -> int:
        calls.append(n)
        # As of a text whose later words are longer.
        return 700 + int(1.3 * n + n * n / 4_000_000)

    n = most_units(n_tokens, budget=1_000_000)
    assert n is not None
    assert 997_000 < n_tokens(n) <= 1_000_000
    assert len(calls) <= 10


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(0, 3000), st.integers(0, 40))
def test_what_fits_is_nearly_the_most(costs: list[int], budget: int, least: int) -> None:
    def n_tokens(n: int) -> int:
        whole, rest = divmod(n, len(costs))
        return whole * (sum(costs) + 1) + sum(costs[:rest])

    n = most_units(n_tokens, budget=budget, least=least)
    if n is None:
        assert n_tokens(least) > budget
    else:
        assert n >= least
        assert n_tokens(n) <= budget
        assert n_tokens(n + 1) > budget or budget - n_tokens(n) <= budget // 500
