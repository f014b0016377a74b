"""A code in the same print, to be read back."""

from __future__ import annotations

import json
import re

import pytest
from rapidfuzz.distance import Levenshtein
from tests.readers.scanned import Scanned

from smallprint.cli import main
from smallprint.errors import ReaderError, TooLarge
from smallprint.readers import ask
from smallprint.readers.base import Canary, Request
from smallprint.readers.canary import NOTE, code_of, outcome
from smallprint.readers.prompt import CANARY, text_of
from smallprint.readers.scripted import ScriptedReader
from smallprint.readers.sight.page_reader import PageReader
from smallprint.render import Style, render
from smallprint.tokens.families import family

TEXT = "The hallway smelt of boiled cabbage and old rag mats, and nobody saw the poster on the wall.\n" * 200


def reads_it(request: Request) -> str:
    """What the last image shows is the code, by our own reader, which may mistake a letter; a better one gives it back."""
    image = request.images[-1]
    assert image.pixels is not None
    seen = PageReader().read(image.pixels()).text
    assert Levenshtein.distance(seen, f"The code is {request.canary}.") <= 3
    return f'It smelt of "boiled cabbage" (page 1).\n\nCODE: {request.canary}'


def test_a_model_that_reads_the_print_gives_the_code_back() -> None:
    reader = ScriptedReader(reads_it)
    answer = ask(TEXT, "What did it smell of?", model=reader, send="pages", canary=True)
    assert answer.canary == Canary(code=code_of(TEXT), read=code_of(TEXT), right=True)
    assert answer.text == 'It smelt of "boiled cabbage" (page 1).'
    assert [quote.text for quote in answer.quotes] == ["boiled cabbage"]
    (request,) = reader.requests
    assert len(request.images) == answer.images_sent + 1 == answer.pages_sent + 1
    assert f"{answer.pages_sent} pages" in text_of(request)
    assert NOTE in text_of(request)
    assert CANARY in text_of(request)
    assert request.canary not in text_of(request)


def test_one_page_more_is_paid_for() -> None:
    with_code, without = (
        ask(TEXT, "Why?", model=ScriptedReader("So."), send="pages", canary=canary, dry_run=True)
        for canary in (True, False)
    )
    assert with_code.tokens_in is not None
    assert without.tokens_in is not None
    assert 630 < with_code.tokens_in - without.tokens_in < 720
    assert with_code.page_tokens == without.page_tokens


@pytest.mark.parametrize(
    ("said", "answer", "read", "right"),
    [
        ("So.\nCODE: ABCD-EFGH-JK22", "So.", "ABCD-EFGH-JK22", True),
        ("So.\n**Code:** abcd efgh jk22", "So.", "abcd efgh jk22", True),
        ("So.\nCODE: A, B, C, D, E, F, G, H, J, K, 2, 2", "So.", "A, B, C, D, E, F, G, H, J, K, 2, 2", True),
        ("So.\nCODE: ABCD\u2011EFGH\u2011JK22 as printed", "So.", "ABCD\u2011EFGH\u2011JK22 as printed", True),
        ("CODE: ABCD-EFGH-JK22\nSo.", "So.", "ABCD-EFGH-JK22", True),
        ("So. CODE: ABCD-EFGH-JK22", "So. CODE: ABCD-EFGH-JK22", "ABCD-EFGH-JK22", True),
        ("So.\nCODE: ABCD-EFGH-JK23", "So.", "ABCD-EFGH-JK23", False),
        ("```\nx\n```\nCODE: ABCD-EFGH-JK22", "```\nx\n```", "ABCD-EFGH-JK22", True),
        (
            "Code: 4711, it says.\nIt lies on the table.",
            "Code: 4711, it says.\nIt lies on the table.",
            None,
            False,
        ),
        ("So.", "So.", None, False),
        ("So.\nCODE: I cannot read it", "So.", "I cannot read it", False),
    ],
)
def test_what_became_of_it(said: str, answer: str, read: str | None, right: bool) -> None:
    assert outcome(said, "ABCD-EFGH-JK22") == (answer, Canary(code="ABCD-EFGH-JK22", read=read, right=right))


def test_the_code_is_the_same_for_the_same_document() -> None:
    assert code_of(TEXT) == code_of(TEXT) != code_of(TEXT + ".")
    assert re.fullmatch(r"[A-Z2-8]{4}(?:-[A-Z2-8]{4}){2}", code_of(TEXT))
    assert not set(code_of(TEXT)) & set("ILOU01")


def test_a_provider_that_takes_no_more_images_is_not_sent_one() -> None:
    pages = render("The rain fell on the moor, and nobody came to the house. " * 19_000, Style.preset("flow"))
    limit = family("claude").limits.max_images
    assert limit is not None
    text = pages.text[: pages[limit - 1].span[1] - 40]
    assert len(render(text, Style.preset("flow"))) == limit
    asked = {"model": ScriptedReader("So.", family="claude"), "send": "pages", "dry_run": True}
    assert ask(text, "Why?", **asked).images_sent == limit
    with pytest.raises(TooLarge, match="canary: with its page, 101 images are over the 100"):
        ask(text, "Why?", canary=True, **asked)


def test_text_has_no_code() -> None:
    answer = ask(TEXT[:300], "Why?", model=ScriptedReader("So."), canary=True)
    assert (answer.decision, answer.canary) == ("text", None)


def test_the_reader_that_ships_is_not_asked() -> None:
    with pytest.raises(ReaderError, match="smallprint proofread"):
        ask(TEXT, "Why?", send="pages", canary=True)


def test_images_without_a_style() -> None:
    with pytest.raises(ReaderError, match="images already"):
        ask(Scanned(render(TEXT, Style.preset("flow"))), "Why?", model=ScriptedReader("So."), canary=True)


def test_the_command_says_what_became_of_it(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "book.txt").write_text(TEXT, encoding="utf-8")
    command = [
        "ask",
        str(tmp_path / "book.txt"),
        "What?",
        "--model",
        "scripted:So.",
        "--send",
        "pages",
        "--canary",
    ]
    assert main(command) == 0
    assert f"canary: the code {code_of(TEXT)} was not given back" in capsys.readouterr().out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["canary"] == {"code": code_of(TEXT), "read": None, "right": False}
