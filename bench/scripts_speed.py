"""How fast pages of scripts are drawn that need more than one glyph a character, beside English and beside the yardstick.

    python bench/scripts_speed.py XQUAD_FOLDER CHINESE_BOOK ENGLISH_BOOK [--rounds 3] [--json]

XQUAD_FOLDER has the data set's files (xquad.ar.json or .json.gz); books are text files, or .gz. Every measurement is a process of its own,
in processor seconds, PNG files in memory. A text is drawn

- cold: the process has drawn a character of each script, which opens faces and tables; it knows no other glyph and no word;
- warm: it has drawn other text of the same kind before: the first half of the text, and the second half is measured.

"Mixed" is paragraphs of Arabic, Hindi and Thai in turn, each with an emoji; "mixed, no word twice" is the same with every word left out
that occurred before. The yardstick draws the first 200,000 characters with DejaVu Sans, and boxes where that has no letter: it reads no
face for Chinese that may be shipped.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from sources import paragraphs, text_of

EMOJI = ["👍🏽", "👩‍💻", "🇩🇪", "❤️", "🎯", "👨‍👩‍👧", "🤷🏾‍♀️", "1️⃣", "🚀", "🏴‍☠️"]
ENGLISH, CHINESE = "glyph-en", "glyph-zh"
WARM_UP = "a ا न ก 👍 字"


def of_language(folder: Path, language: str) -> list[str]:
    return paragraphs(next(folder.glob(f"xquad.{language}.json*")))


def mixed(folder: Path, *, distinct: bool) -> str:
    """Arabic, Hindi and Thai paragraphs in turn, an emoji behind each; with `distinct`, each word once."""
    import numpy as np

    from smallprint.render.unicode import words

    seen: set[str] = set()

    def fresh(text: str) -> bool:
        is_new = text not in seen
        seen.add(text)
        return is_new

    def kept(text: str, language: str) -> str:
        if not distinct:
            return text
        if language != "th":
            return " ".join(filter(fresh, text.split()))
        starts = np.flatnonzero(words.starts(np.array([ord(char) for char in text], np.uint32))).tolist()
        cut = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        return "".join(filter(fresh, cut))

    languages = ("ar", "hi", "th")
    rows = zip(*(of_language(folder, language) for language in languages), strict=True)
    lines = [kept(text, language) for row in rows for language, text in zip(languages, row, strict=True)]
    return "\n".join(f"{line} {EMOJI[at % len(EMOJI)]}" for at, line in enumerate(lines) if line)


def child() -> None:
    """Draw what stdin asks for; its processor seconds."""
    from smallprint.bench.clock import measure, warm_up
    from smallprint.bench.engines import ENGINES, Job
    from smallprint.render import Style

    asked = json.load(sys.stdin)
    style, engine = Style.preset(asked["style"]), ENGINES[asked["engine"]]
    warm_up(engine, Job(text=WARM_UP, style=style))
    if asked["before"]:
        measure(engine, Job(text=asked["before"], style=style))
    found = measure(engine, Job(text=asked["text"], style=style))
    print(json.dumps({"cpu_s": found.cpu_seconds, "n_pages": found.n_pages}))


def rate(text: str, style: str, engine: str = "ours", before: str = "") -> float:
    """Characters a processor second, in a process of its own."""
    asked = json.dumps({"text": text, "style": style, "engine": engine, "before": before})
    command = [sys.executable, __file__, "--child"]
    done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, text=True, check=True)
    return len(text) / json.loads(done.stdout)["cpu_s"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("xquad", type=Path)
    parser.add_argument("chinese", type=Path)
    parser.add_argument("english", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    english, chinese = text_of(options.english)[:1_000_000], text_of(options.chinese)
    natural, distinct = mixed(options.xquad, distinct=False), mixed(options.xquad, distinct=True)

    def halves(text: str) -> tuple[str, str]:
        cut = text.index("\n", len(text) // 2) + 1
        return text[:cut], text[cut:]

    cases: dict[str, tuple[str, str, str]] = {
        "English, cold": (english, ENGLISH, ""),
        "English, warm": (halves(english)[1], ENGLISH, halves(english)[0]),
        "Chinese, cold": (chinese, CHINESE, ""),
        "Chinese, warm": (halves(chinese)[1], CHINESE, halves(chinese)[0]),
        "mixed, no word twice, cold": (distinct, ENGLISH, ""),
        "mixed, cold": (natural, ENGLISH, ""),
        "mixed, warm": (halves(natural)[1], ENGLISH, halves(natural)[0]),
    }
    rounds: list[dict[str, dict[str, float]]] = []
    for number in range(options.rounds):
        found: dict[str, dict[str, float]] = {}
        for name, (text, style, before) in cases.items():
            ours, yardstick = rate(text, style, before=before), rate(text[:200_000], ENGLISH, "yardstick")
            found[name] = {"n_chars": len(text), "ours": ours, "yardstick": yardstick, "times": ours / yardstick}
        for name in ("Chinese, cold", "Chinese, warm"):
            found[name]["of_english"] = found[name]["ours"] / found[name.replace("Chinese", "English")]["ours"]
        rounds.append(found)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)

    def median(name: str, key: str) -> float:
        return statistics.median(found[name][key] for found in rounds)

    table: dict[str, Any] = {name: {key: median(name, key) for key in rounds[0][name]} for name in cases}
    if options.json:
        print(json.dumps({"cases": table, "rounds": rounds}))
        return
    print("| text | characters | M characters a second | yardstick | times the yardstick | of English |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, row in table.items():
        times = [found[name]["times"] for found in rounds]
        share = f"{row['of_english']:.2f}" if "of_english" in row else ""
        print(
            f"| {name} | {row['n_chars']:,.0f} | {row['ours'] / 1e6:.2f} | {row['yardstick'] / 1e6:.3f} | "
            f"{row['times']:.0f} ({min(times):.0f} to {max(times):.0f}) | {share} |"
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["--child"]:
        child()
    else:
        main()
