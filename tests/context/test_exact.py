"""Strings that must stay exact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.context.exact import exact_strings


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("id 123e4567-e89b-12d3-a456-426614174000.", [("uuid", "123e4567-e89b-12d3-a456-426614174000")]),
        ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8,", [("hex", "9fceb02d0ae598e95dc970b74767f19372d61af8")]),
        ("at 0xDEADBEEF now", [("hex", "0xDEADBEEF")]),
        ("(see https://example.org/a/b?x=1#top) there", [("address", "https://example.org/a/b?x=1#top")]),
        ("See http://a.example/x.", [("address", "http://a.example/x")]),
        ("mail jane.eyre@example.org today", [("address", "jane.eyre@example.org")]),
        ("host 127.0.0.1:8080 up", [("address", "127.0.0.1:8080")]),
        ("in /usr/lib/python3.11/site.py and ./a/b", [("path", "/usr/lib/python3.11/site.py"), ("path", "./a/b")]),
        ("see README.md", [("path", "README.md")]),
        ("it cost $1,204.50 on 2026-11-20 at 12:30:01", [("number", "$1,204.50"), ("number", "2026-11-20"), ("number", "12:30:01")]),
        ("2026-11-20T12:30:01Z, 5,000km, 1.5123e-7", [("number", "2026-11-20T12:30:01Z"), ("number", "5,000km"), ("number", "1.5123e-7")]),
        ("x.to_json() of HTTPServer2", [("identifier", "to_json"), ("code", "HTTPServer2")]),
        ("maxRetries, __init__, x.c_1", [("identifier", "maxRetries"), ("identifier", "__init__"), ("identifier", "c_1")]),
        ("pass --dry-run or -v", [("option", "--dry-run"), ("option", "-v")]),
        ("order AB-1204x9, key KX-4471-B", [("code", "AB-1204x9"), ("code", "KX-4471-B")]),
        ("Order 123456789012345678901234567890123456n today", [("number", "123456789012345678901234567890123456n")]),
    ],
)  # fmt: skip
def test_what_must_stay_exact(text: str, wanted: list[tuple[str, str]]) -> None:
    found = list(exact_strings(text))
    assert [(each.kind, each.text) for each in found] == wanted
    assert all(text[slice(*each.span)] == each.text for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "The hallway smelt of boiled cabbage, and she said--how odd!--that it was the 4th of April, at 9 o'clock.",
        "It was _very_ cold -- and 'twas late; he was 40 years old, and sang _sotto voce_ in _London_--she heard.",
        "a decade of the 1990s, a 20-year-old, well-to-do and/or e.g. i.e. No. 7 a.m.",
        "",
    ],
)
def test_prose_has_none(text: str) -> None:
    assert [each.text for each in exact_strings(text)] == []


@given(st.text(max_size=80))
def test_spans_are_in_order_and_apart(text: str) -> None:
    end = 0
    for each in exact_strings(text):
        assert end <= each.span[0] < each.span[1]
        assert text[slice(*each.span)] == each.text
        end = each.span[1]


@pytest.mark.parametrize(
    "piece", ["1", "abc-", "a.", "/a", "1,", "_a", "ab_", "A1-", "x@", "://", "1.", "a1", "--a", "aB"]
)
def test_long_runs_come_to_an_end(piece: str) -> None:
    """Patterns that are tried at each letter anew, or in every way, would take for ever here."""
    for text in (piece * (40_000 // len(piece)) + "!", (piece * 500 + " ") * 20):
        assert all(text[slice(*each.span)] == each.text for each in exact_strings(text))
