"""Everything about a question that does not need the model: what is sent, why, and what an answer then means.

In: a source, a question, a `Reader`. Out: `Prepared`, and from a `Reply` the `Answer`. The order: pages are laid out, weighed against the
text for the model's family (never worse), fitted to the provider's limits and drawn. Knows no API and waits for nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from smallprint.errors import ReaderError, TextError, TooLarge
from smallprint.readers.base import Answer, Part, Reader, Reply, Request, Span, TextPart
from smallprint.readers.planner import PagesLike, images_of, outlines_of
from smallprint.readers.prompt import text_of
from smallprint.readers.quotes import find_quotes
from smallprint.readers.registry import family_for
from smallprint.readers.thinking import spoken

if TYPE_CHECKING:
    from smallprint.render import Source, Style
    from smallprint.tokens.limits import Grouping
    from smallprint.tokens.plan import Weighing
    from smallprint.tokens.prices import Price

Send: TypeAlias = Literal["auto", "pages", "text"]

PRICE_PROVIDER = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}
"""Whose price list holds for a provider's own servers; other servers' prices are not guessed."""


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


def prepare(
    reader: Reader,
    source: str | Path | Source | PagesLike,
    question: str,
    *,
    style: str | Style = "flow",
    family: str | None = None,
    send: Send = "auto",
    asks: int = 1,
    max_output_tokens: int = 4096,
    temperature: float | None = None,
    dry_run: bool = False,
) -> Prepared:
    """The request, and all figures that are known before it is sent. Raises as `ask` does."""
    from smallprint.tokens.plan import weigh
    from smallprint.tokens.prices import cost, price
    from smallprint.tokens.text import count

    if send not in ("auto", "pages", "text"):
        raise ReaderError(f"send: {send!r} is not known; allowed: auto, pages, text")
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
    pages, text, mark = _pages(source, style)
    sizes = pages.sizes()
    tokenizer = _tokenizer(family)
    hosted = getattr(reader, "base_url", None) is None
    found = (
        price(reader.model, PRICE_PROVIDER[reader.provider]) if hosted and reader.provider in PRICE_PROVIDER else None
    )
    weighed = weigh(family, count(text or "", tokenizer), sizes, price=found, asks=asks)
    decision, reason = _decide(send, weighed, has_text=text is not None)

    parts: list[Part] = []
    spans: list[Span] = []
    if decision == "pages":
        grouping = _grouping(weighed, sizes)
        try:
            if dry_run:
                parts += outlines_of(grouping)
            else:
                images, spans = images_of(pages, grouping, as_pixels=reader.takes_pixels)
                parts += images
        except TooLarge as error:
            if send != "auto" or text is None:
                raise
            decision, reason = "text", f"pages cannot be sent: {error}"
    if decision == "text":
        parts += [TextPart(text=text or "", span=(0, len(text or "")))]
    request = Request(
        question=question,
        parts=tuple(parts),
        max_output_tokens=max_output_tokens,
        temperature=temperature,
        cache=asks > 1,
        notes=f"The mark {mark} stands for a line break." if mark and decision == "pages" else "",
    )

    words = dataclasses.replace(request, parts=request.images)
    n_document = weighed.text.tokens if decision == "text" else (weighed.page_tokens or 0) + weighed.overhead_tokens
    n_in = n_document + count(text_of(words), tokenizer).tokens
    outline = Answer(
        text="",
        model=reader.model,
        family=family,
        tokens_in=n_in,
        usd=None if found is None else cost(found, n_in),
        finish="dry-run",
        pages_sent=sum(len(part.pages) for part in request.images),
        images_sent=len(request.images),
        text_tokens=None if text is None else weighed.text.tokens,
        page_tokens=weighed.page_tokens,
        ratio=weighed.text.tokens / weighed.page_tokens if text is not None and weighed.page_tokens else None,
        decision=decision,
        reason=reason,
    )
    return Prepared(
        reader=reader, request=request, outline=outline, source=text or "", spans=tuple(spans), price=found,
        newline_mark=mark,
    )  # fmt: skip


def finish(prepared: Prepared, reply: Reply, *, seconds: float) -> Answer:
    """The answer of a reply: what was said, its quotations in the source, its dollars by the counts that the provider reported."""
    from smallprint.tokens.prices import cost

    text = spoken(reply.text)
    usd = None
    if prepared.price is not None and reply.tokens_in is not None:
        usd = cost(
            prepared.price,
            reply.tokens_in,
            reply.tokens_out or 0,
            cached_in=reply.cached_in,
            written_in=reply.written_in,
        )
    return dataclasses.replace(
        prepared.outline, text=text, usd=usd, seconds=seconds, model=reply.model, finish=reply.finish,
        tokens_in=reply.tokens_in, tokens_out=reply.tokens_out, cached_in=reply.cached_in, raw=reply.raw,
        quotes=find_quotes(text, prepared.source, prepared.spans, newline_mark=prepared.newline_mark),
    )  # fmt: skip


def _pages(source: str | Path | Source | PagesLike, style: str | Style) -> tuple[PagesLike, str | None, str]:
    """Pages, their text (None for pages without a source), and the mark that they show for a line break."""
    from smallprint.render import Style, render

    if hasattr(source, "sizes"):
        pages = cast("PagesLike", source)
        # A scanned PDF has pages and an empty text layer.
        text: str | None = getattr(pages, "text", None) or None
    else:
        rendered = render(cast("str | Path | Source", source), Style.load(style) if isinstance(style, str) else style)
        pages, text = rendered, rendered.text
        if not text.strip():
            raise TextError(f"{rendered.source.name}: it is empty: there is nothing to ask about")
    of: Any = getattr(pages, "style", None)
    mark = of.newline_mark.strip() if of is not None and of.newline == "mark" else ""
    return pages, text, mark


def _decide(send: Send, weighed: Weighing, *, has_text: bool) -> tuple[str, str]:
    verdict = weighed.verdict
    if not has_text:
        if send == "text":
            raise ReaderError("send: the pages came without their text; allowed: auto, pages")
        return "pages", "the pages came without their text"
    if send == "auto":
        return verdict.decision, verdict.reason
    return (
        send,
        f"asked for; by itself: {verdict.decision} ({verdict.reason})" if verdict.decision != send else verdict.reason,
    )


def _grouping(weighed: Weighing, sizes: Sequence[tuple[int, int]]) -> Grouping:
    """The grouping; where there is none, the error that says why, with the numbers."""
    if weighed.grouping is not None:
        return weighed.grouping
    from smallprint.tokens.limits import fit_images

    return fit_images(sizes, weighed.family.name)


def _tokenizer(family: str) -> str:
    from smallprint.tokens.families import family as row_of

    return row_of(family).tokenizer


def _families() -> str:
    from smallprint.tokens.families import families

    return ", ".join(families())
