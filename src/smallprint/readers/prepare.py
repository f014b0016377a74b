"""Everything about a question that does not need the model: what is sent, why, and what an answer then means.

In: a source, a question, a `Reader`. Out: `Prepared`, and from a `Reply` the `Answer`. The order: pages are laid out, a `Plan` says what is
sent (never worse, within the provider's limits), and that is drawn. Knows no API and waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from smallprint.errors import ReaderError, TextError, TooLarge
from smallprint.readers.base import Answer, Quote, Reader, Reply, Request, Span, TextPart
from smallprint.readers.canary import outcome, with_canary
from smallprint.readers.marks import mark_note
from smallprint.readers.planner import PagesLike, check_bytes, images_of, outlines_of, text_bytes
from smallprint.readers.prompt import text_of
from smallprint.readers.quotes import find_quotes
from smallprint.readers.registry import PROVIDERS, family_for
from smallprint.readers.thinking import spoken
from smallprint.tokens.families import family as family_row
from smallprint.tokens.limits import over_images
from smallprint.tokens.prices import FREE, Price, cost, own_price, price

if TYPE_CHECKING:
    from smallprint.render import Source, Style
    from smallprint.tokens.plan import Send


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """All that is known before the model is asked."""

    reader: Reader
    request: Request
    outline: Answer
    """The answer's figures, without the answer."""
    source: str
    spans: tuple[Span, ...]
    price: Price | None
    newline_mark: str
    indent_mark: str


def prepare(
    reader: Reader,
    source: str | Path | Source | PagesLike,
    question: str,
    *,
    style: str | Style = "flow",
    family: str | None = None,
    send: Send = "auto",
    asks: int = 1,
    prices: str | PathLike[str] | None = None,
    max_output_tokens: int = 4096,
    temperature: float | None = None,
    canary: bool = False,
    on_image: Callable[[int, int], object] | None = None,
    dry_run: bool = False,
) -> Prepared:
    """The request, and all figures that are known before it is sent. Raises as `ask` does."""
    from smallprint.tokens.plan import make_plan
    from smallprint.tokens.text import count
    from smallprint.tokens.vision import vision_tokens

    for name, value in (("asks", asks), ("max_output_tokens", max_output_tokens)):
        if value < 1:
            raise ReaderError(f"{name}: {value} is not a number from 1")
    if not question.strip():
        raise ReaderError("question: it is empty")
    family = reader.family if family is None else family_for(reader.model, family)
    if family is None:
        raise ReaderError(
            f"family: the name {reader.model!r} does not tell how the model counts images; "
            f"give it with family= or --family: {_families()}"
        )
    pages, text, of = _pages(source, style)
    found = price_for(reader, family, prices)
    words = Request(
        question=question,
        max_output_tokens=max_output_tokens,
        temperature=temperature,
        cache=asks > 1,
        newline_mark=of.shown_newline if of else "",
        indent_mark=of.indent_mark if of else "",
        on_image=on_image,
        notes=mark_note(of),
    )
    plan = make_plan(
        pages, text, family, send=send, price_of=found, asks=asks, as_files=not reader.takes_pixels,
        text_bytes=text_bytes(words), prefer_pages=reader.prefers_pages,
    )  # fmt: skip
    spans: list[Span] = []
    if plan.grouping is None:
        request = replace(words, parts=(TextPart(text=text or "", span=(0, len(text or ""))),), notes="")
    elif dry_run:
        request = replace(words, parts=tuple(outlines_of(plan.grouping)))
    else:
        images, spans = images_of(pages, plan.grouping, as_pixels=reader.takes_pixels)
        request = replace(words, parts=tuple(images))
    n_canary = 0
    if canary and plan.grouping is not None:
        if not reader.takes_prompt:
            raise ReaderError(
                "canary: this reader is asked nothing but the question; `smallprint proofread` says what it misreads"
            )
        request = with_canary(request, pages, text or "", as_pixels=reader.takes_pixels)
        n_canary = vision_tokens(family, request.images[-1].width_px, request.images[-1].height_px)
        side_px = max(max(image.width_px, image.height_px) for image in request.images)
        if why := over_images(len(request.images), side_px, family_row(family).limits):
            raise TooLarge(f"canary: with its page, {why}; ask without it")
    if not reader.takes_pixels and not (dry_run and request.images):
        _check(request, family, has_text=text is not None)

    weighed = plan.weighing
    around = text_of(replace(request, parts=request.images)) if reader.takes_prompt else question
    n_in = plan.tokens + n_canary + count(around, weighed.family.tokenizer).tokens
    if not reader.takes_prompt:
        # Nor are there tags around its images.
        n_in -= sum(weighed.family.overhead for _ in request.images)
    outline = Answer(
        text="",
        model=reader.model,
        family=family,
        tokens_in=n_in,
        usd=None if found is None else cost(found, n_in, written_in=plan.tokens + n_canary if asks > 1 else 0),
        finish="dry-run",
        pages_sent=sum(len(part.pages) for part in request.images),
        images_sent=len(request.images) - bool(request.canary),
        text_tokens=None if text is None else plan.text_tokens,
        page_tokens=weighed.page_tokens,
        ratio=plan.text_tokens / weighed.page_tokens if text is not None and weighed.page_tokens else None,
        decision=plan.decision,
        reason=plan.reason,
    )
    return Prepared(
        reader=reader, request=request, outline=outline, source=text or "", spans=tuple(spans), price=found,
        newline_mark=words.newline_mark, indent_mark=words.indent_mark,
    )  # fmt: skip


