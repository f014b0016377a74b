"""Fits the weights of tokens/estimator.py and measures their error on text that the fit has not seen.

In: tokenizer files and text files. Out: src/smallprint/tokens/estimator.toml, with the errors and this command in it.

    python tools/tokens_fit_estimator.py \\
        --tokenizer o200k=o200k_base.tiktoken --tokenizer gemma=gemma/tokenizer.json --tokenizer tekken=mistral-common \\
        --fit prose=books/ --fit code=src/ --fit chinese=zh/ --test prose=held_out/ --test code=other_src/ --test chinese=held_out_zh/

A tokenizer is a tokenizer.json (package tokenizers), a .tiktoken file named after its tiktoken encoding, or ``mistral-common``. Texts are
files or folders of UTF-8 files, also gzipped. The fit is least squares on the relative error of segments of 2,000 to 8,000 characters,
every kind of text weighing the same; ridge towards the Qwen count keeps rare classes of characters sane.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import random
import shlex
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from smallprint.tokens.estimator import FEATURES, estimate_tokens, features, script
from smallprint.tokens.pieces import well_formed
from smallprint.tokens.text import count

if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENT_CHARS = (2_000, 8_000)
RIDGE = 1e-5
FEWEST = 20
"""Segments of a kind in a script below which they are left out: strays, not a sample."""
SCRIPTS = ("ascii", "mixed", "ideographic")
COLUMNS = ("qwen", *FEATURES)


def main() -> None:
    arguments = parse()
    rng = random.Random(arguments.seed)
    fit = {
        kind: [Sample(text) for text in segments(path, rng, arguments.per_kind)] for kind, path in pairs(arguments.fit)
    }
    test = {
        kind: [Sample(text) for text in segments(path, rng, arguments.per_kind)] for kind, path in pairs(arguments.test)
    }
    lines = [
        'schema = "smallprint.estimator/1"',
        "# Written by tools/tokens_fit_estimator.py:",
        "# python tools/tokens_fit_estimator.py " + shlex.join(tidy(sys.argv[1:])),
        "# measured: [median, 95th percentile] of the relative error on held-out segments, by kind of text;",
        "# error: the same of the worst kind, by script.",
    ]
    for name, path in pairs(arguments.tokenizer):
        true, digest = counter(path)
        weights = {kind: solve(fit, kind, true) for kind in SCRIPTS}
        by_kind, by_script = measure(test, weights, true)
        print(
            name, {kind: f"{median:.2%} {p95:.2%}" for kind, (median, p95) in (by_kind | by_script).items()}, flush=True
        )
        lines += [
            "",
            f"[{quoted(name)}]",
            f'date = "{datetime.now(tz=UTC).date().isoformat()}"',
            f'source = "estimated from the Qwen count; fitted to {Path(path).name}, sha256 {digest}"',
            f"measured = {inline(by_kind)}",
            f"error = {inline(by_script)}",
        ]
        for kind, row in weights.items():
            lines += [
                f"[{quoted(name)}.weights.{kind}]",
                *(f"{key} = {value:.6f}" for key, value in row.items() if round(value, 6)),
            ]
    Path(arguments.out).write_text("\n".join(lines) + "\n", "utf-8")


class Sample:
    """A segment and what the estimator sees of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.counts = features(text)
        self.qwen = count(text).tokens
        self.script = script(self.counts)
        self.columns = np.concatenate([[self.qwen], self.counts])


def inline(errors: dict[str, tuple[float, float]]) -> str:
    return "{ " + ", ".join(f"{kind} = [{median:.4f}, {p95:.4f}]" for kind, (median, p95) in errors.items()) + " }"


def quoted(name: str) -> str:
    return f'"{name}"' if "." in name else name


def tidy(words: list[str]) -> list[str]:
    """The command without folders of this machine."""
    return [f"{word.split('=')[0]}={Path(word.split('=', 1)[1]).name}" if "=" in word else word for word in words]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--fit", action="append", required=True, metavar="KIND=PATH")
    parser.add_argument("--test", action="append", required=True, metavar="KIND=PATH")
    parser.add_argument("--out", default="src/smallprint/tokens/estimator.toml")
    parser.add_argument("--per-kind", type=int, default=600, help="segments of each kind")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def pairs(words: list[str]) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (word.partition("=") for word in words)]


