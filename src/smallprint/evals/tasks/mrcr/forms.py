"""Kinds of writing, and what they are about.

In: sentences, a kind and a topic. Out: the sentences in the form of that kind, with the topic in its head. Knows no book and no chat.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

TOPICS = (
    "anchors", "apples", "beavers", "bridges", "candles", "clocks", "comets", "deserts", "dragons", "eclipses", "elevators", "falcons",
    "ferries", "gardens", "glaciers", "hammers", "harbours", "islands", "jugglers", "kettles", "lanterns", "libraries", "magnets",
    "markets", "mushrooms", "needles", "octopuses", "orchards", "penguins", "pianos", "quarries", "railways", "rivers", "saxophones",
    "snowflakes", "spiders", "tapirs", "telescopes", "tunnels", "umbrellas", "vineyards", "volcanoes", "waterfalls", "windmills",
    "xylophones", "yachts", "zebras",
)  # fmt: skip

_LINE, _STANZA, _PARAGRAPH = 44, 4, 3
"""Characters of a line of a poem, lines of a stanza, sentences of a paragraph."""


def _poem(sentences: Sequence[str], topic: str) -> str:
    lines = textwrap.wrap(" ".join(sentences), _LINE, break_long_words=False, break_on_hyphens=False)
    stanzas = ["\n".join(lines[at : at + _STANZA]) for at in range(0, len(lines), _STANZA)]
    return "\n\n".join([f"Ode to {topic.title()}", *stanzas])


def _paragraphs(sentences: Sequence[str]) -> list[str]:
    return [" ".join(sentences[at : at + _PARAGRAPH]) for at in range(0, len(sentences), _PARAGRAPH)]


def _story(sentences: Sequence[str], topic: str) -> str:
    return "\n\n".join([f"**The Tale of the {topic.title()}**", *_paragraphs(sentences)])


def _news(sentences: Sequence[str], topic: str) -> str:
    first, *rest = _paragraphs(sentences)
    return "\n\n".join([f"**{topic.title()} in the News**", f"Millcote, Monday: {first}", *rest])


def _blog(sentences: Sequence[str], topic: str) -> str:
    parts = [f"## Part {number}\n\n{text}" for number, text in enumerate(_paragraphs(sentences), 1)]
    return "\n\n".join([f"# Thoughts on {topic.title()}", *parts])


def _social(sentences: Sequence[str], topic: str) -> str:
    return "\n\n".join([f"Today: {topic}!", *sentences, f"#{topic} #reading"])


def _essay(sentences: Sequence[str], topic: str) -> str:
    return "\n\n".join([f"On {topic.title()}", *_paragraphs(sentences)])


def _email(sentences: Sequence[str], topic: str) -> str:
    return "\n\n".join(
        [f"Subject: {topic.title()}", "Dear reader,", *_paragraphs(sentences), "Yours sincerely,\nJ. E."]
    )


def _scene(sentences: Sequence[str], topic: str) -> str:
    speakers = ("FIRST VOICE", "SECOND VOICE")
    lines = [f"{speakers[at % 2]}: {sentence}" for at, sentence in enumerate(sentences)]
    return "\n".join([f"Scene: among {topic}. Two voices.", *lines, "Curtain."])


_WRITTEN: dict[str, Callable[[Sequence[str], str], str]] = {
    "poem": _poem,
    "short story": _story,
    "news article": _news,
    "blog post": _blog,
    "social media post": _social,
    "short essay": _essay,
    "email": _email,
    "short scene in a play": _scene,
}
"""Kinds that openai/mrcr asks for, as far as its card and published excerpts show them (2026-11-21)."""

FORMS = tuple(_WRITTEN)


def written(sentences: Sequence[str], form: str, topic: str) -> str:
    """`sentences` are at least one."""
    return _WRITTEN[form](sentences, topic)
