"""Text counts: exact for Qwen, also in parts and on bad input; tokenizers on disk; estimates with their error."""

from __future__ import annotations

import hashlib
import json
import lzma
import tomllib
import unicodedata
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smallprint.errors import TokenError
from smallprint.tokens import count, families, family, local, pieces, table
from smallprint.tokens.text import count_all
from smallprint.tokens.vocab import carried_encoding, raw_vocabulary

JANE_EYRE = Path(__file__).parents[2] / "examples" / "jane-eyre.txt"

WORDS = """the Reader married don't 's 'S ’s ABC aB x 123 4 3.14 ٣ Ⅷ ² é e\u0301 ſ 'ſ ß слово 字 中文字 日本 한국어 ไทย नमस्ते 😀 👩‍💻
- _ == ( ) / // # :: { } ; , . !? ... 。 ， <|endoftext|>"""
ATOMS = [
    *WORDS.split(),
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    "\0",
    "\u00a0",
    "\u3000",
    "\u200b",
    "\x1c",
    "\x85",
    "\u2028",
]

mixtures = st.lists(st.sampled_from(ATOMS), max_size=60).map("".join)


@pytest.fixture(scope="module")
def jane_eyre() -> str:
    return JANE_EYRE.read_text("utf-8")


@pytest.fixture(autouse=True)
def no_other_tokenizers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Counts depend on what lies on the disk: here, nothing but what the package carries."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "tiktoken"))


def whole(text: str) -> int:
    return len(carried_encoding("qwen").encode_ordinary(unicodedata.normalize("NFC", pieces.well_formed(text))))


def test_the_carried_vocabulary_is_the_published_file() -> None:
    folder = resources.files("smallprint.tokens").joinpath("vocab")
    row = tomllib.loads(folder.joinpath("VOCAB.toml").read_text("utf-8"))["qwen"]
    raw = lzma.decompress(folder.joinpath(row["file"]).read_bytes())
    assert len(raw) == row["raw_bytes"]
    assert hashlib.sha256(raw).hexdigest() == row["raw_sha256"]
    assert raw == raw_vocabulary("qwen")
    assert carried_encoding("qwen").n_vocab == row["n_tokens"]
    assert "Apache License" in folder.joinpath("LICENSE-qwen.txt").read_text("utf-8")


def test_a_damaged_vocabulary_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from smallprint.tokens import vocab

    for name in ("VOCAB.toml",):
        (tmp_path / name).write_bytes(resources.files("smallprint.tokens").joinpath("vocab", name).read_bytes())
    (tmp_path / "qwen.tiktoken.xz").write_bytes(lzma.compress(b"IQ== 0\n"))
    monkeypatch.setattr(vocab, "_folder", lambda: tmp_path)
    with pytest.raises(TokenError, match=r"qwen\.tiktoken\.xz has sha256"):
        raw_vocabulary("qwen")


def test_jane_eyre_in_qwen_tokens(jane_eyre: str) -> None:
    counted = count(jane_eyre)
    assert (counted.tokens, counted.method, counted.error, counted.tokenizer) == (240_717, "exact", 0.0, "qwen")


def test_special_tokens_in_the_text_are_text() -> None:
    assert count("<|endoftext|>").tokens == 7


def test_empty_text() -> None:
    assert {name: each.tokens for name, each in count_all("", table.tokenizers()).items()} == dict.fromkeys(
        table.tokenizers(), 0
    )


@given(text=mixtures, most=st.integers(6, 40))
@example(text="a\ud800b \ude00", most=6)
def test_parts_count_as_the_whole(text: str, most: int) -> None:
    parts = list(pieces.parts(text, most))
    assert "".join(part.text for part in parts) == text
    assert all(0 < len(part.text) <= most for part in parts)
    tokens = sum(whole(part.text) for part in parts)
    cuts = sum(not part.at_boundary for part in parts)
    assert abs(tokens - whole(text)) <= pieces.TOKENS_PER_CUT * cuts


@given(text=st.text(), most=st.integers(4, 30))
def test_parts_count_as_the_whole_in_any_text(text: str, most: int) -> None:
    if all(part.at_boundary for part in pieces.parts(text, most)):
        assert sum(whole(part.text) for part in pieces.parts(text, most)) == whole(text)


def test_ordinary_text_is_cut_between_pieces_only(jane_eyre: str) -> None:
    parts = list(pieces.parts(jane_eyre, 1_000))
    assert len(parts) > 1_000
    assert all(part.at_boundary for part in parts)
    assert sum(whole(part.text) for part in parts) == 240_717


