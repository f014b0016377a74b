"""What RULER says to a model, word for word.

Out: a row for each kind of task: what stands before the context, what follows it, and how long the answer may be. Knows no values.

Source: github.com/NVIDIA/RULER, scripts/data/synthetic/constants.py at c3f5e3b (2026-07-22), Apache License 2.0, Copyright (c) 2024
NVIDIA CORPORATION. Taken over unchanged but for this: each template is cut at its context, the answer's beginning follows the question
(as its prepare.py joins them for models without a chat template), and the singular forms, which its niah.py makes by replacing words,
are written out.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """`before`, the context and `question`, joined, are the official zero-shot prompt; names in braces are filled in."""

    before: str
    question: str
    max_output_tokens: int
    """`tokens_to_generate` of the same table; it counts in the length that is asked for."""


NEEDLE = "One of the special magic {values} for {key} is: {value}."

ONE_NEEDLE = Prompt(
    before="A special magic {value} is hidden within the following text. Make sure to memorize it. I will quiz you about the {value} "
    "afterwards.\n",
    question="\nWhat is the special magic {value} for {query} mentioned in the provided text? The special magic {value} for {query} "
    "mentioned in the provided text is",
    max_output_tokens=128,
)
NEEDLES = Prompt(
    before="Some special magic {value} are hidden within the following text. Make sure to memorize it. I will quiz you about the {value} "
    "afterwards.\n",
    question="\nWhat are all the special magic {value} for {query} mentioned in the provided text? The special magic {value} for {query} "
    "mentioned in the provided text are",
    max_output_tokens=128,
)
TRACING = Prompt(
    before="Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n",
    question="\nQuestion: Find all variables that are assigned the value {query} in the text above. Answer: According to the chain(s) of "
    "variable assignment in the text above, {n_variables} variables are assigned the value {query}, they are: ",
    max_output_tokens=30,
)
COMMON_WORDS = Prompt(
    before="Below is a numbered list of words. In these words, some appear more often than others. Memorize the ones that appear most "
    "often.\n",
    question="\nQuestion: What are the 10 most common words in the above list? Answer: The top 10 words that appear most often in the "
    "list are:",
    max_output_tokens=120,
)
FREQUENT_WORDS = Prompt(
    before="Read the following coded text and track the frequency of each coded word. Find the three most frequently appeared coded "
    "words. ",
    question="\nQuestion: Do not provide any explanation. Please ignore the dots '....'. What are the three most frequently appeared "
    "words in the above coded text? Answer: According to the coded text above, the three most frequently appeared words are:",
    max_output_tokens=50,
)
DOCUMENTS = Prompt(
    before="Answer the question based on the given documents. Only give me the answer and do not output any other words.\n\nThe "
    "following are given documents.\n\n",
    question="\n\nAnswer the question based on the given documents. Only give me the answer and do not output any other words.\n\n"
    "Question: {query} Answer:",
    max_output_tokens=32,
)
DOCUMENT = "Document {number}:\n{text}"
