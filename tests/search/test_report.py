"""The report: it says what the trials say, it stands alone, and nothing that a trial holds can break it."""

from __future__ import annotations

import html
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from smallprint.errors import StoreError
from smallprint.render import Style, png, render
from smallprint.search.objectives import Goal
from smallprint.search.report.crop import HEIGHT_PX, WIDTH_PX, crop_of
from smallprint.search.report.files import crop_path, write_report
from smallprint.search.report.findings import MOST_CARDS, findings
from smallprint.search.report.lineage import MOST_DRAWN, chain, tree
from smallprint.search.report.sensitivity import LEAST_TRIALS, sensitivity
from smallprint.search.report.svg import Axis
from smallprint.search.report.words import percents, saved, value
from smallprint.search.space import Space
from smallprint.search.values import HELD_OUT, Proposal, Reference, Scores, Trial, Weights

SPACE = Space.of("glm-4.1v", ["prose"])
GOAL, WEIGHTS = Goal(), Weights()
CROP = png.encode(np.full((16, 32), 200, np.uint8))
HOSTILE = "</td></table><script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)> \x00 \u202e 読 ' \" &amp; <!--body-->"
CONFIG: Mapping[str, Any] = {
    "reader": "embedded:page-reader",
    "family": "glm-4.1v",
    "text": {"name": "jane-eyre.txt", "n_chars": 1024396, "kinds": ["prose"]},
    "evaluations": 30,
    "seed": 3,
    "command": "smallprint search run jane-eyre.txt --seed 3",
    "rungs": [3, 9, 27],
}
_VOID = {"meta", "img", "br", "hr"}


