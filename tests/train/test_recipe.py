"""Recipes, and the course of the rates."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.render import Style
from smallprint.tokens.families import family
from smallprint.train.reader.corpus import MADE_UP
from smallprint.train.reader.recipe import Recipe, Schedule, load_recipe

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))
LEAST = 'name = "x"\n[schedule]\nsteps = 10\n[[text]]\nname = "t"\nshare = 1\nfiles = "*.txt"\n'


def load(folder: Path, text: str, **changes: Any) -> Recipe:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path, **changes)


def test_recipes_are_shipped() -> None:
    assert "reader_cpu" in {path.stem for path in RECIPES}


@pytest.mark.parametrize(
    "path", [path for path in RECIPES if path.stem.startswith("reader")], ids=lambda path: path.stem
)
def test_shipped_recipes_load(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    assert sum(share.share for share in recipe.text) == pytest.approx(1)
    for check in recipe.check:
        assert Style.preset(check.style)
        assert family(check.family).params["factor"] in (28, 32)
        # What is read as a check is not trained on.
        assert check.file in MADE_UP or check.file not in {share.files for share in recipe.text}
    assert json.loads(json.dumps(recipe.to_json()))["shape"]["dim"] == recipe.shape.dim


def test_what_is_left_out_takes_its_default(tmp_path: Path) -> None:
    recipe = load(tmp_path, LEAST)
    assert (recipe.seed, recipe.schedule, recipe.check) == (1, Schedule(steps=10), ())
    assert recipe.text[0].files == "*.txt"


def test_changes_stand_in(tmp_path: Path) -> None:
    assert load(tmp_path, LEAST, seed=5).seed == 5
    assert load(tmp_path, "seed = 3\n" + LEAST, seed=None).seed == 3
    with pytest.raises(DataError, match="seed = 'a' is not int"):
        load(tmp_path, LEAST, seed="a")
    assert load(tmp_path, LEAST, steps=7).schedule == Schedule(steps=7)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speed = 1\n" + LEAST, "recipe: unknown key 'speed'; allowed are name, seed"),
        (LEAST.replace("steps = 10", "steps = 10\nstep = 1"), "schedule: unknown key 'step'"),
        (LEAST + "weight = 1\n", "text: unknown key 'weight'"),
        ("[shape]\ndims = 3\n" + LEAST, "unknown key"),
        (LEAST + "[shape]\ndims = 3\n", "shape: unknown key 'dims'"),
        (LEAST + '[[check]]\nname = "c"\n', "check: .*file"),
        (LEAST.replace("steps = 10", 'steps = "10"'), "schedule: steps = '10' is not int"),
        (LEAST.replace("steps = 10", "steps = 10.5"), "schedule: steps = 10.5 is not int"),
        (LEAST.replace("steps = 10", "steps = 0"), "schedule: steps = 0 is not allowed"),
        (LEAST.replace("steps = 10", "steps = true"), "schedule: steps = True is not int"),
        (LEAST.replace("steps = 10", ""), "schedule: .*steps"),
        (LEAST.replace("share = 1", 'share = "all"'), "text: share = 'all' is not float"),
        (LEAST.replace('name = "x"', "name = 1"), "recipe: name = 1 is not str"),
        (LEAST.replace('name = "x"', ""), "recipe: .*name"),
        (LEAST + 'exclude = "held*"\n', r"text: exclude = 'held\*' is not tuple"),
        (LEAST + "exclude = [1]\n", r"text: exclude = .*1.* is not tuple"),
        ('name = "x"\n[schedule]\nsteps = 10\n', "recipe: .*text"),
        ('name = "x"\ntext = "books"\n[schedule]\nsteps = 10\n', "text"),
        ('name = "x"\ntext = 5\n[schedule]\nsteps = 10\n', "text"),
        ('name = "x"\nschedule = 5\n', "schedule must be a table"),
        ("name = \n", "recipe.toml"),
    ],
    ids=itertools.count(),
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        load(tmp_path, text)
    assert "recipe.toml" in str(caught.value)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml"):
        load_recipe(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"binary\.toml"):
        load_recipe(tmp_path / "binary.toml")


@given(
    steps=st.integers(1, 400),
    warm_up=st.integers(1, 100),
    decay=st.floats(0, 1),
    last_rate=st.floats(0, 1),
)
def test_rates_rise_stay_and_fall(steps: int, warm_up: int, decay: float, last_rate: float) -> None:
    plan = Schedule(steps=steps, warm_up=warm_up, decay=decay, last_rate=last_rate)
    shares = [plan.share(step) for step in range(steps)]
    assert all(0 < share <= 1 for share in shares)
    top = shares.index(max(shares))
    assert shares[: top + 1] == sorted(shares[: top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)


def test_the_shape_of_the_rates() -> None:
    plan = Schedule(steps=1000, warm_up=10, decay=0.4, last_rate=0.01)
    assert [plan.share(step) for step in (0, 4, 9, 10, 599, 600)] == pytest.approx([0.1, 0.5, 1, 1, 1, 1])
    assert [plan.share(step) for step in (700, 800, 900, 999)] == pytest.approx([0.75, 0.5, 0.25, 0.01])
