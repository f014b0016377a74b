"""Read pages: PNG files become text, by the reader in this package; it sees the images and nothing else."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.cli.progress import ProgressLine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from smallprint.readers.sight.page_reader import PageText

SCHEMA = "smallprint.read/1"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs",
        nargs="+",
        metavar="PNG",
        help="image files, folders of pages (those that its manifest lists, or all its PNG files), or - for one image from standard input",
    )
    parser.add_argument(
        "--threads", type=_positive, metavar="N", help="processors that read (default: as many as there are)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print text, confidence and box of each character, and doubtful places, as JSON",
    )


def run(options: argparse.Namespace) -> int:
    files = _files(options.inputs)
    show = _Json() if options.json else _Plain(n_files=len(files))
    progress = ProgressLine("page")
    n_bad = 0
    try:
        for done, (name, page, why) in enumerate(_read(files, options.threads), 1):
            if sys.stdout.isatty():
                progress.close()
            if page is None:
                n_bad += 1
                show.failure(name, why)
            else:
                show.page(name, page)
            progress(done, len(files))
    finally:
        progress.close()
    show.end()
    return 2 if n_bad else 0


def _files(inputs: Sequence[str]) -> list[tuple[str, Path | None]]:
    """Name and path of each image, in order; no path for standard input. Raises `DataError` for a folder without images."""
    from smallprint.errors import DataError
    from smallprint.render.source import printable

    files: list[tuple[str, Path | None]] = []
    for given in inputs:
        path = Path(given)
        if given == "-":
            files.append(("-", None))
        elif path.is_dir():
            pages = _pages_in(path)
            if not pages:
                raise DataError(f"{printable(given)}: a folder without PNG files")
            files += [(printable(str(page)), page) for page in pages]
        else:
            files.append((printable(given), path))
    return files


def _pages_in(folder: Path) -> list[Path]:
    from smallprint.render.folder import CONTACT
    from smallprint.render.manifest import page_files

    manifest = folder / "manifest.json"
    listed = [folder / name for name in page_files(manifest)] if manifest.is_file() else []
    # The contact sheet is a picture of the pages, and no page.
    return listed or [path for path in sorted(folder.glob("*.png"), key=_natural) if path.name != CONTACT]


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    """Page 10 comes after page 9, also where names have no leading zeros."""
    import re

    return [
        (piece.isdigit(), int(piece) if piece.isdigit() else 0, piece) for piece in re.split(r"([0-9]+)", path.name)
    ]


def _read(files: Sequence[tuple[str, Path | None]], threads: int | None) -> Iterator[tuple[str, PageText | None, str]]:
    """Name, text and, where there is none, the cause, of each file in order."""
    from smallprint.errors import DataError
    from smallprint.readers.sight.page_reader import PageReader, pixels_of

    waiting: deque[tuple[str, str]] = deque()

    def images() -> Iterator[NDArray[np.uint8]]:
        for name, path in files:
            try:
                picture = pixels_of(sys.stdin.buffer.read() if path is None else path)
            except DataError as error:
                waiting.append((name, str(error)))
            else:
                waiting.append((name, ""))
                yield picture

    for page in PageReader(threads=threads).read_all(images()):
        while (found := waiting.popleft())[1]:
            yield found[0], None, found[1]
        yield found[0], page, ""
    for name, why in waiting:
        yield name, None, why


class _Plain:
    """A header line for each file where there are several, then its text; what went wrong goes to standard error."""

    def __init__(self, *, n_files: int) -> None:
        self._n_files = n_files

    def page(self, name: str, page: PageText) -> None:
        if self._n_files > 1:
            print(f"== {name} ==")
        print(page.text)
        sys.stdout.flush()

    def failure(self, name: str, why: str) -> None:
        print(f"smallprint: {' '.join(_told(name, why).split())}", file=sys.stderr)

    def end(self) -> None:
        pass


class _Json:
    """One object, written page by page, so that memory does not grow with their number."""

    def __init__(self) -> None:
        self._before = f'{{"schema": {json.dumps(SCHEMA)}, "pages": ['

    def page(self, name: str, page: PageText) -> None:
        self._write(
            {
                "file": name,
                "text": page.text,
                "confidence": [round(float(each), 3) for each in page.confidence],
                "boxes": page.boxes.tolist(),
                "doubtful": [list(span) for span in page.doubtful],
            }
        )

    def failure(self, name: str, why: str) -> None:
        self._write(
            {"file": name, "text": None, "confidence": [], "boxes": [], "doubtful": [], "error": _told(name, why)}
        )

    def end(self) -> None:
        print(f"{'' if self._before.startswith(',') else self._before}]}}")

    def _write(self, record: dict[str, Any]) -> None:
        sys.stdout.write(self._before + "\n" + json.dumps(record, ensure_ascii=False))
        sys.stdout.flush()
        self._before = ","


def _told(name: str, why: str) -> str:
    return why if why.startswith(name) else f"{name}: {why}"


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return value
