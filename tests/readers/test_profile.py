"""Profiles: what is written is read back, what is none is refused, and the verbs that draw pages take their style."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smallprint.readers
from smallprint.cli import main
from smallprint.errors import DataError, StoreError, StyleError
from smallprint.readers.profile import SCHEMA, CurvePoint, Profile
from smallprint.render import Style, render
from smallprint.search.space import KINDS, Space
from smallprint.tokens.vision import vision_tokens

TEXT = "The rain fell on the moor, and nobody came to the house that day.\n" * 60
SPACES = [Space.of(family, KINDS, level="all") for family in ("glm-4.1v", "qwen3-vl", "claude")]
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SHARES = st.floats(0, 1)


def made(style: Style, *, reader: str = "scripted:Nobody knows.", family: str = "glm-4.1v") -> Profile:
    return Profile(
        reader=reader,
        family=family,
        style=style,
        curve=(CurvePoint(ratio=2.5, cer=0.001, exact=1.0, style="9 px, mark"), CurvePoint(ratio=5, cer=0.2)),
        date="2026-11-22",
        command="smallprint calibrate --model 'scripted:Nobody knows.'",
        about={"made_up": 0.25, "denied": None},
    )


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    space=st.sampled_from(SPACES),
    curve=st.lists(
        st.builds(CurvePoint, ratio=st.floats(0.01, 100), cer=SHARES, exact=st.none() | SHARES, style=WORDS)
    ),
    words=st.tuples(WORDS, WORDS, WORDS),
    about=st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True), WORDS | SHARES | st.integers(-(2**53), 2**53) | st.booleans()
    ),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    space: Space,
    curve: list[CurvePoint],
    words: tuple[str, str, str],
    about: dict[str, object],
) -> None:
    style = space.style(space.draw(Random(seed)))
    path = tmp_path_factory.getbasetemp() / "drawn.toml"
    profile = Profile(
        reader=words[0],
        family=space.family,
        style=style,
        curve=tuple(curve),
        date=words[1],
        command=words[2],
        about=about,
    )
    profile.save(path)
    read = Profile.load(path)
    assert read.style.digest == style.digest
    assert read.style.name == "drawn"
    assert render(TEXT, read.style)[0].sha256 == render(TEXT, style)[0].sha256
    assert (read.reader, read.family, read.date, read.command) == (words[0], space.family, words[1], words[2])
    assert read.curve == profile.curve
    assert read.about == about


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    made(Style.preset("flow")).save(tmp_path / "m.toml")
    text = (tmp_path / "m.toml").read_text(encoding="utf-8")
    assert text.startswith(f'schema = "{SCHEMA}"\n')
    assert "denied" not in text
    assert Profile.load(str(tmp_path / "m.toml")).about == {"made_up": 0.25}
    assert [path.name for path in tmp_path.iterdir()] == ["m.toml"]


def test_a_profile_goes_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        made(Style.preset("flow")).save(tmp_path / "none" / "m.toml")
    (tmp_path / "m.toml").mkdir()
    with pytest.raises(StoreError, match=r"m\.toml"):
        made(Style.preset("flow")).save(tmp_path / "m.toml")


GOOD = made(Style.preset("flow")).to_toml()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", DataError, "its schema is None, not 'smallprint.profile/1'"),
        ("schema = ", DataError, "not a profile"),
        (GOOD[: len(GOOD) // 2].rsplit('"', 1)[0], DataError, "not a profile"),
        (GOOD.replace(SCHEMA, "smallprint.profile/2"), DataError, "its schema is 'smallprint.profile/2'"),
        (GOOD.replace("reader =", "model ="), DataError, "not a profile: 'reader'"),
        (GOOD.replace("[style]", "[other]"), DataError, "not a profile: 'style'"),
        (GOOD.replace("[style]", "[[style]]"), DataError, "not a profile"),
        (GOOD.replace("cer = 0.001", "wer = 0.001"), DataError, "not a profile: .*wer"),
        (GOOD.replace("[[curve]]\nratio = 2.5", "[[curve]]\ncolour = 2.5"), DataError, "not a profile: .*colour"),
        (GOOD.replace("font-size = 9", "font-size = -9"), StyleError, "font-size"),
        (GOOD.replace("font-size = 9", "font-sise = 9"), StyleError, "font-sise"),
    ],
)
def test_what_is_no_profile_is_refused(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    assert text != GOOD
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        Profile.load(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        Profile.load(tmp_path / "none.toml")
    with pytest.raises(StoreError, match="directory"):
        Profile.load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b'schema = "\xff"')
    with pytest.raises(DataError, match=r"latin\.toml: not a profile"):
        Profile.load(tmp_path / "latin.toml")


# On the command line


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Style]:
    """A text, a profile and its style, which is none of the presets."""
    space = SPACES[0]
    style = space.style({**space.default, "size": 7, "page": "896x896", "newline": "break"})
    text, profile = tmp_path / "a.txt", tmp_path / "m.toml"
    text.write_text(TEXT, encoding="utf-8")
    made(style).save(profile)
    return str(text), str(profile), style


def test_render_takes_its_style(
    files: tuple[str, str, Style], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, profile, style = files
    assert main(["render", text, "--profile", profile, "-o", str(tmp_path / "pages"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["style_digest"] == style.digest
    assert [page["sha256_pixels"] for page in found["pages"]] == [page.sha256 for page in render(TEXT, style)]
    changed = ["render", text, "--profile", profile, "--set", "font-size=8", "-o", str(tmp_path / "other"), "--json"]
    assert main(changed) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["style"]["font-size"], found["style"]["line-height"]) == (8, style.line_height)


def test_estimate_takes_its_style(files: tuple[str, str, Style], capsys: pytest.CaptureFixture[str]) -> None:
    text, profile, style = files
    assert main(["estimate", text, "--profile", profile, "--families", "glm-4.1v", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["style"] == {**found["style"], "name": "m", "digest": style.digest}
    tokens = sum(vision_tokens("glm-4.1v", *size) for size in render(TEXT, style).sizes())
    assert found["families"][0]["page_tokens"] == tokens


def test_ask_takes_its_style_and_its_model(files: tuple[str, str, Style], capsys: pytest.CaptureFixture[str]) -> None:
    text, profile, style = files
    tokens = sum(vision_tokens("glm-4.1v", *size) for size in render(TEXT, style).sizes())
    command = ["ask", text, "Who came?", "--profile", profile, "--send", "pages", "--json"]
    assert main(command) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["answer"], found["model"], found["family"]) == ("Nobody knows.", "scripted", "glm-4.1v")
    assert found["page_tokens"] == tokens
    assert main([*command, "--model", "scripted:The rain.", "--family", "qwen3-vl"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["answer"], found["family"]) == ("The rain.", "qwen3-vl")
    assert found["page_tokens"] != tokens


def test_ask_counts_as_the_profiles_family_does(
    files: tuple[str, str, Style], capsys: pytest.CaptureFixture[str]
) -> None:
    text, profile, style = files
    made(style, reader="openai:a-tune-of-my-own", family="qwen3-vl").save(Path(profile))
    assert main(["ask", text, "Who came?", "--profile", profile, "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["model"], found["family"]) == ("a-tune-of-my-own", "qwen3-vl")


def test_ask_asks_where_the_profile_was_measured(
    files: tuple[str, str, Style], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, profile, style = files
    own = made(style, reader="openai:a-tune-of-my-own", family="qwen3-vl")
    dataclasses.replace(own, about={"base_url": "http://127.0.0.1:9/v1"}).save(Path(profile))
    asked: list[str | None] = []
    genuine = smallprint.readers.ask

    def noted(*given: Any, **named: Any) -> Any:
        asked.append(named["base_url"])
        return genuine(*given, **named)

    monkeypatch.setattr("smallprint.readers.ask", noted)
    command = ["ask", text, "Who came?", "--profile", profile, "--dry-run", "--json"]
    assert main(command) == 0
    assert main([*command, "--base-url", "http://127.0.0.1:8/v1"]) == 0
    assert main([*command, "--model", "openai:gpt-5.5"]) == 0
    assert asked == ["http://127.0.0.1:9/v1", "http://127.0.0.1:8/v1", None]


@pytest.mark.parametrize("verb", ["render", "estimate", "ask"])
def test_a_profile_and_a_style_are_not_given_together(
    files: tuple[str, str, Style], verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, profile, _ = files
    rest = {"render": ["-o", str(tmp_path / "pages")], "estimate": [], "ask": ["Who came?"]}[verb]
    assert main([verb, text, *rest, "--profile", profile, "--style", "dense"]) == 2
    assert "a profile has a style of its own" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


@pytest.mark.parametrize("verb", ["render", "estimate", "ask"])
def test_a_broken_profile_is_bad_input(
    files: tuple[str, str, Style], verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, profile, _ = files
    rest = {"render": ["-o", str(tmp_path / "pages")], "estimate": [], "ask": ["Who came?"]}[verb]
    Path(profile).write_text("schema = 1", encoding="utf-8")
    assert main([verb, text, *rest, "--profile", profile]) == 2
    assert "not a profile: its schema is 1" in capsys.readouterr().err
    assert main([verb, text, *rest, "--profile", str(tmp_path / "none.toml")]) == 2
    assert "No such file" in capsys.readouterr().err
