"""Pages read from their pixels by the weights that ship."""

from __future__ import annotations

import io
import json
import random
import re
import string
import subprocess
import sys
from hashlib import sha256
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from smallprint.errors import DataError, ReaderError, TokenError
from smallprint.readers.sight import page_reader
from smallprint.readers.sight.ideographs import IDEOGRAPHS
from smallprint.readers.sight.network import SHIPPED
from smallprint.readers.sight.page_reader import PageReader
from smallprint.render import Page, Style, render

BOOK = Path(__file__).parents[3] / "examples" / "jane-eyre.txt"
"""Held out: the reader never learnt from it."""


@pytest.fixture(scope="module")
def reader() -> PageReader:
    return PageReader()


@pytest.fixture(scope="module")
def prose() -> str:
    return BOOK.read_text(encoding="utf-8")[500_000:512_000]


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def error_rate(truth: str, read: str) -> float:
    return Levenshtein.distance(plain(truth), plain(read)) / len(plain(truth))


def small(style: str, height: int = 300) -> Style:
    return Style.preset(style).with_keys({"page-size": f"595,{height}"})


@pytest.mark.parametrize(("style", "most"), [("flow", 0.02), ("glyph-en", 0.02), ("legible", 0.02), ("code", 0.02)])
def test_prose_is_read(reader: PageReader, prose: str, style: str, most: float) -> None:
    page = render(prose, small(style))[0]
    got = reader.read(page)
    assert error_rate(page.text, got.text) < most
    assert len(got.confidence) == len(got.boxes) == len(got.text)
    assert got.confidence.min() >= 0
    assert got.confidence.max() <= 1
    assert got.quality > 0.9


@pytest.mark.parametrize("theme", ["dark", "paper"])
def test_other_colours_are_read(reader: PageReader, prose: str, theme: str) -> None:
    page = render(prose, small("flow").themed(theme))[0]
    assert error_rate(page.text, reader.read(page).text) < 0.03


def test_random_strings_are_read(reader: PageReader) -> None:
    made = random.Random(7)
    words = ["".join(made.choices(string.ascii_letters + string.digits, k=12)) for _ in range(300)]
    page = render(" ".join(words), small("flow"))[0]
    assert error_rate(page.text, reader.read(page).text) < 0.06


def test_png_array_path_and_page_give_the_same(reader: PageReader, prose: str, tmp_path: Path) -> None:
    page = render(prose, small("flow", 120))[0]
    path = tmp_path / "page.png"
    path.write_bytes(page.png())
    texts = [reader.read(each).text for each in (page, page.pixels, page.png(), path, str(path))]
    assert len(set(texts)) == 1
    assert texts[0]
    color = np.repeat(page.pixels[:, :, None], 3, axis=2)
    assert reader.read(color).text == texts[0]


def test_many_pages_come_in_order(reader: PageReader, prose: str) -> None:
    pages = list(render(prose, small("flow", 60)))[:6]
    assert [got.text for got in reader.read_all(iter(pages))] == [reader.read(page).text for page in pages]


def test_boxes_lie_where_the_letters_are(reader: PageReader, prose: str) -> None:
    page = render(prose, small("flow", 120))[0]
    got = reader.read(page)
    at, there = got.text.find("the "), page.text.find("the ")
    assert at >= 0
    x0, y0, x1, y1 = (
        got.boxes[at : at + 3].min(0)[0],
        got.boxes[at][1],
        got.boxes[at : at + 3].max(0)[2],
        got.boxes[at][3],
    )
    (box,) = page.boxes(page.span[0] + there, page.span[0] + there + 3)
    assert abs(x0 - box.x0) <= 3
    assert abs(x1 - box.x1) <= 3
    assert y0 < (box.y0 + box.y1) / 2 < y1
    assert (got.boxes[:, 2] <= page.width_px).all()
    assert (got.boxes[:, 3] <= page.height_px).all()


