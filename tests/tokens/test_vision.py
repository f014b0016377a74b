"""Image token rules: published examples, bounds, bad sizes, model names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import TokenError
from smallprint.tokens import families, family, family_of, resized, shrink, vision_tokens
from smallprint.tokens.vision import RULES

PAGE = (595, 842)

ONE_PAGE = {
    "glm-4.1v": 630,
    "glm-4.5v": 630,
    "glm-4.6v": 630,
    "qwen2.5-vl": 630,
    "qwen3-vl": 494,
    "gemma-3": 256,
    "claude": 682,
    "claude-hires": 682,
    "gpt-4o": 765,
    "gpt-5": 630,
    "o3": 675,
    "gpt-5.4": 513,
    "gpt-5.5": 616,
    "gemini-2.5": 516,
    "gemini-3": 1120,
}

# (family, width, height, tokens): worked examples of the vendors' pages, and sizes on both sides of a limit.
EXAMPLES = [
    ("gpt-4o", 1024, 1024, 765),
    ("gpt-4o", 2048, 4096, 1105),
    ("gpt-4o", 512, 512, 255),
    ("gpt-4o-mini", 512, 512, 2833 + 5667),
    ("gpt-5-mini", 1024, 1024, 1659),  # 1,024 patches x 1.62
    ("gpt-5-mini", 1800, 2400, 2353),  # 1,452 patches x 1.62
    ("gpt-5-nano", 1800, 2400, 3572),
    ("o4-mini", 1800, 2400, 2498),
    ("gpt-5.4", 1600, 1600, 2500),
    ("gpt-5.5", 3200, 3200, 12_000),
    ("claude", 1568, 784, 1568),
    ("claude", 1000, 1000, 1296),
    ("claude-hires", 2576, 1456, 4784),
    ("gemini-2.5", 384, 384, 258),
    ("gemini-2.5", 385, 384, 258),
    ("gemini-2.5", 769, 768, 516),
    ("gemini-2.5-crop", 960, 540, 6 * 258),
    ("internvl3", 448, 448, 256),
    ("internvl3", 896, 448, 3 * 256),
    ("deepseek-ocr", 640, 640, 256),
    ("deepseek-ocr", 1280, 640, 256 + 2 * 100),
    ("deepseek-ocr-2", 768, 768, 256),
    ("deepseek-ocr-2", 1536, 768, 256 + 2 * 144),
    ("gemma-4", 768, 768, 256),
    ("glm-4.1v", 20_000, 10_000, 29_768),
    ("qwen2.5-vl", 1, 1, 4),
    ("qwen3-vl", 8192, 8192, 16_384),
]

MODELS = {
    "claude-sonnet-4-6": "claude",
    "claude-sonnet-4-20250514": "claude",
    "claude-opus-4-1-20250805": "claude",
    "claude-3-5-sonnet-latest": "claude",
    "anthropic.claude-haiku-4-5-20251001-v1:0": "claude",
    "claude-opus-4-7": "claude-hires",
    "claude-opus-4-8-20260601": "claude-hires",
    "claude-sonnet-5": "claude-hires",
    "claude-haiku-5-5": "claude-hires",
    "gpt-5.5-2026-04-23": "gpt-5.5",
    "gpt-6-sol": "gpt-5.5",
    "gpt-5.4": "gpt-5.4",
    "gpt-5.4-mini": "gpt-5-mini",
    "gpt-5": "gpt-5",
    "gpt-5-nano-2025-08-07": "gpt-5-nano",
    "chatgpt-4o-latest": "gpt-4o",
    "gpt-4.1-mini": "gpt-4.1-mini",
    "openai/o3-pro": "o3",
    "o4-mini-2025-04-16": "o4-mini",
    "Qwen/Qwen3-VL-8B-Instruct": "qwen3-vl",
    "Qwen/Qwen2.5-VL-72B-Instruct": "qwen2.5-vl",
    "Qwen/Qwen3.5-9B": "qwen3.5",
    "zai-org/Glyph": "glm-4.1v",
    "zai-org/GLM-4.1V-9B-Thinking": "glm-4.1v",
    "zai-org/GLM-4.6V": "glm-4.6v",
    "gemini-3-pro-preview": "gemini-3",
    "gemini-3.5-flash": "gemini-3",
    "gemini-2.5-pro": "gemini-2.5",
    "google/gemma-3-12b-it": "gemma-3",
    "google/gemma-4-31b-it": "gemma-4",
    "OpenGVLab/InternVL3_5-8B-HF": "internvl3",
    "deepseek-ai/DeepSeek-OCR": "deepseek-ocr",
    "deepseek-ocr-20251020": "deepseek-ocr",
    "deepseek-ocr2": "deepseek-ocr-2",
    "deepseek-ai/DeepSeek-OCR-2": "deepseek-ocr-2",
}

sides = st.integers(1, 12_000)


@pytest.mark.parametrize(("name", "tokens"), ONE_PAGE.items())
def test_one_page_of_the_paper(name: str, tokens: int) -> None:
    assert vision_tokens(name, *PAGE) == tokens


@pytest.mark.parametrize(("name", "width", "height", "tokens"), EXAMPLES)
def test_worked_examples(name: str, width: int, height: int, tokens: int) -> None:
    assert vision_tokens(name, width, height) == tokens


def test_every_row_has_a_rule_a_source_and_a_day() -> None:
    assert len(families()) >= 30
    for name in families():
        row = family(name)
        assert row.rule in RULES, name
        assert row.source, name
        assert date.fromisoformat(row.date) >= date(2026, 1, 1), name
        assert vision_tokens(name, *PAGE) > 0


@pytest.mark.parametrize(("model", "name"), MODELS.items())
def test_model_names(model: str, name: str) -> None:
    assert family_of(model).name == name


def test_every_family_names_itself() -> None:
    assert [family_of(name).name for name in families()] == list(families())


@pytest.mark.parametrize("call", [family, family_of, lambda name: vision_tokens(name, 10, 10)])
def test_unknown_names_are_named_with_what_is_allowed(call) -> None:
    with pytest.raises(TokenError, match=r"'no-such-model'.*glm-4\.1v.*gemini-3"):
        call("no-such-model")


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 10), (1.5, 10), (10, True), ("10", 10), (None, 10)])
def test_sizes_are_positive_whole_numbers(size) -> None:
    for name in ("glm-4.1v", "gemini-3"):
        with pytest.raises(TokenError, match=r"_px: .*positive whole number"):
            vision_tokens(name, *size)


def test_too_long_and_thin_says_the_limit() -> None:
    assert vision_tokens("qwen2.5-vl", 10_000, 50) > 0
    with pytest.raises(TokenError, match=r"qwen2\.5-vl: does not take an image of 10001x50 pixels.*200 times"):
        vision_tokens("qwen2.5-vl", 10_001, 50)


def test_too_many_patches_are_rejected_with_the_numbers() -> None:
    assert vision_tokens("gpt-5.5", 32 * 300, 32 * 100) == 36_000
    with pytest.raises(TokenError, match=r"30,100 patches.*30,000"):
        vision_tokens("gpt-5.5", 32 * 301, 32 * 100)


@given(width=sides, height=sides)
def test_claude_pays_for_the_patches_of_what_it_sees(width: int, height: int) -> None:
    for name, edge, budget in (("claude", 1568, 1568), ("claude-hires", 2576, 4784)):
        seen_width, seen_height = resized(name, width, height)
        tokens = vision_tokens(name, width, height)
        assert tokens == -(-seen_width // 28) * -(-seen_height // 28) <= budget
        assert max(seen_width, seen_height) <= edge
        assert tokens == vision_tokens(name, height, width)
        if tokens < budget and max(width, height) <= edge and -(-width // 28) * -(-height // 28) <= budget:
            assert (seen_width, seen_height) == (width, height)


@given(width=sides, height=sides)
def test_patch_budgets_hold_and_are_used(width: int, height: int) -> None:
    plain = -(-width // 32) * -(-height // 32)
    patches = vision_tokens("gpt-5.4-original", width, height)
    assert patches == vision_tokens("gpt-5.4-original", height, width) <= min(plain, 10_000)
    mini = vision_tokens("gpt-5-mini", width, height)
    assert mini <= -(-1536 * 162 // 100)
    if plain <= 1536:
        assert mini == -(-plain * 162 // 100)
    elif max(width, height) < 20 * min(width, height):
        assert mini > 0.8 * 1536 * 1.62


@given(width=sides, height=sides, name=st.sampled_from(families()))
def test_scales_are_of_the_size_seen(width: int, height: int, name: str) -> None:
    try:
        scale = shrink(name, width, height)
    except TokenError:
        return
    if scale is None:
        assert family(name).rule == "fixed"
        return
    seen_width, seen_height = resized(name, width, height)
    assert seen_width > 0
    assert seen_height > 0
    assert 0 < scale <= 1
    assert scale == min(1, seen_width / width, seen_height / height)


def test_a_size_that_nobody_tells_is_not_known() -> None:
    assert [shrink(name, *PAGE) for name in families() if name.startswith("gemini-3")] == [None] * 4
    assert shrink("gemma-3", *PAGE) == 1


def test_what_the_apis_are_asked_for_is_in_the_table() -> None:
    assert {family(name).detail for name in families()} == {None, "high", "original"}
    assert family("gpt-5.5").detail == "original"
    assert family("gemini-3-low").media_resolution == "MEDIA_RESOLUTION_LOW"
    assert family("gemini-2.5").media_resolution is None


def test_letters_that_shrink_are_told() -> None:
    assert shrink("claude", *PAGE) == 1
    assert shrink("claude", 1600, 2400) == 0.56  # 896 x 1344: 32 x 48 patches of the 1,568
    assert resized("glm-4.1v", *PAGE) == (588, 840)
    assert resized("gpt-4o", 2048, 4096) == (768, 1536)
