"""What each knob does.

In: findings. Out: HTML: how much the objectives move with it, and character errors over its values.
"""

from __future__ import annotations

from smallprint.search.report.charts import mini
from smallprint.search.report.findings import Findings
from smallprint.search.report.sensitivity import LEAST_TRIALS, OBJECTIVES, Influence, Sensitivity, sensitivity
from smallprint.search.report.words import escaped, plural

_METHOD = (
    "The bars are shares of the variance that a small model puts down to the knob: half of what its squared error grows by when the knob's "
    "values are shuffled among the trials. The model, a ridge regression on each number, its square, and each choice, is always asked "
    "about trials that it was not fitted on. A search does not draw its styles evenly: of knobs that were moved together, either may have "
    "the credit. ρ is the rank correlation."
)


def knobs(found: Findings) -> str:
    """Those that matter most first."""
    if not found.dots:
        return ""
    told = sensitivity(found)
    most = max((each or 0.0 for row in told.influences for each in row.share), default=0.0)
    cards = "".join(_card(found, row, most) for row in told.influences)
    return "\n".join(
        [
            f"<h2>What the knobs do</h2><p class='dim'>{_words(told)}</p>",
            f"<div class='knobs'>{cards}</div>",
        ]
    )


def _words(told: Sensitivity) -> str:
    if told.n < LEAST_TRIALS:
        return (
            f"{plural(told.n, 'trial')} {'is' if told.n == 1 else 'are'} too few to say how much each knob matters; {LEAST_TRIALS} are "
            "needed. The points are the trials as they are."
        )
    parts: list[str] = []
    for at, name in enumerate(OBJECTIVES):
        explained = told.explained[at]
        if explained is None:
            parts.append(f"{name} is the same in all trials")
        elif all(row.share[at] is None for row in told.influences):
            parts.append(f"of {name} it explains next to nothing ({max(0.0, explained):.0%}), so no bars are given")
        else:
            parts.append(f"it explains {explained:.0%} of the variance of {name}")
    return f"{_METHOD} Over {plural(told.n, 'trial')} {escaped(', and '.join(parts))}."


def _card(found: Findings, row: Influence, most: float) -> str:
    bars = "".join(
        _bar(name, row.share[at], row.rank[at], most)
        for at, name in enumerate(OBJECTIVES)
        if row.share[at] is not None or row.rank[at] is not None
    )
    only = f" (only when {' '.join(row.knob.when)})" if row.knob.when else ""
    return (
        f"<figure><figcaption>{escaped(row.knob.name)} <span class='dim'>{escaped(row.knob.about + only)}</span></figcaption>"
        f"<div class='bars'>{bars}</div>{mini(found, row.knob)}</figure>"
    )


def _bar(name: str, share: float | None, rank: float | None, most: float) -> str:
    figure = "" if share is None else f"{share:.2f}"
    width = 72 * (share or 0.0) / most if most > 0 else 0.0
    sign = "" if rank is None else f"ρ {rank:+.2f}".replace("-", "\N{MINUS SIGN}")
    bar = f"<span class='bar'><i style='width:{width:.0f}px'></i></span>"
    return f"<span>{name}</span><span>{figure}</span>{bar}<span class='dim'>{sign}</span>"
