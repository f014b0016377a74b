"""Where lines may end, beside what ICU says, and how fast that is told.

    python bench/line_breaks.py FOLDER                 # XQuAD's files, xquad.LANGUAGE.json.gz: their last 60 paragraphs
    python bench/line_breaks.py FOLDER --develop       # all others, for looking into differences
    python bench/line_breaks.py FOLDER --python python3 --speed

ICU is asked through PyICU in another Python (Debian's python3-icu in /usr/bin/python3); where there is none this says so and stops with
exit code 2. Prints, for each language, the places inside of paragraphs where ICU ends a line, the share of them that is found, the share of
ours that ICU has too, and of what kinds the differences are: the line breaking classes before and behind the place, + for ours and - for
ICU's. The list of a language's words has the last word on Thai, and ICU's is another: its places are no truth.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smallprint.render import kernel
from smallprint.render.unicode import graphemes, line_breaks, words
from sources import paragraphs

N_HELD_OUT = 60

ASK = """
import icu, json, sys
language, paragraphs = json.load(sys.stdin)
lines = icu.BreakIterator.createLineInstance(icu.Locale(language))
found = []
for paragraph in paragraphs:
    lines.setText(icu.UnicodeString(paragraph))
    at, place = 0, {0: 0}
    for number, char in enumerate(paragraph, 1):
        at += 1 + (ord(char) > 0xFFFF)
        place[at] = number
    found.append([place[end] for end in lines if end < at])
json.dump([icu.ICU_VERSION, icu.UNICODE_VERSION, found], sys.stdout)
"""


def code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def icu(python: str, language: str, texts: list[str]) -> tuple[str, list[list[int]]]:
    """ICU's version, and for each text the places inside of it where a line may end."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", ASK], input=json.dumps([language, texts]), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise SystemExit(f"{python}: {error.strerror}") from None
    if done.returncode:
        print(f"{python} has no PyICU: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        raise SystemExit(2)
    version, unicode, found = json.loads(done.stdout)
    return f"ICU {version}, Unicode {unicode}", found


def compare(python: str, folder: Path, *, develop: bool) -> None:
    version = ""
    for path in sorted(folder.glob("xquad.*.json.gz")):
        language = path.name.split(".")[1]
        texts = paragraphs(path)
        texts = texts[:-N_HELD_OUT] if develop else texts[-N_HELD_OUT:]
        is_first = not version
        version, theirs = icu(python, language, texts)
        if is_first:
            print(f"{version}\nlanguage   places of ICU   found   ours in ICU's   differences")
        kinds: Counter[str] = Counter()
        n_theirs = n_ours = n_both = 0
        for text, places in zip(texts, theirs, strict=True):
            codes = code_points(text)
            ours = set((np.flatnonzero(line_breaks.opportunities(codes)[:-1]) + 1).tolist())
            classes = line_breaks.classes()[codes]
            n_theirs, n_ours, n_both = n_theirs + len(places), n_ours + len(ours), n_both + len(ours & set(places))
            for place in ours ^ set(places):
                before, behind = (line_breaks.NAMES[kind] for kind in classes[place - 1 : place + 1])
                kinds[f"{'+' if place in ours else '-'}{before} {behind}"] += 1
        told = ", ".join(f"{kind} {n}" for kind, n in kinds.most_common(4)) or "none"
        print(f"{language:10} {n_theirs:13,} {n_both / n_theirs:7.2%} {n_both / n_ours:15.2%}   {told}")


def millions_a_second(function: Callable[[Any], Any], codes: NDArray[np.uint32]) -> float:
    def once() -> float:
        start = time.perf_counter()
        function(codes)
        return time.perf_counter() - start

    function(codes[:100])
    return len(codes) / min(once() for _ in range(5)) / 1e6


def speed(folder: Path) -> None:
    texts = {
        path.name.split(".")[1]: code_points("\n".join(paragraphs(path))) for path in folder.glob("xquad.*.json.gz")
    }
    if "th" in texts:
        thai = texts["th"]
        texts["Thai letters alone"] = thai[(thai >= words.THAI[0]) & (thai < words.THAI[1])]
    for code, name in ((0x20, "spaces"), (0x301, "marks"), (0x0E01, "one Thai letter")):
        texts[f"a million {name}"] = np.full(1_000_000, code, np.uint32)
    print(
        f"millions of characters a second, {'kernel' if kernel.module else 'reference'}: clusters, words, line breaks with both"
    )
    for name, codes in sorted(texts.items()):
        figures = [millions_a_second(f, codes) for f in (graphemes.starts, words.starts, line_breaks.opportunities)]
        print(f"{name:25}" + "".join(f"{figure:10.1f}" for figure in figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="XQuAD's files")
    parser.add_argument("--develop", action="store_true", help="all paragraphs but the last 60")
    parser.add_argument("--python", default="/usr/bin/python3", help="one that has PyICU")
    parser.add_argument("--speed", action="store_true", help="only how fast it is")
    args = parser.parse_args()
    if not args.folder.is_dir():
        parser.error(f"{args.folder}: no such folder")
    if args.speed:
        speed(args.folder)
    else:
        compare(args.python, args.folder, develop=args.develop)


if __name__ == "__main__":
    main()
