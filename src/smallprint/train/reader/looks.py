"""What each character of a network's alphabet looks like, in a few numbers.

In: the shape of a network, a face. Out: the first weights of its classes: (n_classes, glyph). With thousands of characters, most of which a
training shows now and then, classes that begin at random learn one by one; with classes that begin as pictures of their characters, what
the network learns of one character's strokes serves all, and it can read some that it has never seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smallprint.readers.sight import image
from smallprint.readers.sight.alphabet import text_of
from smallprint.render import Style, render
from smallprint.train.reader.model import Shape

SIZE_PX, LINE_PX, SIDE_PX = 9, 20, 13
"""Of letters, of a line that is clear of its neighbours, and of the picture that is cut around a letter's middle."""
NORM = 3.0
"""Of each class's weights."""
_FLOOR = 0.02
"""Of the variance of the first component: what varies less is not blown up, since it is noise."""


def looks(shape: Shape, face: str) -> NDArray[np.float32]:
    """Principal components of the pictures, each made about as loud as the others."""
    pictures = _pictures(shape.n_classes, face)
    drawn = pictures.any(axis=1)
    centered = pictures - pictures[drawn].mean(axis=0)
    spread: NDArray[np.float32] = centered[drawn].T @ centered[drawn] / max(1, int(drawn.sum()))
    variance, axes = np.linalg.eigh(spread)
    kept = np.argsort(-variance)[: shape.glyph]
    loudness = np.sqrt(variance[kept] + _FLOOR * variance[kept[0]])
    made = np.zeros((shape.n_classes, shape.glyph), np.float32)
    made[:, : len(kept)] = centered @ axes[:, kept] / loudness
    made[~drawn] = 0
    return made * (NORM / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-6))


def _pictures(n_classes: int, face: str) -> NDArray[np.float32]:
    """Ink around the middle of each character, (n, SIDE_PX squared); none for those without ink, and for those drawn as a code."""
    # Apart from each other, so that no letter's neighbour is in its picture.
    classes = range(1, n_classes)
    text = "\n".join(
        "    ".join(text_of(np.array([number])) for number in classes[at : at + 24]) for at in range(0, n_classes, 24)
    )
    style = Style.from_keys({"font-path": face, "font-size": SIZE_PX, "line-height": LINE_PX, "dpi": 72}, name="looks")
    number_of = {text_of(np.array([number])): number for number in classes}
    found = np.zeros((n_classes, SIDE_PX, SIDE_PX), np.float32)
    for page in render(text, style):
        ink = np.pad(image.ink(image.gray(page.pixels)), SIDE_PX)
        edges = page.char_edges()
        for line in page.lines:
            for at in range(line.start - page.span[0], line.ink_end - page.span[0]):
                number = number_of.get(page.text[at])
                left, right = edges[at]
                if number is None or right - left > SIDE_PX:
                    continue
                # The middle of an ideograph lies 0.38 of its size above the baseline.
                y = SIDE_PX + round(line.baseline_px - 0.38 * SIZE_PX) - SIDE_PX // 2
                x = SIDE_PX + round((left + right) / 2) - SIDE_PX // 2
                found[number] = ink[y : y + SIDE_PX, x : x + SIDE_PX]
    return found.reshape(n_classes, -1)
