"""report.html: one file that needs nothing else.

In: findings, the study's configuration and notes, pieces of pages. Out: HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from smallprint.search.report.findings import Findings
from smallprint.search.report.front import front
from smallprint.search.report.head import head
from smallprint.search.report.knobs import knobs
from smallprint.search.report.marks import DARK, LIGHT
from smallprint.search.report.origin import origin
from smallprint.search.report.proposers import proposers
from smallprint.search.report.trials import trials


def page(found: Findings, config: Mapping[str, Any], notes: Mapping[str, Any], crops: Mapping[int, bytes]) -> str:
    """The whole file as a string."""
    sections = [
        "<h1>How small may the print be?</h1>",
        head(found, config),
        front(found, crops),
        origin(found),
        proposers(found, notes),
        knobs(found),
        trials(found),
    ]
    frame = (resources.files("smallprint.search.report") / "report.html").read_text(encoding="utf-8")
    before, after = frame.split("<!--body-->")
    for mark, colors in (("/*light*/", LIGHT), ("/*dark*/", DARK)):
        before = before.replace(mark, " ".join(f"--p{at}: {color};" for at, color in enumerate(colors)))
    rules = " ".join(f"[data-p='{at}'] {{ --p: var(--p{at}); }}" for at in range(len(LIGHT)))
    return before.replace("/*colors*/", rules) + "\n".join(each for each in sections if each) + after
