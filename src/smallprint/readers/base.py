"""What every reader takes and gives.

In: a `Request` (parts in order, then a question). Out: pieces of text as they come, then one `Reply`. Knows no API, no fonts and no prices.
Everything streams inside, so that an answer that was cut off is told from one that ended.
"""

from __future__ import annotations

import dataclasses
import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from smallprint.errors import BadReply, Unavailable
from smallprint.readers.retry import Retry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span: TypeAlias = tuple[int, int]
"""Half-open, in code points of the source."""


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """A part of the document that stays text."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, kw_only=True)
class ImagePart:
    """One image: a page, or several pages joined. Nothing is encoded before a reader asks for it."""

    png: bytes | Callable[[], bytes]
    width_px: int
    height_px: int
    pages: tuple[int, ...] = ()
    """Indexes (from 0) of the pages on it, in reading order."""
    label: str = ""
    pixels: Callable[[], NDArray[np.uint8]] | None = None
    """The image as (H, W) or (H, W, 3), for readers in the same process."""

    def data(self) -> bytes:
        """The PNG file."""
        return self.png if isinstance(self.png, bytes) else self.png()


Content: TypeAlias = TextPart | ImagePart


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked. Images go first on the wire, then one text part: the text parts, the instructions, the question."""

    question: str
    parts: tuple[Content, ...] = ()
    system: str = ""
    notes: str = ""
    """What there is to know about the pages: said before the document's text."""
    instructions: str | None = None
    """Stands between the document and the question; None for those of `smallprint.readers.prompt`."""
    verbatim: bool = False
    """The question is all that follows the document, as it stands: a benchmark has words of its own."""
    newline_mark: str = ""
    """What the pages show for a line break; empty where lines break."""
    indent_mark: str = ""
    """What they show for some spaces at the start of a line; empty where they show spaces."""
    cache: bool = True
    """More questions about the same pages will follow: writing them to the provider's prompt cache pays, where that is billed."""
    max_output_tokens: int = 4096
    temperature: float | None = None
    """None leaves it to the model: several hosted ones reject any value."""
    canary: str = ""
    """The code on the last image, which is no page of the document; empty where there is none."""
    on_image: Callable[[int, int], object] | None = None
    """Called with how many images are read and how many there are, by readers that read one after the other."""

    @property
    def images(self) -> tuple[ImagePart, ...]:
        return tuple(part for part in self.parts if isinstance(part, ImagePart))

    @property
    def texts(self) -> tuple[TextPart, ...]:
        return tuple(part for part in self.parts if isinstance(part, TextPart))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A passage that a reader took from the document itself, and knows from where."""

    text: str
    """As it was read: letters may be wrong."""
    pages: tuple[int, ...] = ()
    """Indexes (from 0) of the pages on which it was read, in order."""
    span: Span | None = None
    """Its place in the source, where it was taken from a text part."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A finished answer. Counts are None where the server does not report them."""

    text: str
    model: str
    finish: str = "stop"
    """`stop`, or `length` where the answer ends at the token cap."""
    tokens_in: int | None = None
    """All input tokens, those from the cache among them."""
    tokens_out: int | None = None
    cached_in: int = 0
    """Input tokens read from the provider's cache."""
    written_in: int = 0
    """Input tokens written to the provider's cache, where that is billed."""
    seconds: float = 0.0
    attempts: int = 1
    evidence: tuple[Evidence, ...] | None = None
    """What the answer rests on; None where that is known from its quotation marks alone."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The exchange as the provider described it, without images and keys; serialises as JSON."""


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A passage that the answer quotes. `span` is None when it is not in the source: nothing backs it."""

    text: str
    page: int | None = None
    """Index of the page (from 0) on which it starts; None without pages."""
    span: Span | None = None


@dataclass(frozen=True, kw_only=True)
class Canary:
    """A code on a page of its own in the same print, and what the model read of it."""

    code: str
    read: str | None
    """None where the answer gives none."""
    right: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer, what it rests on and what it cost. Unknown figures are None."""

    text: str
    quotes: tuple[Quote, ...] = ()
    model: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    cached_in: int = 0
    usd: float | None = None
    seconds: float = 0.0
    finish: str = "stop"
    family: str = ""
    pages_sent: int = 0
    images_sent: int = 0
    text_tokens: int | None = None
    """Tokens of the source as text, for this model."""
    page_tokens: int | None = None
    """Tokens of the source as pages, for this model."""
    ratio: float | None = None
    decision: str = ""
    reason: str = ""
    canary: Canary | None = None
    """Whether the print was read; None where that was not asked."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def pages(self) -> tuple[int, ...]:
        """Indexes of the pages that it rests on, each once, in order."""
        return tuple(sorted({quote.page for quote in self.quotes if quote.page is not None}))

    def to_json(self) -> dict[str, Any]:
        """A mapping for `json.dumps`; spans are [start, end] in code points, pages count from 0."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        del fields["text"], fields["raw"]
        quotes = [
            {"text": q.text, "page": q.page, "span": None if q.span is None else list(q.span)} for q in self.quotes
        ]
        canary = None if self.canary is None else dataclasses.asdict(self.canary)
        return {"answer": self.text, **fields, "quotes": quotes, "canary": canary}


