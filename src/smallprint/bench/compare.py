"""Whether the files that were timed are what they should be.

In: files of the first round, or their hashes, and the job that they were drawn for. Out: how many were compared and how many differ. Knows
nothing of clocks.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smallprint.render import render

if TYPE_CHECKING:
    from smallprint.bench.engines import Job


def same_pixels(files: list[bytes], job: Job) -> tuple[int, int] | None:
    """Files decoded by Pillow against `Page.pixels`; None without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        return None
    import numpy as np

    different = 0
    for file, page in zip(files, render(job.text, job.style), strict=True):
        with Image.open(io.BytesIO(file)) as image:
            decoded = np.asarray(image.convert("L" if page.pixels.ndim == 2 else "RGB"))
        different += not np.array_equal(decoded, page.pixels)
    return len(files), different


def same_bytes(hashes: Sequence[str], job: Job) -> tuple[int, int]:
    """Files made without the kernel, as sha256, against those that are made here."""
    ours = [hashlib.sha256(page.png()).hexdigest() for page in render(job.text, job.style)]
    return len(hashes), sum(one != other for one, other in zip(hashes, ours, strict=True))
