"""The reference's own way of drawing pages: paragraphs to a PDF, the PDF through poppler to images, the images to PNG.

In: text and a style, or lines that are already placed. Out: pages as images, as (H, W) gray pixels or as PNG bytes, all in memory. Knows
nothing of clocks. The method is that of Glyph's script (https://github.com/thu-coai/Glyph, scripts/word2png_function.py, read
2026-11-20), written anew: thirty lines of the source to a paragraph, joined by the style's newline (`<br/>` or a visible mark); two and
more spaces kept, tabs left to reportlab, which makes a space of them; twenty pages to a call of poppler; white edges cropped in NumPy;
RGB images saved as PNG with Pillow's defaults. Left out, in its favour: the files it writes and its call of the garbage collector.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from smallprint.errors import StyleError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from smallprint.bench.placed import PlacedPage
    from smallprint.render.style import Style

_LINES_A_PARAGRAPH = 30
_PAGES_A_CALL = 20
_CROP_TOLERANCE = 5
"""Gray levels by which ink differs from the paper; the three numbers are the reference's."""

_SPACES = re.compile(" {2,}")
_CHINESE = re.compile("[\u4e00-\u9fff]")
_INVISIBLE = str.maketrans("", "", "\xad\u200b")


def missing() -> str | None:
    """What is not installed and how to install it, or None."""
    from importlib.util import find_spec

    absent = [package for package, module in _PACKAGES if find_spec(module) is None]
    if absent:
        return f'{", ".join(absent)} not installed: pip install "smallprint[eval]"'
    if shutil.which("pdftoppm") is None or shutil.which("pdfinfo") is None:
        return "pdftoppm not found: install poppler (apt-get install poppler-utils, brew install poppler)"
    return None


_PACKAGES = (("reportlab", "reportlab"), ("pdf2image", "pdf2image"), ("pillow", "PIL"))


def pngs(text: str, style: Style) -> Iterator[bytes]:
    """PNG of each page, drawn and broken into lines as the reference does it."""
    for image in images(paragraphs_pdf(text, style), style):
        yield _png(image)


def pngs_of_lines(pages: Iterable[PlacedPage], style: Style) -> Iterator[bytes]:
    """PNG of each page with lines where ours have them."""
    for image in images(lines_pdf(pages, style), style, crop=False):
        yield _png(image)


def page_images(text: str, style: Style, *, same_layout: bool = False) -> list[NDArray[np.uint8]]:
    """Gray pixels (H, W) of each page; with `same_layout` the lines are ours, at our places.

    Raises `StyleError` for a style that the reference has no key for.
    """
    import numpy as np

    if same_layout:
        from smallprint.bench.placed import place

        placed = place(text, style)
        drawn = images(lines_pdf(placed, style), style, crop=False)
        # Poppler's pages have the size before any crop.
        sizes = [(page.height_px, page.width_px) for page in placed]
        return [np.asarray(image.convert("L"))[:h, :w] for image, (h, w) in zip(drawn, sizes, strict=True)]
    return [np.asarray(image.convert("L")) for image in images(paragraphs_pdf(text, style), style)]


def longest_paragraph(text: str) -> str:
    """The longest part of the text that becomes one paragraph; reportlab takes quadratic time in it."""
    lines = text.split("\n")
    return max(("\n".join(part) for part in _paragraphs(lines)), key=len)


def _paragraphs(lines: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(lines), _LINES_A_PARAGRAPH):
        yield lines[at : at + _LINES_A_PARAGRAPH]


def paragraphs_pdf(text: str, style: Style) -> bytes:
    """A PDF of the text as reportlab's paragraphs."""
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    _check(style)
    look = _paragraph_style(style, _CHINESE.search(text) is not None)
    joint = str(style.to_glyph().get("newline-markup", "<br/>"))
    clean = _SPACES.sub(lambda found: "&nbsp;" * len(found[0]), escape(text.translate(_INVISIBLE)))
    story: list[Any] = [Paragraph(joint.join(lines), look) for lines in _paragraphs(clean.split("\n"))]
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=(style.page_width, style.page_height),
        leftMargin=style.margin_x,
        rightMargin=style.margin_x,
        topMargin=style.margin_y,
        bottomMargin=style.margin_y,
    )

    def paper(canvas: Any, _: Any) -> None:
        _paper(canvas, style)

    document.build(story, onFirstPage=paper, onLaterPages=paper)
    return file.getvalue()


