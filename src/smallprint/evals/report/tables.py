"""Figures as rows of words, for Markdown and HTML alike.

In: results as `smallprint.evals.results` gives them. Out: tables: a head and rows of strings. Knows no markup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of words; all columns but the first are figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Arms, tasks by arm, the suites' aggregates, lengths."""
    arms: Sequence[Mapping[str, Any]] = found["arms"]
    return [
        _without_empty(table) for table in (_arms(arms), _tasks(arms), _aggregates(arms), *_lengths(arms)) if table.rows
    ]


def _without_empty(table: Table) -> Table:
    """Without columns in which nothing stands."""
    kept = [place for place in range(len(table.head)) if any(row[place] for row in table.rows)]
    return Table(
        title=table.title,
        head=tuple(table.head[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
    )


def score(value: float | None, interval: Sequence[float] | None = None) -> str:
    """0.5 -> 50.0 (41.0 to 59.2)."""
    if value is None:
        return "none"
    held = f"{100 * value:.1f}"
    return held if interval is None else f"{held} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _arms(arms: Sequence[Mapping[str, Any]]) -> Table:
    head = (
        "arm",
        "score",
        "against text",
        "compression",
        "tokens in",
        "tokens out",
        "dollars",
        "refused",
        "too large",
        "cut off",
        "failed",
        "n",
    )
    return Table(title="Arms", head=head, rows=tuple(_arm(arm) for arm in arms))


def _arm(arm: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        arm["arm"], score(arm["score"], arm["interval"]), _against(arm["difference"]), _times(arm["compression"]),
        _count(arm["tokens_in"]), _count(arm["tokens_out"]), "" if arm["usd"] is None else f"{arm['usd']:.4f}",
        *(f"{arm[key]:,}" for key in ("refusals", "too_large", "cut_off", "failures", "n")),
    )  # fmt: skip


def _tasks(arms: Sequence[Mapping[str, Any]]) -> Table:
    names = list(dict.fromkeys(task["task"] for arm in arms for task in arm["tasks"]))
    rows: list[tuple[str, ...]] = []
    for name in names:
        cells = [next((task for task in arm["tasks"] if task["task"] == name), None) for arm in arms]
        compression = [_times(cell["compression"]) for cell in cells if cell and cell["compression"]]
        rows.append(
            (
                name,
                *("" if cell is None else score(cell["score"], cell["interval"]) for cell in cells),
                max(compression, default="", key=lambda text: float(text[:-1])),
            )
        )
    return Table(title="Tasks", head=("task", *(arm["arm"] for arm in arms), "most compression"), rows=tuple(rows))


def _aggregates(arms: Sequence[Mapping[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for arm in arms for name in arm["aggregates"]))
    rows = [(name, *(score(arm["aggregates"].get(name)) for arm in arms)) for name in names]
    return Table(title="The suites' own means", head=("mean", *(arm["arm"] for arm in arms)), rows=tuple(rows))


def _lengths(arms: Sequence[Mapping[str, Any]]) -> list[Table]:
    """The mean over tasks at each length, of tasks that have them all, so that lines differ by length and not by task."""
    lengths = sorted({row["length"] for arm in arms for task in arm["tasks"] for row in task["by_length"]})
    rows: list[tuple[str, ...]] = []
    for length in lengths:
        cells: list[str] = []
        for arm in arms:
            whole = [task for task in arm["tasks"] if len(task["by_length"]) == len(lengths)]
            here = [row["score"] for task in whole for row in task["by_length"] if row["length"] == length]
            cells.append(score(sum(here) / len(here)) if here else "")
        rows.append((f"{length:,}", *cells))
    return (
        [Table(title="Lengths", head=("tokens", *(arm["arm"] for arm in arms)), rows=tuple(rows))]
        if len(rows) > 1
        else []
    )


def _against(difference: Mapping[str, Any] | None) -> str:
    if difference is None:
        return ""
    low_high = difference["interval"]
    held = f"{100 * difference['mean']:+.1f}"
    return held if low_high is None else f"{held} ({100 * low_high[0]:+.1f} to {100 * low_high[1]:+.1f})"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}x"


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
