"""Does a style for each part beat one style for all?

    python bench/fit.py --data DIR [--cer 0.005 0.01 0.02] [--family NAME] [--styles A,B] [--weights FILE] [--json FILE]

DIR as for bench/reader.py. The document has held-out prose, code, a table of numbers and lists of identifiers in turn. For each share of
misread characters that is asked for: the tokens and the measured errors of `smallprint proofread --fit`, of every style alone, and of the
cheapest style alone that makes no more mistakes.
"""

from __future__ import annotations

import argparse
import json
import uuid
from pathlib import Path
from random import Random

from smallprint.context.fit import STYLES, Fit, fit
from smallprint.readers.sight.page_reader import PageReader
from smallprint.render import Style
from sources import text_of

NAMES = (
    "Aldous",
    "Briggs",
    "Cairns",
    "Dent",
    "Eshton",
    "Frith",
    "Gateshead",
    "Hay",
    "Ingram",
    "Lowood",
    "Mason",
    "Poole",
    "Rivers",
    "Varens",
)


def mixed(data: Path, seed: int) -> str:
    """About 120,000 characters: three rounds of prose, code, a table and identifiers."""
    random = Random(seed)
    prose = text_of(data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")[300_000:]
    code = text_of(data / "code" / "httpx_py_md.txt.gz")
    parts: list[str] = []
    for turn in range(3):
        parts.append(prose[turn * 22_000 : (turn + 1) * 22_000])
        parts.append(code[turn * 60_000 : turn * 60_000 + 9_000])
        rows = (row(random) for _ in range(90))
        parts.append("| name | month | paid | share |\n|---|---|---:|---:|\n" + "\n".join(rows))
        parts.append(
            "\n".join(f"{uuid.UUID(int=random.getrandbits(128))} {random.getrandbits(48):012x}" for _ in range(70))
        )
    return "\n\n".join(parts)


def row(random: Random) -> str:
    month = f"18{random.randrange(10, 60)}-{random.randrange(1, 13):02}"
    return f"| {random.choice(NAMES)} | {month} | {random.uniform(0, 9e4):,.2f} | {random.random():.4f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cer", type=float, nargs="+", default=[0.005, 0.01, 0.02])
    parser.add_argument("--family", default="glm-4.1v")
    parser.add_argument("--styles", default=",".join(STYLES))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    text = mixed(options.data, options.seed)
    reader = PageReader(family=options.family, weights=options.weights)
    styles = [Style.load(name) for name in options.styles.split(",")]
    found = {cer: fit(text, styles, reader, cer=cer) for cer in options.cer}
    print(f"{len(text):,} characters, {options.family}")
    for part in next(iter(found.values())).alone:
        print(f"  {part.style.name:10} alone: {part.tokens:7,} tokens, {part.tally.cer:.3%} misread")
    for cer, made in found.items():
        print(
            f"at most {cer:.1%} of each part: {made.tokens:,} tokens, {made.tally.cer:.3%} misread, {len(made.parts)} runs"
        )
        print(f"  {used(made)}")
        best = made.best_alone()
        if best:
            more = f"{best.tokens:,} tokens, {best.tokens / made.tokens:.2f} times as many"
            print(f"  the cheapest style alone with no more mistakes: {best.style.name}, {more}")
        else:
            print("  no style alone makes so few mistakes")
    if options.json:
        options.json.write_text(json.dumps({str(cer): made.to_json() for cer, made in found.items()}, indent=1) + "\n")


def used(made: Fit) -> str:
    chars: dict[str, int] = {}
    for part in made.parts:
        chars[part.style.name] = chars.get(part.style.name, 0) + part.span[1] - part.span[0]
    return ", ".join(f"{name} {count:,}" for name, count in sorted(chars.items(), key=lambda item: -item[1]))


if __name__ == "__main__":
    main()
