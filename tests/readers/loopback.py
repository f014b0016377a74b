"""A server on this machine that speaks the three wire formats, checks what it is asked, and fails on command.

In: `Act`s, one for each request. Out: genuine server-sent events, or an error. `requests` has what came, decoded.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ("Reader, ", "I married him. ", 'She says: "a quiet wedding" (page 2).')
ANSWER = "".join(WORDS)


@dataclass(frozen=True, kw_only=True)
class Act:
    """What the server does with one request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    """The provider's error object, for a status that is not 200."""
    stop: str | None = "end"
    """`end`, `length`, `refusal`, or None: the stream ends without a word about why."""
    words: tuple[str, ...] = WORDS
    usage: bool = True
    malformed: bool = False
    body: tuple[str, bytes] | None = None
    """Content type and bytes to send instead of a stream."""
    silent_s: float = 0.0
    """Waits this long, or until the server closes, before the first byte."""
    break_connection: bool = False
    """Announces more bytes than it sends."""
    in_stream_error: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request, read."""

    wire: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    images: list[tuple[int, int]]
    """Width and height of each image, from its decoded PNG."""
    text: str


def png_size(data: bytes) -> tuple[int, int]:
    """Decodes a PNG as far as its pixels' bytes; raises AssertionError for one that is broken."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        (n,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + n]
        (crc,) = struct.unpack(">I", data[at + 8 + n : at + 12 + n])
        assert crc == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + n
    width, height, depth, color = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    samples = {0: 1, 2: 3, 3: 1}[color]
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + (width * samples * depth + 7) // 8)
    return width, height


class Loopback:
    """The server's state. `acts` are used up in order; the last one is repeated."""

    def __init__(self) -> None:
        self.acts: list[Act] = [Act()]
        self.requests: list[Seen] = []
        self.faults: list[str] = []
        """What was wrong with a request; a test ends by looking here."""
        self.closing = threading.Event()
        self.url = ""

    def next_act(self) -> Act:
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]


def read_openai(path: str, headers: dict[str, str], body: dict[str, Any]) -> Seen:
    assert path in ("/v1/chat/completions", "/v2/chat/completions")
    assert headers["authorization"] in ("Bearer test-openai_api_key", "Bearer none")
    assert body["stream"] is True
    content = body["messages"][-1]["content"]
    kinds = [part["type"] for part in content]
    assert kinds == ["image_url"] * (len(kinds) - 1) + ["text"], kinds
    images: list[tuple[int, int]] = []
    for part in content[:-1]:
        prefix, _, data = part["image_url"]["url"].partition(",")
        assert prefix == "data:image/png;base64"
        images.append(png_size(base64.b64decode(data, validate=True)))
    return Seen(wire="openai", path=path, headers=headers, body=body, images=images, text=content[-1]["text"])


def read_anthropic(path: str, headers: dict[str, str], body: dict[str, Any]) -> Seen:
    assert path == "/v1/messages"
    # The SDK sends the key as a bearer token since 2.x, in a header of its own before.
    assert "test-anthropic_api_key" in (
        headers.get("x-api-key"),
        headers.get("authorization", "").removeprefix("Bearer "),
    )
    assert headers["anthropic-version"]
    assert body["stream"] is True
    assert body["max_tokens"] > 0
    content = body["messages"][-1]["content"]
    kinds = [part["type"] for part in content]
    n_images = kinds.count("image")
    assert kinds == ["image"] * n_images + ["text"] * (len(kinds) - n_images), kinds
    assert len(kinds) - n_images in (1, 2), "the document's text, if there is any, and the question"
    images: list[tuple[int, int]] = []
    for part in content[:n_images]:
        assert part["source"]["type"] == "base64"
        assert part["source"]["media_type"] == "image/png"
        images.append(png_size(base64.b64decode(part["source"]["data"], validate=True)))
    text = "\n\n".join(part["text"] for part in content[n_images:])
    return Seen(wire="anthropic", path=path, headers=headers, body=body, images=images, text=text)


def read_gemini(path: str, headers: dict[str, str], body: dict[str, Any]) -> Seen:
    assert re.fullmatch(r"/v1(beta|alpha)?/models/[^/:]+:streamGenerateContent\?alt=sse", path), path
    assert headers["x-goog-api-key"] == "test-gemini_api_key"
    parts = body["contents"][-1]["parts"]
    assert all("inlineData" in part for part in parts[:-1])
    assert set(parts[-1]) == {"text"}
    images: list[tuple[int, int]] = []
    for part in parts[:-1]:
        # The SDK spells some keys in snake case and uses the URL-safe alphabet; Protocol Buffers' JSON takes either.
        blob = part["inlineData"]
        assert (blob.get("mimeType") or blob.get("mime_type")) == "image/png"
        images.append(png_size(base64.b64decode(blob["data"].replace("-", "+").replace("_", "/"), validate=True)))
    return Seen(wire="gemini", path=path, headers=headers, body=body, images=images, text=parts[-1]["text"])


