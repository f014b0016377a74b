"""The command line: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smallprint.cli import main
from tests.render.test_pdf import make_pdf

ROOT = Path(__file__).parents[2]
JANE_EYRE = str(ROOT / "examples/jane-eyre.txt")


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_estimate_of_jane_eyre(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", JANE_EYRE, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["text_tokens"]["qwen"] == {**found["text_tokens"]["qwen"], "tokens": 240_717, "method": "exact"}
    assert (found["source"]["n_chars"], found["source"]["n_bytes"]) == (1_024_396, 1_024_396)
    assert set(found["source"]) >= {"sha256", "n_chars", "n_bytes"}
    assert found["style"]["name"] == "flow"
    rows = {row["family"]: row for row in found["families"]}
    assert len(rows) >= 14
    for row in rows.values():
        assert set(row) >= {
            "family", "text_tokens", "n_pages", "page_tokens", "ratio", "usd_text", "usd_pages", "price_date", "decision", "reason",
        }  # fmt: skip
        assert row["decision"] in ("pages", "text")
        assert row["reason"]
    glm = rows["glm-4.1v"]
    assert glm["page_tokens"] <= 65_000
    assert 240_717 / glm["page_tokens"] >= 3.70
    assert glm["ratio"] >= 3.70


def test_estimate_of_the_papers_plain_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", JANE_EYRE, "--style", "glyph-en", "--families", "glm-4.1v", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["families"]
    assert 2.1 <= 240_717 / row["page_tokens"] <= 2.2


def test_estimate_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", JANE_EYRE, "--why"]) == 0
    out = capsys.readouterr().out
    assert "240,717" in out
    assert "glm-4.1v" in out
    assert "claude: pages cost less" in out


def test_render_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "a.txt"
    text.write_text("A walk \U00017000 that day.", encoding="utf-8")
    assert main(["render", str(text), "-o", str(tmp_path / "pages")]) == 0
    out = capsys.readouterr().out
    assert "1 pages of 19 characters" in out or "1 page" in out
    assert "U+17000: drawn as <U+17000>, 1 times, first at 7" in out
    assert (
        main(["render", str(text), "-o", str(tmp_path / "pages"), "--set", "font-size=12", "--theme", "dark", "--json"])
        == 0
    )
    manifest = json.loads(capsys.readouterr().out)
    assert manifest["style"]["font-size"] == 12
    assert manifest["style"]["page-bg-color"] == "#000000"


def test_ask_prints_the_answer_its_places_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = 'scripted:She says "Reader, I married him." and "I flew to the moon".'
    assert main(["ask", JANE_EYRE, "Whom did she marry?", "--model", said, "--family", "glm-4.1v"]) == 0
    out = capsys.readouterr().out
    assert "Reader, I married him" in out
    assert "not in the source" in out
    assert "text 240,717 tokens | pages 63,567 tokens | ratio 3.79" in out
    assert main(["ask", JANE_EYRE, "Whom?", "--model", said, "--family", "glm-4.1v", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= {"answer", "quotes", "model", "tokens_in", "tokens_out", "usd", "seconds"}
    text = Path(JANE_EYRE).read_bytes().decode()
    married, moon = answer["quotes"]
    assert text[slice(*married["span"])].split() == ["Reader,", "I", "married", "him."]
    assert married["page"] > 90
    assert moon["span"] is None


def test_dry_run_needs_no_key_and_sends_nothing(keyless: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", JANE_EYRE, "Who?", "--model", "openai:gpt-5.5", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "would send 101 pages" in out
    assert "gpt-5.5" in out


def test_ask_takes_pages_of_a_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", ["The answer is forty two"])
    arguments = [
        "ask",
        str(pdf),
        "What?",
        "--model",
        'scripted:"The answer is forty two"',
        "--family",
        "qwen3-vl",
        "--send",
        "pages",
        "--json",
    ]
    assert main(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["pages_sent"] == 1
    assert answer["quotes"][0]["page"] == 0
    assert main(["estimate", str(pdf), "--families", "qwen3-vl", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["families"]
    assert row["n_pages"] == 1
    assert row["decision"] == "text"


def test_a_scan_is_sent_as_pages_by_all_verbs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pdf = str(make_pdf(tmp_path / "scan.pdf", ["", ""]))
    assert main(["estimate", pdf, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["families"]
    assert {row["decision"] for row in rows} == {"pages"}
    assert {row["usd_text"] for row in rows} == {None}
    assert main(["ask", pdf, "What?", "--model", "scripted:a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decision"] == "pages"


def test_a_blank_file_is_not_asked_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "blank.txt").write_text("   \n")
    assert main(["ask", str(tmp_path / "blank.txt"), "What?", "--model", "scripted:a"]) == 2
    assert "nothing to ask about" in capsys.readouterr().err


def test_own_prices_count_on_any_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(
        'schema = "smallprint.prices/1"\n[[price]]\nmodel = "my-model"\ndate = "2026-11-01"\nsource = "my bill"\n'
        "input = 1.0\noutput = 2.0\n"
    )
    base = ["--base-url", "http://127.0.0.1:9/v1", "--family", "qwen3-vl", "--dry-run", "--json"]
    assert main(["ask", JANE_EYRE, "Who?", "--model", "openai:my-model", "--prices", str(prices), *base]) == 0
    assert json.loads(capsys.readouterr().out)["usd"] == pytest.approx(0.0499, abs=0.001)


def test_standard_input_and_a_closed_pipe() -> None:
    command = f"cat {JANE_EYRE} | {sys.executable} -m smallprint estimate - --why | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "1,024,396 characters" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["estimate", "{none}"], "no such file or folder"),
        (["estimate", "{empty}"], "empty"),
        (["estimate", "{binary}"], "binary file"),
        (["estimate", "{latin}"], "not UTF-8: byte 0xe9 at offset 3"),
        (["estimate", "{text}", "--style", "tiny"], "unknown preset 'tiny'; known: glyph-en"),
        (["estimate", "{text}", "--set", "font-sise=9"], "unknown key 'font-sise'; known: page-size"),
        (["estimate", "{text}", "--set", "font-size"], "give KEY=VALUE"),
        (["estimate", "{text}", "--set", "font-path=/none.ttf"], "neither a file nor one of"),
        (["estimate", "{text}", "--set", "page-size=26,60"], "too narrow for a single character"),
        (["estimate", "{text}", "--families", "gpt-17"], "gpt-17"),
        (["estimate", "{text}", "--asks", "0"], "asks"),
        (["render", "{text}", "-o", "{text}"], "is a file"),
        (["render", "{pdf}", "-o", "{none}"], "has its pages already"),
        (["ask", "{text}", "Who?", "--model", "gpt-5.5"], "not provider:model"),
        (["ask", "{text}", "Who?", "--model", "nobody:gpt"], "openai:"),
        (["ask", "{text}", "Who?", "--model", "openai:gpt-5.5"], "OPENAI_API_KEY"),
        (["ask", "{text}", "Who?", "--model", "anthropic:claude-opus-4-7"], "ANTHROPIC_API_KEY"),
        (["ask", "{text}", "Who?", "--model", "gemini:gemini-3-pro"], "GEMINI_API_KEY"),
        (
            ["ask", "{text}", "Who?", "--model", "openai:my-own-model", "--base-url", "http://127.0.0.1:9/v1"],
            "--family",
        ),
        (["ask", "{text}", "Who?", "--model", "openai:x", "--base-url", "localhost:8000"], "not a URL"),
        (["ask", "{text}", " ", "--model", "scripted:a"], "question"),
        (["ask", "{bad_pdf}", "Who?", "--model", "scripted:a"], "not a PDF"),
        (["ask", "{pdf}", "Who?", "--model", "scripted:a", "--theme", "dark"], "taken as they are"),
        (["estimate", "x" * 5000], "File name too long"),
        (["estimate", "{text}", "--set", "font-path=" + "x" * 5000], "neither a file nor one of"),
        (["estimate", "{text}", "--set", "font-path=~nobody/x.ttf"], "neither a file nor one of"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, keyless: None, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / name for name in ("none", "empty", "binary", "latin", "text", "bad_pdf.pdf")}
    files["empty"].write_bytes(b"")
    files["binary"].write_bytes(b"\x7fELF\0\0\xff")
    files["latin"].write_bytes(b"caf\xe9")
    files["text"].write_text("There was no possibility of taking a walk that day. W")
    files["bad_pdf.pdf"].write_text("no")
    names = {name.removesuffix(".pdf"): str(path) for name, path in files.items()} | {
        "pdf": str(make_pdf(tmp_path / "a.pdf", ["x"]))
    }
    assert main([argument.format(**names) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("smallprint: ")
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["rendre", "x"],
        [],
        ["estimate", "x.pdf", "--pdf-dpi", "nan"],
        ["estimate", "x.pdf", "--pdf-dpi", "0"],
        ["ask", "x", "q", "--timeout", "nan"],
        ["ask", "only-one"],
    ],
)
def test_wrong_use_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_arguments_come_in_any_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    named = [
        str(tmp_path / "a.txt"),
        "--model",
        "scripted:yes",
        str(tmp_path / "b.txt"),
        "--family",
        "glm-4.1v",
        "Is it?",
    ]
    assert main(["ask", *named]) == 0
    assert "yes" in capsys.readouterr().out


@pytest.mark.parametrize("redirect", ["> /dev/full", ">&-", "< /dev/null >/dev/full"])
def test_output_that_cannot_be_written(redirect: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m smallprint estimate {JANE_EYRE} --families glm-4.1v {redirect}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1
    assert done.returncode == (0 if "&-" in redirect else 2)


def test_output_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("some text")
    command = [
        sys.executable,
        "-m",
        "smallprint",
        "ask",
        str(tmp_path / "a.txt"),
        "q",
        "--model",
        "scripted:día",
        "--family",
        "glm-4.1v",
    ]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, check=True
    )
    assert "d\\xeda" in done.stdout