def test_blank_pages_have_no_text(reader: PageReader) -> None:
    for level in (0, 128, 255):
        got = reader.read(np.full((300, 200), level, np.uint8))
        assert got.text == ""
        assert got.doubtful == ()


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (29, 31), (2000, 40), (2, 9000)])
def test_odd_sizes_do_no_harm(reader: PageReader, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, size, np.uint8)
    got = reader.read(noise)
    assert len(got.text) == len(got.confidence) == len(got.boxes)


def test_what_is_no_page_of_text_is_read_with_little_confidence(reader: PageReader, prose: str) -> None:
    numbers = np.random.default_rng(2)
    coarse = Image.fromarray(numbers.integers(0, 256, (12, 9), np.uint8)).resize((450, 600), Image.Resampling.BICUBIC)
    photograph = np.asarray(coarse).astype(np.float32) + numbers.normal(0, 12, (600, 450))
    page = render(prose, small("flow", 420))[0].pixels
    upright = reader.read(page)
    for image in (np.clip(photograph, 0, 255).astype(np.uint8), np.rot90(page).copy(), page[::-1, ::-1].copy()):
        got = reader.read(image)
        assert got.quality < 0.8 < upright.quality
        assert sum(end - start for start, end in got.doubtful) >= 0.3 * len(got.text)


@pytest.mark.parametrize("dpi", [60, 72, 96, 120, 144, 200, 300])
def test_resolutions(reader: PageReader, prose: str, dpi: int) -> None:
    page = render(prose, Style.preset("glyph-en").with_keys({"dpi": dpi, "page-size": "420,300"}))[0]
    assert error_rate(page.text, reader.read(page).text) < (0.25 if dpi < 72 else 0.03)


def test_a_clipped_page_does_no_harm(reader: PageReader, prose: str) -> None:
    page = render(prose, small("flow"))[0].pixels
    got = reader.read(page[7:-11, 13:-17].copy())
    assert len(got.text) > 1000


def test_doubtful_spans_hold_what_is_least_sure(reader: PageReader, prose: str) -> None:
    page = render(prose, small("flow"))[0]
    noisy = page.pixels.astype(np.float32) + np.random.default_rng(3).normal(0, 20, page.pixels.shape)
    got = reader.read(np.clip(noisy, 0, 255).astype(np.uint8))
    clean = reader.read(page)
    assert got.quality < clean.quality
    assert got.doubtful
    low = np.zeros(len(got.text), bool)
    for start, end in got.doubtful:
        assert start < end
        low[start:end] = True
    assert got.confidence[low].max() < got.confidence[~low].min()


@pytest.mark.parametrize("family", ["qwen3-vl", "qwen2.5-vl"])
def test_pages_in_the_tokens_of_other_families(prose: str, family: str) -> None:
    page = render(prose, small("flow"))[0]
    assert error_rate(page.text, PageReader(family=family).read(page).text) < 0.03


def test_errors() -> None:
    with pytest.raises(DataError, match="not an image"):
        PageReader().read(b"no image at all")
    with pytest.raises(DataError, match="No such file"):
        PageReader().read("/nowhere/page.png")
    with pytest.raises(DataError, match="uint8"):
        PageReader().read(np.zeros((4, 4), np.float64))  # pyright: ignore[reportArgumentType]
    with pytest.raises(DataError, match="nothing to read"):
        PageReader().read(np.zeros((0, 4), np.uint8))
    with pytest.raises(ReaderError, match="fixed size"):
        PageReader(family="gpt-4o")
    with pytest.raises(TokenError):
        PageReader(family="nobody-vl")
    with pytest.raises(ReaderError, match=r"weights\.onnx"):
        PageReader(weights="/nowhere/weights.onnx").read(np.zeros((40, 40), np.uint8))


