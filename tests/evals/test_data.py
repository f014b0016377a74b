"""The texts that ship."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from smallprint import evals

DATA = Path(evals.__file__).parent / "data"


def test_every_text_is_the_one_that_is_named_and_licensed() -> None:
    rows = tomllib.loads((DATA / "SOURCES.toml").read_text(encoding="utf-8"))["file"]
    assert {row["name"] for row in rows} == {path.name for path in DATA.glob("*.gz")}
    for row in rows:
        assert hashlib.sha256((DATA / row["name"]).read_bytes()).hexdigest() == row["sha256"], row["name"]
        assert row["source"].startswith("https://")
        assert row["license"]
