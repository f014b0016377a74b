"""What an analyst is told, for a model and for a program alike.

In: goal, weights, space and history. Out: a prompt in which everything that varies is JSON between markers on lines of their own; and, the
other way, what stands between them. Knows no reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from smallprint.errors import DataError
from smallprint.search.objectives import DEFAULT, OBJECTIVES, WORST_CER, Goal, best, scalar
from smallprint.search.space import Space
from smallprint.search.values import Scores, Trial, Weights

SPARE = 2
"""Proposals asked for beyond those that will be tried: in place of any that repeats what the model was not shown."""
MOST_ROWS = 40
"""Trials shown. One takes some 150 tokens, so that the history stays around 6,000."""
MOST_FRONT, MOST_OPEN, MOST_BEST, MOST_LATEST, MOST_EDGE, MOST_WORST, MOST_FAILED = 16, 8, 6, 6, 4, 2, 2
"""What is sure of a place among them. The rest is filled with the best."""
MOST_CONFUSIONS = 6
_ERROR_CHARS = 160

_TEXT = """You search for the best way to draw text as page images for a vision-language model. Small, tight letters put more text into
a visual token (compression); past some point letters are misread (cer, the character error rate). Find styles that push the front between
the two: denser at the same errors, or fewer errors at the same density.

The goal. `score` ranks the trials. A style with more errors than max_cer is no candidate for use, but it still tells where the limit is;
beyond worthless_cer it adds nothing to the front.
<goal>
{goal}
</goal>

The knobs of a style: choices, or numbers from low to high in steps. Lengths are pixels. A knob with only_when has no effect elsewhere.
<space>
{space}
</space>

The trials so far, one a line, the best score first: all of the front (on_front), and others that tell something. by_kind has the errors by
kind of text; confusions are [what stands there, what was read, how often]. Trials without compression are running, waiting or failed. A
knob that is not listed has no effect in that trial.
<history>
{history}
</history>

<task>
{task}
</task>

First think: which knobs made the difference between trials that are otherwise alike? Which trials err for a reason that another knob would
remove (letters too small or too tight, lines too close, strokes blurred by fractions of pixels)? Where does the front have a gap? Then
propose as many styles as the task's proposals and spare together, the best first: spare ones take the place of any that repeat a trial
which is not shown. Vary the aims: changes of one or two knobs of a good trial, crosses of two trials, and now and then something untried.
Never repeat a trial.

Reply with one JSON object and nothing else:
{{"critique": "what the trials show, in two to five sentences",
"proposals": [{{"kind": "mutation" or "crossover" or "new", "parents": [numbers of the trials it comes from],
"knobs": {{"name of a knob": value, ...}}, "reason": "one sentence that cites trials by number"}}, ...]}}
Knobs that you leave out are taken from the first parent, or from the defaults where there is none."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a prompt says."""

    goal: Mapping[str, Any]
    space: Mapping[str, Mapping[str, Any]]
    history: Sequence[Mapping[str, Any]]
    task: Mapping[str, Any]


def written(space: Space, goal: Goal, weights: Weights, history: Sequence[Trial], n: int, seed: int) -> str:
    """The prompt that asks for `n` proposals."""
    target = {
        "reader_family": space.family,
        "kinds_of_text": list(space.kinds),
        "objectives": list(goal.names),
        "score": f"{weights.alpha:g} x (1 - cer) + {weights.beta:g} x compression",
        "max_cer": weights.max_cer,
        "worthless_cer": WORST_CER,
    }
    # A knob a line: a model reads a table better than one long line.
    knobs = ",\n".join(f"{json.dumps(knob.name)}: {_json(knob.to_json())}" for knob in space.knobs)
    front = [trial for trial in goal.front(history) if _cer(trial) < WORST_CER]
    on_front = {trial.number for trial in front}
    rows = [_row(space, goal, weights, each, each.number in on_front) for each in shown(history, front, weights)]
    return _TEXT.format(
        goal=_json(target),
        space=f"{{{knobs}}}",
        history="\n".join(map(_json, rows)),
        task=_json({"proposals": n, "spare": SPARE, "trials_so_far": len(history), "seed": seed}),
    )


