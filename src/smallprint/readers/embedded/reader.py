"""The reader that ships with the package: finds and quotes, on this machine, for nothing.

In: a `Request`. Out: one piece of text, then the `Reply`. Its network reads the pages' pixels, one after the other; the text parts it
takes as they are; then it looks for what the question is about. It knows nothing of fonts, and nothing that is not in the document.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from smallprint.errors import BadReply, ReaderError
from smallprint.readers.base import Event, Reader, Reply, Request, TextPart
from smallprint.readers.embedded.answers import Finding, answer
from smallprint.readers.embedded.book import Book, Leaf
from smallprint.readers.marks import unmarked
from smallprint.readers.retry import Retry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MODEL = "page-reader"
FAMILY = "glm-4.1v"
"""Whose visual tokens of 28 x 28 pixels its network takes in."""
MARK = "↵"
"""What our pages show for a line break where the request does not say."""
_NEEDS = "onnxruntime"
_FEWER = (3, 1)
"""Passages that are shown where more would be over the cap on output."""
KEPT_PAGES = 4096
"""Pages whose text is remembered, for further questions: some 40 MB."""


class TextOfPage(Protocol):
    """What reading a page gives; `smallprint.readers.sight.page_reader.PageText` is one."""

    @property
    def text(self) -> str: ...
    @property
    def doubtful(self) -> tuple[tuple[int, int], ...]: ...


class ReadsPages(Protocol):
    """What reads pages; `smallprint.readers.sight.page_reader.PageReader` is one."""

    def read_all(self, pages: Iterable[Any], /) -> Iterator[TextOfPage]:
        """One text a page, in order; takes few pages ahead."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a page."""

    text: str
    doubtful: tuple[tuple[int, int], ...]


class EmbeddedReader(Reader):
    """Reads pages with the network in this package and answers with what stands there.

    Pages are drawn and read one after the other and not kept; their texts are, so that further questions about the same pages are
    answered at once. `pages` is what turns pixels into text, the shipped network by default; `threads`, how many it may use.
    """

    takes_pixels = True
    takes_prompt = False
    prefers_pages = True

    def __init__(
        self,
        model: str = MODEL,
        *,
        family: str | None = FAMILY,
        retry: Retry | None = None,
        threads: int | None = None,
        pages: ReadsPages | None = None,
    ) -> None:
        if model != MODEL:
            raise ReaderError(f"embedded: unknown model {model!r}; allowed: {MODEL}")
        super().__init__(f"embedded:{model}", provider="embedded", family=family, retry=retry or Retry(attempts=1))
        self.threads = threads
        self._pages = pages
        self._texts: OrderedDict[bytes, _Kept] = OrderedDict()
        self._book: Book | None = None
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        return self.model

    def check(self) -> None:
        if self._pages is None and importlib.util.find_spec(_NEEDS) is None:
            raise ReaderError(f"embedded: needs {_NEEDS}; pip install {_NEEDS}, or ask another model with --model")

    def _attempt(self, request: Request) -> Iterator[Event]:
        found = self._answer(request)
        yield found.text
        yield self._reply(found, request)

    async def _aattempt(self, request: Request) -> AsyncIterator[Event]:
        import asyncio

        found = await asyncio.to_thread(self._answer, request)
        yield found.text
        yield self._reply(found, request)

    def document(self, request: Request) -> tuple[Leaf, ...]:
        """The document's parts as text, in its order, its pages as they are read."""
        with self._turn:
            return tuple(self._leaves(request))

    def _answer(self, request: Request) -> Finding:
        leaves = self.document(request)
        with self._turn:
            if self._book is None or self._book.leaves != leaves:
                self._book = Book.of(leaves)
            book = self._book
        found = answer(book, request.question)
        for n_passages in _FEWER:
            if (self._tokens(found.text) or 0) <= request.max_output_tokens:
                break
            found = answer(book, request.question, n_passages=n_passages)
        return found

    def _leaves(self, request: Request) -> Iterator[Leaf]:
        """The document's parts as text, in its order."""
        read = iter(enumerate(self._read(request)))
        for part in request.parts:
            if isinstance(part, TextPart):
                yield Leaf(text=part.text, span=part.span)
                continue
            number, page = next(read)
            text = unmarked(page.text, request.newline_mark or MARK, request.indent_mark)
            yield Leaf(text=text, pages=part.pages or (number,), doubtful=tuple(page.doubtful))

    def _read(self, request: Request) -> list[_Kept]:
        """What stands on each image. Those that were read before are not read again."""
        images = request.images
        found: list[_Kept | None] = [None] * len(images)
        waiting: deque[tuple[int, bytes]] = deque()
        n_read = 0

        def unread() -> Iterator[NDArray[np.uint8] | bytes]:
            nonlocal n_read
            for index, image in enumerate(images):
                picture = image.data() if image.pixels is None else image.pixels()
                key = hashlib.sha256(picture if isinstance(picture, bytes) else picture.tobytes()).digest()
                if key in self._texts:
                    self._texts.move_to_end(key)
                    found[index] = self._texts[key]
                    n_read += 1
                else:
                    waiting.append((index, key))
                    yield picture

        for page in self._reader().read_all(unread()):
            index, key = waiting.popleft()
            found[index] = self._texts[key] = _Kept(page.text, page.doubtful)
            n_read += 1
            while len(self._texts) > KEPT_PAGES:
                self._texts.popitem(last=False)
            if request.on_image:
                request.on_image(n_read, len(images))
        texts = [page for page in found if page is not None]
        if len(texts) < len(images):
            raise BadReply(f"{self.name}: {len(texts)} of {len(images)} images were read")
        return texts

    def _reader(self) -> ReadsPages:
        if self._pages is None:
            from smallprint.readers.sight.page_reader import PageReader

            self._pages = PageReader(family=self.family or FAMILY, threads=self.threads)
        return self._pages

    def _reply(self, found: Finding, request: Request) -> Reply:
        from smallprint.tokens import vision_tokens

        n_in = self._tokens("\n\n".join([*(part.text for part in request.texts), request.question]))
        if self.family is not None and n_in is not None:
            n_in += sum(vision_tokens(self.family, image.width_px, image.height_px) for image in request.images)
        raw = {"n_images": len(request.images), "n_quotes": len(found.evidence)}
        return Reply(
            text=found.text, model=self.model, tokens_in=n_in, tokens_out=self._tokens(found.text),
            evidence=found.evidence, raw=raw,
        )  # fmt: skip

    def _tokens(self, text: str) -> int | None:
        """As the family counts."""
        from smallprint.tokens import count, family

        return None if self.family is None else count(text, family(self.family).tokenizer).tokens
