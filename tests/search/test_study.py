"""A study: nothing is lost or counted twice, whoever dies; and what is none says so in a line."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("optuna")

import optuna
from optuna.trial import TrialState

from smallprint.errors import DataError, StoreError, StyleError
from smallprint.render import Style
from smallprint.search import database, leases, locks
from smallprint.search.leases import Lease, lives
from smallprint.search.objectives import Goal
from smallprint.search.space import Space
from smallprint.search.study import Study
from smallprint.search.values import Genome, Proposal, Trial
from tests.search.study_workers import CONFIG, POINTS, SPACE, measured, opened, slip_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: what a process wrote before it was killed is there as it is on a disk, without the wait."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def empty(quick: Path) -> Path:
    """A study without trials, to be copied: making tables takes longest."""
    path = quick / "empty.db"
    opened(path).close()
    return path


@pytest.fixture(scope="module", autouse=True)
def workers(quick: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str] | None]:
    """They live and die in a process of their own, which has no threads and may fork, while the other tests run."""
    if not any("scenes" in getattr(item, "fixturenames", ()) for item in request.session.items):
        yield None
        return
    command = [sys.executable, "-W", "error", "-m", "tests.search.study_workers", str(quick)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def path(empty: Path, quick: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=quick) as folder:
        yield Path(shutil.copy(empty, Path(folder) / "front.db"))


def drawn(n: int, seed: int = 1) -> list[Proposal]:
    random = Random(seed)
    return [Proposal(genome=SPACE.draw(random), proposer="fake") for _ in range(n)]


def claimed(study: Study) -> Trial:
    trial = study.claim()
    assert trial is not None
    return trial


def states(study: Study) -> list[str]:
    return [trial.state for trial in study.trials()]


def sql(path: Path, *commands: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for command in commands:
            connection.execute(command)


# A study's life


def test_a_trial_is_read_back_as_it_was_proposed_and_measured(path: Path) -> None:
    first, second, third = drawn(3)
    second = replace(second, kind="crossover", parents=(0, 4), reason='thinner; "l" was read as 1\n\ud800')
    with opened(path) as study:
        added = study.add([first, second, third])
        assert [(trial.number, trial.state) for trial in added] == [(0, "waiting"), (1, "waiting"), (2, "waiting")]
        assert study.trials() == added
        assert added[1].proposal == second
        assert added[1].style == SPACE.style(second.genome).digest
        trial = claimed(study)
        assert trial == replace(added[0], state="running")
        assert states(study) == ["running", "waiting", "waiting"]
        assert study.finish(trial, measured(trial.genome))
        study.fail(claimed(study), "ReaderError: no answer")
    wanted = [
        replace(added[0], state="done", scores=measured(first.genome)),
        replace(added[1], state="failed", error="ReaderError: no answer"),
        added[2],
    ]
    for study in (opened(path), Study.read(str(path))):
        assert study.trials() == wanted
        assert study.trials() == wanted, "a second time, from what it keeps"
        assert (study.config, study.goal) == (CONFIG, Goal())


def test_values_keep_their_types(path: Path) -> None:
    genome = {**SPACE.default, "whole_px": True, "columns": 2, "size": 8.5}
    kept = opened(path).add([Proposal(genome=genome, proposer="fake")])[0].genome
    again = opened(path).trials()[0].genome
    assert again == kept == genome
    assert {name: type(value) for name, value in again.items()} == {name: type(value) for name, value in genome.items()}


def test_optuna_opens_it(path: Path) -> None:
    with opened(path) as study:
        study.add(drawn(6))
        while trial := study.claim():
            study.finish(trial, measured(trial.genome))
        done = study.trials()
    loaded = optuna.load_study(study_name="smallprint", storage=f"sqlite:///{path}")
    assert loaded.metric_names == ["compression", "fidelity"]
    assert [trial.params for trial in loaded.trials] == [SPACE.active(trial.genome) for trial in done]
    assert [tuple(trial.values) for trial in loaded.trials] == [Goal().point(measured(each.genome)) for each in done]
    assert {trial.number for trial in loaded.best_trials} == {trial.number for trial in Goal().front(done)}
    loaded.add_trial(optuna.create_trial(state=TrialState.COMPLETE, params={}, values=[1.0, 2.0]))
    assert len(opened(path).trials()) == 7


def test_it_is_as_quiet_with_optuna_as_without(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    opened(tmp_path / "front.db").close()
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before, "a user's own setting"
    assert logging.getLogger("optuna.study").getEffectiveLevel() == before


class Picky(Space):
    """Dark pages cannot be drawn."""

    def style(self, genome: Genome, *, name: str = "searched") -> Style:
        if genome["theme"] == "dark":
            raise StyleError("theme: dark")
        return super().style(genome, name=name)


def test_what_is_there_or_cannot_be_drawn_is_refused(path: Path) -> None:
    space = Picky(family=SPACE.family, kinds=SPACE.kinds, knobs=SPACE.knobs)
    study = Study.open(str(path), config=CONFIG, space=space, goal=Goal())
    first, second, dark = (replace(each, genome={**each.genome, "theme": "light"}) for each in drawn(3))
    dark = replace(dark, genome={**dark.genome, "theme": "dark"})
    assert [trial.number for trial in study.add([first, first, dark, second])] == [0, 1]
    # A knob that has no effect makes no other style.
    unseen = {**second.genome, "columns": 1, "column_gap": 24}
    assert study.add([replace(second, proposer="other"), replace(dark, proposer="other")]) == []
    assert [trial.number for trial in study.add([replace(second, genome={**unseen, "column_gap": 4})])] == [2]
    assert study.add([replace(second, genome=unseen)]) == []
    assert study.refused == {
        ("fake", "duplicate"): 2,
        ("fake", "cannot be drawn"): 1,
        ("other", "duplicate"): 1,
        ("other", "cannot be drawn"): 1,
    }
    assert len(study.trials()) == 3


def test_a_style_that_failed_may_be_proposed_again(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    study.fail(claimed(study), "no answer")
    assert [trial.number for trial in study.add(drawn(1))] == [1]
    assert claimed(study).number == 1
    assert study.refused == {}


def test_values_that_a_knob_does_not_have(path: Path) -> None:
    study = opened(path)
    (trial,) = study.add([Proposal(genome={"size": 8.3, "margin": 1000, "page": "3x3"}, proposer="fake")])
    assert trial.genome == {**SPACE.default, "size": 8.5, "margin": 20}
    assert opened(path).trials() == [trial]


def test_the_budget_is_of_all_that_did_not_fail(path: Path) -> None:
    study = opened(path)
    assert len(study.add(drawn(5), budget=3)) == 3
    study.fail(claimed(study), "no answer")
    study.finish(claimed(study), measured(SPACE.default))
    assert [trial.number for trial in study.add(drawn(5)[3:], budget=3)] == [3]
    assert study.add(drawn(1, seed=9), budget=3) == []
    assert study.refused == {}, "these were not at fault"


def test_a_trial_is_finished_once(path: Path) -> None:
    one, two = opened(path), opened(path)
    one.add(drawn(2))
    trial, other = claimed(one), claimed(two)
    assert (trial.number, other.number) == (0, 1)
    assert one.claim() is None
    # Two who took each other for dead.
    assert two.finish(trial, measured(trial.genome))
    worse = replace(measured(trial.genome), errors=999)
    assert not one.finish(trial, worse)
    one.fail(trial, "no answer")
    one.fail(other, "it is the other's")
    assert states(one) == ["done", "running"]
    assert opened(path).trials()[0].scores == measured(trial.genome)


def test_scores_that_are_no_numbers(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    trial = claimed(study)
    with pytest.raises(DataError, match=r"trial 0: its scores are not numbers: .*'compression': nan"):
        study.finish(trial, replace(measured(trial.genome), compression=math.nan))
    assert states(opened(path)) == ["running"]
    assert study.finish(trial, measured(trial.genome))


def test_notes(path: Path) -> None:
    one, two = opened(path), opened(path)
    assert one.worker != two.worker
    for study in (one, two):
        study.note(f"tally {study.worker}", {"analyst": [1, 2]})
        study.note("winner", study.worker)
    one.add(drawn(1))
    claimed(one)
    noted = {f"tally {study.worker}": {"analyst": [1, 2]} for study in (one, two)}
    assert Study.read(str(path)).notes() == {**noted, "winner": two.worker}


# Who lives


def test_what_a_worker_leaves_when_it_closes(path: Path) -> None:
    one, two = opened(path), opened(path)
    one.add(drawn(2))
    mine, others = claimed(one), claimed(two)
    assert one.recover() == two.recover() == 0, "both are here"
    one.close()
    assert states(two) == ["waiting", "running"]
    assert claimed(two).number == mine.number
    assert two.finish(others, measured(others.genome))
    one.close()
    assert states(two) == ["running", "done"], "closing again takes nothing from others"


def test_a_worker_of_another_machine_is_dead_when_it_is_silent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(leases, "_place", lambda: ("elsewhere", "", ""))
        there = opened(path)
        there.add(drawn(1))
        trial = claimed(there)
    study = opened(path)
    assert study.recover() == 0
    monkeypatch.setattr(leases, "SILENT_S", -1.0)
    assert study.recover() == 1
    assert study.recover() == 0, "it waits, nobody runs it"
    assert claimed(study).number == trial.number
    assert there.finish(trial, measured(trial.genome)), "it was not dead, and its result is as good"


def test_scores_that_a_dead_worker_wrote_are_not_measured_again(path: Path) -> None:
    study = opened(path)
    study.add(drawn(2))
    for write in ({}, measured(claimed(study).genome).to_json()):
        study._storage.put(0, "scores", write)
    claimed(study)
    study._storage.put(1, "scores", {"of": "a later version"})
    study._lease.end()
    after = opened(path)
    assert after.recover() == 1
    assert states(after) == ["done", "waiting"]
    assert after.trials()[0].scores == measured(after.trials()[0].genome)


def record_of(pid: int, **changed: Any) -> dict[str, Any]:
    return {"place": list(leases._place()), "pid": pid, "started": leases._started(pid), "beat": 0.0, **changed}


def test_a_process_of_this_machine_says_itself_whether_it_lives() -> None:
    ours = record_of(os.getpid())
    assert lives(ours, 1e9), "however silent"
    assert not lives({**ours, "ended": True}, 0.0)
    assert not lives({**ours, "started": "earlier"}, 0.0), "another process with its number"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        theirs = record_of(child.pid)
        assert lives(theirs, 1e9)
        child.kill()
        until = time.monotonic() + 60
        while lives(theirs, 0.0) and time.monotonic() < until:
            time.sleep(0.001)
        assert not lives(theirs, 0.0), "dead, and not yet waited for"
        child.wait()
        assert not lives(theirs, 0.0)


def test_the_age_of_a_beat_says_so_elsewhere() -> None:
    there = record_of(os.getpid(), place=["elsewhere", "", ""], beat=1000.0)
    assert lives(there, 1000.0 + leases.SILENT_S - 1)
    assert not lives(there, 1000.0 + leases.SILENT_S + 1)
    unknown = record_of(os.getpid(), started=None, beat=1000.0)
    assert lives(unknown, 1001.0)
    assert not lives(unknown, 1001.0 + leases.SILENT_S)


def test_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    if shutil.which("ps") is None:
        pytest.skip("no ps")
    monkeypatch.setattr(leases, "Path", lambda name: Path("/nowhere") / name.lstrip("/"))
    began = leases._started(os.getpid())
    assert began
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert leases._started(os.getpid()) == began
    assert lives(record_of(os.getpid()), 1e9)


def test_a_record_is_kept_fresh_though_a_beat_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "BEAT_S", 0.001)
    written: list[dict[str, Any]] = []
    enough = threading.Event()

    def write(worker: str, record: Any) -> None:
        written.append({"worker": worker, "thread": threading.get_ident(), **record})
        if len(written) == 2:
            raise StoreError("locked")
        if len(written) == 4:
            enough.set()

    lease = Lease(write)
    assert not lease.begun
    lease.begin()
    assert written[0]["thread"] == threading.get_ident(), "it is there before there is anything to hold"
    assert enough.wait(60)
    lease.end()
    assert not lease.begun
    assert [record["ended"] for record in written] == [False] * (len(written) - 1) + [True]
    assert {record["worker"] for record in written} == {lease.worker}
    beats = [record["beat"] for record in written]
    assert beats == sorted(beats)
    assert beats[0] < beats[-1]


# Several at a time


def test_two_threads_claim_each_trial_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock between processes too: the database has the last word."""
    monkeypatch.setattr(locks, "fcntl", None)
    opened(path).add(drawn(8))
    found: list[int] = []

    def claim() -> None:
        study = opened(path)
        while trial := study.claim():
            found.append(trial.number)

    threads = [threading.Thread(target=claim) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(8))


