"""A search: proposals are tried until the budget is spent, then the best are chosen anew and reported on text that nobody has seen.

In: a config, an evaluator, a proposer, a study. Out: `Done`. A run that is killed goes on where it was; several workers may run one study
at a time. Knows no page of the report.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.errors import ReaderError, SmallprintError, StoreError
from smallprint.render import Style
from smallprint.search import finals
from smallprint.search.values import Proposal, Scores, Trial

if TYPE_CHECKING:
    from smallprint.search.config import SearchConfig
    from smallprint.search.evaluate import Evaluator
    from smallprint.search.proposers.analyst import AnalystProposer
    from smallprint.search.space import Space
    from smallprint.search.study import Study
    from smallprint.search.validation import Excerpt, ValidationSet
    from smallprint.search.values import Proposer

MOST_FAILURES = 5
"""Trials in a row that the reader may fail before the search gives up on it."""
_EMPTY_ROUNDS = 20
"""Rounds in which nobody proposes anything new before the space counts as exhausted."""
_WAIT_S = 0.5

OnTrial = Callable[[int, int, Trial], object]
"""Told how many trials are done, of how many, and the newest."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a search came to."""

    trials: tuple[Trial, ...]
    winner: finals.Finalist | None
    """None where no style is within the limit."""
    rows: tuple[finals.Row, ...]
    """The winner, our own preset and the paper's, on held-out text."""
    why: str = ""
    """Why it ended before its budget was spent; empty where it did not."""


