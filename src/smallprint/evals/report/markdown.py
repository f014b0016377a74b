"""report.md.

In: results and what was run. Out: Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smallprint.evals.report.tables import Table, tables


def markdown(found: Mapping[str, Any], notes: Sequence[str]) -> str:
    """Notes, then the tables."""
    lines = ["# Does it still read right?", "", *(f"- {note}" for note in notes), ""]
    for table in tables(found):
        lines += [f"## {table.title}", "", *_table(table), ""]
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    head = f"| {' | '.join(table.head)} |"
    rule = f"|---|{'---:|' * (len(table.head) - 1)}"
    return [head, rule, *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table.rows)]
