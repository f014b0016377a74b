"""What the readers of remote APIs share.

In: an SDK's stream of chunks, through a `Collector` that reads one wire format. Out: events, with errors translated. Knows no wire format.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self

from smallprint.errors import BadReply, ReaderError, Refused, Unavailable
from smallprint.readers import sdk
from smallprint.readers.base import Event, Reader, Reply, Request
from smallprint.readers.failures import Caller, translate
from smallprint.readers.retry import Retry


class Collector(ABC):
    """Reads the chunks of one answer, without input or output of its own, so that the sync and the async reader share it."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.pieces: list[str] = []
        self.model = caller.model
        self.finish: str | None = None
        """`stop` or `length`; None until the server says that the answer is complete."""
        self.refusal: str | None = None
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.cached_in = 0
        self.written_in = 0
        self.raw: dict[str, Any] = {}
        self.n_chunks = 0

    @abstractmethod
    def read(self, chunk: Any) -> str:
        """Takes one chunk; returns the text in it."""

    def feed(self, chunk: Any) -> str:
        """`read`, for chunks that may not be of the protocol's form."""
        self.n_chunks += 1
        try:
            text = self.read(chunk)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise BadReply(f"{self.caller.name}: a chunk is not of the protocol's form ({error})") from error
        if text:
            self.pieces.append(text)
        return text

    def reply(self) -> Reply:
        """The finished answer. Raises `Refused`, `Unavailable` for a stream that was cut, `BadReply` for an empty answer."""
        name = self.caller.name
        if self.refusal is not None:
            raise Refused(f"{name}: the model refused{': ' if self.refusal else ''}{self.refusal}")
        text = "".join(self.pieces)
        if self.finish is None:
            if self.n_chunks == 0:
                raise BadReply(f"{name}: an empty reply: the server sent no event")
            raise Unavailable(f"{name}: the stream was cut: {len(text)} characters came, without the end of the answer")
        if not text.strip():
            why = "the output tokens were used up before it" if self.finish == "length" else "no text"
            raise BadReply(f"{name}: an empty reply: {why}", finish=self.finish)
        return Reply(
            text=text, model=self.model, finish=self.finish, tokens_in=self.tokens_in, tokens_out=self.tokens_out,
            cached_in=self.cached_in, written_in=self.written_in, raw={**self.raw, "n_chunks": self.n_chunks},
        )  # fmt: skip


class ApiReader(Reader):
    """A reader over an SDK that has a sync and an async client.

    `timeout_s` is the longest silence of the server, not the time for the whole answer.
    """

    def __init__(
        self,
        model: str,
        *,
        provider: str,
        env: tuple[str, ...],
        base_url: str | None = None,
        family: str | None = None,
        retry: Retry | None = None,
        timeout_s: float = 600.0,
    ) -> None:
        super().__init__(model, provider=provider, family=family, retry=retry)
        sdk.check_url(base_url)
        self.env = env
        self.base_url = base_url
        self.timeout_s = timeout_s
        self.url_hint = ""
        self._held: Any = None
        self._aheld: Any = None

    def check(self) -> None:
        self._client().close()

    @abstractmethod
    def _client(self) -> Any:
        """A new client; a context manager."""

    @abstractmethod
    def _aclient(self) -> Any:
        """A new async client; an async context manager."""

    @abstractmethod
    def _collector(self) -> Collector: ...

    @abstractmethod
    def _chunks(self, client: Any, request: Request) -> Iterator[Any]: ...

    @abstractmethod
    def _achunks(self, client: Any, request: Request) -> AsyncIterator[Any]: ...

    @property
    def caller(self) -> Caller:
        return Caller(
            provider=self.provider,
            model=self.model,
            env=self.env,
            url=self.base_url or "",
            url_hint=self.url_hint,
            now_s=self.retry.clock.now_s,
        )

    def _attempt(self, request: Request) -> Iterator[Event]:
        client = self._held
        collector = self._collector()
        try:
            client = client or self._client()
            for chunk in self._chunks(client, request):
                if text := collector.feed(chunk):
                    yield text
        except ReaderError:
            raise
        except Exception as error:
            ours = translate(error, self.caller)
            if ours is None:
                raise
            raise ours from error
        finally:
            if client is not None and client is not self._held:
                client.close()
        yield collector.reply()

    async def _aattempt(self, request: Request) -> AsyncIterator[Event]:
        client = self._aheld
        collector = self._collector()
        try:
            client = client or self._aclient()
            async for chunk in self._achunks(client, request):
                if text := collector.feed(chunk):
                    yield text
        except ReaderError:
            raise
        except Exception as error:
            ours = translate(error, self.caller)
            if ours is None:
                raise
            raise ours from error
        finally:
            if client is not None and client is not self._aheld:
                await _aclose(client)
        yield collector.reply()

    def __enter__(self) -> Self:
        self._held = self._client()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        held, self._held = self._held, None
        held.close()

    async def __aenter__(self) -> Self:
        self._aheld = self._aclient()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        held, self._aheld = self._aheld, None
        await _aclose(held)


async def _aclose(client: Any) -> None:
    await (client.aclose() if hasattr(client, "aclose") else client.close())
