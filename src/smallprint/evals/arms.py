"""The arms of a paired run: ways to send the same item.

In: an item and a `Kit` (family, styles, tokenizer). Out: `Sent`: the request, and how many tokens stand in it for the context. All arms
but the text and the pages have the pages' tokens as their budget, so that each shows what as many tokens buy. Knows no score.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from smallprint.errors import DataError
from smallprint.evals.cuts import best_passages, fewer_lines
from smallprint.evals.said import said
from smallprint.evals.truncation import head, middle_truncated
from smallprint.readers.base import ImagePart, Reader, Reply, Request, TextPart
from smallprint.readers.marks import mark_note

if TYPE_CHECKING:
    from smallprint.evals.item import Item
    from smallprint.readers.planner import PagesLike
    from smallprint.readers.sight.page_reader import PageReader
    from smallprint.render import Style

ON_PAGES = "[the text on the pages above]"
"""Stands where the context was, in prompts that say something before it: images come first in every request, and words like "the following
text" must not come to mean the question."""
SUMMARISE = (
    "Summarise the document above in at most {words} words for someone who will have to answer questions about it without seeing it. "
    "Keep names, numbers, dates, codes and the order of events. Give the summary alone."
)
_KNOWN = 1024
WORDS_A_TOKEN = 0.7
"""Words that a summary is asked for, of each token of its budget: English prose has about 0.75, and a model that writes on is cut off."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What a request besides the item's own cost."""

    tokens_in: int
    tokens_out: int
    usd: float | None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """An item as one arm sends it."""

    request: Request
    context: str | None
    """The context as it is sent where all of it is text; None with images."""
    text_tokens: int
    """Of the whole context as text."""
    context_tokens: int
    """That stand for it in this request: text, images with the tags around them, pins."""
    pins: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """(index of a page, strings on it that go along as text)."""
    pages: PagesLike | None = None
    aside: Aside | None = None
    """A request that had to come before this one."""

    @property
    def compression(self) -> float | None:
        """Text tokens of the context a token that stands for it; None for an empty context."""
        return self.text_tokens / self.context_tokens if self.context_tokens and self.text_tokens else None


Ask: TypeAlias = Callable[[Request], Awaitable[tuple[Reply, float | None]]]
"""A request -> the reply and its dollars, where they are known."""


@dataclass(kw_only=True)
class Kit:
    """What arms are made with."""

    reader: Reader
    family: str
    styles: Mapping[str, Style]
    """By the name that arms give them; the first one sets the budget of the other arms."""
    seed: int = 0
    window: int | None = None
    """Tokens that the model takes; the context of a longer text prompt is cut in the middle."""
    temperature: float | None = None
    thinking_tokens: int = 0
    """Room for thoughts, besides what an answer may be long."""
    pdf_dpi: float = 96
    proofreader: Callable[[], PageReader] | None = None
    """Reads pages for the arm with pins."""
    ask: Ask | None = None
    """For the arm with a summary; None where the reader cannot write one."""
    reading: threading.Lock = field(default_factory=threading.Lock, init=False)
    """One item's pages are proofread at a time: a page takes every processor, and 200 MB."""
    _known: OrderedDict[tuple[str, str], int] = field(default_factory=OrderedDict[tuple[str, str], int])
    """Counts of the items at hand, which every arm asks for."""

    @property
    def tokenizer(self) -> str:
        from smallprint.tokens.families import family

        return family(self.family).tokenizer

    def count(self, text: str) -> int:
        from smallprint.tokens.text import count

        return count(text, self.tokenizer).tokens

    def budget(self, item: Item) -> int:
        """Tokens of the item's pages in the first style."""
        return self._once("budget", item, lambda: self.page_tokens(self.pages(item, next(iter(self.styles)))))

    def context_tokens(self, item: Item) -> int:
        """Tokens of the item's context as text."""
        return self._once("context", item, lambda: self.count(item.context))

    def _once(self, what: str, item: Item, count: Callable[[], int]) -> int:
        key = (what, item.id)
        if key not in self._known:
            self._known[key] = count()
            while len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return self._known[key]

    def pages(self, item: Item, style: str) -> PagesLike:
        from smallprint.render import render
        from smallprint.render.pdf import PdfPages

        return PdfPages(item.pdf, dpi=self.pdf_dpi) if item.pdf else render(item.context, self.styles[style])

    def page_tokens(self, pages: PagesLike) -> int:
        """Visual tokens of all pages, each an image, with the tags around them."""
        from smallprint.tokens.families import family
        from smallprint.tokens.vision import vision_tokens

        sizes = pages.sizes()
        return sum(vision_tokens(self.family, *size) for size in sizes) + len(sizes) * family(self.family).overhead

    def request(self, item: Item, **changes: object) -> Request:
        request = Request(
            question=item.question, verbatim=True, max_output_tokens=item.max_output_tokens, temperature=self.temperature, cache=False
        )  # fmt: skip
        return replace(request, **changes)  # pyright: ignore[reportArgumentType]


Arm: TypeAlias = Callable[["Item", Kit, str], Awaitable[Sent]]
"""(item, kit, name of a style) -> what is sent. Raises `TooLarge` where the provider does not take it."""


async def _text(item: Item, kit: Kit, _style: str) -> Sent:
    return await asyncio.to_thread(_as_text, item, kit, item.context)


