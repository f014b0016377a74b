"""Draw text as pages: PNG files, a manifest, a contact sheet and an HTML preview; or a corpus as shards of pages."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from smallprint.cli import corpus
from smallprint.cli.options import add_inputs, add_style, positive, read_pages
from smallprint.cli.progress import ProgressLine


def configure(parser: argparse.ArgumentParser) -> None:
    add_inputs(parser)
    add_style(parser)
    parser.add_argument("-o", "--out", required=True, type=Path, metavar="FOLDER", help="where the pages go")
    parser.add_argument(
        "--png",
        choices=["default", "small"],
        default="default",
        help="default: the same bytes everywhere; small: smaller files",
    )
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="pages that are drawn at once (default: one a processor)"
    )
    parser.add_argument("--json", action="store_true", help="print the manifest")
    corpus.configure(parser)


def run(options: argparse.Namespace) -> int:
    corpus.check(options)
    if options.corpus:
        return corpus.run(options)
    from smallprint.errors import DataError
    from smallprint.render import Pages
    from smallprint.render.folder import CONTACT, PREVIEW, write_folder

    pages = read_pages(options, options.inputs)
    if not isinstance(pages, Pages):
        raise DataError(f"{pages.source.name}: a PDF has its pages already; `ask` and `estimate` take them as they are")
    progress = ProgressLine("page")
    try:
        written = write_folder(pages, options.out, mode=options.png, threads=options.threads, progress=progress)
    finally:
        progress.close()
    if options.json:
        with written.manifest.open(encoding="utf-8") as file:
            shutil.copyfileobj(file, sys.stdout)
        return 0
    report = pages.report
    print(f"{len(pages):,} pages of {report.n_chars:,} characters in {options.out}/ (style {pages.style.name})")
    print(f"look at {options.out / CONTACT} and {options.out / PREVIEW}")
    for item in report.missing[:20]:
        print(
            f"no face has U+{ord(item.char):04X}: drawn as {item.drawn}, {item.count:,} times, first at {item.first:,}"
        )
    if len(report.missing) > 20:
        print(f"and {len(report.missing) - 20} more characters without a glyph; see the manifest")
    for path, why in getattr(pages.source, "skipped", ()):
        print(f"left out {path}: {why}")
    return 0
