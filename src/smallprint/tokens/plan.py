"""A document as parts, text or pages, with what each costs and why.

In: laid-out pages and their text, a family, a price. Out: a `Plan`. Knows families and prices through their tables; draws nothing but the
sample of pages that tells how large a request would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from smallprint.errors import ReaderError, TokenError, TooLarge
from smallprint.tokens.encoded import Paged, PngBytes
from smallprint.tokens.families import Family, family
from smallprint.tokens.gate import SHORT_TOKENS, Decision, Verdict, decide
from smallprint.tokens.limits import Grouping, fit_images
from smallprint.tokens.prices import Price, price
from smallprint.tokens.text import TextTokens, count
from smallprint.tokens.vision import shrink, vision_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

SHRINK_WARNING = 0.95
"""Below this linear scale the reason warns: every provider rounds sides a little, which reads the same."""

Send = Literal["auto", "pages", "text"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is sent as text, or as one page."""

    kind: Literal["text", "page"]
    page: int | None
    """The page's index; None for text."""
    span: tuple[int, int]
    """The part's place in the source, half-open, in code points."""
    tokens: int
    """With the tags around an image."""
    usd: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Against sending everything as text; negative where more is paid."""

    tokens: int
    fraction: float
    usd: float | None


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """One family's numbers for a document."""

    family: Family
    text: TextTokens
    price: Price | None
    page_tokens: int | None
    """Visual tokens as they would be sent, without tags; None where the family does not take the pages."""
    overhead_tokens: int
    grouping: Grouping | None
    """How the pages go into images; None where they cannot be sent."""
    obstacle: str
    """Why they cannot be sent."""
    shrink: float | None
    """The linear scale that the provider applies to the pages; None where it is not known."""
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The parts of a document in its order."""

    weighing: Weighing
    decision: Decision
    reason: str
    parts: tuple[Part, ...]

    @property
    def grouping(self) -> Grouping | None:
        """How the pages go into images; None where text is sent."""
        return self.weighing.grouping if self.decision == "pages" else None

    @property
    def text_tokens(self) -> int:
        """Tokens of the whole as text."""
        return self.weighing.text.tokens

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)

    @property
    def usd(self) -> float | None:
        """Dollars of input for all questions."""
        verdict = self.weighing.verdict
        return verdict.usd_pages if self.decision == "pages" else verdict.usd_text

    @property
    def saving(self) -> Saving:
        tokens, usd, usd_text = self.text_tokens - self.tokens, self.usd, self.weighing.verdict.usd_text
        return Saving(
            tokens=tokens,
            fraction=tokens / self.text_tokens if self.text_tokens else 0.0,
            usd=None if usd_text is None or usd is None else usd_text - usd,
        )


def weigh(
    family_name: str,
    text: TextTokens | None,
    sizes: Sequence[tuple[int, int]],
    *,
    price: Price | None = None,
    asks: int = 1,
    files: PngBytes | None = None,
    text_bytes: int = 0,
) -> Weighing:
    """Text against pages for one family; `text` is None for pages that came without.

    ``files`` tells how large the pages are as PNG files; without it, as for a model in this process, the limits in bytes do not count.
    ``text_bytes`` is what a request holds besides the pages. Raises `TokenError` for an unknown family; pages that it does not take are a
    reason, not an error.
    """
    row = family(family_name)
    has_text, text = text is not None, text or count("", row.tokenizer)
    grouping, visual, overhead, scale, obstacle = None, None, 0, None, ""
    remarks: list[str] = []
    try:
        visual = sum(vision_tokens(family_name, *size) for size in sizes)
        scales = [shrink(family_name, *size) for size in sizes]
        scale = None if None in scales else min((each for each in scales if each is not None), default=1.0)
        overhead = row.overhead * len(sizes)
        grouping = fit_images(sizes, family_name, files=files, text_bytes=text_bytes)
    except (TokenError, TooLarge) as error:
        obstacle = str(error)
    else:
        visual, overhead = grouping.tokens, row.overhead * grouping.n_images
        if grouping.is_regrouped:
            remarks.append(
                f"{len(sizes):,} pages set together on {grouping.n_images:,} images, since a request takes no more"
            )
        if scale is None:
            remarks.append("at which size the model sees the pages is not known")
    if scale is not None and scale < SHRINK_WARNING:
        remarks.append(f"the provider shrinks the pages to {scale:.2f}x, so the letters get smaller")
    verdict = decide(
        text_tokens=text.tokens,
        page_tokens=None if visual is None else visual + overhead,
        n_pages=len(sizes),
        price=price,
        asks=asks,
        text_error=text.error_p95,
        obstacle=obstacle,
        remarks=tuple(remarks),
        has_text=has_text,
    )
    return Weighing(
        family=row,
        text=text,
        price=price,
        page_tokens=visual,
        overhead_tokens=overhead,
        grouping=grouping,
        obstacle=obstacle,
        shrink=scale,
        verdict=verdict,
    )


def make_plan(
    pages: Paged,
    text: str | None,
    family_name: str,
    *,
    send: Send = "auto",
    price_of: Price | Literal["table"] | None = "table",
    asks: int = 1,
    as_files: bool = True,
    text_bytes: int = 0,
    prefer_pages: bool = False,
) -> Plan:
    """The plan for a whole document: all of it as text, or all of it as pages.

    ``text`` is the pages' source; None where they came without it, and then pages are sent. ``send`` is `auto` (whichever costs less for
    this family), `pages` or `text`. ``price_of`` is a price, None for tokens only, or the tables' own. ``as_files`` is False where a model
    in this process takes the pixels. ``text_bytes`` is what a request holds besides the document. ``prefer_pages`` is for a reader that
    takes no money for tokens and is there to read pages: `auto` is then pages, for all texts but short ones.

    Raises `TokenError` for an unknown family, `ReaderError` for a `send` that cannot be, `TooLarge`, with the numbers, for pages that must
    be sent and cannot, `DataError` for a bad price table.
    """
    if send not in ("auto", "pages", "text"):
        raise ReaderError(f"send: {send!r} is not known; allowed: auto, pages, text")
    if text is None and send == "text":
        raise ReaderError("send: the pages came without their text; allowed: auto, pages")
    weighed = weigh(
        family_name,
        None if text is None else count(text, family(family_name).tokenizer),
        pages.sizes(),
        price=price(family_name) if price_of == "table" else price_of,
        asks=asks,
        files=PngBytes(pages) if as_files and send != "text" else None,
        text_bytes=text_bytes,
    )
    verdict = weighed.verdict
    decision, reason = verdict.decision, verdict.reason
    if send not in ("auto", decision):
        decision, reason = ("pages" if send == "pages" else "text"), f"asked for; by itself: {decision} ({reason})"
    elif prefer_pages and send == "auto" and weighed.grouping is not None and weighed.text.tokens >= SHORT_TOKENS:
        decision, reason = "pages", "this reader reads pages, at no cost"
    if weighed.grouping is None and (decision == "pages" or text is None):
        raise TooLarge(weighed.obstacle)
    if weighed.grouping is None or decision == "text":
        span = (0, len(text or ""))
        parts = (
            Part(kind="text", page=None, span=span, tokens=weighed.text.tokens, usd=verdict.usd_text, reason=reason),
        )
    else:
        parts = _page_parts(weighed, weighed.grouping, pages.spans(), reason)
    return Plan(weighing=weighed, decision=decision, reason=reason, parts=parts)


def _page_parts(
    weighed: Weighing, grouping: Grouping, spans: Sequence[tuple[int, int]], reason: str
) -> tuple[Part, ...]:
    """One part a page; where pages share an image, its tokens are shared out, the remainder to the first."""
    total, usd = (weighed.page_tokens or 0) + weighed.overhead_tokens, weighed.verdict.usd_pages
    parts: list[Part] = []
    for group in grouping.groups:
        tokens = vision_tokens(weighed.family.name, group.width_px, group.height_px) + weighed.family.overhead
        share, rest = divmod(tokens, group.n_pages)
        for n in range(group.n_pages):
            own = share + rest * (n == 0)
            part_usd = None if usd is None or not total else usd * own / total
            page = group.first + n
            parts.append(Part(kind="page", page=page, span=spans[page], tokens=own, usd=part_usd, reason=reason))
    return tuple(parts)
