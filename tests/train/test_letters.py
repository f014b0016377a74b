"""Letters that are learned: pages set from them are the renderer's, a training goes on where it stopped, its face can be used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from smallprint.errors import DataError, StoreError
from smallprint.readers.sight.alphabet import text_of
from smallprint.render import Style, fonts, render
from smallprint.train.letters import loop
from smallprint.train.letters.case import Case, Letters, composed, coverage, drawn, placed
from smallprint.train.letters.loop import Learning, learn_letters
from smallprint.train.letters.recipe import LETTERS, LetterCheck, LetterRecipe, load_letter_recipe
from smallprint.train.reader.corpus import TextShare
from smallprint.train.reader.loop import CHECKPOINT
from smallprint.train.reader.recipe import Schedule
from tests.train import tiny

RECIPES = Path(__file__).parents[2] / "recipes"
ASCII = "".join(map(chr, range(0x20, 0x7F))) + "↵"
FINE = Style.preset("fine-4")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    tiny.write_texts(folder)
    return folder


def recipe(**changes: Any) -> LetterRecipe:
    made = LetterRecipe(
        name="tiny",
        style="fine-4",
        face="Tiny",
        letters=ASCII,
        side_px=64,
        shape=dataclasses.replace(tiny.SHAPE, slots_a_cell=4),
        schedule=Schedule(steps=4, parts=1, batch=2, warm_up=2, check_every=2, save_every=2),
        text=(TextShare(name="books", share=1.0, files="books/*.txt"),),
        check=(
            LetterCheck(name="words", file="books/one.txt", pages=1),
            LetterCheck(name="strings", file="generated", pages=1),
        ),
    )
    return dataclasses.replace(made, **changes)


def silent(row: dict[str, Any]) -> None:
    pass


def test_pages_set_from_letters_are_the_renderers(root: Path, tmp_path: Path) -> None:
    learn_letters(recipe(), root, tmp_path, command="", say=silent)
    style = Style.preset("learned-4").with_keys(
        {"font-path": str(tmp_path / "face.png"), "page-size": "64,64", "crop-grid": 1, "auto-crop-last-page": False}
    )
    text = "It was a bright cold day in April."
    page = render(text, style)[0]
    face = fonts.resolve(str(tmp_path / "face.png"))
    case = Case.of(FINE, ASCII)
    pictures = [
        face.bitmap(face.glyph_index(ord(letter)), size_px=4, stretch=1, shift_64=0).coverage for letter in ASCII
    ]
    ink = np.zeros_like(case.ink)
    for at, picture in enumerate(pictures):
        ink[at, :, : picture.shape[1]] = drawn(picture)
    first = page.text[: page.lines[0].end]
    places = placed([first], case, 64, 4)
    ours = composed(torch.from_numpy(ink), places, 64)[0].numpy()
    assert (np.rint(255 - 255 * ours[:4]) == page.pixels[:4]).all()
    # Every letter has a slot of its own, in reading order.
    (row,) = [line for line in places.classes[0] if (line >= 0).any()]
    assert text_of(row[row >= 0]) == first == places.texts[0]


def test_ink_comes_back_from_what_the_renderer_is_given() -> None:
    ink = np.linspace(0, 1, 256, dtype=np.float32)
    assert np.abs(drawn(coverage(ink)) - ink).max() < 0.01
    assert (coverage(drawn(coverage(ink))) == coverage(ink)).mean() > 0.9


def test_a_case_has_the_faces_letters_and_an_empty_space() -> None:
    case = Case.of(FINE, LETTERS)
    assert case.line_px == 4
    assert case.advance[LETTERS.index("m")] > case.advance[LETTERS.index("i")]
    letters = Letters(case, 0.5)()
    assert not (letters.detach().numpy() * (case.inside == 0)).any()
    assert not letters[LETTERS.index(" ")].detach().numpy().any()
    with pytest.raises(DataError, match="whole pixels"):
        Case.of(Style.preset("flow"), "a")


def test_the_reading_changes_the_letters_that_it_read(root: Path) -> None:
    learning = Learning(recipe(rare=0.0), root)
    before = learning.letters.logit.detach().clone()
    learning.learn()
    changed = (learning.letters.logit.detach() != before).flatten(1).any(1)
    read = set(tiny.SENTENCE)
    for letter, has_changed in zip(ASCII, changed.tolist(), strict=True):
        if letter == " ":
            assert not has_changed
        elif letter in read:
            assert has_changed, letter


def test_letters_that_are_not_to_be_learned_stay(root: Path, tmp_path: Path) -> None:
    learning = Learning(recipe(learn=False), root)
    learning.learn()
    assert (learning.ink == drawn(coverage(Case.of(FINE, ASCII).ink))).all()


def test_stopped_and_gone_on_is_in_one_go(root: Path, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    learn_letters(recipe(), root, tmp_path / "parts", command="", say=silent, until=2)
    gone_on = learn_letters(recipe(), root, tmp_path / "parts", command="", say=silent)
    whole = learn_letters(recipe(), root, tmp_path / "whole", command="", say=rows.append)
    assert (tmp_path / "parts" / "face.png").read_bytes() == (tmp_path / "whole" / "face.png").read_bytes()
    assert gone_on["face_sha256"] == whole["face_sha256"]
    assert [row["step"] for row in rows] == [2, 4]
    assert set(rows[0]["checks"]) == {"words", "strings"}
    assert json.loads((tmp_path / "whole" / "record.json").read_text("utf-8"))["steps"] == 4
    other = learn_letters(recipe(seed=2), root, tmp_path / "other", command="", say=silent)
    assert other["face_sha256"] != whole["face_sha256"]


def test_another_recipe_and_damage_are_refused(root: Path, tmp_path: Path) -> None:
    learn_letters(recipe(), root, tmp_path, command="", say=silent, until=2)
    with pytest.raises(DataError, match="another recipe"):
        learn_letters(recipe(noise=0.1), root, tmp_path, command="", say=silent)
    (tmp_path / CHECKPOINT).write_bytes(b"damaged")
    with pytest.raises(StoreError, match="not a checkpoint"):
        learn_letters(recipe(), root, tmp_path, command="", say=silent)


def test_a_full_disk_leaves_what_was_there(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn_letters(recipe(), root, tmp_path, command="", say=silent, until=2)
    kept = (tmp_path / CHECKPOINT).read_bytes()

    def full(state: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(loop.torch, "save", full)
    with pytest.raises(StoreError, match="No space left"):
        learn_letters(recipe(), root, tmp_path, command="", say=silent)
    assert (tmp_path / CHECKPOINT).read_bytes() == kept


def test_recipes(tmp_path: Path) -> None:
    made = load_letter_recipe(RECIPES / "letters_4px_cpu.toml", seed=7, steps=10)
    assert (made.seed, made.schedule.steps, made.letters) == (7, 10, LETTERS)
    text = (RECIPES / "letters_4px_cpu.toml").read_text("utf-8")
    for old, new, why in (
        ("seed = 1", "sead = 1", "unknown key 'sead'"),
        ("seed = 1", 'letters = "aa"', "given once"),
        ("seed = 1", 'letters = "中"', "alphabet"),
        ("seed = 1", "side_px = 100", "multiple"),
        ("parts = 1", "parts = 2", "parts = 1"),
        ("[shape]", "[shape", r"letters\.toml"),
    ):
        path = tmp_path / "letters.toml"
        path.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(DataError, match=why):
            load_letter_recipe(path)
    with pytest.raises(DataError, match=r"no\.toml"):
        load_letter_recipe(tmp_path / "no.toml")
