"""The space as Optuna knows it.

In: a `Space`. Out: a distribution for each knob, so that studies can be looked at with Optuna's own tools. Needs the extra `search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smallprint.errors import DataError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

    from smallprint.search.space import Space


def need_optuna() -> None:
    """Raises `DataError` where it is not installed."""
    from importlib.util import find_spec

    if find_spec("optuna") is None:
        raise DataError("search: needs Optuna: pip install 'smallprint[search]'")


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """By name of knob."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    made: dict[str, BaseDistribution] = {}
    for knob in space.knobs:
        if knob.choices:
            made[knob.name] = CategoricalDistribution(knob.choices)
        elif knob.is_whole:
            made[knob.name] = IntDistribution(int(knob.low), int(knob.high), step=int(knob.step))
        else:
            made[knob.name] = FloatDistribution(knob.low, knob.high, step=knob.step)
    return made
