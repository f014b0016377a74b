"""The house: which way imports go, which names are public, how quick the door opens."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import smallprint

ROOT = Path(smallprint.__file__).parent
LAYERS = ["render", "tokens", "readers", "context", "evals", "search|train|serve|bench", "cli"]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split("|")}


def imports(path: Path) -> set[str]:
    """Modules of this package that a file imports anywhere, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("smallprint.")}


def test_layers_import_one_way() -> None:
    seen = 0
    for path in ROOT.rglob("*.py"):
        layer = path.relative_to(ROOT).parts[0]
        if layer not in RANK:
            continue
        for name in imports(path):
            other = name.split(".")[1]
            if other in RANK and other != layer:
                seen += 1
                assert RANK[other] < RANK[layer], f"{path.relative_to(ROOT)} imports {name}"
    assert seen > 10


def test_every_folder_is_a_known_layer() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= set(RANK)


def test_public_names() -> None:
    assert smallprint.__all__ == [
        "Answer", "Estimate", "Page", "Pages", "Plan", "Reader", "SmallprintError", "Style", "__version__", "aask", "ask",
        "errors", "estimate", "reader", "render", "vision_tokens",
    ]  # fmt: skip
    assert len(smallprint.__all__) <= 30
    for name in smallprint.__all__:
        assert getattr(smallprint, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        smallprint.nothing  # noqa: B018


@pytest.mark.parametrize(
    "first",
    [
        "import smallprint",
        "import smallprint.render.png",
        "import smallprint.render.png as png",
        "import smallprint.cli",
    ],
)
def test_render_is_the_function_and_the_folder(first: str) -> None:
    code = f"{first}; import smallprint; print(len(smallprint.render('a', smallprint.Style())), smallprint.render.png.encode)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.startswith(
        "1 <function"
    )


def test_the_door_opens_without_heavy_imports() -> None:
    code = (
        "import sys, smallprint, smallprint.cli\n"
        "try: smallprint.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'freetype', 'tiktoken', 'pydantic', 'openai', 'torch', 'transformers', 'genai_prices', 'requests'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "estimate" in done.stdout


def test_every_module_opens_with_a_docstring() -> None:
    for path in ROOT.rglob("*.py"):
        if path.name not in ("_version.py",):
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
