"""Prices: the kept package, the user's table, what is not known, the prompt cache."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallprint.errors import DataError
from smallprint.tokens import Price, cost, families, price
from smallprint.tokens.prices import Rates, cost_of_asking, own_price

OWN = """
schema = "smallprint.prices/1"
[[price]]
model = "my-model"
provider = "my-provider"
input = 2
cached_read = 0.2
output = 8.5
date = "2026-11-20"
source = "the bill"
[[price]]
model = "Claude-Sonnet-4-6"
input = 1.5
date = "2026-11-19"
source = "a contract"
"""


@pytest.fixture(autouse=True)
def no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMALLPRINT_PRICES", raising=False)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    return path


def flat(read: float | None = None, write: float | None = None, tiers: tuple[tuple[int, Rates], ...] = ()) -> Price:
    rates = Rates(input=2.0, cached_read=read, cache_write=write, output=10.0)
    return Price(model="m", provider="p", rates=rates, tiers=tiers, date="2026-11-20", source="here")


def test_a_family_has_the_price_of_its_model_with_date_and_source() -> None:
    found = price("claude")
    assert found is not None
    assert found.model == "claude-sonnet-4-6"
    assert found.provider == "anthropic"
    assert found.rates.cached_read is not None
    assert found.rates.cache_write is not None
    assert found.rates.cached_read < found.rates.input < found.rates.cache_write
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", found.date)
    assert found.source.startswith("genai-prices ")


def test_the_vendors_families_are_priced() -> None:
    unknown = {name for name in families() if price(name) is None}
    assert not unknown & {"claude-hires", "gpt-4o", "gpt-5-mini", "gpt-5.4", "gpt-5.5", "gemini-2.5", "gemini-3"}
    assert "glm-4.1v" in unknown


@pytest.mark.parametrize(
    ("model", "provider"),
    [("no-such-model", None), ("no-such-model", "openai"), ("gpt-4o", "no-such-provider"), ("", None)],
)
def test_an_unknown_price_is_none(model: str, provider: str | None) -> None:
    assert price(model, provider) is None


def test_a_model_by_its_own_name() -> None:
    found = price("claude-haiku-4-5", "anthropic")
    assert found is not None
    assert found.model == "claude-haiku-4-5"


def test_the_user_s_table_comes_first(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = price("MY-MODEL", table=own)
    assert mine is not None
    assert mine.rates == Rates(input=2.0, cached_read=0.2, output=8.5)
    assert (mine.date, mine.source) == ("2026-11-20", "the bill")
    assert price("my-model", "another", table=own) is None
    monkeypatch.setenv("SMALLPRINT_PRICES", str(own))
    contract = price("claude")
    assert contract is not None
    assert (contract.rates.input, contract.source) == (1.5, "a contract")
    assert price("gpt-4o") is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("input = 2", "input = -2", r"row 1: input = -2"),
        ("input = 2", "input = true", r"row 1: input = True"),
        ("input = 2", 'input = "2"', r"row 1: input = '2'"),
        ("input = 2\n", "", r"row 1: input is missing"),
        ("output = 8.5", "out = 8.5", r"row 1: unknown key 'out'; known are model, .*output"),
        ('source = "a contract"', "source = 3", r"row 2: source = 3"),
        ('schema = "smallprint.prices/1"', "", r"schema"),
        ("[[price]]", "[[price", r"not TOML"),
    ],
)
def test_a_bad_table_is_named(own: Path, old: str, new: str, words: str) -> None:
    own.write_text(OWN.replace(old, new, 1))
    with pytest.raises(DataError, match=words):
        price("my-model", table=own)


def test_the_user_s_own_price_alone(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_price("gpt-4o", "my-model") is None
    monkeypatch.setenv("SMALLPRINT_PRICES", str(own))
    mine = own_price("gpt-4o", "my-model")
    assert mine is not None
    assert mine.rates.input == 2.0
    assert own_price("my-model", provider="another") is None
    assert own_price("gpt-4o") is None, "the kept package's price is not the user's"


def test_the_data_is_searched_for_its_newest_day_once_a_day() -> None:
    from smallprint.tokens import prices

    prices._kept_price.cache_clear()
    prices._newest_check.cache_clear()
    for name in ("gpt-4o", "gpt-4.1", "gpt-5", "o1", "o3", "claude", "gemini-2.5"):
        price(name)
    assert prices._newest_check.cache_info().misses <= 1


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.toml cannot be read"):
        price("claude", table=tmp_path / "nowhere.toml")


def test_cost() -> None:
    assert cost(flat(), 1_000_000, 100_000) == pytest.approx(2 + 1)
    assert cost(flat(read=0.2, write=2.5), 1_000_000, cached_in=600_000, written_in=300_000) == pytest.approx(
        0.2 + 0.12 + 0.75
    )
    assert cost(flat(), 1_000_000, cached_in=600_000) == pytest.approx(2)


def test_long_requests_cost_more_a_token_where_the_price_says_so() -> None:
    tiered = flat(tiers=((200_000, Rates(input=4.0, output=15.0)),))
    assert cost(tiered, 200_000) == pytest.approx(0.4)
    assert cost(tiered, 200_001) == pytest.approx(0.8, rel=1e-4)


def test_asking_again_reads_the_cache() -> None:
    cached = flat(read=0.2, write=2.5)
    assert cost_of_asking(cached, 1_000_000, 1) == pytest.approx(2.0)
    assert cost_of_asking(cached, 1_000_000, 3) == pytest.approx(2.5 + 0.4)
    assert cost_of_asking(flat(), 1_000_000, 3) == pytest.approx(6.0)


@given(few=st.integers(0, 10**7), more=st.integers(0, 10**7), asks=st.integers(1, 50))
def test_more_tokens_never_cost_less(few: int, more: int, asks: int) -> None:
    tiered = flat(read=0.2, write=2.5, tiers=((200_000, Rates(input=4.0, cached_read=0.4, cache_write=5.0)),))
    assert cost_of_asking(tiered, few, asks) <= cost_of_asking(tiered, few + more, asks)


def test_no_connection_is_opened_and_nothing_heavy_is_imported() -> None:
    code = (
        "import socket, sys, json\n"
        "def refuse(*a, **k): raise AssertionError('a connection')\n"
        "socket.socket.connect = refuse\n"
        "import smallprint.tokens as t\n"
        "heavy = sorted({'numpy', 'tiktoken', 'genai_prices', 'pydantic', 'transformers', 'tokenizers'} & set(sys.modules))\n"
        "print(json.dumps([heavy, t.price('claude') is not None, t.count('Reader, I married him.', 'o200k').tokens]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, known, tokens = json.loads(done.stdout)
    assert heavy == []
    assert known
    assert tokens == pytest.approx(6, abs=1)
