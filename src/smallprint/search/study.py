"""A search's study: proposals that wait, trials that run, scores that are kept.

In: proposals, scores. Out: trials. Several workers may share a study; a worker may be killed at any moment, and no trial is lost or counted
twice. Optuna's own tools can open it. Knows no proposer and no evaluation.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, SmallprintError, StoreError
from smallprint.search import records
from smallprint.search.distributions import distributions, need_optuna
from smallprint.search.leases import Lease, lives
from smallprint.search.marks import MARK, Mark
from smallprint.search.objectives import Goal
from smallprint.search.records import ERROR, SCORES, WORKER
from smallprint.search.space import Space
from smallprint.search.storage import Place, Storage
from smallprint.search.values import Proposal, Scores, Trial

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

NAME = "smallprint"
_NOTE, _WORKER = "note:", "worker:"


class Study:
    """One study in a SQLite file or another database. Threads may share a study; a forked process opens its own."""

    config: Mapping[str, Any]
    """What the study was made with, as JSON."""
    goal: Goal
    refused: Counter[tuple[str, str]]
    """How many of the proposals given to this object were refused, by proposer and reason: "duplicate", "cannot be drawn"."""

    def __init__(self, storage: Storage, mark: Mark, space: Space | None) -> None:
        """See `open` and `read`."""
        self.config = mark.config
        self.goal = Goal(names=mark.goal)
        self.refused = Counter()
        self._storage = storage
        self._space = space
        self._lease = Lease(lambda worker, record: storage.note(_WORKER + worker, record))
        self._finished: dict[int, Trial] = {}

    @classmethod
    def open(
        cls,
        where: str,
        *,
        name: str = NAME,
        config: Mapping[str, Any],
        space: Space,
        goal: Goal,
        free: frozenset[str] = frozenset(),
    ) -> Study:
        """Makes a study, or goes on with one. `where` is the path of a SQLite file, or a database's address as Optuna takes it. The study
        must have been made with the same configuration, but for the keys that are `free` to change.

        Raises `DataError` for another configuration, space or goal, and for a database or a study of another program, `StoreError` for a
        database that cannot be opened or written.
        """
        need_optuna()
        storage = Storage(Place.of(where), write=True)
        given = Mark.of(config, space, goal)
        with storage.lock():
            storage.make(name, goal.names)
        with storage.lock():
            if MARK not in storage.attributes():
                storage.note(MARK, given.to_json())
            kept = Mark.read(storage.attributes(), f"{storage.place.shown}: study {name!r}")
            if changed := kept.difference(given, free):
                raise DataError(f"{storage.place.shown}: study {name!r} was made with another {changed}")
            if kept.config != given.config:
                kept = replace(kept, config=given.config)
                storage.note(MARK, kept.to_json())
        return cls(storage, kept, space)

    @classmethod
    def read(cls, where: str, *, name: str = NAME) -> Study:
        """To look at a study; it takes no proposals and no scores. Raises `DataError` for what is no study of ours, `StoreError` for a
        database that cannot be opened."""
        need_optuna()
        storage = Storage(Place.of(where), write=False)
        if not storage.find(name):
            names = ", ".join(map(repr, storage.names())) or "none"
            raise DataError(f"{storage.place.shown}: no study {name!r}; it has: {names}")
        return cls(storage, Mark.read(storage.attributes(), f"{storage.place.shown}: study {name!r}"), None)

    @property
    def worker(self) -> str:
        """A name that no other worker has: for notes of its own."""
        return self._lease.worker

    def trials(self) -> list[Trial]:
        """By number: waiting, running, done and failed ones."""
        return [self._trial(kept) for kept in self._storage.trials()]

    def add(self, proposals: Sequence[Proposal], *, budget: int | None = None) -> list[Trial]:
        """Makes trials of them, which wait until they are claimed; at most so many that the study has `budget` trials besides failed ones,
        however many workers add at the same time. Refused is a proposal whose style is in the study already, unless it failed there, and
        one whose style cannot be drawn. Values that a knob does not have are brought to the nearest one it has."""
        space = self._writable()
        drawn = [(proposal, self._style(space, proposal)) for proposal in proposals]
        known = distributions(space)
        added: list[Trial] = []
        with self._storage.lock():
            have = {each.style: each.number for each in self.trials() if each.state != "failed"}
            for proposal, (complete, style) in drawn:
                if budget is not None and len(have) >= budget:
                    break
                if not style or style in have:
                    self.refused[proposal.proposer, "duplicate" if style else "cannot be drawn"] += 1
                    continue
                active = space.active(complete.genome)
                number = self._storage.add(records.template(complete, style, active=active, distributions=known))
                have[style] = number
                added.append(Trial(number=number, proposal=complete, style=style, state="waiting"))
        return added

    def claim(self) -> Trial | None:
        """The oldest waiting trial, which is this worker's to evaluate from now on; None where none waits. One fails instead whose style is
        that of a trial that runs, is done, or waits with a lower number."""
        from optuna.trial import TrialState

        self._writable()
        # Before there is a trial that needs it.
        self._lease.begin()
        with self._storage.lock():
            left = {each.number: each for each in self.trials() if each.state != "failed"}
            for each in [each for each in left.values() if each.state == "waiting"]:
                if (twin := _twin(each, left.values())) is not None:
                    self._fail(each.number, f"the same style as trial {twin}")
                    del left[each.number]
                    continue
                self._storage.put(each.number, WORKER, self.worker)
                if self._storage.move(each.number, TrialState.RUNNING):
                    return replace(each, state="running")
        return None

    def finish(self, trial: Trial, scores: Scores) -> bool:
        """False where the trial was finished already: by another worker, which took this one for dead. Raises `DataError` for scores that
        are not numbers."""
        self._writable()
        with self._storage.lock():
            return self._finish(trial.number, scores)

    def fail(self, trial: Trial, error: str) -> None:
        """The trial is not counted, and its style may be proposed again. Nothing happens to one that another worker has by now."""
        self._writable()
        with self._storage.lock():
            if any(row.number == trial.number for row in self._mine()):
                self._fail(trial.number, error)

    def recover(self) -> int:
        """Trials that a dead worker left running wait again: how many. One of which it had written the scores is done."""
        self._writable()
        with self._storage.lock():
            kept = self._storage.attributes()
            return sum(self._release(row) for row in self._running() if not self._lives(row, kept))

    def note(self, key: str, value: Any) -> None:
        """Keeps JSON beside the trials. Of several notes with one key the last one stays: for notes that are to stay, workers use keys of
        their own, with `worker` or a trial's number in them."""
        self._writable()
        self._storage.note(_NOTE + key, value)

    def notes(self) -> dict[str, Any]:
        kept = self._storage.attributes()
        return {key.removeprefix(_NOTE): value for key, value in kept.items() if key.startswith(_NOTE)}

    def close(self) -> None:
        """Trials that this worker has claimed and not finished wait again."""
        # What cannot be written now, the next worker finds out: this one is gone.
        with suppress(StoreError):
            if self._lease.begun:
                with self._storage.lock():
                    for row in self._mine():
                        self._release(row)
        with suppress(StoreError):
            self._lease.end()
        self._storage.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _writable(self) -> Space:
        if self._space is None:
            raise StoreError(f"{self._storage.place.shown}: it was opened for reading")
        return self._space

    def _trial(self, kept: FrozenTrial) -> Trial:
        if kept.number not in self._finished:
            made = records.trial(kept)
            if not kept.state.is_finished():
                return made
            self._finished[kept.number] = made
        return self._finished[kept.number]

    def _style(self, space: Space, proposal: Proposal) -> tuple[Proposal, str]:
        """With every knob, and the digest of its style; empty for one that cannot be drawn."""
        genome, _ = space.repaired(proposal.genome)
        try:
            return replace(proposal, genome=genome), space.style(genome).digest
        except SmallprintError:
            return proposal, ""

    def _running(self) -> list[FrozenTrial]:
        """Trials of ours that a worker has claimed."""
        return [row for row in self._storage.trials() if row.state.name == "RUNNING" and records.is_ours(row)]

    def _mine(self) -> list[FrozenTrial]:
        return [row for row in self._running() if row.user_attrs.get(WORKER) == self.worker]

    def _lives(self, row: FrozenTrial, kept: Mapping[str, Any]) -> bool:
        """Whether the trial's worker is there. `kept` are the study's attributes."""
        worker = row.user_attrs.get(WORKER)
        if worker == self.worker:
            return True
        started = row.datetime_start.timestamp() if row.datetime_start else 0.0
        return lives(kept.get(f"{_WORKER}{worker}", {"beat": started}), time.time())

    def _release(self, row: FrozenTrial) -> bool:
        """Whether the trial waits again: one whose scores are written is done."""
        from optuna.trial import TrialState

        if scores := records.scores(row):
            return not self._finish(row.number, scores)
        return self._storage.move(row.number, TrialState.WAITING)

    def _finish(self, number: int, scores: Scores) -> bool:
        from optuna.trial import TrialState

        point = self.goal.point(scores)
        if any(math.isnan(value) for value in point):
            raise DataError(
                f"trial {number}: its scores are not numbers: {dict(zip(self.goal.names, point, strict=True))}"
            )
        # After a kill in between, the scores are found by `recover`.
        kept = self._storage.put(number, SCORES, scores.to_json())
        return kept and self._storage.move(number, TrialState.COMPLETE, point)

    def _fail(self, number: int, error: str) -> None:
        from optuna.trial import TrialState

        if self._storage.put(number, ERROR, error):
            self._storage.move(number, TrialState.FAIL)


def _twin(one: Trial, trials: Iterable[Trial]) -> int | None:
    """The number of a trial with the same style that goes before this one."""
    for other in trials:
        before = other.state != "waiting" or other.number < one.number
        if other.style == one.style and other.number != one.number and before:
            return other.number
    return None
