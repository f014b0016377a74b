"""Batches of crops, and what happens to pages on their way."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from smallprint.readers.sight.alphabet import ALPHABET, ALPHABETS, SPACE, UNKNOWN, text_of
from smallprint.readers.sight.slots import ROW_PX
from smallprint.train.reader import degrade
from smallprint.train.reader.corpus import Corpus, TextShare
from smallprint.train.reader.data import LEAST_LEADING_PX, LEAST_SIZE_PX, Crops, Mixture, Samples, small_styles
from smallprint.train.reader.targets import EMPTY

WORDS = [f"{word}{i}" for i in range(400) for word in ("clocks", "Winston", "cabbage", "Oceania", "thirteen")]
CORPUS = Corpus((TextShare(name="words", share=1.0, files="words"),), (((" ".join(WORDS)),),))
SMALL = Mixture(small_print=1.0, no_text=0.0, turned=0.0, crop_tokens=4)


def samples(mixture: Mixture = SMALL, *, seed: int = 1, batch: int = 2) -> Samples:
    return Samples(CORPUS, mixture, seed=seed, batch=batch, slots_a_cell=2)


def same(one: Crops, other: Crops) -> bool:
    return (
        one.token_px == other.token_px
        and np.array_equal(one.ink, other.ink)
        and np.array_equal(one.targets.classes, other.targets.classes)
    )


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens to pages."""
    for name in ("RESCALE", "WEIGHT", "NOISE", "JPEG"):
        monkeypatch.setattr(degrade, name, 0.0)


def test_a_batch_is_the_same_whatever_was_asked_before() -> None:
    drawn = samples()
    forward = [drawn(number) for number in (0, 1, 2)]
    backward = samples()
    for number in (2, 0, 1, 2):
        assert same(backward(number), forward[number])
    assert not same(forward[0], forward[1])
    assert not same(samples(seed=2)(0), forward[0])


def test_the_papers_mixture_is_the_same_too() -> None:
    mixture = Mixture(small_print=0.0, crop_tokens=4)
    assert same(samples(mixture)(7), samples(mixture)(7))


