"""Text or pages: the cheaper one.

In: token counts and a price. Out: a `Verdict` with one plain sentence. Knows no text, no page and no family: only numbers. Never picks
pages that cost more than the text (dollars where the price is known, else tokens), not even where the text's count is estimated and too
high by its error; leaves a short text as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smallprint.tokens.prices import Price, cost_of_asking

SHORT_TOKENS = 1000
"""Texts under this stay text: there is nothing to gain, and exact reading to lose."""

UNMEASURED_ERROR = 0.10
"""Taken as the error of a count by another tokenizer, which nobody has measured: the largest 95th percentile in estimator.toml, where one
tokenizer's count is estimated from another's, is 8.2% (2026-11-20)."""

Decision = Literal["text", "pages"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    decision: Decision
    reason: str
    usd_text: float | None
    usd_pages: float | None


def decide(
    *,
    text_tokens: int,
    page_tokens: int | None,
    n_pages: int,
    price: Price | None = None,
    asks: int = 1,
    text_error: float | None = 0.0,
    obstacle: str = "",
    remarks: tuple[str, ...] = (),
    has_text: bool = True,
) -> Verdict:
    """What to send.

    ``page_tokens`` is what the pages add to a request, tags included; None with an ``obstacle`` that says why they cannot be sent at all.
    ``asks`` is how many questions are expected over the same document: with a prompt cache the first pays to write it and the rest read it.
    ``text_error`` is the relative error of `text_tokens` that 95 of 100 texts stay under (0: exact; None: not known, and `UNMEASURED_ERROR`
    is taken). ``remarks`` are added to the reason as they are. ``has_text`` is False for pages whose text is not known, such as a scan's:
    there is nothing else to send.
    """
    usd_text = None if price is None else cost_of_asking(price, text_tokens, asks)
    usd_pages = None if price is None or page_tokens is None else cost_of_asking(price, page_tokens, asks)
    if obstacle or page_tokens is None:
        return Verdict(
            decision="text", reason=f"pages cannot be sent: {obstacle}", usd_text=usd_text, usd_pages=usd_pages
        )
    if not has_text:
        reason = "; ".join(["the pages came without their text", *remarks])
        return Verdict(decision="pages", reason=reason, usd_text=None, usd_pages=usd_pages)
    if text_tokens < SHORT_TOKENS:
        reason = f"{text_tokens:,} tokens of text are under {SHORT_TOKENS:,}, and short texts stay text"
        return Verdict(decision="text", reason=reason, usd_text=usd_text, usd_pages=usd_pages)
    error = UNMEASURED_ERROR if text_error is None else text_error
    surely_text = int(text_tokens * (1 - error))
    if price is not None and usd_text is not None and usd_pages is not None:
        looks_cheaper = usd_pages < usd_text
        # A price may have tiers in which fewer tokens cost more.
        cheaper = usd_pages < min(usd_text, cost_of_asking(price, surely_text, asks))
        as_pages = f"{_usd(usd_pages)} for {_pages(n_pages)} ({page_tokens:,} tokens)"
        numbers = f"{as_pages} against {_usd(usd_text)} as text ({text_tokens:,} tokens)"
    else:
        looks_cheaper = page_tokens < text_tokens
        cheaper = page_tokens < min(text_tokens, surely_text)
        numbers = f"{page_tokens:,} tokens for {_pages(n_pages)} against {text_tokens:,} as text, price unknown"
    if asks > 1:
        numbers += f", for {asks} questions"
    notes = [*remarks]
    if looks_cheaper and not cheaper:
        notes.append(f"the text's count may be {error:.1%} too high, and pages would cost more then")
    elif text_error is None:
        notes.append("the text is counted with another tokenizer, so its count may be off")
    said = "cost less" if cheaper else "may not cost less" if looks_cheaper else "do not cost less"
    reason = "; ".join([f"pages {said}: {numbers}", *notes])
    return Verdict(decision="pages" if cheaper else "text", reason=reason, usd_text=usd_text, usd_pages=usd_pages)


def _usd(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 1 else f"${usd:.4f}" if usd >= 0.001 else f"${usd:.7f}"


def _pages(n_pages: int) -> str:
    return f"{n_pages:,} page{'' if n_pages == 1 else 's'}"
