"""A face whose letters are pictures of gray pixels, for one size.

In: a PNG file: all letters in a row of boxes, and beside them a text chunk that names them. Out: a `PixelFace`, which answers as
`fonts.Face` does. Such letters come from `smallprint train letters`: what a network reads best is no outline.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smallprint.errors import FontError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from smallprint.render.fonts import GlyphBitmap

_CHUNK = "smallprint-face"
_COLUMNS = 32
_MAX_PX = 64


class PixelFace:
    """Glyph 0 is none; glyph n is the n-th letter. A font unit is a pixel."""

    stands_in_for: str | None = None

    def __init__(
        self,
        name: str,
        *,
        letters: str,
        pictures: Sequence[NDArray[Any]],
        size_px: int,
        descent_px: int,
        path: Path | None = None,
    ) -> None:
        """`pictures` has the coverage of each letter, uint8 (line_px, advance_px), the line's lowest `descent_px` below the baseline."""
        self.name = name
        self.path = path or Path(name)
        self.letters = letters
        self.size_px = size_px
        self.units_per_em = size_px
        self.ascender = int(pictures[0].shape[0]) - descent_px
        self.descender = -descent_px
        self._pictures = tuple(pictures)
        self._glyph = {ord(letter): at + 1 for at, letter in enumerate(letters)}

    @classmethod
    def load(cls, name: str, path: Path) -> PixelFace:
        """Raises `FontError` for a file that is not such a face."""
        import numpy as np
        from PIL import Image

        try:
            with Image.open(path) as image:
                table: dict[str, Any] = json.loads(getattr(image, "text", {})[_CHUNK])
                sheet = 255 - np.asarray(image.convert("L"))
            letters, advances, line_px = table["letters"], table["advances"], int(table["line_px"])
            size_px, descent_px = int(table["size_px"]), int(table["descent_px"])
            widest, columns = max(advances), sheet.shape[1] // max(advances)
            pictures: list[NDArray[Any]] = []
            for at, advance in zip(range(len(letters)), advances, strict=True):
                y, x = at // columns * line_px, at % columns * widest
                pictures.append(sheet[y : y + line_px, x : x + advance])
            shapes_fit = all(
                picture.shape == (line_px, advance) for picture, advance in zip(pictures, advances, strict=True)
            )
            if not letters or not shapes_fit or not 0 < line_px <= _MAX_PX or not 0 < size_px <= _MAX_PX:
                raise ValueError("sizes do not fit")
        except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError) as error:
            raise FontError(f"font {path}: not a face of pixels ({error})") from None
        return cls(name, letters=letters, pictures=pictures, size_px=size_px, descent_px=descent_px, path=path)

    def save(self, path: Path) -> None:
        """Raises `OSError`."""
        content = self._png()
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(content)
        beside.replace(path)

    @cached_property
    def sha256(self) -> str:
        """Of its file, whether it was saved or not."""
        return hashlib.sha256(self.path.read_bytes() if self.path.is_file() else self._png()).hexdigest()

    def require(self, *, size_px: float, stretch: float) -> None:
        """Raises `FontError` for another size than its own: pictures are not scaled."""
        if size_px != self.size_px or stretch != 1:
            raise FontError(
                f"font-path: the letters of {self.name!r} are pictures of {self.size_px} px: font-size times dpi / 72 must be "
                f"{self.size_px}, letter-scale and horizontal-scale 1"
            )

    def glyph_index(self, code_point: int) -> int:
        """The glyph of a character; 0 where the face has none."""
        return self._glyph.get(code_point, 0)

    def metrics(self, glyph: int) -> tuple[int, bool]:
        """Advance in px, and whether there is anything to be drawn."""
        if not glyph:
            return self.size_px, False
        picture = self._pictures[glyph - 1]
        return int(picture.shape[1]), bool(picture.any())

    def bitmap(self, glyph: int, *, size_px: float, stretch: float, shift_64: int) -> GlyphBitmap:
        """The letter's picture; where the pen stands between two pixels, at the left one."""
        from smallprint.render.fonts import GlyphBitmap

        picture = self._pictures[glyph - 1]
        height, width = picture.shape
        return GlyphBitmap(picture.tobytes(), width, height, 0, -self.ascender)

    def _png(self) -> bytes:
        import numpy as np
        from PIL import Image, PngImagePlugin

        line_px = self.ascender - self.descender
        advances = [int(picture.shape[1]) for picture in self._pictures]
        widest, rows = max(advances), -(-len(advances) // _COLUMNS)
        sheet = np.zeros((rows * line_px, _COLUMNS * widest), np.uint8)
        for at, picture in enumerate(self._pictures):
            y, x = at // _COLUMNS * line_px, at % _COLUMNS * widest
            sheet[y : y + line_px, x : x + advances[at]] = picture
        table = {
            "letters": self.letters,
            "advances": advances,
            "line_px": line_px,
            "size_px": self.size_px,
            "descent_px": -self.descender,
        }
        about = PngImagePlugin.PngInfo()
        about.add_itxt(_CHUNK, json.dumps(table, ensure_ascii=False))
        file = io.BytesIO()
        Image.fromarray(255 - sheet).save(file, "PNG", pnginfo=about)
        return file.getvalue()