class Page(HTMLParser):
    """What a browser would make of the file; raises for an element that is closed in the wrong place."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def ids(self, start: str) -> list[int]:
        """Numbers of the elements whose id begins so."""
        found = [str(attributes.get("id") or "") for _, attributes in self.tags]
        return [int(each.removeprefix(start)) for each in found if each.startswith(start)]

    def classes(self, name: str) -> list[dict[str, str | None]]:
        return [each for _, each in self.tags if name in (each.get("class") or "").split()]


def scored(compression: float, cer: float, **changes: Any) -> Scores:
    chars = 81_000
    errors = round(cer * chars) if math.isfinite(cer) else 0
    made = Scores(
        compression=compression, cer=cer, cer_interval=(cer * 0.8, cer * 1.2), errors=errors, chars=chars, items=27, rung=3
    )  # fmt: skip
    return replace(made, **changes)


def trial(number: int, scores: Scores | None = None, **changes: Any) -> Trial:
    """`changes` are of the trial, of its proposal, or of its genome."""
    proposal = {key: changes.pop(key) for key in ("proposer", "kind", "parents", "reason") if key in changes}
    held = {key: changes.pop(key) for key in ("state", "error", "style") if key in changes}
    genome = {**SPACE.default, **changes}
    state = "done" if scores else "failed"
    made = Proposal(genome=genome, **{"proposer": "random", **proposal})
    return Trial(
        **{"number": number, "proposal": made, "style": f"d{number}", "state": state, "scores": scores, **held}
    )


@cache
def many(n: int) -> tuple[Trial, ...]:
    """Trials of a reader that reads large letters better, some of them stopped early, some failed."""
    random, made = Random(n), list[Trial]()
    for number in range(n):
        genome = SPACE.draw(random)
        if made and number % 2:
            parent = random.choice(made)
            genome, parents = SPACE.mutated(parent.genome, random), (parent.number,)
        else:
            parents = ()
        compression = 60 / float(genome["size"]) ** 1.3
        cer = 0.0004 * compression**1.5 * random.uniform(0.7, 1.4)
        scores = None if number % 11 == 10 else scored(compression, cer, exact=0.9, exact_n=40)
        if scores and number % 7 == 3:
            scores = replace(scores, complete=False, chars=9000, errors=round(cer * 9000), rung=1)
        kind = "mutation" if parents else "sample"
        proposal = Proposal(
            genome=genome, proposer=("tpe", "llm")[number % 2], kind=kind, parents=parents, reason=f"why {number}"
        )
        error = "" if scores else "Unavailable: no answer"
        made.append(
            Trial(
                number=number, proposal=proposal, style=f"d{number}", state="done" if scores else "failed", scores=scores, error=error
            )
        )  # fmt: skip
    return tuple(made)


def written(folder: Path, trials: list[Trial] | tuple[Trial, ...], **changes: Any) -> Page:
    given: dict[str, Any] = {"space": SPACE, "goal": GOAL, "weights": WEIGHTS, "config": CONFIG, "notes": {}, **changes}
    return Page(write_report(folder, trials, **given).read_text(encoding="utf-8"))


def reference(name: str, compression: float, cer: float, style: str = "x") -> Reference:
    return Reference(
        name=name, style=style, compression=compression, cer=cer, cer_interval=(cer * 0.9, cer * 1.1), exact=0.97
    )


def test_the_report_says_what_the_trials_say(tmp_path: Path) -> None:
    trials = many(60)
    crop_path(tmp_path, 0).parent.mkdir()
    for each in trials:
        crop_path(tmp_path, each.number).write_bytes(CROP)
    found = findings(trials, SPACE, GOAL, WEIGHTS)
    assert found.best is not None
    number = found.best.trial.number
    rows = [
        reference(HELD_OUT, 9.5, 0.0091, f"d{number}"),
        reference("flow", 3.8, 0.0022),
        reference("glyph-en", 1.9, 0.002),
    ]
    page = written(tmp_path, trials, references=rows)
    whole = [each for each in trials if each.scores and each.scores.complete]
    assert page.ids("front-") == [each.number for each in GOAL.front(whole)]
    assert page.ids("trial-") == list(range(60))
    assert (
        f"The best style, #{number}, by {found.best.trial.proposal.proposer}, puts 9.50 text tokens into a visual token, with 0.91% "
        "(0.82 to 1.00) of the characters read wrong on text that the search did not use. It saves 89.5% of the text's tokens; flow takes "
        "2.50 times as many, glyph-en (the paper's) takes 5.00 times as many."
    ) in page.text
    stopped = sum(each.scores is not None and not each.scores.complete for each in trials)
    failed = sum(each.state == "failed" for each in trials)
    assert (
        f"60 styles tried: {60 - stopped - failed} measured whole, {stopped} stopped early, {failed} failed."
        in page.text
    )
    for words in (
        "embedded:page-reader",
        "jane-eyre.txt, 1,024,396 characters, prose",
        CONFIG["command"],
        '"rungs"',
        "why 7",
    ):
        assert words in page.text
    # Each trial stands once among the points of the front, but for those of the legend.
    points = [each for each in page.classes("pt") if each.get("data-by")]
    assert len([each for each in points if "failed" in (each["class"] or "")]) == failed
    assert len([each for each in points if "part" in (each["class"] or "")]) == stopped
    assert len(points) == 60
    # Every place that a link goes to is there.
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {(each.get("href") or "#")[1:] for tag, each in page.tags if tag == "a"} <= ids


def test_it_needs_nothing_else(tmp_path: Path) -> None:
    trials = many(40)
    crop_path(tmp_path, 0).parent.mkdir()
    for each in trials[:-1]:
        crop_path(tmp_path, each.number).write_bytes(CROP)
    page = written(tmp_path, trials)
    images = [each for tag, each in page.tags if tag == "img"]
    assert len(images) == len(page.ids("front-"))
    # Two px of the screen for a px of the page.
    assert {(each["width"], each["height"]) for each in images} == {("64", "32")}
    assert all((each["src"] or "").startswith("data:image/png;base64,") for each in images)
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object")
        assert not (attributes.get("href") or "#").strip("#").startswith(("http", "//", "/"))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "@import" not in text
    assert "url(" not in text


def test_a_style_of_the_front_can_be_used(tmp_path: Path) -> None:
    trials = many(60)
    written(tmp_path, trials)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    cards = re.findall(r"<article id='front-(\d+)'.*?<pre>(.*?)</pre>", text, re.DOTALL)
    assert len(cards) > 3
    for number, toml in cards:
        style = Style.from_toml(html.unescape(toml))
        assert style.digest == SPACE.style(trials[int(number)].genome).digest


def test_what_others_wrote_stays_text(tmp_path: Path) -> None:
    bad = [
        trial(0, scored(3, 0.002), reason=HOSTILE, proposer="<b>x</b>"),
        trial(1, reason=HOSTILE, error=HOSTILE, proposer="'\">"),
        trial(2, scored(4, 0.004), reason=HOSTILE, parents=(0,), kind=HOSTILE),
    ]
    notes = {
        "critiques": [{"round": HOSTILE, "text": HOSTILE}, {"trials": 2, "text": HOSTILE}, HOSTILE, {}],
        "tallies": {"asked": 2, HOSTILE: HOSTILE, "reasons": [HOSTILE, {"a": HOSTILE}]},
    }
    page = written(
        tmp_path,
        bad,
        notes=notes,
        config={"reader": HOSTILE, HOSTILE: HOSTILE},
        references=[reference(HOSTILE, 2, 0.1)],
    )
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert page.text.count("alert(1)") >= 10
    assert "round" in page.text


def test_tallies_of_several_analysts(tmp_path: Path) -> None:
    page = written(
        tmp_path, [], notes={"tallies": {"one": {"asked": 3, "refused": 1}, "two": {"asked": 5}}, "critiques": "none"}
    )
    assert re.search(r"analyst\s*asked\s*refused\s*one\s*3\s*1\s*two\s*5", page.text)


ODD: dict[str, list[Trial]] = {
    "none": [],
    "one": [trial(0, scored(3, 0.002))],
    "all failed": [trial(n, error="TooLarge: 9 pages, at most 8") for n in range(3)],
    "waiting": [trial(0, state="waiting"), trial(1, state="running")],
    "no number": [
        trial(0, scored(math.nan, 0.1)), trial(1, scored(3, math.nan)), trial(2, scored(math.inf, 0.1)), trial(3, scored(0, 0.1)),
        trial(4, scored(3, 0.01, cer_interval=(math.nan, math.inf))), trial(5, scored(2, -1)), trial(6, scored(3, 0.1, chars=-1)),
    ],
    "no mistakes": [trial(0, scored(3, 0)), trial(1, scored(4, 0, chars=0)), trial(2, scored(5, 1e-9))],
    "all wrong": [trial(0, scored(30, 1.0)), trial(1, scored(0.01, 1.0))],
    "all alike": [trial(n, scored(3, 0.002)) for n in range(40)],
    "all stopped": [trial(n, scored(3 + n, 0.2, complete=False)) for n in range(3)],
    "parents that cannot be": [
        trial(0, scored(3, 0.002), parents=(0, 1, 7, -1)), trial(1, scored(4, 0.004), parents=(0, 0, 2)), trial(2, parents=(1,)),
        trial(3, scored(5, 0.006), parents=(2, 1)),
    ],
    "genomes of another space": [
        trial(0, scored(3, 0.002), size="large", page="wide", colour="red"), trial(1, scored(4, 0.004), size=1e9, columns=None),
        Trial(number=2, proposal=Proposal(genome={}, proposer=""), style="", scores=scored(5, 0.005)),
    ],
    "letters that are none": [trial(0, scored(3, 0.002), reason="\ud800 \x00 \x1b[31m"), trial(1, error="\udfff")],
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("held", [True, False])
def test_unusual_trials(tmp_path: Path, name: str, held: bool) -> None:
    trials = ODD[name]
    rows = [reference(HELD_OUT, math.nan, math.nan), reference("flow", 0, 0), reference("dense", 6, 0)] if held else []
    crop_path(tmp_path, 0).parent.mkdir()
    for number, data in enumerate((b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 30, CROP)):
        crop_path(tmp_path, number).write_bytes(data)
    page = written(tmp_path, trials, references=rows)
    assert page.ids("trial-") == [each.number for each in trials]
    # The one crop that is a picture is shown, where its trial is on the front.
    assert len([tag for tag, _ in page.tags if tag == "img"]) == page.ids("front-").count(2)
    for tag, attributes in page.tags:
        for key in ("cx", "cy", "x", "y", "d", "width"):
            assert "nan" not in (attributes.get(key) or ""), (tag, attributes)
            assert "inf" not in (attributes.get(key) or ""), (tag, attributes)


@pytest.mark.parametrize(
    ("trials", "changes", "lead"),
    [
        ("none", {}, "Nothing was tried yet."),
        ("waiting", {}, "Nothing was measured yet: 2 styles waiting or being read."),
        ("all failed", {}, "Nothing was measured: 3 of 3 styles failed, 3 of them with: TooLarge: 9 pages, at most 8"),
        ("all wrong", {}, "No style keeps to the limit of 1.00% of the characters read wrong. The most accurate one, #0, has 100.00%"),
        ("all stopped", {}, "No style keeps to the limit"),
        ("one", {}, "read wrong on the text of the search itself."),
        ("one", {"chosen": None}, "No style that kept to the limit of 1.00% of the characters read wrong in the search kept to it on"),
        ("one", {"references": [reference(HELD_OUT, 3, 0.013, "d0")]}, "That is over the limit of 1.00%, which it kept"),
        ("one", {"references": [reference(HELD_OUT, 0.9, 0.001, "d0")]}, "Such pages cost no less than the text."),
    ],
)  # fmt: skip
def test_the_first_words(tmp_path: Path, trials: str, changes: dict[str, Any], lead: str) -> None:
    assert lead in written(tmp_path, ODD[trials], **changes).text


def test_the_last_choice_may_be_beside_the_front(tmp_path: Path) -> None:
    trials = [trial(0, scored(6, 0.005)), trial(1, scored(5, 0.006)), trial(2, scored(7, 0.02))]
    page = written(tmp_path, trials, chosen=1)
    assert page.ids("front-") == [1, 0, 2]
    assert "2 styles that no other beats" in page.text
    assert "The best style, #1," in page.text


def test_a_thousand_trials(tmp_path: Path) -> None:
    # On a line of its own, so that the front is long.
    line = [trial(n, scored(2 + n / 10, 0.001 * 1.02**n), parents=(n - 1,) if n else ()) for n in range(100)]
    trials = [*line, *(replace(each, number=100 + each.number) for each in many(900))]
    page = written(tmp_path, trials)
    assert page.ids("trial-") == list(range(1000))
    cards = page.ids("front-")
    assert len(cards) in (MOST_CARDS, MOST_CARDS + 1)
    front = findings(trials, SPACE, GOAL, WEIGHTS).front
    assert {front[0].trial.number, front[-1].trial.number} <= set(cards)
    assert len(front) > len(cards)


def test_what_was_there_stays_where_the_report_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, [])
    before = (tmp_path / "report.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(StoreError, match=r"report\.html: No space left"):
            written(tmp_path, list(many(30)))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        written(tmp_path / "file", [])


def test_the_same_trials_give_the_same_report(tmp_path: Path) -> None:
    written(tmp_path / "a", many(40))
    written(tmp_path / "b", many(40)[::-1])
    assert (tmp_path / "a" / "report.html").read_bytes() == (tmp_path / "b" / "report.html").read_bytes()


def test_lineage_goes_by_the_nearest_parents() -> None:
    trials = [
        trial(0, scored(3, 0.002), kind="seed"),
        trial(1, scored(3, 0.002), size=6.0, leading=0.0, margin=0),
        trial(2, scored(4, 0.003), size=8.0, parents=(0,)),
        trial(3, scored(5, 0.004), size=8.0, margin=0, parents=(1, 2)),
        trial(4, scored(9, 0.02), size=4.0),
    ]
    found = findings(trials, SPACE, GOAL, WEIGHTS)
    assert found.best is not None
    steps = chain(found, found.best.trial)
    assert [step.trial.number for step in steps] == [0, 2, 3]
    assert steps[-1].others == (1,)
    assert [(each.knob, each.before, each.after) for each in steps[-1].changes] == [("margin", 8, 0)]
    assert [(each.knob, each.before, each.after) for each in steps[1].changes] == [("size", 9.0, 8.0)]
    drawn = tree(found, steps)
    assert drawn.places == {0: (0, 0), 2: (1, 0), 3: (2, 0), 1: (0, 1)}
    assert drawn.lines == {(0, 2): True, (2, 3): True, (1, 3): False}
    assert drawn.left_out == 0


def test_a_long_lineage_is_drawn_in_part() -> None:
    random = Random(0)
    trials = [
        trial(n, scored(3 + n / 100, 0.002), parents=tuple(random.sample(range(max(0, n - 9), n), min(n, 2))))
        for n in range(300)
    ]
    found = findings(trials, SPACE, GOAL, WEIGHTS)
    steps = chain(found, trials[-1])
    drawn = tree(found, steps)
    assert len(drawn.trials) == MOST_DRAWN
    assert drawn.left_out > 0
    assert all(drawn.places[parent][0] < drawn.places[child][0] for parent, child in drawn.lines)
    assert len(set(drawn.places.values())) == len(drawn.places)


def landscape(n: int, noise: float = 0.0) -> list[Trial]:
    """Compression is of the size alone; fidelity half of the size and half of the theme."""
    random, made = Random(1), list[Trial]()
    for number in range(n):
        genome = SPACE.draw(random)
        size = float(genome["size"])
        level = -4 + 0.06 * (16 - size) + (0.6 if genome["theme"] == "dark" else 0) + random.gauss(0, noise)
        made.append(
            trial(number, scored(2 ** (5 - size / 4), 10**level, errors=round(1e6 * 10**level), chars=10**6), **genome)
        )
    return made


def test_sensitivity_finds_what_matters() -> None:
    told = sensitivity(findings(landscape(90), SPACE, GOAL, WEIGHTS))
    assert told.n == 90
    assert all(explained is not None and explained > 0.9 for explained in told.explained)
    by_name = {row.knob.name: row for row in told.influences}
    assert [row.knob.name for row in told.influences[:2]] == ["size", "theme"]
    # All of the variance of compression; of fidelity's, 0.04 + 0.08 by the two knobs' own variances.
    compression, fidelity = by_name["size"].share
    assert compression == pytest.approx(1, abs=0.25)
    assert fidelity is not None
    assert by_name["theme"].share[1] == pytest.approx(1 - fidelity, abs=0.3)
    for name, row in by_name.items():
        if name not in ("size", "theme"):
            assert max(each or 0 for each in row.share) < 0.05
    assert by_name["size"].rank[0] == pytest.approx(-1, abs=0.01)
    assert by_name["theme"].rank == (None, None)


def test_sensitivity_says_where_it_knows_nothing(tmp_path: Path) -> None:
    few = sensitivity(findings(landscape(LEAST_TRIALS - 1), SPACE, GOAL, WEIGHTS))
    assert few.explained == (None, None)
    assert all(row.share == (None, None) for row in few.influences)
    assert f"{LEAST_TRIALS - 1} trials are too few" in written(tmp_path, landscape(LEAST_TRIALS - 1)).text
    # Figures by chance: nothing is explained of trials that are left out.
    random = Random(5)
    chance = [replace(each, scores=scored(random.uniform(2, 9), random.uniform(0.001, 0.05))) for each in landscape(60)]
    told = sensitivity(findings(chance, SPACE, GOAL, WEIGHTS))
    assert all(explained is not None and explained < 0.1 for explained in told.explained)
    assert all(row.share == (None, None) for row in told.influences)
    text = written(tmp_path, chance).text
    assert "of compression it explains next to nothing (0%), so no bars are given" in text
    alike = [replace(each, scores=scored(3, 0.01)) for each in landscape(40)]
    assert "compression is the same in all trials" in written(tmp_path, alike).text


def test_ranks_with_ties() -> None:
    sizes, compressions = (9.0, 8.0, 8.0, 6.0), (2.0, 3.0, 4.0, 4.0)
    trials = [trial(n, scored(compressions[n], 0.01), size=sizes[n]) for n in range(4)]
    told = sensitivity(findings(trials, SPACE, GOAL, WEIGHTS))
    # Ranks 4, 2.5, 2.5, 1 and 1, 2, 3.5, 3.5, by hand.
    row = next(row for row in told.influences if row.knob.name == "size")
    assert row.rank[0] == pytest.approx(-3.75 / 4.5)
    assert row.rank[1] is None


def test_who_earned_what(tmp_path: Path) -> None:
    # 1 doubling times 1 power of ten, then 2 times 1: half each.
    one, two = scored(2, 0.01, chars=10**9, errors=10**7), scored(4, 0.01, chars=10**9, errors=10**7)
    page = written(
        tmp_path, [trial(0, one, proposer="tpe"), trial(1, two, proposer="llm"), trial(2, proposer="nobody")]
    )
    for words in (
        r"tpe\s*1\s*1\s*0\s*0\s*0\s*1\.000\s*50\.0%",
        r"llm\s*1\s*1\s*0\s*0\s*1\s*1\.000\s*50\.0%",
        r"nobody\s*1\s*0\s*0\s*1\s*0\s*0\.000\s*0\.0%",
    ):
        assert re.search(words, page.text)


@pytest.mark.parametrize("name", ["flow", "fine-4", "code-color"])
def test_a_crop_is_of_the_page(name: str) -> None:
    text = "def f(x):\n    return 'It was a dark and stormy night.'\n" * 40
    style = Style.preset(name)
    crop = np.asarray(Image.open(io.BytesIO(crop_of(style, text))).convert("RGB"))
    page = np.asarray(Image.open(io.BytesIO(render(text, style)[0].png())).convert("RGB"))
    assert (crop == page[:HEIGHT_PX, :WIDTH_PX]).all()
    assert crop.shape[0] <= HEIGHT_PX
    assert crop.std() > 10


def axes() -> Iterator[Axis]:
    for low, high in ((0.001, 0.9), (2.0, 2.1), (3.0, 3.0), (0.9, 64.0), (1e-4, 1e-4), (4.0, 9.0)):
        yield Axis.of([low, high], 0, 400, is_log=True)
        yield Axis.of([low, high], 400, 0)


@pytest.mark.parametrize("axis", list(axes()), ids=lambda axis: f"{axis.low:.3g}-{axis.high:.3g}")
def test_axes(axis: Axis) -> None:
    ticks = axis.ticks(40)
    assert 2 <= len(ticks) <= 11
    places = [axis.at(tick) for tick in ticks]
    assert all(0 <= place <= 400 for place in places)
    assert all(abs(a - b) >= 39.9 for a, b in pairwise(places))
    assert (axis.at(axis.low), axis.at(axis.high)) == pytest.approx((axis.start, axis.end))
    # What lies beyond stands at the end.
    assert axis.at(axis.high * 2) == axis.at(axis.high)


def test_words() -> None:
    assert percents(0.0074, (0.0066, 0.0083)) == "0.74% (0.66 to 0.83)"
    assert percents(0.0074, None) == "0.74%"
    assert percents(math.nan, (0.1, 0.2)) == "– (10.00 to 20.00)"
    assert (saved(4), saved(0.5), saved(0)) == ("75.0%", "-100.0%", "–")
    assert (value(True), value(9.0), value("red mark")) == ("yes", "9", "red mark")


def test_settings_that_are_no_json(tmp_path: Path) -> None:
    page = written(tmp_path, [], config={"text": Path("a.txt"), "seed": None, "where": Path("b")})
    assert "a.txt" in page.text
    assert "Seed" not in page.text
    assert json.dumps("b") in page.text