def test_a_truncated_file_is_an_error(prose: str) -> None:
    png = render(prose, small("flow"))[0].png()
    with pytest.raises(DataError):
        PageReader().read(png[: len(png) // 2])


def test_other_image_formats(reader: PageReader, prose: str) -> None:
    page = render(prose, small("flow", 120))[0]
    for kind, keys in (("JPEG", {"quality": 95}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        file = io.BytesIO()
        Image.fromarray(page.pixels).save(file, kind, **keys)
        assert error_rate(page.text, reader.read(file.getvalue()).text) < 0.05


def test_the_weights_are_those_of_the_records() -> None:
    folder = resources.files("smallprint.readers.sight") / "weights"
    sizes: list[int] = []
    for name in SHIPPED:
        model = (folder / f"{name}.onnx").read_bytes()
        record = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        assert sha256(model).hexdigest() == record["weights"]["sha256"], name
        assert record["finished"], name
        sizes.append(len(model))
    assert max(sizes) <= 8_000_000
    assert sum(sizes) <= 12_000_000


CHINESE = (
    "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。及秦灭之后，楚、汉分争，又并入于汉。汉朝自高祖斩白蛇而起义，一统天下，后来光武中兴，传至献帝，"
    "遂分为三国。推其致乱之由，殆始于桓、灵二帝。桓帝禁锢善类，崇信宦官。及桓帝崩，灵帝即位，大将军窦武、太傅陈蕃，共相辅佐。时有宦官曹节等弄权，"
    "窦武、陈蕃谋诛之，机事不密，反为所害，中涓自此愈横。"
)
"""The beginning of the Romance of the Three Kingdoms (14th century), which is held out."""


def read_with(reader: PageReader, page: Page) -> str:
    """The network that was chosen."""
    return reader._read(page_reader.pixels_of(page))[1].network  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("preset", ["glyph-zh", "flow"])
@pytest.mark.parametrize("family", ["qwen3-vl", "glm-4.1v"])
def test_chinese_is_read_by_the_network_for_it(preset: str, family: str) -> None:
    reader = PageReader(family=family, threads=1)
    page = render(CHINESE * 3, Style.preset(preset))[0]
    assert read_with(reader, page) == "han"
    got = reader.read(page.png())
    assert error_rate(page.text, got.text) < 0.05
    assert got.quality > 0.8


def test_paragraphs_of_chinese_come_back() -> None:
    page = render(f"{CHINESE}\n\n{CHINESE}", Style.preset("glyph-zh"))[0]
    assert [len(part) > 150 for part in PageReader(threads=1).read(page).text.split("\n\n")] == [True, True]


def test_letters_are_not_read_by_the_network_for_chinese(prose: str) -> None:
    reader = PageReader(threads=1)
    for style in ("flow", "glyph-en", "dense", "code", "fine-7"):
        page = render(prose[:4000], Style.preset(style).with_keys({"page-size": "448,448"}))[0]
        assert read_with(reader, page) != "han"
    # It is not even loaded for ordinary print.
    fresh = PageReader(threads=1)
    fresh.read(render(prose, small("flow"))[0])
    assert set(fresh._networks) == {"reader"}  # pyright: ignore[reportPrivateUsage]
    assert PageReader(weights="han", threads=1).read(render(prose, small("flow"))[0]).quality < page_reader.PLAINLY


def test_characters_that_it_does_not_know_are_in_doubt() -> None:
    known = set(IDEOGRAPHS)
    strangers = [char for char in map(chr, range(0x4E00, 0x9F00)) if char not in known]
    text = "".join(random.Random(1).choices(strangers, k=400))
    page = render(text, Style.preset("glyph-zh"))[0]
    got = PageReader(threads=1).read(page)
    doubtful = sum(last - first for first, last in got.doubtful)
    assert doubtful / len(got.text) > 0.97


@pytest.mark.parametrize(
    ("preset", "network", "most"),
    [
        ("fine-8", "fine", 0.02),
        ("fine-7", "fine", 0.02),
        ("fine-6", "fine", 0.03),
        ("fine-5", "finest", 0.04),
        ("fine-4", "finest", 0.1),
        ("learned-4", "learned", 0.01),
    ],
)
@pytest.mark.parametrize("family", ["qwen3-vl", "glm-4.1v"])
def test_fine_print_is_read_by_the_network_for_it(
    preset: str, network: str, most: float, family: str, prose: str
) -> None:
    fine = PageReader(family=family, threads=1)
    page = render(prose[:3000], Style.preset(preset).with_keys({"page-size": "448,896"}))[-1]
    # A last page that is cropped: a family that has to resize it would blur its letters.
    assert page.height_px % 224 == 0
    assert page.height_px < 896
    assert fine._ways(page_reader.pixels_of(page))[0].network == network  # pyright: ignore[reportPrivateUsage]
    assert error_rate(page.text, fine.read(page.png()).text) < most


@pytest.mark.parametrize(
    ("preset", "network"), [("fine-7", "fine"), ("fine-5", "finest"), ("fine-4", "finest"), ("learned-4", "learned")]
)
def test_strings_at_random_do_not_mislead_the_choice(preset: str, network: str) -> None:
    draw = random.Random(1)
    text = " ".join(
        "".join(draw.choices(string.ascii_letters + string.digits, k=draw.randint(6, 24))) for _ in range(1500)
    )
    page = render(text, Style.preset(preset).with_keys({"page-size": "448,448"}))[0]
    assert PageReader(family="qwen3-vl", threads=1)._ways(page_reader.pixels_of(page))[0].network == network  # pyright: ignore[reportPrivateUsage]


def test_ordinary_print_is_read_by_the_network_for_it(prose: str) -> None:
    for preset in ("flow", "dense", "glyph-en"):
        page = render(prose, small(preset, 200))[0]
        assert PageReader(threads=1)._ways(page_reader.pixels_of(page))[0].network == "reader"  # pyright: ignore[reportPrivateUsage]


def test_reading_needs_no_torch(prose: str, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(render(prose, small("flow", 120))[0].png())
    code = (
        "import sys\nsys.modules['torch'] = None\nfrom smallprint.readers.sight.page_reader import PageReader\n"
        f"print(len(PageReader().read({str(path)!r}).text))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 500


@pytest.mark.parametrize(
    ("preset", "dpi", "pitch"),
    [("flow", 72, 10), ("dense", 72, 8), ("fine-7", 72, 7), ("fine-4", 72, 4), ("legible", 96, 16), ("flow", 180, 25)],
)
def test_the_distance_of_lines_tells_fine_print(preset: str, dpi: float, pitch: int) -> None:
    style = Style.preset(preset).with_keys({"dpi": dpi})
    page = next(iter(render("The hallway smelt of boiled cabbage and old rag mats, of coal and rain. " * 900, style)))
    assert page_reader._line_pitch(page.pixels[:448, :448]) == pitch  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "pixels", [np.full((448, 448), 255, np.uint8), np.zeros((28, 28), np.uint8), np.eye(90, dtype=np.uint8)]
)
def test_what_has_no_lines_is_no_fine_print(pixels: np.ndarray) -> None:
    assert page_reader._line_pitch(pixels) > page_reader.FINE_PITCH_PX  # pyright: ignore[reportPrivateUsage]


def test_pages_in_one_style_are_read_in_the_way_of_the_first() -> None:
    text = "The quick brown fox jumps over the lazy dog, and sleeps by the river. " * 300
    style = Style.preset("fine-7")
    pages = list(render(text, style))[:1] * 3
    reader = PageReader(family="qwen3-vl", threads=2)
    one_by_one = [read.text for read in reader.read_all(pages)]
    assert [read.text for read in reader.read_all(pages, alike=True)] == one_by_one
    assert list(reader.read_all([], alike=True)) == []
    # What is not like the first is read worse: it is looked at by the same network alone.
    plain = render(text[:2000], Style.preset("flow"))[0]
    _, misread = reader.read_all([pages[0], plain], alike=True)
    (read,) = reader.read_all([plain])
    assert misread.quality < read.quality
