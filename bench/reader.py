"""How well the embedded reader reads, and how fast, beside Tesseract.

    python bench/reader.py --data DIR [--pages N] [--only NAME ...] [--tesseract] [--weights FILE] [--json FILE]

DIR holds held-out texts as the recipe of the reader names them: jane_eyre/, code/, xquad/. Each case is a kind of text in a style; its
pages are written as PNG files to a folder, and read from there. Prints, for each case: pages, characters, character errors with a
bootstrap 95% interval over pages, errors of words, seconds a page; with `--tesseract` the same of Tesseract 5 on the same files, two
processes at once as the reader has two threads, and how often each takes I, l, | and 1 for one another.

An error rate is Levenshtein's distance over the characters of the source. Before it, in both, every run of white space, line ends too,
becomes one space. For Tesseract alone curly quotes and dashes become those of ASCII, in both, since it chooses them by context; and its
pages are enlarged three times, which serves it best (bench/legibility.py).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import string
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from legibility import N_RESAMPLES, TYPOGRAPHY, tesseract, text_of
from smallprint.readers.sight.compare import Flat, Tally, tally
from smallprint.readers.sight.page_reader import PageReader
from smallprint.render import Style, render
from smallprint.render.random_style import random_styles

ALIKE = "Il|1"
LANGUAGES = ("de", "el", "en", "es", "ro", "ru", "tr", "vi")
HELD_OUT = 60

Sheets = Iterator[tuple[bytes, str]]
"""PNG files and what is on them."""


@dataclass(frozen=True)
class Figures:
    """Of one reader on one case."""

    pages: int
    chars: int
    errors: int
    cer: float
    interval: tuple[float, float]
    word_errors: float
    seconds_a_page: float
    alike: dict[str, int]
    """Of I, l, | and 1: how often each was taken for another of them."""


def plain(text: str) -> str:
    """With one space for every run of white space, and without characters that have no ink."""
    return Flat.of(text).text


def alphanumerics(seed: int, n: int) -> str:
    made = random.Random(seed)
    words = ("".join(made.choices(string.ascii_letters + string.digits, k=made.randint(6, 24))) for _ in range(n // 15))
    return " ".join(words)


def ours(text: str, style: Style) -> Sheets:
    for page in render(text, style):
        yield page.png(), page.text


def theirs(text: str, style: Style) -> Sheets:
    """Pages of reportlab and poppler, with our lines at our places."""
    from smallprint.bench.yardstick import page_images

    pages = list(render(text, style))
    for page, pixels in zip(pages, page_images(text, style, same_layout=True), strict=True):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        yield file.getvalue(), page.text


def mixture(text: str, seed: int) -> Sheets:
    """A page in each of the paper's styles at random, 72 dpi and above."""
    made = random.Random(seed)
    for style in random_styles(made, pool=1, fresh=1.0):
        if style.dpi >= 72:
            start = made.randrange(len(text) - 20_000)
            page = next(iter(render(text[start : start + 20_000], style)))
            yield page.png(), page.text


