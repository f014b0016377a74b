"""Does the embedded reader know what it misreads?

    python bench/confidence.py --data DIR [--pages N] [--weights FILE] [--tesseract N] [--plot FILE.png] [--json FILE]

DIR as for bench/reader.py. Held-out texts are drawn in styles that the reader was trained on, and in others: another face, wider letters,
other colours, compressed as JPEG. Prints for each: character errors; the share of characters marked sure; how many of those are wrong, with
a 95% interval (Wilson's); and how many of the mistakes touch a character in doubt. Characters come as the reader gives them, with white
space counted once.

`--plot` draws the reliability diagram: for each band of confidence, how many of its characters are right and have none missing beside them,
against what was promised. `--tesseract N` also has Tesseract read N pages of prose, and prints the rank correlation (Spearman's) over lines
of text of our doubt, the sum of one minus confidence, with its mistakes.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from legibility import TYPOGRAPHY, tesseract
from reader import Sheets, alphanumerics, ours
from smallprint.readers.sight.compare import Doubts, Tally, align, doubts, tally
from smallprint.readers.sight.page_reader import PageReader, PageText
from smallprint.render import Page, Style, render
from smallprint.train.reader.calibrate import mistakes, reliability
from sources import text_of

TRAINED, OTHER = "styles of the training", "other styles"


@dataclass(frozen=True)
class Case:
    """A text in a style, and whether the reader was trained on such pages."""

    group: str
    sheets: Callable[[], Sheets]


def compressed(text: str, style: Style, quality: int) -> Sheets:
    for page in render(text, style):
        file = io.BytesIO()
        Image.fromarray(page.pixels).save(file, "JPEG", quality=quality)
        yield file.getvalue(), page.text


def cases(data: Path) -> dict[str, Case]:
    prose = text_of(data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")[300_000:]
    code = text_of(data / "code" / "httpx_py_md.txt.gz")
    letters = alphanumerics(20261121, 400_000)
    flow, mono, dense = (Style.preset(name) for name in ("flow", "code", "dense"))
    cjk = flow.with_keys({"font-path": "Noto Sans CJK SC"})
    return {
        "prose, flow": Case(TRAINED, partial(ours, prose, flow)),
        "random letters and digits, flow": Case(TRAINED, partial(ours, letters, flow)),
        "code, flow": Case(TRAINED, partial(ours, code, flow)),
        "code, code": Case(TRAINED, partial(ours, code, mono)),
        "prose, dense": Case(TRAINED, partial(ours, prose, dense)),
        "random letters and digits, dense": Case(TRAINED, partial(ours, letters, dense)),
        "prose, Noto Sans CJK 9 on 10": Case(OTHER, partial(ours, prose, cjk)),
        "prose, flow with letters 1.2 times as wide": Case(
            OTHER, partial(ours, prose, flow.with_keys({"letter-scale": 1.2}))
        ),
        "prose, flow in paper colours": Case(OTHER, partial(ours, prose, flow.themed("paper"))),
        "prose, flow as JPEG of quality 60": Case(OTHER, partial(compressed, prose, flow, 60)),
    }


def wilson(k: int, n: int) -> tuple[float, float]:
    if not n:
        return 0.0, 1.0
    z, share = 1.96, k / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * ((share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def solid(got: PageText) -> tuple[str, NDArray[np.float32]]:
    """The letters without white space, and their confidence: what is left out at line ends is no mistake of the eyes."""
    kept = np.array([not char.isspace() for char in got.text], bool)
    return "".join(got.text.split()), got.confidence[kept]


def of_lines(page: Page, got: PageText, theirs: str) -> Iterator[tuple[float, int]]:
    """For each line of text: our doubt, and the mistakes of the other reader."""
    text = page.text.translate(TYPOGRAPHY)
    at, doubt = align(text, got.text.translate(TYPOGRAPHY)).at, 1 - got.confidence
    wrong = [mistake.span for mistake in align(text, theirs.translate(TYPOGRAPHY)).mistakes]
    for line in page.lines:
        first, last = line.start - page.span[0], line.ink_end - page.span[0]
        inside = (at >= first) & (at < last)
        yield float(doubt[inside].sum()), sum(first <= a < last for a, _ in wrong)


def ranks(values: list[float]) -> NDArray[np.float64]:
    """Equal values share the mean of their ranks."""
    _, which, count = np.unique(np.array(values), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[which]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=20, help="of each case, at most")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--tesseract", type=int, default=0, metavar="N")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    reader = PageReader(weights=options.weights)
    rows: list[dict[str, object]] = []
    chances: dict[str, list[NDArray[np.float32]]] = {TRAINED: [], OTHER: []}
    wrongs: dict[str, list[NDArray[np.bool_]]] = {TRAINED: [], OTHER: []}
    for name, case in cases(options.data).items():
        files, truths = zip(*islice(case.sheets(), options.pages), strict=True)
        total, found = Tally(0, 0, 0, 0), Doubts()
        for truth, got in zip(truths, reader.read_all(files), strict=True):
            total += tally(truth, got.text)
            found += doubts(truth, got.text, got.doubtful)
            letters, chance = solid(got)
            chances[case.group].append(chance)
            wrongs[case.group].append(mistakes(letters, "".join(truth.split())))
        low, high = wilson(found.sure_wrong, found.sure)
        rows.append(
            {
                "case": name, "group": case.group, "pages": len(files), "chars": total.chars, "cer": total.cer, "sure": found.sure_share,
                "wrong_of_sure": found.wrong_of_sure, "wrong_of_sure_interval": [low, high], "mistakes": found.mistakes,
                "mistakes_in_doubt": found.in_doubt,
            }
        )  # fmt: skip
        print(
            f"{name:44} {len(files):3} pages {total.chars:8,} chars  CER {total.cer:7.3%}  sure {found.sure_share:6.2%}  "
            f"wrong of sure {1e4 * found.wrong_of_sure:6.2f} ({1e4 * low:.2f} to {1e4 * high:.2f}) in 10,000  "
            f"mistakes in doubt {found.in_doubt:6.1%} of {found.mistakes:,}",
            flush=True,
        )
    diagram = {group: reliability(np.concatenate(chances[group]), np.concatenate(wrongs[group])) for group in chances}
    for group, bins in diagram.items():
        print(f"\n{group}: promised and right, by band of confidence")
        for row in bins:
            print(f"  from {row['from']:.4f}  {row['n']:10,}  {row['promised']:.4%}  {row['right']:.4%}")
    report: dict[str, object] = {"rows": rows, "reliability": diagram}
    if options.tesseract:
        report["tesseract"] = beside_tesseract(options.data, reader, options.tesseract)
    if options.plot:
        draw(diagram, options.plot)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def beside_tesseract(data: Path, reader: PageReader, n_pages: int) -> dict[str, float]:
    prose = text_of(data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")[300_000:]
    ours_: list[float] = []
    theirs: list[float] = []
    for page in islice(render(prose, Style.preset("glyph-en")), n_pages):
        for doubt, wrong in of_lines(page, reader.read(page.png()), tesseract(page.pixels)):
            ours_.append(doubt)
            theirs.append(wrong)
    found = {"lines": len(ours_), "spearman": float(np.corrcoef(ranks(ours_), ranks(theirs))[0, 1])}
    print(
        f"\nrank correlation of our doubt with Tesseract's mistakes over {found['lines']} lines: {found['spearman']:.3f}"
    )
    return found


def draw(diagram: dict[str, list[dict[str, float]]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 4.8), layout="constrained")
    axes = figure.subplots()
    span = [1e-5, 1]
    axes.plot(span, span, color="#bbbbbb", linewidth=1, label="as promised")
    for (group, bins), color in zip(diagram.items(), ("#1f4e79", "#b5532a"), strict=True):
        points = [(1 - row["promised"], 1 - row["right"]) for row in bins if row["n"] >= 100]
        axes.plot(
            *zip(*[(max(x, 1e-5), max(y, 1e-5)) for x, y in points], strict=True),
            "o-",
            color=color,
            markersize=4,
            label=group,
        )
    axes.set(xscale="log", yscale="log", xlabel="promised share of wrong characters", ylabel="found")
    axes.grid(True, color="#e6e6e6", linewidth=0.6)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=160)


if __name__ == "__main__":
    main()
