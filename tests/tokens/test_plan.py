"""The gate never picks the dearer side, plans add up, and pages are fitted into what a request may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import ReaderError, TokenError, TooLarge
from smallprint.tokens import Plan, Price, count, families, family, fit_images, make_plan, shrink, vision_tokens
from smallprint.tokens.encoded import PngBytes, PngMode
from smallprint.tokens.gate import SHORT_TOKENS, UNMEASURED_ERROR, decide
from smallprint.tokens.limits import MAX_GROWTH, MIB
from smallprint.tokens.prices import Rates, cost_of_asking
from smallprint.tokens.table import tokenizer, tokenizers

PAGE = (595, 842)


@dataclass(frozen=True)
class FakePage:
    n_bytes: int

    def png(self, mode: PngMode = "default") -> bytes:
        return bytes(self.n_bytes if mode == "default" else self.n_bytes * 3 // 4)


@dataclass(frozen=True)
class FakePages:
    """What a plan needs of pages: sizes, and files."""

    page_sizes: tuple[tuple[int, int], ...]
    page_bytes: int = 10
    drawn: list[int] = field(default_factory=list[int])

    def sizes(self) -> list[tuple[int, int]]:
        return list(self.page_sizes)

    def spans(self) -> list[tuple[int, int]]:
        return [(10 * n, 10 * n + 10) for n in range(len(self.page_sizes))]

    def __getitem__(self, index: int) -> FakePage:
        self.drawn.append(index)
        return FakePage(self.page_bytes)


def plan(
    words: int, n_pages: int, family_name: str, *, size: tuple[int, int] = PAGE, page_bytes: int = 10, **options: Any
) -> Plan:
    return make_plan(FakePages((size,) * n_pages, page_bytes), "word " * words, family_name, **options)


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
    surely = int(text * (1 - (UNMEASURED_ERROR if error is None else error)))
    counts = (text, surely, page)
    as_text, as_surely, as_pages = counts if price is None else (cost_of_asking(price, n, asks) for n in counts)
    assert (verdict.decision == "pages") == (as_pages < min(as_text, as_surely) and text >= SHORT_TOKENS)
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


def test_within_the_error_of_the_text_s_count_text_is_sent_and_the_reason_says_so() -> None:
    within = decide(text_tokens=10_000, page_tokens=9_800, n_pages=1, text_error=0.05)
    assert within.decision == "text"
    assert "pages may not cost less" in within.reason
    assert "the text's count may be 5.0% too high" in within.reason
    beyond = decide(text_tokens=10_000, page_tokens=9_000, n_pages=1, text_error=0.05)
    assert beyond.decision == "pages"
    assert "too high" not in beyond.reason


def test_a_count_by_another_tokenizer_has_a_margin() -> None:
    assert decide(text_tokens=10_000, page_tokens=9_100, n_pages=1, text_error=None).decision == "text"
    verdict = decide(text_tokens=10_000, page_tokens=8_900, n_pages=1, text_error=None)
    assert verdict.decision == "pages"
    assert "another tokenizer" in verdict.reason
    measured = [p95 for name in tokenizers() for _, p95 in tokenizer(name).error.values()]
    assert max(measured) <= UNMEASURED_ERROR


def test_a_plan_of_pages_has_each_once_and_adds_up() -> None:
    made = plan(20_000, 5, "claude")
    assert made.decision == "pages"
    assert [(part.kind, part.page) for part in made.parts] == [("page", n) for n in range(5)]
    assert made.tokens == 5 * (682 + family("claude").overhead)
    assert made.text_tokens == count("word " * 20_000, "claude").tokens
    usd_text = made.weighing.verdict.usd_text
    assert usd_text is not None
    assert made.usd == pytest.approx(usd_text * made.tokens / made.text_tokens)
    assert made.usd == pytest.approx(sum(part.usd or 0 for part in made.parts))
    assert made.saving.tokens == made.text_tokens - made.tokens > 0
    assert made.saving.fraction == pytest.approx(1 - made.tokens / made.text_tokens)
    assert made.saving.usd == pytest.approx(usd_text - (made.usd or 0))


def test_a_plan_that_keeps_text() -> None:
    made = plan(2_000, 10, "claude")
    assert made.decision == "text"
    assert [(part.kind, part.page) for part in made.parts] == [("text", None)]
    assert made.saving.tokens == 0
    assert made.saving.usd == 0
    assert made.grouping is None
    assert "10 pages" in made.reason


def test_an_unknown_price_is_said() -> None:
    made = plan(20_000, 5, "glm-4.1v")
    assert made.usd is None
    assert made.saving.usd is None
    assert "price unknown" in made.reason


def test_what_is_asked_for_is_planned_and_the_own_choice_told() -> None:
    asked = plan(2_000, 10, "claude", send="pages")
    assert asked.decision == "pages"
    assert asked.reason.startswith("asked for; by itself: text (")
    assert plan(20_000, 5, "claude", send="text").decision == "text"
    with pytest.raises(ReaderError, match="send: 'fax' is not known; allowed: auto, pages, text"):
        plan(20_000, 5, "claude", send="fax")
    with pytest.raises(TooLarge, match="700 images are over the 100"):
        plan(2_000_000, 700, "claude", send="pages")


def test_pages_without_their_text_are_sent() -> None:
    made = make_plan(FakePages((PAGE,) * 3), None, "claude")
    assert (made.decision, len(made.parts)) == ("pages", 3)
    with pytest.raises(ReaderError, match="send: the pages came without their text"):
        make_plan(FakePages((PAGE,) * 3), None, "claude", send="text")


def test_grouped_pages_share_their_image_s_tokens() -> None:
    made = plan(200_000, 151, "claude")
    assert made.decision == "pages"
    assert made.grouping is not None
    assert made.grouping.n_images == 76
    assert len(made.parts) == 151
    assert made.tokens == made.grouping.tokens + 76 * family("claude").overhead
    assert "151 pages set together on 76 images" in made.reason


def test_pages_over_every_limit_stay_text_and_say_so() -> None:
    made = plan(2_000_000, 700, "claude")
    assert made.decision == "text"
    assert "700 images are over the 100 of a request" in made.reason


def test_pages_that_are_too_many_bytes_stay_text_and_say_so_before_they_are_drawn() -> None:
    heavy = FakePages((PAGE,) * 90, MIB)
    made = make_plan(heavy, "word " * 200_000, "claude")
    assert made.decision == "text"
    assert (
        "the images in base64 and the text are 94.5 MiB, over the 30.5 MiB of a request, as far as a sample"
        in made.reason
    )
    assert len(set(heavy.drawn)) == 8
    assert make_plan(FakePages((PAGE,) * 90, MIB), "word " * 200_000, "claude", as_files=False).decision == "pages"


def test_the_smaller_mode_is_taken_where_it_makes_the_pages_fit() -> None:
    modes = [plan(200_000, 90, "claude", page_bytes=n * 1024).grouping for n in (230, 300, 400)]
    assert [None if grouping is None else grouping.png_mode for grouping in modes] == ["default", "small", None]
    assert plan(200_000, 90, "claude", page_bytes=230 * 1024, text_bytes=8 * MIB).grouping is not None
    assert plan(200_000, 90, "claude", page_bytes=230 * 1024, text_bytes=20 * MIB).grouping is None


def test_pages_are_not_set_together_where_the_size_that_the_model_sees_is_not_known() -> None:
    made = plan(20_000_000, 3601, "gemini-3", page_bytes=1)
    assert made.decision == "text"
    assert "3,601 images are over the 3,600 of a request; pages are not set together" in made.reason
    assert "is not known" in plan(20_000, 5, "gemini-3").reason


def test_pages_that_a_model_does_not_take_stay_text_and_say_so() -> None:
    made = plan(20_000, 1, "qwen3-vl", size=(30_000, 100))
    assert made.decision == "text"
    assert "30000x100 pixels" in made.reason


def test_shrinking_pages_are_told() -> None:
    assert "the provider shrinks the pages to 0.56x" in plan(20_000, 5, "claude", size=(1600, 2400)).reason


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
        alone = shrink(name, *size)
        assert alone is not None
        assert all((shrink(name, group.width_px, group.height_px) or 0) >= alone - 0.01 for group in grouping.groups)
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


def test_an_image_counts_in_base64() -> None:
    for n_bytes, fits in ((3_900_000, True), (4_000_000, False)):
        files = PngBytes(FakePages((PAGE,), n_bytes * 4 // 3))
        if fits:
            assert fit_images([PAGE], "claude", files=files).png_mode == "small"
        else:
            with pytest.raises(TooLarge, match=r"claude: an image of 5\.1 MiB in base64 is over the 5 MiB"):
                fit_images([PAGE], "claude", files=files)


def test_a_sample_is_on_the_safe_side() -> None:
    from smallprint.render import Style, render

    pages = render("There was no possibility of taking a walk that day. " * 2_000, Style.preset("flow"))
    for mode in ("default", "small"):
        real = [len(page.png(mode)) for page in pages]
        assert len(real) > 8
        told = PngBytes(pages).of(mode)
        assert sum(real) < sum(told) < sum(real) * 1.1
        assert len(told) == len(real)


def test_no_pages_need_no_images() -> None:
    assert fit_images([], "claude").n_images == 0


def test_unknown_family() -> None:
    with pytest.raises(TokenError, match="'nope'"):
        fit_images([PAGE], "nope")
    with pytest.raises(TokenError, match="'nope'"):
        plan(10, 1, "nope")
