"""Folders of pages: whole or not at all, resumed, and only ever our own replaced."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import StoreError, StyleError, TextError
from smallprint.render import Pages, Style, TextSource, render
from smallprint.render.folder import Written, write_folder

TEXT = ("Reader, I married him. A quiet wedding we had: \U00017000\n" * 400) + "end"
STYLE = Style.preset("flow").with_keys({"page-size": "300,200"})


def pages(text: str = TEXT, style: Style = STYLE) -> Pages:
    return render(TextSource(text, name="wedding.txt"), style)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read(written: Written) -> dict[str, Any]:
    return json.loads(written.manifest.read_text(encoding="utf-8"))


class Stopped(Exception):
    pass


def stop_at(n: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done == n:
            raise Stopped

    return progress


def test_manifest_says_what_the_files_are(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    written = write_folder(pages(), out)
    manifest = read(written)
    assert (written.manifest, written.n_pages, written.n_kept) == (out / "manifest.json", len(manifest["pages"]), 0)
    assert list(manifest) == [
        "schema", "version", "freetype", "harfbuzz", "source", "style", "style_name", "style_digest", "fonts", "pages", "report"
    ]  # fmt: skip
    assert list(manifest["pages"][0]) == [
        "index", "file", "width_px", "height_px", "span", "byte_span", "sha256_pixels", "sha256_png"
    ]  # fmt: skip
    assert manifest["source"]["sha256"] == hashlib.sha256(TEXT.encode()).hexdigest()
    assert Style.from_glyph(manifest["style"]).digest == manifest["style_digest"] == STYLE.digest
    assert {"face", "sha256"} <= set(manifest["fonts"][0])
    raw = TEXT.encode()
    joined, joined_bytes = "", b""
    for index, page in enumerate(manifest["pages"]):
        assert page["index"] == index
        data = (out / page["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == page["sha256_png"]
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        assert pixels.shape == (page["height_px"], page["width_px"])
        assert hashlib.sha256(pixels.tobytes()).hexdigest() == page["sha256_pixels"]
        joined += TEXT[slice(*page["span"])]
        joined_bytes += raw[slice(*page["byte_span"])]
    assert (joined, joined_bytes) == (TEXT, raw)
    report = pages().report
    assert manifest["report"]["missing"][0]["count"] == 400
    assert manifest["report"] == {
        "n_chars": len(TEXT),
        "drawn": report.drawn,
        "folded": [list(span) for span in report.folded],
        "substituted": [{**item.to_json(), "spans": [list(s) for s in item.spans]} for item in report.substituted],
        "missing": [{**item.to_json(), "spans": [list(s) for s in item.spans]} for item in report.missing],
    }
    assert Image.open(io.BytesIO((out / "contact.png").read_bytes())).size[0] > 100
    names = {path.name for path in out.iterdir()}
    assert names == {page["file"] for page in manifest["pages"]} | {"manifest.json", "contact.png", "preview.html"}


@pytest.mark.parametrize("threads", [1, 3])
def test_a_run_that_was_stopped_goes_on_and_ends_the_same(tmp_path: Path, threads: int) -> None:
    whole = write_folder(pages(TEXT * 5), tmp_path / "whole", threads=1)
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        write_folder(pages(TEXT * 5), out, threads=threads, progress=stop_at(5))
    assert not out.exists()
    partial = tmp_path / ".out.partial"
    first = {path: path.stat().st_mtime_ns for path in partial.glob("page-*.png")}
    assert 5 <= len(first) < whole.n_pages
    kept: list[Path] = []

    def look(done: int, total: int) -> None:
        if done == 5:
            kept.extend(path for path in first if path.stat().st_mtime_ns == first[path])

    again = write_folder(pages(TEXT * 5), out, threads=threads, progress=look)
    assert (again.n_pages, again.n_kept) == (whole.n_pages, 5)
    assert len(kept) >= 5
    assert contents(out) == contents(tmp_path / "whole")
    assert not partial.exists()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def swap_lines(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:3], lines[4], lines[3], *lines[5:]]))


def append(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


@pytest.mark.parametrize(
    ("damage", "n_kept"),
    [
        (lambda partial: cut(partial / "page-00002.png"), 8),
        (lambda partial: (partial / "page-00004.png").unlink(), 8),
        (lambda partial: (partial / "page-00009.png").write_bytes(b""), 8),
        (lambda partial: append(partial / "journal.jsonl", b'{"index": 9, "fi'), 9),
        (lambda partial: append(partial / "journal.jsonl", b'{"index": 9}\n[]\n7\n'), 9),
        (lambda partial: append(partial / "journal.jsonl", b"\0" * 5000), 9),
        (lambda partial: swap_lines(partial / "journal.jsonl"), 7),
        (lambda partial: cut(partial / "journal.jsonl"), 0),
        (lambda partial: (partial / "manifest.json").write_bytes(b'{"schema'), 9),
        (lambda partial: (partial / "page-00003.png").write_bytes((partial / "page-00001.png").read_bytes()), 8),
    ],
)
def test_what_a_kill_or_a_loss_of_power_leaves_is_made_good(
    tmp_path: Path, damage: Callable[[Path], None], n_kept: int
) -> None:
    write_folder(pages(), tmp_path / "whole")
    out = tmp_path / "out"
    with pytest.raises(Stopped):
        write_folder(pages(), out, progress=stop_at(9))
    damage(tmp_path / ".out.partial")
    # A page that a thread looks up while the journal is being put right may be drawn once more.
    assert n_kept - 1 <= write_folder(pages(), out).n_kept <= n_kept
    assert contents(out) == contents(tmp_path / "whole")


def test_a_run_may_be_stopped_again_and_again(tmp_path: Path) -> None:
    n_pages = write_folder(pages(), tmp_path / "whole").n_pages
    for n in range(3, n_pages, 7):
        with pytest.raises(Stopped):
            write_folder(pages(), tmp_path / "out", progress=stop_at(n))
        cut(tmp_path / f".out.partial/page-{n - 1:05d}.png")
    assert write_folder(pages(), tmp_path / "out").n_kept == n - 1
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


KILLED = """
import os, signal, sys
from pathlib import Path
from smallprint.render import Style, render
from smallprint.render.folder import write_folder

