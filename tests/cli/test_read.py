"""`read`: image files and nothing else become text; and `ask` without a model, which reads pages the same way."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from smallprint.cli import main
from smallprint.render import Pages, Style, render
from tests.readers.embedded.standin import StandIn

TEXT = "".join(f"Day {n}. The rain fell on the moor, and nobody came to the house.\n" for n in range(160))
FACT = "The access code of the north gate is KX-4471-B. "
SOURCE = TEXT + FACT + TEXT


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Pages:
    """Pages that the reader knows; it is slipped in where the network would be loaded."""
    pages = render(SOURCE, Style.preset("flow"))
    monkeypatch.setattr("smallprint.readers.sight.page_reader.PageReader", StandIn(pages))
    return pages


def write(pages: Pages, folder: Path) -> list[Path]:
    paths: list[Path] = []
    for page in pages:
        paths.append(folder / f"p{page.index + 1}.png")
        paths[-1].write_bytes(page.png())
    return paths


def test_one_page_is_its_text_alone(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = write(pages, tmp_path)
    assert main(["read", str(first)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Day 0. The rain fell")
    assert err == ""


def test_several_have_a_header_each(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = write(pages, tmp_path)
    assert main(["read", str(second), str(first)]) == 0
    headers = [line for line in capsys.readouterr().out.splitlines() if line.startswith("==")]
    assert headers == [f"== {second} ==", f"== {first} =="]


def test_json_has_the_contract_s_fields(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, *_ = write(pages, tmp_path)
    assert main(["read", str(first), str(second), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "smallprint.read/1"
    assert [page["file"] for page in found["pages"]] == [str(first), str(second)]
    for page in found["pages"]:
        assert set(page) == {"file", "text", "confidence", "boxes", "doubtful"}
        n = len(page["text"])
        assert len(page["confidence"]) == len(page["boxes"]) == n > 100
        assert all(0 <= each <= 1 for each in page["confidence"])
        assert all(len(box) == 4 for box in page["boxes"])
        assert page["doubtful"] == [[0, 2]]


def test_a_file_that_cannot_be_read_is_a_record_and_the_others_are_done(
    pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, *_ = write(pages, tmp_path)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not an image")
    names = [str(bad), str(first), str(tmp_path / "none.png"), str(second), str(bad)]
    assert main(["read", *names, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["pages"]
    assert [page["file"] for page in found] == names
    assert ["error" in page for page in found] == [True, False, True, False, True]
    assert found[0]["text"] is None
    assert "not an image" in found[0]["error"]
    assert main(["read", *names]) == 2
    out, err = capsys.readouterr()
    assert out.count("== ") == 2
    assert [line.split(":")[0] for line in err.splitlines()] == ["smallprint"] * 3
    assert main(["read", str(bad), "--json"]) == 2
    assert len(json.loads(capsys.readouterr().out)["pages"]) == 1


def test_a_folder_is_its_pages_in_order(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "book.txt").write_text(SOURCE, encoding="utf-8")
    assert main(["render", str(tmp_path / "book.txt"), "-o", str(tmp_path / "pages")]) == 0
    capsys.readouterr()
    (tmp_path / "pages/stray.png").write_bytes(pages[0].png())
    assert main(["read", str(tmp_path / "pages"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["pages"]
    listed = json.loads((tmp_path / "pages/manifest.json").read_text(encoding="utf-8"))["pages"]
    assert [Path(page["file"]).name for page in found] == [page["file"] for page in listed]
    (tmp_path / "loose").mkdir()
    for number in (10, 9, 1):
        (tmp_path / f"loose/scan{number}.png").write_bytes(pages[0].png())
    assert main(["read", str(tmp_path / "loose"), "--json"]) == 0
    names = [Path(page["file"]).name for page in json.loads(capsys.readouterr().out)["pages"]]
    assert names == ["scan1.png", "scan9.png", "scan10.png"]


def test_a_folder_without_pages_is_an_error(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(tmp_path)]) == 2
    assert "a folder without PNG files" in capsys.readouterr().err


def test_standard_input(pages: Pages, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(pages[0].png())))
    assert main(["read", "-"]) == 0
    assert capsys.readouterr().out.startswith("Day 0.")


def test_ask_without_a_model_reads_the_pages(pages: Pages, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "book.txt").write_text(SOURCE, encoding="utf-8")
    asked = ["ask", str(tmp_path / "book.txt"), "What is the access code of the north gate?"]
    assert main(asked) == 0
    out, err = capsys.readouterr()
    assert out.startswith("KX-4471-B\n")
    assert "it does not reason" in out
    assert f"read {len(pages)} pages in {len(pages)} images (this reader reads pages, at no cost)" in out
    assert "embedded:page-reader (glm-4.1v) | text " in out
    assert "$0.0000" in out
    assert err == ""
    assert main([*asked, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (quote,) = answer["quotes"]
    assert SOURCE[slice(*quote["span"])] == quote["text"] == FACT.strip()
    assert (answer["model"], answer["usd"]) == ("embedded:page-reader", 0.0)
    assert main([*asked, "--dry-run"]) == 0
    assert f"would read {len(pages)} pages" in capsys.readouterr().out
    assert main([*asked, "--send", "text"]) == 0
    assert "It searched the text itself" in capsys.readouterr().out
