"""Folders of pages: whole or not at all, resumed, and only ever our own replaced."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import StoreError, TextError
from smallprint.render import Pages, Style, TextSource, render
from smallprint.render.folder import write_folder

TEXT = ("Reader, I married him. A quiet wedding we had: \U0001f3af\n" * 400) + "end"
STYLE = Style.preset("flow").with_keys({"page-size": "300,200"})


def pages(text: str = TEXT, style: Style = STYLE) -> Pages:
    return render(TextSource(text, name="wedding.txt"), style)


def test_manifest_says_what_the_files_are(tmp_path: Path) -> None:
    out = tmp_path / "pages"
    manifest = write_folder(pages(), out)
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8")) == manifest
    assert set(manifest) >= {"schema", "version", "source", "style", "style_digest", "fonts", "pages", "report"}
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
    assert manifest["report"]["missing"][0]["count"] == 400
    assert Image.open(io.BytesIO((out / "contact.png").read_bytes())).size[0] > 100
    names = {path.name for path in out.iterdir()}
    assert names == {page["file"] for page in manifest["pages"]} | {"manifest.json", "contact.png", "preview.html"}


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    whole = write_folder(pages(), tmp_path / "whole")

    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise Stopped

    out = tmp_path / "out"
    with pytest.raises(Stopped):
        write_folder(pages(), out, progress=stop)
    assert not out.exists()
    partial = tmp_path / ".out.partial"
    first = {path: path.stat().st_mtime_ns for path in partial.glob("page-*.png")}
    assert len(first) == 5
    # What a kill may leave: a page half written, a journal line cut.
    damaged = partial / "page-00002.png"
    damaged.write_bytes(damaged.read_bytes()[:100])
    with (partial / "journal.jsonl").open("a") as journal:
        journal.write('{"index": 5, "fi')
    kept: list[Path] = []
    again = write_folder(
        pages(),
        out,
        progress=lambda done, _: kept.extend(p for p in first if done == 5 and p.stat().st_mtime_ns == first[p]),
    )
    assert again == whole
    assert len(kept) == 4
    assert not partial.exists()


def test_a_stopped_run_of_another_style_is_not_mixed_in(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_folder(pages(), tmp_path / "out", progress=stop)
    other = STYLE.with_keys({"font-size": 8})
    assert write_folder(pages(style=other), tmp_path / "out") == write_folder(pages(style=other), tmp_path / "fresh")


def test_pages_of_an_earlier_run_are_replaced_but_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(pages(), out)
    write_folder(pages("short"), out)
    assert len(list(out.glob("page-*.png"))) == 1
    (out / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"not pages of an earlier run \(notes.txt\)"):
        write_folder(pages(), out)
    assert (out / "notes.txt").read_text() == "mine"
    with pytest.raises(StoreError, match="is a file"):
        write_folder(pages(), out / "notes.txt")


@pytest.mark.parametrize("step", ["rename", "unlink", "rmtree"])
def test_a_swap_that_is_stopped_loses_neither_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    out = tmp_path / "out"
    write_folder(pages("old"), out)

    class Killed(Exception):
        pass

    with monkeypatch.context() as patch:
        if step == "rename":
            real, calls = Path.rename, []

            def rename(self: Path, target: Path) -> Path:
                calls.append(self)
                if len(calls) == 2:
                    raise Killed
                return real(self, target)

            patch.setattr(Path, "rename", rename)
        elif step == "unlink":
            patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(Killed))
        else:
            patch.setattr("smallprint.render.folder.shutil.rmtree", lambda *_, **__: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            write_folder(pages(), out)
    drawn: list[int] = []
    manifest = write_folder(pages(), out, progress=lambda done, _: drawn.append(done))
    assert manifest == write_folder(pages(), tmp_path / "fresh")
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
    assert write_folder(pages(), tmp_path / "out")["pages"]


def test_the_preview_needs_nothing_else_and_has_the_source(tmp_path: Path) -> None:
    write_folder(pages("one <script>alert(1)</script>\ntwo & three"), tmp_path / "out")
    html = (tmp_path / "out/preview.html").read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "")
    assert "<script>alert" not in html
    assert "\\u003cscript>alert(1)\\u003c/script>" in html
    assert "{{" not in html.split("<script>")[0]
