"""Proofread: read pages before they are sent, and say what will be misread on them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from smallprint.cli.options import add_inputs, add_style, number_between, read_pages
from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    from smallprint.context.fit import Fit
    from smallprint.context.proofread import Proof, Proved
    from smallprint.readers.sight.page_reader import PageReader
    from smallprint.render import Pages

_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    add_inputs(parser)
    add_style(parser)
    parser.add_argument(
        "--family",
        default="glm-4.1v",
        metavar="NAME",
        help="the model family that pages are seen as (default: glm-4.1v)",
    )
    parser.add_argument(
        "--max-cer",
        type=number_between(0, 1),
        metavar="SHARE",
        help="exit with 1 where more of the characters are misread, as in 0.01",
    )
    parser.add_argument(
        "--doubt",
        type=number_between(0, 1),
        default=0.99,
        metavar="P",
        help="confidence under which a place is in doubt (default: 0.99)",
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write the pages with misread and doubtful places lit"
    )
    parser.add_argument(
        "--fit",
        type=number_between(0, 1),
        metavar="SHARE",
        help="pick for each part of the text the densest style of which no more than this share of characters is misread",
    )
    parser.add_argument(
        "--fit-styles",
        metavar="A,B",
        help="what --fit may pick (default: fine-5 to fine-7, dense, flow, code, legible)",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(options: argparse.Namespace) -> int:
    from smallprint.context.proof_html import check
    from smallprint.errors import DataError, TextError
    from smallprint.readers.sight.page_reader import PageReader
    from smallprint.render import Pages

    reader = PageReader(family=options.family)
    pages = read_pages(options, options.inputs)
    if not isinstance(pages, Pages):
        raise DataError(f"{pages.source.name}: a PDF is pages already; there is no text to hold them against")
    if not pages.source.text.strip():
        raise TextError(f"{pages.source.name}: it is empty: there is nothing to read")
    given = {
        "--html": options.html,
        "--max-cer": options.max_cer,
        "--style": options.style,
        "--set": options.set or None,
    }
    if options.fit is not None and (unused := [name for name, value in given.items() if value is not None]):
        raise DataError(f"{unused[0]}: --fit picks among --fit-styles and prints what it picked; give one or the other")
    if options.fit is None and options.fit_styles is not None:
        raise DataError("--fit-styles: say with --fit how much may be misread")
    if options.html is not None:
        check(options.html)
    if options.fit is not None:
        return _fit(options, pages, reader)
    proof = _proof(options, pages, reader)
    print(json.dumps(proof.to_json(), ensure_ascii=False) if options.json else "\n".join(_told(proof)))
    return 1 if options.max_cer is not None and proof.tally.cer > options.max_cer else 0


def _proof(options: argparse.Namespace, pages: Pages, reader: PageReader) -> Proof:
    from smallprint.context.proof_html import ProofPages
    from smallprint.context.proofread import gathered, proofread

    total = len(pages)
    html: Path | None = options.html
    shown = ProofPages()
    progress = ProgressLine("page")

    def proved() -> Iterator[Proved]:
        for done, each in enumerate(proofread(pages, reader, pages.source.text, doubt=options.doubt), 1):
            if html:
                shown.add(each.page, each.proof)
            progress(done, total)
            yield each

    try:
        proof = gathered(proved())
    finally:
        progress.close()
    if html:
        style = f"{pages.style.name} ({pages.style.font}, {pages.style.font_size:g} on {pages.style.line_height:g} pt)"
        shown.write(html, name=pages.source.name, style=style, summary=_summary(proof))
    return proof


def _summary(proof: Proof) -> str:
    total = proof.tally
    doubtful = sum(page.doubtful for page in proof.pages) / max(1, sum(page.read for page in proof.pages))
    misread = f"{total.errors:,} of {total.chars:,} characters misread ({total.cer:.3%}), {total.wer:.2%} of the words"
    return f"{misread}; {doubtful:.1%} in doubt"


def _told(proof: Proof) -> list[str]:
    lines = [f"{len(proof.pages):,} pages: {_summary(proof)}"]
    misread = [finding for finding in proof.findings if finding.misread]
    if misread:
        in_doubt = sum(finding.doubtful for finding in misread) / len(misread)
        lines.append(f"{in_doubt:.0%} of the {len(misread):,} misread places were in doubt")
    small = sorted({finding.page for finding in misread if finding.advice == "larger"})
    if small:
        lines.append(f"{len(small):,} pages have letters too small to be read: a larger style, or --fit")
    if proof.exact:
        lines.append(
            f"{len(proof.pins):,} of {proof.exact:,} exact strings were misread or are in doubt: send them as text"
        )
        lines += [f"  {pin.text}  ({pin.kind}, at {pin.span[0]:,})" for pin in proof.pins[:_SHOWN]]
        if len(proof.pins) > _SHOWN:
            lines.append(f"  and {len(proof.pins) - _SHOWN:,} more; --json has them all")
    lines.append("The reader in this package has read them; other models misread other things.")
    return lines


def _fit(options: argparse.Namespace, pages: Pages, reader: PageReader) -> int:
    from smallprint.context.fit import STYLES, fit
    from smallprint.render import Style

    names = [name.strip() for name in options.fit_styles.split(",")] if options.fit_styles else list(STYLES)
    progress = ProgressLine("part")
    try:
        found = fit(pages.source.text, [Style.load(name) for name in names], reader, cer=options.fit, progress=progress)
    finally:
        progress.close()
    print(json.dumps(found.to_json(), ensure_ascii=False) if options.json else "\n".join(_fitted(found)))
    return 0 if all(part.met for part in found.parts) else 1


def _fitted(found: Fit) -> list[str]:
    lines = [f"{'characters':>22} {'style':10} {'pages':>6} {'tokens':>8} {'misread':>9}"]
    for part in found.parts:
        where = f"{part.span[0]:,} to {part.span[1]:,}"
        row = f"{where:>22} {part.style.name:10} {part.pages:6,} {part.tokens:8,} {part.tally.cer:9.3%}"
        lines.append(row if part.met else f"{row}  more than asked")
    lines.append(
        f"{'in all':>22} {'':10} {sum(part.pages for part in found.parts):6,} {found.tokens:8,} {found.tally.cer:9.3%}"
    )
    lines += ["", "one style for all:"]
    for part in found.alone:
        lines.append(f"{'':>22} {part.style.name:10} {part.pages:6,} {part.tokens:8,} {part.tally.cer:9.3%}")
    return lines
