"""Anthropic's messages.

In: a `Request`. Out: events. The wire: base64 image blocks, the document's text as a block of its own, a cache breakpoint on the last of
these, then the question, streamed. Knows no fonts and no prices.
"""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from smallprint.readers import prompt, sdk
from smallprint.readers.api import ApiReader, Collector
from smallprint.readers.base import Request
from smallprint.readers.retry import Retry

ENV = ("ANTHROPIC_API_KEY",)

FINISH: Mapping[str, str] = {
    # https://docs.claude.com/en/api/handling-stop-reasons, as typed in anthropic 2.11.0, read 2026-11
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
"""Their stop reasons; `refusal` is a refusal."""


class AnthropicCollector(Collector):
    """Reads message events. `message_start` has the input tokens, `message_delta` the stop reason and the output tokens."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._stop: str | None = None

    def read(self, chunk: Any) -> str:
        kind = chunk.type
        if kind == "message_start":
            message = chunk.message
            self.model = message.model or self.model
            self.raw.update({"id": message.id, "model": self.model})
            self._usage(message.usage)
        elif kind == "content_block_delta" and chunk.delta.type == "text_delta":
            return chunk.delta.text or ""
        elif kind == "message_delta":
            self._usage(chunk.usage)
            self._stop = chunk.delta.stop_reason
            if self._stop == "refusal":
                why = getattr(chunk.delta, "stop_details", None)
                self.refusal = str(getattr(why, "explanation", None) or getattr(why, "category", None) or "")
        elif kind == "message_stop" and self._stop:
            self.raw["stop_reason"] = self._stop
            self.finish = FINISH.get(self._stop, "stop")
        return ""

    def _usage(self, usage: Any) -> None:
        if usage is None:
            return
        # Later events repeat the totals or leave them out; a count never shrinks.
        counts: dict[str, int] = self.raw.setdefault("usage", {})
        for key in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens"):
            if (count := getattr(usage, key, None)) is not None:
                counts[key] = max(int(count), counts.get(key, 0))
        self.cached_in = counts.get("cache_read_input_tokens", 0)
        self.written_in = counts.get("cache_creation_input_tokens", 0)
        if "input_tokens" in counts:
            self.tokens_in = counts["input_tokens"] + self.cached_in + self.written_in
        self.tokens_out = counts.get("output_tokens")


class AnthropicReader(ApiReader):
    """Messages through the official `anthropic` SDK (extra `api`). The key is read from ANTHROPIC_API_KEY.

    With `cache`, the document, pages and text, is written to the prompt cache (dearer once), and a second question within minutes reads it
    for less.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        family: str | None = None,
        retry: Retry | None = None,
        timeout_s: float = 600.0,
        cache: bool = True,
    ) -> None:
        base_url = base_url or os.environ.get("ANTHROPIC_BASE_URL") or None
        super().__init__(
            model, provider="anthropic", env=ENV, base_url=base_url, family=family, retry=retry, timeout_s=timeout_s
        )
        self.cache = cache

    def body(self, request: Request) -> dict[str, Any]:
        """The keyword arguments of `messages.create`."""
        content: list[dict[str, Any]] = [
            {
                "type": "image",
                "source": {
                    "type": "base64",
                    "media_type": "image/png",
                    "data": base64.b64encode(image.data()).decode(),
                },
            }
            for image in request.images
        ]
        if document := prompt.document_of(request):
            content.append({"type": "text", "text": document})
        if content and self.cache and request.cache:
            content[-1]["cache_control"] = {"type": "ephemeral"}
        content.append({"type": "text", "text": prompt.question_of(request)})
        body: dict[str, Any] = {
            "model": self.model,
            "max_tokens": request.max_output_tokens,
            "messages": [{"role": "user", "content": content}],
            "stream": True,
        }
        if request.system:
            body["system"] = request.system
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return body

    def _settings(self) -> dict[str, Any]:
        key = sdk.key_from(ENV, needed_by=f"anthropic:{self.model}", base_url=self.base_url)
        return {"api_key": key, "base_url": self.base_url, "timeout": self.timeout_s, "max_retries": 0}

    def _client(self) -> Any:
        return sdk.load("anthropic", extra="api", needed_by="anthropic").Anthropic(**self._settings())

    def _aclient(self) -> Any:
        return sdk.load("anthropic", extra="api", needed_by="anthropic").AsyncAnthropic(**self._settings())

    def _collector(self) -> Collector:
        return AnthropicCollector(self.caller)

    def _chunks(self, client: Any, request: Request) -> Iterator[Any]:
        with client.messages.create(**self.body(request)) as stream:
            yield from stream

    async def _achunks(self, client: Any, request: Request) -> AsyncIterator[Any]:
        async with await client.messages.create(**self.body(request)) as stream:
            async for chunk in stream:
                yield chunk
