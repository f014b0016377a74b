"""The README's Python runs, its figures hold, and its two commands are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from smallprint import Style, render, vision_tokens

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SEARCH = (ROOT / "docs/search.md").read_text(encoding="utf-8")
CORPORA = (ROOT / "docs/corpora.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README + SEARCH + CORPORA, re.S)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_python_blocks_run(number: int) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", BLOCKS[number]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_blocks() -> None:
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("which", ["main", "tests"])
def test_commands_are_found(which: str) -> None:
    done = subprocess.run(
        [sys.executable, "tools/readme_command.py", which], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "pip install" in done.stdout


@pytest.mark.parametrize(
    ("preset", "pages", "tokens", "ratio"),
    re.findall(r"^\| `([\w-]+)` \|[^|]*\| ([\d,]+) \| ([\d,]+) \| ([\d.]+) \|$", README, re.M),
)
def test_the_table_of_styles_holds(preset: str, pages: str, tokens: str, ratio: str) -> None:
    sizes = render(ROOT / "examples/jane-eyre.txt", Style.preset(preset)).sizes()
    total = sum(vision_tokens("glm-4.1v", *size) for size in sizes)
    assert (f"{len(sizes):,}", f"{total:,}", f"{240_717 / total:.2f}") == (pages, tokens, ratio)
