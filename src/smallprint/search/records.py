"""Trials as Optuna keeps them.

In: proposals with their styles, or Optuna's trials. Out: Optuna's trials, or ours. The knobs that have an effect are Optuna's parameters,
for its own tools; the proposal and the scores are JSON beside them, from which trials are read back. Knows no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from smallprint.search.values import Genome, Proposal, Scores, State, Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

PROPOSAL, STYLE, SCORES, ERROR, WORKER = "proposal", "style", "scores", "error", "worker"
_STATES: Mapping[str, State] = {
    "WAITING": "waiting",
    "RUNNING": "running",
    "COMPLETE": "done",
    "FAIL": "failed",
    "PRUNED": "failed",
}


def template(
    proposal: Proposal, style: str, *, active: Genome, distributions: Mapping[str, BaseDistribution]
) -> FrozenTrial:
    """A waiting trial. Raises `ValueError` where a value of the active knobs is beyond its distribution."""
    from optuna.trial import TrialState, create_trial

    return create_trial(
        state=TrialState.WAITING,
        params=dict(active),
        distributions={name: distributions[name] for name in active},
        user_attrs={PROPOSAL: asdict(proposal), STYLE: style},
    )


def trial(kept: FrozenTrial) -> Trial:
    """One that another program added, or that cannot be read back, is a failed one that says so."""
    try:
        return _trial(kept)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Trial(
            number=kept.number,
            proposal=Proposal(genome=dict(kept.params), proposer="unknown"),
            style=str(kept.user_attrs.get(STYLE, "")),
            state="failed",
            error=f"not a trial of this program's: {type(error).__name__}: {error}",
        )


def is_ours(kept: FrozenTrial) -> bool:
    """Whether it was made from a proposal."""
    return PROPOSAL in kept.user_attrs


def scores(kept: FrozenTrial) -> Scores | None:
    """Those that were written, whether or not the trial is done; None where there are none that can be read back."""
    try:
        return Scores.from_json(kept.user_attrs[SCORES])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _trial(kept: FrozenTrial) -> Trial:
    row: dict[str, Any] = dict(kept.user_attrs[PROPOSAL])
    row["parents"] = tuple(row.get("parents", ()))
    state = _STATES[kept.state.name]
    return Trial(
        number=kept.number,
        proposal=Proposal(**row),
        style=str(kept.user_attrs[STYLE]),
        state=state,
        scores=Scores.from_json(kept.user_attrs[SCORES]) if state == "done" else None,
        error=str(kept.user_attrs.get(ERROR, "")),
    )