def read(prompt: str) -> Told:
    """What `written` wrote. Raises `DataError` where a part is missing or broken."""
    found: dict[str, str] = {}
    for name in ("goal", "space", "history", "task"):
        # JSON has no bare line ends inside strings, so that a marker on a line of its own is no part of it.
        block = re.search(rf"^<{name}>\n(.*?)^</{name}>$", prompt, re.MULTILINE | re.DOTALL)
        if block is None:
            raise DataError(f"prompt: it has no part <{name}>")
        found[name] = block.group(1)
    try:
        return Told(
            goal=json.loads(found["goal"]),
            space=json.loads(found["space"]),
            history=[json.loads(line) for line in found["history"].split("\n") if line.strip()],
            task=json.loads(found["task"]),
        )
    except ValueError as error:
        raise DataError(f"prompt: a part of it is no JSON: {error}") from None


def shown(history: Sequence[Trial], front: Sequence[Trial], weights: Weights) -> list[Trial]:
    """The trials that tell most, best first: the front, the open ones, the best, the latest, those just over the limit of errors and denser
    than what is within it, the worst."""
    ranked = sorted((trial for trial in history if trial.scores), key=lambda trial: -_score(trial, weights))
    within = best(ranked, weights)
    least = within.scores.compression if within and within.scores else -1.0
    over = [trial for trial in ranked if _cer(trial) > weights.max_cer]
    edge = sorted((trial for trial in over if _compression(trial) > least), key=_cer)
    over.sort(key=_cer)
    failed = [trial for trial in history if trial.state == "failed"]
    open_trials = [trial for trial in history if trial.state in ("waiting", "running")]
    told = (
        *_thinned(front, MOST_FRONT),
        *open_trials[-MOST_OPEN:],
        *ranked[:MOST_BEST],
        *history[-MOST_LATEST:],
        *edge[:MOST_EDGE],
        *over[-MOST_WORST:],
        *failed[-MOST_FAILED:],
        *ranked,
    )
    chosen = set(list(dict.fromkeys(trial.number for trial in told))[:MOST_ROWS])
    return [trial for trial in ranked if trial.number in chosen] + [
        trial for trial in history if trial.number in chosen and not trial.scores
    ]


def _row(space: Space, goal: Goal, weights: Weights, trial: Trial, on_front: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"number": trial.number, "proposer": trial.proposal.proposer}
    if trial.proposal.parents:
        row["parents"] = list(trial.proposal.parents)
    row["knobs"] = space.active({**space.default, **trial.genome})
    scores = trial.scores
    if scores is None:
        return row | {"state": trial.state} | ({"error": trial.error[:_ERROR_CHARS]} if trial.error else {})
    row["on_front"] = on_front
    row["compression"] = round(scores.compression, 3)
    row["cer"] = _short(scores.cer)
    row["cer_interval"] = [_short(value) for value in scores.cer_interval]
    row["score"] = round(scalar(scores, weights), 4)
    if scores.exact is not None:
        row["exact"] = round(scores.exact, 3)
    if scores.task is not None:
        row["task"] = round(scores.task, 3)
    row |= {name: _short(OBJECTIVES[name](scores)) for name in goal.names if name not in (*DEFAULT, *row)}
    if not scores.complete:
        row["stopped_early"] = True
    if scores.by_kind:
        row["by_kind"] = {kind: _short(value) for kind, value in scores.by_kind.items()}
    if scores.confusions:
        row["confusions"] = [[each.truth, each.read, each.count] for each in scores.confusions[:MOST_CONFUSIONS]]
    return row


def _thinned(front: Sequence[Trial], most: int) -> list[Trial]:
    """Evenly, with both ends."""
    if len(front) <= most:
        return list(front)
    return [front[round(at * (len(front) - 1) / (most - 1))] for at in range(most)]


def _score(trial: Trial, weights: Weights) -> float:
    return scalar(cast(Scores, trial.scores), weights)


def _cer(trial: Trial) -> float:
    return cast(Scores, trial.scores).cer


def _compression(trial: Trial) -> float:
    return cast(Scores, trial.scores).compression


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
