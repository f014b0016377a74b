"""Fixtures of the reader tests: a loopback server, keys, and a clock that nobody waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from loopback import Loopback, serving
from waits import Waits


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, f"test-{name.lower()}")
    for name in (
        "GOOGLE_API_KEY",
        "OPENAI_BASE_URL",
        "ANTHROPIC_BASE_URL",
        "GOOGLE_GEMINI_BASE_URL",
        "ANTHROPIC_AUTH_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Loopback]:
    before = set(threading.enumerate())
    with serving() as state:
        yield state
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and "asyncio_" not in thread.name
    ]
    assert not left, left
