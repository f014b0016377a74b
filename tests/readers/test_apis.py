"""The three official SDKs, sync and async, against a server on this machine that checks and fails."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import Callable
from contextlib import aclosing, closing
from typing import Any

import numpy as np
import pytest
from loopback import ANSWER, Act, Loopback
from waits import Waits

from smallprint.errors import BadReply, ReaderError, Refused, TooLarge, Unavailable
from smallprint.readers import ImagePart, Reader, Reply, Request, Retry, TextPart, reader
from smallprint.readers.retry import NoAccess
from smallprint.render import png

MODELS = {"openai": "openai:gpt-4o", "anthropic": "anthropic:claude-opus-4-7", "gemini": "gemini:gemini-3-pro"}
SIZES = [(40, 30), (51, 30)]

Asks = Callable[[Reader, Request], Reply]


def ask_sync(reader: Reader, request: Request) -> Reply:
    return reader.ask(request)


def ask_async(reader: Reader, request: Request) -> Reply:
    return asyncio.run(reader.aask(request))


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Asks:
    return request.param


@pytest.fixture(params=MODELS)
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


def base_url(provider: str, server: Loopback) -> str:
    return f"{server.url}/v1" if provider == "openai" else server.url


def make(provider: str, server: Loopback, waits: Waits | None = None, **options: Any) -> Reader:
    retry = waits.retry() if waits else Retry(attempts=1)
    return reader(MODELS[provider], base_url=base_url(provider, server), retry=retry, **{"timeout_s": 20.0, **options})


def page(index: int, *, lazy: bool) -> ImagePart:
    width_px, height_px = SIZES[index]
    data = png.encode(np.full((height_px, width_px), 255, np.uint8))
    return ImagePart(png=(lambda: data) if lazy else data, width_px=width_px, height_px=height_px, pages=(index,))


REQUEST = Request(
    question="Whom did she marry?",
    parts=(TextPart(text="The appendix, as text."), page(0, lazy=False), page(1, lazy=True)),
    system="You are a careful reader.",
    max_output_tokens=321,
)


def test_images_first_then_the_text(provider: str, ask: Asks, server: Loopback) -> None:
    reply = ask(make(provider, server), REQUEST)
    assert reply.text == ANSWER
    assert (reply.finish, reply.tokens_in, reply.tokens_out, reply.cached_in) == ("stop", 1400, 12, 640)
    (seen,) = server.requests
    assert seen.wire == provider
    assert seen.images == SIZES
    assert seen.text.index("The appendix, as text.") < seen.text.index("Whom did she marry?")
    assert seen.text.endswith("Question: Whom did she marry?")
    model = MODELS[provider].partition(":")[2]
    assert model in (seen.body.get("model"), seen.path.removeprefix("/v1/models/").partition(":")[0])


def test_what_each_wire_adds(server: Loopback) -> None:
    for provider in MODELS:
        make(provider, server).ask(REQUEST)
    openai, anthropic, gemini = server.requests
    assert (
        openai.body["max_tokens"]
        == anthropic.body["max_tokens"]
        == gemini.body["generationConfig"]["maxOutputTokens"]
        == 321
    )
    assert openai.body["messages"][0] == {"role": "system", "content": "You are a careful reader."}
    assert anthropic.body["system"] == "You are a careful reader."
    assert gemini.body["systemInstruction"]["parts"][0]["text"] == "You are a careful reader."
    assert openai.body["stream_options"] == {"include_usage": True}
    blocks = anthropic.body["messages"][0]["content"]
    assert [block.get("cache_control") for block in blocks] == [None, None, {"type": "ephemeral"}, None], (
        "pages and text of the document, for a second question"
    )
    assert blocks[-1]["text"].endswith("Question: Whom did she marry?")
    assert "The appendix" not in blocks[-1]["text"]
    assert gemini.body["generationConfig"]["mediaResolution"] == "MEDIA_RESOLUTION_HIGH", (
        "what the token rule of gemini-3 counts"
    )


def test_the_bytes_before_the_question_do_not_change_with_it(provider: str, server: Loopback) -> None:
    made = make(provider, server)
    for question in ("Who?", "What did they eat?"):
        made.ask(Request(question=question, parts=REQUEST.parts))
    first, second = server.requests
    assert first.text.removesuffix("Who?") == second.text.removesuffix("What did they eat?")


def test_text_comes_in_pieces_and_then_one_reply(provider: str, server: Loopback) -> None:
    events = list(make(provider, server).stream(REQUEST))
    assert len(events) == 4
    assert "".join(event for event in events[:-1] if isinstance(event, str)) == ANSWER
    assert isinstance(events[-1], Reply)


async def test_text_comes_in_pieces_and_then_one_reply_async(provider: str, server: Loopback) -> None:
    events = [event async for event in make(provider, server).astream(REQUEST)]
    assert "".join(event for event in events[:-1] if isinstance(event, str)) == ANSWER
    assert isinstance(events[-1], Reply)


async def test_a_stream_can_be_left_at_any_time(provider: str, server: Loopback) -> None:
    made = make(provider, server)
    with closing(made.stream(REQUEST)) as events:  # pyright: ignore[reportArgumentType]
        assert isinstance(next(events), str)
    async with aclosing(made.astream(REQUEST)) as aevents:  # pyright: ignore[reportArgumentType]
        assert isinstance(await anext(aevents), str)


async def test_a_reader_keeps_its_connection_inside_with(provider: str, server: Loopback) -> None:
    with make(provider, server) as made:
        assert made.ask(REQUEST).text == made.ask(REQUEST).text == ANSWER
    async with make(provider, server) as made:
        one, two = await asyncio.gather(made.aask(REQUEST), made.aask(REQUEST))
        assert one.text == two.text == ANSWER


def test_an_answer_that_ends_at_the_token_cap_says_so(provider: str, ask: Asks, server: Loopback) -> None:
    server.acts = [Act(stop="length")]
    assert ask(make(provider, server), REQUEST).finish == "length"


def test_the_wait_that_the_server_asks_for_is_kept(provider: str, ask: Asks, server: Loopback, waits: Waits) -> None:
    date = email.utils.formatdate(waits.now_s + 25, usegmt=True)
    server.acts = [Act(status=429, headers={"retry-after": "7"}), Act(status=503, headers={"retry-after": date}), Act()]
    reply = ask(make(provider, server, waits), REQUEST)
    assert (reply.text, reply.attempts, waits.seconds) == (ANSWER, 3, [7.0, 25.0])


@pytest.mark.parametrize("status", [408, 500, 502, 503, 529])
def test_a_server_in_trouble_is_tried_again_and_then_unavailable(
    provider: str, ask: Asks, server: Loopback, waits: Waits, status: int
) -> None:
    server.acts = [Act(status=status, error={"message": "in trouble"})]
    with pytest.raises(Unavailable, match=f"{status}: in trouble"):
        ask(make(provider, server, waits), REQUEST)
    assert len(server.requests) == 4, "one policy: the SDKs' own retries are off"
    assert waits.seconds == [1.0, 2.0, 4.0]


def test_a_wait_that_is_too_long_is_told_and_not_kept(provider: str, ask: Asks, server: Loopback, waits: Waits) -> None:
    server.acts = [Act(status=429, headers={"retry-after": "3600"})]
    with pytest.raises(Unavailable, match="try again in 3600 s") as caught:
        ask(make(provider, server, waits), REQUEST)
    assert caught.value.retry_after_s == 3600
    assert waits.seconds == []


def test_gemini_puts_the_wait_into_the_body(ask: Asks, server: Loopback, waits: Waits) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}]
    server.acts = [
        Act(status=429, error={"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota", "details": details}),
        Act(),
    ]
    assert ask(make("gemini", server, waits), REQUEST).attempts == 2
    assert waits.seconds == [37.0]


def test_silence_is_a_time_out(provider: str, ask: Asks, server: Loopback) -> None:
    server.acts = [Act(silent_s=30)]
    with pytest.raises(Unavailable, match="no answer in time"):
        ask(make(provider, server, timeout_s=0.3), REQUEST)


def test_nobody_listens(provider: str, ask: Asks) -> None:
    made = reader(MODELS[provider], base_url="http://127.0.0.1:9/v1", retry=Retry(attempts=1))
    with pytest.raises(Unavailable, match=r"the connection failed at http://127.0.0.1:9/v1"):
        ask(made, REQUEST)


@pytest.mark.parametrize(
    "act", [Act(stop=None), Act(stop=None, break_connection=True)], ids=["silently", "mid-message"]
)
def test_a_cut_stream_is_not_an_answer(provider: str, ask: Asks, server: Loopback, waits: Waits, act: Act) -> None:
    server.acts = [act]
    with pytest.raises(Unavailable, match=r"cut: 60 characters came|connection failed"):
        ask(make(provider, server, waits), REQUEST)
    assert len(server.requests) == 1, "text was handed out: asking again would repeat it"


def test_a_stream_cut_before_its_first_word_is_tried_again(ask: Asks, server: Loopback, waits: Waits) -> None:
    for provider in ("openai", "anthropic"):
        server.acts = [Act(stop=None, words=()), Act()]
        assert ask(make(provider, server, waits), REQUEST).attempts == 2


def test_an_error_inside_a_stream(provider: str, ask: Asks, server: Loopback, waits: Waits) -> None:
    error = {"type": "overloaded_error", "code": 529, "status": "UNAVAILABLE", "message": "overloaded"}
    server.acts = [Act(words=(), in_stream_error=error), Act(in_stream_error=error)]
    with pytest.raises(Unavailable, match="overloaded"):
        ask(make(provider, server, waits), REQUEST)
    assert len(server.requests) == 2, "once before any text, and once after"


def test_a_refusal(provider: str, ask: Asks, server: Loopback, waits: Waits) -> None:
    server.acts = [Act(stop="refusal")]
    with pytest.raises(Refused, match="refused"):
        ask(make(provider, server, waits), REQUEST)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "act",
    [
        Act(malformed=True),
        Act(body=("text/event-stream", b"")),
        Act(body=("text/html", b"<html>a proxy's page</html>")),
        Act(body=("application/json", b"[]")),
        Act(words=()),
    ],
    ids=["json", "empty", "html", "other", "no text"],
)
def test_a_bad_reply(provider: str, ask: Asks, server: Loopback, act: Act) -> None:
    server.acts = [act]
    with pytest.raises(BadReply):
        ask(make(provider, server), REQUEST)


@pytest.mark.parametrize(
    ("status", "error", "kind", "words"),
    [
        (401, {"message": "bad key"}, NoAccess, "access denied.*KEY"),
        (403, {"message": "not yours"}, NoAccess, "access denied.*KEY"),
        (
            429,
            {"message": "no credit", "code": "insufficient_quota", "type": "insufficient_quota"},
            NoAccess,
            "access denied",
        ),
        (404, {"message": "nothing here"}, ReaderError, "no model '(gpt-4o|claude-opus-4-7|gemini-3-pro)'"),
        (400, {"message": "The model `gpt-9` does not exist"}, ReaderError, "no model"),
        (400, {"message": "This model does not support image inputs"}, ReaderError, "rejects the request"),
        (400, {"message": "temperature: too hot"}, ReaderError, "rejects the request"),
        (413, {"message": "big"}, TooLarge, "over the provider's limits"),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, TooLarge, "210000 tokens > 200000"),
        (400, {"message": "At most 4 image(s) may be provided in one prompt."}, TooLarge, "At most 4"),
        (400, {"message": "This model's maximum context length is 8192 tokens"}, TooLarge, "8192"),
        (400, {"message": "Rejected by our content policy", "code": "content_policy_violation"}, Refused, "refused"),
    ],
)
def test_statuses_become_our_errors(
    provider: str,
    ask: Asks,
    server: Loopback,
    waits: Waits,
    status: int,
    error: dict[str, Any],
    kind: type[ReaderError],
    words: str,
) -> None:
    server.acts = [Act(status=status, error=error)]
    with pytest.raises(ReaderError, match=words) as caught:
        ask(make(provider, server, waits), REQUEST)
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert len(server.requests) == 1
    assert waits.seconds == []


@pytest.mark.parametrize(
    ("provider", "names"),
    [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY"), ("gemini", "GEMINI_API_KEY or GOOGLE_API_KEY")],
)
def test_a_missing_key_is_named(
    provider: str, names: str, ask: Asks, monkeypatch: pytest.MonkeyPatch, waits: Waits
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name)
    made = reader(MODELS[provider], retry=waits.retry())
    with pytest.raises(Unavailable, match=f"set the environment variable {names}"):
        ask(made, REQUEST)
    assert waits.seconds == []


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_cannot_be_one_is_not_sent(
    provider: str, key: str, ask: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, key)
    with pytest.raises(NoAccess, match="holds characters that no key has") as caught:
        ask(reader(MODELS[provider]), REQUEST)
    assert key not in str(caught.value)


def test_a_url_without_v1_is_hinted_at(server: Loopback) -> None:
    made = reader("openai:gpt-4o", base_url=f"{server.url}/v2", retry=Retry(attempts=1))
    server.acts = [Act(status=404)]
    with pytest.raises(ReaderError, match="usually ends in /v1"):
        made.ask(REQUEST)


def test_a_server_on_this_machine_needs_no_key(ask: Asks, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert ask(make("openai", server), REQUEST).text == ANSWER
    assert server.requests[0].headers["authorization"] == "Bearer none"


def test_a_server_that_reports_no_usage(provider: str, ask: Asks, server: Loopback) -> None:
    server.acts = [Act(usage=False)]
    reply = ask(make(provider, server), REQUEST)
    assert reply.text == ANSWER
    if provider != "anthropic":
        assert (reply.tokens_in, reply.tokens_out) == (None, None)


def test_openai_gives_up_what_a_server_does_not_know(ask: Asks, server: Loopback) -> None:
    server.acts = [
        Act(status=400, error={"message": "Unknown parameter: 'stream_options'.", "param": "stream_options"}),
        Act(status=400, error={"message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."}),
        Act(status=422, error={"message": "extra inputs: detail"}),
        Act(),
    ]
    made = make("openai", server, detail="high")
    assert ask(made, REQUEST).text == ANSWER
    body = server.requests[-1].body
    assert body["max_completion_tokens"] == 321
    assert not {"stream_options", "max_tokens"} & body.keys()
    assert [set(part["image_url"]) for part in body["messages"][-1]["content"][:-1]] == [{"url"}, {"url"}]
    ask(made, REQUEST)
    assert len(server.requests) == 5, "it is remembered"


def test_openai_detail_is_what_the_family_counts(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    from smallprint.readers.openai import OpenAIReader
    from smallprint.readers.registry import family_for

    for model, detail in (("gpt-4o", "high"), ("gpt-5.5", "original"), ("gpt-5.4", "high"), ("gpt-5-mini", None)):
        hosted = OpenAIReader(model, family=family_for(model))
        assert hosted.detail == detail
        assert hosted.body(REQUEST)["max_completion_tokens"] == 321
    own = OpenAIReader("gpt-4o", family="gpt-4o", base_url=f"{server.url}/v1")
    assert own.detail is None, "other servers may not know it"


def test_a_lone_surrogate_in_a_question_is_replaced(provider: str, ask: Asks, server: Loopback) -> None:
    ask(make(provider, server), Request(question="Who is \udcff?"))
    assert server.requests[0].text.endswith("Who is ??")