class Search:
    """One worker."""

    def __init__(
        self,
        config: SearchConfig,
        space: Space,
        validation: ValidationSet,
        evaluator: Evaluator,
        proposer: Proposer,
        study: Study,
        *,
        analyst: AnalystProposer | None = None,
        on_drawn: Callable[[Trial, Style], object] | None = None,
    ) -> None:
        """`analyst` is the one in the proposer, whose critiques are kept; `on_drawn` sees each style that was read."""
        self._config, self._space, self._validation = config, space, validation
        self._evaluator, self._proposer, self._study = evaluator, proposer, study
        self._analyst, self._on_drawn = analyst, on_drawn
        self._why = ""

    def go(self, *, on_trial: OnTrial | None = None, progress: Callable[[int, int], None] | None = None) -> Done:
        """Spends what is left of the budget.

        Raises `ReaderError` where the reader fails again and again, `StoreError` where the study cannot be written.
        """
        self._study.recover()
        failures = empty = 0
        while True:
            trials = self._study.trials()
            trial = None if self._is_over(trials) else self._study.claim()
            if trial is None:
                trials = self._study.trials()
                if self._is_spent(trials):
                    if any(each.state == "running" for each in trials):
                        # Another worker is at its last trial: its result belongs to the choice.
                        time.sleep(_WAIT_S)
                        self._study.recover()
                        continue
                    break
                empty = 0 if self._propose(trials) else empty + 1
                if empty >= _EMPTY_ROUNDS:
                    self._why = "nobody has anything new to propose"
                    break
                continue
            try:
                scores = self._tried(trial)
            except StoreError:
                raise
            except SmallprintError as error:
                self._study.fail(trial, f"{type(error).__name__}: {error}")
                failures = failures + 1 if isinstance(error, ReaderError) else failures
                if failures >= MOST_FAILURES:
                    raise ReaderError(f"{failures} trials in a row failed; the last: {error}") from None
                continue
            failures = 0
            self._study.finish(trial, scores)
            if on_trial:
                done = [each for each in self._study.trials() if each.state == "done"]
                newest = next((each for each in done if each.number == trial.number), trial)
                on_trial(len(done), self._config.evaluations, newest)
        return self._finished(progress)

    def _tried(self, trial: Trial) -> Scores:
        style = self._space.style(trial.genome)
        trials = self._study.trials()
        done = [each for each in trials if each.scores and each.scores.complete]
        front = [each.scores for each in self._config.goal.front(done) if each.scores]
        scores = self._evaluator(style, front)
        if self._on_drawn:
            self._on_drawn(trial, style)
        return scores

    def _propose(self, trials: Sequence[Trial]) -> int:
        """How many trials were added."""
        live = [trial for trial in trials if trial.state != "failed"]
        left = self._config.evaluations - len(live)
        if not trials:
            proposals = [
                Proposal(genome=genome, proposer="seeds", kind="seed", reason=f"the preset {name}")
                for name, genome in self._space.seeds()
            ][:left]
        else:
            proposals = self._proposer.propose(
                trials, min(self._config.batch, left), self._config.seed * 1_000_003 + len(trials)
            )[:left]
        added = self._study.add(proposals, budget=self._config.evaluations)
        if (analyst := self._analyst) and analyst.tally.asked:
            # Of several workers each has notes of its own.
            who = f"{analyst.name} {self._study.worker}"
            critiques = [{"round": each.trials, "text": each.text} for each in analyst.critiques]
            self._study.note(f"tally:{who}", analyst.tally.to_json())
            self._study.note(f"critiques:{who}", critiques)
        return len(added)

    def _is_spent(self, trials: Sequence[Trial]) -> bool:
        live = [trial for trial in trials if trial.state != "failed"]
        return len(live) >= self._config.evaluations or self._is_over(trials)

    def _is_over(self, trials: Sequence[Trial]) -> bool:
        """Whether tokens or dollars are spent; the last choice comes on top."""
        scores = [trial.scores for trial in trials if trial.scores]
        config = self._config
        if config.max_tokens is not None and sum(each.tokens for each in scores) >= config.max_tokens:
            self._why = f"{config.max_tokens:,} tokens are spent"
        elif config.max_usd is not None and sum(each.usd or 0.0 for each in scores) >= config.max_usd:
            self._why = f"${config.max_usd:g} are spent"
        return bool(self._why)

    def _finished(self, progress: Callable[[int, int], None] | None) -> Done:
        """The final choice, which is kept with the study: it is made once for the same trials."""
        config, trials = self._config, self._study.trials()
        most = config.rungs[-1]
        played = finals.play(
            trials,
            self._space,
            lambda style: self._measured(style, "final", self._validation.final[:most]),
            config.weights,
            progress=progress,
        )
        won = finals.winner(played, config.weights)
        styles = [(name, Style.preset(name)) for name in (finals.FLOW, finals.PAPER)]
        if won is not None:
            genome = next(trial.genome for trial in trials if trial.number == won.trial)
            styles.insert(0, (finals.BEST, self._space.style(genome)))
        self._study.note("finals", [each.to_json() for each in played])
        self._study.note("winner", None if won is None else won.trial)
        held_out = self._validation.held_out[:most]
        found = finals.rows(styles, lambda style: self._measured(style, "held_out", held_out))
        self._study.note("held_out", [row.to_json() for row in found])
        return Done(trials=tuple(trials), winner=won, rows=tuple(found), why=self._why)

    def _measured(self, style: Style, part: str, excerpts: Sequence[Excerpt]) -> Scores:
        """Read once for a study: a model is paid, and may read otherwise the second time."""
        key = f"measured:{style.digest}:{part}:{len(excerpts)}"
        kept = self._study.notes().get(key)
        if kept is not None:
            return Scores.from_json(kept)
        scores = self._evaluator.measured(style, excerpts)
        self._study.note(key, scores.to_json())
        return scores


def to_json(done: Done, config: SearchConfig, space: Space) -> dict[str, Any]:
    """What `smallprint search run --json` ends with."""
    by_name = {row.name: row for row in done.rows}
    return {
        "trials": [trial_json(trial, space) for trial in done.trials],
        "best": _told(by_name.get(finals.BEST), done.winner),
        "paper": _told(by_name.get(finals.PAPER)),
        "flow": _told(by_name.get(finals.FLOW)),
        "hypervolume": config.goal.hypervolume(done.trials),
        "why": done.why,
    }


def trial_json(trial: Trial, space: Space) -> dict[str, Any]:
    """A trial as JSON, with its style in keys of style files."""
    told: dict[str, Any] = {
        "number": trial.number,
        "state": trial.state,
        "proposer": trial.proposal.proposer,
        "kind": trial.proposal.kind,
        "parents": list(trial.proposal.parents),
        "reason": trial.proposal.reason,
        "digest": trial.style,
        "style": space.style(trial.genome).to_glyph(),
        "error": trial.error,
    }
    return told if trial.scores is None else {**told, **trial.scores.to_json()}


def _told(row: finals.Row | None, won: finals.Finalist | None = None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {**row.to_json(), "trial": won.trial} if won else row.to_json()
