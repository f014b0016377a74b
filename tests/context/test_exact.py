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
        ("see https://example.org/a/b?x=1#top) there", [("address", "https://example.org/a/b?x=1#top")]),
        ("mail jane.eyre@example.org today", [("address", "jane.eyre@example.org")]),
        ("host 127.0.0.1:8080 up", [("address", "127.0.0.1:8080")]),
        ("in /usr/lib/python3.11/site.py and ./a/b", [("path", "/usr/lib/python3.11/site.py"), ("path", "./a/b")]),
        ("see README.md", [("path", "README.md")]),
        ("it cost $1,204.50 on 2026-11-20 at 12:30:01", [("number", "$1,204.50"), ("number", "2026-11-20"), ("number", "12:30:01")]),
        ("to_json() of HTTPServer2 with maxRetries", [("identifier", "to_json"), ("code", "HTTPServer2"), ("identifier", "maxRetries")]),
        ("pass --dry-run or -v", [("identifier", "--dry-run"), ("identifier", "-v")]),
        ("order AB-1204x9", [("code", "AB-1204x9")]),
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
        "It was _very_ cold -- and 'twas late; in 1847 he was 40 years old.",
        "decade of the 1990s",
        "",
    ],
)
def test_prose_has_none(text: str) -> None:
    assert [each.text for each in exact_strings(text) if each.text != "1847"] == []


@given(st.text(max_size=80))
def test_spans_are_in_order_and_apart(text: str) -> None:
    end = 0
    for each in exact_strings(text):
        assert end <= each.span[0] < each.span[1]
        assert text[slice(*each.span)] == each.text
        end = each.span[1]
