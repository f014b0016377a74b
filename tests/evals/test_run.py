"""Paired runs: pairs, resumption, caps, faults."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loopback import Act, serving
from waits import Waits

from smallprint import reader
from smallprint.errors import BadReply, DataError, ReaderError, Refused, StoreError, TooLarge, Unavailable
from smallprint.evals import log
from smallprint.evals.config import RunConfig
from smallprint.evals.report.files import write_report
from smallprint.evals.results import results
from smallprint.evals.run import Done, Run
from smallprint.evals.sample import Sample
from smallprint.evals.task import Wanted
from smallprint.evals.tasks import named
from smallprint.readers import ImagePart, Request, Retry, ScriptedReader
from smallprint.readers.prompt import text_of
from smallprint.readers.retry import NoAccess
from smallprint.render import Style
from smallprint.tokens import count


def config(**changes: Any) -> RunConfig:
    given: dict[str, Any] = {
        "tasks": ("exact/exact_hex",), "wanted": Wanted(lengths=(1024,), samples=3), "styles": {"flow": Style.preset("flow")},
        "arms": ("text", "pages"), "family": "glm-4.1v", "concurrency": 3,
    }  # fmt: skip
    return RunConfig(**{**given, **changes})


def from_text(request: Request) -> str:
    """Answers from text alone: it cannot see."""
    if request.images:
        return "I see nothing."
    place = request.question.rfind(" of the ")
    thing = request.question[place + 8 :].split("?")[0]
    at = request.question.find(f"of the {thing} is ")
    return request.question[at : at + len(thing) + 80] if at >= 0 else request.question


def run(folder: Path, script: Any, **changes: Any) -> Done:
    made = ScriptedReader(script, retry=Retry(attempts=1))
    return Run(config(**changes), made, folder).go()


def without_times(samples: tuple[Sample, ...] | list[Sample]) -> list[dict[str, Any]]:
    rows = [sample.to_json() for sample in samples]
    for row in rows:
        del row["seconds"]
    return rows


def test_each_item_is_asked_in_each_arm(tmp_path: Path) -> None:
    done = run(tmp_path, from_text, tasks=("exact/exact_hex", "ruler/niah_single_1"))
    assert not done.why
    assert [sample.arm for sample in done.samples] == ["text", "pages:flow"] * 6
    assert {sample.item for sample in done.samples[::2]} == {sample.item for sample in done.samples[1::2]}
    found = results(done.samples)
    text, pages = found["arms"]
    assert (text["score"], pages["score"]) == (1.0, 0.0)
    assert pages["difference"]["mean"] == -1.0
    assert text["compression"] == 1.0 < pages["compression"]
    assert [task["n"] for task in pages["tasks"]] == [3, 3]


def test_arms_of_equal_budget_keep_it(tmp_path: Path) -> None:
    seen: list[Request] = []

    def keep(request: Request) -> str:
        seen.append(request)
        return "a summary" if "Summarise" in request.question else "none"

    arms = ("pages", "truncated", "deleted", "bm25", "summary")
    done = run(tmp_path, keep, arms=arms, wanted=Wanted(lengths=(4096,), samples=1), concurrency=1)
    budget = done.samples[0].context_tokens
    assert [sample.arm for sample in done.samples] == ["pages:flow", *arms[1:]]
    for sample in done.samples[1:4]:
        assert 0.97 * budget < sample.context_tokens <= budget + 1, sample.arm
        assert sample.text_tokens == done.samples[0].text_tokens > 3 * budget
    asked = next(request for request in seen if "Summarise" in request.question)
    assert asked.max_output_tokens == budget
    summary = done.samples[-1]
    assert summary.context_tokens == count("a summary").tokens
    assert summary.tokens_in is not None
    assert summary.tokens_in > sample.text_tokens


def test_a_window_cuts_the_text_in_the_middle(tmp_path: Path) -> None:
    seen: list[Request] = []

    def keep(request: Request) -> str:
        seen.append(request)
        return "none"

    run(tmp_path, keep, arms=("text",), window=600, wanted=Wanted(lengths=(2048,), samples=1))
    assert count(seen[0].question).tokens + seen[0].max_output_tokens <= 600
    (item,) = named("exact/exact_hex")[0].make(Wanted(lengths=(2048,), samples=1))
    assert seen[0].question.startswith(item.before + item.context[:200])
    assert seen[0].question.endswith(item.context[-200:] + item.question)


class Stop(Exception):
    pass


def test_a_run_that_was_stopped_comes_to_the_same(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", from_text)
    asked: list[Request] = []

    def counted(request: Request) -> str:
        asked.append(request)
        if len(asked) == 4:
            raise Stop
        return from_text(request)

    with pytest.raises(Stop):
        run(tmp_path / "cut", counted, concurrency=1)
    held = tmp_path / "cut" / log.SAMPLES
    assert len(held.read_bytes().splitlines()) == 3
    # A line that a kill cut in the middle.
    held.write_bytes(held.read_bytes() + b'{"task": "exact/exact_hex", "it')
    asked.clear()
    asked.extend([Request(question="")] * 4)
    again = run(tmp_path / "cut", counted, concurrency=1)
    assert len(asked) == 4 + 3
    assert without_times(again.samples) == without_times(whole.samples)
    assert sorted(map(str, without_times(log.read(tmp_path / "cut")))) == sorted(map(str, without_times(whole.samples)))


def test_another_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    run(tmp_path, from_text)
    with pytest.raises(StoreError, match=r"wanted\.samples: 3, not 4"):
        run(tmp_path, from_text, wanted=Wanted(lengths=(1024,), samples=4))
    # How fast is no part of what is run.
    assert not run(tmp_path, from_text, concurrency=1).why


@pytest.mark.parametrize(
    ("error", "score"),
    [
        (Refused("no"), 0.0),
        (TooLarge("too much"), 0.0),
        (BadReply("nothing", finish="length"), 0.0),
        (BadReply("garbage"), None),
        (Unavailable("down"), None),
    ],
)
def test_what_an_error_counts(tmp_path: Path, error: ReaderError, score: float | None) -> None:
    done = run(tmp_path, error, arms=("text",))
    assert [sample.score for sample in done.samples] == [score] * 3
    assert [sample.error for sample in done.samples] == [type(error).__name__] * 3
    assert bool(done.why) == (score is None)
    found = results(done.samples)["arms"][0]
    assert found["failures"] == (3 if score is None else 0)
    assert found["refusals"] == (3 if isinstance(error, Refused) else 0)
    # What failed is asked again, what the model did is not.
    again = run(tmp_path, from_text, arms=("text",))
    assert [sample.score for sample in again.samples] == [1.0 if score is None else 0.0] * 3


def test_without_a_key_the_run_ends_at_once(tmp_path: Path) -> None:
    with pytest.raises(NoAccess):
        run(tmp_path, NoAccess("no key"))


def test_bad_configurations_are_named() -> None:
    with pytest.raises(DataError, match="arms: 'sideways'"):
        config(arms=("sideways",))
    with pytest.raises(DataError, match="concurrency: 0"):
        config(concurrency=0)
    with pytest.raises(DataError, match="styles"):
        config(styles={})


def test_a_task_that_nobody_has(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="task: 'rulers' is not known; allowed: ruler, mrcr"):
        run(tmp_path, "x", tasks=("rulers",))


def test_a_cap_without_a_price_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="max-usd"):
        run(tmp_path, "x", max_usd=1.0)


PRICES = """
schema = "smallprint.prices/1"
[[price]]
model = "glm-4.1v"
input = 10.0
output = 10.0
date = "2026-11-21"
source = "made up for a test"
"""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "test-openai_api_key")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.mark.usefixtures("keys")
def test_two_hundred_at_a_time_at_a_server_that_fails(tmp_path: Path, waits: Waits) -> None:
    draw = random.Random(0)
    faults: list[Callable[[], Act]] = [
        lambda: Act(status=500, error={"message": "oops"}),
        lambda: Act(status=429, error={"message": "slow down"}, headers={"retry-after": "1"}),
        lambda: Act(stop=None, words=()),
        lambda: Act(malformed=True, words=()),
        lambda: Act(body=("text/plain", b"gateway")),
        lambda: Act(break_connection=True),
        lambda: Act(stop="refusal"),
    ]
    with serving() as server:
        server.acts = [draw.choice(faults)() if draw.random() < 0.4 else Act() for _ in range(1500)]
        server.acts.append(Act())
        given = config(wanted=Wanted(lengths=(512,), samples=100), concurrency=200)

        def go() -> Done:
            made = reader("openai:some-model", base_url=server.url + "/v1", family="glm-4.1v", retry=waits.retry())
            return Run(given, made, tmp_path).go()

        done = go()
        first = len(server.requests)
        rounds = 1
        while done.why and rounds < 10:
            done, rounds = go(), rounds + 1
        assert not server.faults
    assert rounds > 1, "nothing failed for good in the first round"
    assert not done.why
    assert len({sample.key for sample in done.samples}) == len(done.samples) == 200
    assert all(sample.score is not None for sample in done.samples)
    assert {sample.error for sample in done.samples} <= {None, "Refused"}
    assert sum(sample.error == "Refused" for sample in done.samples) > 0
    # What was answered in the first round was not asked again.
    assert len(server.requests) - first < first / 2


@pytest.mark.usefixtures("keys")
def test_replies_are_shared_between_runs(tmp_path: Path, waits: Waits) -> None:
    with serving() as server:
        made = reader("openai:some-model", base_url=server.url + "/v1", family="glm-4.1v", retry=waits.retry())
        first = Run(config(), made, tmp_path / "a", cache=tmp_path / "cache").go()
        asked = len(server.requests)
        again = Run(config(), made, tmp_path / "b", cache=tmp_path / "cache").go()
        assert len(server.requests) == asked == 6
    assert [sample.prediction for sample in first.samples] == [sample.prediction for sample in again.samples]
    assert all(sample.raw.get("from_cache") for sample in again.samples)
    assert [sample.tokens_in for sample in first.samples] == [sample.tokens_in for sample in again.samples]


@pytest.mark.usefixtures("keys")
def test_a_cap_stops_before_it_is_passed(tmp_path: Path, waits: Waits) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES)
    with serving() as server:
        made = reader("openai:some-model", base_url=server.url + "/v1", family="glm-4.1v", retry=waits.retry())
        # The server says that each request had 1,400 tokens in and 12 out: $0.01412.
        given = config(max_usd=0.05, prices=str(prices), concurrency=2)
        done = Run(given, made, tmp_path / "run").go()
        assert "over the cap of $0.05" in done.why
        assert 0.02 < sum(sample.usd or 0 for sample in done.samples) <= 0.05
        # What was paid counts when the run goes on, and what was answered stays in the report.
        asked = len(server.requests)
        again = Run(given, made, tmp_path / "run").go()
        assert len(server.requests) == asked
        assert again.samples == done.samples
        # A kill between the reply and its line in the log loses neither.
        lines = (tmp_path / "run" / log.SAMPLES).read_bytes().splitlines(keepends=True)
        (tmp_path / "run" / log.SAMPLES).write_bytes(b"".join(lines[:-1]))
        after = Run(given, made, tmp_path / "run").go()
        assert len(server.requests) == asked
        assert without_times(after.samples) == without_times(done.samples)


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    code = f"""
import random, sys, time
sys.path.insert(0, {str(Path(__file__).parents[2])!r}); sys.path.insert(0, {str(Path(__file__).parents[1] / "readers")!r})
from pathlib import Path
from tests.evals.test_run import config, from_text
from smallprint.evals.run import Run
from smallprint.evals.task import Wanted
from smallprint.evals.tasks import named
from smallprint.readers import ScriptedReader
def slow(request):
    time.sleep(0.004)
    return from_text(request)
