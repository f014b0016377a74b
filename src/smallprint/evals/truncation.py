"""The beginning and the end of a text, in tokens.

In: a text, a number of tokens and a tokenizer's name. Out: a part of the text. Knows no prompts. Works with every tokenizer that
`smallprint.tokens.count` knows, by counting alone; time is linear in the text.
"""

from __future__ import annotations

from smallprint.tokens import count
from smallprint.tokens.pieces import parts


def middle_truncated(text: str, n_tokens: int, tokenizer: str = "qwen") -> str:
    """`text` if it has at most `n_tokens`; else its first half of them and its last, joined as they are.

    So LongBench cuts prompts that are too long (pred.py, read 2026-11-21). Where the two halves meet, a token more may come about.

    Raises `TokenError` for an unknown tokenizer.
    """
    if count(text, tokenizer).tokens <= n_tokens:
        return text
    half = n_tokens // 2
    return head(text, half, tokenizer) + tail(text, half, tokenizer)


def head(text: str, n_tokens: int, tokenizer: str = "qwen") -> str:
    """The longest beginning of at most `n_tokens`."""
    at, left = 0, n_tokens
    for part in parts(text):
        used = count(part.text, tokenizer).tokens
        if used > left:
            return text[: at + _most(part.text, left, tokenizer, from_end=False)]
        at, left = at + len(part.text), left - used
    return text


def tail(text: str, n_tokens: int, tokenizer: str = "qwen") -> str:
    """The longest end of at most `n_tokens`."""
    at, left = len(text), n_tokens
    for part in reversed(list(parts(text))):
        used = count(part.text, tokenizer).tokens
        if used > left:
            return text[at - _most(part.text, left, tokenizer, from_end=True) :]
        at, left = at - len(part.text), left - used
    return text


def _most(text: str, n_tokens: int, tokenizer: str, *, from_end: bool) -> int:
    """How many characters of one end of `text` are at most `n_tokens`."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        kept = text[len(text) - middle :] if from_end else text[:middle]
        if count(kept, tokenizer).tokens <= n_tokens:
            low = middle
        else:
            high = middle - 1
    return low
