"""From a text and a question to an answer, end to end, with a scripted reader and with a server on this machine."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from loopback import ANSWER, Act, Loopback
from tests.readers.scanned import Scanned
from waits import Waits

from smallprint.errors import ReaderError, Refused, StyleError, TextError, TooLarge, Unavailable
from smallprint.readers import Answer, Reply, Request, Retry, ScriptedReader, aask, ask
from smallprint.readers.base import ImagePart, TextPart
from smallprint.render import Style, render
from smallprint.tokens.families import families, family
from smallprint.tokens.prices import cost, price

FILLER = "The rain fell on the moor, and nobody came to the house that day.\n"
SOURCE = FILLER * 120 + "Reader, I married him. A quiet\nwedding we had.\n" + FILLER * 120
NEEDLE = "I married him. A quiet\nwedding we had"


def test_pages_are_sent_and_the_quotation_is_found() -> None:
    reader = ScriptedReader('He: "I married him. A quiet wedding we had" (page 2). Not: "a loud wedding".')
    shown: list[str] = []
    answer = ask(SOURCE, "Whom did she marry?", model=reader, on_text=shown.append)
    (request,) = reader.requests
    pages = render(SOURCE, Style.preset("flow"))
    assert [(image.width_px, image.height_px) for image in request.images] == pages.sizes()
    assert request.texts == ()
    assert (
        "".join(shown) == answer.text == 'He: "I married him. A quiet wedding we had" (page 2). Not: "a loud wedding".'
    )
    found, missing = answer.quotes
    assert found.span is not None
    assert SOURCE[slice(*found.span)] == NEEDLE
    assert found.page == pages.find(found.span[0])
    assert (missing.text, missing.page, missing.span) == ("a loud wedding", None, None)
    assert answer.pages == (found.page,)
    assert answer.decision == "pages"
    assert answer.pages_sent == answer.images_sent == len(pages)
    assert answer.text_tokens is not None
    assert answer.page_tokens is not None
    assert answer.page_tokens < answer.text_tokens
    assert answer.ratio == answer.text_tokens / answer.page_tokens


async def test_async_twin_gives_the_same() -> None:
    script = 'He: "I married him".'
    one = ask(SOURCE, "Whom?", model=ScriptedReader(script))
    shown: list[str] = []
    two = await aask(SOURCE, "Whom?", model=ScriptedReader(script), on_text=shown.append)
    assert "".join(shown) == script
    assert {**one.to_json(), "seconds": 0} == {**two.to_json(), "seconds": 0}


def test_json_has_the_contract_s_fields_and_serialises() -> None:
    data = ask(SOURCE, "Whom?", model='scripted:"I married him"').to_json()
    assert json.loads(json.dumps(data)) == data
    assert {"answer", "quotes", "model", "tokens_in", "tokens_out", "usd", "seconds"} <= data.keys()
    (quote,) = data["quotes"]
    assert set(quote) == {"text", "page", "span"}
    assert isinstance(quote["page"], int)
    assert data["usd"] is None, "nobody sells the scripted reader"


def test_a_short_text_stays_text() -> None:
    reader = ScriptedReader('"I married him"')
    answer = ask("Reader, I married him.", "Whom?", model=reader)
    (request,) = reader.requests
    assert request.parts == (TextPart(text="Reader, I married him.", span=(0, 22)),)
    assert answer.decision == "text"
    assert answer.pages_sent == 0
    assert answer.quotes[0].page is None
    assert answer.quotes[0].span == (8, 21)


def test_pages_that_cost_more_are_not_sent_unless_asked_for() -> None:
    sparse = Style.preset("legible").with_keys({"font-size": 40, "line-height": 60})
    reader = ScriptedReader("yes", family="gemini-3")
    assert ask(SOURCE, "Whom?", model=reader, style=sparse).decision == "text"
    asked = ask(SOURCE, "Whom?", model=reader, style=sparse, send="pages")
    assert asked.decision == "pages"
    assert asked.reason.startswith("asked for; by itself: text")
    assert isinstance(reader.requests[-1].parts[0], ImagePart)
    assert ask(SOURCE, "Whom?", model=reader, send="text").decision == "text"


@pytest.mark.parametrize("name", families())
def test_never_worse_for_any_family(name: str) -> None:
    answer = ask(SOURCE, "Whom?", model=ScriptedReader("yes", family=name), dry_run=True)
    assert answer.text_tokens is not None
    if answer.decision == "pages":
        assert answer.page_tokens is not None
        assert answer.page_tokens < answer.text_tokens


def test_a_dry_run_sends_nothing_needs_no_key_and_has_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    answer = ask(SOURCE, "Whom?", model="anthropic:claude-opus-4-7", dry_run=True)
    assert (answer.text, answer.finish, answer.tokens_out) == ("", "dry-run", None)
    assert answer.tokens_in is not None
    found = price("claude-opus-4-7", "anthropic")
    assert found is not None
    assert answer.usd == cost(found, answer.tokens_in)
    assert answer.pages_sent > 0


async def test_a_missing_key_is_told_before_a_page_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def render_nothing(*_: object, **__: object) -> None:
        raise AssertionError("drawn for nothing")

    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setattr(sys.modules["smallprint.render"], "render", render_nothing)
    with pytest.raises(Unavailable, match="OPENAI_API_KEY"):
        ask(SOURCE, "Whom?", model="openai:gpt-5.5")
    with pytest.raises(Unavailable, match="OPENAI_API_KEY"):
        await aask(SOURCE, "Whom?", model="openai:gpt-5.5")


def test_dollars_follow_what_the_provider_counted(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    answer = ask(SOURCE, "Whom?", model="anthropic:claude-opus-4-7", retry=Retry(attempts=1))
    assert answer.usd is None, "another server's prices are not known"

    from smallprint.readers.prepare import finish, prepare
    from smallprint.readers.registry import reader

    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    prepared = prepare(reader("anthropic:claude-opus-4-7"), SOURCE, "Whom?", dry_run=True)
    reply = Reply(text="Him.", model="claude-opus-4-7", tokens_in=1400, tokens_out=12, cached_in=640, written_in=660)
    found = price("claude-opus-4-7", "anthropic")
    assert found is not None
    assert finish(prepared, reply, seconds=1.0).usd == cost(found, 1400, 12, cached_in=640, written_in=660)
    unreported = Reply(text="Him.", model="claude-opus-4-7")
    assert finish(prepared, unreported, seconds=1.0).usd is None


@pytest.mark.parametrize("model", ["openai:zai-org/Glyph", "anthropic:claude-opus-4-7", "gemini:gemini-2.5-pro"])
async def test_over_the_wire(model: str, server: Loopback) -> None:
    base_url = f"{server.url}/v1" if model.startswith("openai") else server.url
    answer = ask(SOURCE, "Whom?", model=model, base_url=base_url, send="pages")
    again = await aask(SOURCE, "Whom?", model=model, base_url=base_url, send="pages")
    assert answer.text == again.text == ANSWER
    assert (answer.tokens_in, answer.tokens_out, answer.cached_in) == (1400, 12, 640)
    sizes = render(SOURCE, Style.preset("flow")).sizes()
    assert [seen.images for seen in server.requests] == [sizes, sizes]
    assert server.requests[0].text == server.requests[1].text
    assert answer.quotes[0].text == "a quiet wedding"
    assert answer.quotes[0].span is not None


@pytest.mark.parametrize("send", ["pages", "text"])
def test_the_cache_is_written_where_more_questions_are_expected(
    server: Loopback, send: Literal["pages", "text"]
) -> None:
    for asks in (1, 2):
        ask(SOURCE, "Whom?", model="anthropic:claude-opus-4-7", base_url=server.url, asks=asks, send=send)
    once, twice = (seen.body["messages"][0]["content"] for seen in server.requests)
    assert not any("cache_control" in block for block in once), "a single question would pay for nothing"
    assert [n for n, block in enumerate(twice) if "cache_control" in block] == [len(twice) - 2], "all but the question"
    assert twice[-1]["text"].endswith("Question: Whom?")
    assert (SOURCE in twice[-2]["text"]) == (send == "text")


@pytest.mark.parametrize("send", ["pages", "text"])
def test_the_first_of_several_questions_pays_for_the_cache(send: Literal["pages", "text"]) -> None:
    once, often = (
        ask(SOURCE, "Whom?", model="anthropic:claude-opus-4-7", asks=asks, send=send, dry_run=True) for asks in (1, 5)
    )
    found = price("claude-opus-4-7", "anthropic")
    assert found is not None
    assert once.tokens_in == often.tokens_in is not None
    n_document = often.text_tokens if send == "text" else (often.page_tokens or 0) + 4 * often.images_sent
    assert often.usd == cost(found, often.tokens_in or 0, written_in=n_document or 0)
    assert often.usd > (once.usd or 0)


def test_your_own_prices_count_on_any_server(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "prices.toml"
    row = '[[price]]\nmodel = "{}"\ninput = {}\ndate = "2026-11-20"\nsource = "the bill"\n'
    table.write_text('schema = "smallprint.prices/1"\n' + row.format("zai-org/Glyph", 2) + row.format("glm-4.5v", 3))
    given = {"dry_run": True, "base_url": f"{server.url}/v1"}
    own = ask(SOURCE, "Whom?", model="openai:zai-org/Glyph", prices=table, **given)
    assert own.usd == pytest.approx((own.tokens_in or 0) * 2e-6)
    assert ask(SOURCE, "Whom?", model="openai:zai-org/Glyph", **given).usd is None
    monkeypatch.setenv("SMALLPRINT_PRICES", str(table))
    by_family = ask(SOURCE, "Whom?", model="openai:x", family="glm-4.5v", **given)
    assert by_family.usd == pytest.approx((by_family.tokens_in or 0) * 3e-6)
    assert ask(SOURCE, "Whom?", model="openai:gpt-4o", **given).usd is None, "another server's prices are not known"
    answer = ask(SOURCE, "Whom?", model=ScriptedReader("x", model="zai-org/Glyph"))
    assert answer.usd is not None


def test_a_request_that_comes_out_too_large_is_refused_and_nothing_dearer_is_sent(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"model": "anthropic:claude-opus-4-7", "base_url": server.url}
    row = dataclasses.replace(family("claude-hires").limits, max_request_mib=0.0625)
    monkeypatch.setattr("smallprint.readers.planner.family_row", lambda name: SimpleNamespace(limits=row))
    with pytest.raises(TooLarge, match=r"MiB, over the 0\.0625 MiB of a request; .*--send text") as caught:
        ask(SOURCE, "Whom?", **given)
    assert "claude-hires: the images in base64 and the text are 0." in str(caught.value)
    assert server.requests == []
    assert ask(SOURCE, "Whom?", send="text", **given).decision == "text"


@pytest.mark.parametrize(("max_mib", "decision"), [(2.0, "pages"), (0.4, "pages"), (0.1, "text")])
def test_dry_run_and_run_agree_where_a_request_has_little_room(
    max_mib: float, decision: str, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = dataclasses.replace(family("claude-hires").limits, max_request_mib=max_mib)
    row = dataclasses.replace(family("claude-hires"), limits=limits)
    monkeypatch.setattr("smallprint.tokens.limits.family", lambda name: row)
    given = {"model": "anthropic:claude-opus-4-7", "base_url": server.url}
    dry, run = (ask(SOURCE * 6, "Whom?", dry_run=dry_run, **given) for dry_run in (True, False))
    assert (dry.decision, dry.reason) == (run.decision, run.reason)
    assert dry.decision == decision
    content = server.requests[-1].body["messages"][0]["content"]
    n_bytes = sum(len(block["source"]["data"]) for block in content if block["type"] == "image")
    assert (n_bytes > 0) == (decision == "pages")
    assert n_bytes < max_mib * (1 << 20)
    if decision == "text":
        assert "over the 0.1 MiB of a request" in dry.reason
    long_question = ask(SOURCE * 6, "Whom? " * 20_000, dry_run=True, **given)
    assert long_question.decision == ("pages" if max_mib > 1 else "text"), "the question is part of the request"


def test_an_answer_cut_at_the_cap_says_so(server: Loopback) -> None:
    server.acts = [Act(stop="length")]
    answer = ask(SOURCE, "Whom?", model="openai:zai-org/Glyph", base_url=f"{server.url}/v1")
    assert answer.finish == "length"


def test_a_model_that_thinks_aloud_is_heard_without_its_thoughts() -> None:
    shown: list[str] = []
    reader = ScriptedReader('<think>He said "no such words".</think><answer>"I married him"</answer>')
    answer = ask(SOURCE, "Whom?", model=reader, on_text=shown.append)
    assert answer.text == '"I married him"'
    assert "".join(shown).strip() == '"I married him"'
    assert [quote.text for quote in answer.quotes] == ["I married him"]


def test_the_newline_mark_is_explained_and_forgiven() -> None:
    reader = ScriptedReader('"A quiet↵wedding we had"')
    answer = ask(SOURCE, "Whom?", model=reader)
    assert answer.quotes[0].span is not None
    assert "The mark ↵ stands for a line break." in reader.requests[0].notes
    ask(SOURCE, "Whom?", model=reader, style="glyph-en")
    assert reader.requests[1].notes == ""


def test_marks_for_white_space_are_explained_and_forgiven() -> None:
    source = FILLER + "def f(x):\n    if x:\n\treturn 1\n"
    reader = ScriptedReader('"def f(x):↵›if x:↵→return 1"')
    answer = ask(source, "What is f?", model=reader, style="code-flow", send="pages")
    (quote,) = answer.quotes
    assert quote.span is not None
    assert source[slice(*quote.span)].startswith("def f(x):\n    if x:\n\treturn 1")
    assert reader.requests[0].notes.endswith("› stands for 4 spaces, · for one space and → for a tab.")
    assert ask(source, "What is f?", model=reader, send="pages").quotes[0].span is None


def test_files_sources_and_pages(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(SOURCE.encode())
    reader = ScriptedReader('"I married him"')
    by_path = ask(path, "Whom?", model=reader)
    by_pages = ask(render(path, Style.preset("flow")), "Whom?", model=reader)
    assert by_path.quotes == by_pages.quotes == ask(SOURCE, "Whom?", model=reader).quotes


def test_pages_without_text_are_sent_as_pages() -> None:
    reader = ScriptedReader('"the rain"')
    answer = ask(Scanned(render(FILLER, Style.preset("flow"))), "What fell?", model=reader)
    assert answer.decision == "pages"
    assert answer.text_tokens is None
    assert answer.quotes[0].span is None
    with pytest.raises(ReaderError, match="send: the pages came without their text"):
        ask(Scanned(render(FILLER, Style.preset("flow"))), "What fell?", model=reader, send="text")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        (
            {"model": "openai:my-own-tune"},
            ReaderError,
            "family: the name 'my-own-tune' does not tell .*--family.*glm-4.1v",
        ),
        ({"model": "openai:x", "family": "qwen9"}, ReaderError, "family: unknown value 'qwen9'"),
        ({"model": "nobody:x"}, ReaderError, "'nobody:x' is not provider:model"),
        ({"send": "fax"}, ReaderError, "send: 'fax' is not known; allowed: auto, pages, text"),
        ({"asks": 0}, ReaderError, "asks: 0 is not a number from 1"),
        ({"max_output_tokens": 0}, ReaderError, "max_output_tokens: 0 is not a number from 1"),
        ({"question": "  "}, ReaderError, "question: it is empty"),
        ({"source": " \n"}, TextError, "it is empty"),
        ({"style": "flowery"}, StyleError, "flowery"),
        ({"base_url": "http://127.0.0.1:1"}, ReaderError, "base_url: a reader was given"),
    ],
)
def test_mistakes_are_named(options: dict[str, object], kind: type[Exception], words: str) -> None:
    given = {"source": SOURCE, "question": "Whom?", "model": ScriptedReader("yes"), **options}
    with pytest.raises(kind, match=words):
        ask(given.pop("source"), given.pop("question"), **given)  # pyright: ignore


def test_pages_that_a_provider_cannot_take_become_text_or_a_refusal_with_the_numbers() -> None:
    huge = Style.preset("flow").with_keys({"page-size": "9000,400"})
    reader = ScriptedReader("yes", family="claude")
    answer = ask(SOURCE, "Whom?", model=reader, style=huge)
    assert answer.decision == "text"
    assert "8,000" in answer.reason
    with pytest.raises(TooLarge, match="8,000"):
        ask(SOURCE, "Whom?", model=reader, style=huge, send="pages")


def test_a_family_given_for_one_question_is_not_the_reader_s() -> None:
    reader = ScriptedReader("yes", family=None)
    assert ask(SOURCE, "Whom?", model=reader, family="qwen3-vl").family == "qwen3-vl"
    assert reader.family is None


def test_errors_of_the_reader_come_through(waits: Waits) -> None:
    with pytest.raises(Refused, match="no"):
        ask(SOURCE, "Whom?", model=ScriptedReader(Refused("no"), retry=waits.retry()))


def test_scripts_are_lists_mappings_and_functions() -> None:
    def count(request: Request) -> str:
        return f"{len(request.images)} images"

    assert ScriptedReader(count).ask(Request(question="?")).text == "0 images"
    named = ScriptedReader({"Who?": "He.", "Where?": "There."})
    assert named.ask(Request(question="Where?")).text == "There."
    with pytest.raises(ReaderError, match="no reply for 'When\\?'; the script has 'Who\\?', 'Where\\?'"):
        named.ask(Request(question="When?"))
    used_up = ScriptedReader(["One."])
    assert used_up.ask(Request(question="?")).text == "One."
    with pytest.raises(ReaderError, match="1 replies"):
        used_up.ask(Request(question="?"))


def test_an_answer_without_quotes_rests_on_no_page() -> None:
    assert Answer(text="x").pages == ()
