"""A study as Optuna keeps it.

In: a database. Out: attributes and trials, and a lock that the workers of a study share. What a call wrote is there after a kill, what it
did not finish is not there at all. Knows no proposals and no scores.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from smallprint.errors import DataError, StoreError
from smallprint.search.database import PAUSE_S, WAIT_S, Place, cause, database, file_lock, telling

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, TrialState

_LOCK = "lock"


class Storage:
    """One study in a database. Every method raises `StoreError` where the database takes or gives nothing."""

    def __init__(self, place: Place, *, write: bool) -> None:
        """Opens the database, and makes what is missing of it if `write`. Raises `DataError` for a database of another application."""
        from optuna.storages import get_storage

        self.place = place
        self._study = -1
        base = database(place, write=write)
        self._engine = base.engine
        # With it, trials that are finished are read once.
        self._optuna = get_storage(base)

    def lock(self) -> AbstractContextManager[None]:
        """A context that one worker of the study is in at a time; a kill ends it. Without `fcntl` it keeps nobody out of a SQLite file, and
        workers that add at the same time may pass a budget, or add a style twice."""
        return file_lock(self.place.path) if self.place.path else self._row_lock()

    def names(self) -> list[str]:
        """Of all studies in the database."""
        with telling(self.place.shown):
            return [study.study_name for study in self._optuna.get_all_studies()]

    def find(self, name: str) -> bool:
        """Turns to the study; False where there is none of that name."""
        with telling(self.place.shown):
            try:
                self._study = self._optuna.get_study_id_from_name(name)
            except KeyError:
                return False
            return True

    def make(self, name: str, objectives: Sequence[str]) -> None:
        """Turns to the study, and makes what is missing of it: all, or what a killed worker left undone. Raises `DataError` where another
        program made it."""
        from optuna.exceptions import DuplicatedStudyError
        from optuna.study import StudyDirection

        directions = [StudyDirection.MAXIMIZE] * len(objectives)
        with telling(self.place.shown):
            if not self.find(name):
                try:
                    self._study = self._optuna.create_new_study(directions, name)
                except DuplicatedStudyError:
                    self.find(name)
            kept = self._optuna.get_study_user_attrs(self._study)
            if _LOCK in kept:
                return
            if (
                kept
                or self._optuna.get_n_trials(self._study)
                or self._optuna.get_study_directions(self._study) != directions
            ):
                raise DataError(f"{self.place.shown}: study {name!r} was made by another program; give another name")
            # What `optuna.Study.set_metric_names` does, which warns that it is experimental.
            self._optuna.set_study_system_attr(self._study, "study:metric_names", list(objectives))
            self._optuna.set_study_user_attr(self._study, _LOCK, "")

    def attributes(self) -> dict[str, Any]:
        """Of the study."""
        with telling(self.place.shown):
            return self._optuna.get_study_user_attrs(self._study)

    def note(self, key: str, value: Any) -> None:
        """Sets an attribute of the study."""
        with telling(self.place.shown):
            self._optuna.set_study_user_attr(self._study, key, value)

    def trials(self) -> list[FrozenTrial]:
        """By number."""
        with telling(self.place.shown):
            return self._optuna.get_all_trials(self._study, deepcopy=False)

    def add(self, template: FrozenTrial) -> int:
        """The number of a new trial like the template."""
        with telling(self.place.shown):
            return self._optuna.get_trial(self._optuna.create_new_trial(self._study, template)).number

    def put(self, number: int, key: str, value: Any) -> bool:
        """Sets an attribute of a trial; False where the trial is finished."""
        from optuna.exceptions import UpdateFinishedTrialError

        with telling(self.place.shown):
            try:
                self._optuna.set_trial_user_attr(self._id(number), key, value)
            except UpdateFinishedTrialError:
                return False
            return True

    def move(self, number: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Gives a trial another state, with the values of its objectives; False where it is finished, or is to run and does not wait."""
        from optuna.exceptions import UpdateFinishedTrialError

        with telling(self.place.shown):
            try:
                return self._optuna.set_trial_state_values(self._id(number), state, values)
            except UpdateFinishedTrialError:
                return False

    def close(self) -> None:
        self._engine.dispose()

    def _id(self, number: int) -> int:
        return self._optuna.get_trial_id_from_study_id_trial_number(self._study, number)

    @contextmanager
    def _row_lock(self) -> Generator[None]:
        """A row that is nobody's but the lock's, locked by a transaction that ends with its connection."""
        from sqlalchemy import Integer, String, column, select, table
        from sqlalchemy.exc import DBAPIError

        study, key = column("study_id", Integer), column("key", String)
        rows = table("study_user_attributes", study, key)
        query = select(rows.c.key).where(study == self._study, key == _LOCK).with_for_update(nowait=True)
        until = time.monotonic() + WAIT_S
        while True:
            with telling(self.place.shown):
                connection = self._engine.connect()
            try:
                connection.execute(query)
                break
            except DBAPIError as error:
                connection.close()
                if time.monotonic() > until:
                    raise StoreError(f"{self.place.shown}: {cause(error)}") from None
                time.sleep(PAUSE_S)
        try:
            yield
        finally:
            connection.close()