Run(config(wanted=Wanted(lengths=(512,), samples=20)), ScriptedReader(slow), Path({str(tmp_path / "killed")!r})).go()
print("done")
"""
    draw = random.Random(3)
    ended = False
    for _ in range(30):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        path = tmp_path / "killed" / log.SAMPLES
        lines = path.read_bytes().count(b"\n") if path.exists() else 0
        until = lines + draw.randrange(3, 12)
        while process.poll() is None and not (path.exists() and path.read_bytes().count(b"\n") >= until):
            time.sleep(0.005)
        ended = process.poll() == 0
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if ended:
            break
    assert ended
    whole = run(tmp_path / "whole", from_text, wanted=Wanted(lengths=(512,), samples=20))
    killed = run(tmp_path / "killed", Stop(), wanted=Wanted(lengths=(512,), samples=20))
    assert without_times(killed.samples) == without_times(whole.samples)
    keys = [
        json.loads(line)["item"] + json.loads(line)["arm"]
        for line in path.read_bytes().splitlines()
        if line.endswith(b"}")
    ]
    assert len(keys) == len(set(keys)) == 40


def test_the_report_stands_alone(tmp_path: Path) -> None:
    done = run(tmp_path, from_text, arms=("text", "pages"), wanted=Wanted(lengths=(512, 1024), samples=2))
    found = write_report(tmp_path, samples=done.samples)
    assert json.loads((tmp_path / "results.json").read_text())["arms"] == found["arms"]
    html = (tmp_path / "report.html").read_text()
    assert "<svg" in html
    assert html.count("data:image/png;base64,") > 0, "no crop of a page beside a miss"
    assert "http://" not in html.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    )
    markdown = (tmp_path / "report.md").read_text()
    assert "| pages:flow | 0.0" in markdown
    # From the log alone it is the same.
    assert write_report(tmp_path)["arms"] == found["arms"]


def test_pages_stand_where_the_context_was(tmp_path: Path) -> None:
    """Images come first; "the following text" must not come to mean the question."""
    seen: list[Request] = []

    def keep(request: Request) -> str:
        seen.append(request)
        return "none"

    run(
        tmp_path,
        keep,
        tasks=("ruler/vt",),
        arms=("text", "pages"),
        wanted=Wanted(lengths=(2048,), samples=1),
        concurrency=1,
    )
    (item,) = named("ruler/vt")[0].make(Wanted(lengths=(2048,), samples=1))
    text, pages = seen
    assert text_of(text) == item.prompt
    assert not text.images
    assert pages.images
    assert all(isinstance(part, ImagePart) for part in pages.parts)
    asked = text_of(pages)
    assert asked.endswith(f"{item.before}[the text on the pages above]{item.question}")
    assert "The mark \u21b5 stands for a line break." in asked
    assert item.context[:3000] not in asked


def test_unfinished_thought_is_no_answer(tmp_path: Path) -> None:
    done = run(tmp_path, lambda request: f"<think>{from_text(request)}", arms=("text",))
    assert [sample.score for sample in done.samples] == [0.0] * 3
    done = run(tmp_path / "b", lambda request: f"<think>hm</think>{from_text(request)}", arms=("text",))
    assert [sample.score for sample in done.samples] == [1.0] * 3


def test_nothing_is_asked_twice(tmp_path: Path) -> None:
    asked: list[Request] = []

    def counted(request: Request) -> str:
        asked.append(request)
        return "none"

    wanted = Wanted(lengths=(1024, 1024), samples=2)
    done = run(tmp_path, counted, tasks=("exact/exact_hex", "exact_hex"), arms=("text", "text"), wanted=wanted)
    assert len(asked) == len(done.samples) == 2


def test_other_data_under_the_same_name_is_refused(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("The cat sat on the mat and looked at the wall. " * 400)
    run(tmp_path / "run", from_text, wanted=Wanted(lengths=(1024,), samples=1, data=str(book)))
    book.write_text("The dog sat on the mat and looked at the wall. " * 400)
    with pytest.raises(StoreError, match="the data has changed"):
        run(tmp_path / "run", from_text, wanted=Wanted(lengths=(1024,), samples=1, data=str(book)))


def test_a_task_that_is_too_short_spoils_no_other(tmp_path: Path) -> None:
    wanted = Wanted(lengths=(1024, 4096), samples=1)
    done = run(tmp_path, "none", tasks=("mrcr/mrcr_8needle", "exact/exact_hex"), arms=("text",), wanted=wanted)
    assert [(sample.task, sample.length) for sample in done.samples] == [
        ("mrcr/mrcr_8needle", 4096), ("exact/exact_hex", 1024), ("exact/exact_hex", 4096),
    ]  # fmt: skip
    assert "mrcr/mrcr_8needle at 1,024" in done.why
    with pytest.raises(DataError, match="too short"):
        run(tmp_path / "b", "none", tasks=("mrcr/mrcr_8needle",), wanted=Wanted(lengths=(1024,), samples=1))


def test_a_data_set_is_not_cut_to_a_length_that_nobody_asked_for(tmp_path: Path) -> None:
    rows = [
        {
            "input": "Who?",
            "context": f"{'A long story. ' * n}",
            "answers": ["she"],
            "length": n,
            "all_classes": None,
            "_id": f"{n}",
        }
        for n in (100, 9000)
    ]
    path = tmp_path / "qasper.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run(tmp_path / "run", "she", tasks=("longbench/qasper",), arms=("text",), wanted=Wanted(data=str(path)))
    assert sorted(sample.n_tokens or 0 for sample in done.samples)[-1] > 20_000
    assert len(done.samples) == 2


def test_the_report_of_a_stopped_run_says_so(tmp_path: Path) -> None:
    def stops(request: Request) -> str:
        if request.images:
            raise Stop
        return from_text(request)

    with pytest.raises(Stop):
        run(tmp_path, stops, arms=("pages", "text"), concurrency=2)
    found = write_report(tmp_path)
    assert any("it was stopped before its end" in note for note in found["notes"])
    assert not run(tmp_path, from_text, arms=("pages", "text")).why
    found = write_report(tmp_path)
    assert [arm["arm"] for arm in found["arms"]] == ["pages:flow", "text"]
    assert not any("stopped" in note for note in found["notes"])


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run"):
        write_report(tmp_path)
