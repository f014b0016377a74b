"""Pages of a PDF."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import DataError, StyleError
from smallprint.render.pdf import PdfPages


def make_pdf(path: Path, texts: list[str]) -> Path:
    """A PDF of one line of Helvetica a page, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[str] = []
    for text in texts:
        stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    body, offsets = "%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{item}\nendobj\n"
    start = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010d} 00000 n \n" for at in offsets)
    body += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(body.encode("latin-1"))
    return path


def test_pages_are_taken_as_they_are(tmp_path: Path) -> None:
    pages = PdfPages(make_pdf(tmp_path / "a.pdf", ["Hello small print", "Second page"]), dpi=96)
    assert len(pages) == 2
    assert pages.sizes() == [(816, 1056)] * 2
    assert "Hello small print" in pages.text
    first, second = pages
    assert "".join(pages.text[slice(*page.span)] for page in (first, second)) == pages.text
    assert "Second page" in pages.text[slice(*second.span)]
    assert first.pixels.shape == (1056, 816)
    assert first.pixels.min() < 64
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(first.png())).convert("L")), first.pixels)


def test_what_is_no_pdf_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing here")
    with pytest.raises(DataError, match="not a PDF that can be opened"):
        PdfPages(bad)
    with pytest.raises(DataError, match="not a PDF that can be opened"):
        PdfPages(tmp_path / "none.pdf")
    with pytest.raises(StyleError, match="at most 20000 px"):
        PdfPages(make_pdf(tmp_path / "a.pdf", ["x"]), dpi=2400)