@pytest.mark.parametrize(("share", "token_px"), [(0.0, 28), (1.0, 32)])
def test_crops_are_of_whole_tokens(share: float, token_px: int) -> None:
    mixture = Mixture(small_print=1.0, large_tokens=share, crop_tokens=3, crops_a_page=2)
    crops = samples(mixture, batch=3)(4)
    side_px = 3 * token_px
    assert crops.token_px == token_px
    assert (crops.ink.shape, crops.ink.dtype) == ((3, side_px, side_px), np.float32)
    assert (crops.targets.classes.shape, crops.targets.classes.dtype) == (
        (3, side_px // ROW_PX, side_px // 2),
        np.int16,
    )
    assert ((crops.ink >= 0) & (crops.ink <= 1)).all()
    assert ((crops.targets.classes >= EMPTY) & (crops.targets.classes < len(ALPHABET))).all()


def drawn_of(crops: Crops) -> list[tuple[NDArray[np.float32], NDArray[np.int16]]]:
    return list(zip(crops.ink, crops.targets.classes, strict=True))


@pytest.mark.usefixtures("clean")
def test_targets_say_what_the_crop_shows() -> None:
    """Rows are parts of the text, and there is ink where a letter is said to be and none where none is."""
    whole = " ".join(WORDS)
    n_letters = 0
    for ink, classes in (pair for number in range(6) for pair in drawn_of(samples()(number))):
        for row in classes:
            said = text_of(row[row != EMPTY])
            assert said in whole
            n_letters += len(said)
        # Letters at the edge may have their ink outside.
        letters = np.argwhere((classes != EMPTY) & (classes != SPACE))
        inside = [
            (y, x) for y, x in letters.tolist() if 2 <= y < classes.shape[0] - 2 and 3 <= x < classes.shape[1] - 3
        ]
        near = [ink[4 * y - 3 : 4 * y + 7, 2 * x - 2 : 2 * x + 4].max() for y, x in inside]
        assert all(level > 0.3 for level in near)
        covered = np.zeros(ink.shape, bool)
        for y, x in letters.tolist():
            covered[max(0, 4 * y - 8) : 4 * y + 12, max(0, 2 * x - 8) : 2 * x + 10] = True
        covered[:12] = covered[-12:] = covered[:, :12] = covered[:, -12:] = True
        assert ink[~covered].max(initial=0) < 0.05
    assert n_letters > 1000


def test_turned_pages_and_images_without_text_say_nothing() -> None:
    for mixture in (Mixture(small_print=1.0, no_text=0, turned=1, crop_tokens=4), Mixture(no_text=1, crop_tokens=4)):
        batches = [samples(mixture)(number) for number in range(3)]
        assert all((crops.targets.classes == EMPTY).all() for crops in batches)
        assert any(crops.ink.max() > 0.5 for crops in batches)


def test_pages_that_are_smaller_than_a_crop() -> None:
    mixture = Mixture(small_print=1.0, no_text=0, turned=0, crop_tokens=24, crops_a_page=1)
    crops = samples(mixture, batch=3)(1)
    assert crops.ink.shape == (3, 24 * crops.token_px, 24 * crops.token_px)
    assert (crops.targets.classes != EMPTY).any(axis=(1, 2)).all()


def test_styles_keep_lines_apart() -> None:
    for style in samples(Mixture(small_print=0.0))._mixed(3):  # pyright: ignore[reportPrivateUsage]
        assert style.line_height_px >= LEAST_LEADING_PX
        assert style.font_size * style.scale >= LEAST_SIZE_PX


def test_degraded_pages_stay_legible_and_in_place() -> None:
    page = np.full((80, 60), 255, np.uint8)
    page[20:60, 10:50:4] = 0
    changed = 0
    for seed in range(60):
        made = degrade.degraded(Random(seed), page, worst_jpeg=50)
        assert (made.shape, made.dtype) == (page.shape, np.uint8)
        assert made[25:55, 10:50:4].mean() < 90 < 170 < made[:15].mean()
        assert np.array_equal(made, degrade.degraded(Random(seed), page, worst_jpeg=50))
        changed += not np.array_equal(made, page)
    assert 5 < changed < 40
    assert page[0, 0] == 255


def test_pages_are_rescaled_a_little() -> None:
    page = np.zeros((200, 100), np.uint8)
    shapes = {degrade.rescaled(Random(seed), page).shape for seed in range(80)}
    assert page.shape in shapes
    assert len(shapes) > 10
    for height, width in shapes:
        assert 0.88 < height / 200 < 1.26
        assert 0.95 < width / 100 / (height / 200) < 1.05


@pytest.mark.parametrize("side_px", [28, 96])
def test_images_without_text(side_px: int) -> None:
    images = [degrade.no_text(Random(seed), side_px) for seed in range(12)]
    assert all(image.shape == (side_px, side_px) and image.dtype == np.uint8 for image in images)
    assert len({image.tobytes() for image in images}) == 12
    assert np.array_equal(images[5], degrade.no_text(Random(5), side_px))


def test_foreign_print_is_left_unread_and_other_recipes_do_not_change() -> None:
    fine = Mixture(fine_print=1.0, presets=("learned-4",), no_text=0.0, turned=0.0, crop_tokens=3)
    batch = {
        share: [Samples(CORPUS, replace(fine, foreign=share), seed=1, batch=2, slots_a_cell=4)(at) for at in range(6)]
        for share in (0.0, 1.0)
    }
    assert all((crops.targets.classes >= 0).any() for crops in batch[0.0])
    assert not any((crops.targets.classes >= 0).any() for crops in batch[1.0])
    assert all(crops.ink.any() for crops in batch[1.0])
    # Pages that confidence is fitted to are those of the network's own print.
    random = Random("1")
    drawn = Samples(CORPUS, replace(fine, foreign=1.0), seed=1, batch=2, slots_a_cell=4).page(random)
    assert drawn is not None
    assert (drawn[1].classes >= 0).any()


def test_small_print_keeps_to_the_faces_and_sizes_that_are_named() -> None:
    mixture = replace(SMALL, faces=("Noto Sans CJK SC",), sizes_pt=(9.0, 12.0))
    styles = list(islice(small_styles(Random(1), mixture), 40))
    assert {style.font for style in styles} == {"Noto Sans CJK SC"}
    assert {style.font_size for style in styles} == {9.0, 12.0}
    assert {style.horizontal_scale for style in styles} == {1.0}
    others = {style.font for style in islice(small_styles(Random(1), SMALL), 40)}
    assert len(others) > 2
    assert "Noto Sans CJK SC" not in others


def test_chinese_is_a_class_each_to_a_network_that_knows_it() -> None:
    corpus = Corpus((TextShare(name="han", share=1.0, files="han"),), (("话说天下大势分久必合" * 3000,),))
    mixture = replace(SMALL, faces=("Noto Sans CJK SC",), sizes_pt=(9.0,))
    for n_classes, wanted in ((ALPHABETS["letters"], {UNKNOWN}), (ALPHABETS["han"], set("话说天下大势分久必合"))):
        drawn = Samples(corpus, mixture, seed=1, batch=2, slots_a_cell=2, n_classes=n_classes)(0).targets.classes
        assert set(text_of(drawn[drawn != EMPTY])) == wanted