def segments(path: str, rng: random.Random, most: int) -> list[str]:
    """Segments from all files below the path, files drawn by turns so that a long one does not crowd out the rest."""
    files = sorted(p for p in Path(path).rglob("*") if p.is_file()) if Path(path).is_dir() else [Path(path)]
    texts = [read(file) for file in files]
    out: list[str] = []
    for turn in range(most):
        text = texts[turn % len(texts)]
        length = min(rng.randint(*SEGMENT_CHARS), len(text))
        start = rng.randint(0, len(text) - length)
        out.append(text[start : start + length])
    return out


def read(file: Path) -> str:
    data = file.read_bytes()
    return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8")


def counter(path: str) -> tuple[Callable[[str], int], str]:
    """(counter, sha256 of its file)."""
    if path == "mistral-common":
        import mistral_common
        from mistral_common.tokens.tokenizers.tekken import Tekkenizer

        file = sorted((Path(mistral_common.__file__).parent / "data").glob("tekken_*.json"))[-1]
        tekken = Tekkenizer.from_file(file)
        return lambda text: len(tekken.encode(well_formed(text), bos=False, eos=False)), sha256(file)
    if path.endswith(".tiktoken"):
        encoding = tiktoken_encoding(Path(path))
        return lambda text: len(encoding.encode_ordinary(text)), sha256(Path(path))
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    return lambda text: len(tokenizer.encode(well_formed(text), add_special_tokens=False)), sha256(Path(path))


def tiktoken_encoding(path: Path):
    """tiktoken's own encoding over this file, through a cache directory that holds nothing else."""
    import os

    import tiktoken

    folder = tempfile.mkdtemp()
    url = f"https://openaipublic.blob.core.windows.net/encodings/{path.name}"
    (Path(folder) / hashlib.sha1(url.encode()).hexdigest()).write_bytes(path.read_bytes())
    os.environ["TIKTOKEN_CACHE_DIR"] = folder
    return tiktoken.get_encoding(path.stem)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def solve(fit: dict[str, list[Sample]], kind_of_script: str, true: Callable[[str], int]) -> dict[str, float]:
    """Weights that make the estimate over the true count nearest to one, for text of one script."""
    blocks, targets = [], []
    for samples in fit.values():
        mine = [sample for sample in samples if sample.script == kind_of_script]
        if len(mine) < FEWEST:
            continue
        scale = 1 / np.sqrt(len(mine))
        counts = np.array([true(sample.text) for sample in mine], dtype=float)
        blocks.append(np.stack([sample.columns for sample in mine]) / counts[:, None] * scale)
        targets.append(np.full(len(mine), scale))
    # Ridge towards one token a Qwen token and nothing a character.
    prior = np.zeros(len(COLUMNS))
    prior[0] = 1
    blocks.append(np.eye(len(COLUMNS)) * np.sqrt(RIDGE))
    targets.append(prior * np.sqrt(RIDGE))
    solution = np.linalg.lstsq(np.concatenate(blocks), np.concatenate(targets), rcond=None)[0]
    return dict(zip(COLUMNS, map(float, solution), strict=True))


def measure(
    test: dict[str, list[Sample]], weights: dict[str, dict[str, float]], true: Callable[[str], int]
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """(median, 95th percentile) of the relative error, by kind of text, and the worst kind by script."""
    by_kind: dict[str, tuple[float, float]] = {}
    by_script: dict[str, tuple[float, float]] = {}
    for kind, samples in test.items():
        errors: dict[str, list[float]] = {}
        for sample in samples:
            right = true(sample.text)
            wrong = abs(round(estimate_tokens(sample.counts, sample.qwen, weights[sample.script])) - right) / right
            errors.setdefault(sample.script, []).append(wrong)
        by_kind[kind] = summary([error for each in errors.values() for error in each])
        for name, each in errors.items():
            if len(each) >= FEWEST:
                before, now = by_script.get(name, (0.0, 0.0)), summary(each)
                by_script[name] = (max(before[0], now[0]), max(before[1], now[1]))
    return by_kind, by_script


def summary(errors: list[float]) -> tuple[float, float]:
    return float(np.median(errors)), float(np.quantile(errors, 0.95))


if __name__ == "__main__":
    main()
