"""The measuring scripts in bench/ run on small texts and say what is there."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from smallprint import vision_tokens
from smallprint.render import Style, render
from smallprint.tokens import count

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "bench" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with pytest.MonkeyPatch.context() as patch:
        # Where a script finds those beside it when it is run.
        patch.syspath_prepend(ROOT / "bench")
        spec.loader.exec_module(module)
    return module


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "a.txt").write_text("Some words of a text.\n" * 40, encoding="utf-8")
    (folder / "b.txt.gz").write_bytes(gzip.compress("道可道，非常道。\n".encode() * 40))
    return folder


def test_fill_as_json(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script("fill").main([str(texts), "--styles", "flow,code-color", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    text = (texts / "a.txt").read_text() + "\n" + gzip.decompress((texts / "b.txt.gz").read_bytes()).decode()
    pages = render(text, Style.preset("flow"))
    tokens = sum(vision_tokens("glm-4.1v", *size) for size in pages.sizes())
    assert [row["style"] for row in rows] == ["flow", "code-color"]
    assert rows[0]["n_page_tokens"]["glm-4.1v"] == tokens
    assert rows[0]["ratio"]["glm-4.1v"] == pytest.approx(count(text).tokens / tokens)
    assert 0 < rows[0]["ink"] < rows[0]["filled"]["glm-4.1v"] <= 1


def test_fill_as_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = {"data": [{"paragraphs": [{"context": "Пустая строка"}, {"context": "и ещё одна"}]}]}
    (tmp_path / "xquad.ru.json.gz").write_bytes(gzip.compress(json.dumps(data).encode()))
    (tmp_path / "licence.txt").write_text("no text of it")
    assert script("fill").main([str(tmp_path), "--styles", "flow,legible"]) == 0
    out = capsys.readouterr().out
    assert "| text | `flow` | `legible` |" in out
    assert "| xquad.ru |" in out
    assert "| licence" not in out
    assert "first that pays: none; most: `" in out


def test_fill_without_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(SystemExit) as ended:
            script("fill").main([str(folder)])
        assert ended.value.code == 2
    assert "no text" in capsys.readouterr().err


def test_cells_of_a_page() -> None:
    fill = script("fill")
    dark = np.zeros((112, 140), np.uint8)
    dark[30, 139] = 1
    assert fill.filled_cells(dark, "glm-4.1v") == (1, 20)
    gray, color = np.full((2, 2), 250, np.uint8), np.full((2, 2, 3), [255, 255, 0], np.uint8)
    assert fill.darkness(gray, "#FFFFFF").tolist() == [[5, 5], [5, 5]]
    assert fill.darkness(color, "#FFFFFF").max() == 255
    assert fill.darkness(gray, "#000000").max() == 250


def test_line_pitch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "texts.toml").write_text('Tall = "ÅÄÖgjpqy "\nFlat = "aaaa nnn "\n', encoding="utf-8")
    assert script("line_pitch").main([str(tmp_path / "texts.toml"), "--heights", "7,12"]) == 0
    tall, flat = capsys.readouterr().out.strip().splitlines()[2:]
    assert tall.startswith("| Tall | ")
    assert "%" in tall
    assert tall.endswith("| 0 | 12 | 0 |")
    assert flat == "| Flat | 0 | 0 | 7 | 0 |"
