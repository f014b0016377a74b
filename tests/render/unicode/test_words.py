"""Words of scripts without spaces: the list that ships, what it makes of Thai, and the rules of thumb for other scripts."""

from __future__ import annotations

import lzma
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smallprint.errors import DataError
from smallprint.render.unicode import graphemes, words
from tests.render.unicode.breaking import BOTH, KERNEL, code_points, needs_kernel, texts_of, thai_texts, using


def cut(text: str) -> str:
    return "".join(
        f"|{char}" if begins else char for char, begins in zip(text, words.starts(code_points(text)), strict=True)
    )[1:]


@pytest.mark.parametrize("module", BOTH)
@pytest.mark.parametrize(
    "wanted",
    [
        "ทีม|รับ|ของ|ลีก",
        "ด้วย|การ|อินเตอร์",
        "ใน|เอ็น|เอฟ|แอล",
        "กรุงเทพฯ",
        "เด็ก|ๆ".replace("|", ""),
        "วัน|จันทร์|ก็|เรียน",
        "กขฃ",
        "แมต|ลิน",
        "มุส",
        "ພາ|ສາ|ລາວ",
        "ຂ້ອຍ|ເຂົ້າ|ໃຈ",
        "ភា|សា|ខ្មែរ",
        "မြန်|မာ|နိုင်|ငံ",
        "ဗုဒ္ဓ",
        "ထီး|รับ|ของ|ພາ",
    ],
    ids=ascii,
)
def test_words(module: Any, wanted: str) -> None:
    with using(module):
        assert cut(wanted.replace("|", "")) == wanted


def test_fewest_words_cover_the_text() -> None:
    """Against every way to cut short texts."""
    known, _ = words._known()  # pyright: ignore[reportPrivateUsage]

    def least(text: str) -> int:
        best = [0] + [len(text)] * len(text)
        for end in range(1, len(text) + 1):
            best[end] = min((best[start] + 1 for start in range(end) if text[start:end] in known), default=len(text))
        return best[-1]

    for text in ("ตากลม", "มากกว่า", "การเมืองไทย", "โรงเรียนของเรา", "ประเทศไทยมีประชากร", "ภาษาไทยง่ายนิดเดียว"):
        for module in (None, KERNEL):
            with using(module):
                parts = cut(text).split("|")
            assert set(parts) <= known
            assert len(parts) == least(text)


def test_a_list_of_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(words, "_FOLDER", tmp_path)
    (tmp_path / "WORDS.toml").write_text('[thai]\nfile = "a.xz"\nsha256 = "0"\n')
    (tmp_path / "a.xz").write_bytes(lzma.compress("มา\n".encode()))
    words.word_list.cache_clear()
    with pytest.raises(DataError, match=r"a\.xz"):
        words.word_list()
    words.word_list.cache_clear()


TEXTS = st.one_of(
    thai_texts,
    texts_of(np.arange(0x0E00, 0x0E60)),
    texts_of(code_points("กขคเแโ็์่ัีืยนาำิะรอล")),
    texts_of(
        np.concatenate(
            [np.arange(0x0E80, 0x0EE0), np.arange(0x1780, 0x17D5), np.arange(0x1000, 0x10A0), [0x0E01, 0x19B0]]
        )
    ),
)


@needs_kernel
@given(TEXTS)
def test_kernel_is_the_reference(text: NDArray[np.uint32]) -> None:
    with using(KERNEL):
        found = words.starts(text)
    assert found.tolist() == words.reference(text).tolist()


@given(thai_texts)
def test_no_word_begins_inside_a_cluster(text: NDArray[np.uint32]) -> None:
    text = text[(text >= 0x0E01) & (text < 0x0E4F)]
    begins = words.starts(text)
    assert graphemes.starts(text)[begins == 1].all()
    # A vowel that stands before its consonant is never left at the end of a line.
    leading = np.flatnonzero((text[:-1] >= 0x0E40) & (text[:-1] < 0x0E45))
    assert not begins[leading + 1].any()