def test_a_style_that_slipped_in_twice_is_not_evaluated_twice(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    slip_in(path)
    study.add(drawn(1, seed=9))
    slip_in(path)
    assert claimed(study).number == 0
    assert claimed(study).number == 2, "1 fails while 0 runs"
    assert study.claim() is None
    assert [(trial.state, trial.error) for trial in study.trials()] == [
        ("running", ""),
        ("failed", "the same style as trial 0"),
        ("running", ""),
        ("failed", "the same style as trial 0"),
    ]


def test_of_two_that_wait_the_lower_number_wins(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    trial = claimed(study)
    slip_in(path)
    study.close()
    study = opened(path)
    assert states(study) == ["waiting", "waiting"]
    assert claimed(study) == trial
    assert study.claim() is None
    assert states(study) == ["running", "failed"]


def test_a_trial_of_another_program_stops_nobody(path: Path) -> None:
    other = optuna.load_study(study_name="smallprint", storage=f"sqlite:///{path}")
    other.ask()
    study = opened(path)
    study.add(drawn(1))
    other.enqueue_trial({"size": 8.0})
    other.add_trial(optuna.create_trial(params={}, values=[1.0, 2.0]))
    slip_in(path, of=1)
    study._storage.put(4, "proposal", {"genome": {}, "proposer": "x", "mood": "of a later version"})
    seen = optuna.load_study(study_name="smallprint", storage=f"sqlite:///{path}").trials
    assert [trial.state.name for trial in seen] == ["RUNNING", "WAITING", "WAITING", "COMPLETE", "WAITING"]
    assert states(study) == ["failed", "waiting", "failed", "failed", "failed"]
    assert "not a trial of this program's" in study.trials()[3].error
    assert study.recover() == 0
    assert claimed(study).number == 1
    assert study.claim() is None
    assert [trial.number for trial in study.add(drawn(3, seed=5), budget=2)] == [5]


def test_a_trial_that_another_program_took_waits_again_in_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened(path)
    study.add(drawn(1))
    optuna.load_study(study_name="smallprint", storage=f"sqlite:///{path}").ask()
    assert states(study) == ["running"]
    assert study.recover() == 0
    monkeypatch.setattr(leases, "SILENT_S", -1.0)
    assert study.recover() == 1
    assert claimed(study).number == 0


# What it was made with


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"config": {"reader": "other"}}, r'another reader: "fake", and now it is "other"'),
        ({"config": {"reader": "fake", "rungs": [3]}}, r"another rungs: null, and now it is \[3\]"),
        ({"config": {}}, r'another reader: "fake", and now it is null'),
        ({"goal": Goal(names=("compression", "exact"))}, r"another goal: .*fidelity.*exact"),
        ({"space": Space.of("qwen3-vl", ["code"])}, r"another knobs\.\w+: "),
    ],
)
def test_another_search_does_not_go_on_with_it(path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=rf"front\.db: study 'smallprint' was made with {said}"):
        Study.open(str(path), **{"config": CONFIG, "space": SPACE, "goal": Goal(), **changed})
    assert opened(path).config == CONFIG


