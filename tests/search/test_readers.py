"""Who reads pages back, and who answers questions about them: real requests against a server on this machine, a stand-in for Tesseract."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from smallprint.errors import DataError, ReaderError
from smallprint.readers import reader
from smallprint.readers.scripted import ScriptedReader
from smallprint.render import Style
from smallprint.search.questions import OWN, PageQuestions, made, own
from smallprint.search.transcribers import QUESTION, Embedded, Model, Tesseract, transcriber_of
from tests.search.analyst_server import answering
from tests.search.test_validation import prose

FLOW = Style.preset("flow")
TEXT = prose(3000)


def test_a_model_is_asked_to_write_down_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with answering(lambda prompt: f"```\n{TEXT.replace(chr(10), '↵')}\n```") as server:
        model = transcriber_of("openai:gpt-5.5", base_url=f"{server.url}/v1", family="qwen3-vl")
        assert isinstance(model, Model)
        readings = model.read([TEXT, TEXT[:1000]], FLOW)
        assert [" ".join(each.text.split()) for each in readings] == [" ".join(TEXT.split())] * 2
        assert all(each.tokens_in > 0 and each.tokens_out > 0 and each.n_pages == 1 for each in readings)
        assert sorted(len(seen.images) for seen in server.requests) == [1, 1]
        assert all(QUESTION in seen.text for seen in server.requests)


def test_the_embedded_reader_reads_as_many_texts_as_it_is_given() -> None:
    readings = Embedded("qwen3-vl", threads=1).read([TEXT[:1500], TEXT[1500:2000]], Style.preset("fine-7"))
    assert [each.n_pages for each in readings] == [1, 1]
    for each, text in zip(readings, (TEXT[:1500], TEXT[1500:2000]), strict=True):
        words = text.split()
        assert len(set(words) & set(each.text.split())) > 0.8 * len(set(words))
        assert each.usd == 0


def test_tesseract_gets_enlarged_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text(
        '#!/bin/sh\necho "$*" > args\nhead -c 15 | tr "\\n" " " > head\necho "some words"\ncat > /dev/null\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    (reading,) = Tesseract(language="deu").read(["words"], FLOW)
    assert reading.text == "some words\n"
    assert "-l deu" in (tmp_path / "args").read_text()
    width, height = map(int, (tmp_path / "head").read_text().split()[1:3])
    assert width == 3 * FLOW.width_px
    assert height % 3 == 0
    program.write_text("#!/bin/sh\ncat > /dev/null\necho no such language >&2\nexit 1\n")
    with pytest.raises(ReaderError, match="no such language"):
        Tesseract(language="xx").read(["words"], FLOW)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(ReaderError, match="tesseract-ocr"):
        Tesseract()


def test_bad_readers() -> None:
    with pytest.raises(ReaderError, match="allowed"):
        transcriber_of("nobody")
    with pytest.raises(DataError, match="base_url"):
        transcriber_of("tesseract", base_url="http://127.0.0.1")
    with pytest.raises(ReaderError, match="--family"):
        Model(ScriptedReader("a reply", family=None))


@pytest.fixture
def validation(tmp_path: Path) -> Path:
    path = tmp_path / "validation.txt"
    path.write_text(prose(40_000), encoding="utf-8")
    return path


def test_tasks_are_asked_of_the_users_text(validation: Path) -> None:
    askings = made(["exact/exact_number"], validation, samples=2, seed=1, length=2048)
    assert len(askings) == 2
    assert all(asking.item.meta["source"] == "validation.txt" for asking in askings)
    embedded = PageQuestions(reader("embedded", family="qwen3-vl", threads=1), askings)
    plain, fine = (embedded.score(Style.preset(name)) for name in ("flow", "fine-4"))
    assert plain.n == fine.n == 2
    assert plain.mean >= fine.mean
    assert plain.mean > 0
    with pytest.raises(DataError, match="data of its own"):
        made(["longbench/qasper"], validation, samples=1, seed=1)
    with pytest.raises(DataError, match="not known"):
        made(["nonsense"], validation, samples=1, seed=1)


def test_own_questions_are_answered_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    (tmp_path / "beside.txt").write_text("The password of the day is marigold-77. " * 30, encoding="utf-8")
    path = tmp_path / "own.jsonl"
    rows: list[dict[str, Any]] = [
        {"question": "What is the password?", "answer": "marigold-77", "document": "beside.txt"},
        {"question": "What sleeps?", "answer": ["the dog", "A dog"]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    askings = own(path, prose(5000))
    assert [asking.task.name for asking in askings] == [OWN, OWN]
    assert "marigold" in askings[0].item.context
    with answering(lambda prompt: "7.5" if "Reference:" in prompt else "It is Marigold-77.") as server:
        asked, judge = (reader("openai:gpt-5.5", base_url=f"{server.url}/v1", family="qwen3-vl") for _ in range(2))
        found = PageQuestions(asked, askings, judge=judge).score(FLOW)
    assert (found.mean, found.n, found.judge) == (0.5, 2, 0.75)
    assert found.tokens > 0


@pytest.mark.parametrize(
    "line", ["no json", "[1]", '{"question": "a"}', '{"question": 1, "answer": "b"}', '{"question": "a", "answer": []}',
             '{"question": "a", "answer": "b", "document": "nowhere.txt"}']
)  # fmt: skip
def test_questions_that_are_none(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"question": "a", "answer": "b"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2"):
        own(path, "text")
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="no questions"):
        own(path, "text")
    with pytest.raises(DataError, match="absent"):
        own(tmp_path / "absent.jsonl", "text")
