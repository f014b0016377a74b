"""Are there better letters than those of a typeface, for a reader that is trained on them?

    python bench/learned_letters.py --config recipes/letters_4px_cpu.toml --data DIR --out DIR [--steps 1000] [--seed 1]

Trains the recipe's network twice for as many steps on the same text: once on the letters of the recipe's style as they are, each cut to its
advance and line, and once on letters whose pixels are trained with it, from the same beginning. Prints the character errors of both on the
recipe's checks, pages set from letters as the renderer draws them with the recipe's noise on every pixel, and how many text tokens such
pages carry in a token of 32 px.

Nobody but this network reads such letters: it says what the pixels could carry, not what a model carries.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from legibility import text_of
from smallprint.render import Style
from smallprint.tokens.text import count
from smallprint.train.letters.case import NEWLINE, Case
from smallprint.train.letters.loop import learn_letters
from smallprint.train.letters.recipe import load_letter_recipe

TOKEN_PX = 32


def ratio_of(case: Case, text: str) -> float:
    """Text tokens for each token's square of pixels, on a page without margins."""
    advance = dict(zip(case.letters, case.advance.tolist(), strict=True))
    area = sum(advance.get(char, 0) for char in text.replace("\n", NEWLINE)) * case.line_px
    return count(text).tokens / area * TOKEN_PX**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    recipe = load_letter_recipe(options.config, seed=options.seed, steps=options.steps)
    case = Case.of(Style.load(recipe.style), recipe.letters)
    text = text_of(options.data / "jane_eyre" / "jane_eyre_pg1260_reflowed.txt")[300_000:400_000]
    report: dict[str, Any] = {"style": recipe.style, "ratio": ratio_of(case, text), "steps": options.steps}
    print(f"{recipe.style}: {report['ratio']:.1f} text tokens a token of {TOKEN_PX} px, {options.steps:,} steps")
    for name, learn in (("face", False), ("learned", True)):
        record = learn_letters(
            dataclasses.replace(recipe, learn=learn),
            options.data,
            options.out / name,
            command="",
            say=lambda row: print(f"  step {row['step']:,}, {row['checks']}", flush=True),
        )
        report[name] = record["last"]["checks"]
        print(name, ", ".join(f"{check} {error:.2%} wrong" for check, error in report[name].items()), flush=True)
    (options.out / "letters.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
