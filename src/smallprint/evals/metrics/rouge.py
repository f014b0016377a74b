"""ROUGE-L as the PyPI package `rouge` 1.0.1 gives it, without its limit on the length of texts.

In: a summary and one reference. Out: F, 0 to 1, and whether the official code could have computed it. Knows no task.

The package cuts sentences at "." alone and words at white space; for every pair of sentences it takes one longest common subsequence, and
counts the different words of all of them together against the different words of either text: F = 2pr / (p + r + 1e-8), so a text
scores 0.999999995 against itself. It is not the package `rouge-score`. A text without a sentence (empty, or full stops alone) gets 0: there
the package raises, and LongBench takes any exception as 0.

The package walks back along the subsequence by recursion, one call a word. Where a walk needs more than Python's 1,000 frames it raises
RecursionError, and LongBench's score is 0.0 for a good summary too.

Sources: `rouge` 1.0.1, and github.com/THUDM/LongBench, LongBench/metrics.py and eval.py, read 2026-11-21 at 2e00731.
"""

from __future__ import annotations

from collections.abc import Sequence

from smallprint.evals.metrics import chinese

MOST_STEPS = 990
"""Steps of a walk that the official code can take. Measured 2026-11-21 with `rouge` 1.0.1, called as eval.py calls it, at the limit of
1,000 frames that CPython starts with: 990 in CPython 3.11, 3.12 and 3.13, 989 in 3.8, 3.9 and 3.10. A caller that is deeper in its own
stack has fewer."""
MOST_STEPS_ZH = MOST_STEPS - 1
"""For Chinese a function more stands between."""
_EPSILON = 1e-8


def rouge_l(prediction: str, answer: str, *, most_steps: int | None = None) -> float:
    """F over English, or over any text whose words stand apart.

    With `most_steps` it is 0 where a walk takes more; None gives the true score for any length.
    """
    found, wanted = _sentences(prediction), _sentences(answer)
    if not found or not wanted:
        return 0.0
    union: set[str] = set()
    for reference in wanted:
        for sentence in found:
            # No walk is shorter than the shorter of the two.
            if most_steps is not None and min(len(reference), len(sentence)) > most_steps:
                return 0.0
            common, n_steps = common_words(reference, sentence)
            if most_steps is not None and n_steps > most_steps:
                return 0.0
            union |= common
    recall = len(union) / _n_different(wanted)
    precision = len(union) / _n_different(found)
    return 2.0 * ((precision * recall) / (precision + recall + _EPSILON))


def rouge_l_zh(prediction: str, answer: str, *, most_steps: int | None = None) -> float:
    """F over jieba's words. Raises `DataError` where jieba is not installed."""
    return rouge_l(spaced(prediction), spaced(answer), most_steps=most_steps)


def spaced(text: str) -> str:
    """Chinese words with blanks between them."""
    return " ".join(chinese.words(text))


def exceeds_recursion(prediction: str, answer: str, *, most_steps: int = MOST_STEPS) -> bool:
    """Whether the official code, for want of stack, gives 0 to texts that have a score."""
    return rouge_l(prediction, answer) > 0 and rouge_l(prediction, answer, most_steps=most_steps) == 0


def common_words(reference: Sequence[str], sentence: Sequence[str]) -> tuple[set[str], int]:
    """The words of the longest common subsequence that the package finds, and the steps of its walk.

    >>> sorted(common_words("the cat sat on the mat".split(), "the mat sat".split())[0])
    ['mat', 'the']

    Row by row of the reference, bits of one integer say where along the sentence the length of the subsequence grows (Hyyrö 2004,
    "Bit-parallel LCS-length computation revisited"): O(n * m / 64). They are also all that the walk back asks for.
    """
    at: dict[str, int] = {}
    for place, word in enumerate(sentence):
        at[word] = at.get(word, 0) | (1 << place)
    if at.keys().isdisjoint(reference):
        return set(), len(sentence)
    ones = (1 << len(sentence)) - 1
    rows: list[int] = []
    flat = ones
    for word in reference:
        matches = flat & at.get(word, 0)
        flat = ((flat + matches) | (flat - matches)) & ones
        rows.append(flat)
    # The package goes on in the reference only where that loses nothing and going on in the sentence does: where this row grows.
    common: set[str] = set()
    row, column, n_steps = len(reference) - 1, len(sentence) - 1, 0
    while row >= 0 and column >= 0:
        n_steps += 1
        if reference[row] == sentence[column]:
            common.add(reference[row])
            row, column = row - 1, column - 1
        elif rows[row] >> column & 1:
            column -= 1
        else:
            row -= 1
    return common, n_steps


def _sentences(text: str) -> list[list[str]]:
    """Words of each; one of white space alone has one word, the empty one."""
    return [sentence.split() or [""] for sentence in text.split(".") if sentence]


def _n_different(sentences: Sequence[Sequence[str]]) -> int:
    return len({word for sentence in sentences for word in sentence})
