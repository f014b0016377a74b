"""Pages to a folder: PNG files, `manifest.json`, a contact sheet and an HTML preview.

In: `Pages` and a folder's name. Out: the folder, whole or not at all. Pages are first written beside it, into a hidden folder with a
journal; a run that was stopped goes on from there, and the folder appears under its name when everything is in it. Memory does not grow
with the text, but for what `Pages` keep.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from smallprint._version import __version__
from smallprint.errors import StoreError, StyleError, TextError
from smallprint.render import harfbuzz, png
from smallprint.render.contact import MAX_PAGES, ContactSheet, thumbnail
from smallprint.render.fonts import freetype_version
from smallprint.render.journal import NAME as JOURNAL
from smallprint.render.journal import Journal
from smallprint.render.languages import pygments_version
from smallprint.render.manifest import page_files, write_manifest
from smallprint.render.preview import write_preview

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.render.pages import Page, Pages

MANIFEST = "manifest.json"
CONTACT = "contact.png"
PREVIEW = "preview.html"

Progress = Callable[[int, int], None]
"""Called with pages done and pages in all; the latter is estimated from the text that is left."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What `write_folder` did."""

    manifest: Path
    n_pages: int
    n_kept: int
    """Pages that were there already, from a run that was stopped."""


def write_folder(
    pages: Pages,
    folder: Path,
    *,
    mode: png.Mode = "default",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write the pages, `threads` at once (all processors, if None), and what goes with them.

    Raises `StoreError` when the folder holds anything that was not written by this function, or cannot be written; `TextError` where there
    are no pages; `StyleError` where a character is wider than a line.
    """
    try:
        # "." and links have no name of their own to build the hidden folder's name from.
        folder = folder.resolve()
        partial, old = (folder.parent / f".{folder.name}.{what}" for what in ("partial", "old"))
        _recover(folder, partial, old)
        _check_target(folder)
        if not pages.source.digest.n_chars:
            raise TextError(f"{pages.source.name}: empty, there are no pages to write")
        sheet = ContactSheet()
        with Journal(partial, _identity(pages, mode)) as journal:
            n_kept = _write_pages(pages, partial, journal, sheet, mode, threads, progress)
            (partial / CONTACT).write_bytes(sheet.png())
            write_preview(pages, partial / PREVIEW, lambda page: (partial / _file(page)).read_bytes())
            unfinished = partial / f".{MANIFEST}"
            write_manifest(unfinished, pages, journal.lines())
        # Last of all: a folder with a manifest is complete.
        unfinished.rename(partial / MANIFEST)
        _swap(folder, partial, old)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from None
    return Written(manifest=folder / MANIFEST, n_pages=len(pages), n_kept=n_kept)


class _Done(NamedTuple):
    """A page that is in the folder."""

    number: int
    """Counted from one."""
    end: int
    """Characters of the source up to its end."""
    record: bytes
    """JSON, for the manifest."""
    earlier: bytes | None
    is_kept: bool
    thumb: NDArray[np.uint8] | None


def _write_pages(
    pages: Pages,
    folder: Path,
    journal: Journal,
    sheet: ContactSheet,
    mode: png.Mode,
    threads: int | None,
    progress: Progress | None,
) -> int:
    """Write what an earlier run has not; the number of pages that it had."""

    def write(page: Page) -> _Done:
        thumb = thumbnail(page.pixels) if page.index < MAX_PAGES else None
        earlier = journal.earlier(page.index)
        is_kept = earlier is not None and _is_intact(page, folder, earlier)
        record = earlier if earlier is not None and is_kept else _draw(page, folder, mode)
        return _Done(page.index + 1, page.span[1], record, earlier, is_kept, thumb)

    n_chars, n_kept = pages.source.digest.n_chars, 0
    done_pages = cast("Generator[_Done, None, None]", pages.map(write, threads=threads))
    try:
        # Closed before anything else happens to the folder: threads may still write into it.
        with closing(done_pages):
            for done in done_pages:
                journal.add(done.record, stands=done.record == done.earlier)
                sheet.add(done.thumb)
                n_kept += done.is_kept
                if progress:
                    progress(done.number, -(-done.number * n_chars // done.end))
    except (StyleError, TextError):
        # To go on later would fail at the same place.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return n_kept


def _draw(page: Page, folder: Path, mode: png.Mode) -> bytes:
    data = page.png(mode)
    (folder / _file(page)).write_bytes(data)
    return _record(page, page.sha256, hashlib.sha256(data).hexdigest())


def _is_intact(page: Page, folder: Path, record: bytes) -> bool:
    """Whether the page was written before and is still as it was."""
    try:
        earlier = cast("dict[str, str]", json.loads(record))
        sha256_png = hashlib.sha256((folder / _file(page)).read_bytes()).hexdigest()
        return record == _record(page, earlier["sha256_pixels"], sha256_png)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _record(page: Page, sha256_pixels: str, sha256_png: str) -> bytes:
    record: dict[str, Any] = {
        "index": page.index,
        "file": _file(page),
        "width_px": page.width_px,
        "height_px": page.height_px,
        "span": page.span,
        "byte_span": page.byte_span,
        "sha256_pixels": sha256_pixels,
        "sha256_png": sha256_png,
    }
    return json.dumps(record).encode()


def _file(page: Page) -> str:
    return f"page-{page.index + 1:05d}.png"


def _swap(folder: Path, partial: Path, old: Path) -> None:
    """Put the finished folder in place; at no moment is there neither it nor the one before under a name that `_recover` knows."""
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    (folder / JOURNAL).unlink()
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path, partial: Path, old: Path) -> None:
    """Finish a swap that was stopped in its middle."""
    if old.exists() and not folder.exists():
        (partial if (partial / MANIFEST).is_file() else old).rename(folder)
    if old.exists():
        shutil.rmtree(old)


def _check_target(folder: Path) -> None:
    """Raise `StoreError` unless the folder is absent, empty, or holds pages of an earlier run, which may be replaced."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} is a file; give a folder to write pages to")
    if folder == Path.cwd():
        raise StoreError(f"{folder} is the folder you are in, which cannot be replaced; give another")
    names = set(os.listdir(folder))
    try:
        ours = set(page_files(folder / MANIFEST))
    except OSError:
        ours = set[str]()
    if ours:
        # A swap that was stopped leaves the journal.
        ours |= {MANIFEST, CONTACT, PREVIEW, JOURNAL}
    if foreign := sorted(names - ours):
        raise StoreError(
            f"{folder} holds files that are not pages of an earlier run ({foreign[0]}); give another folder"
        )


def _identity(pages: Pages, mode: png.Mode) -> bytes:
    """What pages must have in common with those of a run that was stopped, to be mixed with them."""
    identity: dict[str, Any] = {
        "version": __version__,
        "freetype": freetype_version(),
        "harfbuzz": harfbuzz.version(),
        "source": asdict(pages.source.digest),
        "fonts": [face.sha256 for face in pages.font_chain()],
        "style_digest": pages.style.digest,
        "png": mode,
    }
    if pages.highlighter:
        # The language may be told from the name.
        identity |= {"name": pages.source.name, "pygments": pygments_version()}
    return json.dumps(identity).encode()
