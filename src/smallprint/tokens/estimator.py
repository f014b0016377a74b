"""A token count where the tokenizer is not at hand: the exact Qwen count plus what each class of characters adds or takes.

In: a text, its Qwen count and weights (estimator.toml). Out: a number of tokens. Knows no vocabulary. The weights, and the errors printed
beside every estimate, come from ``tools/tokens_fit_estimator.py``. A text is of one of three scripts, each with weights of its own: what a
letter adds in English says little of what it adds in Turkish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

Script = Literal["ascii", "mixed", "ideographic"]

FEATURES = (
    "lower",
    "upper",
    "digit",
    "space",
    "line",
    "ascii_punctuation",
    "latin",
    "punctuation",
    "ideograph",
    "kana",
    "hangul",
    "cyrillic",
    "greek",
    "semitic",
    "indic",
    "thai",
    "other",
    "word_start",
    "capital_start",
    "space_run",
    "space_after_space",
    "line_after_line",
    "digit_run",
    "punctuation_run",
)
"""Classes of characters, then starts of runs, which say more of where a tokenizer splits; in the order of `features`."""

_CHARACTER_CLASSES = FEATURES.index("word_start")

# First code point of each stretch and its class; ASCII is cut more finely below.
_STRETCHES: tuple[tuple[int, str], ...] = (
    (0x0000, "other"),
    (0x00A0, "punctuation"),
    (0x00C0, "latin"),
    (0x0370, "greek"),
    (0x0400, "cyrillic"),
    (0x0530, "other"),
    (0x0590, "semitic"),
    (0x0900, "indic"),
    (0x0E00, "thai"),
    (0x0F00, "other"),
    (0x1100, "hangul"),
    (0x1200, "other"),
    (0x1E00, "latin"),
    (0x1F00, "greek"),
    (0x2000, "punctuation"),
    (0x2E80, "ideograph"),
    (0x3000, "punctuation"),
    (0x3040, "kana"),
    (0x3130, "hangul"),
    (0x3190, "ideograph"),
    (0xAC00, "hangul"),
    (0xD7B0, "other"),
    (0xF900, "ideograph"),
    (0xFB00, "other"),
    (0xFF00, "punctuation"),
    (0xFFF0, "other"),
    (0x20000, "ideograph"),
    (0x32000, "other"),
)
_BLOCK = 1 << 20


def features(text: str) -> NDArray[np.float64]:
    """How many characters of each class the text holds: float64 of shape (len(FEATURES),), in the order of `FEATURES`."""
    import numpy as np

    table = _ascii_classes()
    firsts = np.array([first for first, _ in _STRETCHES])
    classes = np.array([FEATURES.index(name) for _, name in _STRETCHES], dtype=np.uint8)
    counts = np.zeros(len(FEATURES))
    at = {name: n for n, name in enumerate(FEATURES)}
    # Last character of the block before, so that runs go on over the seam.
    before = np.array([at["line"]], dtype=np.uint8)
    for start in range(0, len(text), _BLOCK):
        codes = np.frombuffer(text[start : start + _BLOCK].encode("utf-32-le", "surrogatepass"), dtype="<u4")
        wide = codes >= 128
        kinds = table[np.where(wide, 0, codes)]
        if wide.any():
            kinds[wide] = classes[np.searchsorted(firsts, codes[wide], side="right") - 1]
        counts += np.bincount(kinds, minlength=len(FEATURES))
        previous = np.concatenate([before, kinds[:-1]])
        before = kinds[-1:]

        def pairs(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> int:
            return int(np.count_nonzero(first & second))

        letter, letter_before = (np.isin(x, [at["lower"], at["upper"]]) for x in (kinds, previous))
        counts[at["word_start"]] += pairs(letter, ~letter_before)
        counts[at["capital_start"]] += pairs(kinds == at["upper"], previous != at["upper"])
        counts[at["digit_run"]] += pairs(kinds == at["digit"], previous != at["digit"])
        counts[at["punctuation_run"]] += pairs(kinds == at["ascii_punctuation"], previous != at["ascii_punctuation"])
        blank, blank_before = kinds == at["space"], previous == at["space"]
        counts[at["space_run"]] += pairs(blank, ~blank_before)
        counts[at["space_after_space"]] += pairs(blank, blank_before)
        counts[at["line_after_line"]] += pairs(kinds == at["line"], previous == at["line"])
    return counts


def script(counts: NDArray[np.float64]) -> Script:
    """Which weights fit a text, by its `features`."""
    share = dict(zip(FEATURES, counts / max(counts[:_CHARACTER_CLASSES].sum(), 1), strict=True))
    if share["ideograph"] + share["kana"] + share["hangul"] > 0.2:
        return "ideographic"
    wide_letters = sum(
        share[name] for name in ("latin", "cyrillic", "greek", "semitic", "indic", "thai", "other", "ideograph")
    )
    return "mixed" if wide_letters > 0.005 else "ascii"


def estimate_tokens(counts: NDArray[np.float64], qwen_tokens: int, weights: Mapping[str, float]) -> float:
    """Tokens of a text with these `features`: ``weights["qwen"]`` a Qwen token and so much a character of each class, at least 0."""
    total = weights.get("qwen", 0.0) * qwen_tokens
    total += sum(weights.get(name, 0.0) * float(n) for name, n in zip(FEATURES, counts, strict=True))
    return max(total, 0.0)


def _ascii_classes() -> NDArray[np.uint8]:
    import numpy as np

    table = np.full(128, FEATURES.index("ascii_punctuation"), dtype=np.uint8)
    table[:32] = FEATURES.index("line")
    table[127] = FEATURES.index("other")
    table[32] = FEATURES.index("space")
    table[ord("0") : ord("9") + 1] = FEATURES.index("digit")
    table[ord("A") : ord("Z") + 1] = FEATURES.index("upper")
    table[ord("a") : ord("z") + 1] = FEATURES.index("lower")
    return table
