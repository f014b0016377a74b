"""A typewriter's quotes and dashes, as print has them.

In: a random number generator and a text. Out: the text with curly quotes, dashes and ellipses of one of the customs of print. The texts at
hand are mostly typed; books and web pages are not.
"""

from __future__ import annotations

import re
from random import Random

_QUOTES = ("\u201c\u201d", "\u201c\u201d", "\u201c\u201d", "\u201e\u201c", "\u201e\u201d", "\u00ab\u00bb")
_DASHES = ("\u2014", "\u2014", "\u2014", " \u2013 ", "\u2013", " \u2014 ")


def typeset(random: Random, text: str) -> str:
    """One custom for the whole of `text`."""
    opening, closing = random.choice(_QUOTES)
    text = re.sub(r'(^|(?<=[\s(\[\-]))"', opening, text).replace('"', closing)
    text = re.sub(r"(^|(?<=[\s(\[\-]))'", "\u2018", text).replace("'", "\u2019")
    text = re.sub(r"\s?--+\s?", random.choice(_DASHES), text)
    return text.replace("...", "\u2026") if random.random() < 0.5 else text
