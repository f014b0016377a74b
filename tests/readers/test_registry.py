"""Names become readers; wrong ones become messages."""

from __future__ import annotations

import subprocess
import sys

import pytest

from smallprint.errors import ReaderError
from smallprint.readers import Request, reader, sdk
from smallprint.readers.registry import PROVIDERS


@pytest.mark.parametrize(
    ("name", "kind", "model", "family"),
    [
        ("openai:gpt-5.5", "OpenAIReader", "gpt-5.5", "gpt-5.5"),
        ("openai:zai-org/Glyph", "OpenAIReader", "zai-org/Glyph", "glm-4.1v"),
        ("anthropic:claude-opus-4-7", "AnthropicReader", "claude-opus-4-7", "claude-hires"),
        ("gemini:gemini-3-pro", "GeminiReader", "gemini-3-pro", "gemini-3"),
        ("local:zai-org/Glyph", "TransformersReader", "zai-org/Glyph", "glm-4.1v"),
        ("openai:my-own-tune", "OpenAIReader", "my-own-tune", None),
        ("embedded", "EmbeddedReader", "embedded:page-reader", "glm-4.1v"),
        ("embedded:page-reader", "EmbeddedReader", "embedded:page-reader", "glm-4.1v"),
        ('scripted:He: "a:b"', "ScriptedReader", 'He: "a:b"', "glm-4.1v"),
    ],
)
def test_names(name: str, kind: str, model: str, family: str | None) -> None:
    made = reader(name)
    assert type(made).__name__ == kind
    assert made.family == family
    if kind == "ScriptedReader":
        assert made.ask(Request(question="?")).text == model
    else:
        assert made.model == model


@pytest.mark.parametrize("name", ["gpt-5.5", "opnai:gpt-5.5", "openai:", "", ":x", "openai: "])
def test_an_unknown_provider_is_named_with_what_is_allowed(name: str) -> None:
    with pytest.raises(ReaderError) as caught:
        reader(name)
    assert repr(name) in str(caught.value)
    for row in PROVIDERS.values():
        assert row.example in str(caught.value)


def test_a_family_can_be_given_and_must_exist() -> None:
    assert reader("openai:my-own-tune", family="qwen3-vl").family == "qwen3-vl"
    with pytest.raises(ReaderError, match=r"family: unknown value 'qwen9'; allowed: .*glm-4.1v"):
        reader("openai:my-own-tune", family="qwen9")


def test_options_are_checked() -> None:
    with pytest.raises(ReaderError, match="gemini: unknown option 'detail'; allowed: base_url, timeout_s"):
        reader("gemini:gemini-3-pro", detail="high")
    with pytest.raises(ReaderError, match="local: unknown option 'base_url'"):
        reader("local:zai-org/Glyph", base_url="http://127.0.0.1:1")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "gemini"])
@pytest.mark.parametrize(
    "url", ["localhost:8000", "http://", "http://127.0.0.1:99999/v1", "ftp://x/", "http://[::1/v1"]
)
def test_a_url_that_is_none(provider: str, url: str) -> None:
    with pytest.raises(ReaderError, match=r"base_url: .* is not a URL") as caught:
        reader(f"{provider}:x", base_url=url)
    assert repr(url) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("openai:x", "openai", "api"),
        ("anthropic:x", "anthropic", "api"),
        ("gemini:x", "google.genai", "api"),
        ("local:x", "transformers", "local"),
    ],
)
def test_a_missing_sdk_names_the_extra(name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ReaderError, match=rf'pip install "smallprint\[{extra}\]"'):
        reader(name).ask(Request(question="?"))


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:1/", True),
        ("https://api.example.com", False),
        (None, False),
    ],
)
def test_loopback(url: str | None, here: bool) -> None:
    assert sdk.is_loopback(url) is here


def test_importing_the_readers_imports_no_sdk() -> None:
    code = (
        "import sys, smallprint.readers\n"
        "heavy = {'openai', 'anthropic', 'google.genai', 'transformers', 'torch', 'PIL', 'httpx', 'httpx2', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