def lines_pdf(pages: Iterable[PlacedPage], style: Style) -> bytes:
    """A PDF with every line where a page of ours has it."""
    from reportlab.lib.colors import HexColor
    from reportlab.pdfgen.canvas import Canvas

    _check(style)
    face = _register(style)
    file = io.BytesIO()
    # The size of whole pixels: poppler would round it up and shift the baselines by a part of one.
    width, height = style.width_px / style.scale_x, style.height_px / style.scale
    canvas = Canvas(file, pagesize=(width, height))
    for page in pages:
        _paper(canvas, style)
        canvas.setFont(face, style.font_size)
        canvas.setFillColor(HexColor(style.font_color))
        for run in page.runs:
            canvas.drawString(run.x_px / style.scale_x, height - run.baseline_px / style.scale, run.text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def images(pdf: bytes, style: Style, *, crop: bool = True) -> Iterator[Image.Image]:
    """The PDF's pages through poppler, stretched and cropped as the style says."""
    from pdf2image import convert_from_bytes, pdfinfo_from_bytes

    n_pages = int(pdfinfo_from_bytes(pdf)["Pages"])
    for first in range(1, n_pages + 1, _PAGES_A_CALL):
        last = min(first + _PAGES_A_CALL - 1, n_pages)
        drawn = convert_from_bytes(pdf, dpi=style.dpi, first_page=first, last_page=last)
        for number, image in enumerate(drawn, start=first):
            if style.horizontal_scale != 1:
                image = image.resize((int(image.width * style.horizontal_scale), image.height))
            yield _cropped(image, style, is_last=number == n_pages) if crop else image


def _cropped(image: Image.Image, style: Style, *, is_last: bool) -> Image.Image:
    import numpy as np

    down = style.crop_last_page and is_last
    if not (style.crop_width or down):
        return image
    gray = np.asarray(image.convert("L"))
    ink = np.abs(gray - np.median(gray[:2, :2])) > _CROP_TOLERANCE
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    width, height = image.size
    if style.crop_width and columns.size:
        width = min(width, int(columns[-1]) + 1 + round(style.margin_x))
    if down and rows.size:
        height = min(height, int(rows[-1]) + round(style.margin_y))
    return image.crop((0, 0, width, height))


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _check(style: Style) -> None:
    for key, there in (
        ("columns", style.columns != 1),
        ("letter-scale", style.letter_scale != 1),
        ("advance-grid", style.advance_grid_px != 0),
    ):
        if there:
            raise StyleError(f"{key}: the yardstick has no such key; give a style without it")


def _register(style: Style) -> str:
    """The style's face, read anew for each text as the reference reads it; its name for reportlab."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    from smallprint.render.fonts import resolve

    path = resolve(style.font).path
    pdfmetrics.registerFont(TTFont(path.stem, str(path)))  # pyright: ignore[reportUnknownMemberType]
    return path.stem


def _paragraph_style(style: Style, chinese: bool) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet

    return ParagraphStyle(
        name="page",
        parent=getSampleStyleSheet()["Normal"],
        fontName=_register(style),
        fontSize=style.font_size,
        leading=style.line_height,
        textColor=HexColor(style.font_color),
        backColor=HexColor(style.paragraph_color),
        borderColor=HexColor(style.border_color),
        borderWidth=style.border_width,
        borderPadding=style.border_padding,
        firstLineIndent=style.first_line_indent,
        wordWrap="CJK" if chinese else None,
        leftIndent=style.left_indent,
        rightIndent=style.right_indent,
        alignment=_alignments()[style.alignment],
        spaceBefore=style.space_before,
        spaceAfter=style.space_after,
    )


def _alignments() -> dict[str, Any]:
    from reportlab.lib import enums

    return {
        "left": enums.TA_LEFT,
        "center": enums.TA_CENTER,
        "right": enums.TA_RIGHT,
        "justify": enums.TA_JUSTIFY,
    }


def _paper(canvas: Any, style: Style) -> None:
    from reportlab.lib.colors import HexColor

    canvas.saveState()
    canvas.setFillColor(HexColor(style.page_color))
    canvas.rect(0, 0, style.page_width, style.page_height, stroke=0, fill=1)
    canvas.restoreState()
