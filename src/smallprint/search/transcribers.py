"""Who reads pages back: the embedded reader, Tesseract, or a model that is asked to write down what it sees.

In: texts and a style. Out: a `Reading` of each. A reader that fails raises; what it misreads is nobody's fault. Knows nothing of search.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from smallprint.errors import BadReply, DataError, ReaderError, Refused
from smallprint.evals.arms import ARMS, Kit
from smallprint.evals.item import Item
from smallprint.evals.said import said
from smallprint.readers.marks import unmarked
from smallprint.readers.prepare import price_for
from smallprint.render import Style, render
from smallprint.tokens.prices import cost
from smallprint.tokens.vision import resized, vision_tokens

if TYPE_CHECKING:
    from smallprint.readers.base import Reader, Reply
    from smallprint.render import Page

QUESTION = (
    "Write down the text on the pages above, character for character, in order, as plain text without comments. "
    "Join the lines of a paragraph."
)
OUTPUT_TOKENS_A_CHAR = 1.5
"""Room for an answer: strings at random take nearly a token a character."""
EXTRA_TOKENS = 64
"""And for one of a few characters."""
REFUSED = "refused"
"""How a reading ends that the model would not give."""
ENLARGE = 3
"""Tesseract reads small letters better in larger pixels: what 72 dpi lacks of the 200 to 300 that it was made for."""
TESSERACT_FAMILY = "glm-4.1v"
"""Counts the tokens where only Tesseract reads."""
CONCURRENCY = 4


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read of a text, and what that took."""

    text: str
    n_pages: int
    seconds: float
    codes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Characters that the pages draw as something else, and what they draw."""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    finish: str = "stop"


class Transcriber(Protocol):
    """Reads pages back."""

    name: str
    family: str
    """Whose visual tokens pages cost."""
    is_priced: bool
    """Whether it is known what a reading costs."""
    about: Mapping[str, str]
    """What else decides how it reads: a language, a server."""

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        """One reading of each text, drawn by itself. Raises `ReaderError` and its kinds, and what `render` raises."""
        ...


class Embedded:
    """The reader that ships: no model, no prior."""

    def __init__(self, family: str = TESSERACT_FAMILY, *, threads: int | None = None) -> None:
        from smallprint.readers.sight.page_reader import PageReader

        self.name, self.family, self.is_priced = "embedded", family, True
        self.about: Mapping[str, str] = {}
        self._reader = PageReader(family=family, threads=threads)

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        drawn = [list(render(text, style)) for text in texts]
        began = time.monotonic()
        # All at once: a text may have a single page, and pages are read side by side. The first text is a full one.
        read = iter(list(self._reader.read_all((page for pages in drawn for page in pages), alike=True)))
        seconds = (time.monotonic() - began) / max(1, sum(map(len, drawn)))
        return [
            Reading(
                text=" ".join(next(read).text for _ in pages),
                n_pages=len(pages),
                seconds=seconds * len(pages),
                codes=_codes(pages),
                usd=0.0,
            )
            for pages in drawn
        ]


class Tesseract:
    """The program of that name, on enlarged pages; one thread a page."""

    def __init__(self, family: str = TESSERACT_FAMILY, *, language: str = "eng") -> None:
        """Raises `ReaderError` where it is not installed."""
        self.name, self.family, self.is_priced = "tesseract", family, True
        self.about: Mapping[str, str] = {"language": language}
        self._language = language
        if shutil.which("tesseract") is None:
            raise ReaderError("tesseract: there is no such program here; on Debian it is in the package tesseract-ocr")

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        drawn = [list(render(text, style)) for text in texts]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            read = iter(list(pool.map(self._page, (page for pages in drawn for page in pages))))
        readings: list[Reading] = []
        for pages in drawn:
            found = [next(read) for _ in pages]
            readings.append(
                Reading(
                    text=" ".join(text for text, _ in found),
                    n_pages=len(pages),
                    seconds=sum(seconds for _, seconds in found),
                    codes=_codes(pages),
                    usd=0.0,
                )
            )
        return readings

    def _page(self, page: Page) -> tuple[str, float]:
        from PIL import Image

        image = Image.fromarray(page.pixels)
        file = io.BytesIO()
        image.resize((image.width * ENLARGE, image.height * ENLARGE), Image.Resampling.LANCZOS).save(file, "PPM")
        command = [
            "tesseract", "stdin", "stdout", "--psm", "6", "--oem", "1", "--dpi", "300", "-l", self._language
        ]  # fmt: skip
        began = time.monotonic()
        done = subprocess.run(
            command,
            input=file.getvalue(),
            capture_output=True,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
        if done.returncode:
            raise ReaderError(f"tesseract: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
        return done.stdout.decode("utf-8", "replace"), time.monotonic() - began


class Model:
    """Any reader of the registry, asked to write down what is on the pages. Its refusal, and an answer that is thought to the end of its
    tokens, are readings of nothing: they are among the things to be known, and the other excerpts were paid for."""

    def __init__(self, reader: Reader, *, prices: str | None = None, max_output_tokens: int | None = None) -> None:
        """Raises `ReaderError` for a model whose family is not known."""
        if reader.family is None:
            raise ReaderError(f"--family: the name {reader.model!r} does not tell how the model counts images")
        self.name, self.family = reader.name, reader.family
        self.reader = reader
        self._price = price_for(reader, reader.family, prices)
        self.is_priced = self._price is not None
        self.about: Mapping[str, str] = (
            {} if reader.base_url is None else {"base_url": without_secrets(reader.base_url)}
        )
        self._max_output_tokens = max_output_tokens

    def read(self, texts: Sequence[str], style: Style) -> list[Reading]:
        return asyncio.run(self._read_all(texts, style))

    async def _read_all(self, texts: Sequence[str], style: Style) -> list[Reading]:
        gate = asyncio.Semaphore(CONCURRENCY)

        async def one(text: str) -> Reading:
            async with gate:
                return await self._read(text, style)

        async with self.reader:
            return list(await asyncio.gather(*map(one, texts)))

    async def _read(self, text: str, style: Style) -> Reading:
        kit = Kit(reader=self.reader, family=self.family, styles={"tried": style})
        tokens = self._max_output_tokens or EXTRA_TOKENS + int(OUTPUT_TOKENS_A_CHAR * len(text))
        item = Item(id="text", context=text, question=QUESTION, answers=(text,), max_output_tokens=tokens)
        sent = await ARMS["pages"](item, kit, "tried")
        try:
            reply = await self.reader.aask(sent.request)
        except (Refused, BadReply) as error:
            finish = REFUSED if isinstance(error, Refused) else getattr(error, "finish", None)
            if finish is None:
                raise
            # Nobody says what that cost.
            return Reading(text="", n_pages=len(render(text, style)), seconds=0.0, finish=finish)
        pages = list(render(text, style))
        return Reading(
            text=_plain(said(reply.text), style),
            n_pages=len(pages),
            seconds=reply.seconds,
            codes=_codes(pages),
            tokens_in=reply.tokens_in or 0,
            tokens_out=reply.tokens_out or 0,
            usd=self._cost(reply),
            finish=reply.finish,
        )

    def _cost(self, reply: Reply) -> float | None:
        if self._price is None or reply.tokens_in is None:
            return None
        return cost(
            self._price, reply.tokens_in, reply.tokens_out or 0, cached_in=reply.cached_in, written_in=reply.written_in
        )


def without_secrets(url: str) -> str:
    """A URL may have a name and a password before its host, and a key after its path."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def as_read(style: Style, texts: Sequence[str], family: str) -> Style:
    """The style; on whole pages where one that ends with its text would be enlarged for the model, or saves nothing: letters on it would
    not look as they do on a full page."""
    sizes = {size for text in texts for size in render(text, style).sizes()}
    whole = style.with_keys({"auto-crop-last-page": False})
    full = vision_tokens(family, whole.width_px, whole.height_px)
    is_kept = all(resized(family, *size) == size for size in sizes)
    saves = any(vision_tokens(family, *size) < full for size in sizes)
    return style if is_kept and saves else whole