Event: TypeAlias = str | Reply


class Reader(ABC):
    """A model that answers questions about pages.

    A reader implements `_attempt` and `_aattempt`: one exchange each. Retries, time and the check of the order of events are here.
    Inside `with reader:` (or `async with`) its connection stays open between questions; outside, each question opens and closes its own.
    """

    takes_pixels = False
    """Whether it reads `ImagePart.pixels`, so that images need not be encoded."""
    takes_prompt = True
    """Whether what stands around the document and the question is part of its input, and counts."""
    prefers_pages = False
    """Whether pages are sent to it where text would cost no more: it is there to read them. Short texts stay text."""
    base_url: str | None = None
    """Where it asks; None for the provider's own servers, or for this process."""

    def __init__(self, model: str, *, provider: str, family: str | None = None, retry: Retry | None = None) -> None:
        self.model = model
        self.provider = provider
        self.family = family
        """The model family whose token rule and limits apply; None when unknown."""
        self.retry = retry or Retry()

    def check(self) -> None:  # noqa: B027 - most readers need nothing
        """Raises at once what the first question would for want of a library or a key."""

    @abstractmethod
    def _attempt(self, request: Request) -> Iterator[Event]:
        """One exchange: pieces of text, then a `Reply`. Raises the errors of `smallprint.errors` alone."""

    @abstractmethod
    def _aattempt(self, request: Request) -> AsyncIterator[Event]:
        """The same, asynchronously."""

    def stream(self, request: Request) -> Iterator[Event]:
        """Yields text as it comes, then one `Reply`. Raises `ReaderError` and its kinds."""
        clock = self.retry.clock
        start_s = clock.elapsed_s()
        for attempt in itertools.count(1):
            spoken = False
            try:
                with closing(_generator(self._attempt(request))) as events:
                    for event in events:
                        spoken = True
                        yield _timed(event, attempt, clock.elapsed_s() - start_s)
                return
            except Unavailable as error:
                wait_s = None if spoken else self.retry.wait_s(attempt, error)
                if wait_s is None:
                    raise
            clock.sleep(wait_s)

    async def astream(self, request: Request) -> AsyncIterator[Event]:
        """`stream`, asynchronously."""
        clock = self.retry.clock
        start_s = clock.elapsed_s()
        for attempt in itertools.count(1):
            spoken = False
            try:
                async with aclosing(_agenerator(self._aattempt(request))) as events:
                    async for event in events:
                        spoken = True
                        yield _timed(event, attempt, clock.elapsed_s() - start_s)
                return
            except Unavailable as error:
                wait_s = None if spoken else self.retry.wait_s(attempt, error)
                if wait_s is None:
                    raise
            await clock.asleep(wait_s)

    def ask(self, request: Request, *, on_text: Callable[[str], object] | None = None) -> Reply:
        """The whole answer; `on_text` sees each piece as it comes."""
        with closing(_generator(self.stream(request))) as events:
            for event in events:
                if isinstance(event, Reply):
                    return event
                if on_text:
                    on_text(event)
        raise BadReply(f"{self.name}: the answer ended without its last event")

    async def aask(self, request: Request, *, on_text: Callable[[str], object] | None = None) -> Reply:
        """`ask`, asynchronously."""
        async with aclosing(_agenerator(self.astream(request))) as events:
            async for event in events:
                if isinstance(event, Reply):
                    return event
                if on_text:
                    on_text(event)
        raise BadReply(f"{self.name}: the answer ended without its last event")

    @property
    def name(self) -> str:
        """`provider:model`."""
        return f"{self.provider}:{self.model}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def _timed(event: Event, attempt: int, elapsed_s: float) -> Event:
    return dataclasses.replace(event, attempts=attempt, seconds=elapsed_s) if isinstance(event, Reply) else event


def _generator(events: Iterator[Event]) -> Any:
    """`events` as something that `closing` takes, whatever iterator a reader returns."""
    return events if hasattr(events, "close") else (event for event in events)


def _agenerator(events: AsyncIterator[Event]) -> Any:
    return events if hasattr(events, "aclose") else (event async for event in events)
