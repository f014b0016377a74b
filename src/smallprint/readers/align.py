"""Where a text that was read with errors stands in the text it was read from.

In: the two. Out: a span, and how many letters differ. Knows no pages. White space does not count, nor does case. The cost is one edit for a
letter that is wrong, missing or too many; what stands before and after costs nothing. Time is the product of both lengths, row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ERRORS = 0.34
"""Edits a letter up to which a place counts as the one that was read; what is found by chance in a page differs in more than half of its
letters."""


def align(read: str, source: str) -> tuple[int, int] | None:
    """The half-open span of `source` that `read` is a reading of; None where nothing there is like it."""
    import numpy as np

    needle, _ = _solid(read)
    hay, at = _solid(source)
    if not len(needle) or not len(hay):
        return None
    ends = _edits(needle, hay)
    end = int(ends.argmin())
    least = int(ends[end])
    if least > MAX_ERRORS * len(needle):
        return None
    # From the end backwards, no further than so many edits can have moved the beginning.
    before = hay[max(0, end - len(needle) - least) : end][::-1]
    starts = _edits(needle[::-1], before, is_bound=True)
    # The longest of the best, so that a first letter that was misread belongs to it.
    length = int(np.flatnonzero(starts == starts.min())[-1])
    if not length:
        return None
    return int(at[end - length]), int(at[end - 1]) + 1


def _edits(needle: NDArray[np.uint32], hay: NDArray[np.uint32], *, is_bound: bool = False) -> NDArray[np.int64]:
    """Least edits from `needle` to a part of `hay` that ends at each place, (len(hay) + 1,); with `is_bound` the part starts where `hay`
    does."""
    import numpy as np

    steps = np.arange(len(hay) + 1)
    row = steps.copy() if is_bound else np.zeros(len(hay) + 1, np.int64)
    for number, letter in enumerate(needle.tolist(), 1):
        # Replaced or the same; left out.
        best = np.minimum(row[:-1] + (hay != letter), row[1:] + 1)
        row = np.concatenate([[number], best])
        # Put in, any number of times: a running minimum.
        row = np.minimum.accumulate(row - steps) + steps
    return row


def _solid(text: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The letters of a text without white space and case, and where each stands."""
    import numpy as np

    kept = [
        (ord(lower) if len(lower := char.lower()) == 1 else ord(char), n)
        for n, char in enumerate(text)
        if not char.isspace()
    ]
    table = np.array(kept, np.int64).reshape(-1, 2)
    return table[:, 0].astype(np.uint32), table[:, 1]
