"""What a reader took from a document -> a quotation with its place in the source.

In: `Evidence`, the source, the spans of its pages. Out: a `Quote`, whose text is the source's own. Knows no model. A reader may have
misread letters, so the place is found by likeness; it also says on which pages it read, so no other page is searched.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from smallprint.readers.align import align
from smallprint.readers.base import Evidence, Quote, Span
from smallprint.readers.marks import unmarked


def quote_of(
    evidence: Evidence, source: str, pages: Sequence[Span] = (), *, newline_mark: str = "", indent_mark: str = ""
) -> Quote:
    """The quotation of a piece of evidence. Without a source, or where nothing there is like it, it is what was read, without a span."""
    span = evidence.span
    if span is None and source:
        # A mark that stands for white space is none of the source's letters.
        span = _found(evidence, source, pages, unmarked(evidence.text, newline_mark, indent_mark))
    if span is None:
        return Quote(text=" ".join(evidence.text.split()), page=evidence.pages[0] if evidence.pages else None)
    starts = [start for start, _ in pages]
    return Quote(
        text=source[slice(*span)],
        page=bisect.bisect_right(starts, span[0]) - 1 if starts else None,
        span=span,
    )


def _found(evidence: Evidence, source: str, pages: Sequence[Span], read: str) -> Span | None:
    within = [pages[index] for index in evidence.pages if 0 <= index < len(pages)]
    if not within:
        return None
    start, end = min(within)[0], max(within)[1]
    found = align(read, source[start:end])
    return found and (start + found[0], start + found[1])
