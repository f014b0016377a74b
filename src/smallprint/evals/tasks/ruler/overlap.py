"""Answers to questions on documents by the words that they share with the question.

In: the context as it was read, and the question. Out: the sentences that share the rarest words with it. It understands nothing: what it
scores is what word matching gets, no model's figure and no upper bound of one. What it is for is the difference between two readings of
one context.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from smallprint.evals.tasks.ruler.haystacks import sentences

_QUESTION = re.compile(r"Question:(.*?)(?:Answer:\s*)?$", re.DOTALL)
_DOCUMENT = re.compile(r"Document\s+\d+\s*:")
_TERM = re.compile(r"\w+")
_SENTENCES = 3
_OF_DOCUMENT = 0.3
"""What a sentence gets of the best sentence of its document: names stand in the first, facts in a later one, which says "she"."""


def overlap(context: str, question: str) -> str:
    """The three best sentences, best first, without what they share with no question."""
    asked = _QUESTION.search(question[question.rfind("Question:") :] if "Question:" in question else "")
    wanted = _terms(asked[1] if asked else question)
    documents = [sentences(text) for text in _DOCUMENT.split(context)]
    found = [(at, sentence, _terms(sentence)) for at, document in enumerate(documents) for sentence in document]
    n_with = Counter(term for _, _, terms in found for term in terms if term in wanted)
    weight = {term: math.log(1 + len(found) / n) for term, n in n_with.items()}
    scores = [sum(weight[term] for term in sorted(terms & wanted)) for _, _, terms in found]
    best_of: dict[int, float] = {}
    for (at, _, _), score in zip(found, scores, strict=True):
        best_of[at] = max(best_of.get(at, 0.0), score)
    order = sorted(
        range(len(found)), key=lambda place: (-scores[place] - _OF_DOCUMENT * best_of[found[place][0]], place)
    )
    return " ".join(dict.fromkeys(found[place][1] for place in order[:_SENTENCES]))


def _terms(text: str) -> frozenset[str]:
    """Words without case, and without what tells "bridge" from "bridges"."""
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _TERM.findall(text.lower())
    )
