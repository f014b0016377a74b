"""What the tests of clusters, words and line breaks share: the standard's own test files, strategies, the kernel or the reference.

The test files of Unicode 15.0 lie beside this one as they are, compressed; LICENSE-Unicode.txt is theirs.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from smallprint.render import kernel

FOLDER = Path(__file__).parent
KERNEL = kernel.module
needs_kernel = pytest.mark.skipif(KERNEL is None, reason="the kernel was not built, or is off")
BOTH = [pytest.param(None, id="reference"), pytest.param(KERNEL, id="kernel", marks=needs_kernel)]


@contextmanager
def using(module: Any) -> Iterator[None]:
    """The kernel, or the reference for None."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "module", module)
        yield


def code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint32)


def cases(name: str) -> Iterator[tuple[str, NDArray[np.uint32], list[bool]]]:
    """The line, the code points, and whether there is a break at each place from the first on."""
    for line in lzma.decompress((FOLDER / name).read_bytes()).decode("utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words:
            yield (
                line,
                np.array([int(code, 16) for code in words[1::2]], np.uint32),
                [sign == "÷" for sign in words[::2]],
            )


def texts_of(pool: NDArray[np.integer[Any]]) -> st.SearchStrategy[NDArray[np.uint32]]:
    """Texts of a pool of code points, in which stretches of few kinds are likely."""
    codes = st.sampled_from(pool.tolist())
    some = st.lists(codes, min_size=1, max_size=30)
    few = st.lists(codes, min_size=1, max_size=3).flatmap(lambda few: st.lists(st.sampled_from(few), max_size=20))
    return st.lists(st.one_of(some, few), max_size=3).map(
        lambda parts: np.array([code for part in parts for code in part], np.uint32)
    )


def examples_of(table: NDArray[np.uint8], n: int = 2) -> NDArray[np.integer[Any]]:
    """The first code points of each class."""
    return np.concatenate([np.flatnonzero(table == kind)[:n] for kind in np.unique(table)])


THAI = (
    "แพนเธอร์สถอดใจที่คะแนน 308 ได้อันดับที่หกของลีกในขณะที่เป็นผู้นำในเอ็นเอฟแอลด้วยการอินเตอร์เซป 24 ครั้ง ๆ ฯลฯ กรุงเทพฯ "
    "พระบาทสมเด็จพระปรมินทรมหาภูมิพลอดุลยเดชมหาราช ก็เป็นจันทร์เสาร์ศุกร์สิทธิ์เรียนเพียงเขียวเสียเบียร์ มุส แมตลิน ควอเตอร์"
)
thai_texts = st.lists(
    st.builds(
        lambda start, length: code_points(THAI[start : start + length]),
        st.integers(0, len(THAI) - 1),
        st.integers(1, 25),
    ),
    max_size=5,
).map(lambda parts: np.concatenate([np.zeros(0, np.uint32), *parts]))