def test_keys_that_are_free_to_change(path: Path, quick: Path) -> None:
    first = {"budget": 3, "text": {"sha256": "a", "chars": 3}, "kinds": ("prose",)}
    again = {"budget": 4, "text": {"sha256": "b", "chars": 3}, "kinds": ["prose"]}

    def go(config: dict[str, Any], *free: str) -> Study:
        return Study.open(
            str(path), name="free", config=config, space=SPACE, goal=Goal(), free=frozenset(("budget", *free))
        )

    go(first)
    with pytest.raises(DataError, match=r'made with another text\.sha256: "a", and now it is "b"'):
        go(again)
    assert Study.read(str(path), name="free").config["budget"] == 3
    assert go({**first, "budget": 5}).config["budget"] == 5
    assert go(again, "text").config == again
    assert Study.read(str(path), name="free").config == again


# What is no study


def test_reading_writes_nothing(path: Path) -> None:
    opened(path).add(drawn(1))
    before = path.read_bytes()
    study = Study.read(str(path))
    assert len(study.trials()) == 1
    for write in (
        lambda: study.add(drawn(1, seed=2)),
        study.claim,
        study.recover,
        lambda: study.note("a", 1),
        lambda: study.finish(study.trials()[0], measured(SPACE.default)),
        lambda: study.fail(study.trials()[0], "no"),
    ):
        with pytest.raises(StoreError, match="it was opened for reading"):
            write()
    study.close()
    assert path.read_bytes() == before


