"""Train: the embedded reader, or letters that it reads best, from a recipe and your texts."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smallprint.errors import DataError

_NEEDED = ("torch", "onnx", "matplotlib")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("subject", choices=["reader", "letters"], help="what is trained")
    parser.add_argument(
        "--config", type=Path, required=True, metavar="RECIPE.toml", help="the recipe, such as recipes/reader_cpu.toml"
    )
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="the folder of the texts that the recipe names"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="where weights, record and curves go; a run that was stopped goes on from there",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="in place of the recipe's")
    parser.add_argument("--steps", type=int, metavar="N", help="in place of the recipe's; the rates fall over as many")
    parser.add_argument(
        "--until", type=int, metavar="STEP", help="stop after this step; the same command without it goes on"
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="DIR",
        help="begin with the weights of the training in DIR in place of random ones",
    )
    parser.add_argument("--json", action="store_true", help="print the record as JSON")


def run(options: argparse.Namespace) -> int:
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise DataError(f"training needs {', '.join(missing)}: pip install 'smallprint[train]'")
    record = _letters(options) if options.subject == "letters" else _reader(options)
    if options.json:
        print(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        checks = ", ".join(f"{name} {error:.2%}" for name, error in record["last"]["checks"].items())
        print(
            f"{options.out}: {record['steps']:,} steps, {record['seconds'] / 60:.0f} minutes; character errors on held-out pages: {checks}"
        )
    return 0


def _reader(options: argparse.Namespace) -> dict[str, Any]:
    from smallprint.train.reader.recipe import load_recipe
    from smallprint.train.reader.run import run_recipe

    recipe = load_recipe(options.config, seed=options.seed, steps=options.steps)
    return run_recipe(
        recipe, options.data, options.out, command=_command(), say=_say, until=options.until, start=options.start
    )


def _letters(options: argparse.Namespace) -> dict[str, Any]:
    from smallprint.train.letters.loop import learn_letters
    from smallprint.train.letters.recipe import load_letter_recipe

    if options.start:
        raise DataError("--start: letters are learned with a network of their own, from nothing")
    recipe = load_letter_recipe(options.config, seed=options.seed, steps=options.steps)
    return learn_letters(recipe, options.data, options.out, command=_command(), say=_say, until=options.until)


def _command() -> str:
    return shlex.join(["smallprint", *sys.argv[1:]])


def _say(row: dict[str, Any]) -> None:
    checks = "  ".join(f"{name} {error:.2%}" for name, error in row["checks"].items())
    print(
        f"step {row['step']:,} of {row['of']:,}  {row['seconds'] / 60:.1f} min  {row['n_chars'] / 1e6:.1f} M characters  "
        f"loss {row['letters'] + row['presence']:.3f}  errors: {checks}",
        file=sys.stderr,
        flush=True,
    )