def progress(done, total):
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

pages = render(Path(sys.argv[1]), Style.preset("flow").with_keys({"page-size": "300,200"}))
write_folder(pages, Path(sys.argv[2]), threads=2, progress=progress)
"""


@pytest.mark.parametrize("n_done", [1, 40, 65, 150])
def test_a_run_that_is_killed_goes_on_and_ends_the_same(tmp_path: Path, n_done: int) -> None:
    file, out = tmp_path / "text.txt", tmp_path / "out"
    file.write_text(TEXT * 8, encoding="utf-8", newline="")
    killed = subprocess.run([sys.executable, "-c", KILLED, file, out, str(n_done)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    write_folder(render(file, STYLE), tmp_path / "whole")
    n_kept = write_folder(render(file, STYLE), out).n_kept
    # Records are handed over in groups of 64.
    assert n_done - 64 < n_kept <= n_done
    assert contents(out) == contents(tmp_path / "whole")


def test_a_journal_is_synced_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("smallprint.render.journal.os.fsync", synced.append)
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.2
        return now

    monkeypatch.setattr("smallprint.render.journal.time.monotonic", clock)
    n_pages = write_folder(pages(), tmp_path / "out").n_pages
    assert n_pages // 8 <= len(synced) <= n_pages // 4


def test_threads_change_nothing(tmp_path: Path) -> None:
    before = threading.active_count()
    for threads in (1, 2, 5):
        write_folder(pages(), tmp_path / str(threads), threads=threads)
    assert contents(tmp_path / "1") == contents(tmp_path / "2") == contents(tmp_path / "5")
    assert threading.active_count() == before


def test_progress_ends_with_all_pages_and_its_total_is_near_from_the_beginning(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    n_pages = write_folder(pages(), tmp_path / "out", progress=lambda done, total: seen.append((done, total))).n_pages
    assert [done for done, _ in seen] == list(range(1, n_pages + 1))
    assert seen[-1] == (n_pages, n_pages)
    assert all(done <= total and abs(total - n_pages) < 0.2 * n_pages for done, total in seen)


def test_a_text_that_cannot_be_drawn_leaves_nothing(tmp_path: Path) -> None:
    narrow = STYLE.with_keys({"page-size": "20,200", "margin-x": 6})
    with pytest.raises(StyleError):
        write_folder(pages("i" * 5000 + "\U00017000", narrow), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_stopped_run_of_another_style_is_not_mixed_in(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        write_folder(pages(), tmp_path / "out", progress=stop_at(9))
    other = STYLE.with_keys({"font-size": 8})
    assert write_folder(pages(style=other), tmp_path / "out").n_kept == 0
    write_folder(pages(style=other), tmp_path / "fresh")
    assert contents(tmp_path / "out") == contents(tmp_path / "fresh")


def test_pages_of_an_earlier_run_are_replaced_but_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(pages(), out)
    write_folder(pages("short"), out)
    assert len(list(out.glob("page-*.png"))) == 1
    (out / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"not pages of an earlier run \(notes.txt\)"):
        write_folder(pages(), out)
    assert (out / "notes.txt").read_text() == "mine"
    for path in out.iterdir():
        path.unlink()
    theirs = {"manifest.json": '{"schema": "theirs", "pages": [{"file": "page-00001.png"}]}', "journal.jsonl": "mine"}
    for name, text in theirs.items():
        (out / name).write_text(text)
    with pytest.raises(StoreError, match=r"not pages of an earlier run \(journal.jsonl\)"):
        write_folder(pages(), out)
    assert {path.name: path.read_text() for path in out.iterdir()} == theirs
    (out / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="is a file"):
        write_folder(pages(), out / "notes.txt")


@pytest.mark.parametrize("step", ["rename", "unlink", "rmtree"])
def test_a_swap_that_is_stopped_loses_neither_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    out = tmp_path / "out"
    write_folder(pages("old"), out)

    with monkeypatch.context() as patch:
        if step == "rename":
            real, calls = Path.rename, []

            def rename(self: Path, target: Path) -> Path:
                calls.append(self)
                if len(calls) == 2:
                    raise Stopped
                return real(self, target)

            patch.setattr(Path, "rename", rename)
        elif step == "unlink":
            patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(Stopped))
        else:
            patch.setattr("smallprint.render.folder.shutil.rmtree", lambda *_, **__: (_ for _ in ()).throw(Stopped))
        with pytest.raises(Stopped):
            write_folder(pages(), out)
    write_folder(pages(), out)
    write_folder(pages(), tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")
    assert {path.name for path in tmp_path.iterdir()} == {"out", "fresh"}
    assert not (out / "journal.jsonl").exists()


def test_odd_names_of_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_folder(pages("old"), out)
    write_folder(pages("new"), out / ".." / "out")
    (tmp_path / "link").symlink_to(out)
    write_folder(pages("newer"), tmp_path / "link")
    assert json.loads((out / "manifest.json").read_text())["source"]["n_chars"] == 5
    monkeypatch.chdir(out)
    with pytest.raises(StoreError, match="the folder you are in"):
        write_folder(pages("newest"), Path("."))
    assert (out / "manifest.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "link"}


def test_a_text_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextError, match="empty"):
        write_folder(pages(""), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_journal_starts_afresh(tmp_path: Path) -> None:
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial/journal.jsonl").write_bytes(b"\xff\xfe\0")
    assert write_folder(pages(), tmp_path / "out").n_pages


def test_the_preview_needs_nothing_else_and_has_the_source(tmp_path: Path) -> None:
    write_folder(pages("one <script>alert(1)</script>\ntwo & three"), tmp_path / "out")
    html = (tmp_path / "out/preview.html").read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "")
    assert "<script>alert" not in html
    assert "\\u003cscript>alert(1)\\u003c/script>" in html
    assert "{{" not in html.split("<script>")[0]
