"""Texts from files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from random import Random

import pytest

from smallprint.errors import DataError
from smallprint.train.reader.corpus import GENERATED, GENERATED_HAN, STDLIB, Corpus, TextShare, load_corpus


def share(files: str, **keys: object) -> TextShare:
    return TextShare(name="some", share=1.0, files=files, **keys)  # pyright: ignore[reportArgumentType]


def squad(*paragraphs: str) -> bytes:
    """Half of them in one article, half in another."""
    half = len(paragraphs) // 2
    articles = [{"paragraphs": [{"context": text} for text in part]} for part in (paragraphs[:half], paragraphs[half:])]
    return json.dumps({"data": articles}).encode()


def texts(corpus: Corpus) -> tuple[str, ...]:
    (held,) = corpus.texts
    return held


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "en").mkdir()
    (tmp_path / "de").mkdir()
    for name in ("b.txt", "a.txt", "held.txt"):
        (tmp_path / "en" / name).write_text(f"text of {name}", encoding="utf-8")
    (tmp_path / "de" / "c.txt.gz").write_bytes(gzip.compress("größer".encode()))
    return tmp_path


def test_files_are_taken_by_name_and_in_order(root: Path) -> None:
    assert texts(load_corpus((share("en/*.txt"),), root)) == ("text of a.txt", "text of b.txt", "text of held.txt")
    assert texts(load_corpus((share("d[aeiou]/*.gz"),), root)) == ("größer",)
    assert len(texts(load_corpus((share("*/*.txt*"),), root))) == 4


def test_held_out_files_are_left_out(root: Path) -> None:
    assert texts(load_corpus((share("en/*.txt", exclude=("held*", "b.*")),), root)) == ("text of a.txt",)


def test_held_out_paragraphs_never_come(root: Path) -> None:
    contexts = [f"context {i}" for i in range(6)]
    (root / "xquad.json").write_bytes(squad(*contexts))
    (root / "xquad.de.json.gz").write_bytes(gzip.compress(squad(*contexts)))
    for files in ("xquad.json", "xquad.*.json.gz"):
        assert texts(load_corpus((share(files),), root)) == ("\n".join(contexts),)
        assert texts(load_corpus((share(files, leave_last=4),), root)) == ("context 0\ncontext 1",)
        # Nothing is left of a file that is shorter than what is held out.
        for leave_last in (6, 8):
            with pytest.raises(DataError, match="some"):
                load_corpus((share(files, leave_last=leave_last),), root)


def test_the_standard_library_is_at_hand(root: Path) -> None:
    held = texts(load_corpus((share(STDLIB, exclude=("[!t]*",)),), root))
    assert any("class Textwrap" in text or "class TextWrapper" in text for text in held)
    assert not any("class ArgumentParser" in text for text in held)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.txt.gz", gzip.compress(b"text " * 1000)[:-20]),
        ("none.txt.gz", b"no gzip"),
        ("bad.txt.gz", gzip.compress(b"text " * 1000, mtime=0)[:12] + b"\xff" * 40),
        ("bad.json", b"{"),
        ("list.json", b"[1, 2]"),
        ("other.json", b'{"data": [{"title": "no paragraphs"}]}'),
        ("number.json", b'{"data": [{"paragraphs": [{"context": 5}]}]}'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damaged_files_are_named(root: Path, name: str, content: bytes) -> None:
    (root / name).write_bytes(content)
    with pytest.raises(DataError, match=name):
        load_corpus((share(name),), root)


def test_no_file(root: Path) -> None:
    with pytest.raises(DataError, match=r"text 'some': no file matches 'fr/\*.txt'"):
        load_corpus((share("fr/*.txt"),), root)
    with pytest.raises(DataError, match="no file"):
        load_corpus((share("en/*.txt", exclude=("*",)),), root)


def test_passages_are_drawn_by_the_shares(root: Path) -> None:
    (root / "x.txt").write_text("x " * 4000, encoding="utf-8")
    (root / "y.txt").write_text("y " * 90_000, encoding="utf-8")
    shares = (
        TextShare(name="x", share=0.75, files="x.txt"),
        TextShare(name="y", share=0.25, files="y.txt"),
        TextShare(name="strings", share=0.0, files=GENERATED),
    )
    corpus = load_corpus(shares, root)
    assert corpus.n_chars == {"x": 8000, "y": 180_000, "strings": 0}
    passages = [corpus.passage(Random(seed), 100) for seed in range(400)]
    assert all(len(passage) == 100 and set(passage) in ({"x", " "}, {"y", " "}) for passage in passages)
    assert 0.65 < sum("x" in passage for passage in passages) / 400 < 0.85
    assert passages[7] == corpus.passage(Random(7), 100)


def test_passages_begin_with_a_word(root: Path) -> None:
    words = [f"word{i}" for i in range(2000)]
    (root / "w.txt").write_text(" ".join(words), encoding="utf-8")
    corpus = load_corpus((share("w.txt"),), root)
    starts = [corpus.passage(Random(seed), 300).split(" ")[0] for seed in range(60)]
    assert set(starts) <= set(words)
    assert len(set(starts)) > 40


def test_passages_of_a_text_without_spaces_begin_anywhere(root: Path) -> None:
    (root / "chinese.txt").write_text("".join(chr(0x4E00 + i) for i in range(2000)), encoding="utf-8")
    corpus = load_corpus((TextShare(name="chinese", share=1.0, files="chinese.txt"),), root)
    starts = {corpus.passage(Random(seed), 100)[0] for seed in range(60)}
    assert len(starts) > 50
    made_up = load_corpus((TextShare(name="made up", share=1.0, files=GENERATED_HAN),), root)
    assert sum("\u4e00" <= char <= "\u9fff" for char in made_up.passage(Random(1), 1000)) > 700


def test_short_texts_are_passages_whole(root: Path) -> None:
    corpus = load_corpus((share("en/a.txt"),), root)
    assert {corpus.passage(Random(seed), 500) for seed in range(9)} == {"text of a.txt"}


def test_inserts(root: Path) -> None:
    (root / "w.txt").write_text("word " * 500, encoding="utf-8")
    plain, mixed = (load_corpus((share("w.txt", inserts=inserts),), root) for inserts in (0.0, 1.0))
    assert set(plain.passage(Random(1), 400).split()) <= {"word", "wor", "wo", "w"}
    assert any(set(mixed.passage(Random(seed), 400).split()) - {"word", "wor", "wo", "w"} for seed in range(3))


def test_the_hash_is_that_of_the_texts(root: Path) -> None:
    one = load_corpus((share("en/*.txt"),), root).sha256
    assert one == load_corpus((share("en/*"),), root).sha256
    (root / "en" / "a.txt").write_text("another", encoding="utf-8")
    assert load_corpus((share("en/*.txt"),), root).sha256 != one