def cases(data: Path, seed: int) -> dict[str, Callable[[], Sheets]]:
    prose = text_of(data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")
    curly = text_of(data / "jane_eyre" / "jane_eyre_standardebooks_cc0.txt")
    code = text_of(data / "code" / "httpx_py_md.txt.gz")
    flow, plain_breaks, mono, dense = (Style.preset(name) for name in ("flow", "glyph-en", "code", "dense"))
    letters = alphanumerics(seed, 400_000)
    # Whole books come page by page; those that are taken lie one after another somewhere in the middle.
    made: dict[str, Callable[[], Sheets]] = {
        "prose, flow": partial(ours, prose[300_000:], flow),
        # Tesseract does not know the mark that stands for a newline.
        "prose without marks, flow": partial(ours, plain(prose[300_000:]), flow),
        "code without marks, flow": partial(ours, plain(code), flow),
        "prose with curly quotes, flow": partial(ours, curly[300_000:], flow),
        "prose, glyph-en": partial(ours, prose[300_000:], plain_breaks),
        "prose, dense": partial(ours, prose[300_000:], dense),
        "code, flow": partial(ours, code, flow),
        "code, code": partial(ours, code, mono),
        "alphanumerics, flow": partial(ours, letters, flow),
        "prose, reportlab and poppler": partial(theirs, prose[300_000:700_000], plain_breaks),
        "prose, styles at random": partial(mixture, curly, seed),
    }
    for language in LANGUAGES:
        paragraphs = json.loads(text_of(data / "xquad" / f"xquad.{language}.json.gz"))["data"]
        contexts = [paragraph["context"] for article in paragraphs for paragraph in article["paragraphs"]]
        made[f"XQuAD {language}, flow"] = partial(ours, "\n".join(contexts[-HELD_OUT:]), flow)
    return made


def figures(truths: list[str], read: list[str], seconds: float, change: dict[int, str]) -> Figures:
    pairs = [
        (plain(truth).translate(change), plain(text).translate(change))
        for truth, text in zip(truths, read, strict=True)
    ]
    tallies = [tally(truth, text) for truth, text in pairs]
    errors, chars = np.array([each.errors for each in tallies]), np.array([max(1, each.chars) for each in tallies])
    draws = np.random.default_rng(0).integers(0, len(pairs), (N_RESAMPLES, len(pairs)))
    low, high = np.quantile(errors[draws].sum(1) / chars[draws].sum(1), (0.025, 0.975))
    alike = dict.fromkeys((f"{a} for {b}" for a in ALIKE for b in ALIKE if a != b), 0)
    for truth, text in pairs:
        for kind, at, other in Levenshtein.editops(truth, text):
            if kind == "replace" and f"{text[other]} for {truth[at]}" in alike:
                alike[f"{text[other]} for {truth[at]}"] += 1
    return Figures(
        pages=len(pairs),
        chars=int(chars.sum()),
        errors=int(errors.sum()),
        cer=float(errors.sum() / chars.sum()),
        interval=(float(low), float(high)),
        word_errors=sum(tallies, Tally(0, 0, 0, 0)).wer,
        seconds_a_page=seconds / len(pairs),
        alike={name: count for name, count in alike.items() if count},
    )


def read_by_tesseract(path: Path) -> str:
    return tesseract(np.asarray(Image.open(path).convert("L")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=20, help="of each case, at most")
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of names of cases")
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--tesseract", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    reader = PageReader(weights=options.weights)
    _ = reader.about
    rows: list[dict[str, object]] = []
    for name, sheets in cases(options.data, options.seed).items():
        if options.only and not any(name.startswith(start) for start in options.only):
            continue
        with tempfile.TemporaryDirectory() as folder:
            files: list[Path] = []
            truths: list[str] = []
            for at, (png, truth) in enumerate(islice(sheets(), options.pages)):
                files.append(Path(folder) / f"{at:04}.png")
                files[-1].write_bytes(png)
                truths.append(truth)
            began = time.monotonic()
            read = [page.text for page in reader.read_all(files)]
            found = {"smallprint": figures(truths, read, time.monotonic() - began, {})}
            if options.tesseract:
                change = TYPOGRAPHY
                found["smallprint, ASCII quotes"] = figures(truths, read, time.monotonic() - began, change)
                began = time.monotonic()
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    read = list(pool.map(read_by_tesseract, files))
                found["tesseract"] = figures(truths, read, time.monotonic() - began, change)
        for who, got in found.items():
            rows.append({"case": name, "reader": who, **asdict(got)})
            print(
                f"{name:32} {who:26} {got.pages:3} pages {got.chars:8,} chars  CER {got.cer:7.3%} "
                f"({got.interval[0]:.3%} to {got.interval[1]:.3%})  words {got.word_errors:6.2%}  "
                f"{got.seconds_a_page:6.3f} s/page  {got.alike or ''}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
