"""`smallprint calibrate` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smallprint.cli import main
from smallprint.readers.profile import Profile
from smallprint.search.kept import ENDING
from tests.search.analyst_server import Act, Loopback, serving
from tests.search.readers import Blurred

SMALL = ["--samples", "1", "--chars", "300"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without anything, and no keys."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "SMALLPRINT_PRICES"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("OPENAI_API_KEY", "test-openai_api_key")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as state:
        yield state


@pytest.fixture
def blurred(monkeypatch: pytest.MonkeyPatch) -> list[Blurred]:
    """In the place of Tesseract: a reader that misreads small letters, and those that were made."""
    made: list[Blurred] = []

    def tesseract(family: str = "glm-4.1v") -> Blurred:
        made.append(Blurred())
        made[-1].family = family
        return made[-1]

    monkeypatch.setattr("smallprint.search.transcribers.Tesseract", tesseract)
    return made


def test_a_profile_comes_of_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    command = ["calibrate", "--model", "embedded", *SMALL, "--sizes", "10,9", "--out", "e.toml", "--plot", "e.png"]
    assert main(command) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["px", "fill"]
    assert lines[1].split()[:2] == ["10", "mark"]
    assert "recommended: 9 px, mark, 3.85 text tokens a visual token" in out
    assert "asked at 9 px, mark: of 4 strings on the page" in out
    assert lines[-1] == "e.toml has its profile: --profile e.toml"
    assert sorted(path.name for path in here.iterdir()) == ["e.png", "e.toml"]
    assert (here / "e.png").read_bytes().startswith(b"\x89PNG")
    profile = Profile.load(here / "e.toml")
    assert (profile.reader, profile.family, profile.style.font_size) == ("embedded", "glm-4.1v", 9)
    assert profile.command == (
        "smallprint calibrate --model embedded --samples 1 --chars 300 --sizes 10,9 --max-cer 0.01 --out e.toml"
    )
    assert profile.about["best_rung"] == "9 px, mark"
    # Its style is one that pages are drawn in.
    (here / "a.txt").write_text("A walk that day. " * 20, encoding="utf-8")
    assert main(["render", "a.txt", "--profile", "e.toml", "-o", "pages", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["style_digest"] == profile.style.digest


def test_the_name_of_the_file_is_safe(
    blurred: list[Blurred], server: Loopback, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--model", "tesseract", *SMALL, "--sizes", "12"]) == 0
    assert "tesseract.profile.toml has its profile" in capsys.readouterr().out
    assert [path.name for path in here.iterdir()] == ["tesseract.profile.toml"]
    model = ["--model", "openai:../zai-org/Glyph", "--base-url", f"{server.url}/v1", "--family", "glm-4.1v"]
    assert main(["calibrate", *model, *SMALL, "--sizes", "12"]) == 1
    assert sorted(path.name for path in here.iterdir()) == [
        f"openai-..-zai-org-Glyph.profile.toml{ENDING}",
        "tesseract.profile.toml",
    ]


def test_json_has_everything(blurred: list[Blurred], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["calibrate", "--model", "tesseract", *SMALL, "--sizes", "12,6,4.5", "--out", "t.toml", "--json"]
    assert main([*command, "--family", "qwen3-vl"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "smallprint.calibration/1"
    assert (found["reader"], found["family"], found["profile"]) == ("tesseract", "qwen3-vl", "t.toml")
    assert found["limits"] == {"max_cer": 0.01, "exact": None, "max_usd": None}
    assert found["recommended"] == "12 px, mark"
    assert found["abstention"] == []
    sizes = [(rung["size_px"], rung["fill"]) for rung in found["rungs"]]
    assert sizes == [(12, "mark"), (6, "mark"), (4.5, "mark"), (12, "break"), (6, "break")]
    assert [kind["kind"] for kind in found["rungs"][0]["kinds"]] == ["prose", "code", "cjk", "strings"]


def test_nothing_is_recommended_that_was_not_found_good(
    blurred: list[Blurred], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["calibrate", "--model", "tesseract", *SMALL, "--sizes", "6,5", "--out", "t.toml"]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert "no style has at most 1.00% of prose wrong, no profile was written; the best has" in out
    assert "not asked for strings that are not there: Tesseract cannot be asked anything" in out
    assert [path.name for path in here.iterdir()] == [f"t.toml{ENDING}"]
    # Another limit is not read for again.
    n_read = len(blurred[-1].read_texts)
    assert main([*command, "--max-cer", "0.5"]) == 0
    assert n_read > 0
    assert blurred[-1].read_texts == []
    assert [path.name for path in here.iterdir()] == ["t.toml"]
    assert main([*command, "--max-cer", "0.5", "--exact", "1"]) == 1
    assert "no style has at most 50.00% of prose wrong and 100% of strings right" in capsys.readouterr().out
    # The profile of before is not touched.
    assert Profile.load(here / "t.toml").about["max_cer"] == 0.5


def test_a_text_of_ones_own(blurred: list[Blurred], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.txt").write_text("The gardener counted his apples, 4711-AB of them.\n" * 30, encoding="utf-8")
    command = ["calibrate", "--model", "tesseract", *SMALL, "--text", "a.txt", "--sizes", "12,8", "--out", "t.toml"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "text wrong" in out
    assert "prose" not in out
    assert "of text wrong" in out
    assert Profile.load(here / "t.toml").about["text"] == "a.txt"


def test_a_run_that_was_stopped_goes_on(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    styles: set[str] = set()
    readers: list[Blurred] = []

    def stop(style: object) -> None:
        styles.add(str(style))
        if len(styles) == 2 and len(readers) == 1:
            raise KeyboardInterrupt

    def tesseract() -> Blurred:
        readers.append(Blurred(on_read=stop))
        return readers[-1]

    monkeypatch.setattr("smallprint.search.transcribers.Tesseract", tesseract)
    command = ["calibrate", "--model", "tesseract", *SMALL, "--sizes", "12,8", "--out", "t.toml"]
    assert main(command) == 130
    err = capsys.readouterr().err
    assert f"what was read is kept in t.toml{ENDING}; the same command goes on from there" in err
    assert [path.name for path in here.iterdir()] == [f"t.toml{ENDING}"]
    assert main(command) == 0
    first, second = ({digest for digest, _ in reader.read_texts} for reader in readers)
    assert len(first) == 1
    assert first.isdisjoint(second)
    assert [path.name for path in here.iterdir()] == ["t.toml"]


def test_a_dry_run_sends_nothing_and_needs_no_key(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--model", "openai:gpt-5.5", *SMALL, "--sizes", "12,9", "--dry-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:-1]] == [
        "12 px, mark", "9 px, mark", "break, at two sizes", "questions, on two rungs", "in all, if it stops nowhere"
    ]  # fmt: skip
    assert all("$0." in line for line in lines[1:-1])
    assert main(["calibrate", "--model", "openai:gpt-5.5", *SMALL, "--sizes", "12,9", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["tokens_in"] == sum(step["tokens_in"] for step in found["steps"]) > 0
    assert found["total"]["usd"] == pytest.approx(sum(step["usd"] for step in found["steps"]))
    assert found["steps"][0]["usd"] < found["steps"][0]["most_usd"]
    assert list(here.iterdir()) == []


def test_a_cap_stops_it(server: Loopback, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = 'model = "m"\ninput = 10\noutput = 100\ndate = "2026-11-22"\nsource = "a test"\n'
    (here / "prices.toml").write_text(f'schema = "smallprint.prices/1"\n[[price]]\n{row}', encoding="utf-8")
    command = ["calibrate", "--model", "openai:m", "--base-url", f"{server.url}/v1", "--family", "glm-4.1v", *SMALL]
    command += ["--out", "m.toml", "--sizes", "12,9", "--prices", "prices.toml"]
    assert main([*command, "--max-usd", "0.001"]) == 1
    out = capsys.readouterr().out
    assert "not complete, no profile was written: $0.0000 are spent" in out
    assert server.requests == []
    assert sorted(path.name for path in here.iterdir()) == ["prices.toml"]
    assert main([*command, "--max-usd", "nan"]) == 2
    assert "max_usd: nan is not allowed" in capsys.readouterr().err


def test_a_cap_without_a_price_is_bad_input(server: Loopback, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["calibrate", "--model", "openai:m", "--base-url", f"{server.url}/v1", "--family", "glm-4.1v", *SMALL]
    assert main([*command, "--max-usd", "1"]) == 2
    assert "the price of openai:m is not known" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_a_server_that_is_not_there_leaves_nothing(
    server: Loopback, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.acts = [Act(status=404, error={"message": "no such model", "type": "not_found"})]
    command = ["calibrate", "--model", "openai:m", "--base-url", f"{server.url}/v1", "--family", "glm-4.1v", *SMALL]
    assert main(command) == 2
    assert "no such model" in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "gpt-5.5"], "'gpt-5.5' is not provider:model"),
        (["--model", "openai:gpt-5.5"], "OPENAI_API_KEY"),
        (["--model", "openai:own", "--base-url", "http://127.0.0.1:1/v1"], "--family"),
        (["--model", "embedded", "--family", "glm-9"], "glm-9"),
        (["--model", "embedded", "--family", "claude"], "the embedded reader reads tokens of a fixed size"),
        (["--model", "embedded", "--base-url", "http://127.0.0.1:1"], "base_url"),
        (["--model", "embedded", "--text", "none.txt"], "none.txt"),
        (["--model", "embedded", "--text", "binary.txt"], "binary.txt"),
        (["--model", "embedded", "--text", "short.txt"], "short.txt: 5 characters are too few; give at least 200"),
        (["--model", "embedded", "--sizes", "3"], "sizes: 3 is not allowed; give sizes from 4 to 64 px"),
        (["--model", "embedded", "--sizes", "12,1000"], "sizes: 1000 is not allowed"),
        (["--model", "embedded", "--sizes", ","], "sizes: there are none"),
        (["--model", "embedded", "--chars", "10"], "chars: 10 is not allowed"),
        (["--model", "embedded", "--out", "none/e.toml"], "no folder none"),
        (["--model", "embedded", "--out", "short.txt"], "it is there already and no profile"),
        (["--model", "embedded", "--plot", "e.txt"], "--plot e.txt: give a file that ends in"),
        (["--model", "embedded", "--plot", "none/e.png"], "no folder none"),
        (["--model", "embedded", "--max-usd", "0"], "max_usd: 0 is not allowed"),
    ],
)
def test_bad_input(arguments: list[str], message: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "binary.txt").write_bytes(b"\x00\xff\xfe\x80" * 100)
    (here / "short.txt").write_text("short", encoding="utf-8")
    assert main(["calibrate", *arguments]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert sorted(path.name for path in here.iterdir()) == ["binary.txt", "short.txt"]
    assert (here / "short.txt").read_text(encoding="utf-8") == "short"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--model", "embedded", "--sizes", "small"],
        ["--model", "embedded", "--max-cer", "1.5"],
        ["--model", "embedded", "--max-cer", "nan"],
        ["--model", "embedded", "--exact", "-1"],
        ["--model", "embedded", "--samples", "0"],
        ["--model", "embedded", "--max-output-tokens", "x"],
    ],
)
def test_wrong_use(arguments: list[str], here: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["calibrate", *arguments])
    assert caught.value.code == 2
    assert list(here.iterdir()) == []
