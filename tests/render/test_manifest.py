"""Manifests: the same JSON as the json module writes, whatever the text hides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smallprint.render import Pages, Style, manifest, render
from smallprint.render.manifest import page_files, write_manifest

STYLE = Style.preset("flow").with_keys({"page-size": "300,200"})
RECORDS = [b'{"index": 0, "file": "page-00001.png"}', b'{"index": 1, "file": "page-00002.png"}']


def written(pages: Pages, path: Path) -> dict[str, Any]:
    assert len(pages)
    write_manifest(path, pages, iter(RECORDS))
    return json.loads(path.read_bytes())


def places(pages: Pages) -> dict[str, Any]:
    report = pages.report
    found = {
        key: [{**item.to_json(), "spans": [list(span) for span in item.spans]} for item in items]
        for key, items in (("substituted", report.substituted), ("missing", report.missing))
    }
    return {
        "n_chars": report.n_chars,
        "drawn": report.drawn,
        "folded": [list(span) for span in report.folded],
        **found,
    }


def test_places_are_those_of_the_report(tmp_path: Path) -> None:
    odd = "".join(chr(0x17000 + i % 70) + "  word\x07 \t" * (i % 3) for i in range(900))
    pages = render(f"{odd} \n{odd}\x00{odd}", STYLE)
    report = written(pages, tmp_path / "manifest.json")["report"]
    assert report == places(pages)
    assert len(report["missing"]) > 60
    assert len(report["substituted"]) > 1


def test_places_on_both_sides_of_a_block_of_the_log_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smallprint.render.span_log._BLOCK", 3)
    pages = render("\U00017000" * 40 + " a \n" * 200 + "\U00017000\U00017001" * 9, STYLE)
    report = written(pages, tmp_path / "manifest.json")["report"]
    assert report == places(pages)
    assert report["missing"][0]["spans"][0] == [0, 40]


def test_a_text_that_hides_nothing_has_empty_lists(tmp_path: Path) -> None:
    report = written(render("plain", STYLE), tmp_path / "manifest.json")["report"]
    assert report == {"n_chars": 5, "drawn": 5, "folded": [], "substituted": [], "missing": []}


@pytest.mark.parametrize("starts", [[0], [0, 9, 10, 99, 100], [8], [123456789], [99_999, 100_000], list(range(2000))])
def test_spans_are_written_as_the_json_module_writes_them(starts: list[int]) -> None:
    spans = np.array([(start, start + 1) for start in starts], np.int64)
    assert b"[%b]" % manifest._span_list(spans) == json.dumps(spans.tolist()).encode()


def test_page_files_are_those_of_our_manifests_in_any_layout(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    found = written(render("some text \n" * 99, STYLE), path)
    names = ["page-00001.png", "page-00002.png"]
    assert list(page_files(path)) == names
    for layout in ({"indent": 1}, {"separators": (",", ":")}):
        path.write_text(json.dumps(found, **layout), encoding="utf-8")
        assert list(page_files(path)) == names
    found["schema"] = "theirs/1"
    path.write_text(json.dumps(found), encoding="utf-8")
    assert list(page_files(path)) == []


def test_only_pages_are_files_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    pages = [{"file": "../page-00001.png"}, {"file": "notes.txt"}, {"file": "page-00007.png"}]
    path.write_text(json.dumps({"schema": manifest.SCHEMA, "source": {"name": '"file": "page-1.png"'}, "pages": pages}))
    assert list(page_files(path)) == ["page-00007.png"]
