"""A recipe that trains in a second, and what the processes of its team do in the tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from torch import nn

from smallprint.train.reader.corpus import TextShare
from smallprint.train.reader.data import Mixture
from smallprint.train.reader.model import Shape
from smallprint.train.reader.recipe import Recipe, Schedule
from smallprint.train.reader.team import Team

SHAPE = Shape(stem=4, dim=8, depth=1, code=4, context=8, context_heads=2, window=3, slot=8)
SENTENCE = "It was a bright cold day in April and the clocks were striking thirteen. "


def write_texts(root: Path) -> None:
    (root / "books").mkdir(parents=True)
    (root / "books" / "one.txt").write_text(SENTENCE * 250, encoding="utf-8")


def recipe(**schedule: Any) -> Recipe:
    plan = {"steps": 4, "parts": 1, "batch": 2, "warm_up": 2, "check_every": 2, "save_every": 2, **schedule}
    return Recipe(
        name="tiny",
        calibrate_chars=2000,
        shape=SHAPE,
        schedule=Schedule(**plan),
        pages=Mixture(small_print=1.0, crop_tokens=3),
        text=(TextShare(name="books", share=1.0, files="books/*.txt"),),
    )


def vanish(team: Team) -> None:
    """Is killed while it waits for the others."""
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    team.average(nn.Linear(2, 3), 0)
