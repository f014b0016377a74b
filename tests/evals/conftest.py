"""The reader tests' loopback server and clock, for runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "readers"))
from waits import Waits


@pytest.fixture
def waits() -> Waits:
    return Waits()
