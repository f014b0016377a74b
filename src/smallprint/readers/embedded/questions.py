"""What a question asks for.

In: a question. Out: a `Question`: the words to look for, whether it asks for a person, and what it places in time. The words that make a
text a question are a small table; a question in another language keeps all its words, and the common ones weigh little anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from smallprint.readers.embedded.words import fold, words_of

_ASKING = """
what which who whom whose when where why how many much did does do is are was were be been has have had can could would will
quien quienes que cual cuales cuando donde como cuanto cuanta cuantos cuantas por es son fue era
qui quel quelle quels quelles quand ou comment combien pourquoi est sont
wer wen wem wessen was welche welcher welches welchen wann wo wie viele viel warum wurde wird ist sind hat
chi quale quali quando dove quanto quanti perche
quem qual quais onde quantos porque
cine care cand unde cat cati cate cum ce este sunt
кто кого кому кем что какой какая какие какое какого каким когда где сколько как почему чем был была было были
ποιος ποια ποιο ποιοι ποιες ποιον ποτε που ποσα ποσοι ποσες πως τι γιατι ηταν ειναι
kim kimin kimi hangi nedir ne nerede zaman kac nasil neden
ai gi nao khi dau bao nhieu the tai sao la
谁 什么 哪个 哪些 哪里 何时 多少 如何 为什么 是什 么时 何
कौन क्या किस किसने कब कहाँ कितने कितना कैसे क्यों
من ما ماذا متى اين كم كيف لماذا هو هي
"""
_PERSON = "who whom whose quien quienes qui wer wen wem wessen chi quem cine кто кого кому кем ποιος ποιοι ποιον kim kimin kimi 谁 कौन किसने"
_AFTER = "after nachdem despues tras apres dopo depois dupa после αφου"
_BEFORE = "before until bevor avant antes prima inainte прежде πριν"

_ACCORDING = re.compile(
    r"\b(?:(?:as )?(?:mentioned|given|stated|provided|described|found|written|specified) )?(?:in|from|on|by|according to) the "
    r"(?:provided |given |above |following )*(?:text|document|context|passage|pages?|article)s?\b",
    re.IGNORECASE,
)
"""Where the answer is to be taken from, which says nothing of what it is."""

_ASKING_WORDS = tuple(
    frozenset(word for text in line.split() for word in (text, fold(text))) for line in _ASKING.strip().split("\n")
)
"""One set a language: "care" asks in Romanian alone."""
_PERSON_WORDS = frozenset(fold(word) for word in _PERSON.split())
_ORDER: dict[str, Literal["after", "before"]] = {
    **dict.fromkeys(map(fold, _AFTER.split()), "after"),
    **dict.fromkeys(map(fold, _BEFORE.split()), "before"),
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question's words. Terms are folded, each once, in order."""

    text: str
    """As it was put, without "mentioned in the text" and the like."""
    terms: tuple[str, ...]
    asks_who: bool = False
    order: Literal["after", "before"] | None = None
    anchor: tuple[str, ...] = ()
    """The terms of what comes before, or after: "she left Thornfield" in "after she left Thornfield"."""

    @classmethod
    def of(cls, text: str) -> Question:
        asked = _ACCORDING.sub(" ", text)
        words = list(words_of(asked))
        asking = max(_ASKING_WORDS, key=lambda language: sum(word.term in language for word in words))
        terms = [word.term for word in words if word.term not in asking]
        order, anchor = None, list[str]()
        for number, word in enumerate(words):
            # At the end there is nothing that it could place ("the year after?").
            if word.term in _ORDER and number + 1 < len(words):
                order = _ORDER[word.term]
                clause = re.match(r"[^,;?:]*", asked[word.end :])
                anchor = [each.term for each in words_of(clause.group() if clause else "")]
                terms = [term for term in terms if term != word.term]
                break
        kept = [term for term in anchor if term not in asking]
        return cls(
            text=asked,
            terms=tuple(dict.fromkeys(terms or [word.term for word in words])),
            asks_who=any(word.term in _PERSON_WORDS and word.term in asking for word in words),
            order=order if kept else None,
            anchor=tuple(dict.fromkeys(kept)) if order else (),
        )
