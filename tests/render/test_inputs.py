"""What a user names: files, folders, pipes, and what is refused."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from smallprint.errors import StoreError, TextError
from smallprint.render import Style, render
from smallprint.render.folder import write_folder
from smallprint.render.inputs import open_source


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def paths(folder: Path) -> list[str]:
    return [part["path"] for part in open_source([str(folder)]).parts_json()["files"]]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"abc\xff", "not UTF-8: byte 0xff at offset 3"),
        (b"abc\xe2\x82", "not UTF-8: byte 0xe2 at offset 3"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x90", "binary file"),
        ("text".encode("utf-16"), "UTF-16, not UTF-8"),
        (b"a" * (1 << 20) + b"\xc3(", "offset 1048576"),
        (b"a" * ((1 << 20) - 1) + b"\xc3(", "offset 1048575"),
    ],
)
def test_what_is_not_text_is_refused_with_its_offset(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(raw)
    with pytest.raises(TextError) as error:
        open_source([str(path)])
    assert said in str(error.value)
    assert "bad.txt" in str(error.value)


def test_no_such_file() -> None:
    with pytest.raises(StoreError, match="no such file"):
        open_source(["/nonexistent/book.txt"])


def test_folders_and_several_files_become_one_text(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.py").write_text("A = 1\n")
    (tmp_path / "pkg/b.py").write_text("B = 2")
    (tmp_path / "pkg/c.bin").write_bytes(b"\0\xff")
    (tmp_path / "pkg/__pycache__").mkdir()
    (tmp_path / "pkg/__pycache__/a.pyc").write_bytes(b"\0")
    source = open_source([str(tmp_path / "pkg")])
    assert source.text == "===== a.py =====\nA = 1\n===== b.py =====\nB = 2\n"
    parts = source.parts_json()
    assert [(item["path"], source.text[slice(*item["span"])]) for item in parts["files"]] == [
        ("a.py", "A = 1\n"),
        ("b.py", "B = 2"),
    ]
    assert [item["path"] for item in parts["skipped"]] == ["c.bin"]
    both = open_source([str(tmp_path / "pkg/a.py"), str(tmp_path / "pkg/b.py")])
    assert both.text.count("=====") == 4


def test_a_checkout_gives_what_git_tracks_and_what_it_does_not_ignore(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name, text in {
        ".gitignore": "ignored/\n",
        "a.py": "A",
        "ignored/b.txt": "B",
        "new.py": "N",
        ".env": "SECRET",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", ".gitignore", "a.py")
    assert paths(tmp_path) == [".gitignore", "a.py", "new.py"]
    # Named by itself, an ignored folder is taken.
    assert paths(tmp_path / "ignored") == ["b.txt"]


def test_listing_a_folder_runs_nothing_of_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_text("a")
    script = tmp_path / "x.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    script.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(script))
    open_source([str(tmp_path)])
    assert not (tmp_path / "ran").exists()


def test_pages_of_ours_in_a_folder_are_not_taken_for_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("some text")
    write_folder(render("page", Style.preset("flow")), tmp_path / "pages")
    (tmp_path / ".pages.partial").mkdir()
    (tmp_path / ".pages.partial/journal.jsonl").write_text("{}")
    assert paths(tmp_path) == ["a.txt"]


def test_links_are_listed_as_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("some text")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    source = open_source([str(tmp_path)])
    assert [item["path"] for item in source.parts_json()["files"]] == ["a.txt"]
    assert ("b.txt", "a symbolic link") in source.skipped


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/n\xff.txt"
    with open(name, "w") as file:
        file.write("text")
    source = open_source([os.fsdecode(name)])
    assert source.name == "n\\xff.txt"
    write_folder(render(source, Style.preset("flow")), tmp_path / "pages")
    assert "n\\xff.txt" in paths(tmp_path)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("through a pipe",))
    writer.start()
    source = open_source([str(pipe)])
    writer.join()
    assert (source.text, source.digest.n_chars) == ("through a pipe", 14)


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(StoreError, match="File name too long"):
        open_source(["x" * 5000])
