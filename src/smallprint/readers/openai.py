"""OpenAI, and the many servers that speak its chat completions: vLLM, SGLang, `transformers serve`, hosted ones.

In: a `Request`. Out: events. The wire: `image_url` parts with data URIs first, then one text part, streamed. Knows no fonts and no prices.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from smallprint.errors import BadReply
from smallprint.readers import prompt, sdk
from smallprint.readers.api import ApiReader, Collector
from smallprint.readers.base import Request
from smallprint.readers.retry import Retry
from smallprint.tokens.families import family as family_row

ENV = ("OPENAI_API_KEY",)

FINISH: Mapping[str, str] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "stop",
    "function_call": "stop",
    "abort": "length",
}
"""Their finish reasons; `content_filter` is a refusal."""

FALLBACKS: Mapping[str, str | None] = {
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_completion_tokens",
    "stream_options": None,
    "detail": None,
    "temperature": None,
}
"""What a server gets in place of a parameter that it does not know."""

_UNKNOWN = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|unexpected|extra|not permitted|not allowed|forbidden",
    re.IGNORECASE,
)


class OpenAICollector(Collector):
    """Reads `chat.completion.chunk` objects."""

    def read(self, chunk: Any) -> str:
        self.model = chunk.model or self.model
        self.raw.update({"id": chunk.id, "model": self.model})
        if usage := getattr(chunk, "usage", None):
            details = getattr(usage, "prompt_tokens_details", None)
            self.tokens_in, self.tokens_out = usage.prompt_tokens, usage.completion_tokens
            self.cached_in = getattr(details, "cached_tokens", None) or 0
            self.written_in = getattr(details, "cache_write_tokens", None) or 0
            self.raw["usage"] = usage.model_dump(mode="json", exclude_none=True, warnings=False)
        text = ""
        for choice in chunk.choices or ():
            delta = choice.delta
            if refusal := getattr(delta, "refusal", None):
                self.refusal = (self.refusal or "") + refusal
            text += (delta.content if delta else None) or ""
            if reason := choice.finish_reason:
                self.raw["finish_reason"] = reason
                self.finish = FINISH.get(reason, "stop")
                if reason == "content_filter":
                    self.refusal = self.refusal or "stopped by the content filter"
        return text


class OpenAIReader(ApiReader):
    """Chat completions through the official `openai` SDK (extra `api`).

    The key is read from OPENAI_API_KEY; a `base_url` on this machine needs none. Without `base_url`, OPENAI_BASE_URL counts, as for the
    SDK.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        family: str | None = None,
        retry: Retry | None = None,
        timeout_s: float = 600.0,
        detail: str | None = None,
    ) -> None:
        base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        super().__init__(
            model, provider="openai", env=ENV, base_url=base_url, family=family, retry=retry, timeout_s=timeout_s
        )
        self.detail = detail or (family_row(family).detail if family and base_url is None else None)
        self.url_hint = "; such a URL usually ends in /v1" if base_url and "/v1" not in base_url else ""
        # Newer hosted models take only the longer name, most other servers know the older one.
        self._cap = "max_tokens" if base_url else "max_completion_tokens"
        self._without: set[str] = set()

    def body(self, request: Request) -> dict[str, Any]:
        """The keyword arguments of `chat.completions.create`."""
        content: list[dict[str, Any]] = []
        for image in request.images:
            url = {"url": f"data:image/png;base64,{base64.b64encode(image.data()).decode()}"}
            if self.detail and "detail" not in self._without:
                url["detail"] = self.detail
            content.append({"type": "image_url", "image_url": url})
        content.append({"type": "text", "text": prompt.text_of(request)})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if request.system:
            messages.insert(0, {"role": "system", "content": request.system})
        body: dict[str, Any] = {"model": self.model, "messages": messages, "stream": True}
        body["stream_options"] = {"include_usage": True}
        body[self._cap] = request.max_output_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return {key: value for key, value in body.items() if key not in self._without}

    def _settings(self) -> dict[str, Any]:
        key = sdk.key_from(ENV, needed_by=f"openai:{self.model}", base_url=self.base_url)
        return {"api_key": key, "base_url": self.base_url, "timeout": self.timeout_s, "max_retries": 0}

    def _client(self) -> Any:
        return sdk.load("openai", extra="api", needed_by="openai").OpenAI(**self._settings())

    def _aclient(self) -> Any:
        return sdk.load("openai", extra="api", needed_by="openai").AsyncOpenAI(**self._settings())

    def _collector(self) -> Collector:
        return OpenAICollector(self.caller)

    def _chunks(self, client: Any, request: Request) -> Iterator[Any]:
        while True:
            try:
                stream = client.chat.completions.create(**self.body(request))
                break
            except Exception as error:
                if not self._adapt(error, request):
                    raise
        with stream:
            self._check(stream.response)
            yield from stream

    async def _achunks(self, client: Any, request: Request) -> AsyncIterator[Any]:
        while True:
            try:
                stream = await client.chat.completions.create(**self.body(request))
                break
            except Exception as error:
                if not self._adapt(error, request):
                    raise
        async with stream:
            self._check(stream.response)
            async for chunk in stream:
                yield chunk

    def _adapt(self, error: Exception, request: Request) -> bool:
        """Leaves out, or renames, a parameter that the server does not know; False when the error is about something else."""
        said = f"{getattr(error, 'param', None) or ''} {error}"
        if getattr(error, "status_code", None) not in (400, 422) or not _UNKNOWN.search(said):
            return False
        for key in self._optional(request):
            other = FALLBACKS[key]
            if other in self._without or not re.search(rf"(?<![a-z_]){key}(?![a-z_])", said):
                continue
            self._without.add(key)
            self._cap = other or self._cap
            return True
        return False

    def _optional(self, request: Request) -> list[str]:
        """The parameters sent that a server may not know."""
        sent = [self._cap, "stream_options"]
        sent += ["detail"] if self.detail and request.images else []
        sent += ["temperature"] if request.temperature is not None else []
        return [key for key in sent if key not in self._without]

    def _check(self, response: Any) -> None:
        kind = str(response.headers.get("content-type", "")).split(";")[0]
        if kind not in ("text/event-stream", ""):
            raise BadReply(
                f"{self.name}: a stream of events was asked for and {kind} came{f' from {self.base_url}' if self.base_url else ''}"
            )
