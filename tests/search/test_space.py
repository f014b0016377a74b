"""The space: what it draws can be drawn, what proposers get wrong is put right, styles come back as the genomes they were."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError, FontError, StyleError, TokenError
from smallprint.render import Style, render
from smallprint.render.fonts import resolve
from smallprint.search.distributions import distributions
from smallprint.search.space import KINDS, Space
from smallprint.tokens.families import families
from smallprint.tokens.vision import resized, vision_tokens

SPACE = Space.of("glm-4.1v", KINDS, level="all")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.integers(0, 10**6), st.sampled_from(families()), st.sampled_from(["core", "all"]))
def test_what_is_drawn_is_a_style_and_comes_back(seed: int, family: str, level: Any) -> None:
    space = Space.of(family, ["prose", "code"], level=level)
    genome = space.draw(Random(seed))
    style = space.style(genome)
    assert len(render("Some words to be drawn.", style)) >= 1
    again = space.genome(style)
    assert space.style(again).digest == style.digest
    assert space.repaired(genome) == (genome, [])
    drawn = distributions(space)
    assert all(drawn[name]._contains(drawn[name].to_internal_repr(value)) for name, value in genome.items())


@given(st.integers(0, 10**6))
def test_children_stay_in_the_space(seed: int) -> None:
    random = Random(seed)
    one, other = SPACE.draw(random), SPACE.draw(random)
    for child in (SPACE.mutated(one, random, 3), SPACE.crossed(one, other, random)):
        assert SPACE.repaired(child) == (child, [])
    crossed = SPACE.crossed(one, other, random)
    assert all(crossed[name] in (one[name], other[name]) for name in crossed)


@given(st.dictionaries(st.sampled_from([knob.name for knob in SPACE.knobs]) | st.text(max_size=8), JSON, max_size=6))
def test_anything_becomes_a_genome_and_is_told(given: dict[str, Any]) -> None:
    genome, notes = SPACE.repaired(given)
    assert SPACE.repaired(genome) == (genome, [])
    for name, value in given.items():
        if name not in genome or genome[name] != value:
            assert any(note.startswith(f"{name}:") for note in notes)


def test_pages_keep_their_pixels_and_cost_the_least() -> None:
    for family in ("glm-4.1v", "qwen3-vl", "claude", "gpt-5.5"):
        pages = [tuple(map(int, str(page).split("x"))) for page in Space.of(family, ["prose"])["page"].choices]
        costs = [vision_tokens(family, *page) / (page[0] * page[1]) for page in pages]
        assert all(resized(family, *page) == page for page in pages)
        assert max(costs) <= 1.05 * min(costs)


def test_every_family_has_a_page() -> None:
    for family in families():
        space = Space.of(family, ["prose"])
        assert space["page"].choices
        space.style(space.default)


def test_knobs_that_have_no_effect_do_not_tell_styles_apart() -> None:
    one = {**SPACE.default, "columns": 1, "column_gap": 4, "newline": "mark", "space_after": 3}
    other = {**one, "column_gap": 20, "space_after": 0}
    assert SPACE.style(one).digest == SPACE.style(other).digest
    assert SPACE.active(one) == SPACE.active(other)
    assert SPACE.style({**one, "columns": 2}).digest != SPACE.style({**other, "columns": 2}).digest


def test_kinds_and_levels_decide_what_is_searched() -> None:
    names = {knob.name for knob in Space.of("glm-4.1v", ["prose"]).knobs}
    assert "size" in names
    assert not names & {"highlight", "tab_width", "border", "squeeze"}
    assert {"highlight", "tab_width"} <= {knob.name for knob in Space.of("glm-4.1v", ["prose", "code"]).knobs}
    assert "Noto Sans CJK SC" in Space.of("glm-4.1v", ["cjk"])["face"].choices
    own = str(resolve("DejaVu Serif").path)
    assert own in Space.of("glm-4.1v", ["prose"], fonts=[own])["face"].choices


def test_seeds_are_near_their_presets() -> None:
    for name, genome in SPACE.seeds():
        preset, made = Style.preset(name), SPACE.style(genome)
        assert made.font == preset.font
        assert made.font_size == pytest.approx(preset.font_size, abs=0.5)
        assert made.newline == preset.newline


def test_bad_use() -> None:
    with pytest.raises(TokenError, match="no-such"):
        Space.of("no-such", ["prose"])
    with pytest.raises(FontError, match="absent"):
        Space.of("glm-4.1v", ["prose"], fonts=["absent.ttf"])
    with pytest.raises(DataError, match="poetry"):
        Space.of("glm-4.1v", ["poetry"])
    with pytest.raises(DataError, match="level"):
        Space.of("glm-4.1v", ["prose"], level="some")  # pyright: ignore
    with pytest.raises(StyleError):
        SPACE.style({**SPACE.default, "page": "448x448", "columns": 3, "column_gap": 24, "margin": 300})