def test_a_study_that_is_not_there(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nothing\.db: there is no such file"):
        Study.read(str(tmp_path / "nothing.db"))
    with pytest.raises(DataError, match="no study 'other'; it has: 'smallprint'"):
        Study.read(str(path), name="other")
    (tmp_path / "empty.db").touch()
    with pytest.raises(DataError, match=r"empty\.db: not a database of studies: it is empty"):
        Study.read(str(tmp_path / "empty.db"))
    assert (tmp_path / "empty.db").stat().st_size == 0
    opened(tmp_path / "empty.db").close()
    assert Study.read(str(tmp_path / "empty.db")).trials() == []


@pytest.mark.parametrize("objectives", [["maximize"], ["maximize", "maximize"]])
def test_a_study_of_another_program(path: Path, objectives: list[str]) -> None:
    other = optuna.create_study(study_name="theirs", storage=f"sqlite:///{path}", directions=objectives)
    other.add_trial(optuna.create_trial(params={}, values=[1.0] * len(objectives)))
    with pytest.raises(DataError, match="study 'theirs' was made by another program"):
        Study.read(str(path), name="theirs")
    with pytest.raises(DataError, match="study 'theirs' was made by another program; give another name"):
        Study.open(str(path), name="theirs", config=CONFIG, space=SPACE, goal=Goal())
    assert other.user_attrs == {}
    assert len(optuna.load_study(study_name="theirs", storage=f"sqlite:///{path}").trials) == 1


def test_a_study_of_a_later_version(path: Path) -> None:
    sql(
        path,
        """UPDATE study_user_attributes SET value_json = '{"schema": 9, "version": "9.1"}' WHERE key = 'smallprint'""",
    )
    for act in (lambda: opened(path), lambda: Study.read(str(path))):
        with pytest.raises(DataError, match=r"study 'smallprint' was made by smallprint 9\.1, this is "):
            act()


def test_a_database_of_another_version_of_optuna(path: Path) -> None:
    sql(path, "UPDATE alembic_version SET version_num = 'v99'")
    with pytest.raises(StoreError, match="no longer compatible with the table schema"):
        opened(path)


def test_a_database_of_another_application(tmp_path: Path) -> None:
    path = tmp_path / "browser.db"
    sql(path, "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('a')")
    before = path.read_bytes()
    for act in (lambda: opened(path), lambda: Study.read(str(path))):
        with pytest.raises(DataError, match=r"browser\.db: not a database of studies: it has bookmarks"):
            act()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["browser.db"]


def test_tables_that_a_killed_worker_had_not_made_yet(path: Path) -> None:
    sql(path, *(f"DELETE FROM study_{name}" for name in ("directions", "user_attributes", "system_attributes")))
    sql(path, *(f"DROP TABLE {name}" for name in ("alembic_version", "version_info", "trial_params", "studies")))
    with pytest.raises(DataError, match="not a database of studies: it has study_"):
        Study.read(str(path))
    study = opened(path)
    study.add(drawn(1))
    assert claimed(study).number == 0


def test_places_that_cannot_be(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database\n" * 100)
    folder, missing = tmp_path / "folder", tmp_path / "missing" / "front.db"
    folder.mkdir()
    for where, error, said in [
        (str(text), StoreError, "notes.txt: file is not a database"),
        (str(folder), StoreError, "folder: a folder; a study is a file"),
        (str(missing), StoreError, "there is no folder"),
        ("x" * 300, StoreError, "xxx: (File name too long|there is no such file)|xxx.lock: File name too long"),
        ("sqlite://", DataError, "kept in memory"),
        ("sqlite:///:memory:", DataError, "kept in memory"),
        ("nothing://host/name", StoreError, "nothing"),
        ("postgres ql://me:secret@host", DataError, "is no database's address"),
        ("postgresql+psycopg2://me:secret@127.0.0.1:1/name", StoreError, r"me:\*\*\*@127"),
    ]:
        for act in (
            lambda where=where: Study.open(where, config=CONFIG, space=SPACE, goal=Goal()),
            lambda where=where: Study.read(where),
        ):
            with pytest.raises(error, match=said) as told:
                act()
            assert "secret" not in str(told.value)
            assert "\n" not in str(told.value)
    assert text.read_text() == "not a database\n" * 100
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder", "notes.txt"]


@pytest.mark.parametrize("name", ["a b.db", "what?.db", "50%20.db", "#1.db", "{x}.db", "ä&=.db", "front"])
def test_any_name_of_a_file(path: Path, name: str) -> None:
    odd = path.rename(path.with_name(name))
    opened(odd).add(drawn(1))
    assert len(Study.read(str(odd)).trials()) == 1
    assert {each.name for each in odd.parent.iterdir()} == {name, f"{name}.lock"}


def test_a_file_by_its_address(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    for where in (f"sqlite:///{path}", "sqlite:///front.db", "front.db"):
        with Study.open(where, config=CONFIG, space=SPACE, goal=Goal()) as study:
            assert study.trials() == []
    assert (path.parent / "front.db.lock").exists(), "the same lock, by whatever name"


# What a disk refuses


def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened(path)
    study.add(drawn(3))
    first = claimed(study)
    assert study.finish(first, measured(first.genome))
    second = claimed(study)
    connect = database._connect

    def full(*args: Any) -> sqlite3.Connection:
        connection = connect(*args)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    much = replace(measured(second.genome), by_kind={f"kind {n}": 0.5 for n in range(1000)})
    with monkeypatch.context() as disk:
        disk.setattr(database, "_connect", full)
        disk.setattr("optuna.storages._rdb.storage.time.sleep", lambda seconds: None)
        for write in (
            lambda: study.finish(second, much),
            lambda: study.add([replace(drawn(1, seed=7)[0], reason="why " * 9999)]),
            lambda: study.note("much", "x" * 99999),
        ):
            with pytest.raises(StoreError, match=r"front\.db: database or disk is full"):
                write()
        study.close()
    after = opened(path)
    assert states(after) == ["done", "waiting", "waiting"]
    assert after.trials()[0].scores == measured(first.genome)
    assert after.finish(claimed(after), much)
    assert after.trials()[1].scores == much


def test_a_file_that_may_not_be_written(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    study.finish(claimed(study), measured(SPACE.default))
    study.close()
    raw = bytearray(path.read_bytes())
    # A write version above 2 makes a file one that is only to be read (sqlite.org/fileformat2.html), for every user.
    raw[18] = 3
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=r"front\.db: attempt to write a readonly database"):
        opened(path)
    assert Study.read(str(path)).trials()[0].scores == measured(SPACE.default)


def test_a_file_that_goes_away(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    path.unlink()
    with pytest.raises(StoreError, match=r"front\.db: unable to open database file"):
        study.claim()
    study.close()
    assert not path.exists()


def test_a_study_that_somebody_deletes(path: Path) -> None:
    study = opened(path)
    study.add(drawn(1))
    optuna.delete_study(study_name="smallprint", storage=f"sqlite:///{path}")
    with pytest.raises(StoreError, match=r"front\.db: Record does not exist"):
        study.trials()


def test_a_database_that_another_process_has_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened(path)
    study.add(drawn(1))
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with monkeypatch.context() as short:
            short.setattr(database, "WAIT_S", 0.05)
            for act in (study.claim, study.trials, lambda: opened(path), lambda: Study.read(str(path))):
                with pytest.raises(StoreError, match=r"front\.db: another process has locked it for more than 0\.05 s"):
                    act()
        # With the usual patience it goes on when the other is done.
        done = threading.Timer(0.1, lambda: other.execute("COMMIT"))
        done.start()
        assert claimed(study).number == 0
        done.join()


def test_a_lock_that_another_process_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = opened(path)
    with locks.locked(path.with_name("front.db.lock"), 1.0), monkeypatch.context() as short:
        short.setattr(database, "WAIT_S", 0.05)
        with pytest.raises(StoreError, match=r"front\.db\.lock: another process has held it for more than 0\.05 s"):
            study.add(drawn(1))
    assert len(study.add(drawn(1))) == 1
    (path.parent / "folder.db.lock").mkdir()
    with pytest.raises(StoreError, match=r"folder\.db\.lock: "):
        opened(path.rename(path.parent / "folder.db"))


# Killed


@pytest.fixture(scope="module")
def scenes(workers: subprocess.Popen[str]) -> dict[str, Any]:
    """What the workers did."""
    told, complaints = workers.communicate()
    assert (workers.returncode, complaints) == (0, "")
    return json.loads(told)


def check(scene: dict[str, Any]) -> Counter[int]:
    """Nothing lost, nothing twice. How often each trial was evaluated."""
    trials = [row for row in scene["trials"] if row[1] != "failed"]
    assert [row[0] for row in scene["trials"]] == list(range(len(scene["trials"])))
    assert {row[1] for row in trials} == {"done"}
    assert len({row[2] for row in trials}) == len(trials), "a style is there once"
    assert all(row[3] for row in trials), "each has the scores of its own genome"
    evaluated = Counter(number for what, number, _ in scene["log"] if what == "evaluated")
    assert set(evaluated) == {row[0] for row in trials}
    taken = Counter(number for what, number, _ in scene["log"] if what == "finished")
    assert set(taken.values()) == {1}
    return evaluated


def test_killed_at_any_moment(scenes: dict[str, Any]) -> None:
    scene = scenes["killed_at_random"]
    assert scene["kills"] == [-9] * 20
    assert scene["end"] == 0
    evaluated = check(scene)
    assert len(scene["trials"]) == scene["budget"]
    assert evaluated.total() <= len(scene["trials"]) + 20, "at most what a kill cut short"


def test_killed_at_each_write(scenes: dict[str, Any]) -> None:
    scene = scenes["killed_at_each_write"]
    assert scene["kills"] == [-9] * len(POINTS)
    assert scene["end"] == 0
    evaluated = check(scene)
    assert len(evaluated) == scene["budget"]
    assert [row[1] for row in scene["trials"]].count("failed") == 1, "the one that slipped in"
    cut = sum(what == "scores" for _, what, _ in POINTS)
    assert evaluated.total() == scene["budget"] + cut, "again only where there were no scores"


def test_two_workers(scenes: dict[str, Any]) -> None:
    scene = scenes["two_at_once"]
    assert scene["ends"] == [0, 0]
    evaluated = check(scene)
    assert len(scene["trials"]) == 11
    assert set(evaluated.values()) == {1}
    assert len({pid for _, _, pid in scene["log"]}) == 2
