"""The order of characters, the ends of lines and the widths of pages, beside what Chromium and Pango make of the same text.

    python bench/agreement.py FOLDER                    # XQuAD's files, xquad.LANGUAGE.json.gz: their last 60 paragraphs
    python bench/agreement.py FOLDER --develop          # the 60 before them, for looking into differences
    python bench/agreement.py --book FILE --book FILE   # 60 paragraphs from the middle of each text, which may be a .gz
    python bench/agreement.py FOLDER --pango /usr/bin/python3

The samples of tests/render/scripts.toml always come last. All are laid out with the faces that ship, in the same order, at 20 px, without
hyphens or justification, on one endless line and in columns of 200, 400 and 700 px. Prints, for each text:

order    of the pairs of clusters that stand side by side on an endless line of ours, the share that stands so in theirs; then the same on
         lines of columns that begin and end alike
breaks   of the places where our lines end, the share where theirs end too, and the reverse; where one line differs, those behind it may too
lines    of the lines that begin alike, the share that ends alike, and why the others do not: + a place where ours ends a line and theirs
         would not, - the reverse, both with the line breaking classes before and behind it; ~ lines that are wider in one of the two;
         "cut" words that are longer than a line of ours
width    of the lines that begin and end alike, the share whose widths differ by no more than 1 px, and the mean difference over the width

Letters of scripts that stand side by side are not kerned here, nor joined to ligatures, and their lines end at white space and around
ideographs alone. Pango takes spaces from the face of the word before, and other faces for what the first two lack.
Chromium has to be there (exit code 2 without); Pango is asked where a Python with GObject's bindings is named.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from other_layouts import Layout, Unavailable, chromium, pango
from smallprint.render import Style, render
from smallprint.render.unicode import graphemes, line_breaks
from sources import paragraphs, text_of

N_HELD_OUT = 60
SIZE_PX = 20
WIDTHS_PX = (200, 400, 700)
LONGEST = 950
"""Characters of a paragraph; the rest is left out, so that Chinese fits on the longest line of a style."""
FACE = {"zh": "Noto Sans CJK SC"}
"""Of texts whose language wants another than DejaVu Sans."""
ROUNDING_PX = 0.5
"""Lines that are full to within this may end either way."""
IDEOGRAPHIC = {"ID", "CJ", "NS", "H2", "H3"}
"""Line breaking classes of letters on whose either side a line may end."""
SCRIPTS = Path(__file__).parents[1] / "tests" / "render" / "scripts.toml"


@dataclass
class Tally:
    """Counts of one text beside one other program."""

    paragraphs: int = 0
    pairs: int = 0
    pairs_alike: int = 0
    line_pairs: int = 0
    line_pairs_alike: int = 0
    ends: int = 0
    their_ends: int = 0
    ends_alike: int = 0
    lines: int = 0
    lines_alike: int = 0
    widths_alike: int = 0
    relative: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    odd: list[str] = field(default_factory=list[str])
    """Where characters stand in another order."""

    def row(self) -> dict[str, Any]:
        return {
            "paragraphs": self.paragraphs,
            "order": _share(self.pairs_alike, self.pairs),
            "order_on_lines": _share(self.line_pairs_alike, self.line_pairs),
            "our_breaks_in_theirs": _share(self.ends_alike, self.ends),
            "their_breaks_in_ours": _share(self.ends_alike, self.their_ends),
            "n_lines": self.lines,
            "lines_alike": _share(self.lines_alike, self.lines),
            "widths_within_1px": _share(self.widths_alike, self.lines_alike),
            "width_difference": self.relative / self.lines_alike if self.lines_alike else 0.0,
            "differences": dict(self.kinds.most_common()),
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def ours(text: str, *, font: str, width_px: int) -> Layout:
    """Our layout of a paragraph; with a width of 0 on one line."""
    keys: dict[str, Any] = {
        "page-size": f"{width_px or 20_000},{8_000 if width_px else 200}",
        "dpi": 72,
        "font-path": font,
        "font-size": SIZE_PX,
        "line-height": 1.5 * SIZE_PX,
    }
    style = Style.preset("glyph-en").with_keys(keys | {"margin-x": 0, "margin-y": 0, "auto-crop-width": False})
    page = render(text, style)[0]
    assert page.span == (0, len(text)), "a paragraph is longer than a page"
    assert width_px or len(page.lines) == 1, "a paragraph is longer than the longest line"
    return Layout(edges=page.char_edges(), starts=[line.start for line in page.lines[1:]])


def code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def groups(text: str, edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """For each character the number of its group: a cluster, and clusters without a width of their own behind it, as in ligatures."""
    starts = graphemes.starts(code_points(text)).astype(bool)
    places = np.flatnonzero(starts)
    width = np.add.reduceat(edges[:, 1] - edges[:, 0], places)
    starts[places[1:][width[1:] <= 0]] = False
    return np.cumsum(starts) - 1


def order(group: NDArray[np.int64], edges: NDArray[np.float64]) -> tuple[list[int], NDArray[np.float64]]:
    """Groups from left to right, by their middles, and how wide each is."""
    every, index = np.unique(group, return_inverse=True)
    left, right = np.full(len(every), np.inf), np.full(len(every), -np.inf)
    np.minimum.at(left, index, edges[:, 0])
    np.maximum.at(right, index, edges[:, 1])
    return every[np.argsort(left + right, kind="stable")].tolist(), right - left


def compare_order(group: NDArray[np.int64], mine: NDArray[np.float64], theirs: NDArray[np.float64]) -> tuple[int, int]:
    """Pairs of groups that stand side by side, and how many of them do so in both."""
    here, there = (set(pairwise(order(group, edges)[0])) for edges in (mine, theirs))
    return len(here), len(here & there)


def add(tally: Tally, text: str, mine: list[Layout], theirs: list[Layout]) -> None:
    """Count one paragraph: its layouts on an endless line, then at each width."""
    wide, their_wide = mine[0], theirs[0]
    tally.paragraphs += 1
    group = groups(text, wide.edges)
    n, alike = compare_order(group, wide.edges, their_wide.edges)
    tally.pairs, tally.pairs_alike = tally.pairs + n, tally.pairs_alike + alike
    if n > alike:
        tally.odd.append(text)
    widths = [order(group, layout.edges)[1] for layout in (wide, their_wide)]
    kinds = [line_breaks.NAMES[kind] for kind in line_breaks.classes()[code_points(text)]]
    allowed = np.concatenate([[0], line_breaks.opportunities(code_points(text))])
    for width_px, here, there in zip(WIDTHS_PX, mine[1:], theirs[1:], strict=True):
        ends, their_ends = set(here.starts), set(there.starts)
        tally.ends, tally.their_ends = tally.ends + len(ends), tally.their_ends + len(their_ends)
        tally.ends_alike += len(ends & their_ends)
        after = dict(pairwise([0, *there.starts, len(text)]))
        for start, end in pairwise([0, *here.starts, len(text)]):
            if start not in after:
                continue
            tally.lines += 1
            other = after[start]
            if other != end:
                place, sign = (other, "-") if other > end else (end, "+")
                shown = text[start:place].rstrip()
                number = group[start : start + len(shown)]
                full = widths[0 if sign == "-" else 1][np.unique(number)].sum() > width_px - ROUNDING_PX
                kind = "~" if full or place == len(text) else f"{sign}{kinds[place - 1]} {kinds[place]}"
                if kind[0] == "+" and not allowed[place] and not IDEOGRAPHIC & {kinds[place - 1], kinds[place]}:
                    kind = "cut"
                tally.kinds[kind] += 1
                examples = tally.examples.setdefault(kind, [])
                if len(examples) < 5:
                    examples.append(f"{text[max(0, place - 12) : place]}|{text[place : place + 12]}")
                continue
            tally.lines_alike += 1
            ink = start + len(text[start:end].rstrip())
            if ink == start:
                continue
            part = slice(start, ink)
            n, alike = compare_order(group[part], here.edges[part], there.edges[part])
            tally.line_pairs, tally.line_pairs_alike = tally.line_pairs + n, tally.line_pairs_alike + alike
            length, their_length = (float(np.ptp(edges[part])) for edges in (here.edges, there.edges))
            tally.widths_alike += abs(length - their_length) <= 1
            tally.relative += abs(length - their_length) / max(length, 1)


def texts(args: argparse.Namespace) -> dict[str, list[str]]:
    """Paragraphs by the name of a text."""
    found: dict[str, list[str]] = {}
    for path in sorted(args.folder.glob("xquad.*.json.gz")) if args.folder else ():
        every = paragraphs(path)
        chosen = every[-2 * N_HELD_OUT : -N_HELD_OUT] if args.develop else every[-N_HELD_OUT:]
        found[path.name.split(".")[1]] = chosen
    for path in args.book:
        every = [line.strip() for line in text_of(path).splitlines() if len(line.strip()) > 40]
        middle = len(every) // 2
        found[path.name] = every[middle : middle + N_HELD_OUT]
    samples = tomllib.loads(SCRIPTS.read_text(encoding="utf-8"))
    if args.each:
        found |= {name: [text] for name, text in samples.items()}
    else:
        found["scripts.toml"] = list(samples.values())
    return {name: [text[:LONGEST].strip() for text in chosen] for name, chosen in found.items()}


def report(name: str, tally: Tally, *, details: bool) -> None:
    row = tally.row()
    kinds = row.pop("differences")
    told = ", ".join(f"{kind} {n}" for kind, n in list(kinds.items())[:6]) or "none"
    shares = "  ".join(
        f"{row[key]:8.3%}"
        for key in (
            "order",
            "order_on_lines",
            "our_breaks_in_theirs",
            "their_breaks_in_ours",
            "lines_alike",
            "widths_within_1px",
        )
    )
    print(f"{name[:20]:20} {row['n_lines']:7,}  {shares}  {row['width_difference']:8.4%}   {told}")
    if details:
        for kind, examples in tally.examples.items():
            for example in examples:
                print(f"    {kind:8} {example!r}")
        for text in tally.odd[:5]:
            print(f"    order    {text[:150]!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="XQuAD's files")
    parser.add_argument("--book", type=Path, action="append", default=[], help="another text")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    parser.add_argument("--pango", metavar="PYTHON", help="a Python that has Pango's bindings")
    parser.add_argument("--develop", action="store_true", help="other paragraphs than those that are reported on")
    parser.add_argument("--each", action="store_true", help="a row for each sample of scripts.toml")
    parser.add_argument("--only", action="append", metavar="NAME", help="only the texts of this name")
    parser.add_argument(
        "--trim", action="store_true", help="Chinese punctuation as a browser sets it if it is told nothing"
    )
    parser.add_argument("--details", action="store_true", help="examples of each kind of difference")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args()
    if args.folder and not args.folder.is_dir():
        parser.error(f"{args.folder}: no such folder")
    chosen = {name: group for name, group in texts(args).items() if not args.only or name in args.only}
    found: dict[str, Any] = {}
    for program in ["chromium", *(["pango"] if args.pango else [])]:
        version = ""
        for name, given_texts in chosen.items():
            font = FACE.get(name, FACE.get("zh", "") if _is_chinese(given_texts) else "") or "DejaVu Sans"
            given = {"font": font, "size_px": SIZE_PX, "widths": WIDTHS_PX}
            is_first = not version
            try:
                if program == "chromium":
                    version, theirs = chromium(args.chromium, given_texts, **given, trim=args.trim)
                else:
                    version, theirs = pango(args.pango, given_texts, **given)
            except Unavailable as error:
                print(error, file=sys.stderr)
                return 2
            if is_first:
                print(
                    f"{version}\n{'text':20} {'lines':>7}  order: endless, lines   breaks: ours, theirs      lines     width"
                )
            tally = Tally()
            for text, layouts in zip(given_texts, theirs, strict=True):
                mine = [ours(text, font=font, width_px=width) for width in (0, *WIDTHS_PX)]
                add(tally, text, mine, layouts)
            report(name, tally, details=args.details)
            found.setdefault(version, {})[name] = tally.row()
    if args.json:
        args.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _is_chinese(given_texts: list[str]) -> bool:
    text = "".join(given_texts)
    return sum("\u4e00" <= char <= "\u9fff" for char in text) > len(text) / 2


if __name__ == "__main__":
    sys.exit(main())
