"""Pages and a question -> an answer; one file per API.

    base.py          Request, Reply, Answer, Reader: what every reader takes and gives
    registry.py      "provider:model" -> a reader
    ask.py           text and a question -> an answer with its quotations and its price
    prepare.py       what is sent, why, and what an answer then means
    planner.py       pages -> images within the provider's limits
    prompt.py        the words around a document
    marks.py         what stands on pages for white space: told to a model, and taken out again
    quotes.py        where an answer's quotations are in the source
    evidence.py      what a reader took from the document -> a quotation; align.py finds it although letters are wrong
    thinking.py      an answer without the model's thinking aloud
    retry.py         when to ask again
    failures.py      errors of SDKs -> ours
    api.py, sdk.py   what the remote readers share; the boundary to libraries that are installed on request
    openai.py  anthropic.py  gemini.py  transformers.py  scripted.py
    sight/           pixels to text: the network that ships
    embedded/        the reader in this package: sight, and finding what a question is about

Nothing here imports an SDK before it is used.
"""

from smallprint.readers.ask import aask, ask
from smallprint.readers.base import Answer, Evidence, ImagePart, Quote, Reader, Reply, Request, TextPart
from smallprint.readers.registry import reader
from smallprint.readers.retry import Clock, Retry
from smallprint.readers.scripted import ScriptedReader

__all__ = [
    "Answer",
    "Clock",
    "Evidence",
    "ImagePart",
    "Quote",
    "Reader",
    "Reply",
    "Request",
    "Retry",
    "ScriptedReader",
    "TextPart",
    "aask",
    "ask",
    "reader",
]
