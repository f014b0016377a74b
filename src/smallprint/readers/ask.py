"""A text and a question -> an answer with its quotations, its pages and its price.

In: a source, a question, a model. Out: an `Answer`. `prepare` does all but the asking; here the model is asked, at once or asynchronously.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import ReaderError
from smallprint.readers.base import Answer, Reader, Reply
from smallprint.readers.planner import PagesLike
from smallprint.readers.prepare import Prepared, finish, prepare
from smallprint.readers.registry import reader
from smallprint.readers.retry import Retry
from smallprint.readers.thinking import Speaking

if TYPE_CHECKING:
    from smallprint.render import Source, Style
    from smallprint.tokens.plan import Send


def ask(
    source: str | Path | Source | PagesLike,
    question: str,
    *,
    model: str | Reader = "embedded",
    style: str | Style = "flow",
    base_url: str | None = None,
    family: str | None = None,
    send: Send = "auto",
    asks: int = 1,
    prices: str | PathLike[str] | None = None,
    max_output_tokens: int = 4096,
    temperature: float | None = None,
    canary: bool = False,
    on_text: Callable[[str], object] | None = None,
    on_image: Callable[[int, int], object] | None = None,
    dry_run: bool = False,
    retry: Retry | None = None,
    **options: Any,
) -> Answer:
    """Asks a model about a text (a string), a file (a `Path`), a `Source`, or pages that are there already.

    `model` is `provider:name` or a `Reader`; by default the one that ships with the package, which finds and quotes what the question is
    about, on this machine, and does not reason. `family` says how it counts images where its name does not. `style` is a preset, a style
    file or a `Style`. `send` is `auto` (pages where they cost less than the text), `pages` or `text`; `asks`, how many questions about
    the same document are expected. `prices` is the path of your own price table, which counts for any server; SMALLPRINT_PRICES by default.
    `canary` sends one page more, with a code that the model is to read back: the answer says whether it did.
    `on_text` sees the answer as it comes; `on_image`, with a reader that reads one image after the other, how many of how many are read.
    `dry_run` sends nothing: the answer has the figures, and dollars for the input of this first
    question alone, the writing of the prompt cache among them. Further options go to the reader.

    Raises `ReaderError` and its kinds (`TooLarge` where the pages, once drawn, are over a limit that they were reckoned to keep: nothing
    dearer is sent instead), `StyleError`, `TextError`, `TokenError`, `DataError`.
    """
    made = _reader(model, base_url, family, retry, options)
    if not dry_run:
        made.check()
    start_s = made.retry.clock.elapsed_s()
    prepared = prepare(
        made, source, question, style=style, family=family, send=send, asks=asks, prices=prices,
        max_output_tokens=max_output_tokens, temperature=temperature, canary=canary, on_image=on_image, dry_run=dry_run,
    )  # fmt: skip
    if dry_run:
        return prepared.outline
    speaking = Speaking()
    reply = made.ask(prepared.request, on_text=_through(speaking, on_text))
    return _answer(prepared, reply, speaking, on_text, start_s)


async def aask(
    source: str | Path | Source | PagesLike,
    question: str,
    *,
    model: str | Reader = "embedded",
    style: str | Style = "flow",
    base_url: str | None = None,
    family: str | None = None,
    send: Send = "auto",
    asks: int = 1,
    prices: str | PathLike[str] | None = None,
    max_output_tokens: int = 4096,
    temperature: float | None = None,
    canary: bool = False,
    on_text: Callable[[str], object] | None = None,
    on_image: Callable[[int, int], object] | None = None,
    dry_run: bool = False,
    retry: Retry | None = None,
    **options: Any,
) -> Answer:
    """`ask`, asynchronously; pages are drawn in a thread."""
    import asyncio

    made = _reader(model, base_url, family, retry, options)
    if not dry_run:
        made.check()
    start_s = made.retry.clock.elapsed_s()
    prepared = await asyncio.to_thread(
        prepare, made, source, question, style=style, family=family, send=send, asks=asks, prices=prices,
        max_output_tokens=max_output_tokens, temperature=temperature, canary=canary, on_image=on_image, dry_run=dry_run,
    )  # fmt: skip
    if dry_run:
        return prepared.outline
    speaking = Speaking()
    reply = await made.aask(prepared.request, on_text=_through(speaking, on_text))
    return _answer(prepared, reply, speaking, on_text, start_s)


def _answer(
    prepared: Prepared, reply: Reply, speaking: Speaking, on_text: Callable[[str], object] | None, start_s: float
) -> Answer:
    if on_text and (rest := speaking.end()):
        on_text(rest)
    return finish(prepared, reply, seconds=prepared.reader.retry.clock.elapsed_s() - start_s)


def _through(speaking: Speaking, on_text: Callable[[str], object] | None) -> Callable[[str], None] | None:
    if on_text is None:
        return None
    show = on_text

    def said(piece: str) -> None:
        if text := speaking.feed(piece):
            show(text)

    return said


def _reader(
    model: str | Reader, base_url: str | None, family: str | None, retry: Retry | None, options: dict[str, Any]
) -> Reader:
    if isinstance(model, str):
        return reader(model, base_url=base_url, family=family, retry=retry, **options)
    given = {"base_url": base_url, "retry": retry, **options}
    if said := [name for name, value in given.items() if value is not None]:
        raise ReaderError(f"{said[0]}: a reader was given, which has its own; give it to the reader")
    return model
