"""The HTML preview: pages to look at, each line showing its source when pointed at.

In: `Pages` and a file's name. Out: one HTML file that needs nothing else. Written page by page, so that memory does not grow with the text.
"""

from __future__ import annotations

import base64
import html
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from smallprint.render.pages import Page, Pages

MAX_PAGES = 200
"""More would make a file that browsers open slowly; the PNG files are beside it."""


def write_preview(pages: Pages, path: Path, read_png: Callable[[Page], bytes]) -> None:
    """Write the preview of the first `MAX_PAGES` pages; `read_png` gives the PNG file of a page."""
    template = (resources.files("smallprint.render") / "preview.html").read_text(encoding="utf-8")
    head, tail = template.split("<!--pages-->")
    total = len(pages)
    with path.open("w", encoding="utf-8") as file:
        file.write(_fill(head, pages))
        for page in pages:
            if page.index == MAX_PAGES:
                file.write(f'<p class="more">and {total - MAX_PAGES} more pages, as PNG files beside this one</p>\n')
                break
            file.write(_figure(page, read_png(page)))
        file.write(tail)


def _fill(head: str, pages: Pages) -> str:
    report, digest, style = pages.report, pages.source.digest, pages.style
    missing = ", ".join(f"{item.to_json()['char']} ({item.count})" for item in report.missing) or "none"
    values: dict[str, Any] = {
        "name": pages.source.name,
        "n_pages": f"{len(pages):,}",
        "n_chars": f"{digest.n_chars:,}",
        "style": f"{style.name} ({style.font}, {style.font_size:g} on {style.line_height:g} pt, dpi {style.dpi:g})",
        "folded": f"{report.n_folded:,}",
        "missing": missing,
    }
    for key, value in values.items():
        head = head.replace(f"{{{{{key}}}}}", html.escape(str(value)))
    return head


def _figure(page: Page, data_png: bytes) -> str:
    start, end = page.span
    # Offsets count code points, JavaScript counts UTF-16: so the text comes line by line.
    lines = [
        [line.top_px, line.bottom_px, line.left >> 16, line.right >> 16, line.start, line.end] for line in page.lines
    ]
    text = page.text
    texts = [text[line.start - start : line.end - start] for line in page.lines]
    data = json.dumps({"lines": lines, "texts": texts}).replace("<", "\\u003c")
    image = base64.b64encode(data_png).decode("ascii")
    return (
        f'<figure data-height="{page.height_px}">'
        f"<figcaption>page {page.index + 1} &middot; characters {start:,} to {end:,}</figcaption>"
        f'<div class="page"><img width="{page.width_px}" height="{page.height_px}" alt="page {page.index + 1}" '
        f'src="data:image/png;base64,{image}"><div class="line" hidden></div></div>'
        f'<script type="application/json">{data}</script></figure>\n'
    )
