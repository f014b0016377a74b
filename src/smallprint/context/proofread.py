"""Pages read before they are sent: what a reader will get wrong on them, where, and what to do about it.

In: pages of the renderer. Out: a `Proof`: every place that our own reader misreads or doubts, as a span of the source, with advice. A page
that it reads without doubt can still be misread by another model; one that it cannot read is seldom read by any.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from smallprint.context.exact import Exact, exact_strings
from smallprint.readers.sight.compare import Tally, align, spans_of, tally

if TYPE_CHECKING:
    from smallprint.readers.sight.page_reader import PageReader, PageText
    from smallprint.render import Page

SCHEMA = "smallprint.proofread/1"
Advice = Literal["pin", "larger", "leave"]
Span = tuple[int, int]
DOUBT = 0.99
"""Confidence under which a place is worth a look: a twentieth of prose at 9 px, with nine tenths of the mistakes (LOG.md)."""
LARGER = 0.01
"""Share of a page's characters misread from which on its letters are too small for all of it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A place that was misread or is in doubt."""

    page: int
    span: Span
    """In the source; empty where characters were read that are not there."""
    source: str
    read: str
    misread: bool
    doubtful: bool
    """Whether the reader's confidence was low, without knowing the source."""
    confidence: float
    """The least of its characters."""
    exact: str | None
    """The exact string that it is part of."""
    advice: Advice


@dataclass(frozen=True, kw_only=True)
class PageProof:
    """One page."""

    index: int
    span: Span
    tally: Tally
    quality: float
    read: int
    """Characters that were read, and how many of them are in doubt."""
    doubtful: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All pages."""

    pages: tuple[PageProof, ...]
    pins: tuple[Exact, ...]
    """Exact strings that were misread or are in doubt: send these as text beside the pages."""
    exact: int
    """Exact strings in all."""

    @property
    def tally(self) -> Tally:
        return sum((page.tally for page in self.pages), Tally(0, 0, 0, 0))

    @property
    def findings(self) -> Iterator[Finding]:
        for page in self.pages:
            yield from page.findings

    def to_json(self) -> dict[str, Any]:
        total, misread = self.tally, [finding for finding in self.findings if finding.misread]
        return {
            "schema": SCHEMA,
            "n_chars": total.chars,
            "errors": total.errors,
            "cer": total.cer,
            "wer": total.wer,
            "doubtful": sum(page.doubtful for page in self.pages) / max(1, sum(page.read for page in self.pages)),
            "misread_in_doubt": sum(finding.doubtful for finding in misread) / len(misread) if misread else None,
            "exact_strings": self.exact,
            "pins": [{"span": list(pin.span), "text": pin.text, "kind": pin.kind} for pin in self.pins],
            "pages": [
                {
                    "page": page.index,
                    "span": list(page.span),
                    "cer": page.tally.cer,
                    "errors": page.tally.errors,
                    "quality": round(page.quality, 4),
                    "findings": [
                        {
                            "span": list(finding.span), "source": finding.source, "read": finding.read, "misread": finding.misread,
                            "doubtful": finding.doubtful, "confidence": round(finding.confidence, 4), "exact": finding.exact,
                            "advice": finding.advice,
                        }
                        for finding in page.findings
                    ],
                }
                for page in self.pages
            ],
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Proved:
    """A page, and what was found on it."""

    page: Page
    proof: PageProof
    pins: tuple[Exact, ...]
    """Exact strings on it that were misread or are in doubt."""
    exact: int
    """Exact strings on it; one that a page's end cuts counts where it begins."""


