"""Faces: which file a style's font stands for, the fallback chain, and what FreeType says of a glyph.

In: the font of a `Style`. Out: `Face` objects that give glyph numbers, advances in font units and 8-bit coverage bitmaps; of a PNG file, a
`PixelFace`, which does the same for one size. Knows nothing of text or pages.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import threading
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from smallprint.errors import FontError
from smallprint.render.pixel_face import PixelFace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Coverage = NDArray[Any]

# FT_LOAD_RENDER, FT_LOAD_NO_HINTING and FT_LOAD_NO_BITMAP (freetype/freetype.h of 2.13.2).
_LOAD_FLAGS = 1 << 2 | 1 << 1 | 1 << 3
PHASES = 4
"""Horizontal positions of a glyph within a pixel."""


class GlyphBitmap(NamedTuple):
    """Coverage of one glyph, a byte a pixel, row by row; its left and upper edge relative to the pen (y down)."""

    data: bytes
    width: int
    height: int
    left_px: int
    top_px: int

    @property
    def coverage(self) -> Coverage:
        """uint8 of shape (height, width)."""
        import numpy as np

        return np.frombuffer(self.data, np.uint8).reshape(self.height, self.width)


class Face:
    """One font file, opened once a process.

    FreeType loads a glyph into a slot of the face, so every use of the slot is behind a lock.
    """

    def __init__(self, name: str, path: Path, *, index: int = 0, stands_in_for: str | None = None) -> None:
        import freetype

        self.name = name
        self.path = path
        self.index = index
        """Of the face in its file, which may be a collection."""
        self.stands_in_for = stands_in_for
        self._lock = threading.Lock()
        self._metrics: dict[int, tuple[int, bool]] = {}
        self._size_px = 0.0
        self._transform = (0.0, 0)
        try:
            self._face = freetype.Face(str(path), index)
        except (freetype.FT_Exception, OSError) as error:
            raise FontError(f"font {path}: not a font that FreeType reads ({error})") from None
        self._slot: Any = self._face._FT_Face.contents.glyph.contents
        if not self._face.is_scalable or self._face.units_per_EM <= 0:
            raise FontError(f"font {path}: has no outlines")

    @property
    def units_per_em(self) -> int:
        return self._face.units_per_EM

    @property
    def ascender(self) -> int:
        """Font units above the baseline, from the file's hhea table."""
        return self._face.ascender

    @property
    def descender(self) -> int:
        """Font units below the baseline, negative."""
        return self._face.descender

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    def require(self, *, size_px: float, stretch: float) -> None:
        """Outlines can be drawn at any size."""

    def glyph_index(self, code_point: int) -> int:
        """The glyph of a character; 0 where the face has none."""
        return self._face.get_char_index(code_point)

    def metrics(self, glyph: int) -> tuple[int, bool]:
        """Advance in font units, and whether the glyph has an outline."""
        if glyph not in self._metrics:
            import freetype

            with self._lock, self._readable(freetype.FT_Exception):
                self._face.load_glyph(glyph, freetype.FT_LOAD_NO_SCALE | freetype.FT_LOAD_IGNORE_TRANSFORM)
                self._metrics[glyph] = self._slot.advance.x, self._slot.outline.n_points > 0
        return self._metrics[glyph]

    def bitmap(self, glyph: int, *, size_px: float, stretch: float, shift_64: int) -> GlyphBitmap:
        """The unhinted glyph at `size_px`, its width times `stretch`, moved right by `shift_64` / 64 of a pixel."""
        import freetype

        with self._lock:
            if self._size_px != size_px:
                self._face.set_char_size(height=round(size_px * 64), hres=72, vres=72)
                self._size_px = size_px
            if self._transform != (stretch, shift_64):
                self._face.set_transform(
                    freetype.Matrix(round(stretch * 0x10000), 0, 0, 0x10000), freetype.Vector(shift_64, 0)
                )
                self._transform = stretch, shift_64
            # A novel in Chinese has thousands of glyphs: without the library's wrappers, which take as long as FreeType does.
            if error := freetype.FT_Load_Glyph(self._face._FT_Face, glyph, _LOAD_FLAGS):
                raise FontError(f"font {self.path}: a glyph cannot be read ({freetype.FT_Exception(error)})")
            slot = self._slot
            image = slot.bitmap
            width, height, pitch = image.width, image.rows, image.pitch
            data = ctypes.string_at(image.buffer, pitch * height) if height else b""
            if pitch != width:
                data = b"".join(data[at : at + width] for at in range(0, pitch * height, pitch))
            return GlyphBitmap(data, width, height, slot.bitmap_left, -slot.bitmap_top)

    @contextmanager
    def _readable(self, failure: type[Exception]) -> Generator[None]:
        try:
            yield
        except failure as error:
            raise FontError(f"font {self.path}: a glyph cannot be read ({error})") from None


