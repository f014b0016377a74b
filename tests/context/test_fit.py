"""The densest style for each part of a text that is still read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.context import fit as module
from smallprint.context.fit import fit
from smallprint.errors import DataError
from smallprint.render import Page, Style
from tests.context.scripted import Scripted

DENSE, PLAIN = Style.preset("dense"), Style.preset("flow")
PROSE = "The hallway smelt of boiled cabbage and old rag mats, and nobody saw it.\n\n" * 60
CODE = "    def _f1(self): return {'a_1': 0x7f, 'b_2': [1, 2], **self._k}\n\n" * 60


def digits_lost(page: Page) -> str:
    """Small letters cost the digits and signs."""
    small = page._laid.lines[0].bottom_px - page._laid.lines[0].top_px < 10  # pyright: ignore[reportPrivateUsage]
    return page.text.replace("_", "-").replace("'", "`").replace("{", "(") if small else page.text


def test_each_kind_takes_the_densest_style_that_it_stands() -> None:
    found = fit(PROSE + CODE + PROSE, [DENSE, PLAIN], Scripted(digits_lost), cer=0.01)
    assert [part.style.name for part in found.parts] == ["dense", "flow", "dense"]
    assert found.tally.errors == 0
    assert all(part.met for part in found.parts)
    dense, plain = found.alone
    assert not dense.met
    assert plain.met
    assert found.best_alone() == plain
    assert found.tokens < plain.tokens


def test_where_no_style_is_good_enough_the_best_is_taken() -> None:
    found = fit(CODE, [DENSE, PLAIN], Scripted(lambda page: digits_lost(page).replace("self", "sclf")), cer=0.001)
    assert {part.style.name for part in found.parts} == {"flow"}
    assert not any(part.met for part in found.parts)


def test_a_short_part_does_not_pay_for_a_page_of_its_own() -> None:
    short = CODE[: CODE.index("\n\n") + 2] * 2
    found = fit(PROSE + short + PROSE, [DENSE, PLAIN], Scripted(digits_lost), cer=0.5)
    assert [part.style.name for part in found.parts] == ["dense"]


@given(st.lists(st.sampled_from(["A line of prose.\n\n", "x_1 = {2: 3}\n", "\n", "word " * 90, "\n \n"]), max_size=80))
@settings(deadline=None)
def test_parts_tile_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    if not text.strip():
        with pytest.raises(DataError):
            fit(text, [PLAIN], Scripted(lambda page: page.text), cer=0.01)
        return
    spans = list(module._spans(text))  # pyright: ignore[reportPrivateUsage]
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(one[1] == other[0] for one, other in pairwise(spans))


def test_no_styles() -> None:
    with pytest.raises(DataError, match="at least one style"):
        fit("text", [], Scripted(lambda page: page.text), cer=0.01)


def test_line_ends_of_windows_and_texts_without_blank_lines_are_cut_too() -> None:
    reader = Scripted(digits_lost)
    for text in ((3 * (PROSE + CODE)).replace("\n", "\r\n"), (3 * PROSE + 3 * CODE).replace("\n\n", "\n")):
        spans = list(module._spans(text))  # pyright: ignore[reportPrivateUsage]
        assert len(spans) > 2
        assert max(end - start for start, end in spans) < 4 * module.PART_CHARS
        found = fit(text, [DENSE, PLAIN], reader, cer=0.01)
        assert found.parts[-1].style.name == "flow"


def test_a_part_that_is_not_good_enough_is_not_hidden_among_others() -> None:
    reader = Scripted(lambda page: page.text.replace("self", "sclf"))
    found = fit(PROSE + CODE + PROSE, [PLAIN], reader, cer=0.02)
    (part,) = found.parts
    assert part.tally.cer < 0.02
    assert not part.met
