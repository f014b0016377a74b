"""Whole texts through the renderer: do the pages join to the exact source, and what has no glyph?

    python bench/spans.py STYLE FILE [FILE ...]

Files may be gzipped. Prints a line for each file with missing characters, and the sums; fails at the first text that does not join.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

from smallprint.render import Style, render
from smallprint.render.source import decode


def main(style_name: str, *names: str) -> None:
    n_chars = n_pages = 0
    for name in names:
        data = Path(name).read_bytes()
        text = decode(gzip.decompress(data) if name.endswith(".gz") else data, name)
        pages = render(text, Style.load(style_name))
        joined = "".join(page.text for page in pages)
        if joined != text:
            raise SystemExit(f"{name}: the pages do not join to the source")
        n_chars, n_pages = n_chars + len(text), n_pages + len(pages)
        if missing := pages.report.missing:
            print(f"{Path(name).name}: {sum(item.count for item in missing)} characters without a glyph:", end=" ")
            print(*(f"{item.drawn}({item.count})" for item in missing))
    print(f"{len(names)} files, {n_chars:,} characters, {n_pages:,} pages: all join to their source")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
