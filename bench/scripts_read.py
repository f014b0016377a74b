"""How well the embedded reader reads each script and language.

    python bench/scripts_read.py --data DIR [--pages N] [--only NAME ...] [--book NAME=FILE ...] [--weights FILE] [--json FILE]

DIR holds the texts that the recipes hold out: the last sixty paragraphs of each language of XQuAD (xquad/), and a Chinese novel that no
recipe reads (books_zh/). Each text is set as running text without newline marks (`flow`, which takes a face for Chinese from its
fallbacks) and with line breaks (`glyph-en`, or `glyph-zh` for Chinese), written as PNG and read by the networks that ship, which find out
for themselves whether a page is Chinese. `--book` adds a text of your own in both styles. For each case: pages, characters, character
errors with a bootstrap 95% interval over pages, errors of words (of Chinese, none), the share of characters marked sure, and how many
of those are wrong (Wilson's interval). Errors are counted as in bench/reader.py.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from confidence import wilson
from reader import HELD_OUT, Sheets, figures, ours, plain
from smallprint.readers.sight.compare import Doubts, doubts
from smallprint.readers.sight.ideographs import IDEOGRAPHS
from smallprint.readers.sight.page_reader import PageReader
from smallprint.render import Style
from sources import paragraphs, text_of

LANGUAGES = ("de", "en", "es", "ro", "tr", "vi", "el", "ru")
NOVEL = "三国演义.txt.gz"
N_RANDOM = 60_000


def held_out(data: Path, language: str) -> str:
    return "\n".join(paragraphs(data / "xquad" / f"xquad.{language}.json.gz")[-HELD_OUT:])


def ideographs(seed: int) -> str:
    """Every one as likely as any other."""
    known = [char for char in IDEOGRAPHS if char.isalpha() and char < "\uff00"]
    return "".join(random.Random(seed).choices(known, k=N_RANDOM))


def cases(data: Path, books: dict[str, Path], seed: int) -> dict[str, Callable[[], Sheets]]:
    flow, latin, chinese = (Style.preset(name) for name in ("flow", "glyph-en", "glyph-zh"))
    novel = text_of(data / "books_zh" / NOVEL)
    texts = {f"XQuAD {language}": (held_out(data, language), latin) for language in LANGUAGES}
    texts |= {name: (text_of(path), latin) for name, path in books.items()}
    texts |= {
        "XQuAD zh": (held_out(data, "zh"), chinese),
        "Chinese novel": (novel[len(novel) // 3 :], chinese),
        "ideographs at random": (ideographs(seed), chinese),
    }
    made: dict[str, Callable[[], Sheets]] = {}
    for name, (text, lines) in texts.items():
        made[f"{name}, flow"] = partial(ours, plain(text), flow)
        made[f"{name}, {lines.name}"] = partial(ours, text, lines)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=20, help="of each case, at most")
    parser.add_argument("--only", nargs="*", default=[], help="beginnings of names of cases")
    parser.add_argument("--book", nargs="*", default=[], metavar="NAME=FILE")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    books = {name: Path(path) for name, _, path in (book.partition("=") for book in options.book)}
    reader = PageReader(weights=options.weights)
    _ = reader.about
    rows: list[dict[str, object]] = []
    for name, sheets in cases(options.data, books, options.seed).items():
        if options.only and not any(name.startswith(start) for start in options.only):
            continue
        files, truths = (list(part) for part in zip(*islice(sheets(), options.pages), strict=True))
        began = time.monotonic()
        read = list(reader.read_all(files))
        got = figures(truths, [page.text for page in read], time.monotonic() - began, {})
        found = sum(
            (doubts(truth, page.text, page.doubtful) for truth, page in zip(truths, read, strict=True)), Doubts()
        )
        low, high = wilson(found.sure_wrong, found.sure)
        rows.append(
            {
                "case": name, "pages": got.pages, "chars": got.chars, "errors": got.errors, "cer": got.cer, "interval": got.interval,
                "word_errors": got.word_errors, "sure": found.sure_share, "n_sure": found.sure, "sure_wrong": found.sure_wrong,
                "wrong_of_sure_interval": [low, high], "mistakes_in_doubt": found.in_doubt, "seconds_a_page": got.seconds_a_page,
            }
        )  # fmt: skip
        print(
            f"{name:32} {got.pages:3} pages {got.chars:8,} chars {got.errors:6,} errors  CER {got.cer:7.3%} "
            f"({got.interval[0]:.3%} to {got.interval[1]:.3%})  words {got.word_errors:6.2%}  sure {found.sure_share:6.2%}, "
            f"wrong of sure {1e4 * found.wrong_of_sure:.2f} ({1e4 * low:.2f} to {1e4 * high:.2f}) in 10,000  "
            f"{got.seconds_a_page:.2f} s/page",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
