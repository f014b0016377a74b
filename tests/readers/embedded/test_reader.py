"""The embedded reader from a text and a question to an answer, with a page reader that misreads letters."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from standin import StandIn
from tests.readers.scanned import Scanned

from smallprint.errors import BadReply, ReaderError
from smallprint.readers import ImagePart, Request, TextPart, aask, ask, reader
from smallprint.readers.embedded.reader import EmbeddedReader
from smallprint.render import Pages, Style, render
from smallprint.tokens import vision_tokens

FILLER = "The rain fell on the moor, and nobody came to the house that day.\n"
FACT = "The access code of the\nnorth gate is KX-4471-B."
DAYS = [f"Day {n}. {FILLER}" for n in range(360)]
SOURCE = "".join([*DAYS[:180], f"{FACT}\n", *DAYS[180:]])
QUESTION = "What is the access code of the north gate?"


def pages_of(source: str, style: str = "flow") -> Pages:
    return render(source, Style.preset(style))


@pytest.mark.parametrize("error_rate", [0.0, 0.03])
@pytest.mark.parametrize("style", ["flow", "glyph-en"])
def test_pages_are_read_and_the_quotation_is_the_source_s(style: str, error_rate: float) -> None:
    pages = pages_of(SOURCE, style)
    stand_in = StandIn(pages, error_rate)
    answer = ask(pages, QUESTION, model=EmbeddedReader(pages=stand_in))
    assert stand_in.n_read == len(pages) > 1
    assert answer.decision == "pages"
    assert answer.reason == "this reader reads pages, at no cost"
    assert (answer.model, answer.usd, answer.finish, answer.family) == ("embedded:page-reader", 0.0, "stop", "glm-4.1v")
    (quote,) = answer.quotes
    assert quote.span is not None
    assert quote.text == SOURCE[slice(*quote.span)]
    if not error_rate:
        assert answer.text.startswith("KX-4471-B")
        assert quote.text == FACT
        assert quote.page == pages.find(quote.span[0])
        assert f"(page {quote.page + 1})" in answer.text


def test_tokens_are_what_the_network_takes_in_and_dry_runs_say_the_same() -> None:
    pages = pages_of(SOURCE)
    made = EmbeddedReader(pages=StandIn(pages))
    dry, run = (ask(pages, QUESTION, model=made, dry_run=dry_run) for dry_run in (True, False))
    visual = sum(vision_tokens("glm-4.1v", *size) for size in pages.sizes())
    assert dry.tokens_in == run.tokens_in is not None
    assert visual < (run.tokens_in or 0) < visual + 20
    assert run.page_tokens == visual
    assert (dry.text, dry.usd, dry.tokens_out) == ("", 0.0, None)
    assert run.tokens_out


def test_a_dry_run_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert ask(SOURCE, QUESTION, dry_run=True).model == "embedded:page-reader"
    with pytest.raises(ReaderError, match="needs onnxruntime"):
        ask(SOURCE, QUESTION)


def test_pages_are_drawn_one_after_the_other() -> None:
    pages = pages_of("".join(DAYS) * 3 + SOURCE)
    drawn: list[int] = []
    images = [
        ImagePart(
            png=b"", width_px=page.width_px, height_px=page.height_px, pages=(page.index,),
            pixels=lambda page=page: drawn.append(page.index) or page.pixels,
        )
        for page in pages
    ]  # fmt: skip
    seen: list[tuple[int, int, int]] = []
    made = EmbeddedReader(pages=StandIn(pages))
    made.ask(
        Request(
            question=QUESTION,
            parts=tuple(images),
            on_image=lambda done, total: seen.append((done, total, len(drawn))),
        )
    )
    assert seen == [(n, len(pages), n) for n in range(1, len(pages) + 1)]


def test_pages_are_read_once_for_several_questions() -> None:
    pages = pages_of(SOURCE)
    stand_in = StandIn(pages)
    made = EmbeddedReader(pages=stand_in)
    first = ask(pages, QUESTION, model=made)
    assert ask(pages, QUESTION, model=made).text == first.text
    assert ask(pages, "Where did the rain fall?", model=made).text != first.text
    assert stand_in.n_read == len(pages)


async def test_async_twin_gives_the_same() -> None:
    pages = pages_of(SOURCE)
    made = EmbeddedReader(pages=StandIn(pages))
    shown: list[str] = []
    one, two = ask(pages, QUESTION, model=made), await aask(pages, QUESTION, model=made, on_text=shown.append)
    assert {**one.to_json(), "seconds": 0} == {**two.to_json(), "seconds": 0}
    assert "".join(shown) == two.text


def test_a_short_text_is_searched_as_it_is_and_the_answer_says_so() -> None:
    text = FILLER + FACT
    answer = ask(text, QUESTION, model=EmbeddedReader(pages=StandIn([])))
    assert answer.decision == "text"
    assert answer.text.startswith("KX-4471-B")
    assert answer.text.endswith("It searched the text itself: nothing was read from pages.")
    (quote,) = answer.quotes
    assert quote.span == (len(FILLER), len(text))
    assert (quote.text, quote.page) == (FACT, None)
    asked = ask(SOURCE, QUESTION, model=EmbeddedReader(pages=StandIn([])), send="text")
    assert asked.decision == "text"
    assert asked.quotes[0].text == FACT


def test_pages_without_a_source_give_quotations_without_spans() -> None:
    answer = ask(Scanned(pages_of(SOURCE)), QUESTION, model=EmbeddedReader(pages=StandIn(pages_of(SOURCE))))
    assert answer.text.startswith("KX-4471-B")
    (quote,) = answer.quotes
    assert quote.span is None
    assert quote.page is not None
    assert quote.text == " ".join(FACT.split())


def test_the_answer_is_one_event_and_serialises() -> None:
    pages = pages_of(SOURCE)
    data = ask(pages, "Where did nobody come?", model=EmbeddedReader(pages=StandIn(pages))).to_json()
    assert json.loads(json.dumps(data)) == data
    assert {"answer", "quotes", "model", "tokens_in", "tokens_out", "usd", "seconds"} <= data.keys()
    assert all(set(quote) == {"text", "page", "span"} for quote in data["quotes"])
    assert "it does not reason" in data["answer"]
    assert "--model" in data["answer"]


def test_not_found_has_no_quotations() -> None:
    pages = pages_of(SOURCE)
    answer = ask(pages, "What is the access code of the south tower?", model=EmbeddedReader(pages=StandIn(pages)))
    assert answer.text.startswith("Not found")
    assert answer.quotes == ()


def test_fewer_passages_where_the_answer_is_to_be_short() -> None:
    dice = random.Random(3)
    text = "".join(
        f"In year {n} the harbour of Ormuz took in {dice.randrange(900)} ships. {FILLER}" for n in range(400)
    )
    pages = pages_of(text)
    made = EmbeddedReader(pages=StandIn(pages))
    long = ask(pages, "What about the harbour of Ormuz?", model=made)
    short = ask(pages, "What about the harbour of Ormuz?", model=made, max_output_tokens=250)
    assert len(long.quotes) == 5
    assert len(short.quotes) == 1


def test_parts_are_read_in_their_order() -> None:
    pages = pages_of("The lamp was lit by Osric the ferryman of Vell.")
    (page,) = pages
    image = ImagePart(png=page.png(), width_px=page.width_px, height_px=page.height_px, pixels=lambda: page.pixels)
    request = Request(question="Who lit the lamp?", parts=(TextPart(text="A preface.", span=(0, 10)), image))
    reply = EmbeddedReader(pages=StandIn(pages)).ask(request)
    assert reply.evidence is not None
    assert reply.evidence[0].pages == (0,)


def test_a_page_reader_that_stops_early_is_an_error() -> None:
    class Lazy(StandIn):
        def read_all(self, pages):  # pyright: ignore
            yield next(super().read_all(pages))

    with pytest.raises(BadReply, match=r"1 of \d+ images were read"):
        ask(SOURCE, QUESTION, model=EmbeddedReader(pages=Lazy(pages_of(SOURCE))))


def test_names() -> None:
    made = reader("embedded", threads=1)
    assert (made.name, made.model, made.takes_pixels) == ("embedded:page-reader", "embedded:page-reader", True)
    with pytest.raises(ReaderError, match="embedded: unknown model 'gpt'; allowed: page-reader"):
        reader("embedded:gpt")
    with pytest.raises(ReaderError, match="embedded: unknown option 'device'; allowed: threads"):
        reader("embedded", device="cpu")


@pytest.mark.parametrize("error_rate", [0.02])
def test_jane_eyre_from_its_pages(error_rate: float) -> None:
    path = Path(__file__).parents[3] / "examples/jane-eyre.txt"
    pages = render(path, Style.preset("flow"))
    answer = ask(
        pages, "Who helped Jane after she left Thornfield?", model=EmbeddedReader(pages=StandIn(pages, error_rate))
    )
    source = path.read_bytes().decode()
    assert len(answer.quotes) == 5
    for quote in answer.quotes:
        assert quote.span is not None
        assert quote.text == source[slice(*quote.span)]
        assert quote.page == pages.find(quote.span[0])
    assert "St. John" in answer.quotes[0].text + answer.quotes[1].text
    assert "Diana" in answer.quotes[0].text + answer.quotes[1].text
    assert (answer.pages_sent, answer.page_tokens, answer.usd) == (101, 63_567, 0.0)
