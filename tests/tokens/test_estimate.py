"""`estimate` over the carried novel: the figures that the project promises, and the JSON contract."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from smallprint.errors import TokenError
from smallprint.render import Style
from smallprint.tokens import Estimate, estimate, families
from smallprint.tokens.gate import UNMEASURED_ERROR

JANE_EYRE = Path(__file__).parents[2] / "examples" / "jane-eyre.txt"

ROW_KEYS = {
    "family",
    "text_tokens",
    "n_pages",
    "page_tokens",
    "ratio",
    "usd_text",
    "usd_pages",
    "price_date",
    "decision",
    "reason",
}


@pytest.fixture(autouse=True)
def no_other_tokenizers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SMALLPRINT_PRICES", raising=False)


@pytest.fixture(scope="module")
def flow() -> Estimate:
    return estimate(JANE_EYRE.read_text("utf-8"), Style.preset("flow"))


def test_jane_eyre_in_running_text(flow: Estimate) -> None:
    rows = {row.family: row for row in flow.families}
    assert flow.text_tokens["qwen"].tokens == 240_717
    glm = rows["glm-4.1v"]
    assert glm.page_tokens is not None
    assert glm.page_tokens <= 65_000
    assert glm.ratio_qwen == pytest.approx(240_717 / glm.page_tokens)
    assert glm.ratio_qwen >= 3.70
    assert glm.decision == "pages"
    assert len(rows) == len(families()) >= 14
    assert {row.decision for row in flow.families} == {"text", "pages"}


def test_jane_eyre_with_plain_line_breaks() -> None:
    (row,) = estimate(JANE_EYRE, Style.preset("glyph-en"), families=["glm-4.1v"]).families
    assert row.ratio_qwen is not None
    assert 2.1 <= row.ratio_qwen <= 2.2


def test_pages_are_chosen_only_where_they_cost_less(flow: Estimate) -> None:
    for row in flow.families:
        assert row.page_tokens is not None
        error = UNMEASURED_ERROR if row.text_error_p95 is None else row.text_error_p95
        if row.usd_text is not None and row.usd_pages is not None:
            surely = row.usd_text * (1 - error)
            assert (row.decision == "pages") == (row.usd_pages < surely), row.family
        else:
            surely = row.text_tokens * (1 - error)
            assert (row.decision == "pages") == (row.page_tokens + row.overhead_tokens < surely), row.family


def test_json_contract(flow: Estimate) -> None:
    data = json.loads(json.dumps(flow.to_json(), allow_nan=False))
    assert list(data)[:3] == ["schema", "source", "style"]
    assert data["schema"] == "smallprint.estimate/1"
    raw = JANE_EYRE.read_bytes()
    assert data["source"] == {"sha256": hashlib.sha256(raw).hexdigest(), "n_chars": 1_024_396, "n_bytes": len(raw)}
    assert data["style"] == {"name": "flow", "digest": Style.preset("flow").digest}
    assert data["text_tokens"]["qwen"]["tokens"] == 240_717
    for counted in data["text_tokens"].values():
        assert {"tokens", "method", "error"} <= set(counted)
        assert counted["method"] in ("exact", "estimated")
    assert [row["family"] for row in data["families"]] == list(families())
    for row in data["families"]:
        assert set(row) >= ROW_KEYS
        assert row["decision"] in ("text", "pages")
        assert row["text_tokens"] == data["text_tokens"][row["tokenizer"]]["tokens"]
        assert row["ratio"] == pytest.approx(row["text_tokens"] / row["page_tokens"])
        assert (row["price_date"] is None) == (row["usd_text"] is None)


def test_the_digest_is_over_utf_8_bytes_surrogates_included() -> None:
    text = "Ein \ud800 halbes Zeichen. " * 20
    made = estimate(text, Style.preset("flow"), families=["claude"])
    raw = text.encode("utf-8", "surrogatepass")
    assert (made.sha256, made.n_bytes, made.n_chars) == (hashlib.sha256(raw).hexdigest(), len(raw), len(text))


def test_a_short_text_stays_text_everywhere() -> None:
    for row in estimate("Reader, I married him.", Style.preset("flow")).families:
        assert row.decision == "text"
        assert "short texts stay text" in row.reason


def test_more_questions_use_the_prompt_cache_on_both_sides() -> None:
    text = "Reader, I married him. " * 3_000
    once, often = (estimate(text, Style.preset("flow"), families=["claude"], asks=asks).families[0] for asks in (1, 10))
    assert once.usd_text is not None
    assert often.usd_text is not None
    assert once.usd_pages is not None
    assert often.usd_pages is not None
    assert once.usd_text < often.usd_text < 10 * once.usd_text
    assert often.usd_text / once.usd_text == pytest.approx(often.usd_pages / once.usd_pages)
    assert "for 10 questions" in often.reason


def test_own_prices(tmp_path: Path) -> None:
    table = tmp_path / "mine.toml"
    table.write_text(
        'schema = "smallprint.prices/1"\n[[price]]\nmodel = "glm-4.1v"\ninput = 1.0\ndate = "2026-11-01"\nsource = "my host"\n'
    )
    (row,) = estimate(
        "Reader, I married him. " * 3_000, Style.preset("flow"), families=["glm-4.1v"], prices=table
    ).families
    assert row.usd_text == pytest.approx(row.text_tokens / 1e6)
    assert (row.price_date, row.price_source) == ("2026-11-01", "my host, any provider")


@pytest.mark.parametrize("asks", [0, -1, 1.5, True, "2"])
def test_asks_is_a_whole_number_from_one(asks) -> None:
    with pytest.raises(TokenError, match="asks: "):
        estimate("text", Style.preset("flow"), asks=asks)


def test_unknown_family() -> None:
    with pytest.raises(TokenError, match=r"'nope'; known are"):
        estimate("text", Style.preset("flow"), families=["nope"])
