"""Errors of SDKs and servers -> our errors.

In: an exception from an SDK, or the error object of a stream. Out: the `ReaderError` to raise. Knows the codes that providers use, no SDK
by import: the three official SDKs carry status, headers and body under a few names, and these are read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from smallprint.errors import BadReply, ReaderError, Refused, TooLarge, Unavailable
from smallprint.readers.retry import NoAccess, asked_wait_s

_STATUS_OF_TYPE: Mapping[str, int] = {
    # https://docs.claude.com/en/api/errors, as typed in anthropic 2.11.0, read 2026-11
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    # https://platform.openai.com/docs/guides/error-codes, read 2026-11; vLLM and SGLang use Python-like names
    "server_error": 500,
    "insufficient_quota": 402,
    "rate_limit_exceeded": 429,
    "model_not_found": 404,
    "context_length_exceeded": 413,
    "invalid_api_key": 401,
    "BadRequestError": 400,
    "NotFoundError": 404,
    "InternalServerError": 500,
    # https://ai.google.dev/gemini-api/docs/troubleshooting, read 2026-11
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""HTTP status for the words that providers put into an error body."""

_NO_ACCESS = {401, 402, 403}
_UNAVAILABLE = {408, 409, 425, 429} | set(range(500, 600))

_TOO_LARGE = re.compile(
    r"too (large|long|big|many (images|tokens))|context.?(length|window)|maximum (number of )?(images|tokens|context)"
    r"|(exceeds?|over|above) the (maximum|limit|size)|at most \d+ image|exceeds? .{0,40}(limit|maximum)|token count .{0,40}exceeds",
    re.IGNORECASE,
)
"""Providers report a request over their limits as a plain 400; only the words tell."""

_BAD_KEY = re.compile(r"api.?key (not valid|is invalid|expired)|invalid.{0,10}api.?key", re.IGNORECASE)
"""Gemini answers a wrong key with 400."""

_NO_MODEL = re.compile(
    r"model.{0,120}(not exist|not found|is unknown)|(unknown|invalid|unrecogni[sz]ed) model", re.IGNORECASE | re.DOTALL
)

_POLICY = re.compile(r"content.?(policy|filter)|safety|moderation", re.IGNORECASE)

# Class names, looked for in the ancestry of an exception: SDKs of different ages use httpx, httpx2, aiohttp or requests.
_TIMED_OUT = {"APITimeoutError", "TimeoutException", "TimeoutError", "Timeout", "ServerTimeoutError"}
_CONNECTION = {"APIConnectionError", "TransportError", "ClientConnectionError", "ClientPayloadError", "ConnectionError"}
_MALFORMED = {
    "JSONDecodeError",
    "UnknownApiResponseError",
    "APIResponseValidationError",
    "ValidationError",
    "UnicodeDecodeError",
}
_SDK = {"OpenAIError", "AnthropicError", "APIError", "HTTPError"}


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asked: what the messages name."""

    provider: str
    model: str
    env: tuple[str, ...] = ()
    url: str = ""
    url_hint: str = ""
    """What is often wrong with such a URL."""
    now_s: Callable[[], float]

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.model}"


def translate(error: Exception, caller: Caller) -> ReaderError | None:
    """Our error for one of an SDK's; None for an error that is no SDK's, which is a defect and should be seen as such."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    body = getattr(error, "body", None) or getattr(error, "details", None)
    status = _status(error, body)
    if status is not None:
        return from_status(status, _message(error, body), caller, headers=_headers(error), body=body)
    if "InvalidURL" in kinds:
        return ReaderError(f"base_url: {caller.url!r} is not a URL ({short(error)})")
    if kinds & _TIMED_OUT:
        return Unavailable(f"{caller.name}: no answer in time{_at(caller)} ({short(error)})")
    if kinds & _CONNECTION:
        return Unavailable(f"{caller.name}: the connection failed{_at(caller)} ({short(error.__cause__ or error)})")
    if kinds & _MALFORMED:
        return BadReply(f"{caller.name}: the reply is not of the protocol's form ({short(error)})")
    if kinds & _SDK:
        return ReaderError(f"{caller.name}: {short(error)}")
    return None


