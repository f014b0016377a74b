"""The gate never picks the dearer side, plans add up, and pages are fitted into what a request may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import TokenError, TooLarge
from smallprint.tokens import Price, count, families, family, fit_images, make_plan, shrink, vision_tokens
from smallprint.tokens.gate import SHORT_TOKENS, decide
from smallprint.tokens.limits import MAX_GROWTH, MIB
from smallprint.tokens.prices import Rates, cost_of_asking

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (595, 842)


@dataclass(frozen=True)
class FakePage:
    span: tuple[int, int]


@dataclass(frozen=True)
class FakePages:
    """What a plan needs of pages: a text, sizes and spans."""

    text: str
    page_sizes: tuple[tuple[int, int], ...]

    def sizes(self) -> list[tuple[int, int]]:
        return list(self.page_sizes)

    def __iter__(self) -> Iterator[FakePage]:
        n, length = len(self.page_sizes), len(self.text)
        return (FakePage((length * i // n, length * (i + 1) // n)) for i in range(n))


def pages(words: int, n_pages: int, size: tuple[int, int] = PAGE) -> FakePages:
    return FakePages("word " * words, (size,) * n_pages)


rates = st.builds(
    Rates,
    input=st.floats(0.01, 50),
    cached_read=st.none() | st.floats(0, 5),
    cache_write=st.none() | st.floats(0.01, 60),
    output=st.just(1.0),
)
prices = st.builds(
    Price,
    model=st.just("m"),
    provider=st.just("p"),
    rates=rates,
    tiers=st.lists(st.tuples(st.integers(0, 10**6), rates), max_size=2).map(
        lambda tiers: tuple(sorted(tiers, key=lambda tier: tier[0]))
    ),
    date=st.just("2026-11-20"),
    source=st.just("here"),
)


@given(
    text=st.integers(0, 10**7),
    page=st.integers(0, 10**7),
    price=st.none() | prices,
    asks=st.integers(1, 20),
    error=st.none() | st.floats(0, 0.3),
)
def test_pages_are_never_the_dearer_side(
    text: int, page: int, price: Price | None, asks: int, error: float | None
) -> None:
    verdict = decide(text_tokens=text, page_tokens=page, n_pages=3, price=price, asks=asks, text_error=error)
    as_text, as_pages = (text, page) if price is None else (cost_of_asking(price, n, asks) for n in (text, page))
    assert (verdict.decision == "pages") == (as_pages < as_text and text >= SHORT_TOKENS)
    assert (verdict.usd_text is None) == (price is None)
    assert "\n" not in verdict.reason
    assert f"{text:,}" in verdict.reason


def test_short_texts_stay_text() -> None:
    verdict = decide(text_tokens=999, page_tokens=1, n_pages=1)
    assert verdict.decision == "text"
    assert verdict.reason == "999 tokens of text are under 1,000, and short texts stay text"
    assert decide(text_tokens=1000, page_tokens=1, n_pages=1).decision == "pages"


def test_what_cannot_be_sent_is_not_chosen() -> None:
    verdict = decide(text_tokens=5000, page_tokens=None, n_pages=1, obstacle="too many")
    assert (verdict.decision, verdict.reason) == ("text", "pages cannot be sent: too many")


def test_reasons_tell_doubt() -> None:
    assert "within the 5.0% error" in decide(text_tokens=10_000, page_tokens=9_800, n_pages=1, text_error=0.05).reason
    assert "error" not in decide(text_tokens=10_000, page_tokens=9_000, n_pages=1, text_error=0.05).reason
    assert "another tokenizer" in decide(text_tokens=10_000, page_tokens=100, n_pages=1, text_error=None).reason


def test_a_plan_of_pages_tiles_the_source_and_adds_up() -> None:
    document = pages(20_000, 5)
    plan = make_plan(document, "claude")
    assert plan.decision == "pages"
    assert [part.kind for part in plan.parts] == ["page"] * 5
    assert "".join(document.text[slice(*part.span)] for part in plan.parts) == document.text
    assert plan.tokens == 5 * (682 + family("claude").overhead)
    assert plan.text_tokens == count(document.text, "claude").tokens
    assert plan.usd_text is not None
    assert plan.usd == pytest.approx(plan.usd_text * plan.tokens / plan.text_tokens)
    assert plan.saving.tokens == plan.text_tokens - plan.tokens > 0
    assert plan.saving.fraction == pytest.approx(1 - plan.tokens / plan.text_tokens)
    assert plan.saving.usd == pytest.approx(plan.usd_text - (plan.usd or 0))


def test_a_plan_that_keeps_text() -> None:
    document = pages(2_000, 10)
    plan = make_plan(document, "claude")
    assert plan.decision == "text"
    assert [(part.kind, part.span) for part in plan.parts] == [("text", (0, len(document.text)))]
    assert plan.saving.tokens == 0
    assert plan.saving.usd == 0
    assert plan.grouping is None
    assert "10 pages" in plan.reason


def test_an_unknown_price_is_said() -> None:
    plan = make_plan(pages(20_000, 5), "glm-4.1v")
    assert plan.usd is None
    assert plan.usd_text is None
    assert plan.saving.usd is None
    assert "price unknown" in plan.reason


def test_grouped_pages_share_their_image_s_tokens() -> None:
    document = pages(200_000, 151)
    plan = make_plan(document, "claude")
    assert plan.decision == "pages"
    assert plan.grouping is not None
    assert plan.grouping.n_images == 76
    assert len(plan.parts) == 151
    assert plan.tokens == plan.grouping.tokens + 76 * family("claude").overhead
    assert "151 pages set together on 76 images" in plan.reason


def test_pages_over_every_limit_stay_text_and_say_so() -> None:
    plan = make_plan(pages(2_000_000, 700), "claude")
    assert plan.decision == "text"
    assert "700 images are over the 100 of a request" in plan.reason


def test_pages_that_a_model_does_not_take_stay_text_and_say_so() -> None:
    plan = make_plan(pages(20_000, 1, size=(30_000, 100)), "qwen3-vl")
    assert plan.decision == "text"
    assert "30000x100 pixels" in plan.reason


def test_shrinking_pages_are_told() -> None:
    plan = make_plan(pages(20_000, 5, size=(1600, 2400)), "claude")
    assert "the provider shrinks the pages to 0.56x" in plan.reason


@given(
    name=st.sampled_from(families()),
    n=st.integers(1, 1600),
    size=st.sampled_from([PAGE, (842, 595), (300, 400), (1200, 1600)]),
)
def test_a_grouping_holds_every_page_once_within_the_limits(name: str, n: int, size: tuple[int, int]) -> None:
    limits = family(name).limits
    try:
        grouping = fit_images([size] * n, name)
    except TooLarge:
        assert limits.max_images is not None
        return
    held = [page for group in grouping.groups for page in range(group.first, group.first + group.n_pages)]
    assert held == list(range(n))
    assert limits.max_images is None or grouping.n_images <= limits.max_images
    assert grouping.tokens <= grouping.tokens_one_by_one * (1 + MAX_GROWTH)
    assert grouping.tokens == sum(vision_tokens(name, group.width_px, group.height_px) for group in grouping.groups)
    if grouping.is_regrouped:
        least = min(shrink(name, group.width_px, group.height_px) for group in grouping.groups)
        assert least >= shrink(name, *size) - 0.01
    for group in grouping.groups:
        corners = {group.offset(page) for page in range(group.first, group.first + group.n_pages)}
        assert len(corners) == group.n_pages
        assert all(x + size[0] <= group.width_px and y + size[1] <= group.height_px for x, y in corners)


def test_many_images_lower_the_pixel_limit() -> None:
    assert fit_images([(1000, 2100)] * 20, "claude-hires").n_images == 20
    with pytest.raises(
        TooLarge, match=r"2,100 pixels a side is over the 2,000 .* more than 20 images, and this one holds 21"
    ):
        fit_images([(1000, 2100)] * 21, "claude-hires")
    with pytest.raises(TooLarge, match=r"8,001 pixels a side is over the 8,000"):
        fit_images([(1000, 8001)], "claude-hires")


def test_bytes_over_the_limit_are_refused_with_the_numbers() -> None:
    sizes = [PAGE] * 10
    assert fit_images(sizes, "claude", image_bytes=[2 * MIB] * 10).n_images == 10
    with pytest.raises(TooLarge, match=r"claude: the images are 40\.0 MiB in base64, over the 30\.5 MiB"):
        fit_images(sizes, "claude", image_bytes=[3 * MIB] * 10)
    with pytest.raises(TooLarge, match=r"claude: an image of 6\.0 MiB is over the 5 MiB"):
        fit_images([PAGE], "claude", image_bytes=[6 * MIB])


def test_no_pages_need_no_images() -> None:
    assert fit_images([], "claude").n_images == 0


def test_unknown_family() -> None:
    with pytest.raises(TokenError, match="'nope'"):
        fit_images([PAGE], "nope")
    with pytest.raises(TokenError, match="'nope'"):
        make_plan(pages(10, 1), "nope")
