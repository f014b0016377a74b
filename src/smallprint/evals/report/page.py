"""report.html: one file that needs nothing else.

In: results, samples, notes. Out: HTML with tables, pictures, and the worst misses beside what stands on the page.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from smallprint.evals.crops import crop_path
from smallprint.evals.report.misses import Miss, worst_misses
from smallprint.evals.report.plots import plots
from smallprint.evals.report.tables import Table, score, tables
from smallprint.evals.sample import Sample

_MAX_CHARS = 600
"""Of an answer that is shown."""


def page(
    found: Mapping[str, Any], samples: Sequence[Sample], notes: Sequence[str], folder: Path, dpis: Mapping[str, float]
) -> str:
    """The whole file as a string."""
    pieces = [
        "<h1>Does it still read right?</h1>",
        "<ul>",
        *(f"<li>{html.escape(note)}</li>" for note in notes),
        "</ul>",
    ]
    if drawn := plots(found, dpis):
        figures = [f"<figure><figcaption>{html.escape(title)}</figcaption>{svg}</figure>" for title, svg in drawn]
        pieces += ['<h2>Pictures</h2><div class="plots">', *figures, "</div>"]
    pieces += [_table(table) for table in tables(found)]
    if misses := worst_misses(samples):
        pieces.append("<h2>Where pages lost most</h2>")
        pieces += [_miss(miss, folder) for miss in misses]
    frame = (resources.files("smallprint.evals.report") / "page.html").read_text(encoding="utf-8")
    return frame.replace("<!--body-->", "\n".join(pieces))


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.head)
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f'<h2>{html.escape(table.title)}</h2><div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _miss(miss: Miss, folder: Path) -> str:
    sample = miss.sample
    rows = [("asked for", " | ".join(sample.answers)), (f"{sample.arm}: {score(sample.score)}", _said(sample))]
    if miss.text is not None:
        rows.append((f"{miss.text.arm}: {score(miss.text.score)}", _said(miss.text)))
    crop = crop_path(folder, sample)
    image = ""
    if crop.is_file():
        data = base64.b64encode(crop.read_bytes()).decode()
        image = f'<img alt="the answer on its page" src="data:image/png;base64,{data}">'
    told = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(text[:_MAX_CHARS])}</dd>" for name, text in rows)
    return f"<article><h3>{html.escape(f'{sample.task}, {sample.item}')}</h3>{image}<dl>{told}</dl></article>"


def _said(sample: Sample) -> str:
    return sample.prediction if sample.prediction is not None else f"{sample.error}: {sample.message}"