def from_status(
    status: int, message: str, caller: Caller, *, headers: Mapping[str, str] | None = None, body: object = None
) -> ReaderError:
    """Our error for an HTTP status and the server's words."""
    said = f"{status}: {message}" if message else str(status)
    if (
        status in _NO_ACCESS
        or (status == 400 and _BAD_KEY.search(message))
        or (status == 429 and "insufficient_quota" in _words(body))
    ):
        variable = f"; the key is read from {' or '.join(caller.env)}" if caller.env else ""
        return NoAccess(f"{caller.name}: access denied ({said}){variable}")
    if status == 413 or (status in (400, 422) and _TOO_LARGE.search(message)):
        return TooLarge(f"{caller.name}: the request is over the provider's limits ({said})")
    if status == 404 or (status == 400 and _NO_MODEL.search(message)):
        return ReaderError(f"{caller.provider}: no model {caller.model!r}{_at(caller)} ({said}){caller.url_hint}")
    if status in _UNAVAILABLE:
        wait_s = asked_wait_s(headers or {}, caller.now_s())
        if wait_s is None:
            wait_s = _wait_in_body(body)
        asked = f"; try again in {wait_s:.0f} s" if wait_s is not None else ""
        return Unavailable(f"{caller.name}: unavailable ({said}){asked}", retry_after_s=wait_s)
    if status in (400, 451) and _POLICY.search(f"{message} {_words(body)}"):
        return Refused(f"{caller.name}: the provider refused the request ({said})")
    if status >= 400:
        return ReaderError(f"{caller.name}: the provider rejects the request ({said})")
    return BadReply(f"{caller.name}: an unexpected reply ({said})")


def _status(error: Exception, body: object) -> int | None:
    code: object = getattr(error, "status_code", None) or getattr(error, "code", None)
    if isinstance(code, int) and code >= 400:
        return code
    # An error inside a stream that began with 200 names its kind in words.
    for word in _words(body).split():
        if word.isdigit() and 400 <= int(word) < 600:
            return int(word)
        if word in _STATUS_OF_TYPE:
            return _STATUS_OF_TYPE[word]
    return None


def _words(body: object) -> str:
    """The `code`, `type` and `status` of an error body, at its top or under `error`."""
    if not isinstance(body, Mapping):
        return ""
    fields = cast("Mapping[str, object]", body)
    own = " ".join(str(fields[key]) for key in ("code", "type", "status") if fields.get(key) is not None)
    return f"{own} {_words(fields.get('error'))}".strip()


def _message(error: Exception, body: object) -> str:
    fields: object = body
    for _ in range(2):
        if isinstance(fields, Mapping):
            found = cast("Mapping[str, object]", fields)
            if isinstance(message := found.get("message"), str) and message:
                return _line(message)
            fields = found.get("error")
    return short(error)


def _headers(error: Exception) -> dict[str, str]:
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    return {str(key).lower(): str(value) for key, value in dict(headers).items()} if headers else {}


def _wait_in_body(body: object) -> float | None:
    """Gemini puts the wait into the body: `google.rpc.RetryInfo` with `retryDelay: "37s"`."""
    found = re.search(r"'retryDelay': '(\d+(?:\.\d+)?)s'", repr(body)[:20_000]) if body else None
    return float(found.group(1)) if found else None


def _at(caller: Caller) -> str:
    return f" at {caller.url}" if caller.url else ""


def short(error: BaseException) -> str:
    """An error's message on one line, or its kind where it has none."""
    return _line(str(error)) or type(error).__name__


def _line(text: str) -> str:
    """Somebody else's message on one line, cut at 300 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 300 else f"{text[:297]}..."
