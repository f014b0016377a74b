"""A reader as the function that the analyst asks.

In: a prompt. Out: what the reader answered, without its thoughts; the tokens are booked. Knows no space.
"""

from __future__ import annotations

from smallprint.evals.said import said
from smallprint.readers import Reader, Request

MAX_OUTPUT_TOKENS = 8192
"""Six proposals take some 1,500; the rest is for models that think first."""


class Asked:
    """Calls, and what they cost. Tokens that a server does not report are counted as none."""

    def __init__(self, reader: Reader, max_output_tokens: int) -> None:
        self.calls = 0
        self.tokens_in = 0
        self.tokens_out = 0
        self._reader = reader
        self._max_output_tokens = max_output_tokens

    def __call__(self, prompt: str) -> str:
        """Raises `ReaderError` and its kinds."""
        self.calls += 1
        reply = self._reader.ask(
            Request(question=prompt, verbatim=True, cache=False, max_output_tokens=self._max_output_tokens)
        )
        self.tokens_in += reply.tokens_in or 0
        self.tokens_out += reply.tokens_out or 0
        return said(reply.text)


def asked_of(reader: Reader, max_output_tokens: int = MAX_OUTPUT_TOKENS) -> Asked:
    """The prompt is all that is sent: no pages, nothing around it."""
    return Asked(reader, max_output_tokens)
