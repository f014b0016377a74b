"""`manifest.json`: what the files of a folder of pages are, and what they do not show of their source.

In: `Pages` that were all reached, and a record of each as JSON. Out: the file; and, of a file, the names of the pages that it lists. It is
written and read in pieces, so that memory does not grow with the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from smallprint._version import __version__
from smallprint.render import harfbuzz
from smallprint.render.fonts import freetype_version

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.pages import Pages
    from smallprint.render.report import Report

SCHEMA = "smallprint.manifest/1"

_OURS = re.compile(rb'"schema":\s*"%b"' % re.escape(SCHEMA.encode()))
_FILE = re.compile(rb'"file":\s*"(page-\d+\.png)"')
_REPORT = re.compile(rb'\s*"report":')


def write_manifest(path: Path, pages: Pages, records: Iterable[bytes]) -> None:
    """Write the manifest; `records` has a JSON object for each page."""
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "freetype": freetype_version(),
        "harfbuzz": harfbuzz.version(),
        "source": {"name": pages.source.name, **asdict(pages.source.digest), **pages.source.parts_json()},
        "style": pages.style.to_glyph(),
        "style_name": pages.style.name,
        "style_digest": pages.style.digest,
        "fonts": [asdict(face) for face in pages.faces()],
    }
    if pages.highlighter:
        head["highlight"] = pages.highlighter.to_json()
    with path.open("wb") as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode())
        file.write(b',\n "pages": ')
        _write_list(file, records)
        file.write(b',\n "report": ')
        _write_report(file, pages.report)
        file.write(b"\n}\n")


def page_files(path: Path) -> Iterator[str]:
    """Names of the pages that a manifest lists; none, if it is not of our schema."""
    with path.open("rb") as file:
        if not _OURS.search(file.read(100)):
            return
        file.seek(0)
        for line in file:
            if _REPORT.match(line):
                return
            for name in _FILE.findall(line):
                yield name.decode()


def _write_list(file: IO[bytes], parts: Iterable[bytes]) -> None:
    """A JSON list, a part a line; a part is one element, or several with commas between them."""
    before = b"[\n"
    for part in parts:
        file.write(before + part)
        before = b",\n"
    file.write(b"[]" if before == b"[\n" else b"\n]")


def _write_report(file: IO[bytes], report: Report) -> None:
    file.write(b'{"n_chars": %d, "drawn": %d, "folded": ' % (report.n_chars, report.drawn))
    _write_list(file, map(_span_list, report.folded_blocks()))
    for key, items in ((b"substituted", report.substituted), (b"missing", report.missing)):
        file.write(b',\n "%b": [' % key)
        before = b"\n"
        for item in items:
            head = json.dumps(item.to_json(), ensure_ascii=False).removesuffix("}")
            file.write(before + head.encode() + b', "spans": ')
            _write_list(file, map(_span_list, item.blocks()))
            file.write(b"}")
            before = b",\n"
        file.write(b"]")
    file.write(b"}")


def _span_list(spans: NDArray[np.int64]) -> bytes:
    """``[1, 2], [5, 9]``, as the json module writes it, many times as fast."""
    width = len(str(spans[-1, 1]))
    cells = np.zeros((len(spans), 2 * width + 6), np.uint8)
    after_start, after_end = 1 + width, 3 + 2 * width
    _digits(spans[:, 0], cells[:, 1:after_start])
    _digits(spans[:, 1], cells[:, after_start + 2 : after_end])
    cells[:, 0] = ord("[")
    cells[:, after_start : after_start + 2] = np.frombuffer(b", ", np.uint8)
    cells[:, after_end:] = np.frombuffer(b"], ", np.uint8)
    # What is zero stands before a shorter number.
    return cells[cells != 0].tobytes()[:-2]


def _digits(numbers: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Decimal digits, one a column, right-aligned; zeros in front are left out."""
    width = out.shape[1]
    for column in range(width - 1, -1, -1):
        rest = numbers // 10
        digit = (numbers - rest * 10 + ord("0")).astype(np.uint8)
        out[:, column] = digit if column == width - 1 else np.where(numbers > 0, digit, 0)
        numbers = rest
