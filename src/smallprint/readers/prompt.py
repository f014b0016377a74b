"""The words around a document, in one place.

In: a `Request`. Out: the text that follows the images. Knows no API. Everything before the question is the same, byte for byte,
for every question about the same document, so that a provider's prompt cache is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from smallprint.readers.base import Request

_SURROGATE = re.compile("[\ud800-\udfff]")

INSTRUCTIONS = (
    "Answer the question from the document above. Quote word for word, in double quotes, each passage that the answer rests on, "
    'each followed by its page number, like "the passage" (page 3). If the document does not say, say so.'
)

CANARY = (
    "End your answer with a line of its own that says CODE: and then the code from the last image, letter by letter."
)

TEXT_INSTRUCTIONS = (
    "Answer the question from the document above. Quote word for word, in double quotes, each passage that the answer rests on. "
    "If the document does not say, say so."
)


def page_note(request: Request) -> str:
    """What the images are: how many, which pages they show, and how to read joined ones; empty without images."""
    images = request.images[:-1] if request.canary else request.images
    if not images:
        return ""
    n_pages = sum(max(1, len(image.pages)) for image in images)
    pages = "one page" if n_pages == 1 else f"{n_pages} pages, in order, numbered from 1"
    notes = [f"The images show a document as {pages}."]
    if any(len(image.pages) > 1 for image in images):
        notes.append(
            "Some images hold several pages: read each page to its end, pages from left to right, rows from top to bottom."
        )
    labels = [f"image {index}: {image.label}" for index, image in enumerate(images, 1) if image.label]
    if labels:
        notes.append(f"({'; '.join(labels)})")
    return " ".join(notes)


def document_of(request: Request) -> str:
    """What the images are and the document's text parts: the same for every question about the document."""
    return _joined([page_note(request), request.notes, *(part.text for part in request.texts)])


def question_of(request: Request) -> str:
    """The instructions and the question."""
    if request.verbatim:
        return request.question
    instructions = request.instructions
    if instructions is None:
        instructions = INSTRUCTIONS if request.images else TEXT_INSTRUCTIONS
    return _joined([instructions, CANARY if request.canary else "", f"Question: {request.question}"])


def text_of(request: Request) -> str:
    """All text in one part: the document's, then the question's."""
    return _joined([document_of(request), question_of(request)])


def _joined(blocks: Iterable[str]) -> str:
    text = "\n\n".join(block for block in blocks if block)
    # JSON over UTF-8 cannot carry a lone surrogate, which a string may hold.
    return text.encode("utf-8", "replace").decode() if _SURROGATE.search(text) else text
