"""The first words of a search's report: the best style against the known ones, and what was searched.

In: findings, the study's configuration. Out: HTML.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from smallprint.search.objectives import best as best_of
from smallprint.search.report.findings import Findings, is_drawable
from smallprint.search.report.words import UNKNOWN, cut, escaped, percent, percents, plural, said, saved, times
from smallprint.search.values import Reference, Scores

_TOLD = ("reader", "family", "text", "evaluations", "seed", "command")
"""Keys of the configuration that are shown at once; the others are folded."""
_HEADS = (
    "style", "measured on", "compression", "characters wrong", "exact strings", "tokens saved", "visual tokens, the best at 1",
)  # fmt: skip


def head(found: Findings, config: Mapping[str, Any]) -> str:
    """A sentence, a table of styles, a list of settings."""
    pieces = [f'<p class="lead">{_lead(found)}</p>', _table(found), "<ul>"]
    pieces += [f"<li>{escaped(_counts(found))}</li>"]
    for key in _TOLD:
        if config.get(key) is not None:
            words = _text(config[key]) if key == "text" else said(config[key])
            shown = f"<code>{escaped(words)}</code>" if key == "command" else escaped(words)
            pieces.append(f"<li>{key.capitalize()}: {shown}</li>")
    pieces.append(
        "<li>Compression is text tokens of the reader's family over its visual tokens. Character errors are of the reader named here: "
        "others misread other things. Intervals are 95%.</li></ul>"
    )
    rest = {key: value for key, value in config.items() if key not in _TOLD}
    if rest:
        written = json.dumps(rest, indent=2, ensure_ascii=False, default=str)
        pieces.append(f"<details><summary>All settings</summary><pre>{escaped(written)}</pre></details>")
    return "\n".join(pieces)


def name(row: Reference) -> str:
    """Of a reference, with what it stands for."""
    return f"{row.name} (the paper's)" if row.name.startswith("glyph-") else row.name


def _lead(found: Findings) -> str:
    best, limit = found.best, percent(found.weights.max_cer)
    if not found.dots:
        return escaped(_nothing(found))
    if best is None:
        dot = found.shown
        near = "" if dot is None else (
            f" The most accurate one, <a href='#front-{dot.trial.number}'>#{dot.trial.number}</a>, has "
            f"{percents(dot.scores.cer, dot.scores.cer_interval)} at {times(dot.scores.compression)}."
        )  # fmt: skip
        if best_of([each.trial for each in found.dots], found.weights) is not None:
            return f"No style that kept to the limit of {limit} of the characters read wrong in the search kept to it on other text.{near}"
        return f"No style keeps to the limit of {limit} of the characters read wrong.{near}"
    number, held = best.trial.number, found.held_out
    who = f"<a href='#front-{number}'>#{number}</a>, by {escaped(best.trial.proposal.proposer)},"
    row = best.scores if held is None else held
    lead = (
        f"The best style, {who} puts <b>{row.compression:.2f} text tokens</b> into a visual token, with "
        f"<b>{percent(row.cer)}</b>{percents(row.cer, row.cer_interval)[len(percent(row.cer)) :]} of the characters read wrong "
    )
    if held is None:
        lead += "on the text of the search itself. On other text, where the best of many is mostly worse, it was not measured. "
    else:
        lead += "on text that the search did not use. "
        if held.cer > found.weights.max_cer:
            kept = ", which it kept on the text of the search" if best.scores.cer <= found.weights.max_cer else ""
            lead += f"That is over the limit of {limit}{kept}. "
    if row.compression <= 1:
        return f"{lead}Such pages cost no less than the text."
    others = [
        f"{escaped(name(other))} takes {row.compression / other.compression:.2f} times as many"
        for other in found.references
        if is_drawable(other)
    ]
    return f"{lead}It saves <b>{saved(row.compression)}</b> of the text's tokens{'; ' if others else ''}{', '.join(others)}."


def _text(held: object) -> str:
    """As a validation set describes itself: its name, size and kinds."""
    if not isinstance(held, Mapping):
        return said(held)
    row = cast("Mapping[str, object]", held)
    if not row.get("name"):
        return said(row)
    more = [f"{n:,} characters" if isinstance(n := row.get("n_chars"), int) else "", said(row.get("kinds", ""))]
    return ", ".join(each for each in (str(row["name"]), *more) if each)


def _nothing(found: Findings) -> str:
    causes = Counter(trial.error for trial in found.trials if trial.state == "failed")
    if not found.trials:
        return "Nothing was tried yet."
    if not causes:
        return f"Nothing was measured yet: {plural(len(found.trials), 'style')} waiting or being read."
    cause, n = causes.most_common(1)[0]
    failed = f"{sum(causes.values()):,} of {plural(len(found.trials), 'style')} failed"
    return f"Nothing was measured: {failed}, {n:,} of them with: {cut(cause, 300)}"


def _counts(found: Findings) -> str:
    stopped = sum(not dot.scores.complete for dot in found.dots)
    failed = sum(trial.state == "failed" for trial in found.trials)
    rest = len(found.trials) - len(found.dots) - failed
    parts = [f"{len(found.dots) - stopped:,} measured whole", f"{stopped:,} stopped early", f"{failed:,} failed"]
    return f"{plural(len(found.trials), 'style')} tried: {', '.join(parts)}{f', {rest:,} without figures' if rest else ''}."


def _table(found: Findings) -> str:
    rows: list[tuple[str, str, Reference | Scores]] = [(name(row), "other text", row) for row in found.references]
    if (best := found.best) is not None:
        title = f"the best, #{best.trial.number}"
        rows.insert(0, (title, "the search's text", best.scores))
        if found.held_out is not None:
            rows.insert(0, (title, "other text", found.held_out))
    if not rows:
        return ""
    first = rows[0][2].compression
    cells = [
        (
            title, text, times(row.compression), percents(row.cer, row.cer_interval), percent(row.exact), saved(row.compression),
            f"{first / row.compression:.2f}" if best is not None and row.compression > 0 else UNKNOWN,
        )
        for title, text, row in rows
    ]  # fmt: skip
    head_row = "".join(f"<th>{each}</th>" for each in _HEADS)
    body = "".join(f"<tr>{''.join(f'<td>{escaped(cell)}</td>' for cell in row)}</tr>" for row in cells)
    return f'<div class="wide"><table><tr>{head_row}</tr>{body}</table></div>'
