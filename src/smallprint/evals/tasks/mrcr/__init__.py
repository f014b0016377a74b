"""MRCR: give back the nth of several like requests' answers in a long chat.

chats     made here, of the form of openai/mrcr   loading   openai/mrcr itself
turns     a chat as text, and its question        rule      the answer without a model

`Wanted.data` names openai/mrcr (``openai/mrcr``, or a local copy in Parquet or JSON Lines); or texts (.txt) that made chats are cut from;
without it they are cut from the novel that ships.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from smallprint.evals.item import Item
from smallprint.evals.task import Task, Wanted
from smallprint.evals.tasks.mrcr.chats import made
from smallprint.evals.tasks.mrcr.loading import loaded
from smallprint.evals.tasks.mrcr.rule import nth_reply

N_NEEDLES = (2, 4, 8)


def _items(name: str, n_needles: int, wanted: Wanted) -> Iterator[Item]:
    """Raises `DataError` for data that is not there or of another form, and lengths that are too short."""
    return (loaded if _is_loaded(wanted) else made)(name, n_needles, wanted)


def _is_loaded(wanted: Wanted) -> bool:
    return wanted.data is not None and not _is_text(Path(wanted.data))


def _is_text(path: Path) -> bool:
    return path.suffix == ".txt" or (path.is_dir() and any(path.glob("*.txt")))


TASKS: tuple[Task, ...] = tuple(
    Task(
        suite="mrcr",
        name=f"mrcr_{n_needles}needle",
        group=f"{n_needles} needles",
        make=partial(_items, f"mrcr_{n_needles}needle", n_needles),
        is_loaded=_is_loaded,
        rule=nth_reply,
    )
    for n_needles in N_NEEDLES
)