@given(st.text(st.sampled_from("a\u0301\u0327\u0344\u0f73\u1e69é"), max_size=400))
def test_nfc_is_the_standard_one(text: str) -> None:
    assert pieces.nfc(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("\n" * 1_000_000, 31_250),
        ("\0" * 1_000_000, 1_000_000),
        (" " * 1_000_000, 7_813),
        (" " * 1_000_000 + "x", 7_814),
        ("a" * 2_000_000, 250_000),
        ("的是" * 500_000, 500_000),
        ("a" + "\u0301\u0327" * 200_000, 600_000),
    ],
    ids=["line feeds", "NULs", "blanks", "blanks and a letter", "letters", "ideographs", "combining marks"],
)
def test_long_runs(text: str, tokens: int) -> None:
    """tiktoken by itself overflows its stack on the blanks, and Python's own NFC takes minutes for the marks."""
    counted = count(text)
    assert counted.method == "estimated"
    assert counted.error is not None
    assert 0 < counted.error < 0.01
    assert counted.tokens == pytest.approx(tokens, rel=counted.error)


def test_lone_surrogates_count_as_the_replacement_character() -> None:
    assert count("a\ud800b").tokens == count("a\ufffdb").tokens
    assert count("\ud83d\ude00").tokens == count("😀").tokens


def tokenizer_json(path: Path, lower: bool = False) -> None:
    """A word-level tokenizer of three words, as the package tokenizers writes it."""
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))


def test_a_tokenizer_in_the_hugging_face_cache_is_exact(tmp_path: Path) -> None:
    before = count("a b c d", "gemma")
    assert before.method == "estimated"
    folder = tmp_path / "hub" / "models--google--gemma-3-12b-it"
    tokenizer_json(folder / "snapshots" / "abc" / "tokenizer.json")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    counted = count("a b c d", "gemma")
    assert (counted.tokens, counted.method, counted.error) == (4, "exact", 0.0)
    assert "google/gemma-3-12b-it" in counted.source
    assert count("a b c", "hf:google/gemma-3-12b-it").tokens == 3
    # What stands for a family stands for those that are counted as it.
    assert count("a b c d", "gemini").tokens == 4
    assert count("a b c d", "gemini").error is None


def test_a_tokenizer_json_by_its_path(tmp_path: Path) -> None:
    tokenizer_json(tmp_path / "mine.json")
    assert count("a b c", str(tmp_path / "mine.json")).tokens == 3
    long = count("a b " * 400_000, str(tmp_path / "mine.json"))
    assert (long.tokens, long.method) == (800_000, "estimated")
    assert long.error is not None
    assert long.error < 1e-5


def test_tiktoken_s_cache_is_used_and_never_filled(tmp_path: Path) -> None:
    assert count("hello world", "o200k").method == "estimated"
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    path = tmp_path / "tiktoken" / hashlib.sha1(url.encode()).hexdigest()
    path.parent.mkdir()
    path.write_bytes(b"IQ== 0\n")
    assert local.tiktoken_file("o200k_base") == path
    # A file that is not the published one is left alone: tiktoken would delete it and download.
    assert count("hello world", "o200k").method == "estimated"
    assert path.read_bytes() == b"IQ== 0\n"


def test_mistral_common_is_exact(jane_eyre: str) -> None:
    pytest.importorskip("mistral_common")
    counted = count(jane_eyre, "tekken")
    assert (counted.tokens, counted.method) == (242_966, "exact")
    parts = pieces.parts(jane_eyre[:50_000], 700)
    assert sum(count(part.text, "tekken").tokens for part in parts) == count(jane_eyre[:50_000], "tekken").tokens


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-such", r"'no-such'; known are qwen, .*tekken"),
        ("hf:no/such", r"no/such.*tokenizer\.json"),
        ("/no/such/file.json", r"no file"),
    ],
)
def test_unknown_tokenizers(name: str, words: str) -> None:
    with pytest.raises(TokenError, match=words):
        count("text", name)


def test_an_unreadable_tokenizer_json(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    (tmp_path / "bad.json").write_text(json.dumps({"not": "a tokenizer"}))
    with pytest.raises(TokenError, match=r"bad\.json cannot be read"):
        count("text", str(tmp_path / "bad.json"))


def test_every_family_has_a_tokenizer_row() -> None:
    for name in families():
        row = table.tokenizer(family(name).tokenizer)
        assert row.carried or row.weights or row.proxy in table.tokenizers()