def proofread(pages: Iterable[Page], reader: PageReader, text: str, *, doubt: float = DOUBT) -> Iterator[Proved]:
    """Of each page, in order. `text` is the whole source; characters of less confidence than `doubt` are in doubt.

    Raises `ReaderError` without weights.
    """
    exact = list(exact_strings(text))
    ends = [each.span[1] for each in exact]
    waiting: deque[Page] = deque()
    pinned = 0

    def taken() -> Iterator[Page]:
        for page in pages:
            waiting.append(page)
            yield page

    for got in reader.read_all(taken()):
        page = waiting.popleft()
        first, last = page.span
        here: list[Exact] = []
        for each in exact[bisect_right(ends, first) :]:
            if each.span[0] >= last:
                break
            here.append(each)
        proof, found = _page(page, got, here, doubt)
        # A string on two pages is pinned once.
        pins = tuple(each for each in found if each.span[0] >= pinned)
        pinned = max([pinned, *(each.span[1] for each in pins)])
        yield Proved(page=page, proof=proof, pins=pins, exact=sum(each.span[0] >= first for each in here))


def proof_of(pages: Iterable[Page], reader: PageReader, text: str, *, doubt: float = DOUBT) -> Proof:
    """`proofread`, all pages at once."""
    return gathered(proofread(pages, reader, text, doubt=doubt))


def gathered(proved: Iterable[Proved]) -> Proof:
    """All that was found on pages, as one."""
    proofs: list[PageProof] = []
    pins: list[Exact] = []
    n_exact = 0
    for each in proved:
        proofs.append(each.proof)
        pins += each.pins
        n_exact += each.exact
    return Proof(pages=tuple(proofs), pins=tuple(pins), exact=n_exact)


def _page(page: Page, got: PageText, exact: list[Exact], doubt: float) -> tuple[PageProof, list[Exact]]:
    """The proof of a page, and those of `exact` that were misread or are in doubt."""
    offset, codes = page.span[0], page.codes
    aligned = align(page.text, got.text, codes)
    counted = tally(page.text, got.text, codes)
    too_small = counted.cer > LARGER
    findings: list[Finding] = []
    pins: dict[Span, Exact] = {}

    def touched(span: Span) -> list[Exact]:
        """An empty span touches the string that it lies in."""
        first, last = offset + span[0], offset + max(span[1], span[0] + 1)
        return [each for each in exact if each.span[0] < last and first < each.span[1]]

    def add(span: Span, read_span: Span, *, misread: bool, doubtful: bool) -> None:
        inside = touched(span)
        low, high = _near(read_span)
        near = got.confidence[max(0, low) : high]
        findings.append(
            Finding(
                page=page.index,
                span=(offset + span[0], offset + span[1]),
                source=page.text[span[0] : span[1]],
                read=got.text[read_span[0] : read_span[1]],
                misread=misread,
                doubtful=doubtful,
                confidence=float(near.min()) if len(near) else 0.0,
                exact=inside[0].text if inside else None,
                advice="pin" if inside else "larger" if misread and too_small else "leave",
            )
        )

    low_confidence = got.confidence < doubt
    doubts = [(first, last) for first, last in spans_of(low_confidence) if got.text[first:last].strip()]
    for mistake in aligned.mistakes:
        low, high = _near(mistake.read_span)
        add(mistake.span, mistake.read_span, misread=True, doubtful=bool(low_confidence[max(0, low) : high].any()))
        pins |= {each.span: each for each in touched(mistake.span)}
    wrong = np.zeros(len(page.text) + 2, bool)
    for mistake in aligned.mistakes:
        wrong[mistake.span[0] : mistake.span[1] + 2] = True
    for first, last in doubts:
        span = int(aligned.at[first]), min(len(page.text), int(aligned.at[last - 1]) + 1)
        pins |= {each.span: each for each in touched(span)}
        if not wrong[span[0] : span[1] + 2].any():
            add(span, (first, last), misread=False, doubtful=True)
    findings.sort(key=lambda finding: finding.span)
    proof = PageProof(
        index=page.index,
        span=page.span,
        tally=counted,
        quality=got.quality,
        read=len(got.text),
        doubtful=sum(last - first for first, last in doubts),
        findings=tuple(findings),
    )
    return proof, [pins[span] for span in sorted(pins)]


def _near(read_span: Span) -> Span:
    """What was read, or where nothing was, the characters on either side."""
    first, last = read_span
    return (first, last) if last > first else (first - 1, first + 1)
