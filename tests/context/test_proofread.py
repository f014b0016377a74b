"""Pages read before they are sent."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from smallprint.context.proof_html import MAX_PAGES, ProofPages
from smallprint.context.proofread import proof_of
from smallprint.render import Page, Style, render
from tests.context.scripted import Scripted

TEXT = "The key is 9fceb02d0a, as Jane said. It was late, and nobody saw the hallway.\nCall to_json() twice.\n"
STYLE = Style.preset("flow")


def test_a_page_read_right_has_no_findings() -> None:
    proof = proof_of(render(TEXT, STYLE), Scripted(lambda page: page.text), TEXT)
    assert list(proof.findings) == []
    assert (proof.tally.errors, proof.tally.chars, proof.pins, proof.exact) == (0, len(TEXT.strip()), (), 2)


def test_findings_are_spans_of_the_source_with_advice() -> None:
    reader = Scripted(
        lambda page: page.text.replace("02d0a", "02d8a").replace("hallway", "halway"), doubted=("to_js", "8a", "late")
    )
    proof = proof_of(render(TEXT, STYLE), reader, TEXT)
    found = {
        (TEXT[slice(*finding.span)], finding.read, finding.misread, finding.doubtful, finding.advice)
        for finding in proof.findings
    }
    assert found == {
        ("0", "8", True, True, "pin"),
        ("l", "", True, False, "larger"),
        ("late", "late", False, True, "leave"),
        ("to_js", "to_js", False, True, "pin"),
    }
    assert [pin.text for pin in proof.pins] == ["9fceb02d0a", "to_json"]
    assert all(TEXT[slice(*finding.span)] == finding.source for finding in proof.findings)


def test_letters_are_too_small_where_a_page_has_many_mistakes() -> None:
    long = "The hallway smelt of boiled cabbage and old rag mats. " * 20
    few = proof_of(render(long, STYLE), Scripted(lambda page: page.text.replace("mats", "mets", 1)), long)
    many = proof_of(render(long, STYLE), Scripted(lambda page: page.text.replace("mats", "mets")), long)
    assert {finding.advice for finding in few.findings} == {"leave"}
    assert {finding.advice for finding in many.findings} == {"larger"}


def test_what_is_missing_is_in_doubt_where_a_neighbour_is() -> None:
    reader = Scripted(lambda page: page.text.replace("late", "lte"), doubted=("t,",))
    (finding,) = [finding for finding in proof_of(render(TEXT, STYLE), reader, TEXT).findings if finding.misread]
    assert (finding.source, finding.read, finding.doubtful) == ("a", "", False)
    reader = Scripted(lambda page: page.text.replace("late", "lte"), doubted=("te,",))
    (finding,) = [finding for finding in proof_of(render(TEXT, STYLE), reader, TEXT).findings if finding.misread]
    assert finding.doubtful


def test_each_page_has_its_own_spans() -> None:
    text = "".join(f"Line {number} of the code {number * 7919:08x}.\n" for number in range(900))
    pages = render(text, STYLE)
    assert len(pages) > 2
    proof = proof_of(pages, Scripted(lambda page: page.text.replace("code", "cade")), text)
    assert [page.span for page in proof.pages] == [page.span for page in pages]
    assert all(text[slice(*finding.span)] == "o" for finding in proof.findings)
    assert len(list(proof.findings)) == 900
    assert proof.exact >= 890


@given(st.text(st.sampled_from("ab _1-/\n"), min_size=1, max_size=120), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_every_mistake_is_a_finding(text: str, random: object) -> None:
    def garbled(page: Page) -> str:
        return "".join(char for char in page.text if random.random() > 0.2)  # type: ignore[attr-defined]

    proof = proof_of(render(text, STYLE), Scripted(garbled), text)
    assert (proof.tally.errors > 0) == any(finding.misread for finding in proof.findings)
    assert all(0 <= first <= last <= len(text) for first, last in (finding.span for finding in proof.findings))
    assert json.loads(json.dumps(proof.to_json()))["errors"] == proof.tally.errors


def test_the_html_shows_the_worst_pages(tmp_path: Path) -> None:
    text = "".join(f"Line {number} <b>.\n" for number in range(MAX_PAGES + 5) for _ in range(90))
    style = Style.preset("glyph-en").with_keys({"page-size": "200,900"})
    pages = render(text, style)
    assert len(pages) > MAX_PAGES
    shown = ProofPages()
    proof = proof_of(
        pages, Scripted(lambda page: page.text.replace("<b>", "(b)") if page.index >= 3 else page.text), text
    )
    for page, proved in zip(pages, proof.pages, strict=True):
        shown.add(page, proved)
    shown.write(tmp_path / "proof.html", name="a<b", style="s", summary="m")
    html = (tmp_path / "proof.html").read_text(encoding="utf-8")
    assert html.count("<figure>") == MAX_PAGES
    assert "a&lt;b" in html
    assert "{{" not in html
    assert ">page 1 " not in html
    assert '<i class="wrong"' in html
    assert not (tmp_path / "proof.html.new").exists()


def test_a_mistake_pins_every_string_that_it_touches() -> None:
    text = "The keys are 9fceb02d0a 7e1b22c3d4 here, said to_json() and to_json() again."
    lost = proof_of(render(text, STYLE), Scripted(lambda page: page.text.replace("b02d0a 7e1b", "")), text)
    assert [pin.text for pin in lost.pins] == ["9fceb02d0a", "7e1b22c3d4"]
    once = proof_of(render(text, STYLE), Scripted(lambda page: page.text.replace("to_json", "to_jsan", 1)), text)
    assert [pin.span for pin in once.pins] == [(46, 53)]
    doubted = Scripted(lambda page: page.text.replace("are 9f", "ane 9f"), doubted=("ane 9fceb02d0a",))
    assert [pin.text for pin in proof_of(render(text, STYLE), doubted, text).pins] == ["9fceb02d0a"]


def test_a_string_that_two_pages_share_is_pinned_once() -> None:
    path = "/" + "/".join(f"part{number}" for number in range(2600))
    text = f"See {path} there."
    pages = render(text, STYLE)
    assert len(pages) > 1
    proof = proof_of(pages, Scripted(lambda page: page.text.replace("part", "pant", 1)), text)
    assert [pin.text for pin in proof.pins] == [path]
    assert proof.exact == 1
    assert {finding.advice for finding in proof.findings} == {"pin"}


def test_spans_stay_on_their_page() -> None:
    text = "It was late\n"
    proof = proof_of(render(text, STYLE), Scripted(lambda page: page.text, doubted=("late\n",)), text)
    (finding,) = proof.findings
    assert (finding.span, finding.source) == ((7, 12), "late\n")


def test_what_is_drawn_as_a_code_is_read_as_one() -> None:
    text = "At \U00017000 once, and \U00017000 again.\n"
    codes = Scripted(lambda page: page.text.replace("\U00017000", "<U+17000>"))
    assert proof_of(render(text, STYLE), codes, text).tally.errors == 0
    wrong = Scripted(lambda page: page.text.replace("\U00017000", "<U+17001>", 1).replace("\U00017000", "<U+17000>"))
    (finding,) = proof_of(render(text, STYLE), wrong, text).findings
    assert (finding.source, finding.read) == ("\U00017000", "1")
