"""How much text a visual token can carry: character errors against compression.

In: texts, styles and model families. Out: `DensityReport`: for each kind of text, style and family, how many text tokens the page's visual
tokens stand for, and how much of it our own reader reads wrong from PNG files. Ratios count the family's own visual tokens against text
tokens of Qwen's tokenizer, as the papers do.
"""

from __future__ import annotations

import io
import string
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib import resources
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from smallprint.bench.texts import example
from smallprint.errors import DataError
from smallprint.evals.statistics import ratio_interval
from smallprint.machine import machine
from smallprint.readers.sight.compare import Doubts, Tally, doubts, tally
from smallprint.readers.sight.page_reader import PageReader
from smallprint.readers.sight.prior import with_prior
from smallprint.render import Style, render
from smallprint.render.inputs import open_source
from smallprint.tokens.text import count
from smallprint.tokens.vision import vision_tokens

SCHEMA = "smallprint.bench.density/1"
STYLES = ("flow", "dense", "fine-8", "fine-7", "fine-6", "fine-5", "fine-4", "learned-4")
FAMILIES = ("glm-4.1v", "qwen3-vl")
KINDS = ("prose", "code", "strings")
DAMAGES = ("none", "jpeg", "resize")
JPEG_QUALITY, RESIZE = 85, 0.97
"""What a provider may do to a page: compress it, or bring it to a size of its own."""
DEEPSEEK_OCR = ((6.7, 0.985), (10.5, 0.965), (12.6, 0.871), (19.7, 0.591))
"""Compression and precision on the pages of Fox (arXiv 2510.18234, table 2, read 2026-11-20): scanned and typeset documents, not pages of
ours, and a model that writes text from left to right."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is measured."""

    styles: tuple[str, ...] = STYLES
    families: tuple[str, ...] = FAMILIES
    kinds: tuple[str, ...] = KINDS
    damages: tuple[str, ...] = ("none",)
    pages: int = 3
    """Of each style."""
    seed: int = 1
    """Of the random strings."""
    prior: bool = False
    """Whether what is read is also measured with words that are none put right."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of text, in one style, seen by one family."""

    family: str
    kind: str
    style: str
    damage: str
    ratio: float
    """Text tokens a visual token."""
    chars_a_token: float
    pages: int
    chars: int
    errors: int
    cer: float
    cer_interval: tuple[float, float]
    """Bootstrap over pages, 95%."""
    word_errors: float
    """Of strings at random: the share of them that are not exactly right."""
    cer_with_prior: float | None
    """After words that are none were put right (`smallprint.readers.sight.prior`): guessing, not reading; None where that was not asked."""
    sure: float
    """Share of the read characters that the reader marks as sure."""
    wrong_of_sure: float
    errors_in_doubt: float
    """Share of the mistakes that touch a character in doubt; 0 where there are none."""
    seconds_a_page: float


@dataclass(frozen=True, kw_only=True)
class DensityReport:
    """Rows, and where they were taken."""

    rows: tuple[Row, ...]
    texts: dict[str, str]
    reader: dict[str, str]
    machine: dict[str, Any] = field(default_factory=machine)

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "texts": self.texts,
            "reader": self.reader,
            "machine": self.machine,
            "deepseek_ocr": [{"ratio": ratio, "precision": right} for ratio, right in DEEPSEEK_OCR],
            "rows": [asdict(row) for row in self.rows],
        }


def measure_density(
    texts: dict[str, tuple[str, str]], settings: Settings, *, progress: Callable[[int, int], None] | None = None
) -> DensityReport:
    """`texts` has for each kind a name and a text. Raises `DataError` for what is not known, `StyleError` for an unknown style."""
    _check(settings.damages, DAMAGES, "damage")
    _check(settings.kinds, KINDS, "kind")
    styles = {name: Style.load(name) for name in settings.styles}
    if not styles or not settings.families or settings.pages < 1:
        raise DataError("density: give at least one style, one family and one page")
    jobs = [
        (kind, name, damage, family)
        for kind in settings.kinds
        for name in settings.styles
        for damage in settings.damages
        for family in settings.families
    ]
    readers = {family: PageReader(family=family) for family in settings.families}
    rows: list[Row] = []
    for done, (kind, name, damage, family) in enumerate(jobs):
        if progress:
            progress(done, len(jobs))
        rows.append(_row(kind, texts[kind][1], styles[name], name, damage, readers[family], settings))
    return DensityReport(
        rows=tuple(rows),
        texts={kind: name for kind, (name, _) in texts.items()},
        reader=readers[settings.families[0]].about,
    )


