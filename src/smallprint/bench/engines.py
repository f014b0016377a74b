"""The engines that draw pages to PNG in memory: ours, the yardstick, two libraries and the floor.

In: a `Job`, which is a text, a style and the places of our lines. Out: PNG bytes, a page at a time. Knows nothing of clocks and rounds. An
engine that is not installed says so, with what installs it. Pillow and skia-python draw lines that ours has laid out, each line in one
call, 8-bit gray, PNG at their defaults: laying out is not counted for them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from smallprint.bench import yardstick
from smallprint.bench.placed import PlacedPage, place
from smallprint.render import render

if TYPE_CHECKING:
    from smallprint.render.png import Mode
    from smallprint.render.style import Style

INSTALL = 'pip install "smallprint[eval]"'


@dataclass(frozen=True, kw_only=True)
class Job:
    """What an engine is asked to draw."""

    text: str
    style: Style

    @cached_property
    def placed(self) -> list[PlacedPage]:
        """Our lines; ask for them before the clock starts."""
        return place(self.text, self.style)


def _here() -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One way of drawing pages."""

    name: str
    what: str
    draw: Callable[[Job], Iterator[bytes]]
    missing: Callable[[], str | None] = _here
    """Why it cannot run here and what to install, or None."""
    ours: bool = False
    """Its files are decoded and compared with `Page.pixels`."""
    slow: bool = False
    """May be measured on the first pages alone."""
    placed: bool = False
    """Draws lines that ours has laid out."""
    kernel: bool = True
    """Without it, it runs in a process of its own that has the C kernel switched off."""


def _ours(mode: Mode, job: Job) -> Iterator[bytes]:
    for page in render(job.text, job.style):
        yield page.png(mode)


def _yardstick(job: Job) -> Iterator[bytes]:
    return yardstick.pngs(job.text, job.style)


def _pdf_lines(job: Job) -> Iterator[bytes]:
    return yardstick.pngs_of_lines(job.placed, job.style)


def _pillow(job: Job) -> Iterator[bytes]:
    from PIL import Image, ImageColor, ImageDraw, ImageFont

    style = job.style
    font = ImageFont.truetype(_face_path(style), style.font_size * style.scale)
    paper, ink = (ImageColor.getcolor(color, "L") for color in (style.page_color, style.font_color))
    for page in job.placed:
        image = Image.new("L", (page.width_px, page.height_px), paper)
        draw = ImageDraw.Draw(image)
        for run in page.runs:
            draw.text((run.x_px, run.baseline_px), run.text, fill=ink, font=font, anchor="ls")
        file = io.BytesIO()
        image.save(file, "PNG")
        yield file.getvalue()


def _pillow_missing() -> str | None:
    try:
        import PIL.Image  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        return f"pillow not installed: {INSTALL}"
    return None


def _skia(job: Job) -> Iterator[bytes]:
    import skia

    style = job.style
    font = skia.Font(skia.Typeface.MakeFromFile(_face_path(style)), style.font_size * style.scale)
    font.setSubpixel(True)
    font.setEdging(skia.Font.Edging.kAntiAlias)
    font.setHinting(skia.FontHinting.kNone)
    paint = skia.Paint(Color=_argb(style.font_color), AntiAlias=True)
    for page in job.placed:
        surface = skia.Surface.MakeRaster(
            skia.ImageInfo.Make(
                page.width_px, page.height_px, skia.ColorType.kGray_8_ColorType, skia.AlphaType.kOpaque_AlphaType
            )
        )
        canvas = surface.getCanvas()
        canvas.clear(_argb(style.page_color))
        for run in page.runs:
            canvas.drawString(run.text, run.x_px, run.baseline_px, font, paint)
        yield bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))


def _skia_missing() -> str | None:
    try:
        import skia  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ModuleNotFoundError:
        return f"skia-python not installed: {INSTALL}"
    except ImportError as error:
        # Its wheel leans on the system's libraries of OpenGL.
        return f"skia-python cannot be loaded: {error} (apt-get install libegl1 libgl1 libfontconfig1)"
    return None


def _floor(job: Job) -> Iterator[bytes]:
    """What no engine gets under: a page's pixels are set, copied in and copied out; no file comes of it."""
    import numpy as np

    from_, page, out = (np.zeros(job.style.width_px * job.style.height_px, np.uint8) for _ in range(3))
    for placed in job.placed:
        n = placed.width_px * placed.height_px
        page[:n].fill(255)
        np.copyto(page[:n], from_[:n])
        np.copyto(out[:n], page[:n])
        yield b""


def _argb(color: str) -> int:
    return 0xFF000000 | int(color[1:], 16)


def _face_path(style: Style) -> str:
    from smallprint.render.fonts import resolve

    return str(resolve(style.font).path)


YARDSTICK = "yardstick"
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(name="ours", what="smallprint", draw=partial(_ours, "default"), ours=True),
        Engine(name="ours-small", what="smallprint, smaller files", draw=partial(_ours, "small"), ours=True),
        Engine(
            name="ours-numpy",
            what="smallprint without its C kernel",
            draw=partial(_ours, "default"),
            slow=True,
            kernel=False,
        ),
        Engine(
            name=YARDSTICK,
            what="the reference's way: reportlab's paragraphs, PDF, poppler, Pillow's PNG",
            draw=_yardstick,
            missing=yardstick.missing,
            slow=True,
        ),
        Engine(
            name="pdf-lines",
            what="the same from our lines: reportlab's canvas, PDF, poppler, Pillow's PNG",
            draw=_pdf_lines,
            missing=yardstick.missing,
            slow=True,
            placed=True,
        ),
        Engine(
            name="pillow",
            what="Pillow's ImageDraw, our lines",
            draw=_pillow,
            missing=_pillow_missing,
            slow=True,
            placed=True,
        ),
        Engine(name="skia", what="skia-python's drawString, our lines", draw=_skia, missing=_skia_missing, placed=True),
        Engine(name="floor", what="a page's pixels set, copied in, copied out", draw=_floor, placed=True),
    )
}
DEFAULT_ENGINES = ("ours", "ours-small", "ours-numpy", YARDSTICK, "pillow", "skia", "floor")
