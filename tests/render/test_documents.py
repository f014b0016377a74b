"""Streams of documents: the same pages as one by one, in order, and nothing that stops them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import FontError, SmallprintError
from smallprint.render import Style, documents, render
from smallprint.render.documents import Document, render_documents

STYLE = Style.preset("flow").with_keys({"page-size": "300,200"})


def texts(n: int) -> Iterator[tuple[str, str]]:
    for i in range(n):
        yield f"document {i}", f"Text number {i} \U00017000 of many.\n" * (1 + i % 40)


def one_by_one(name: str, content: str | Path) -> Document:
    pages = render(content, STYLE)
    return Document(
        name=name,
        pages=tuple(page.png() for page in pages),
        spans=tuple(pages.spans()),
        sizes=tuple(pages.sizes()),
        n_missing=sum(item.count for item in pages.report.missing),
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_documents_are_those_drawn_one_by_one_in_order(tmp_path: Path, processes: int) -> None:
    file = tmp_path / "file.txt"
    file.write_text("From a file.\r\n" * 100, newline="")
    given = [*texts(150), ("file", file), ("nothing", ""), ("long", "word " * 100_000)]
    drawn = list(render_documents(iter(given), STYLE, processes=processes))
    assert drawn == [one_by_one(name, content) for name, content in given]
    assert max(len(document.pages) for document in drawn) > 100
    assert drawn[3].n_missing == 4


@pytest.mark.parametrize("processes", [1, 2])
def test_a_bad_document_is_a_record_with_its_cause(tmp_path: Path, processes: int) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"ab\xff")
    narrow = STYLE.with_keys({"page-size": "20,200", "margin-x": 6})
    given = [("a", "i"), ("b", binary), ("c", tmp_path / "none"), ("d", "\U00017000"), ("e", "l")]
    drawn = list(render_documents(given, narrow, processes=processes))
    assert [(document.name, len(document.pages)) for document in drawn] == [
        ("a", 1), ("b", 0), ("c", 0), ("d", 0), ("e", 1)
    ]  # fmt: skip
    assert [document.error is None for document in drawn] == [True, False, False, False, True]
    assert "byte 0xff at offset 2" in str(drawn[1].error)
    assert "cannot read" in str(drawn[2].error)
    assert "wider than" in str(drawn[3].error) or "U+17000" in str(drawn[3].error)


def test_a_document_that_memory_does_not_hold_is_a_record_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def scarce(content: str, style: Style) -> object:
        if content == "huge":
            raise MemoryError
        return render(content, style)

    monkeypatch.setattr(documents, "render", scarce)
    drawn = list(render_documents([("a", "huge"), ("b", "small")], STYLE, processes=1))
    assert [(document.error, len(document.pages)) for document in drawn] == [
        ("its pages do not fit into memory", 0), (None, 1)
    ]  # fmt: skip


def test_a_style_that_cannot_be_is_said_at_once(tmp_path: Path) -> None:
    style = STYLE.with_keys({"font-path": str(tmp_path / "none.ttf")})
    with pytest.raises(FontError):
        next(render_documents(texts(3), style, processes=2))


def test_input_is_read_as_results_are_taken() -> None:
    read = 0

    def endless() -> Iterator[tuple[str, str]]:
        nonlocal read
        while True:
            read += 1
            yield f"{read}", "A short text."

    drawn = render_documents(endless(), STYLE, processes=2)
    for i in range(1000):
        assert next(drawn).name == f"{i + 1}"
        assert read <= i + 1 + 7 * 64
    assert multiprocessing.active_children()
    drawn.close()
    assert not multiprocessing.active_children()


def test_small_documents_travel_together_and_large_ones_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def record(items: Iterator[Any], work: Callable[[list[Any]], list[Any]], *_: object, **__: object) -> Iterator[Any]:
        for item in items:
            sizes.append(len(item))
            yield from work([item])

    monkeypatch.setattr(documents, "in_order", record)
    given = [*texts(100), ("long", "word " * 100_000), *texts(3)]
    assert len(list(render_documents(given, STYLE, processes=2))) == len(given)
    assert sizes == [64, 37, 3]


def test_a_process_that_dies_is_an_error_that_says_where() -> None:
    drawn = render_documents(((f"{i}", "text " * 1000) for i in range(1_000_000)), STYLE, processes=2)
    next(drawn)
    children = multiprocessing.active_children()
    for child in children:
        os.kill(child.pid or 0, signal.SIGKILL)
    with pytest.raises(SmallprintError, match=r"has died \(killed, or out of memory\); it had \d+ to \d+"):
        for _ in drawn:
            pass
    assert not multiprocessing.active_children()


def test_processes_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import multiprocessing, time\n"
        "from smallprint.render import Style\n"
        "from smallprint.render.documents import render_documents\n"
        "if __name__ == '__main__':\n"
        "    drawn = render_documents(((f'{i}', 'text') for i in range(1_000_000)), Style(), processes=2)\n"
        "    next(drawn)\n"
        "    print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert children
    deadline = time.monotonic() + 30
    while any(map(runs, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(runs, children))


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # Who takes in orphans may not ask how they ended.
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
