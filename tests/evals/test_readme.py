"""The commands of the evaluation's README, as they are written, against a server on this machine."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from loopback import Act, serving

from smallprint import evals
from smallprint.cli import main

README = (Path(evals.__file__).parent / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines() if "eval run" in line
]
SAMPLES = Path(__file__).parent / "samples"
SMALLER = {
    "runs/first": ["--lengths", "4k", "--samples", "1", "--arms", "text,pages"],
    "runs/longbench": ["--samples", "1", "--data", str(SAMPLES)],
    "runs/mrcr": ["--lengths", "4k,8k", "--samples", "1"],
    "runs/ruler": ["--lengths", "4k", "--samples", "1"],
}
"""Said behind the command's own options, so that they count."""


def test_there_is_a_command_for_each_of_the_papers_tables() -> None:
    assert [shlex.split(command)[-1] for command in COMMANDS] == list(SMALLER)


@pytest.mark.parametrize("command", COMMANDS[1:], ids=list(SMALLER)[1:])
def test_a_table_of_the_paper(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", "test-openai_api_key")
    with serving() as server:
        server.acts = [Act(words=("<think>hm</think>", "special ", "magic"))]
        words = shlex.split(command.replace("http://localhost:8000", server.url))
        name = words[-1]
        code = main([*words[1:], *SMALLER[name], "--out", str(tmp_path / "run"), "--json"])
        assert not server.faults
        n_pages = sum(bool(request.images) for request in server.requests)
    found = json.loads(capsys.readouterr().out)
    arms = {arm["arm"]: arm for arm in found["arms"]}
    # Of LongBench a few rows of our own are at hand, so tasks are left out, and that is told.
    assert code == (1 if name == "runs/longbench" else 0)
    assert any("Not complete" in note for note in found["notes"]) == (name == "runs/longbench")
    expected = [f"pages:glyph-en@{dpi}" for dpi in (72, 96, 120)] if name == "runs/ruler" else ["pages:glyph-en"]
    assert list(arms) == ["text", *expected]
    assert n_pages == sum(arms[arm]["n"] for arm in expected) > 0
    assert all(arm["failures"] == 0 for arm in arms.values())
    if name == "runs/ruler":
        assert {"ruler/all 13", "ruler/11 without UUIDs"} <= arms["text"]["aggregates"].keys()
        ratios = [arms[arm]["compression"] for arm in expected]
        assert ratios == sorted(ratios, reverse=True)
