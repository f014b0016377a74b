"""Pages to a folder: PNG files, `manifest.json`, a contact sheet and an HTML preview.

In: `Pages` and a folder's name. Out: the folder, whole or not at all. Pages are first written beside it, into a hidden folder with a
journal; a run that was stopped goes on from there, and the folder appears under its name when everything is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from smallprint._version import __version__
from smallprint.errors import StoreError, TextError
from smallprint.render import png
from smallprint.render.contact import ContactSheet
from smallprint.render.fonts import freetype_version
from smallprint.render.preview import write_preview

if TYPE_CHECKING:
    from smallprint.render.pages import Page, Pages

MANIFEST = "manifest.json"
CONTACT = "contact.png"
PREVIEW = "preview.html"
SCHEMA = "smallprint.manifest/1"
_JOURNAL = "journal.jsonl"

Progress = Callable[[int, int], None]
"""Called with pages done and pages in all."""


def write_folder(
    pages: Pages, folder: Path, *, mode: png.Mode = "default", progress: Progress | None = None
) -> dict[str, Any]:
    """Write the pages and what goes with them; returns the manifest.

    Raises `StoreError` when the folder holds anything that was not written by this function, or cannot be written.
    """
    try:
        # "." and links have no name of their own to build the hidden folder's name from.
        folder = folder.resolve()
        partial, old = (folder.parent / f".{folder.name}.{what}" for what in ("partial", "old"))
        _recover(folder, partial, old)
        _check_target(folder)
        if not len(pages):
            raise TextError(f"{pages.source.name}: empty, there are no pages to write")
        journal = _Journal(partial, _identity(pages, mode))
        total = len(pages)
        sheet = ContactSheet()
        for page in pages:
            sheet.add(page)
            if not journal.has(page):
                journal.write(page, page.png(mode))
            if progress:
                progress(page.index + 1, total)
        manifest = _manifest(pages, journal.records)
        (partial / CONTACT).write_bytes(png.encode(sheet.pixels()))
        write_preview(pages, partial / PREVIEW, lambda page: (partial / _file(page)).read_bytes())
        # Last of all: a folder with a manifest is complete.
        (partial / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _swap(folder, partial, old)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from None
    return manifest


def _swap(folder: Path, partial: Path, old: Path) -> None:
    """Put the finished folder in place; at no moment is there neither it nor the one before under a name that `_recover` knows."""
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    (folder / _JOURNAL).unlink()
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path, partial: Path, old: Path) -> None:
    """Finish a swap that was stopped in its middle."""
    if old.exists() and not folder.exists():
        (partial if (partial / MANIFEST).is_file() else old).rename(folder)
    if old.exists():
        shutil.rmtree(old)
    if (folder / MANIFEST).is_file():
        (folder / _JOURNAL).unlink(missing_ok=True)


def _check_target(folder: Path) -> None:
    """Raise `StoreError` unless the folder is absent, empty, or holds pages of an earlier run, which may be replaced."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} is a file; give a folder to write pages to")
    if folder == Path.cwd():
        raise StoreError(f"{folder} is the folder you are in, which cannot be replaced; give another")
    names = {path.name for path in folder.iterdir()}
    ours = {MANIFEST, CONTACT, PREVIEW}
    try:
        manifest = cast("dict[str, Any]", json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        if manifest["schema"] == SCHEMA:
            ours |= {page["file"] for page in manifest["pages"]}
    except (OSError, ValueError, KeyError, TypeError):
        ours = set[str]()
    if foreign := sorted(names - ours):
        raise StoreError(
            f"{folder} holds files that are not pages of an earlier run ({foreign[0]}); give another folder"
        )


def _identity(pages: Pages, mode: png.Mode) -> dict[str, Any]:
    return {
        "version": __version__,
        "freetype": freetype_version(),
        "source": asdict(pages.source.digest),
        "fonts": [face.sha256 for face in pages.font_chain()],
        "style_digest": pages.style.digest,
        "png": mode,
    }


def _manifest(pages: Pages, records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "version": __version__,
        "freetype": freetype_version(),
        "source": {"name": pages.source.name, **asdict(pages.source.digest), **pages.source.parts_json()},
        "style": pages.style.to_glyph(),
        "style_name": pages.style.name,
        "style_digest": pages.style.digest,
        "fonts": [asdict(face) for face in pages.faces()],
        "pages": records,
        "report": pages.report.to_json(),
    }


class _Journal:
    """The pages written so far by a run like this one, in a hidden folder."""

    def __init__(self, folder: Path, identity: dict[str, Any]) -> None:
        self.folder = folder
        self.records: list[dict[str, Any]] = []
        path = folder / _JOURNAL
        earlier = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
        if not earlier or _parse(earlier[0]) != identity:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            path.write_text(json.dumps(identity) + "\n", encoding="utf-8")
            earlier = []
        self._earlier = {record["index"]: record for line in earlier[1:] if (record := _parse(line))}
        self._path = path

    def has(self, page: Page) -> bool:
        """Whether the page was written before and is still as it was."""
        record = self._earlier.get(page.index)
        if record is None or record["span"] != list(page.span):
            return False
        try:
            data = (self.folder / record["file"]).read_bytes()
        except OSError:
            return False
        if hashlib.sha256(data).hexdigest() != record["sha256_png"]:
            return False
        self.records.append(record)
        return True

    def write(self, page: Page, data: bytes) -> None:
        record = {
            "index": page.index,
            "file": _file(page),
            "width_px": page.width_px,
            "height_px": page.height_px,
            "span": list(page.span),
            "byte_span": list(page.byte_span),
            "sha256_pixels": page.sha256,
            "sha256_png": hashlib.sha256(data).hexdigest(),
        }
        (self.folder / _file(page)).write_bytes(data)
        with self._path.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(record) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        self.records.append(record)


def _file(page: Page) -> str:
    return f"page-{page.index + 1:05d}.png"


def _parse(line: str) -> dict[str, Any]:
    # The last line of a run that was killed may be cut.
    try:
        return cast("dict[str, Any]", json.loads(line))
    except ValueError:
        return {}
