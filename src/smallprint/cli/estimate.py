"""Count what text costs as text and as pages, for each model family, and say where pages pay."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from smallprint.cli.options import add_inputs, add_style, read_pages

if TYPE_CHECKING:
    from smallprint.tokens.estimate import Estimate, FamilyEstimate


def configure(parser: argparse.ArgumentParser) -> None:
    add_inputs(parser)
    add_style(parser)
    parser.add_argument("--families", metavar="A,B", help="only these model families (default: all)")
    parser.add_argument(
        "--asks",
        type=int,
        default=1,
        metavar="N",
        help="questions expected over the same text: later ones read the prompt cache",
    )
    parser.add_argument("--prices", metavar="FILE", help="a TOML table of your own prices")
    parser.add_argument("--why", action="store_true", help="print the reason for each decision")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(options: argparse.Namespace) -> int:
    from smallprint.tokens.estimate import estimate_pages

    families = [name.strip() for name in options.families.split(",")] if options.families else None
    pages = read_pages(options, options.inputs)
    found = estimate_pages(pages, families=families, asks=options.asks, prices=options.prices)
    if options.json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
        return 0
    print("\n".join(_table(found, why=options.why)))
    return 0


def _table(found: Estimate, *, why: bool) -> list[str]:
    qwen = found.text_tokens["qwen"]
    about = "" if qwen.method == "exact" else "about "
    n_pages = found.families[0].n_pages if found.families else 0
    questions = f"; {found.asks} questions" if found.asks > 1 else ""
    width = max([len("family"), *(len(row.family) for row in found.families)])
    lines = [
        f"{found.n_chars:,} characters, {about}{qwen.tokens:,} Qwen tokens; {n_pages:,} pages, style {found.style_name}{questions}",
        "",
        f"{'family':{width}} {'text tokens':>12} {'page tokens':>12} {'ratio':>6}  {'$ text':>9} {'$ pages':>9}  pages pay?",
    ]
    lines += [_row(row, width) for row in found.families]
    lines += ["", *_notes(found)]
    if why:
        lines += ["", *(f"{row.family}: {row.reason}" for row in found.families)]
    return lines


def _row(row: FamilyEstimate, width: int) -> str:
    about = "~" if row.text_error != 0 else " "
    shrunk = f", shrunk to {row.shrink:.2f}x" if row.shrink is not None and row.shrink < 0.95 else ""
    return (
        f"{row.family:{width}} {about}{row.text_tokens:>11,} {_number(row.page_tokens, ',')} "
        f"{_number(row.ratio, '.2f', 6)}  {_usd(row.usd_text)} {_usd(row.usd_pages)}  "
        f"{'yes' if row.decision == 'pages' else 'no'}{shrunk}"
    )


def _number(value: float | None, form: str, width: int = 12) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}{form}}"


def _usd(usd: float | None) -> str:
    if usd is None:
        return f"{'-':>9}"
    return f"{usd:>9.2f}" if usd >= 1 else f"{usd:>9.4f}"


def _notes(found: Estimate) -> list[str]:
    dates = sorted({row.price_date for row in found.families if row.price_date})
    notes: list[str] = []
    if any(row.text_error != 0 for row in found.families):
        notes.append("~ estimated: that tokenizer is not on this machine; --json has each count's measured error")
    if dates:
        notes.append(
            f"prices of {dates[0]}"
            + (f" to {dates[-1]}" if len(dates) > 1 else "")
            + "; - where none is known (open models you serve yourself)"
        )
    if any(row.shrink is not None and row.shrink < 0.95 for row in found.families):
        notes.append(
            "shrunk: the provider scales pages down before its model sees them; legibility is not part of the decision"
        )
    return notes
