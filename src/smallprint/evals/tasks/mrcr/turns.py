"""A chat as text, and the question that ends it.

In: requests and replies. Out: the context, where each reply stands in it, MRCR's question, and the bin of a length. Knows no data.

The form of a turn is that of the Glyph scripts (github.com/thu-coai/Glyph, evaluation/readme.md, seen 2026-11-21), the words of requests
and of the question are those of openai/mrcr (huggingface.co/datasets/openai/mrcr, MIT).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

USER, ASSISTANT = "User: ", "Assistant: "
REQUEST = "write a {form} about {topic}"
"""With "a" before every form, as there."""
QUESTION = "Prepend {prefix} to the {ordinal} (1 indexed) {form} about {topic}. Do not include any other text in your response."
BEFORE_QUESTION = "\n\n"

_SMALLEST_BIN, _LARGEST_BIN = 4096, 1 << 20


@dataclass(frozen=True)
class Turn:
    """One request and its reply."""

    request: str
    reply: str


def as_text(turns: Sequence[Turn]) -> tuple[str, list[int]]:
    """The chat, and where each reply begins."""
    pieces: list[str] = []
    starts: list[int] = []
    at = 0
    for turn in turns:
        head = f"{USER}{turn.request}\n{ASSISTANT}"
        starts.append(at + len(head))
        pieces.append(head + turn.reply)
        at += len(pieces[-1]) + 1
    return "\n".join(pieces), starts


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th: enough for eight."""
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"


def bin_of(n_tokens: int) -> str:
    """ "4-8K" for 4,096 to 8,192 tokens of prompt and answer together; bins have their upper end in them, and double."""
    upper = 2 * _SMALLEST_BIN
    if n_tokens < _SMALLEST_BIN:
        return f"0-{_SMALLEST_BIN // 1024}K"
    while n_tokens > upper and upper < _LARGEST_BIN:
        upper *= 2
    return f"over {upper // 1024}K" if n_tokens > upper else f"{upper // 2048}-{upper // 1024}K"


def most_output_tokens(answer_tokens: int) -> int:
    """A quarter more than the answer has: another tokenizer's count, and a little that need not be there."""
    return answer_tokens + answer_tokens // 4 + 64
