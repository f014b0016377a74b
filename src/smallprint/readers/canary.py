"""One exact string to be read back: whether a model can read the print that it was sent.

In: the pages of a request. Out: one more image, a page in the same style that holds nothing but a code; from an answer, whether the model
gave the code back. A model that cannot read a code at this size has not read the names and numbers of the document either, however
plausible its answer is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smallprint.errors import ReaderError
from smallprint.readers.base import Canary, ImagePart, Request

if TYPE_CHECKING:
    from smallprint.render import Style

NOTE = "The last image is not part of the document: it shows a code in the same print."
_ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=", "ABCDEFGH3JK4MN7PQRST8VWXYZ234567-")
"""Letters and digits that a careful reader does not confuse: no I, L, O, U, 0, 1."""
_LINE = re.compile(r"^[^\w\n]*code\W*?[:=](?P<rest>[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_LONGEST = 60
"""Of a line that gives the code, and perhaps a word about it; a longer one is part of the answer."""


def with_canary(request: Request, pages: Any, source: str, *, as_pixels: bool) -> Request:
    """`request` with a page that holds a code, the same for the same source, so that a provider's cache is read again.

    Raises `ReaderError` for pages without a style.
    """
    style: Style | None = getattr(pages, "style", None)
    if style is None:
        raise ReaderError("canary: these pages are images already; a code in the same print cannot be drawn")
    code = code_of(source)
    return replace(
        request,
        parts=(*request.parts, _page(style, code, as_pixels)),
        canary=code,
        notes=f"{request.notes} {NOTE}".strip(),
    )


def code_of(source: str) -> str:
    """Twelve letters and digits in three groups."""
    digest = hashlib.sha256(b"canary\0" + source.encode("utf-8", "surrogatepass")).digest()
    letters = base64.b32encode(digest).decode().translate(_ALPHABET)[:12]
    return "-".join((letters[:4], letters[4:8], letters[8:]))


def outcome(text: str, canary: str) -> tuple[str, Canary]:
    """The answer without the line of the code, and what became of it.

    Where no line begins with the word, the code is looked for in the whole answer.
    """
    right = _solid(canary)
    lines = list(_LINE.finditer(text))
    line = next((line for line in reversed(lines) if right in _solid(line["rest"])), None)
    if line is None and right in _solid(text):
        return text, Canary(code=canary, read=canary, right=True)
    if line is None and lines and len(lines[-1]["rest"]) <= _LONGEST and not text[lines[-1].end() :].strip():
        line = lines[-1]
    if line is None:
        return text, Canary(code=canary, read=None, right=False)
    read = line["rest"].strip(" \t*`_.\"'")
    answer = (text[: line.start()] + text[line.end() :]).strip()
    return answer, Canary(code=canary, read=read, right=right in _solid(read))


def _solid(code: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", code.upper())


def _page(style: Style, code: str, as_pixels: bool) -> ImagePart:
    from smallprint.render import render

    # As large as the others, so that a provider does to it what it does to them.
    whole = replace(style, crop_width=False, crop_last_page=False)
    page = render(f"The code is {code}.", whole)[0]
    return ImagePart(
        png=page.png if as_pixels else page.png(),
        width_px=page.width_px,
        height_px=page.height_px,
        pixels=(lambda: page.pixels) if as_pixels else None,
    )
