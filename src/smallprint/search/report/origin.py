"""Where the best style comes from.

In: findings. Out: HTML: a drawing of its ancestors, and a row for each step of the line to it.
"""

from __future__ import annotations

from smallprint.search.report.charts import tree
from smallprint.search.report.findings import Findings
from smallprint.search.report.front import changed, proposer
from smallprint.search.report.lineage import Step, chain
from smallprint.search.report.lineage import tree as tree_of
from smallprint.search.report.words import MOST_CHARS, cut, escaped, percent, plural, times


def origin(found: Findings) -> str:
    """Of the best style; where there is none, of the most accurate."""
    shown = found.shown
    if shown is None:
        return ""
    steps = chain(found, shown.trial)
    drawn = tree_of(found, steps)
    n = len(drawn.trials) - 1 + drawn.left_out
    title = "Where the best style comes from" if found.best else "Where the most accurate style comes from"
    words = f"{plural(n, 'style')} went into it. The line is to the nearest parent at each step: the one with the fewest knobs changed."
    if not n:
        words = "It was proposed from nothing before it."
    elif drawn.left_out:
        words += f" The {drawn.left_out:,} farthest are not drawn."
    heads = ("trial", "by", "from", "changed", "reason", "compression", "characters wrong", "hypervolume")
    rows = "".join(_row(found, step) for step in steps)
    return "\n".join(
        [
            f"<h2>{title}</h2><p class='dim'>{words}</p>",
            f"<figure class='wide solid'>{tree(found, drawn)}</figure>" if n else "",
            f"<div class='wide'><table class='prose'><tr>{''.join(f'<th>{each}</th>' for each in heads)}</tr>{rows}</table></div>",
        ]
    )


def _row(found: Findings, step: Step) -> str:
    trial, dot = step.trial, found.by_number.get(step.trial.number)
    before = None if step.parent is None else found.by_number.get(step.parent.number)
    others = "".join(f", and #{number}" for number in step.others)
    start = trial.proposal.kind if step.parent is None else f"#{step.parent.number}{others} ({trial.proposal.kind})"
    changes = changed(step.changes, before=step.parent is not None) or "nothing"
    if dot is None:
        figures = f"<td>{escaped(trial.state)}</td><td></td><td></td>"
    else:
        compression, wrong = times(dot.scores.compression), percent(dot.scores.cer)
        if before is not None:
            compression = f"{times(before.scores.compression)} → {compression}"
            wrong = f"{percent(before.scores.cer)} → {wrong}"
        figures = f"<td>{compression}</td><td>{wrong}</td><td>{f'+{dot.gain:.3f}' if dot.gain else ''}</td>"
    reason = escaped(cut(trial.proposal.reason, MOST_CHARS))
    return (
        f"<tr><td><a href='#trial-{trial.number}'>#{trial.number}</a></td><td>{proposer(found, trial)}</td><td>{escaped(start)}</td>"
        f"<td class='said'>{changes}</td><td class='said'>{reason}</td>{figures}</tr>"
    )