def transcriber_of(
    name: str, *, family: str | None = None, prices: str | None = None, language: str = "eng", **choices: Any
) -> Transcriber:
    """`embedded`, `tesseract`, or a reader as the registry names it; `family` counts the tokens, `choices` are the reader's own.

    Raises `ReaderError` and `TokenError` as those do.
    """
    from smallprint.readers import reader

    if name != "tesseract" and language != "eng":
        raise DataError(f"language: it is Tesseract's, not for {name}")
    if name in ("tesseract", "embedded") and choices:
        raise DataError(f"{name}: {next(iter(choices))} is not for it")
    if name == "tesseract":
        return Tesseract(family or TESSERACT_FAMILY, language=language)
    if name == "embedded":
        return Embedded(family or TESSERACT_FAMILY)
    made = reader(name, family=family, **choices)
    made.check()
    return Model(made, prices=prices)


def _codes(pages: Sequence[Page]) -> dict[str, str]:
    codes: dict[str, str] = {}
    for page in pages:
        codes |= page.codes
    return codes


def _plain(text: str, style: Style) -> str:
    """Without a fence around it, and with marks read as the line ends that they stand for."""
    lines = text.strip().split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        text = "\n".join(lines[1:-1])
    return unmarked(text, style.shown_newline, style.indent_mark)
