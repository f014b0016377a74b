"""Every engine draws pages; the yardstick draws them as the reference does."""

from __future__ import annotations

import io

import numpy as np
import pytest

from smallprint import Style, render
from smallprint.bench import yardstick
from smallprint.bench.clock import measure, measure_apart
from smallprint.bench.engines import DEFAULT_ENGINES, ENGINES, Job
from smallprint.bench.placed import place
from smallprint.errors import StyleError

TEXT = "Reader, I married him.\nA quiet wedding we had:\n\n\tno one else  was present. " * 60
JOB = Job(text=TEXT, style=Style.preset("glyph-en"))


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_draws_pages(name: str) -> None:
    engine = ENGINES[name]
    if reason := engine.missing():
        pytest.skip(reason)
    files: list[bytes] = []
    measured = measure(engine, JOB, keep=files)
    assert measured.n_pages == len(files) >= 2
    assert measured.cpu_seconds > 0
    assert measured.n_chars == len(TEXT)
    if name != "floor":
        image = pytest.importorskip("PIL.Image").open(io.BytesIO(files[0]))
        gray = np.asarray(image.convert("L"))
        assert gray.shape[0] == 842
        assert 0.02 < (gray < 128).mean() < 0.3


def test_default_engines_are_known() -> None:
    assert set(DEFAULT_ENGINES) < set(ENGINES)


def test_ours_without_the_kernel_gives_the_same_bytes() -> None:
    files: list[bytes] = []
    measure(ENGINES["ours"], JOB, keep=files)
    apart = measure_apart(ENGINES["ours-numpy"], JOB, hashes=True)
    assert (apart.n_pages, apart.n_bytes) == (len(files), sum(map(len, files)))
    assert len(set(apart.sha256)) == len(files)


def test_placed_lines_are_those_of_the_pages() -> None:
    style = Style.preset("glyph-en")
    text = "one\n\n  two\tthree\x00\r\nfour"
    (page,) = place(text, style)
    assert [run.text for run in page.runs] == ["one", "  two", "three", "four"]
    (ours,) = render(text, style)
    assert {run.baseline_px for run in page.runs} < {line.baseline_px for line in ours.lines}
    start = text.index("three")
    assert page.runs[2].x_px == ours.boxes(start, start + 5)[0].x0 + 0.5
    (marked,) = place("one\ntwo", Style.preset("flow"))
    assert [run.text for run in marked.runs] == ["one↵two"]


@pytest.mark.usefixtures("with_yardstick")
@pytest.mark.parametrize("preset", ["glyph-en", "flow", "code", "legible"])
def test_the_yardstick_with_our_lines_looks_like_ours(preset: str) -> None:
    style = Style.preset(preset)
    text = TEXT.replace("\t", "    ")
    theirs = yardstick.page_images(text, style, same_layout=True)
    ours = [page.pixels for page in render(text, style)]
    assert [image.shape for image in theirs] == [image.shape for image in ours]
    for one, other in zip(theirs, ours, strict=True):
        assert one.dtype == np.uint8
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.85


@pytest.mark.usefixtures("with_yardstick")
def test_the_yardstick_crops_and_breaks_as_the_reference() -> None:
    plain = yardstick.page_images("one\ntwo", Style.preset("glyph-en"))
    assert plain[0].shape[0] < 60
    assert plain[0].shape[1] < 60
    two_lines = (plain[0] < 128).any(axis=1)
    assert np.flatnonzero(np.diff(two_lines.astype(int)) == 1).size == 2
    (running,) = yardstick.page_images("one\ntwo", Style.preset("flow"))
    assert running.shape[1] == 595
    assert np.flatnonzero(np.diff((running < 128).any(axis=1).astype(int)) == 1).size == 1


@pytest.mark.usefixtures("with_yardstick")
def test_the_yardstick_refuses_what_the_reference_has_no_key_for() -> None:
    with pytest.raises(StyleError, match="columns"):
        yardstick.page_images("a", Style(columns=2))


def test_the_longest_paragraph_has_thirty_lines_at_most() -> None:
    text = "short\n" * 30 + "long " * 10 + "\n" * 40
    assert yardstick.longest_paragraph(text).startswith("short")
    assert yardstick.longest_paragraph("x" * 500 + "\n" * 30 + "y").startswith("x")
