"""What a document would cost, as text and as pages, for every family.

In: a text or a source, and a style. Out: an `Estimate`, which prints itself as the JSON of the command line. Lays the pages out and draws
but a sample of them, where a provider limits the bytes of a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smallprint.errors import TokenError
from smallprint.tokens.encoded import PngBytes
from smallprint.tokens.families import families as all_families
from smallprint.tokens.families import family
from smallprint.tokens.plan import Weighing, weigh
from smallprint.tokens.prices import price as price_of
from smallprint.tokens.text import TextTokens, count_all

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from smallprint.render import Pages, Source, Style
    from smallprint.render.pdf import PdfPages

SCHEMA = "smallprint.estimate/1"


@dataclass(frozen=True, kw_only=True)
class FamilyEstimate:
    """One row of the table. Tokens are counts, dollars are for all `asks`; None where it is not known."""

    family: str
    tokenizer: str
    text_tokens: int
    text_error: float | None
    text_error_p95: float | None
    """What the decision reckons with."""
    n_pages: int
    n_images: int | None
    page_tokens: int | None
    """Visual tokens, without the tags around each image."""
    overhead_tokens: int
    ratio: float | None
    """Text tokens by this family's tokenizer over visual tokens."""
    ratio_qwen: float | None
    """The same with Qwen's tokens, which are exact: comparable over families."""
    shrink: float | None
    """The linear scale that the provider applies to the pages, at most 1; None where nobody says."""
    usd_text: float | None
    usd_pages: float | None
    price_model: str | None
    price_date: str | None
    price_source: str | None
    decision: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A document's costs."""

    sha256: str
    """Over the source's UTF-8 bytes; a lone surrogate counts as its three-byte form."""
    n_chars: int
    n_bytes: int
    style_name: str
    style_digest: str
    asks: int
    text_tokens: dict[str, TextTokens]
    families: tuple[FamilyEstimate, ...]

    def to_json(self) -> dict[str, Any]:
        """A plain dict, ready for `json.dumps`."""
        from dataclasses import asdict

        return {
            "schema": SCHEMA,
            "source": {"sha256": self.sha256, "n_chars": self.n_chars, "n_bytes": self.n_bytes},
            "style": {"name": self.style_name, "digest": self.style_digest},
            "asks": self.asks,
            "text_tokens": {
                name: {"tokens": t.tokens, "method": t.method, "error": t.error, "source": t.source}
                for name, t in self.text_tokens.items()
            },
            "families": [asdict(row) for row in self.families],
        }


def estimate(
    text: str | Path | Source,
    style: Style,
    *,
    families: Sequence[str] | None = None,
    asks: int = 1,
    prices: str | os.PathLike[str] | None = None,
) -> Estimate:
    """Text against pages for each of `families` (all of the table by default).

    ``asks`` is the number of questions expected over the document; ``prices`` the path of the user's own price table.

    Raises `TokenError` for an unknown family or fewer than one question, `DataError` for a bad price table, and what `render` raises.
    """
    from smallprint.render import render

    return estimate_pages(render(text, style), families=families, asks=asks, prices=prices)


def estimate_pages(
    pages: Pages | PdfPages,
    *,
    families: Sequence[str] | None = None,
    asks: int = 1,
    prices: str | os.PathLike[str] | None = None,
) -> Estimate:
    """`estimate` for pages that are there already, such as those of a PDF, which count against the PDF's text layer."""
    if type(asks) is not int or asks < 1:
        raise TokenError(f"asks: {asks!r} is not a number of questions; a whole number from 1 is needed")
    rows = [family(name) for name in (all_families() if families is None else families)]
    sizes = pages.sizes()
    # A scanned PDF has no text layer.
    has_text = pages.style is not None or bool(pages.text.strip())
    counts = count_all(pages.text, tuple(dict.fromkeys(["qwen", *(row.tokenizer for row in rows)])))
    files = PngBytes(pages)
    weighed = [
        weigh(
            row.name,
            counts[row.tokenizer] if has_text else None,
            sizes,
            price=price_of(row.name, table=prices),
            asks=asks,
            files=files,
        )
        for row in rows
    ]
    digest, style = pages.source.digest, pages.style
    return Estimate(
        sha256=digest.sha256,
        n_chars=digest.n_chars,
        n_bytes=digest.n_bytes,
        style_name=style.name if style else "as in the PDF",
        style_digest=style.digest if style else "",
        asks=asks,
        text_tokens=counts,
        families=tuple(_row(each, counts["qwen"].tokens, len(sizes)) for each in weighed),
    )


def _row(weighed: Weighing, qwen_tokens: int, n_pages: int) -> FamilyEstimate:
    visual, found = weighed.page_tokens, weighed.price
    return FamilyEstimate(
        family=weighed.family.name,
        tokenizer=weighed.family.tokenizer,
        text_tokens=weighed.text.tokens,
        text_error=weighed.text.error,
        text_error_p95=weighed.text.error_p95,
        n_pages=n_pages,
        n_images=weighed.grouping.n_images if weighed.grouping else None,
        page_tokens=visual,
        overhead_tokens=weighed.overhead_tokens,
        ratio=weighed.text.tokens / visual if visual else None,
        ratio_qwen=qwen_tokens / visual if visual else None,
        shrink=weighed.shrink,
        usd_text=weighed.verdict.usd_text,
        usd_pages=weighed.verdict.usd_pages,
        price_model=found.model if found else None,
        price_date=found.date if found else None,
        price_source=f"{found.source}, {found.provider or 'any provider'}" if found else None,
        decision=weighed.verdict.decision,
        reason=weighed.verdict.reason,
    )
