"""Who says which styles to try: one proposer a module, and a table of them.

at_random.py   RandomProposer: what every other one has to beat
samplers.py    NsgaProposer, TpeProposer: Optuna's samplers; steady.py is NSGA-II without generations
analyst.py     AnalystProposer: a language model that studies the trials
  prompt.py      what it is told; replies.py: what it answered; asked.py: a reader as the one who is asked
  rules.py       its stand-in where no model is named; knobs.py, case.py, trend.py: what the rules see
mix.py         MixProposer: several, by what they earn
unseen.py      which styles are new
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from smallprint.errors import DataError
from smallprint.search.objectives import Goal
from smallprint.search.proposers import rules
from smallprint.search.proposers.analyst import AnalystProposer
from smallprint.search.proposers.asked import asked_of
from smallprint.search.proposers.at_random import RandomProposer
from smallprint.search.proposers.mix import MixProposer, earned
from smallprint.search.proposers.samplers import NsgaProposer, TpeProposer
from smallprint.search.space import Space
from smallprint.search.values import Proposer, Weights

Ask = Callable[[str], str]
Maker = Callable[[Space, Goal, Weights, Ask | None], Proposer]

__all__ = [
    "PROPOSERS",
    "AnalystProposer",
    "MixProposer",
    "NsgaProposer",
    "RandomProposer",
    "TpeProposer",
    "asked_of",
    "earned",
    "proposer_of",
]


def _analyst(space: Space, goal: Goal, weights: Weights, ask: Ask | None) -> Proposer:
    """Trials carry the name of who made them: the stand-in is not called a model."""
    return AnalystProposer(space, goal, weights, ask or rules.answer, name="llm" if ask else "rules")


PROPOSERS: Mapping[str, Maker] = {
    "llm": _analyst,
    "rules": lambda space, goal, weights, ask: _analyst(space, goal, weights, None),
    "nsga2": lambda space, goal, weights, ask: NsgaProposer(space, goal),
    "tpe": lambda space, goal, weights, ask: TpeProposer(space, goal),
    "random": lambda space, goal, weights, ask: RandomProposer(space),
}
"""Name -> how it is made. `llm` without somebody to ask is `rules`."""
MIX = ("llm", "tpe", "nsga2", "random")
"""The analyst first: it knows something about letters before there are trials."""


def proposer_of(
    names: str, space: Space, goal: Goal, weights: Weights, ask: Ask | None = None
) -> tuple[Proposer, AnalystProposer | None]:
    """A proposer by name; of several names with commas between them, a mix; `mix` is that of `MIX`. Beside it the analyst in it, which has
    a tally and critiques; None where there is none.

    Raises `DataError` for an unknown name, and where what it needs is not installed.
    """
    wanted = MIX if names == "mix" else tuple(name.strip() for name in names.split(","))
    for name in wanted:
        if name not in PROPOSERS:
            raise DataError(f"proposer: unknown name {name!r}; known: mix, {', '.join(PROPOSERS)}, or several of these")
    made = [PROPOSERS[name](space, goal, weights, ask) for name in wanted]
    analyst = next((each for each in made if isinstance(each, AnalystProposer)), None)
    return made[0] if len(made) == 1 else MixProposer(made, goal), analyst
