"""Does Tesseract read our pages no worse than those of the reference's method, reportlab to PDF to poppler?

    python bench/legibility.py [--pages N] [--dpi 72 96 120] [--seed S] [--jobs J] [--free] FILE [FILE ...]

FILE is English prose, plain or gzipped (examples/jane-eyre.txt). Code comes from the standard library, random letters from the seed. Each
page, 17 lines of it, is drawn twice, in the same face and size: by us, and by the reference's method with our lines at our places, or with
`--free` as the reference breaks lines itself. Both are enlarged alike before Tesseract reads them. 60 pages take 7 minutes on two cores.

Prints, for each kind of text and dpi: the pages and characters; the character error rate of both sides; the mean over pages of the
difference, ours minus theirs, with a bootstrap 95% interval; and on how many pages ours has fewer errors, as many, and more. Below zero,
ours is read better. Needs what the yardstick needs, rapidfuzz, and the program tesseract with its English model.

The error rate is Levenshtein's distance over the characters of the source. Before it, in the source and in what was read, every run of
white space, line ends too, becomes one space, and curly quotes and dashes become those of ASCII, since Tesseract chooses them by context.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import string
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz.distance import Levenshtein

from smallprint.bench import yardstick
from smallprint.render import Style, render
from sources import text_of

STYLES = {"prose": "glyph-en", "code": "code", "letters": "glyph-en"}
SNIPPET_PAGE = "595,190"
"""Points. What fits on it is a snippet: pages differ more than the lines of one, so small pages tell more in the same time."""
N_SNIPPET = 8000
"""Characters, more than such a page holds."""
N_LETTERS = 1000
"""Random letters differ little from page to page, and each is dear to read."""
ENLARGE = 3
"""On eight pages of each kind at 72 dpi, 2, 3, 4 and 5 gave prose 0.5 to 0.6%, code 3.0 to 3.7%, letters 7.8 to 8.7% (2026-11-21)."""
TESSERACT = ("tesseract", "stdin", "stdout", "--psm", "6", "--oem", "1", "--dpi", "300", "-l", "eng")
"""One block of text; the neural reader alone."""
N_RESAMPLES = 10_000
RULER = re.compile(r"([^\w\s])\1{3,}")
"""A row of one mark, in code. Tesseract makes noise of eighty number signs, on both sides, and that would drown the rest."""
TYPOGRAPHY = str.maketrans("‘’“”–—", "''\"\"--")

Make = Callable[[random.Random], Iterator[str]]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One snippet as read on our page and on theirs: characters that are wrong, missing or too many."""

    n_chars: int
    ours: int
    theirs: int


def prose(names: list[str], rng: random.Random) -> Iterator[str]:
    """Pieces of the files, each from the start of a line."""
    books = [text_of(Path(name)) for name in names]
    while True:
        yield _piece(rng.choice(books), rng)


def code(rng: random.Random) -> Iterator[str]:
    """Pieces of the standard library's longer modules, rows of one mark cut to three."""
    paths = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    modules = [text for text in map(text_of, paths) if len(text) > 2 * N_SNIPPET]
    while True:
        yield RULER.sub(r"\1\1\1", _piece(rng.choice(modules), rng)).expandtabs(4)


def letters(rng: random.Random) -> Iterator[str]:
    """Words of 1 to 12 random letters and digits."""
    while True:
        words = (
            "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randint(1, 12))) for _ in range(N_LETTERS)
        )
        yield " ".join(words)[:N_LETTERS].strip()


def read_both(text: str, style: Style, *, free: bool) -> Reading:
    """Draw what fits on a snippet's page on both sides, and read it."""
    text = render(text, style.with_keys({"page-size": SNIPPET_PAGE}))[0].text.rstrip()
    source = normal(text)
    ours = [page.pixels for page in render(text, style)]
    theirs = yardstick.page_images(text, style, same_layout=not free)
    errors = [Levenshtein.distance(source, normal(" ".join(map(tesseract, pages)))) for pages in (ours, theirs)]
    return Reading(n_chars=len(source), ours=errors[0], theirs=errors[1])


def tesseract(pixels: Pixels) -> str:
    """What Tesseract reads on a page."""
    image = Image.fromarray(pixels)
    file = io.BytesIO()
    image.resize((image.width * ENLARGE, image.height * ENLARGE), Image.Resampling.LANCZOS).save(file, "PPM")
    one_thread = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    read = subprocess.run(TESSERACT, input=file.getvalue(), capture_output=True, check=True, env=one_thread)
    return read.stdout.decode()


def normal(text: str) -> str:
    return " ".join(text.translate(TYPOGRAPHY).split())


def interval(differences: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """The 2.5th and 97.5th percentiles of the mean over resampled pages."""
    chosen = np.random.default_rng(seed).integers(len(differences), size=(N_RESAMPLES, len(differences)))
    low, high = np.percentile(differences[chosen].mean(axis=1), (2.5, 97.5))
    return float(low), float(high)


def row(label: str, readings: list[Reading], seed: int) -> str:
    n_chars, ours, theirs = np.array([(page.n_chars, page.ours, page.theirs) for page in readings]).T
    differences = (ours - theirs) / n_chars
    low, high = interval(differences, seed)
    total = n_chars.sum()
    return (
        f"{label} {len(ours):6} {total:8,} {ours.sum() / total:7.2%} {theirs.sum() / total:7.2%} {differences.mean():+8.2%} "
        f"[{low:+.2%}, {high:+.2%}] {(ours < theirs).sum():6} {(ours == theirs).sum():4} {(ours > theirs).sum():5}"
    )


def _piece(text: str, rng: random.Random) -> str:
    """A stretch from the start of a line; what is not ASCII is left out."""
    start = text.index("\n", rng.randrange(len(text) - 2 * N_SNIPPET)) + 1
    return text[start : start + N_SNIPPET].translate(TYPOGRAPHY).encode("ascii", "ignore").decode().lstrip("\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--dpi", type=float, nargs="+", default=[72, 96, 120])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--free", action="store_true")
    options = parser.parse_args()
    if why := yardstick.missing():
        raise SystemExit(why)
    makers: dict[str, Make] = {"prose": partial(prose, options.files), "code": code, "letters": letters}
    print("kind      dpi  pages    chars    ours  theirs     diff  95% interval      fewer same  more")
    with ProcessPoolExecutor(options.jobs) as pool:
        for kind, make in makers.items():
            texts = list(islice(make(random.Random(options.seed)), options.pages))
            for dpi in options.dpi:
                read = partial(read_both, style=Style.preset(STYLES[kind]).with_keys({"dpi": dpi}), free=options.free)
                print(row(f"{kind:8} {dpi:4g}", list(pool.map(read, texts)), options.seed), flush=True)


if __name__ == "__main__":
    main()