def finish(prepared: Prepared, reply: Reply, *, seconds: float) -> Answer:
    """The answer of a reply: what was said, its quotations in the source, its dollars by the counts that the provider reported."""
    text, canary = spoken(reply.text), None
    if prepared.request.canary:
        text, canary = outcome(text, prepared.request.canary)
    usd = None
    if prepared.price is not None and reply.tokens_in is not None:
        usd = cost(
            prepared.price,
            reply.tokens_in,
            reply.tokens_out or 0,
            cached_in=reply.cached_in,
            written_in=reply.written_in,
        )
    return replace(
        prepared.outline, text=text, usd=usd, seconds=seconds, model=reply.model, finish=reply.finish,
        tokens_in=reply.tokens_in, tokens_out=reply.tokens_out, cached_in=reply.cached_in, raw=reply.raw,
        quotes=_quotes(prepared, reply, text), canary=canary,
    )  # fmt: skip


def _quotes(prepared: Prepared, reply: Reply, text: str) -> tuple[Quote, ...]:
    """What the reader took from the document itself is looked for where it says; what a model quotes, everywhere and word for word."""
    marks = {"newline_mark": prepared.newline_mark, "indent_mark": prepared.indent_mark}
    if reply.evidence is None:
        return find_quotes(text, prepared.source, prepared.spans, **marks)
    from smallprint.readers.evidence import quote_of

    return tuple(quote_of(each, prepared.source, prepared.spans, **marks) for each in reply.evidence)


def _pages(source: str | Path | Source | PagesLike, style: str | Style) -> tuple[PagesLike, str | None, Style | None]:
    """Pages, their text (None for pages without a source), and their style, where they have one."""
    from smallprint.render import Pages, Style, render

    if hasattr(source, "sizes"):
        pages = cast("PagesLike", source)
    else:
        pages = render(cast("str | Path | Source", source), Style.load(style) if isinstance(style, str) else style)
    text: str | None = getattr(pages, "text", None)
    if not text or not text.strip():
        if isinstance(pages, Pages):
            raise TextError(f"{pages.source.name}: it is empty: there is nothing to ask about")
        # A scanned PDF has pages and an empty text layer.
        text = None
    return pages, text, getattr(pages, "style", None)


def price_for(reader: Reader, family: str, table: str | PathLike[str] | None) -> Price | None:
    """The user's own price for the model or its family, on any server; the published one on the provider's own servers alone; nothing
    for a model of ours, on this machine."""
    row = PROVIDERS.get(reader.provider)
    if row and row.is_free:
        return FREE
    provider = row.price_provider if row and reader.base_url is None else None
    own = own_price(reader.model, family, provider=provider, table=table)
    return own or (price(reader.model, provider, table=table) if provider else None)


def _check(request: Request, family: str, *, has_text: bool) -> None:
    """Nothing dearer is sent in place of what does not fit: that is for the caller to say."""
    try:
        check_bytes(request, family)
    except TooLarge as error:
        way_out = "; they were reckoned to fit: send the text instead with send='text' (--send text)"
        raise TooLarge(f"{error}{way_out if request.images and has_text else ''}") from None


def _families() -> str:
    from smallprint.tokens.families import families

    return ", ".join(families())