def read(path: str, headers: dict[str, str], body: dict[str, Any]) -> Seen:
    by_start = {"/v1/chat": read_openai, "/v2/chat": read_openai, "/v1/messages": read_anthropic, "/v1": read_gemini}
    return next(reader for start, reader in by_start.items() if path.startswith(start))(path, headers, body)


def events_openai(act: Act, seen: Seen) -> Iterator[str]:
    def chunk(**fields: Any) -> str:
        made = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": seen.body["model"], **fields}
        return f"data: {json.dumps(made)}\n\n"

    def choice(delta: dict[str, Any], finish: str | None = None) -> str:
        return chunk(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])

    yield choice({"role": "assistant", "content": ""})
    if act.stop == "refusal":
        yield choice({"refusal": "I can't help with that."})
        yield choice({}, "stop")
    else:
        for word in act.words:
            yield choice({"content": word})
        if act.in_stream_error:
            yield f"data: {json.dumps({'error': act.in_stream_error})}\n\n"
            return
        if act.malformed:
            yield 'data: {"id": "c1", "choices": [\n\n'
            return
        if act.stop is None:
            return
        yield choice({}, {"end": "stop", "length": "length"}[act.stop])
    if act.usage and seen.body.get("stream_options", {}).get("include_usage"):
        details = {"cached_tokens": 640}
        yield chunk(
            choices=[],
            usage={
                "prompt_tokens": 1400,
                "completion_tokens": 12,
                "total_tokens": 1412,
                "prompt_tokens_details": details,
            },
        )
    yield "data: [DONE]\n\n"


def events_anthropic(act: Act, seen: Seen) -> Iterator[str]:
    def event(kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    usage = {
        "input_tokens": 100,
        "cache_read_input_tokens": 640,
        "cache_creation_input_tokens": 660,
        "output_tokens": 1,
    }
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": seen.body["model"],
        "content": [],
        "usage": usage,
    }
    yield event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    yield event("ping")
    for word in () if act.stop == "refusal" else act.words:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
    if act.in_stream_error:
        yield event("error", error=act.in_stream_error)
        return
    if act.malformed:
        yield 'event: content_block_delta\ndata: {"type": "content_block_delta", "index"\n\n'
        return
    if act.stop is None:
        return
    yield event("content_block_stop", index=0)
    stop = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal"}[act.stop]
    yield event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 12})
    yield event("message_stop")


def events_gemini(act: Act, seen: Seen) -> Iterator[str]:
    usage = {
        "promptTokenCount": 1400,
        "candidatesTokenCount": 9,
        "thoughtsTokenCount": 3,
        "cachedContentTokenCount": 640,
    }

    def chunk(text: str | None, finish: str | None = None) -> str:
        candidate: dict[str, Any] = {"index": 0}
        if text is not None:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        if finish:
            candidate["finishReason"] = finish
        made: dict[str, Any] = {"candidates": [candidate], "modelVersion": "gemini-test", "responseId": "r1"}
        if act.usage:
            made["usageMetadata"] = usage
        return f"data: {json.dumps(made)}\r\n\r\n"

    if act.stop == "refusal":
        yield chunk(None, "SAFETY")
        return
    for word in act.words:
        yield chunk(word)
    if act.in_stream_error:
        yield f"data: {json.dumps({'error': act.in_stream_error})}\r\n\r\n"
        return
    if act.malformed:
        yield 'data: {"candidates": [{"content"\r\n\r\n'
        return
    if act.stop is not None:
        yield chunk(None, {"end": "STOP", "length": "MAX_TOKENS"}[act.stop])


EVENTS = {"openai": events_openai, "anthropic": events_anthropic, "gemini": events_gemini}


def _handler(state: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                seen = read(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            except Exception as error:
                state.faults.append(f"{self.path}: {error!r} {str(body)[:600]}")
                raise
            state.requests.append(seen)
            act = state.next_act()
            if act.silent_s:
                state.closing.wait(act.silent_s)
                return
            with suppress(ConnectionError):  # the client may hang up
                self._act(act, seen)

        def _act(self, act: Act, seen: Seen) -> None:
            if act.status != 200:
                data = json.dumps({"error": act.error or {"message": "no", "type": "error"}}).encode()
                self._head(act, "application/json", len(data))
                self.wfile.write(data)
            elif act.body:
                kind, data = act.body
                self._head(act, kind, len(data))
                self.wfile.write(data)
            else:
                self._head(act, "text/event-stream", 1 << 20 if act.break_connection else None)
                for event in EVENTS[seen.wire](act, seen):
                    self.wfile.write(event.encode())
                    self.wfile.flush()

        def _head(self, act: Act, kind: str, length: int | None) -> None:
            self.send_response(act.status)
            self.send_header("content-type", kind)
            if length is not None:
                self.send_header("content-length", str(length))
            self.send_header("connection", "close")
            for key, value in act.headers.items():
                self.send_header(key, value)
            self.end_headers()

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True


@contextmanager
def serving() -> Iterator[Loopback]:
    """A running server; every thread and socket of it is gone at the end."""
    state = Loopback()
    server = _Server(("127.0.0.1", 0), _handler(state))
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
    assert not state.faults, state.faults
