"""What the tests of the benches share."""

from __future__ import annotations

import pytest

from smallprint.bench import yardstick
from smallprint.bench.engines import ENGINES


@pytest.fixture
def with_yardstick() -> None:
    if reason := yardstick.missing():
        pytest.skip(reason)


@pytest.fixture
def without_yardstick(monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine on which poppler is not installed; gives what is said about it."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    reason = ENGINES["yardstick"].missing()
    assert reason is not None
    return reason
