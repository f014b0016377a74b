"""The reader that ships in a run: pages are read from their pixels, and pins put where they were misread."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint import reader
from smallprint.errors import ReaderError
from smallprint.evals.answering import answers_of
from smallprint.evals.arms import ARMS, Kit
from smallprint.evals.item import Item
from smallprint.evals.pinned import with_pins
from smallprint.evals.run import Run
from smallprint.evals.task import Task, Wanted
from smallprint.render import Style
from tests.evals.test_run import config


def test_pins_take_the_place_of_what_is_most_like_them() -> None:
    read = "The hash of the ship is 8fO3aaS1 and the other one is 11112222."
    assert with_pins(read, ["8f03aa51"]) == read.replace("8fO3aaS1", "8f03aa51")
    assert with_pins(read, ["11112222"]) == read
    assert with_pins(read, ["entirely-different"]) == read
    assert with_pins("", ["a"]) == ""
    assert with_pins("the number is: S286706. They sat", ["5286706"]) == "the number is: 5286706. They sat"


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=3))
def test_pins_never_fail(text: str, pins: list[str]) -> None:
    with_pins(text, pins)


def test_the_rule_sees_the_page_and_not_the_item() -> None:
    """What is drawn is what is read; an item whose context says something else than its pages cannot be told apart."""
    seen: list[str] = []

    def rule(context: str, question: str) -> str:
        seen.append(context)
        return question

    task = Task(suite="s", name="exact_x", make=lambda _: iter(()), rule=rule)
    item = Item(
        id="1", context="Plain words on a page.\nAnd a second line.", question="Q?", answers=("a",), max_output_tokens=8
    )
    made = reader("embedded")
    kit = Kit(reader=made, family="glm-4.1v", styles={"flow": Style.preset("flow")})

    async def both() -> None:
        for arm in ("text", "pages"):
            await answers_of(made)(task, item, await ARMS[arm](item, kit, "flow"))

    asyncio.run(both())
    assert seen[0] == item.context
    assert seen[1].split() == item.context.split()
    assert "\n" in seen[1], "the mark for a line break was not read"


def test_a_task_without_a_rule_needs_a_model() -> None:
    task = Task(suite="longbench", name="qasper", make=lambda _: iter(()))
    item = Item(id="1", context="c", question="q", answers=("a",), max_output_tokens=8)
    made = reader("embedded")
    kit = Kit(reader=made, family="glm-4.1v", styles={"flow": Style.preset("flow")})

    async def ask() -> None:
        await answers_of(made)(task, item, await ARMS["text"](item, kit, "flow"))

    with pytest.raises(ReaderError, match="longbench/qasper: it takes understanding"):
        asyncio.run(ask())


def test_pages_are_read_in_a_run(tmp_path: Path) -> None:
    given = config(
        tasks=("exact/exact_uuid", "longbench/qasper"),
        wanted=Wanted(lengths=(768,), samples=2),
        arms=("text", "pages", "pins", "summary"),
    )
    done = Run(given, reader("embedded"), tmp_path).go()
    assert not done.why
    assert set(done.skipped) == {"summary", "longbench/qasper"}
    by_arm = {
        arm: [sample for sample in done.samples if sample.arm == arm] for arm in ("text", "pages:flow", "pins:flow")
    }
    assert all(sample.score == 1.0 for sample in by_arm["text"])
    for page, pinned in zip(by_arm["pages:flow"], by_arm["pins:flow"], strict=True):
        assert page.n_images == 1
        assert page.prediction
        assert 3 < (page.compression or 0) < 7  # the last page is cropped
        # Strings that go along cost tokens.
        assert pinned.context_tokens >= page.context_tokens
        assert (pinned.score or 0) >= (page.score or 0)
