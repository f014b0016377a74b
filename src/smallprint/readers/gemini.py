"""Google's Gemini.

In: a `Request`. Out: events. The wire: inline PNG parts first, then one text part, streamed. Knows no fonts and no prices.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from smallprint.readers import prompt, sdk
from smallprint.readers.api import ApiReader, Collector
from smallprint.readers.base import Request
from smallprint.readers.retry import Retry
from smallprint.tokens.families import family as family_row

ENV = ("GEMINI_API_KEY", "GOOGLE_API_KEY")

FINISH: Mapping[str, str] = {"STOP": "stop", "MAX_TOKENS": "length", "CONTINUATION": "length"}

UNSPOKEN: Mapping[str, str] = {
    # https://ai.google.dev/api/generate-content#FinishReason, as typed in google-genai 3.4.0, read 2026-11
    "OTHER": "the model stopped for a reason that it does not name",
    "MALFORMED_RESPONSE": "the model's reply was malformed",
    "MALFORMED_FUNCTION_CALL": "the model called a tool, wrongly",
    "UNEXPECTED_TOOL_CALL": "the model called a tool, unasked",
}
"""Finish reasons that are neither an end nor a refusal; all that remain (SAFETY, RECITATION, SPII ...) are refusals."""


class GeminiCollector(Collector):
    """Reads `GenerateContentResponse` chunks."""

    def read(self, chunk: Any) -> str:
        if not (chunk.candidates or chunk.usage_metadata or chunk.prompt_feedback):
            raise ValueError("it has neither candidates nor usage nor feedback")
        self.model = chunk.model_version or self.model
        self.raw.update({"id": chunk.response_id, "model": self.model})
        if usage := chunk.usage_metadata:
            self.tokens_in = usage.prompt_token_count
            spoken, thought = usage.candidates_token_count, usage.thoughts_token_count
            self.tokens_out = None if spoken is None and thought is None else (spoken or 0) + (thought or 0)
            self.cached_in = usage.cached_content_token_count or 0
            self.raw["usage"] = usage.model_dump(mode="json", exclude_none=True)
        feedback = chunk.prompt_feedback
        if feedback and feedback.block_reason:
            self.refusal = f"the prompt was blocked ({_name(feedback.block_reason)})"
        text = ""
        for candidate in (chunk.candidates or ())[:1]:
            for part in (candidate.content and candidate.content.parts) or ():
                if part.text and not part.thought:
                    text += part.text
            if candidate.finish_reason:
                self._finish(_name(candidate.finish_reason))
        return text

    def _finish(self, reason: str) -> None:
        self.raw["finish_reason"] = reason
        if reason in UNSPOKEN:
            self.finish = "stop"
            self.raw["note"] = UNSPOKEN[reason]
        elif reason in FINISH:
            self.finish = FINISH[reason]
        elif reason != "FINISH_REASON_UNSPECIFIED":
            self.refusal = f"stopped by the provider ({reason})"


class GeminiReader(ApiReader):
    """`generate_content_stream` through the official `google-genai` SDK (extra `api`). The key is read from GEMINI_API_KEY or
    GOOGLE_API_KEY.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        family: str | None = None,
        retry: Retry | None = None,
        timeout_s: float = 600.0,
    ) -> None:
        base_url = base_url or os.environ.get("GOOGLE_GEMINI_BASE_URL") or None
        super().__init__(
            model, provider="gemini", env=ENV, base_url=base_url, family=family, retry=retry, timeout_s=timeout_s
        )
        self.media_resolution = family_row(family).media_resolution if family else None

    def body(self, request: Request) -> dict[str, Any]:
        """The keyword arguments of `generate_content_stream`."""
        parts: list[dict[str, Any]] = [
            {"inline_data": {"data": image.data(), "mime_type": "image/png"}} for image in request.images
        ]
        parts.append({"text": prompt.text_of(request)})
        config: dict[str, Any] = {
            "max_output_tokens": request.max_output_tokens,
            "automatic_function_calling": {"disable": True},
        }
        if self.media_resolution:
            config["media_resolution"] = self.media_resolution
        if request.system:
            config["system_instruction"] = request.system
        if request.temperature is not None:
            config["temperature"] = request.temperature
        return {"model": self.model, "contents": [{"role": "user", "parts": parts}], "config": config}

    def _client(self) -> Any:
        key = sdk.key_from(ENV, needed_by=f"gemini:{self.model}", base_url=self.base_url)
        options: dict[str, Any] = {"timeout": int(self.timeout_s * 1000)}
        if self.base_url:
            options["base_url"] = self.base_url
        genai = sdk.load("google.genai", extra="api", needed_by="gemini")
        return genai.Client(api_key=key, vertexai=False, http_options=options)

    def _aclient(self) -> Any:
        return _Async(self._client())

    def _collector(self) -> Collector:
        return GeminiCollector(self.caller)

    def _chunks(self, client: Any, request: Request) -> Iterator[Any]:
        yield from client.models.generate_content_stream(**self.body(request))

    async def _achunks(self, client: Any, request: Request) -> AsyncIterator[Any]:
        try:
            async for chunk in await client.client.aio.models.generate_content_stream(**self.body(request)):
                yield chunk
        except Exception as error:
            # The SDK leaves its inner generators open when a stream reports an error. The traceback would hold them until the event loop
            # ends, which closes them out of order; dropped here, they are closed on the next turn.
            traceback.clear_frames(error.__traceback__)
            await asyncio.sleep(0)
            raise


class _Async:
    """The client opens both kinds of connection: both are closed."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def aclose(self) -> None:
        await self.client.aio.aclose()
        self.client.close()


def _name(value: Any) -> str:
    return str(getattr(value, "value", value))