async def _truncated(item: Item, kit: Kit, _style: str) -> Sent:
    def cut() -> Sent:
        return _as_text(item, kit, middle_truncated(item.context, kit.budget(item), kit.tokenizer))

    return await asyncio.to_thread(cut)


async def _deleted(item: Item, kit: Kit, _style: str) -> Sent:
    def cut() -> Sent:
        draw = random.Random(f"{kit.seed}/{item.id}")
        return _as_text(item, kit, fewer_lines(item.context, kit.budget(item), kit.tokenizer, draw))

    return await asyncio.to_thread(cut)


async def _bm25(item: Item, kit: Kit, _style: str) -> Sent:
    def cut() -> Sent:
        return _as_text(item, kit, best_passages(item.context, item.question, kit.budget(item), kit.tokenizer))

    return await asyncio.to_thread(cut)


async def _summary(item: Item, kit: Kit, _style: str) -> Sent:
    if kit.ask is None:
        raise DataError("summary: this reader cannot write one")
    budget = await asyncio.to_thread(kit.budget, item)
    reply, usd = await kit.ask(
        Request(
            question=SUMMARISE.format(words=int(budget * WORDS_A_TOKEN)), parts=(TextPart(text=item.context),), verbatim=True,
            max_output_tokens=budget + kit.thinking_tokens, temperature=kit.temperature, cache=False,
        )
    )  # fmt: skip
    aside = Aside(reply.tokens_in or 0, reply.tokens_out or 0, usd)
    summary = head(said(reply.text), budget, kit.tokenizer)
    return replace(await asyncio.to_thread(_as_text, item, kit, summary), aside=aside)


async def _pages(item: Item, kit: Kit, style: str) -> Sent:
    return await asyncio.to_thread(_as_pages, item, kit, style)


async def _pins(item: Item, kit: Kit, style: str) -> Sent:
    return await asyncio.to_thread(_with_pins, item, kit, style)


ARMS: Mapping[str, Arm] = {
    "text": _text, "pages": _pages, "pins": _pins, "truncated": _truncated, "deleted": _deleted, "bm25": _bm25, "summary": _summary,
}  # fmt: skip
OF_A_STYLE = ("pages", "pins")
"""Arms that there are once for each style."""


def _as_text(item: Item, kit: Kit, context: str) -> Sent:
    prompt = f"{item.before}{context}{item.question}"
    cut = False
    if kit.window is not None and kit.count(prompt) + item.max_output_tokens > kit.window:
        room = kit.window - item.max_output_tokens - kit.count(f"{item.before}{item.question}")
        context, cut = middle_truncated(context, max(0, room), kit.tokenizer), True
        prompt = f"{item.before}{context}{item.question}"
    n_text = kit.context_tokens(item)
    return Sent(
        request=kit.request(item, question=prompt),
        context=context,
        text_tokens=n_text,
        context_tokens=n_text if context == item.context and not cut else kit.count(context),
    )


def _as_pages(item: Item, kit: Kit, style: str) -> Sent:
    from smallprint.readers.planner import check_bytes, images_of, text_bytes
    from smallprint.tokens.plan import make_plan

    if not item.context and item.pdf is None:
        raise DataError(f"{item.id}: no context that pages could be drawn from")
    pages = kit.pages(item, style)
    of = None if item.pdf else kit.styles[style]
    request = kit.request(
        item,
        question=f"{item.before}{ON_PAGES}{item.question}" if item.before.strip() else item.question,
        newline_mark=of.shown_newline if of else "",
        indent_mark=of.indent_mark if of else "",
        notes=mark_note(of),
    )
    plan = make_plan(
        pages, item.context or None, kit.family, send="pages", price_of=None, as_files=not kit.reader.takes_pixels,
        text_bytes=text_bytes(request),
    )  # fmt: skip
    assert plan.grouping is not None
    images: list[ImagePart] = images_of(pages, plan.grouping, as_pixels=kit.reader.takes_pixels)[0]
    request = replace(request, parts=tuple(images))
    if not kit.reader.takes_pixels:
        check_bytes(request, kit.family)
    return Sent(
        request=request, context=None, text_tokens=kit.context_tokens(item), context_tokens=plan.tokens, pages=pages
    )


def _with_pins(item: Item, kit: Kit, style: str) -> Sent:
    """Strings that our own reader misreads or doubts go along as text, by page."""
    from smallprint.context.proofread import proofread
    from smallprint.render import Pages

    sent = _as_pages(item, kit, style)
    if kit.proofreader is None or not isinstance(sent.pages, Pages):
        raise DataError(f"{item.id}: only pages drawn from text can be proofread")
    with kit.reading:
        pins = [
            (proved.page.index, tuple(dict.fromkeys(pin.text for pin in proved.pins)))
            for proved in proofread(sent.pages, kit.proofreader(), item.context)
            if proved.pins
        ]
    if not pins:
        return sent
    lines = [f"page {page + 1}: {', '.join(strings)}" for page, strings in pins]
    note = TextPart(text="\n".join(["Strings on the pages, letter by letter:", *lines]))
    parts = (*sent.request.parts, note)
    return replace(
        sent,
        request=replace(sent.request, parts=parts),
        context_tokens=sent.context_tokens + kit.count(note.text),
        pins=tuple(pins),
    )