def freetype_version() -> str:
    """Pixels depend on it, so manifests record it."""
    import freetype

    return ".".join(map(str, freetype.version()))


AnyFace: TypeAlias = Face | PixelFace


@cache
def resolve(font: str) -> AnyFace:
    """The face that a style's font stands for: a shipped one by name, a file, or the stand-in of a face that may not be shipped.

    Raises `FontError` when it is none of these, or the file cannot be read.
    """
    table = _table()
    if font in table["face"]:
        return _shipped(font)
    path = Path(os.path.expanduser(font))
    if os.path.isfile(path):
        return _opened(path.stem, path)
    for start, name in table["stand_in"].items():
        if path.name.startswith(start):
            return _shipped(name, stands_in_for=font)
    named = [name for name, entry in table["face"].items() if not entry.get("scripts")]
    raise FontError(f"font-path: {font!r} is neither a file nor one of {', '.join(named)}, nor a face of NOTO.toml")


def _shipped(name: str, stands_in_for: str | None = None) -> AnyFace:
    entry = _table()["face"][name]
    path = _folder() / entry["file"]
    if path.suffix == ".png":
        return _opened(name, path)
    return Face(name, path, index=entry.get("index", 0), stands_in_for=stands_in_for)


def _opened(name: str, path: Path) -> AnyFace:
    return PixelFace.load(name, path) if path.suffix.lower() == ".png" else Face(name, path)


def chain(font: str) -> tuple[AnyFace, ...]:
    """The style's own face, then those that are asked first for what it lacks, whatever the script."""
    first = resolve(font)
    return (first, *(resolve(name) for name in _table()["fallback"]["first"] if name != first.name))


@cache
def of_script(script: str) -> tuple[AnyFace, ...]:
    """The faces that are asked after a chain: those of a script (ISO 15924), then the last ones."""
    table = _table()
    own = [name for name, entry in table["face"].items() if script in entry.get("scripts", ())]
    return tuple(resolve(name) for name in (*own, *table["fallback"]["last"]))


@cache
def is_asked(face: AnyFace, script: str) -> bool:
    """Whether a face is asked for letters of a script (ISO 15924) that it may have."""
    return script not in _table()["face"].get(face.name, {}).get("unasked", ())


def of_shared(code_point: int) -> AnyFace | None:
    """The face of a character that several scripts share, where those that are asked for every character lack it."""
    name = _shared().get(code_point)
    return resolve(name) if name else None


@cache
def _shared() -> dict[int, str]:
    faces = _table()["face"].items()
    return {ord(char): name for name, entry in faces for char in entry.get("shared", "")}


def emoji() -> AnyFace:
    """The face that is asked first for emoji."""
    return resolve(_table()["fallback"]["emoji"])


def _folder() -> Path:
    return Path(str(resources.files("smallprint.render") / "faces"))


@cache
def _table() -> dict[str, Any]:
    table = tomllib.loads((_folder() / "FACES.toml").read_text(encoding="utf-8"))
    table["face"] |= tomllib.loads((_folder() / "NOTO.toml").read_text(encoding="utf-8"))["face"]
    return table
