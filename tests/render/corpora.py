"""A small corpus and small pages, for the tests of corpora."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from smallprint.render import Style
from smallprint.render.corpus import Spec

STYLE = Style.preset("flow").with_keys({"page-size": "200,60"})
TEXTS = [
    "Reader, I married him. " * 40,
    "",
    "A quiet wedding we had: \U00017000\U00017001 and 漢字, Ångström, \t tabs\r\nand   spaces   \n\n" * 12,
    "x",
    "\n\n",
    "no" * 700,
]
RECORDS = [{"id": f"doc-{at}", "text": text, "n": at, "where": {"page": [at]}} for at, text in enumerate(TEXTS * 4)]


def spec(**given: Any) -> Spec:
    return Spec(**{"style": STYLE, "shard_mb": 0.003, "rows_per_shard": 20, **given})


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below, the hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_lines(path: Path, lines: Iterable[object]) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", newline="")
    return path


def failures(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "failures.jsonl").read_text(encoding="utf-8").splitlines()]


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    parquet = pytest.importorskip("pyarrow.parquet")
    return [row for each in manifest(folder)["shards"] for row in parquet.read_table(folder / each["file"]).to_pylist()]


def texts_of(
    rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any] = lambda row: row["document"]
) -> dict[Any, str]:
    """The documents, put together from their pages in the order of the rows."""
    found: dict[Any, str] = {}
    for row in rows:
        found[key(row)] = found.get(key(row), "") + row["text"]
    return found
