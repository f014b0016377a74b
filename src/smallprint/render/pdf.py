"""Pages of a PDF, taken as they are.

In: a PDF file and a resolution. Out: pages with the same face as those of `render`, whose source is the PDF's text layer; where there is
none, spans are empty. Drawn by PDFium (pypdfium2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from smallprint.errors import DataError, StyleError
from smallprint.render import png
from smallprint.render.source import TextSource
from smallprint.render.style import MAX_SIDE_PX

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PdfPage:
    """One page of a PDF."""

    def __init__(self, index: int, page: Any, span: tuple[int, int], text: str, dpi: float) -> None:
        self.index = index
        self.span = span
        self.text = text
        self._page = page
        self._scale = dpi / 72

    @property
    def width_px(self) -> int:
        return self._size()[0]

    @property
    def height_px(self) -> int:
        return self._size()[1]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8, (H, W) where the page is gray all over, else (H, W, 3); drawn anew each time."""
        import numpy as np

        bitmap: NDArray[np.uint8] = self._page.render(scale=self._scale, rev_byteorder=True).to_numpy()
        color = np.ascontiguousarray(bitmap[:, :, :3]) if bitmap.ndim == 3 else bitmap
        if color.ndim == 3 and (color == color[:, :, :1]).all():
            return np.ascontiguousarray(color[:, :, 0])
        return color

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pixels.tobytes()).hexdigest()

    def png(self, mode: png.Mode = "small") -> bytes:
        """The page as a PNG file; ``small`` unless asked otherwise, since a PDF may hold photographs."""
        return png.encode(self.pixels, mode)

    def _size(self) -> tuple[int, int]:
        import math

        width, height = self._page.get_size()
        return math.ceil(width * self._scale), math.ceil(height * self._scale)


class PdfPages(Sequence[PdfPage]):
    """All pages of a PDF file.

    Raises `DataError` for a file that is not a PDF, is encrypted or has no pages; `StyleError` for a resolution that makes pages too large.
    """

    style = None
    """Pages of a PDF have none of ours."""

    def __init__(self, path: Path, *, dpi: float = 96) -> None:
        import pypdfium2

        try:
            self._document: Any = pypdfium2.PdfDocument(path)
            n_pages = len(self._document)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise DataError(f"{path}: not a PDF that can be opened ({error})") from None
        if not n_pages:
            raise DataError(f"{path}: a PDF without pages")
        texts: list[str] = []
        handles: list[Any] = []
        for index in range(n_pages):
            page = self._document[index]
            handles.append(page)
            texts.append(page.get_textpage().get_text_bounded())
        self.source = TextSource("".join(texts), name=path.name)
        self.dpi = dpi
        self._pages: list[PdfPage] = []
        at = 0
        for index, (page, text) in enumerate(zip(handles, texts, strict=True)):
            self._pages.append(PdfPage(index, page, (at, at + len(text)), text, dpi))
            at += len(text)
        if (side := max(max(size) for size in self.sizes())) > MAX_SIDE_PX:
            raise StyleError(f"{path}: a page is {side} px a side at dpi {dpi:g}; at most {MAX_SIDE_PX} px")

    def __iter__(self) -> Iterator[PdfPage]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)

    @overload
    def __getitem__(self, index: int) -> PdfPage: ...
    @overload
    def __getitem__(self, index: slice) -> list[PdfPage]: ...
    def __getitem__(self, index: int | slice) -> PdfPage | list[PdfPage]:
        return self._pages[index]

    @property
    def text(self) -> str:
        """The text layer, page after page."""
        return self.source.text

    def spans(self) -> list[tuple[int, int]]:
        """Each page's part of the text layer."""
        return [page.span for page in self._pages]

    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of each page in pixels."""
        return [(page.width_px, page.height_px) for page in self._pages]
