"""A reader with its answers written beforehand: for tests, demonstrations and dry runs of a whole program.

In: a `Request`. Out: the next reply of the script. Knows no API and needs no network. It keeps what it was asked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from smallprint.errors import ReaderError
from smallprint.readers.base import Event, Reader, Reply, Request
from smallprint.readers.prompt import text_of
from smallprint.readers.retry import Retry

Line: TypeAlias = str | Reply | BaseException
"""What to say: a text, a whole reply, or an error to raise."""

Script: TypeAlias = Line | Sequence[Line] | Mapping[str, Line] | Callable[[Request], Line]


class ScriptedReader(Reader):
    """Answers from a script: one line for every question, a list used up in order, a mapping from the question, or a function of the
    request.

    Text is streamed word by word. Input is counted as for a model of `family`; an output token is a word.
    `requests` has every attempt.
    """

    takes_pixels = True

    def __init__(
        self, script: Script, *, model: str = "scripted", family: str | None = "glm-4.1v", retry: Retry | None = None
    ) -> None:
        super().__init__(model, provider="scripted", family=family, retry=retry)
        self._script = script
        self._used = 0
        self.requests: list[Request] = []

    def _line(self, request: Request) -> Line:
        self.requests.append(request)
        script = self._script
        if isinstance(script, str | Reply | BaseException):
            return script
        if isinstance(script, Mapping):
            script = cast("Mapping[str, Line]", script)
            if request.question not in script:
                raise ReaderError(
                    f"scripted: no reply for {request.question!r}; the script has {', '.join(map(repr, script))}"
                )
            return script[request.question]
        if isinstance(script, Sequence):
            script = cast("Sequence[Line]", script)
            if self._used >= len(script):
                raise ReaderError(f"scripted: the script has {len(script)} replies and more were asked for")
            self._used += 1
            return script[self._used - 1]
        return script(request)

    def _attempt(self, request: Request) -> Iterator[Event]:
        line = self._line(request)
        if isinstance(line, BaseException):
            raise line
        reply = line if isinstance(line, Reply) else self._reply(line, request)
        yield from re.findall(r"\s*\S+|\s+$", reply.text)
        yield reply

    async def _aattempt(self, request: Request) -> AsyncIterator[Event]:
        for event in self._attempt(request):
            yield event

    def _reply(self, text: str, request: Request) -> Reply:
        raw = {"n_images": len(request.images), "question": request.question}
        return Reply(
            text=text, model=self.model, tokens_in=self._tokens_in(request), tokens_out=len(text.split()), raw=raw
        )

    def _tokens_in(self, request: Request) -> int | None:
        """What a model of this family would be billed for."""
        from smallprint.tokens import count, family, vision_tokens

        if self.family is None:
            return None
        row = family(self.family)
        images = [vision_tokens(row.name, image.width_px, image.height_px) + row.overhead for image in request.images]
        return sum(images) + count(f"{request.system}{text_of(request)}", row.tokenizer).tokens
