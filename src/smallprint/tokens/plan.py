"""A document as parts, text or pages, with what each costs and why.

In: laid-out pages (or a text), a family, a price. Out: a `Plan`. Knows families and prices through their tables; draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from smallprint.errors import TokenError, TooLarge
from smallprint.tokens.families import Family, family
from smallprint.tokens.gate import Decision, Verdict, decide
from smallprint.tokens.limits import Grouping, fit_images
from smallprint.tokens.prices import Price, cost_of_asking, price
from smallprint.tokens.text import TextTokens, count
from smallprint.tokens.vision import shrink, vision_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHRINK_WARNING = 0.95
"""Below this linear scale the reason warns: every provider rounds sides a little, which reads the same."""


class Spanned(Protocol):
    @property
    def span(self) -> tuple[int, int]: ...


class LaidOut(Protocol):
    """What a plan needs of `smallprint.render.Pages`."""

    @property
    def text(self) -> str: ...
    def sizes(self) -> list[tuple[int, int]]: ...
    def __iter__(self) -> Iterator[Spanned]: ...


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of the source, sent as text or as one page."""

    kind: Literal["text", "page"]
    span: tuple[int, int]
    """Half-open, in code points."""
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
class Plan:
    """The parts of a document in its order."""

    family: str
    parts: tuple[Part, ...]
    text_tokens: int
    """Tokens of the whole as text."""
    usd_text: float | None
    decision: Decision
    reason: str
    grouping: Grouping | None = field(default=None, repr=False)
    """How the pages go into images; None where text is sent."""

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)

    @property
    def usd(self) -> float | None:
        known = [part.usd for part in self.parts if part.usd is not None]
        return sum(known) if len(known) == len(self.parts) else None

    @property
    def saving(self) -> Saving:
        tokens, usd = self.text_tokens - self.tokens, self.usd
        return Saving(
            tokens=tokens,
            fraction=tokens / self.text_tokens if self.text_tokens else 0.0,
            usd=None if self.usd_text is None or usd is None else self.usd_text - usd,
        )


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
    shrink: float | None
    verdict: Verdict


def weigh(
    family_name: str,
    text: TextTokens,
    sizes: Sequence[tuple[int, int]],
    *,
    price: Price | None = None,
    asks: int = 1,
    image_bytes: Sequence[int] | None = None,
) -> Weighing:
    """Text against pages for one family. Raises `TokenError` for an unknown family; pages it does not take are a reason, not an error."""
    row = family(family_name)
    grouping, visual, overhead, scale, obstacle = None, None, 0, None, ""
    remarks: list[str] = []
    try:
        visual = sum(vision_tokens(family_name, *size) for size in sizes)
        scale = min((shrink(family_name, *size) for size in sizes), default=1.0)
        overhead = row.overhead * len(sizes)
        grouping = fit_images(sizes, family_name, image_bytes=image_bytes)
    except (TokenError, TooLarge) as error:
        obstacle = str(error)
    else:
        visual, overhead = grouping.tokens, row.overhead * grouping.n_images
        if grouping.is_regrouped:
            remarks.append(
                f"{len(sizes):,} pages set together on {grouping.n_images:,} images, since a request takes no more"
            )
    if scale is not None and scale < SHRINK_WARNING:
        remarks.append(f"the provider shrinks the pages to {scale:.2f}x, so the letters get smaller")
    verdict = decide(
        text_tokens=text.tokens,
        page_tokens=None if visual is None else visual + overhead,
        n_pages=len(sizes),
        price=price,
        asks=asks,
        text_error=text.error,
        obstacle=obstacle,
        remarks=tuple(remarks),
    )
    return Weighing(
        family=row,
        text=text,
        price=price,
        page_tokens=visual,
        overhead_tokens=overhead,
        grouping=grouping,
        shrink=scale,
        verdict=verdict,
    )


def make_plan(
    pages: LaidOut,
    family_name: str,
    *,
    spans: Iterable[tuple[int, int]] | None = None,
    price_of: Price | Literal["table"] | None = "table",
    asks: int = 1,
    image_bytes: Sequence[int] | None = None,
) -> Plan:
    """The plan for a whole document: all of it as text, or all of it as pages, whichever costs less for this family.

    ``spans`` are the pages' spans in the source; without them they are read off the pages, which lays them out once more. ``price_of`` is a
    price, None for tokens only, or the tables' own.

    Raises `TokenError` for an unknown family, `DataError` for a bad price table.
    """
    found = price(family_name) if price_of == "table" else price_of
    whole = pages.text
    weighed = weigh(
        family_name,
        count(whole, family(family_name).tokenizer),
        pages.sizes(),
        price=found,
        asks=asks,
        image_bytes=image_bytes,
    )
    verdict = weighed.verdict
    if verdict.decision == "text":
        parts = (
            Part(
                kind="text",
                span=(0, len(whole)),
                tokens=weighed.text.tokens,
                usd=verdict.usd_text,
                reason=verdict.reason,
            ),
        )
    else:
        parts = _page_parts(pages, weighed, spans, asks)
    return Plan(
        family=family_name,
        parts=parts,
        text_tokens=weighed.text.tokens,
        usd_text=verdict.usd_text,
        decision=verdict.decision,
        reason=verdict.reason,
        grouping=weighed.grouping if verdict.decision == "pages" else None,
    )


def _page_parts(
    pages: LaidOut, weighed: Weighing, spans: Iterable[tuple[int, int]] | None, asks: int
) -> tuple[Part, ...]:
    """One part a page; where pages share an image, its tokens are shared out, the remainder to the first."""
    assert weighed.grouping is not None
    listed = [page.span for page in pages] if spans is None else list(spans)
    total = (weighed.page_tokens or 0) + weighed.overhead_tokens
    usd_a_token = None
    if weighed.price is not None and total:
        usd_a_token = cost_of_asking(weighed.price, total, asks) / total
    parts: list[Part] = []
    for group in weighed.grouping.groups:
        tokens = vision_tokens(weighed.family.name, group.width_px, group.height_px) + weighed.family.overhead
        share, rest = divmod(tokens, group.n_pages)
        for n in range(group.n_pages):
            own = share + rest * (n == 0)
            parts.append(
                Part(
                    kind="page",
                    span=listed[group.first + n],
                    tokens=own,
                    usd=None if usd_a_token is None else own * usd_a_token,
                    reason=weighed.verdict.reason,
                )
            )
    return tuple(parts)
