"""The table of all trials.

In: findings. Out: HTML; a little script of the page sorts it. Columns in which nothing stands are left out.
"""

from __future__ import annotations

from smallprint.search.report.findings import Dot, Findings
from smallprint.search.report.front import proposer
from smallprint.search.report.words import MOST_CHARS, cut, escaped, percent, percents, plural, times
from smallprint.search.values import Trial

_HEADS = (
    "trial",
    "proposer",
    "kind",
    "state",
    "compression",
    "characters wrong",
    "exact strings",
    "task",
    "rung",
    "reason",
)

_Cell = tuple[str, str]
"""(what it is sorted by, what is shown as HTML); both empty where nothing stands."""


def trials(found: Findings) -> str:
    """By number."""
    if not found.trials:
        return ""
    rows = [(trial.number, _cells(found, trial, found.by_number.get(trial.number))) for trial in found.trials]
    kept = [at for at in range(len(_HEADS)) if any(cells[at][1] for _, cells in rows)]
    said, last = " class='said'", len(_HEADS) - 1
    head = "".join(f"<th tabindex='0'>{_HEADS[at]}</th>" for at in kept)
    body = "\n".join(
        f"<tr id='trial-{number}' class='{_class(found, found.by_number.get(number))}'>"
        + "".join(
            f"<td{said if at == last else ''} data-v='{escaped(cells[at][0])}'>{cells[at][1]}</td>" for at in kept
        )
        + "</tr>"
        for number, cells in rows
    )
    return (
        f"<h2>All trials</h2><p class='dim'>{plural(len(rows), 'trial')}; a click on a head sorts. Those of the front are bold.</p>"
        f"<div class='wide'><table class='prose sortable'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(found: Findings, trial: Trial, dot: Dot | None) -> tuple[_Cell, ...]:
    proposal = trial.proposal
    number = f"#{trial.number}"
    if trial.number in found.cards:
        number = f"<a href='#front-{trial.number}'>{number}</a>"
    first = (
        (str(trial.number), number),
        (proposal.proposer, proposer(found, trial)),
        (proposal.kind, escaped(proposal.kind)),
    )
    if dot is None:
        cause = trial.error or ("its figures are no numbers" if trial.scores is not None else "")
        words = "; ".join(escaped(cut(each, MOST_CHARS)) for each in (cause, proposal.reason) if each)
        return (*first, (trial.state, escaped(trial.state)), *(("", ""),) * 5, (words, words))
    scores = dot.scores
    state = "front" if dot.is_front else "done" if scores.complete else "stopped early"
    exact, task = scores.exact, scores.task
    reason = escaped(cut(proposal.reason, MOST_CHARS))
    return (
        *first,
        (state, state),
        (repr(scores.compression), times(scores.compression)),
        (repr(scores.cer), percents(scores.cer, scores.cer_interval)),
        ("", "") if exact is None else (repr(exact), f"{percent(exact)} of {scores.exact_n:,}"),
        ("", "") if task is None else (repr(task), percents(task, scores.task_interval)),
        (str(scores.rung), str(scores.rung)),
        (proposal.reason, reason),
    )


def _class(found: Findings, dot: Dot | None) -> str:
    if dot is None:
        return "failed"
    kind = "front" if dot.is_front else "whole" if dot.scores.complete else "part"
    return f"{kind} best" if dot is found.best else kind
