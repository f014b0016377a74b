"""What a reply says.

In: a reply's text. Out: the same without thoughts. Thoughts that never ended are no answer, however much of it they hold: a metric that
looks for a string anywhere would find it there. Knows no API.
"""

from __future__ import annotations

from smallprint.readers.thinking import CLOSE, OPEN, spoken


def said(text: str) -> str:
    """Empty where the reply is unfinished thought."""
    if text.lstrip().startswith(OPEN) and CLOSE not in text:
        return ""
    return spoken(text)
