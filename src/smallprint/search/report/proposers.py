"""Who found what, and what the analyst said.

In: findings, the study's notes. Out: HTML. What a model wrote is shown as text, whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from smallprint.search.objectives import DEFAULT
from smallprint.search.report.charts import growth
from smallprint.search.report.findings import Findings
from smallprint.search.report.marks import LIGHT, swatch
from smallprint.search.report.words import cut, escaped, said

_AREA = "Hypervolume is the area that the front covers: doublings of compression, times powers of ten of character errors below 10%."
_HEADS = (
    "proposer", "styles", "measured whole", "stopped early", "failed", "on the front", "hypervolume", "share of it", "",
)  # fmt: skip
_WHEN = {"round": "round", "trials": "at trial"}
"""Key of a critique that says when it was written, and how that is told."""


def proposers(found: Findings, notes: Mapping[str, Any]) -> str:
    """A picture, a row for each proposer, its replies in figures, its words."""
    pieces: list[str] = []
    if found.trials:
        about = _AREA if found.goal.names == DEFAULT else f"Hypervolume is that of {', '.join(found.goal.names)}."
        pieces += [
            f"<h2>Who found what</h2><p class='dim'>{escaped(about)} A proposer earns what its styles added when their turn came.</p>",
            _table(found),
            f"<figure class='solid'>{growth(found)}</figure>" if any(dot.gain for dot in found.dots) else "",
        ]
    return "\n".join([*pieces, _tallies(notes.get("tallies")), _critiques(notes.get("critiques"))])


def _table(found: Findings) -> str:
    sums = dict.fromkeys(found.proposers, 0.0)
    for dot in found.dots:
        sums[dot.trial.proposal.proposer] += dot.gain
    total = sum(sums.values())
    rows: list[str] = []
    for at, name in enumerate(found.proposers):
        trials = [trial for trial in found.trials if trial.proposal.proposer == name]
        dots = [dot for dot in found.dots if dot.trial.proposal.proposer == name]
        whole = sum(dot.scores.complete for dot in dots)
        counts = (
            len(trials), whole, len(dots) - whole, sum(trial.state == "failed" for trial in trials),
            sum(dot.is_front for dot in dots),
        )  # fmt: skip
        share = sums[name] / total if total else 0.0
        rows.append(
            f"<tr><td>{swatch(at)} {escaped(name)}</td>{''.join(f'<td>{count:,}</td>' for count in counts)}"
            f"<td>{sums[name]:.3f}</td><td>{100 * share:.1f}%</td>"
            f"<td class='bar'><i data-p='{at % len(LIGHT)}' style='width:{120 * share:.0f}px'></i></td></tr>"
        )
    head = "".join(f"<th>{each}</th>" for each in _HEADS)
    return f"<div class='wide'><table><tr>{head}</tr>{''.join(rows)}</table></div>"


def _tallies(held: object) -> str:
    """A row of counts; a row for each where there are several analysts. Lists are folded below."""
    if not isinstance(held, Mapping) or not held:
        return ""
    tallies = cast("Mapping[str, object]", held)
    several = all(isinstance(row, Mapping) for row in tallies.values())
    rows = cast("Mapping[str, Mapping[str, object]]", tallies if several else {"": tallies})
    counts = {name: {key: value for key, value in row.items() if not _is_list(value)} for name, row in rows.items()}
    keys = list(dict.fromkeys(key for row in counts.values() for key in row))
    head = "".join(f"<th>{escaped(each)}</th>" for each in (["analyst"] if several else []) + keys)
    body = ""
    for name, row in counts.items():
        cells = ([name] if several else []) + [said(row.get(key, "")) for key in keys]
        body += f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in cells)}</tr>"
    folded = [
        _folded(f"{name} {key}".strip(), "\n".join(map(said, cast("Sequence[object]", value))))
        for name, row in rows.items()
        for key, value in row.items()
        if _is_list(value) and value
    ]
    table = f"<div class='wide'><table><tr>{head}</tr>{body}</table></div>"
    return "\n".join(["<h2>The analyst's replies</h2>", table, *folded])


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _critiques(held: object) -> str:
    if not _is_list(held) or not held:
        return ""
    pieces = ["<h2>What the analyst made of it</h2>"]
    for each in cast("Sequence[object]", held):
        row = cast("Mapping[str, object]", each) if isinstance(each, Mapping) else {"text": each}
        # Of a round, or of so many trials.
        when = next((f"{words} {row[key]}" for key, words in _WHEN.items() if key in row), "")
        pieces.append(_folded(when, str(row.get("text", ""))))
    return "\n".join(pieces)


def _folded(title: str, words: str) -> str:
    first = next((line.strip() for line in words.splitlines() if line.strip()), "")
    shown = escaped(cut(first, 120))
    return f"<details><summary>{escaped(title)} <span class='dim'>{shown}</span></summary><pre>{escaped(words)}</pre></details>"