def kind_texts(files: list[str], kinds: tuple[str, ...], *, seed: int) -> dict[str, tuple[str, str]]:
    """Name and text of each kind: ``.py`` files are code, others prose; without files, *Jane Eyre* of a checkout and the sources of Pillow,
    neither of which the shipped readers have learnt from. Strings are drawn from `seed`.

    Raises `DataError` for an unknown kind or where there is no text, `StoreError` or `TextError` for a file that cannot be taken.
    """
    _check(kinds, KINDS, "kind")
    code = [name for name in files if name.lower().endswith(".py")]
    prose = [name for name in files if name not in code]
    made: dict[str, tuple[str, str]] = {}
    for kind in kinds:
        if kind == "strings":
            made[kind] = f"letters and digits at random, seed {seed}", strings(seed)
        elif named := (code if kind == "code" else prose):
            source = open_source(named)
            made[kind] = source.name, source.text
        else:
            made[kind] = _pillow() if kind == "code" else _book()
    return made


def strings(seed: int, n_chars: int = 400_000) -> str:
    """Strings of 6 to 24 letters and digits that nobody can guess, with spaces between them."""
    random = Random(f"{seed}/density")
    made: list[str] = []
    while n_chars > 0:
        made.append("".join(random.choices(string.ascii_letters + string.digits, k=random.randint(6, 24))))
        n_chars -= len(made[-1]) + 1
    return " ".join(made)


def _row(kind: str, text: str, style: Style, name: str, damage: str, reader: PageReader, settings: Settings) -> Row:
    pages = list(islice(render(text, style), settings.pages))
    # The last page is seldom full, and a page that is not full says nothing of density.
    if len(pages) > 1 and pages[-1].span[1] == len(text):
        pages.pop()
    if not any(page.text.strip() for page in pages):
        raise DataError(f"density: {kind}: there is nothing to read in the text")
    files = [_damaged(page.png(), damage) for page in pages]
    began = time.monotonic()
    read = list(reader.read_all(files))
    seconds = time.monotonic() - began
    tallies = [tally(page.text, got.text, page.codes) for page, got in zip(pages, read, strict=True)]
    total = sum(tallies, Tally(0, 0, 0, 0))
    pairs = zip(pages, read, strict=True)
    doubt = sum((doubts(page.text, got.text, got.doubtful, page.codes) for page, got in pairs), Doubts())
    guessed = Tally(0, 0, 0, 0)
    for page, got in zip(pages, read, strict=True) if settings.prior else ():
        guessed += tally(page.text, with_prior(got), page.codes)
    tokens = sum(vision_tokens(reader.family, page.width_px, page.height_px) for page in pages)
    return Row(
        family=reader.family,
        kind=kind,
        style=name,
        damage=damage,
        ratio=round(sum(count(page.text).tokens for page in pages) / tokens, 3),
        chars_a_token=round(total.chars / tokens, 2),
        pages=len(pages),
        chars=total.chars,
        errors=total.errors,
        cer=total.cer,
        cer_interval=ratio_interval([each.errors for each in tallies], [each.chars for each in tallies]),
        word_errors=total.wer,
        cer_with_prior=guessed.cer if settings.prior else None,
        sure=doubt.sure_share,
        wrong_of_sure=doubt.wrong_of_sure,
        errors_in_doubt=doubt.in_doubt,
        seconds_a_page=seconds / len(pages),
    )


def _damaged(png: bytes, damage: str) -> bytes:
    if damage == "none":
        return png
    from PIL import Image

    page = Image.open(io.BytesIO(png)).convert("L")
    file = io.BytesIO()
    if damage == "jpeg":
        page.save(file, "JPEG", quality=JPEG_QUALITY)
    else:
        size = round(page.width * RESIZE), round(page.height * RESIZE)
        page.resize(size, Image.Resampling.BICUBIC).resize(page.size, Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def _check(names: tuple[str, ...], known: tuple[str, ...], what: str) -> None:
    if unknown := [name for name in names if name not in known]:
        raise DataError(f"density: unknown {what} {unknown[0]!r}; known: {', '.join(known)}")
    if not names:
        raise DataError(f"density: no {what} given; known: {', '.join(known)}")


def _book() -> tuple[str, str]:
    name, text = example()
    # Not its preface and title page.
    return name, text[len(text) // 3 :]


def _pillow() -> tuple[str, str]:
    folder = Path(str(resources.files("PIL")))
    return "the sources of Pillow", "".join(
        path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"), key=lambda path: path.name)
    )
