"""Searches from beginning to end, with a reader that misreads by rule: budgets, faults, two workers, what is kept."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import DataError, ReaderError, StoreError
from smallprint.readers.profile import Profile
from smallprint.render.source import TextSource
from smallprint.search.assembly import Assembly, folder_of, profile_of, report, write_profile
from smallprint.search.compare import compared, draw
from smallprint.search.config import SearchConfig
from smallprint.search.finals import MOST_FINALISTS, Finalist, finalists, winner
from smallprint.search.run import Done, to_json
from smallprint.search.study import Study
from smallprint.search.transcribers import Transcriber
from smallprint.search.values import Weights
from tests.search.readers import Blurred, Broken
from tests.search.test_objectives import scores, trial
from tests.search.test_validation import prose

TEXT = prose(60_000)
CONFIG = SearchConfig(reader="blurred", evaluations=12, proposer="random", rungs=(1, 2), weights=Weights(max_cer=0.02))


def assembled(
    folder: Path,
    config: SearchConfig = CONFIG,
    reader: Transcriber | None = None,
    ask: Callable[[str], str] | None = None,
    text: str = TEXT,
) -> Assembly:
    return Assembly(
        config,
        TextSource(text, name="made"),
        reader or Blurred(),
        str(folder / "front.db"),
        command="smallprint search run made",
        ask_analyst=ask,
    )


def searched(folder: Path, config: SearchConfig = CONFIG, **parts: Any) -> Done:
    made = assembled(folder, config, **parts)
    try:
        return made.search.go()
    finally:
        made.study.close()


def test_a_search_spends_its_budget_and_reports_on_text_that_it_did_not_use(tmp_path: Path) -> None:
    reader = Blurred()
    made = assembled(tmp_path, reader=reader)
    seen: list[tuple[int, int]] = []
    done = made.search.go(on_trial=lambda n, of, _: seen.append((n, of)))
    made.study.close()
    assert seen == [(n, 12) for n in range(1, 13)]
    assert len(done.trials) == 12
    assert all(each.state == "done" for each in done.trials)
    assert len({each.style for each in done.trials}) == 12
    assert [each.proposal.kind for each in done.trials][:4] == ["seed"] * 4
    assert [row.name for row in done.rows] == ["best", "flow", "glyph-en"]
    best, flow, _ = done.rows
    assert best.scores.compression > flow.scores.compression
    assert best.scores.cer <= 0.02
    held_out = {excerpt.text for excerpt in made.validation.held_out}
    last = {text for digest, text in reader.read_texts if digest == best.style.digest and text in held_out}
    assert last == {excerpt.text for excerpt in made.validation.held_out[:2]}
    told = json.loads(json.dumps(to_json(done, CONFIG, made.space)))
    assert {"trials", "best", "paper", "flow"} <= told.keys()
    assert {"number", "style", "compression", "cer"} <= told["trials"][0].keys()
    assert told["best"]["trial"] == (done.winner.trial if done.winner else None)


def test_what_is_left_can_be_shown_exported_and_compared(tmp_path: Path) -> None:
    searched(tmp_path)
    (tmp_path / "other").mkdir()
    searched(tmp_path / "other", dataclasses.replace(CONFIG, proposer="rules"))
    study = Study.read(str(tmp_path / "front.db"))
    page = report(study, folder_of(str(tmp_path / "front.db")))
    assert page.read_text("utf-8").count("data:image/png") >= 2
    path = write_profile(study, tmp_path)
    assert path is not None
    profile = Profile.load(path)
    assert profile.style.digest == profile_of(study).style.digest
    assert [point.ratio for point in profile.curve] == sorted(point.ratio for point in profile.curve)
    assert profile_of(study, 1).style.digest != profile.style.digest
    with pytest.raises(DataError, match="no trial 99"):
        profile_of(study, 99)
    rows = compared([("a", study), ("b", Study.read(str(tmp_path / "other" / "front.db")))])
    assert [row.proposer for row in rows] == ["random", "rules"]
    assert all(list(row.course) == sorted(row.course) and len(row.course) == 12 for row in rows)
    draw(rows, tmp_path / "arms.png")
    assert (tmp_path / "arms.png").stat().st_size > 5000
    with pytest.raises(StoreError):
        draw(rows, tmp_path / "no" / "arms.png")


def test_a_search_that_was_stopped_goes_on_to_the_same_result(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole = searched(tmp_path / "whole")
    for at in (3, 5, 9):

        def stop(done: int, of: int, _: object, at: int = at) -> None:
            if done == at:
                raise Stop

        made = assembled(tmp_path / "parts")
        with pytest.raises(Stop):
            made.search.go(on_trial=stop)
        made.study.close()
    parts = searched(tmp_path / "parts")
    assert [(each.style, each.scores) for each in parts.trials] == [(each.style, each.scores) for each in whole.trials]
    assert parts.rows == whole.rows
    # A study that is complete is not searched again, and nothing is read twice.
    reader = Blurred()
    again = searched(tmp_path / "parts", reader=reader)
    assert again.rows == whole.rows
    assert reader.read_texts == []
    more = searched(tmp_path / "parts", dataclasses.replace(CONFIG, evaluations=14))
    assert len(more.trials) == 14


def test_two_workers_share_a_study(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, evaluations=16)
    both = [assembled(tmp_path, config), assembled(tmp_path, config)]
    results: list[Done] = []
    threads = [threading.Thread(target=lambda made=made: results.append(made.search.go())) for made in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for made in both:
        made.study.close()
    trials = [each for each in results[0].trials if each.state == "done"]
    assert len(results) == 2
    assert len(trials) == 16
    assert len({each.style for each in trials}) == 16
    assert results[0].winner == results[1].winner


def test_a_broken_reader_ends_the_search_and_the_study_goes_on_with_another(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="5 trials in a row failed; the last: nobody is there"):
        searched(tmp_path, reader=Broken())
    study = Study.read(str(tmp_path / "front.db"))
    failed = [each for each in study.trials() if each.state == "failed"]
    assert len(failed) == 5
    assert all("nobody is there" in each.error for each in failed)
    done = searched(tmp_path)
    assert sum(each.state == "done" for each in done.trials) == 12


def test_a_reader_that_fails_now_and_then_costs_no_trial(tmp_path: Path) -> None:
    class Flaky(Blurred):
        calls = 0

        def read(self, texts: Any, style: Any) -> Any:
            self.calls += 1
            if self.calls % 3 == 0:
                raise ReaderError("dropped")
            return super().read(texts, style)

    config = dataclasses.replace(CONFIG, evaluations=8)
    made = assembled(tmp_path, config, reader=Flaky())
    with pytest.raises(ReaderError, match="dropped"):
        # The last choice cannot be made without the reader; the trials are kept.
        made.search.go()
    made.study.close()
    done = searched(tmp_path, config)
    assert sum(each.state == "done" for each in done.trials) == 8


@pytest.mark.parametrize(
    "reply", ["", "no", '{"proposals": 3}', '{"proposals": [{"knobs": {"size": "tiny"}, "parents": [99]}]}']
)
def test_an_analyst_that_answers_nonsense_throughout(tmp_path: Path, reply: str) -> None:
    config = dataclasses.replace(CONFIG, proposer="llm,random", evaluations=10)
    done = searched(tmp_path, config, ask=lambda prompt: reply)
    assert sum(each.state == "done" for each in done.trials) == 10
    notes = Study.read(str(tmp_path / "front.db")).notes()
    (tally,) = [row for key, row in notes.items() if key.startswith("tally:")]
    assert tally["asked"] >= 1
    assert tally["malformed"] + tally["repaired"] + tally["repeated"] + tally["refused"] + tally["taken"] >= 1


def test_nobody_with_anything_new_ends_the_search(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, proposer="llm", evaluations=10)
    done = searched(tmp_path, config, ask=lambda prompt: "nothing")
    assert done.why == "nobody has anything new to propose"
    assert {each.proposal.kind for each in done.trials} == {"seed"}


def test_tokens_and_dollars_end_a_search(tmp_path: Path) -> None:
    for name, changes in (("tokens", {"max_tokens": 150}), ("dollars", {"max_usd": 0.01})):
        (tmp_path / name).mkdir()
        done = searched(tmp_path / name, dataclasses.replace(CONFIG, evaluations=50, **changes))
        assert done.why.endswith("are spent")
        assert 2 <= len(done.trials) < 20


def test_no_style_within_the_limit(tmp_path: Path) -> None:
    class Wrong(Blurred):
        def read(self, texts: Any, style: Any) -> Any:
            return [dataclasses.replace(each, text=each.text[::-1]) for each in super().read(texts, style)]

    done = searched(tmp_path, reader=Wrong())
    assert done.winner is None
    assert [row.name for row in done.rows] == ["flow", "glyph-en"]
    study = Study.read(str(tmp_path / "front.db"))
    assert write_profile(study, tmp_path) is None
    assert report(study, tmp_path).is_file()


def test_another_text_or_space_is_another_search(tmp_path: Path) -> None:
    searched(tmp_path)
    for changes, why in (
        ({"text": prose(60_000, seed=2)}, "text"),
        ({"config": dataclasses.replace(CONFIG, level="all")}, "level"),
    ):
        with pytest.raises(DataError, match=why):
            assembled(tmp_path, **changes)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "front-search").write_text("in the way")
    with pytest.raises(StoreError, match="front"):
        assembled(tmp_path)


def test_finalists_are_the_densest_that_may_be_within_the_limit() -> None:
    trials = [
        trial(0, scores(4, 10, cer_interval=(0.0, 0.002))),
        trial(1, scores(9, 110, cer_interval=(0.008, 0.015))),
        trial(2, scores(10, 300, cer_interval=(0.02, 0.04))),
        trial(3, scores(12, 50, cer_interval=(0.0, 0.01), complete=False)),
        *(trial(4 + n, scores(2 + n / 100, 0)) for n in range(10)),
    ]
    chosen = finalists(trials, Weights(max_cer=0.01))
    assert [each.number for each in chosen][:2] == [1, 0]
    assert len(chosen) == MOST_FINALISTS
    assert winner([], Weights()) is None


def test_the_winner_keeps_the_limit_with_its_interval_if_any_does() -> None:
    sure = Finalist(trial=1, scores=scores(5, 50, cer_interval=(0.003, 0.008)))
    near = Finalist(trial=2, scores=scores(9, 95, cer_interval=(0.007, 0.012)))
    beyond = Finalist(trial=3, scores=scores(12, 150, cer_interval=(0.012, 0.02)))
    weights = Weights(max_cer=0.01)
    assert winner([beyond, near, sure], weights) == sure
    assert winner([beyond, near], weights) == near
    assert winner([beyond], weights) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"evaluations": 0}, "evaluations"),
        ({"objectives": ("compression",)}, "two or more"),
        ({"objectives": ("compression", "beauty")}, "two or more"),
        ({"rungs": (3, 2)}, "rising"),
        ({"rungs": ()}, "rising"),
        ({"max_usd": 0}, "max_usd"),
        ({"weights": Weights(max_cer=1.5)}, "max_cer"),
    ],
)
def test_bad_configurations(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(DataError, match=why):
        dataclasses.replace(CONFIG, **changes)
