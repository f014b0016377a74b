"""Workers that share a study, and die: what `test_study.py` looks at afterwards.

    python -m tests.search.study_workers FOLDER

The process loads Optuna once, then forks the workers: each opens the study as a new process would. It prints what happened as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from smallprint.search import records
from smallprint.search.database import Place
from smallprint.search.distributions import distributions
from smallprint.search.objectives import Goal
from smallprint.search.space import Space
from smallprint.search.storage import Storage
from smallprint.search.study import Study
from smallprint.search.values import Genome, Proposal, Scores, Trial
from tests.search.genomes import canonical

SPACE = Space.of("qwen3-vl", ["prose"])
CONFIG = {"reader": "fake"}
KILLS = 20
FOREVER = 10**6
PATIENCE_S = 30.0
"""For what takes a second."""


def opened(path: Path) -> Study:
    return Study.open(str(path), config=CONFIG, space=SPACE, goal=Goal())


def measured(genome: Genome) -> Scores:
    """The same for the same genome."""
    random = Random(canonical(genome))
    errors = random.randint(0, 50)
    return Scores(
        compression=1 + 9 * random.random(),
        cer=errors / 1000,
        cer_interval=(0.0, 0.1),
        errors=errors,
        chars=1000,
        items=3,
    )


def proposed(history: Sequence[Trial]) -> list[Proposal]:
    """Two at a time, the same for the same number of trials; now and then one that is there already."""
    random = Random(len(history))
    made = [Proposal(genome=SPACE.draw(random), proposer="fake") for _ in range(2)]
    if history and random.random() < 0.3:
        made.insert(0, Proposal(genome=random.choice(history).genome, proposer="fake"))
    return made


def work(
    path: Path, budget: int, *, slow_s: float = 0.0, on_claim: Callable[[Trial], None] = lambda trial: None
) -> None:
    """A worker's life. It writes a line when it evaluates and one when a result of its own was taken, each at once."""
    log = os.open(path.with_suffix(".log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    study = opened(path)
    study.recover()
    until = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < until, "it comes to no end"
        trial = study.claim()
        if trial is None:
            if not study.add(proposed(study.trials()), budget=budget):
                live = [each.state for each in study.trials() if each.state != "failed"]
                if len(live) >= budget and set(live) == {"done"}:
                    break
                time.sleep(0.005)
                study.recover()
            continue
        on_claim(trial)
        os.write(log, json.dumps(["evaluated", trial.number, os.getpid()]).encode() + b"\n")
        time.sleep(slow_s)
        if study.finish(trial, measured(trial.genome)):
            os.write(log, json.dumps(["finished", trial.number, os.getpid()]).encode() + b"\n")
    study.close()


def told(path: Path) -> dict[str, Any]:
    """The study and its log, as a reader finds them."""
    trials = Study.read(str(path)).trials()
    return {
        "trials": [[each.number, each.state, each.style, each.scores == measured(each.genome)] for each in trials],
        "log": [json.loads(line) for line in path.with_suffix(".log").read_text().splitlines()],
    }


def forked(work: Callable[[], None]) -> int:
    """The number of a process that does it."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def ended(pid: int) -> int:
    """A process's exit code; that of one that was killed is the signal's number below zero."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at_random(path: Path) -> dict[str, Any]:
    """A worker is killed, and another goes on; the last one goes on to the end."""
    random = Random(8)
    codes: list[int] = []
    opened(path).close()
    for _ in range(KILLS):
        pid = forked(lambda: work(path, FOREVER, slow_s=0.01))
        time.sleep(random.uniform(0.0, 0.25))
        os.kill(pid, signal.SIGKILL)
        codes.append(ended(pid))
    budget = 3 + len([each for each in Study.read(str(path)).trials() if each.state != "failed"])
    code = ended(forked(lambda: work(path, budget)))
    return {"kills": codes, "budget": budget, "end": code, **told(path)}


POINTS = [
    ("make", "", 1),
    ("note", "smallprint", 1),
    ("note", "worker", 1),
    ("add", "", 1),
    ("add", "", 2),
    ("put", "worker", 1),
    ("put", "worker", 2),
    ("move", "RUNNING", 1),
    ("move", "RUNNING", 2),
    ("put", "scores", 1),
    ("move", "WAITING", 1),  # by the worker that finds what the one before left
    ("put", "scores", 2),
    ("move", "WAITING", 1),
    ("put", "error", 1),  # of a trial that has the style of another
    ("move", "FAIL", 1),
    ("move", "COMPLETE", 1),
    ("move", "COMPLETE", 2),
]
"""What is written, its key or state, and how often a worker comes to it before it dies."""


def killed_at_each_write(path: Path) -> dict[str, Any]:
    """Workers that are killed in the place of each thing they write; the last one goes on to the end."""
    codes: list[int] = []
    for point in POINTS:
        if point[1] == "error":
            slip_in(path)
        codes.append(ended(forked(lambda point=point: (_killed_before(*point), work(path, FOREVER))[1])))
    budget = 3 + len([each for each in Study.read(str(path)).trials() if each.state != "failed"])
    code = ended(forked(lambda: work(path, budget)))
    return {"kills": codes, "budget": budget, "end": code, **told(path)}


def slip_in(path: Path, *, of: int = 0) -> None:
    """A waiting trial with another one's style, as from a worker that knew of no lock."""
    storage = Storage(Place.of(str(path)), write=True)
    storage.find("smallprint")
    kept = storage.trials()[of]
    style = str(kept.user_attrs[records.STYLE])
    proposal = records.trial(kept).proposal
    active = SPACE.active(proposal.genome)
    storage.add(records.template(proposal, style, active=active, distributions=distributions(SPACE)))


def _killed_before(what: str, key: str, count: int) -> None:
    """From now on, such a write kills the process."""
    write, left = getattr(Storage, what), count

    def fatal(storage: Storage, *args: Any) -> Any:
        nonlocal left
        if not key or any(getattr(each, "name", str(each)).startswith(key) for each in args):
            left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(storage, *args)

    setattr(Storage, what, fatal)


def two_at_once(path: Path) -> dict[str, Any]:
    """Both hold a trial at one moment, and then share the rest."""

    def together(number: int) -> Callable[[Trial], None]:
        mine, other = (path.with_suffix(f".{each}") for each in (number, 1 - number))

        def meet(trial: Trial) -> None:
            mine.touch()
            until = time.monotonic() + PATIENCE_S
            while not other.exists() and time.monotonic() < until:
                time.sleep(0.002)

        return meet

    pids = [forked(lambda at=at: work(path, 11, slow_s=0.002, on_claim=together(at))) for at in (0, 1)]
    return {"ends": [ended(pid) for pid in pids], **told(path)}


def main() -> None:
    folder = Path(sys.argv[1])
    scenes = (killed_at_random, killed_at_each_write, two_at_once)
    report: dict[str, Any] = {}
    for scene in scenes:
        began = time.monotonic()
        report[scene.__name__] = scene(folder / f"{scene.__name__}.db")
        report[scene.__name__]["seconds"] = time.monotonic() - began
    print(json.dumps(report))


if __name__ == "__main__":
    main()
